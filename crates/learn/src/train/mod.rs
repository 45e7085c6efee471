//! The parts of a training loop. The loop itself stands in each method, where it can be read; it takes
//! its steps through [`Run`] and tells what happens through [`Event`]s, to which the caller answers
//! whether to go on.

mod adamw;
mod card;
mod checkpoint;
mod lanes;
mod plan;
mod policy;
mod ranking;
mod run;

pub use adamw::AdamW;
pub use card::{Card, Trained};
pub use checkpoint::{Checkpoint, Position, latest};
pub use lanes::{Part, gradients, scaled};
pub use plan::{Plan, rate};
pub use policy::{log_probs_of, reference_log_probs, response_log_probs};
pub use ranking::Ranking;
pub use run::{Ended, Run, Session, gradient_norm};

use std::path::PathBuf;

/// What a training run tells while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// What was measured at a step: names of curves and their values. `step` counts from 1; at 0 stands what
    /// the base model scores before it learns.
    Metrics {
        /// The optimiser's step.
        step: usize,
        /// How many there will be.
        of: usize,
        /// Names of [`domain::measure`], those measured on held-out examples with its prefix, and values.
        values: Vec<(String, f64)>,
    },
    /// A checkpoint from which the run can go on.
    Checkpoint {
        /// The step it was made after.
        step: usize,
        /// Its folder.
        folder: PathBuf,
    },
    /// What takes its time before the first step, and how far it is.
    Preparing {
        /// In a few words.
        what: &'static str,
        /// How many are done.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// Something that a person should know, in a sentence.
    Notice(String),
}

/// The answer to an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continue {
    /// Go on.
    Yes,
    /// Save a checkpoint and stop for now; before the first step there is nothing to save.
    Pause,
    /// Stop, and leave it.
    Cancel,
}

/// Where a run reports to.
pub type Callback<'a> = dyn FnMut(Event) -> Continue + 'a;
