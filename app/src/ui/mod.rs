//! The parts that forms and pages are made of. Plain HTML with labels, hints and errors tied together.

mod field;
mod markdown;

pub use field::{Choice, Errors, Field, TextArea};
pub use markdown::Markdown;
