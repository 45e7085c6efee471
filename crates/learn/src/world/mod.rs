//! A tiny language model in the word-removal world ([`domain::simulate::words`]): how its questions are
//! written in tokens, a pretraining that gives it skills but no preference, the feedback that an annotator of
//! that world gives, and what is measured of a policy. Every method can be tried here within seconds, with the
//! right answer known.

mod feedback;
mod measure;
mod pretrain;

pub use feedback::{Feedback, Labelled, feedback};
pub use measure::{Measured, Test, measure};
pub use pretrain::{corpus, pretrain};

use domain::simulate::words::{Token, control};

/// The most tokens a response to a prompt of the usual length may have.
pub const LONGEST: usize = 14;

/// What the policy is asked: the prompt's words.
pub fn ask(prompt: &[Token]) -> Vec<u32> {
    [&[control::BOS], prompt, &[control::ANSWER]].concat()
}

/// A response with its end token.
pub fn answer(response: &[Token]) -> Vec<u32> {
    [response, &[control::EOS]].concat()
}

/// The response in what a model said: everything before its end token. Control tokens in it stay, and
/// count as words that are too much.
pub fn said(tokens: &[u32]) -> &[Token] {
    let end = tokens.iter().position(|&token| token == control::EOS);
    &tokens[..end.unwrap_or(tokens.len())]
}

/// Asks for a refinement: prompt, response, the words that the critique wants removed.
pub fn refine(prompt: &[Token], response: &[Token], remove: &[Token]) -> Vec<u32> {
    [
        about(prompt, response, remove).as_slice(),
        &[control::REFINE],
    ]
    .concat()
}

/// Asks whether a refinement heeds the critique; [`control::YES`] or [`control::NO`] follows.
pub fn verify(
    prompt: &[Token],
    response: &[Token],
    remove: &[Token],
    refinement: &[Token],
) -> Vec<u32> {
    let mut tokens = about(prompt, response, remove);
    tokens.push(control::REFINED);
    tokens.extend(refinement);
    tokens.push(control::VERIFY);
    tokens
}

fn about(prompt: &[Token], response: &[Token], remove: &[Token]) -> Vec<u32> {
    let parts: [&[Token]; 6] = [
        &[control::BOS],
        prompt,
        &[control::ABOUT],
        response,
        &[control::REMOVE],
        remove,
    ];
    parts.concat()
}
