//! Runs, models and jobs: their states, what a run stands on, how much data it needs, and the forms that
//! start them.

mod asking;
mod data;
mod names;
mod request;

pub use asking::cost;
pub use data::{Agreed, Below, Counts, Data, TooLittle};
pub use names::{EngineState, JobKind, JobState, ModelKind, ModelState, Status, Wish};
pub use request::{Generate, Request, Sampling, Which};
