//! Pruning of layers by rule, after Feedbacker's `TaxBuilder`: a node that is its parent's only child goes into it, and
//! the tree is cut at a level, below which only nodes with enough children keep them.

use super::{Edit, Leaving, Refused, Step, Tree};
use crate::ids::NodeId;

/// The rule's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Levels that always stay, the facet's counted as the first.
    pub levels: usize,
    /// Deeper ones stay only below nodes with at least so many children.
    pub children: usize,
}

impl Default for Layers {
    /// Feedbacker's: 4 levels, then 5 children.
    fn default() -> Self {
        Self {
            levels: 4,
            children: 5,
        }
    }
}

/// What the rule does to what stands below `root`, `root` being level 1: an edit at a time, each with its steps, to be
/// applied in this order. The prompts of nodes that go are put on the node above. Done again it changes nothing.
pub fn prune(
    tree: &Tree,
    root: &NodeId,
    layers: Layers,
) -> Result<Vec<(Edit, Vec<Step>)>, Refused> {
    let mut tree = tree.clone();
    let mut done = Vec::new();
    loop {
        let edits = next(&tree, root, layers);
        if edits.is_empty() {
            return Ok(done);
        }
        for edit in edits {
            let steps = tree.plan(&edit, &mut || unreachable!("pruning makes no node"))?;
            tree.apply(&steps)?;
            done.push((edit, steps));
        }
    }
}

/// What the topmost place needs where the rule is not kept.
fn next(tree: &Tree, root: &NodeId, layers: Layers) -> Vec<Edit> {
    let mut todo = vec![(root.clone(), 1)];
    while let Some((id, level)) = todo.pop() {
        let children = tree.below(Some(&id));
        if let (1, Some(only)) = (children.len(), children.first()) {
            return vec![Edit::Merge {
                node: only.clone(),
                into: id,
            }];
        }
        if level >= layers.levels && !children.is_empty() && children.len() < layers.children {
            let children = children.iter().cloned();
            return children
                .map(|node| Edit::Delete {
                    node,
                    prompts: Leaving::Parent,
                })
                .collect();
        }
        todo.extend(
            children
                .iter()
                .rev()
                .map(|child| (child.clone(), level + 1)),
        );
    }
    Vec::new()
}
