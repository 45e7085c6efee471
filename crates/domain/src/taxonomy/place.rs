//! A prompt finds its leaf: a model sees the names of a level, numbered, and says which of them the prompt belongs to
//! and how sure it is; then those below that one. **A reply is read strictly**: a number that was shown and a
//! percentage, or it is kept, counted and asked for again.

use super::Tree;
use super::build::{Unread, decision};
use crate::ids::{NodeId, PromptId};
use std::collections::BTreeSet;

/// Characters of a prompt that are shown; the rest seldom says more about what it is.
const SHOWN: usize = 4000;

/// What the model chose on a level.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// This node, as surely as this, 0 to 1, by its own word.
    Node(NodeId, f64),
    /// None of them.
    None,
}

/// The call about the level below `at`.
pub fn call(tree: &Tree, at: &NodeId, prompt: &str) -> String {
    let names = tree
        .below(Some(at))
        .iter()
        .filter_map(|id| tree.get(id).ok());
    let level: Vec<String> = names
        .enumerate()
        .map(|(n, node)| format!("{}. {}", n + 1, node.name))
        .collect();
    let shown: String = prompt.chars().take(SHOWN).collect();
    format!(
        "You sort a prompt that somebody gave to a language model into a tree of categories. You see one level of the \
tree. Do not answer the prompt.\n\n\
The level stands below: {path}\n\
Its categories:\n{level}\n0. none of these\n\n\
<prompt>\n{shown}\n</prompt>\n\n\
Think briefly about what the prompt asks for, then choose the one category that it belongs to most. End with the \
number of the category and how sure you are, 0 to 100, in this form, and nothing after it:\n\
<decision>number | how sure</decision>",
        path = tree.path(at),
        level = level.join("\n"),
    )
}

/// Reads the reply to [`call`].
///
/// # Errors
/// Why it cannot be read.
pub fn read(tree: &Tree, at: &NodeId, reply: &str) -> Result<Choice, Unread> {
    let said = decision(reply)?;
    let form = || Unread::Form(format!("“{said}” is not “number | how sure”"));
    let (number, sure) = said.split_once('|').ok_or_else(form)?;
    let number: usize = number
        .trim()
        .trim_end_matches('.')
        .parse()
        .map_err(|_| form())?;
    let sure: f64 = sure
        .trim()
        .trim_end_matches('%')
        .trim()
        .parse()
        .map_err(|_| form())?;
    if !(0.0..=100.0).contains(&sure) {
        return Err(form());
    }
    let Some(place) = number.checked_sub(1) else {
        return Ok(Choice::None);
    };
    let chosen = tree.below(Some(at)).iter().nth(place);
    let chosen = chosen.ok_or_else(|| Unread::Unknown(number.to_string()))?;
    Ok(Choice::Node(chosen.clone(), sure / 100.0))
}

/// The leaves below a node; none when it is a leaf itself.
pub fn leaves(tree: &Tree, node: &NodeId) -> Vec<NodeId> {
    let below = tree.subtree(node).into_iter().skip(1);
    below.filter(|id| tree.below(Some(id)).is_empty()).collect()
}

/// The leaves below `node` on which this prompt stands.
pub fn leaves_of(tree: &Tree, node: &NodeId, prompt: &PromptId) -> BTreeSet<NodeId> {
    let leaves = leaves(tree, node).into_iter();
    leaves
        .filter(|leaf| tree.get(leaf).is_ok_and(|it| it.prompts.contains(prompt)))
        .collect()
}

/// How often the answer was the leaf on which somebody had put the prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Check {
    /// How often it was.
    pub right: usize,
    /// Of so many prompts.
    pub of: usize,
    /// How many of them the fullest leaf holds: what always answering that one would get right.
    pub fullest: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Outline;

    fn tree() -> Tree {
        let mut next = 0;
        Tree::from_outline(
            &Outline::parse("T/Writing/Email\nT/Writing/Poem\nT/Coding").unwrap(),
            &mut || {
                next += 1;
                NodeId(format!("n{next}"))
            },
        )
    }

    #[test]
    fn a_level_is_numbered_and_the_reply_read_by_number() {
        let tree = tree();
        let root = tree.roots().first().unwrap().clone();
        let call = call(&tree, &root, "Write an e-mail");
        assert!(call.contains("1. Writing\n2. Coding\n0. none of these"));
        assert!(call.contains("<prompt>\nWrite an e-mail\n</prompt>"));
        let writing = tree.below(Some(&root)).first().unwrap().clone();
        let said = |reply: &str| read(&tree, &root, reply);
        assert_eq!(
            said("It asks for text. <decision>1 | 80</decision>"),
            Ok(Choice::Node(writing, 0.8))
        );
        assert_eq!(said("<decision>0 | 95 %</decision>"), Ok(Choice::None));
        for reply in [
            "1",
            "<decision>Writing</decision>",
            "<decision>1</decision>",
            "<decision>1 | 120</decision>",
        ] {
            assert!(said(reply).is_err(), "{reply}");
        }
        let unknown = said("<decision>3 | 50</decision>");
        assert_eq!(unknown, Err(Unread::Unknown("3".into())));
    }

    #[test]
    fn leaves_are_found_below_a_node_only() {
        let tree = tree();
        let root = tree.roots().first().unwrap();
        let names = |id: &NodeId| -> Vec<String> {
            let leaves = leaves(&tree, id);
            leaves
                .iter()
                .map(|id| tree.get(id).unwrap().name.to_string())
                .collect()
        };
        assert_eq!(names(root), ["Email", "Poem", "Coding"]);
        let coding = tree.below(Some(root)).last().unwrap();
        assert!(names(coding).is_empty());
    }
}
