//! The live reward model: a small head on frozen features of the responses, fitted again whenever feedback
//! comes, as a bootstrap ensemble whose disagreement says what is worth asking next.
//!
//! [`features`] (and [`encoded`]) → [`Pairs`] → [`Ensemble`] → [`choose`]: what comes next; [`evaluate`]: how good it is.
//! **The control is honest**: which prompts are held out and which tasks are only ever chosen at random is
//! decided by a hash ([`Arm`]), before anybody has answered anything.

mod choose;
pub mod encoded;
mod ensemble;
pub mod evaluate;
pub mod features;
mod head;
mod learn;
mod linear;
mod pairs;

pub use choose::{Candidate, Chosen, choose, seed};
pub use ensemble::{Ensemble, EnsembleOptions};
pub use head::{Head, HeadOptions, choose_ridge};
pub use learn::{Curve, ENOUGH, Encoded, Known, Live, Report, learn};
pub use pairs::{Outcome, Pairs};

use crate::stats::Random;
use serde::{Deserialize, Serialize};

/// In which order a project's queue hands out its comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// In the order in which they came.
    #[default]
    Imported,
    /// Where the bootstrap's heads disagree most: mutual information of answer and head (Houlsby et al.
    /// 2011, BALD).
    Disagreement,
    /// The best response so far against the one that may be better: dueling bandits (Lin et al. 2024, APOHF).
    Information,
    /// What differs most from everything answered so far: greedy k-centre (Sener and Savarese 2018).
    Diversity,
    /// At random: the control.
    Random,
}

impl Order {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Imported,
        Self::Disagreement,
        Self::Information,
        Self::Diversity,
        Self::Random,
    ];

    /// The name in forms and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Disagreement => "disagreement",
            Self::Information => "information",
            Self::Diversity => "diversity",
            Self::Random => "random",
        }
    }
    /// The order of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// What a comparison is for. Decided by hash, so that it never depends on what anybody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// Its prompt is held out: answers measure the model and never train it.
    HeldOut,
    /// Only ever chosen at random: what the policy is compared with.
    Control,
    /// The policy may choose it.
    Policy,
}

/// Prompts that are held out: one in so many.
pub const HELD_OUT_ONE_IN: u64 = 5;
/// Of the other comparisons, those that belong to the control: one in so many.
pub const CONTROL_ONE_IN: u64 = 4;

impl Arm {
    /// The arm of a comparison.
    pub fn of(prompt: &str, task: &str) -> Self {
        if Self::held_out(prompt) {
            Self::HeldOut
        } else if hash(b"control", task).is_multiple_of(CONTROL_ONE_IN) {
            Self::Control
        } else {
            Self::Policy
        }
    }
    /// Whether a prompt's answers only measure.
    pub fn held_out(prompt: &str) -> bool {
        hash(b"held out", prompt).is_multiple_of(HELD_OUT_ONE_IN)
    }
}

/// A number that stands for a text: FNV-1a, well mixed. The salt keeps uses apart.
pub fn hash(salt: &[u8], text: &str) -> u64 {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    for &byte in salt.iter().chain(&[0]).chain(text.as_bytes()) {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    Random::seeded(state).bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_have_their_shares() {
        let mut counts = [0_usize; 3];
        for n in 0..20_000 {
            let arm = Arm::of(&format!("prompt {n}"), &format!("task {n}"));
            counts[arm as usize] += 1;
        }
        for (count, share) in counts.into_iter().zip([0.2, 0.2, 0.6]) {
            assert!((count as f64 / 20_000.0 - share).abs() < 0.01, "{counts:?}");
        }
    }

    #[test]
    fn orders_are_found_by_their_names() {
        for order in Order::ALL {
            assert_eq!(Order::parse(order.name()), Some(order));
        }
        assert_eq!(Order::parse("alphabetical"), None);
    }
}
