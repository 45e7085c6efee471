//! The states and kinds that stand in the database by name.

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The name in the database and in files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
            /// The one of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

names! {
    /// Where a run stands.
    Status {
        /// It waits for an engine.
        Queued = "queued",
        /// An engine works on it, or did until it was lost and another will.
        Running = "running",
        /// It waits until somebody resumes it.
        Paused = "paused",
        /// Somebody stopped it for good.
        Cancelled = "cancelled",
        /// It made its model.
        Done = "done",
        /// It could not go on; it may be tried again from its last checkpoint.
        Failed = "failed",
    }
}

impl Status {
    /// Whether nothing more will happen by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Done | Self::Failed)
    }
}

names! {
    /// What people want of a run; its engine heeds it within a step.
    Wish {
        /// Go on.
        Run = "run",
        /// Write a checkpoint and wait.
        Pause = "pause",
        /// Stop for good.
        Cancel = "cancel",
    }
}

names! {
    /// What a model is for.
    ModelKind {
        /// It answers prompts.
        Policy = "policy",
        /// It gives a response a score.
        Reward = "reward",
        /// It turns a text into a vector.
        Encoder = "encoder",
    }
}

names! {
    /// Whether a model can be used.
    ModelState {
        /// An engine is bringing its files in.
        Adding = "adding",
        /// It can be used.
        Ready = "ready",
        /// Its files could not be brought in.
        Failed = "failed",
    }
}

names! {
    /// What an engine is asked to do.
    JobKind {
        /// Work on a run.
        Train = "train",
        /// Answer prompts of a project with a model.
        Generate = "generate",
        /// Judge responses: ask a model, or a reward model. A server does these itself.
        Judge = "score",
        /// Ask a model about the tree of prompts. A server does these itself.
        Taxonomy = "taxonomy",
        /// Turn texts into vectors.
        Embed = "embed",
        /// Bring a model's files in.
        AddModel = "add-model",
    }
}

names! {
    /// Where a job stands.
    JobState {
        /// Any engine may take it.
        Queued = "queued",
        /// An engine has it, until its lease runs out.
        Leased = "leased",
        /// Its run is paused.
        Parked = "parked",
        /// It is done.
        Done = "done",
        /// It could not be done.
        Failed = "failed",
        /// It is no longer wanted.
        Cancelled = "cancelled",
    }
}

names! {
    /// Where an engine stands, as it said itself when it was last seen.
    EngineState {
        /// It looks for its device.
        Starting = "starting",
        /// It takes work.
        Ready = "ready",
        /// It ended in an orderly way.
        Stopped = "stopped",
    }
}
