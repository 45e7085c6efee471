//! What a run stands on: whose feedback, how much of it, how far people agreed, and whether it is enough.

use crate::ids::NodeId;
use crate::method::Method;
use crate::stats::Interval;
use crate::{Kind, Provenance};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a run was started on. With the snapshot of the same hash, the run can be repeated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// Whose feedback was asked for.
    pub provenances: Vec<Provenance>,
    /// The part of the taxonomy it is about; none: the whole project.
    pub below: Option<Below>,
    /// SHA-256 of the sorted identifiers of the annotations.
    pub hash: String,
    /// How many annotations there were.
    pub annotations: usize,
    /// Of these, how many of each provenance.
    pub by_provenance: BTreeMap<Provenance, usize>,
    /// And how many of each kind.
    pub by_kind: BTreeMap<Kind, usize>,
    /// How many people, or other sources, gave them.
    pub annotators: usize,
    /// What they give to learn from.
    pub examples: Counts,
    /// How far people agreed on preferences; none where no two people answered the same.
    pub agreement: Option<Agreed>,
}

/// A node of the taxonomy as it stood: its prompts are all under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Below {
    /// Which.
    pub node: NodeId,
    /// Its path then.
    pub path: String,
}

/// Agreement on the overall preference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    /// Krippendorff's α.
    pub alpha: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Items with two answers and more.
    pub items: usize,
}

/// How many examples of each sort the data holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Prompts that anything is known about.
    pub prompts: usize,
    /// Pairs of which one is better overall.
    pub pairs: usize,
    /// Pairs that are equally good, or equally bad, overall.
    pub ties: usize,
    /// Responses that were rewritten.
    pub refinements: usize,
    /// Responses that people wrote, and reference answers.
    pub demonstrations: usize,
    /// Remarks about responses.
    pub critiques: usize,
    /// Responses that somebody found good.
    pub desirable: usize,
    /// Responses that somebody found bad.
    pub undesirable: usize,
}

/// Why a run was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLittle {
    /// Of what there is too little.
    pub what: &'static str,
    /// How many there are.
    pub has: usize,
    /// How many the method needs.
    pub needs: usize,
}

impl fmt::Display for TooLittle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, has, needs } = self;
        write!(f, "needs at least {needs} {what}, and there are {has}")
    }
}

/// Fewer pairs leave too few to hold out: of 20, two or so.
const PAIRS: usize = 20;
/// Fewer texts teach no pattern.
const TEXTS: usize = 10;

impl Counts {
    /// Texts that fine-tuning can imitate: the better of each pair, refinements, demonstrations.
    pub fn completions(&self) -> usize {
        self.pairs + self.refinements + self.demonstrations
    }

    /// Whether a method can start with so much.
    ///
    /// # Errors
    /// The first thing of which there is too little.
    pub fn enough_for(&self, method: Method) -> Result<(), TooLittle> {
        let needed: &[(&'static str, usize, usize)] = match method {
            Method::RewardModel | Method::Dpo => {
                &[("preferences that are no ties", self.pairs, PAIRS)]
            }
            Method::Sft => &[(
                "chosen responses, refinements and demonstrations together",
                self.completions(),
                TEXTS,
            )],
            Method::Kto => &[
                ("responses found good", self.desirable, TEXTS),
                ("responses found bad", self.undesirable, TEXTS),
            ],
            Method::BestOfN => &[("prompts with feedback", self.prompts, TEXTS)],
            Method::Ilf => &[("critiques", self.critiques, TEXTS)],
        };
        for &(what, has, needs) in needed {
            if has < needs {
                return Err(TooLittle { what, has, needs });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_missing_and_how_much() {
        let counts = Counts {
            pairs: 19,
            desirable: 10,
            undesirable: 3,
            ..Counts::default()
        };
        assert_eq!(
            counts.enough_for(Method::Dpo).unwrap_err().to_string(),
            "needs at least 20 preferences that are no ties, and there are 19"
        );
        assert_eq!(
            counts.enough_for(Method::Kto).unwrap_err().what,
            "responses found bad"
        );
        assert_eq!(counts.enough_for(Method::Sft), Ok(()));
    }
}
