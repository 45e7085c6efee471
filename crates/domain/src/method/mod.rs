//! The learning methods and their settings. A method's table of [`Setting`]s draws the form that
//! starts it, checks what came in, and is what `learn::methods::<name>` reads.
//!
//! To add a method: a variant of [`Method`] and its arms here, its table in a file beside this one,
//! and `learn/src/methods/<name>.rs`.

mod best_of_n;
mod dpo;
mod ilf;
mod kto;
mod reward_model;
mod settings;
mod sft;
mod training;

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

    /// The label on forms and pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::RewardModel => "Reward model",
            Self::Sft => "Supervised fine-tuning",
            Self::Dpo => "DPO",
            Self::Kto => "KTO",
            Self::BestOfN => "Best of n",
            Self::Ilf => "Learning from critiques (ILF)",
        }
    }

    /// One sentence: what it learns, and from what.
    pub fn summary(self) -> &'static str {
        match self {
            Self::RewardModel => {
                "Learns from preferences to score a response; the score can rank, filter and train."
            }
            Self::Sft => {
                "Imitates good responses: those that were chosen, refined or written by people."
            }
            Self::Dpo => "Learns from preferences directly, without a reward model in between.",
            Self::Kto => "Learns from single responses that were called good or bad.",
            Self::BestOfN => {
                "Samples several responses, keeps the one a reward model likes best, and may learn to imitate it."
            }
            Self::Ilf => {
                "Learns from the words of a critique: refines responses by it and imitates the best refinement."
            }
        }
    }

    fn pace(self) -> training::Pace {
        match self {
            Self::RewardModel => reward_model::PACE,
            Self::Sft => sft::PACE,
            Self::Dpo => dpo::PACE,
            Self::Kto => kto::PACE,
            Self::BestOfN => best_of_n::PACE,
            Self::Ilf => ilf::PACE,
        }
    }

    /// Its settings, those that every method shares last.
    pub fn settings(self) -> Vec<Setting> {
        let mut own = match self {
            Self::RewardModel => reward_model::settings(),
            Self::Sft => sft::settings(),
            Self::Dpo => dpo::settings(),
            Self::Kto => kto::settings(),
            Self::BestOfN => best_of_n::settings(),
            Self::Ilf => ilf::settings(),
        };
        own.extend(training::settings(&self.pace()));
        own
    }
}
