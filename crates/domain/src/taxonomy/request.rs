//! What a model is asked to do for the tree: the payload of a job. What comes of it are [`Proposed`](super::Proposed)
//! changes, never changes.

use super::Name;
use crate::ids::NodeId;
use crate::run::Sampling;
use crate::{Fields, Invalid, Problem};
use serde::{Deserialize, Serialize};

/// The most new names of one request.
pub const MOST_NAMES: usize = 500;
/// The most prompts that were placed already and are asked about to see how often the answer is right.
pub const MOST_CHECKED: usize = 200;

/// The tasks, as forms and addresses name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// New names find their place.
    Insert,
    /// A node's levels are tidied.
    Refine,
    /// Prompts find their leaves.
    Place,
    /// Prompts are written for thin nodes.
    Write,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Refine, Self::Place, Self::Write];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Refine => "refine",
            Self::Place => "place",
            Self::Write => "write",
        }
    }
    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// How prompts find their leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Placing {
    /// A model is asked level by level.
    Model,
    /// The nearest leaf by embedding.
    Embedding,
}

impl Placing {
    /// The name in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Embedding => "embedding",
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "task")]
pub enum Wish {
    /// [`Insertion`](super::build::Insertion) of these names below `node`.
    Insert {
        /// Below which node.
        node: NodeId,
        /// The new names.
        names: Vec<Name>,
    },
    /// [`Refinement`](super::build::Refinement) of what stands below `node`.
    Refine {
        /// Below which node.
        node: NodeId,
    },
    /// Prompts are put on leaves below `node`.
    Place {
        /// Below which node.
        node: NodeId,
        /// By whom.
        by: Placing,
        /// Prompts that stand on this very node, rather than those on no node of its facet.
        here: bool,
        /// At most so many.
        most: usize,
        /// So many prompts that stand on a leaf already are asked about as well, to see how often that is found.
        check: usize,
    },
    /// `RealMix`: prompts for these nodes.
    Write {
        /// For which.
        nodes: Vec<NodeId>,
        /// So many for each.
        each: usize,
    },
}

impl Wish {
    /// Which task it is.
    pub fn task(&self) -> Task {
        match self {
            Self::Insert { .. } => Task::Insert,
            Self::Refine { .. } => Task::Refine,
            Self::Place { .. } => Task::Place,
            Self::Write { .. } => Task::Write,
        }
    }
    /// The nodes that it is about.
    pub fn nodes(&self) -> &[NodeId] {
        match self {
            Self::Insert { node, .. } | Self::Refine { node } | Self::Place { node, .. } => {
                std::slice::from_ref(node)
            }
            Self::Write { nodes, .. } => nodes,
        }
    }
    /// Whether vectors are compared, and nobody is asked in words.
    pub fn is_by_embedding(&self) -> bool {
        matches!(
            self,
            Self::Place {
                by: Placing::Embedding,
                ..
            }
        )
    }
}

/// A request: what, of whom, how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Who is asked: what callers call the model.
    pub model: String,
    /// What people call it; for the caller to fill in.
    pub name: String,
    /// What is wanted.
    pub wish: Wish,
    /// The path of the node that it is about, or a few words; for the caller to fill in.
    pub about: String,
    /// How it is sampled.
    pub sampling: Sampling,
    /// What a million tokens cost, of what it reads and what it writes; 0 where nobody says.
    pub price: [f64; 2],
}

impl Request {
    /// Reads the form. Fields: `model`, `node` (repeated for [`Task::Write`]), `temperature`, `max_tokens`, `seed`,
    /// `price_in`, `price_out`; for [`Task::Insert`] `names`, one a line; for [`Task::Place`] `by`, `which` (`none` or
    /// `here`), `most`, `check`; for [`Task::Write`] `each`.
    ///
    /// # Errors
    /// Everything that is wrong, each with its field.
    pub fn parse(task: Task, fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let model = fields.get("model").unwrap_or_default().to_owned();
        if model.is_empty() {
            wrong.push(Invalid::missing("model"));
        }
        let mut nodes: Vec<NodeId> = fields.all("node").map(NodeId::from).collect();
        nodes.dedup();
        if nodes.is_empty() {
            wrong.push(Invalid::missing("node"));
        }
        let usual = if task == Task::Write { 0.8 } else { 0.0 };
        let (sampling, price) = Sampling::parse_asking(fields, usual, &mut wrong);
        let node = nodes.first().cloned().unwrap_or(NodeId(String::new()));
        let wish = match task {
            Task::Insert => Wish::Insert {
                node,
                names: names(fields, &mut wrong),
            },
            Task::Refine => Wish::Refine { node },
            Task::Place => {
                let by = match fields.get("by") {
                    Some("embedding") => Placing::Embedding,
                    None | Some("model") => Placing::Model,
                    Some(other) => {
                        wrong.push(Invalid::unknown("by", other));
                        Placing::Model
                    }
                };
                let checked = MOST_CHECKED as f64;
                Wish::Place {
                    node,
                    by,
                    here: fields.get("which") == Some("here"),
                    most: fields.whole_within("most", (1.0, 20_000.0), 200.0, &mut wrong),
                    check: fields.whole_within("check", (0.0, checked), 20.0, &mut wrong),
                }
            }
            Task::Write => Wish::Write {
                nodes,
                each: fields.whole_within("each", (1.0, 50.0), 3.0, &mut wrong),
            },
        };
        if wrong.is_empty() {
            let (name, about) = (String::new(), String::new());
            Ok(Self {
                model,
                name,
                wish,
                about,
                sampling,
                price,
            })
        } else {
            Err(wrong)
        }
    }

    /// What so many tokens cost, in the prices' currency; `None` where no price was given.
    pub fn cost(&self, tokens: [i64; 2]) -> Option<f64> {
        crate::run::cost(self.price, tokens)
    }
}

/// The names, one a line, each once whatever its capitals.
fn names(fields: &Fields, wrong: &mut Vec<Invalid>) -> Vec<Name> {
    let typed = fields.raw("names").unwrap_or_default();
    let mut names: Vec<Name> = Vec::new();
    for (line, text) in typed.lines().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        match Name::parse(text) {
            Ok(name) if names.iter().any(|known| known.folded() == name.folded()) => {}
            Ok(name) => names.push(name),
            Err(problem) => {
                let words = format!("line {}: {problem}", line + 1);
                wrong.push(Invalid::other("names", words));
            }
        }
    }
    if names.is_empty() {
        wrong.push(Invalid::missing("names"));
    }
    if names.len() > MOST_NAMES {
        let range = format!("at most {MOST_NAMES} names");
        wrong.push(Invalid::new("names", Problem::OutOfRange { range }));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&'static str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| (*name, *value)).collect()
    }

    #[test]
    fn names_are_read_line_by_line_each_once() {
        let typed = form(&[
            ("model", "m"),
            ("node", "n"),
            ("names", "Email\n\n email \nLetters, long\n"),
        ]);
        let request = Request::parse(Task::Insert, &typed).unwrap();
        let Wish::Insert { node, names } = &request.wish else {
            panic!("{request:?}")
        };
        let names: Vec<&str> = names.iter().map(Name::as_str).collect();
        assert_eq!(
            (node.as_str(), &names[..]),
            ("n", &["Email", "Letters, long"][..])
        );
        assert_eq!(request.sampling.temperature.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn every_mistake_is_named() {
        let wrong = Request::parse(Task::Insert, &form(&[("names", "a\u{7}b"), ("seed", "x")]));
        let fields: Vec<String> = wrong.unwrap_err().into_iter().map(|it| it.field).collect();
        assert_eq!(fields, ["model", "node", "seed", "names", "names"]);
        let typed = form(&[
            ("model", "m"),
            ("node", "n"),
            ("by", "dice"),
            ("most", "0"),
            ("check", "201"),
        ]);
        let wrong = Request::parse(Task::Place, &typed).unwrap_err();
        let fields: Vec<String> = wrong.into_iter().map(|it| it.field).collect();
        assert_eq!(fields, ["by", "most", "check"]);
    }

    #[test]
    fn prompts_may_be_written_for_several_nodes() {
        let typed = form(&[("model", "m"), ("node", "a"), ("node", "b"), ("each", "2")]);
        let request = Request::parse(Task::Write, &typed).unwrap();
        assert_eq!(request.wish.nodes().len(), 2);
        assert_eq!(request.sampling.temperature.to_bits(), 0.8_f64.to_bits());
    }
}
