//! The learning methods and their settings. A method's table of [`Setting`]s draws the form that
//! starts it, checks what came in, and is what `learn::methods::<name>` reads.
//!
//! To add a method: a variant of [`Method`] and its arms here, its table in a file beside this one,
//! and `learn/src/methods/<name>.rs`.

mod settings;
mod shared;

pub use settings::{Choice, Range, Setting, Settings, Value, ValueKind};

use serde::{Deserialize, Serialize};

/// A way to learn from feedback; one run uses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A reward model from preferences (Bradley and Terry 1952; Ouyang et al. 2022).
    RewardModel,
    /// Supervised fine-tuning on chosen responses, refinements and demonstrations.
    Sft,
    /// Direct preference optimisation (Rafailov et al. 2023) and its named variants.
    Dpo,
    /// Kahneman-Tversky optimisation (Ethayarajh et al. 2024): single good or bad responses.
    Kto,
    /// Best of n by a reward model, and fine-tuning on the winners (expert iteration).
    BestOfN,
    /// Imitation learning from language feedback (Scheurer et al. 2023): from a critique's words.
    Ilf,
}

impl Method {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::RewardModel,
        Self::Sft,
        Self::Dpo,
        Self::Kto,
        Self::BestOfN,
        Self::Ilf,
    ];

    /// The name in addresses, files and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::RewardModel => "reward-model",
            Self::Sft => "sft",
            Self::Dpo => "dpo",
            Self::Kto => "kto",
            Self::BestOfN => "best-of-n",
            Self::Ilf => "ilf",
        }
    }

    /// The method with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Its settings, those that every method shares last.
    pub fn settings(self) -> Vec<Setting> {
        shared::settings(self)
    }
}
