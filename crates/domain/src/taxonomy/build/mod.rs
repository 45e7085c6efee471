//! `TaxBuilder` as a procedure without input or output: each machine says which call to a model comes next and takes
//! its reply. **The tree is never changed here**: what comes out are proposals, which a person accepts.
//!
//! Source: Feedbacker (2025). [`Insertion`] asks from the facet down where a new name belongs; [`Refinement`] has
//! every level reconsidered. The texts of the calls are ours.

mod insert;
mod refine;
mod reply;

pub use insert::Insertion;
pub use refine::Refinement;
pub use reply::Unread;
pub(super) use reply::decision;

use super::{Refused, Step, Tree};
use crate::ids::NodeId;
use serde::{Deserialize, Serialize};

/// How often a reply that cannot be read is asked for again.
const TRIES: usize = 3;

/// A change that somebody may accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What it does, for people.
    pub what: String,
    /// The steps. They may stand on those of an earlier proposal of the same machine.
    pub steps: Vec<Step>,
    /// The reply it comes from, as the model wrote it.
    pub reply: String,
}

/// Something that was asked and came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The new name, or the path of the level.
    pub about: String,
    /// Why.
    pub why: Why,
}

/// Why nothing is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The model finds it in the tree already, or no category.
    Exists,
    /// No reply could be read; the last one, as the model wrote it.
    Unread(String),
    /// The model finds that nothing fits: no node for a prompt, no detail for a new prompt.
    NoneFits,
    /// There are too few prompts to write from.
    TooFew,
}

/// What was accepted, in order, and what could not be done, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Steps of the proposals that can be done.
    pub steps: Vec<Step>,
    /// The others, by their number: most stand on a proposal that was not accepted.
    pub refused: Vec<(usize, Refused)>,
}

/// Accepts proposals, singly or in bulk: `chosen` says which, by number. A proposal is done whole or not at all.
pub fn accept(tree: &Tree, proposals: &[Proposal], chosen: &[usize]) -> Accepted {
    let (mut tree, mut accepted) = (tree.clone(), Accepted::default());
    let mut chosen: Vec<usize> = chosen
        .iter()
        .copied()
        .filter(|&c| c < proposals.len())
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    for number in chosen {
        let steps = &proposals[number].steps;
        match tree.apply(steps) {
            Ok(()) => accepted.steps.extend(steps.iter().cloned()),
            Err(refused) => accepted.refused.push((number, refused)),
        }
    }
    accepted
}

/// The names of a level, one a line, as models are shown them.
fn listed<'a>(tree: &Tree, nodes: impl IntoIterator<Item = &'a NodeId>) -> String {
    let nodes = nodes.into_iter().filter_map(|id| tree.get(id).ok());
    let lines: Vec<String> = nodes.map(|node| format!("- {}", node.name)).collect();
    if lines.is_empty() {
        "(none)".into()
    } else {
        lines.join("\n")
    }
}
