//! Reports: one module a dashboard. Each loads in one pass and computes with `domain::stats`.
//!
//! **Provenance is never mixed silently**: a report takes the provenances it may use and says how many
//! annotations it left out.

pub mod agreement;
pub mod beside;
pub mod calibration;
pub mod disputes;
pub mod drill;
pub mod gold;
pub mod gradebook;
mod readings;
pub mod spots;
pub mod standings;
pub mod versions;
pub mod weakness;

pub use readings::{Given, Item, LeftOut, Person, Readings};
pub(crate) use readings::{item_key, provenance};
