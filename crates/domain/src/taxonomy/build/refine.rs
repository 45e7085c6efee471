//! Refinement: level by level from the facet down, the model says which nodes are split, put below others, deleted,
//! merged or kept; then the levels below are asked about.

use super::reply::decision;
use super::{Left, Proposal, TRIES, Unread, Why, listed};
use crate::ids::NodeId;
use crate::taxonomy::{Edit, Leaving, Name, Step, Tree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A pass over the tree below a facet. Lower levels see what was proposed above them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refinement {
    tree: Tree,
    levels: VecDeque<NodeId>,
    tries: usize,
    calls: usize,
    proposals: Vec<Proposal>,
    left: Vec<Left>,
}

/// The form that is asked for. What is named nowhere is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Decision {
    split: BTreeMap<String, Vec<String>>,
    reparent: BTreeMap<String, Vec<String>>,
    merge: BTreeMap<String, Vec<String>>,
    delete: Vec<String>,
    keep: Vec<String>,
}

impl Refinement {
    /// Begins with the level below `facet`.
    pub fn new(tree: Tree, facet: NodeId) -> Self {
        let levels = VecDeque::from([facet]);
        let mut it = Self {
            tree,
            levels,
            tries: 0,
            calls: 0,
            proposals: Vec::new(),
            left: Vec::new(),
        };
        it.skip();
        it
    }

    /// The text of the next call; nothing when all levels are done.
    pub fn next(&self) -> Option<String> {
        let at = self.levels.front()?;
        let children = self.tree.below(Some(at));
        let leaves = children
            .iter()
            .filter(|child| self.tree.below(Some(child)).is_empty());
        Some(format!(
            "You tidy one level of a tree of categories for the prompts that people give to language models. The \
level stands below: {path}\n\n\
Categories of this level:\n{level}\n\n\
Those of them with nothing below:\n{leaves}\n\n\
If the categories are ways of sorting (such as “type” or “style”) rather than categories, keep them all.\n\
Otherwise go through every one of them and decide:\n\
- split: one with nothing below that joins two ideas (“mythology novel”) becomes a category for each idea;\n\
- reparent: one that is a special case of another goes below it; several that share an idea may go below a new \
category for it;\n\
- merge: those that mean the same become one;\n\
- delete: one that means nothing, or that hardly ever occurs;\n\
- keep: all others.\n\
Write names exactly as above. Deal with each of them once.\n\n\
Think briefly, then end with the decision as JSON in this form; leave out what is empty:\n\
<decision>{{\"split\": {{\"old\": [\"part\", \"part\"]}}, \"reparent\": {{\"parent\": [\"old\", \"old\"]}}, \
\"merge\": {{\"name\": [\"old\", \"old\"]}}, \"delete\": [\"old\"], \"keep\": [\"old\"]}}</decision>",
            path = self.tree.path(at),
            level = listed(&self.tree, children),
            leaves = listed(&self.tree, leaves),
        ))
    }

    /// Takes the reply to [`Self::next`]. One that cannot be read whole is kept, counted, and asked for again at most
    /// twice more; then the level stays as it is. `mint` gives identifiers.
    pub fn reply(&mut self, reply: &str, mint: &mut dyn FnMut() -> NodeId) -> Result<(), Unread> {
        let Some(at) = self.levels.front().cloned() else {
            return Err(Unread::NotAsked);
        };
        self.calls += 1;
        match self
            .read(&at, reply)
            .and_then(|edits| self.plan(edits, reply, mint))
        {
            Ok((tree, proposals, heads)) => {
                self.tree = tree;
                self.proposals.extend(proposals);
                self.go_below(&at, &heads);
                Ok(())
            }
            Err(unread) => {
                self.tries += 1;
                if self.tries == TRIES {
                    let why = Why::Unread(reply.to_owned());
                    self.left.push(Left {
                        about: self.tree.path(&at),
                        why,
                    });
                    self.go_below(&at, &BTreeSet::new());
                }
                Err(unread)
            }
        }
    }

    /// What is proposed so far.
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }
    /// The levels for which no reply could be read, so far.
    pub fn left(&self) -> &[Left] {
        &self.left
    }
    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.calls
    }
    /// The path of the level that the next call is about.
    pub fn about(&self) -> String {
        self.levels
            .front()
            .map_or_else(String::new, |at| self.tree.path(at))
    }
    /// How often the next call was made already.
    pub fn tried(&self) -> usize {
        self.tries
    }
    /// Levels with something to tidy that still wait, as far as is known.
    pub fn waiting(&self) -> usize {
        let below = self.levels.iter().flat_map(|at| self.tree.subtree(at));
        below
            .filter(|at| self.tree.below(Some(at)).len() > 1)
            .count()
    }

    /// The edits that a reply asks for, each with words for people.
    fn read(&self, at: &NodeId, reply: &str) -> Result<Vec<(Edit, String)>, Unread> {
        let said: Decision = serde_json::from_str(decision(reply)?)
            .map_err(|e| Unread::Form(format!("the decision is not in the form asked for: {e}")))?;
        let mut level = Level {
            tree: &self.tree,
            at,
            dealt: BTreeSet::new(),
        };
        for kept in &said.keep {
            level.take(kept)?;
        }
        let mut edits = Vec::new();
        for (old, parts) in &said.split {
            let node = level.take(old)?;
            if !self.tree.below(Some(&node)).is_empty() {
                return Err(Unread::NotLeaf(old.clone()));
            }
            let into: Vec<Name> = parts
                .iter()
                .map(|part| parse(part))
                .collect::<Result<_, _>>()?;
            edits.push((
                Edit::Split { node, into },
                format!("Split “{old}” into {}", quoted(parts)),
            ));
        }
        for (name, members) in &said.merge {
            let nodes: Vec<NodeId> = members
                .iter()
                .map(|old| level.take(old))
                .collect::<Result<_, _>>()?;
            let kept = self
                .tree
                .child(Some(at), &parse(name)?)
                .filter(|there| nodes.contains(there));
            let into = kept.or(nodes.first()).cloned();
            let into = into.ok_or_else(|| Unread::Form("a merge names nothing".into()))?;
            for node in nodes.iter().filter(|node| **node != into) {
                let words = format!("Merge “{}” into “{name}”", self.name(node));
                edits.push((
                    Edit::Merge {
                        node: node.clone(),
                        into: into.clone(),
                    },
                    words,
                ));
            }
            if kept.is_none() {
                let words = format!("Rename “{}” to “{name}”", self.name(&into));
                edits.push((
                    Edit::Rename {
                        node: into,
                        name: parse(name)?,
                    },
                    words,
                ));
            }
        }
        for (name, members) in &said.reparent {
            let head = parse(name)?;
            let nodes = members
                .iter()
                .filter(|old| !same(old, name))
                .map(|old| level.take(old));
            let members: Vec<NodeId> = nodes.collect::<Result<_, _>>()?;
            let names: Vec<String> = members.iter().map(|node| self.name(node)).collect();
            let words = format!("Put {} below “{name}”", quoted(&names));
            edits.push((
                Edit::Group {
                    parent: Some(at.clone()),
                    name: head,
                    members,
                },
                words,
            ));
        }
        for old in &said.delete {
            let (node, prompts) = (level.take(old)?, Leaving::Parent);
            edits.push((
                Edit::Delete { node, prompts },
                format!("Delete “{old}”; its prompts go to the node above"),
            ));
        }
        Ok(edits)
    }

    /// The tree after the edits, their proposals, and the nodes that were made to hold others.
    fn plan(
        &self,
        edits: Vec<(Edit, String)>,
        reply: &str,
        mint: &mut dyn FnMut() -> NodeId,
    ) -> Result<(Tree, Vec<Proposal>, BTreeSet<NodeId>), Unread> {
        let (mut tree, mut proposals, mut heads) = (self.tree.clone(), Vec::new(), BTreeSet::new());
        for (edit, what) in edits {
            let steps = tree
                .plan(&edit, mint)
                .map_err(|refused| Unread::Form(format!("{what}: {refused}")))?;
            tree.apply(&steps)
                .map_err(|refused| Unread::Form(format!("{what}: {refused}")))?;
            if let (Edit::Group { .. }, Some(Step::Insert { node, .. })) = (&edit, steps.first()) {
                heads.insert(node.clone());
            }
            proposals.push(Proposal {
                what,
                steps,
                reply: reply.to_owned(),
            });
        }
        Ok((tree, proposals, heads))
    }

    /// The levels below this one come next; of a group that was just made, those below its members.
    fn go_below(&mut self, at: &NodeId, heads: &BTreeSet<NodeId>) {
        self.levels.pop_front();
        self.tries = 0;
        for child in self.tree.below(Some(at)) {
            if heads.contains(child) {
                self.levels
                    .extend(self.tree.below(Some(child)).iter().cloned());
            } else {
                self.levels.push_back(child.clone());
            }
        }
        self.skip();
    }

    /// A level of one node, or none, has nothing to be tidied; what is below it may have.
    fn skip(&mut self) {
        while let Some(at) = self.levels.front() {
            let children = self.tree.below(Some(at));
            if children.len() > 1 {
                return;
            }
            let only: Vec<NodeId> = children.iter().cloned().collect();
            self.levels.pop_front();
            self.levels.extend(only);
        }
    }

    fn name(&self, node: &NodeId) -> String {
        self.tree
            .get(node)
            .map_or_else(|_| String::new(), |node| node.name.to_string())
    }
}

/// The names that were shown; each is dealt with once.
struct Level<'a> {
    tree: &'a Tree,
    at: &'a NodeId,
    dealt: BTreeSet<NodeId>,
}

impl Level<'_> {
    fn take(&mut self, old: &str) -> Result<NodeId, Unread> {
        let there = self.tree.child(Some(self.at), &parse(old)?);
        let there = there
            .ok_or_else(|| Unread::Unknown(old.to_owned()))?
            .clone();
        if self.dealt.insert(there.clone()) {
            Ok(there)
        } else {
            Err(Unread::Twice(old.to_owned()))
        }
    }
}

fn parse(name: &str) -> Result<Name, Unread> {
    Name::parse(name).map_err(|problem| Unread::Form(format!("“{name}”: {problem}")))
}
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    names.join(", ")
}
