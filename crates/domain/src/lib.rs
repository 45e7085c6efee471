//! Touchstone's pure types and rules: what people may say about a response, what it teaches, and
//! how well people agree. No input or output, no clock, no randomness; compiles to wasm.
//!
//! **Everything a form or a file brings in is parsed here**, into a type that cannot hold nonsense,
//! or into a list of [`Invalid`] that name the field and the problem.
//!
//! Adding an annotation kind: see [`annotation`].

pub mod annotation;
pub mod csv;
pub mod diff;
pub mod evaluate;
pub mod export;
pub mod feedbacker;
pub mod fields;
pub mod ids;
pub mod import;
pub mod invalid;
pub mod judge;
pub mod live;
pub mod measure;
pub mod method;
pub mod occlusion;
pub mod phrases;
pub mod preferences;
pub mod project;
pub mod prompt;
pub mod provenance;
pub mod role;
pub mod run;
pub mod search;
pub mod short_answer;
pub mod signal;
pub mod simulate;
pub mod stats;
pub mod taxonomy;
pub mod time;

pub use annotation::{Annotation, Kind};
pub use fields::Fields;
pub use invalid::{Invalid, Problem};
pub use provenance::Provenance;
pub use role::{Right, Role};
