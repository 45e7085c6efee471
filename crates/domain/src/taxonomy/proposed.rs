//! What somebody may accept: a change of the tree, a prompt's place in it, a new prompt for a node.

use super::build::{Insertion, Left, Refinement, Unread};
use super::place::Check;
use super::realmix::Answer;
use super::{Proposal, Refused, Step, Tree};
use crate::ids::{NodeId, PromptId};
use serde::{Deserialize, Serialize};

/// One proposal's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Proposed {
    /// Steps of [`super::build`].
    Change {
        /// They may stand on those of an earlier proposal.
        steps: Vec<Step>,
    },
    /// A prompt goes on a leaf.
    Place {
        /// Which prompt.
        prompt: PromptId,
        /// From this node, where it stands too high.
        from: Option<NodeId>,
        /// On which leaf.
        node: NodeId,
        /// How near it is; for embeddings.
        cosine: Option<f64>,
        /// The second nearest leaf; for embeddings.
        second: Option<NodeId>,
    },
    /// A prompt is made and goes on a node.
    Prompt {
        /// On which node.
        node: NodeId,
        /// What it asks.
        text: String,
        /// The seven questions' answers; empty when nobody's reply could be read.
        answers: Vec<Answer>,
        /// The prompts it was written from: the kind's, then the details'.
        seeds: Vec<PromptId>,
    },
}

impl Proposed {
    /// The steps it takes on the tree as it is now. `made` is the prompt that was made for a [`Proposed::Prompt`].
    pub fn steps(&self, tree: &Tree, made: Option<&PromptId>) -> Result<Vec<Step>, Refused> {
        match self {
            Self::Change { steps } => Ok(steps.clone()),
            Self::Place {
                prompt, from, node, ..
            } => {
                let mut steps = put(tree, prompt, node)?;
                let stands = |from: &&NodeId| {
                    let there = tree.get(from);
                    there.is_ok_and(|it| it.prompts.contains(prompt))
                };
                if let Some(from) = from.as_ref().filter(stands) {
                    steps.push(Step::Take {
                        prompt: prompt.clone(),
                        node: from.clone(),
                    });
                }
                Ok(steps)
            }
            Self::Prompt { node, .. } => match made {
                Some(prompt) => put(tree, prompt, node),
                None => Err(Refused::Nothing),
            },
        }
    }

    /// How many of the seven questions were answered with yes.
    pub fn yes(&self) -> Option<usize> {
        match self {
            Self::Prompt { answers, .. } if !answers.is_empty() => {
                Some(answers.iter().filter(|it| it.yes).count())
            }
            _ => None,
        }
    }
}

fn put(tree: &Tree, prompt: &PromptId, node: &NodeId) -> Result<Vec<Step>, Refused> {
    if tree.get(node)?.prompts.contains(prompt) {
        return Err(Refused::Nothing);
    }
    Ok(vec![Step::Place {
        prompt: prompt.clone(),
        node: node.clone(),
    }])
}

/// One of [`super::build`]'s procedures, as it stands between two calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Machine {
    /// New names.
    Insert(Box<Insertion>),
    /// Tidying.
    Refine(Box<Refinement>),
}

impl Machine {
    /// The text of the next call; nothing when it is done.
    pub fn next(&self) -> Option<String> {
        match self {
            Self::Insert(it) => it.next(),
            Self::Refine(it) => it.next(),
        }
    }
    /// What the next call is about: the new name, or the path of the level.
    pub fn about(&self) -> String {
        match self {
            Self::Insert(it) => it.about(),
            Self::Refine(it) => it.about(),
        }
    }
    /// How often the next call was made already, without a reply that can be read.
    pub fn tried(&self) -> usize {
        match self {
            Self::Insert(it) => it.tried(),
            Self::Refine(it) => it.tried(),
        }
    }
    /// Takes the reply.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn reply(&mut self, reply: &str, mint: &mut dyn FnMut() -> NodeId) -> Result<(), Unread> {
        match self {
            Self::Insert(it) => it.reply(reply, mint),
            Self::Refine(it) => it.reply(reply, mint),
        }
    }
    /// What is proposed so far.
    pub fn proposals(&self) -> &[Proposal] {
        match self {
            Self::Insert(it) => it.proposals(),
            Self::Refine(it) => it.proposals(),
        }
    }
    /// What came to nothing so far.
    pub fn left(&self) -> &[Left] {
        match self {
            Self::Insert(it) => it.left(),
            Self::Refine(it) => it.left(),
        }
    }
    /// Names or levels that are still to be asked about.
    pub fn waiting(&self) -> usize {
        match self {
            Self::Insert(it) => it.waiting(),
            Self::Refine(it) => it.waiting(),
        }
    }
}

/// What a job keeps besides its proposals: where it stands, what came to nothing, how well it did where the answer is
/// known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The procedure, while it goes on.
    pub machine: Option<Machine>,
    /// What came to nothing.
    pub left: Vec<Left>,
    /// Prompts whose place was known.
    pub check: Option<Check>,
}
