//! Every word the interface says, a file a feature. To translate: write these files again in the other
//! language and choose between them here.

pub mod account;
pub mod agreement;
pub mod annotate;
pub mod chart;
pub mod common;
#[cfg(feature = "ssr")]
pub mod controls;
pub mod course;
pub mod dashboards;
pub mod data;
pub mod desk;
pub mod endpoints;
pub mod generate;
pub mod grade;
pub mod judges;
pub mod judging;
pub mod learning;
pub mod live;
pub mod models;
pub mod narrate;
pub mod playground;
pub mod projects;
#[cfg(feature = "ssr")]
pub mod proposing;
pub mod reports;
pub mod review;
pub mod runs;
pub mod simulate;
pub mod taxonomy;
pub mod tokens;
pub mod versions;
pub mod weakness;
pub mod wire;
