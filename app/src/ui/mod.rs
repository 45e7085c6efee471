//! The parts that forms and pages are made of. Plain HTML with labels, hints and errors tied together.

mod choose;
pub mod csv;
mod field;
mod markdown;
pub use domain::time;

pub use choose::{Check, Select};
pub use field::{Choice, Errors, Field, TextArea, textarea_content};
pub use markdown::Markdown;
