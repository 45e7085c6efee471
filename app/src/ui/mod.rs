//! The parts that forms and pages are made of. Plain HTML with labels, hints and errors tied together.

pub mod chart;
pub mod choose;
pub mod csv;
pub mod field;
pub(crate) mod interval;
pub mod markdown;
pub use domain::time;

pub use chart::{Chart, Guide, Series};
pub use choose::{Check, Select};
pub use field::{Choice, Errors, Field, TextArea, escaped, textarea_content};
pub use markdown::Markdown;
