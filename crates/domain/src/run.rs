//! Runs, models and jobs: their states, what a run stands on, how much data it needs, and the forms that
//! start them.

mod data;
mod names;
mod request;

pub use data::{Agreed, Counts, Data, TooLittle};
pub use names::{EngineState, JobKind, JobState, ModelKind, ModelState, Status, Wish};
pub use request::{Generate, Request, Sampling, Which};
