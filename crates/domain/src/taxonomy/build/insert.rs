//! Insertion: for each new name, from the facet down, the model sees the names of a level and answers that it exists
//! already, that it is added here, or below which of them it belongs.

use super::reply::decision;
use super::{Left, Proposal, TRIES, Unread, Why, listed};
use crate::ids::NodeId;
use crate::taxonomy::{Edit, Name, Tree};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// New names on their way into the tree. Names that come later see what the earlier ones proposed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Insertion {
    tree: Tree,
    facet: NodeId,
    waiting: VecDeque<Name>,
    /// The level at which the first waiting name stands.
    at: NodeId,
    tries: usize,
    calls: usize,
    proposals: Vec<Proposal>,
    left: Vec<Left>,
}

enum Answer {
    Exists,
    Here,
    Below(NodeId),
}

impl Insertion {
    /// Begins with these names below `facet`.
    pub fn new(tree: Tree, facet: NodeId, names: impl IntoIterator<Item = Name>) -> Self {
        let (waiting, at) = (names.into_iter().collect(), facet.clone());
        let mut it = Self {
            tree,
            facet,
            waiting,
            at,
            tries: 0,
            calls: 0,
            proposals: Vec::new(),
            left: Vec::new(),
        };
        it.settle();
        it
    }

    /// The text of the next call; nothing when all names are done.
    pub fn next(&self) -> Option<String> {
        let name = self.waiting.front()?;
        let level = listed(&self.tree, self.tree.below(Some(&self.at)));
        Some(format!(
            "You help to sort the prompts that people give to language models into a tree of categories. A new \
category is to find its place. You see one level of the tree.\n\n\
The level stands below: {path}\n\
Its categories:\n{level}\n\n\
The new category: {name}\n\n\
Think briefly about these questions, in this order:\n\
1. Does one of the categories mean the same as the new one (other spelling, abbreviation, synonym)? Or is the new \
one no category but a way of sorting (such as “type” or “difficulty”)? Then the decision is EXISTS.\n\
2. Does the new one belong beside these categories, and inside none of them? Then the decision is ADD.\n\
3. Otherwise it belongs inside one of them. Then the decision is that category’s name, exactly as written above.\n\n\
End with the decision in this form, and nothing after it:\n<decision>EXISTS</decision>, \
<decision>ADD</decision> or <decision>the name</decision>",
            path = self.tree.path(&self.at),
        ))
    }

    /// Takes the reply to [`Self::next`]. One that cannot be read is kept, counted, and asked for again at most twice
    /// more; then the name is left out. `mint` gives identifiers.
    pub fn reply(&mut self, reply: &str, mint: &mut dyn FnMut() -> NodeId) -> Result<(), Unread> {
        let Some(name) = self.waiting.front().cloned() else {
            return Err(Unread::NotAsked);
        };
        self.calls += 1;
        let answer = match self.read(reply) {
            Ok(answer) => answer,
            Err(unread) => {
                self.tries += 1;
                if self.tries == TRIES {
                    self.leave(name, Why::Unread(reply.to_owned()));
                }
                return Err(unread);
            }
        };
        self.tries = 0;
        match answer {
            Answer::Exists => self.leave(name, Why::Exists),
            Answer::Below(child) if !self.tree.below(Some(&child)).is_empty() => self.at = child,
            Answer::Below(child) => self.add(child, name, reply, mint),
            Answer::Here => self.add(self.at.clone(), name, reply, mint),
        }
        self.settle();
        Ok(())
    }

    /// What is proposed so far.
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }
    /// The names for which nothing is proposed, so far.
    pub fn left(&self) -> &[Left] {
        &self.left
    }
    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.calls
    }
    /// The name that the next call is about.
    pub fn about(&self) -> String {
        self.waiting
            .front()
            .map_or_else(String::new, Name::to_string)
    }
    /// How often the next call was made already.
    pub fn tried(&self) -> usize {
        self.tries
    }
    /// Names that still wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn read(&self, reply: &str) -> Result<Answer, Unread> {
        let said = decision(reply)?;
        // a category may be called “Add”: its name comes before the word
        let name = Name::parse(said.trim_matches(['"', '\'', '“', '”', '`']));
        let name = name.map_err(|problem| Unread::Form(problem.to_string()))?;
        if let Some(child) = self.tree.child(Some(&self.at), &name) {
            return Ok(Answer::Below(child.clone()));
        }
        match name.as_str() {
            "EXISTS" | "EXIST" => Ok(Answer::Exists),
            "ADD" => Ok(Answer::Here),
            _ => Err(Unread::Unknown(name.as_str().to_owned())),
        }
    }

    fn add(&mut self, parent: NodeId, name: Name, reply: &str, mint: &mut dyn FnMut() -> NodeId) {
        let edit = Edit::Add {
            parent: Some(parent.clone()),
            name: name.clone(),
        };
        let steps = self.tree.plan(&edit, mint);
        match steps.and_then(|steps| self.tree.apply(&steps).map(|()| steps)) {
            Ok(steps) => {
                let what = format!("Add “{name}” below {}", self.tree.path(&parent));
                self.proposals.push(Proposal {
                    what,
                    steps,
                    reply: reply.to_owned(),
                });
                self.done();
            }
            // the only way to be refused here: a sibling bears the name
            Err(_) => self.leave(name, Why::Exists),
        }
    }

    fn leave(&mut self, name: Name, why: Why) {
        self.left.push(Left {
            about: name.into(),
            why,
        });
        self.done();
        self.settle();
    }

    fn done(&mut self) {
        self.waiting.pop_front();
        self.at = self.facet.clone();
        self.tries = 0;
    }

    /// Names that stand on the level they are asked about need no call.
    fn settle(&mut self) {
        while let Some(name) = self.waiting.front() {
            if self.tree.child(Some(&self.at), name).is_none() {
                return;
            }
            self.left.push(Left {
                about: name.clone().into(),
                why: Why::Exists,
            });
            self.done();
        }
    }
}
