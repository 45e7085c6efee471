//! `RealMix`: prompts for thin nodes, written by a model from prompts that people really wrote. One seed gives the
//! kind of task, three give real details; then seven yes/no questions judge the result, borderline counting as no.
//!
//! Source: Feedbacker (2025). The texts are ours. What comes out is a proposal, marked as written by a model.

use super::Tree;
use crate::ids::{NodeId, PromptId};
use crate::stats::Random;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Feedbacker's data set has at least so many prompts for every tag.
pub const ENOUGH: usize = 19;

/// A node that needs prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thin {
    /// Which.
    pub node: NodeId,
    /// Prompts on it and below it.
    pub prompts: usize,
}

/// Leaves with fewer than `enough` prompts, those with fewest first.
pub fn thin(tree: &Tree, enough: usize) -> Vec<Thin> {
    let leaves = tree
        .in_order()
        .into_iter()
        .filter(|(_, node, _)| node.children.is_empty());
    let counted = leaves.map(|(id, node, _)| Thin {
        node: id.clone(),
        prompts: node.prompts.len(),
    });
    let mut thin: Vec<Thin> = counted.filter(|thin| thin.prompts < enough).collect();
    thin.sort_by_key(|thin| thin.prompts);
    thin
}

/// The four seeds of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// Gives the kind of task.
    pub kind: PromptId,
    /// Give real details.
    pub details: [PromptId; 3],
}

/// Draws seeds for a node: the kind from its own prompts, or, where there is none, from those of the nearest node
/// above that has some; the details from others of the same facet. `None` with fewer than four prompts in the facet.
pub fn draw(tree: &Tree, node: &NodeId, random: &mut Random) -> Option<Seeds> {
    let line = tree.line(node);
    let facet: Vec<PromptId> = tree.prompts_below(line.first()?).into_iter().collect();
    let mut nearest = line.iter().rev().map(|above| tree.prompts_below(above));
    let near: Vec<PromptId> = nearest
        .find(|prompts| !prompts.is_empty())?
        .into_iter()
        .collect();
    let kind = near[random.below(near.len())].clone();
    let mut others: Vec<&PromptId> = facet.iter().filter(|prompt| **prompt != kind).collect();
    random.shuffle(&mut others);
    let [one, two, three, ..] = others[..] else {
        return None;
    };
    Some(Seeds {
        kind,
        details: [one.clone(), two.clone(), three.clone()],
    })
}

/// The call that writes a prompt for the node at `path`, whose tags are the paths of the kind's prompt.
pub fn write(path: &str, kind: &str, tags: &[String], details: [&str; 3]) -> String {
    let tags = tags
        .iter()
        .map(|tag| format!("- {tag}"))
        .collect::<Vec<_>>()
        .join("\n");
    let [one, two, three] = details;
    format!(
        "Write a new prompt of the kind that people give to a language model.\n\n\
It belongs to this category: {path}\n\
It is of the same kind as the reference, which has these tags (the new prompt need not have all of them):\n{tags}\n\n\
So that it sounds like real life, take a few details (people, things, places, situations, numbers) that fit from the \
three real prompts below. Do not mention these prompts or the reference.\n\
The new prompt must be complete in itself, so that it can be answered without anything else; it must be demanding, \
clear, and at least as long as the reference, without padding.\n\
If no detail fits, answer <prompt>NONE</prompt>.\n\n\
<reference>\n{kind}\n</reference>\n<real>\n{one}\n</real>\n<real>\n{two}\n</real>\n<real>\n{three}\n</real>\n\n\
Think briefly, then give the new prompt between <prompt> and </prompt>."
    )
}

/// What came of writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    /// A prompt.
    Prompt(String),
    /// The model found no detail that fits.
    NoneFits,
    /// The reply cannot be read; it is kept and counted.
    Unread,
}

/// Reads the reply to [`write()`]: the last pair of tags counts.
pub fn written(reply: &str) -> Written {
    let Some((_, rest)) = reply.rsplit_once("<prompt>") else {
        return Written::Unread;
    };
    let ends = ["</prompt>", r"<\prompt>"];
    match ends
        .iter()
        .filter_map(|end| rest.find(end))
        .min()
        .map(|end| rest[..end].trim())
    {
        None | Some("") => Written::Unread,
        Some("NONE") => Written::NoneFits,
        Some(prompt) => Written::Prompt(prompt.to_owned()),
    }
}

/// The seven questions: a name, and what is asked.
pub const QUESTIONS: [(&str, &str); 7] = [
    ("clear", "Is it clear what is asked?"),
    (
        "complete",
        "Does it hold everything that is needed to answer it?",
    ),
    ("complex", "Does it take more than recalling a simple fact?"),
    ("real", "Would somebody ask this in real life?"),
    ("expert", "Does it take knowledge or skill in a field?"),
    (
        "original",
        "Does it call for thinking or making of one’s own, rather than a stock answer?",
    ),
    (
        "specific",
        "Does it make particular demands that an answer has to meet?",
    ),
];

/// The call that asks the seven questions about a prompt.
pub fn check(prompt: &str) -> String {
    let questions = QUESTIONS.iter().enumerate();
    let questions: Vec<String> = questions
        .map(|(n, (_, asked))| format!("{}. {asked}", n + 1))
        .collect();
    format!(
        "Judge a prompt that was written for a language model. Do not answer it.\n\n<prompt>\n{prompt}\n</prompt>\n\n\
Questions:\n{}\n\nThink briefly about each, then end with seven lines: the number, yes, no or borderline, and after a \
stroke the reason in a few words:\n\
1. yes | it names the length and the reader\n2. no | the text to be changed is missing\n…",
        questions.join("\n")
    )
}

/// One question's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it was yes; borderline counts as no.
    pub yes: bool,
    /// The answer itself: `yes`, `no` or `borderline`.
    pub said: String,
    /// The reason, if one was given.
    pub why: String,
}

/// The answers to the seven questions, in their order. `None` when a question has no answer or two different ones in
/// the last seven lines that look like answers: such a reply is kept and counted, not guessed.
pub fn checked(reply: &str) -> Option<Vec<Answer>> {
    let answers = reply.lines().filter_map(answer).collect::<Vec<_>>();
    let last = &answers[answers.len().checked_sub(7)?..];
    let sorted: BTreeMap<usize, Answer> = last.iter().cloned().collect();
    (sorted.len() == 7).then(|| sorted.into_values().collect())
}

fn answer(line: &str) -> Option<(usize, Answer)> {
    let line = line.trim().trim_matches(['*', '#', '-', ' ']);
    let (number, rest) = line.split_once(['.', ':', ')'])?;
    let number: usize = number.trim().parse().ok().filter(|n| (1..=7).contains(n))?;
    let (said, why) = rest.split_once('|').unwrap_or((rest, ""));
    let said = said.trim().trim_matches(['*', '.', ' ']).to_lowercase();
    let yes = match said.as_str() {
        "yes" => true,
        "no" | "borderline" => false,
        _ => return None,
    };
    let why = why.trim().trim_matches(['*', ' ']).to_owned();
    Some((number, Answer { yes, said, why }))
}
