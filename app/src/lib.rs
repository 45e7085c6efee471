//! Touchstone's pages. With feature `ssr`: axum handlers that load data and render Leptos components
//! to HTML. With feature `hydrate`: the islands, which make the server's plain forms quicker to use.
//!
//! **Everything works without the islands.** A page is a function from data to HTML; a form is posted to
//! a handler that parses it in `domain`, writes through `store`, and redirects, or shows the same form
//! again with everything that was typed.
//!
//! # Adding a page
//! Write a handler in its feature's folder, add its line to that folder's `routes()`, naming the
//! [`Access`](access::Access) it needs. A feature's texts live in `text/<feature>.rs`.
#![recursion_limit = "256"]

pub mod islands;
pub mod text;

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod agreement;
#[cfg(feature = "ssr")]
pub mod annotate;
#[cfg(feature = "ssr")]
pub(crate) mod asking;
#[cfg(feature = "ssr")]
pub mod cx;
#[cfg(feature = "ssr")]
pub mod dashboards;
#[cfg(feature = "ssr")]
pub mod data;
#[cfg(feature = "ssr")]
pub mod endpoints;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod generate;
#[cfg(feature = "ssr")]
pub mod grade;
#[cfg(feature = "ssr")]
mod jobs;
#[cfg(feature = "ssr")]
pub mod judging;
#[cfg(feature = "ssr")]
pub(crate) mod learning;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod models;
#[cfg(feature = "ssr")]
pub mod playground;
#[cfg(feature = "ssr")]
pub mod projects;
#[cfg(feature = "ssr")]
pub mod proposing;
#[cfg(feature = "ssr")]
pub mod review;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod runs;
#[cfg(feature = "ssr")]
pub mod security;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod simulate;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod taxonomy;
#[cfg(feature = "ssr")]
pub mod tokens;
#[cfg(feature = "ssr")]
pub mod ui;
#[cfg(feature = "ssr")]
pub mod v1;
#[cfg(feature = "ssr")]
pub mod wire;
#[cfg(feature = "ssr")]
pub mod worker;

#[cfg(feature = "ssr")]
pub use {cx::Cx, error::Error, routes::router, state::App};
