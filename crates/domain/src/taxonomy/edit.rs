//! What a person or a proposal does to the tree, planned into steps. **What happens to the prompts is said with
//! every edit**; none is lost unless [`Leaving::Unplaced`] says so.

use super::{Name, Outline, Refused, Step, Tree};
use crate::ids::{NodeId, PromptId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A new node below `parent`; a facet without one.
    Add {
        /// Below which.
        parent: Option<NodeId>,
        /// What it is called.
        name: Name,
    },
    /// A node is called otherwise. Its prompts stay.
    Rename {
        /// Which.
        node: NodeId,
        /// What it is called now.
        name: Name,
    },
    /// A node goes below another, or becomes a facet, with its prompts and all below it.
    Move {
        /// Which.
        node: NodeId,
        /// Below which.
        to: Option<NodeId>,
    },
    /// A node becomes part of another: its prompts go there, the nodes below it too; where two of these have one
    /// name they are merged likewise.
    Merge {
        /// Which goes.
        node: NodeId,
        /// Which stays.
        into: NodeId,
    },
    /// A node and all below it go.
    Delete {
        /// Which.
        node: NodeId,
        /// Where the prompts go that stood on any of them.
        prompts: Leaving,
    },
    /// A leaf that joins several ideas becomes a node for each, beside it or merged with a sibling of that name. Its
    /// prompts stand on all of them.
    Split {
        /// Which.
        node: NodeId,
        /// What the parts are called; at least two.
        into: Vec<Name>,
    },
    /// These siblings go below one of them, or below a new node beside them.
    Group {
        /// The parent of all.
        parent: Option<NodeId>,
        /// The name of the node that takes them.
        name: Name,
        /// Which go below it.
        members: Vec<NodeId>,
    },
    /// A file's names below `parent`; those that are there are used, those that are not are made.
    Graft {
        /// Below which.
        parent: Option<NodeId>,
        /// What.
        outline: Outline,
    },
    /// Prompts are put on a node; those that stand there already are left.
    Place {
        /// Which prompts.
        prompts: BTreeSet<PromptId>,
        /// On which node.
        node: NodeId,
    },
    /// Prompts are taken from a node.
    Take {
        /// Which prompts.
        prompts: BTreeSet<PromptId>,
        /// From which node.
        node: NodeId,
    },
}

/// Where the prompts of nodes that go end up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leaving {
    /// On the node above.
    Parent,
    /// On no node of this facet, unless they stand on another.
    Unplaced,
}

impl Tree {
    /// The steps of an edit, or why it cannot be done. Nothing is changed; `mint` gives identifiers for new nodes,
    /// each greater than the last.
    pub fn plan(
        &self,
        edit: &Edit,
        mint: &mut dyn FnMut() -> NodeId,
    ) -> Result<Vec<Step>, Refused> {
        let mut plan = Plan {
            tree: self.clone(),
            steps: Vec::new(),
        };
        match edit {
            Edit::Add { parent, name } => {
                let (parent, name) = (parent.clone(), name.clone());
                plan.step(Step::Insert {
                    node: mint(),
                    parent,
                    name,
                })?;
            }
            Edit::Rename { node, name } => {
                let from = self.get(node)?.name.clone();
                plan.step(Step::Rename {
                    node: node.clone(),
                    from,
                    to: name.clone(),
                })?;
            }
            Edit::Move { node, to } => plan.moved(node, to.clone())?,
            Edit::Merge { node, into } => plan.merge(node, into)?,
            Edit::Delete { node, prompts } => plan.delete(node, *prompts)?,
            Edit::Split { node, into } => plan.split(node, into, mint)?,
            Edit::Group {
                parent,
                name,
                members,
            } => {
                let head = match self.child(parent.as_ref(), name) {
                    Some(there) => there.clone(),
                    None => {
                        let node = mint();
                        plan.step(Step::Insert {
                            node: node.clone(),
                            parent: parent.clone(),
                            name: name.clone(),
                        })?;
                        node
                    }
                };
                for member in members.iter().filter(|member| **member != head) {
                    plan.moved(member, Some(head.clone()))?;
                }
            }
            Edit::Graft { parent, outline } => plan.graft(parent.clone(), outline, mint)?,
            Edit::Place { prompts, node } => plan.place(node, prompts)?,
            Edit::Take { prompts, node } => {
                let there = self.get(node)?.prompts.clone();
                for prompt in there.intersection(prompts) {
                    plan.step(Step::Take {
                        prompt: prompt.clone(),
                        node: node.clone(),
                    })?;
                }
            }
        }
        let changes = plan.steps.iter().any(|step| match step {
            Step::Rename { from, to, .. } => from != to,
            Step::Move { from, to, .. } => from != to,
            _ => true,
        });
        if changes {
            Ok(plan.steps)
        } else {
            Err(Refused::Nothing)
        }
    }
}

/// A copy of the tree on which the steps are tried as they are found.
struct Plan {
    tree: Tree,
    steps: Vec<Step>,
}

impl Plan {
    fn step(&mut self, step: Step) -> Result<(), Refused> {
        self.tree.step(&step)?;
        self.steps.push(step);
        Ok(())
    }

    fn moved(&mut self, node: &NodeId, to: Option<NodeId>) -> Result<(), Refused> {
        let from = self.tree.get(node)?.parent.clone();
        self.step(Step::Move {
            node: node.clone(),
            from,
            to,
        })
    }

    fn place(&mut self, node: &NodeId, prompts: &BTreeSet<PromptId>) -> Result<(), Refused> {
        let there = self.tree.get(node)?.prompts.clone();
        for prompt in prompts.difference(&there) {
            self.step(Step::Place {
                prompt: prompt.clone(),
                node: node.clone(),
            })?;
        }
        Ok(())
    }

    /// Removes an emptied node; its prompts go on the way.
    fn remove(&mut self, node: &NodeId) -> Result<(), Refused> {
        let there = self.tree.get(node)?.clone();
        for prompt in there.prompts {
            self.step(Step::Take {
                prompt,
                node: node.clone(),
            })?;
        }
        self.step(Step::Remove {
            node: node.clone(),
            parent: there.parent,
            name: there.name,
        })
    }

    fn merge(&mut self, node: &NodeId, into: &NodeId) -> Result<(), Refused> {
        let there = self.tree.get(node)?.clone();
        if self.tree.line(into).contains(&node) {
            return Err(Refused::Cycle(there.name));
        }
        // a child of its own name would collide with it on the way up
        if there.parent.as_ref() == Some(into)
            && let Some(namesake) = self.tree.child(Some(node), &there.name).cloned()
        {
            self.merge(&namesake, node)?;
            return self.merge(node, into);
        }
        self.place(into, &there.prompts)?;
        for child in &there.children {
            let name = self.tree.get(child)?.name.clone();
            match self.tree.child(Some(into), &name).cloned() {
                Some(same) => self.merge(child, &same)?,
                None => self.moved(child, Some(into.clone()))?,
            }
        }
        self.remove(node)
    }

    fn delete(&mut self, node: &NodeId, prompts: Leaving) -> Result<(), Refused> {
        let there = self.tree.get(node)?.clone();
        let all = self.tree.prompts_below(node);
        match (prompts, &there.parent) {
            (Leaving::Parent, Some(parent)) => self.place(parent, &all)?,
            (Leaving::Parent, None) if !all.is_empty() => {
                return Err(Refused::NothingAbove(there.name));
            }
            _ => {}
        }
        for node in self.tree.subtree(node).iter().rev() {
            self.remove(node)?;
        }
        Ok(())
    }

    fn split(
        &mut self,
        node: &NodeId,
        into: &[Name],
        mint: &mut dyn FnMut() -> NodeId,
    ) -> Result<(), Refused> {
        let there = self.tree.get(node)?.clone();
        if !there.children.is_empty() {
            return Err(Refused::NotLeaf(there.name));
        }
        if into.len() < 2 {
            return Err(Refused::Nothing);
        }
        let mut keeps = false;
        for name in into {
            let part = match self.tree.child(there.parent.as_ref(), name).cloned() {
                Some(part) => part,
                None => {
                    let part = mint();
                    let (parent, name) = (there.parent.clone(), name.clone());
                    self.step(Step::Insert {
                        node: part.clone(),
                        parent,
                        name,
                    })?;
                    part
                }
            };
            keeps |= part == *node;
            self.place(&part, &there.prompts)?;
        }
        if keeps { Ok(()) } else { self.remove(node) }
    }

    fn graft(
        &mut self,
        parent: Option<NodeId>,
        outline: &Outline,
        mint: &mut dyn FnMut() -> NodeId,
    ) -> Result<(), Refused> {
        let mut places: BTreeMap<usize, NodeId> = BTreeMap::new();
        for (entry, it) in outline.entries().iter().enumerate() {
            let above = it
                .parent
                .map_or(parent.as_ref(), |above| places.get(&above))
                .cloned();
            let node = match self.tree.child(above.as_ref(), &it.name) {
                Some(there) => there.clone(),
                None => {
                    let node = mint();
                    self.step(Step::Insert {
                        node: node.clone(),
                        parent: above,
                        name: it.name.clone(),
                    })?;
                    node
                }
            };
            places.insert(entry, node);
        }
        Ok(())
    }
}
