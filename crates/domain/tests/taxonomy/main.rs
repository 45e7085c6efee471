//! The taxonomy: any edit can be taken back, `TaxBuilder` finds its way, and Feedbacker's published tree reads whole.

mod build;
mod edits;

use domain::ids::{NodeId, PromptId};
use domain::taxonomy::{Edit, Name, Outline, Refused, Step, Tree};
use std::collections::BTreeSet;

/// Identifiers in the order of their making.
pub(crate) fn minting(mut next: usize) -> impl FnMut() -> NodeId {
    move || {
        next += 1;
        NodeId(format!("n{next:06}"))
    }
}

pub(crate) fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

pub(crate) fn tree(paths: &str) -> Tree {
    Tree::from_outline(&Outline::parse(paths).unwrap(), &mut minting(0))
}

pub(crate) fn at(tree: &Tree, wanted: &str) -> NodeId {
    let found = tree.iter().find(|(id, _)| tree.path(id) == wanted);
    found
        .unwrap_or_else(|| panic!("{wanted} is not there"))
        .0
        .clone()
}

pub(crate) fn prompts(names: &[&str]) -> BTreeSet<PromptId> {
    names.iter().map(|name| PromptId::from(*name)).collect()
}

pub(crate) fn place(tree: &mut Tree, node: &str, names: &[&str]) {
    let node = at(tree, node);
    edit(
        tree,
        &Edit::Place {
            prompts: prompts(names),
            node,
        },
    )
    .unwrap();
}

pub(crate) fn edit(tree: &mut Tree, edit: &Edit) -> Result<Vec<Step>, Refused> {
    let steps = tree.plan(edit, &mut minting(100 + tree.len() * 100))?;
    tree.apply(&steps)?;
    Ok(steps)
}

pub(crate) fn paths(tree: &Tree) -> Vec<String> {
    tree.outline().to_paths()
}

pub(crate) fn feedbacker() -> Option<Outline> {
    let Some(folder) = std::env::var_os("TOUCHSTONE_SHARED") else {
        eprintln!("skipped: TOUCHSTONE_SHARED does not name the folder with the reference data");
        return None;
    };
    let file = std::path::Path::new(&folder).join("data/feedbacker_tree.json");
    Some(Outline::parse(&std::fs::read_to_string(file).unwrap()).unwrap())
}
