//! The tree with its identifiers, and the small steps of which every edit consists. **A step is applied whole or
//! refused, and [`inverse`] takes it back**, so that any list of edits can be undone from its end.
//!
//! Siblings stand in the order of their identifiers, which are minted in the order of time.

use super::{Name, Outline, path};
use crate::ids::{NodeId, PromptId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// What it is called.
    pub name: Name,
    /// The node above; a facet has none.
    pub parent: Option<NodeId>,
    /// The nodes below, in order.
    pub children: BTreeSet<NodeId>,
    /// The prompts that stand on this very node.
    pub prompts: BTreeSet<PromptId>,
}

/// Facets with all that stands below them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    nodes: BTreeMap<NodeId, Node>,
    roots: BTreeSet<NodeId>,
}

/// The smallest change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    /// A new node, without children or prompts.
    Insert {
        /// Its identifier.
        node: NodeId,
        /// Below which.
        parent: Option<NodeId>,
        /// What it is called.
        name: Name,
    },
    /// A node without children and prompts goes.
    Remove {
        /// Which.
        node: NodeId,
        /// Below which it stood.
        parent: Option<NodeId>,
        /// What it was called.
        name: Name,
    },
    /// A node is called otherwise.
    Rename {
        /// Which.
        node: NodeId,
        /// What it was called.
        from: Name,
        /// What it is called.
        to: Name,
    },
    /// A node, with all below it, goes elsewhere.
    Move {
        /// Which.
        node: NodeId,
        /// Below which it stood.
        from: Option<NodeId>,
        /// Below which it stands.
        to: Option<NodeId>,
    },
    /// A prompt is put on a node.
    Place {
        /// Which prompt.
        prompt: PromptId,
        /// On which node.
        node: NodeId,
    },
    /// A prompt is taken from a node.
    Take {
        /// Which prompt.
        prompt: PromptId,
        /// From which node.
        node: NodeId,
    },
}

/// Why an edit or a step cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refused {
    /// The node is not there, or not any more.
    #[error("this node is not in the tree (any more)")]
    NoNode,
    /// It is there already.
    #[error("this node is in the tree already")]
    Twice,
    /// Somebody changed it since.
    #[error("“{0}” was changed meanwhile")]
    Changed(Name),
    /// A sibling has the name.
    #[error("“{0}” is there already, below the same node")]
    Taken(Name),
    /// A node cannot stand below itself.
    #[error("“{0}” cannot go below itself")]
    Cycle(Name),
    /// Something still stands on it or below it.
    #[error("“{0}” still has prompts or nodes below it")]
    NotEmpty(Name),
    /// Only a leaf can be split.
    #[error("“{0}” has nodes below it; only a leaf can be split")]
    NotLeaf(Name),
    /// There is nowhere for the prompts to go.
    #[error("“{0}” is a facet; there is no node above it for its prompts")]
    NothingAbove(Name),
    /// The edit would change nothing.
    #[error("that would change nothing")]
    Nothing,
}

/// The step that takes this one back.
pub fn inverse(step: &Step) -> Step {
    match step.clone() {
        Step::Insert { node, parent, name } => Step::Remove { node, parent, name },
        Step::Remove { node, parent, name } => Step::Insert { node, parent, name },
        Step::Rename { node, from, to } => Step::Rename {
            node,
            from: to,
            to: from,
        },
        Step::Move { node, from, to } => Step::Move {
            node,
            from: to,
            to: from,
        },
        Step::Place { prompt, node } => Step::Take { prompt, node },
        Step::Take { prompt, node } => Step::Place { prompt, node },
    }
}

impl Tree {
    /// From rows in any order: identifier, parent, name. A parent that is not among them makes a facet.
    pub fn from_rows(rows: impl IntoIterator<Item = (NodeId, Option<NodeId>, Name)>) -> Self {
        let mut tree = Self::default();
        for (id, parent, name) in rows {
            let (children, prompts) = (BTreeSet::new(), BTreeSet::new());
            tree.nodes.insert(
                id,
                Node {
                    name,
                    parent,
                    children,
                    prompts,
                },
            );
        }
        let ids: Vec<NodeId> = tree.nodes.keys().cloned().collect();
        for id in ids {
            let parent = tree.nodes[&id].parent.clone();
            match parent
                .as_ref()
                .and_then(|parent| tree.nodes.get_mut(parent))
            {
                Some(parent) => {
                    parent.children.insert(id);
                }
                None => {
                    tree.roots.insert(id);
                }
            }
        }
        tree
    }

    /// Puts a prompt on a node as it is read from rows; a node that is not there takes none.
    pub fn put(&mut self, prompt: PromptId, node: &NodeId) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.prompts.insert(prompt);
        }
    }

    /// From a file's names; `mint` gives identifiers, each greater than the last.
    pub fn from_outline(outline: &Outline, mint: &mut dyn FnMut() -> NodeId) -> Self {
        let ids: Vec<NodeId> = outline.entries().iter().map(|_| mint()).collect();
        let entries = outline.entries().iter().zip(&ids);
        Self::from_rows(entries.map(|(entry, id)| {
            let parent = entry.parent.map(|parent| ids[parent].clone());
            (id.clone(), parent, entry.name.clone())
        }))
    }

    /// A node.
    pub fn get(&self, id: &NodeId) -> Result<&Node, Refused> {
        self.nodes.get(id).ok_or(Refused::NoNode)
    }
    /// The facets, in order.
    pub fn roots(&self) -> &BTreeSet<NodeId> {
        &self.roots
    }
    /// Every node, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = (&NodeId, &Node)> {
        self.nodes.iter()
    }
    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
    /// The nodes below `parent`, or the facets.
    pub fn below(&self, parent: Option<&NodeId>) -> &BTreeSet<NodeId> {
        static NONE: BTreeSet<NodeId> = BTreeSet::new();
        match parent {
            None => &self.roots,
            Some(parent) => self.nodes.get(parent).map_or(&NONE, |node| &node.children),
        }
    }
    /// The child of `parent` with this name, whatever its capitals.
    pub fn child(&self, parent: Option<&NodeId>, name: &Name) -> Option<&NodeId> {
        let folded = name.folded();
        let mut children = self.below(parent).iter();
        children.find(|child| self.nodes[*child].name.folded() == folded)
    }
    /// The nodes from the facet down to this one, it included.
    pub fn line(&self, id: &NodeId) -> Vec<&NodeId> {
        let mut line = Vec::new();
        let mut at = self.nodes.get_key_value(id);
        while let Some((id, node)) = at {
            line.push(id);
            at = node
                .parent
                .as_ref()
                .and_then(|parent| self.nodes.get_key_value(parent));
        }
        line.reverse();
        line
    }
    /// The path of a node, as it stands in the database and in files.
    pub fn path(&self, id: &NodeId) -> String {
        let names: Vec<&str> = self
            .line(id)
            .iter()
            .map(|id| self.nodes[*id].name.as_str())
            .collect();
        path::join(&names)
    }
    /// The node and all below it, each before those below it.
    pub fn subtree(&self, id: &NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            if let Some(node) = self.nodes.get(id) {
                found.push(id.clone());
                todo.extend(node.children.iter().rev());
            }
        }
        found
    }
    /// All nodes from the first facet down, each before those below it, with their level (a facet's is 0).
    pub fn in_order(&self) -> Vec<(&NodeId, &Node, usize)> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut todo: Vec<(&NodeId, usize)> = self.roots.iter().rev().map(|id| (id, 0)).collect();
        while let Some((id, level)) = todo.pop() {
            let node = &self.nodes[id];
            found.push((id, node, level));
            todo.extend(node.children.iter().rev().map(|child| (child, level + 1)));
        }
        found
    }
    /// The prompts on a node or anywhere below it, each once.
    pub fn prompts_below(&self, id: &NodeId) -> BTreeSet<PromptId> {
        let nodes = self.subtree(id).into_iter();
        nodes
            .flat_map(|id| self.nodes[&id].prompts.clone())
            .collect()
    }
    /// As a file has it.
    pub fn outline(&self) -> Outline {
        let mut outline = Outline::default();
        let mut places: BTreeMap<&NodeId, usize> = BTreeMap::new();
        for (id, node, _) in self.in_order() {
            let parent = node
                .parent
                .as_ref()
                .and_then(|parent| places.get(parent))
                .copied();
            places.insert(id, outline.push(parent, node.name.clone()));
        }
        outline
    }

    /// Does these steps, all or, when one is refused, none.
    pub fn apply(&mut self, steps: &[Step]) -> Result<(), Refused> {
        for (done, step) in steps.iter().enumerate() {
            if let Err(refused) = self.step(step) {
                for step in steps[..done].iter().rev() {
                    let back = self.step(&inverse(step));
                    debug_assert!(back.is_ok(), "a step just done can be taken back");
                }
                return Err(refused);
            }
        }
        Ok(())
    }

    /// Does one step, whole or not at all.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), Refused> {
        match step {
            Step::Insert { node, parent, name } => {
                if self.nodes.contains_key(node) {
                    return Err(Refused::Twice);
                }
                self.free(parent.as_ref(), name, None)?;
                let fresh = Node {
                    name: name.clone(),
                    parent: parent.clone(),
                    children: BTreeSet::new(),
                    prompts: BTreeSet::new(),
                };
                self.siblings(parent.as_ref())?.insert(node.clone());
                self.nodes.insert(node.clone(), fresh);
            }
            Step::Remove { node, parent, name } => {
                let there = self.get(node)?;
                if there.parent != *parent || there.name != *name {
                    return Err(Refused::Changed(there.name.clone()));
                }
                if !there.children.is_empty() || !there.prompts.is_empty() {
                    return Err(Refused::NotEmpty(there.name.clone()));
                }
                self.siblings(parent.as_ref())?.remove(node);
                self.nodes.remove(node);
            }
            Step::Rename { node, from, to } => {
                let there = self.get(node)?;
                if there.name != *from {
                    return Err(Refused::Changed(there.name.clone()));
                }
                self.free(there.parent.as_ref(), to, Some(node))?;
                self.node(node)?.name = to.clone();
            }
            Step::Move { node, from, to } => {
                let there = self.get(node)?;
                if there.parent != *from {
                    return Err(Refused::Changed(there.name.clone()));
                }
                if to.as_ref().is_some_and(|to| self.line(to).contains(&node)) {
                    return Err(Refused::Cycle(there.name.clone()));
                }
                self.free(to.as_ref(), &there.name, Some(node))?;
                self.siblings(to.as_ref())?.insert(node.clone());
                if from != to {
                    self.siblings(from.as_ref())?.remove(node);
                }
                self.node(node)?.parent.clone_from(to);
            }
            Step::Place { prompt, node } => {
                if !self.node(node)?.prompts.insert(prompt.clone()) {
                    return Err(Refused::Nothing);
                }
            }
            Step::Take { prompt, node } => {
                if !self.node(node)?.prompts.remove(prompt) {
                    return Err(Refused::Nothing);
                }
            }
        }
        Ok(())
    }

    /// Whether the name is free below `parent`, but for one node.
    fn free(
        &self,
        parent: Option<&NodeId>,
        name: &Name,
        but: Option<&NodeId>,
    ) -> Result<(), Refused> {
        match self.child(parent, name) {
            Some(there) if Some(there) != but => Err(Refused::Taken(name.clone())),
            _ => Ok(()),
        }
    }
    fn node(&mut self, id: &NodeId) -> Result<&mut Node, Refused> {
        self.nodes.get_mut(id).ok_or(Refused::NoNode)
    }
    fn siblings(&mut self, parent: Option<&NodeId>) -> Result<&mut BTreeSet<NodeId>, Refused> {
        match parent {
            None => Ok(&mut self.roots),
            Some(parent) => Ok(&mut self.node(parent)?.children),
        }
    }
}
