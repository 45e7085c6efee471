//! What a model says to a run's fixed prompts, before and after.

use crate::words::{Words, storable};
use domain::prompt::Message;
use learn::generate::{Sampling, generate_text};
use learn::models::Llama;
use std::ops::ControlFlow;
use store::training::Examples;

/// How many prompts.
const PROMPTS: usize = 4;
/// The most tokens of a response.
const TOKENS: usize = 96;

/// The run's fixed prompts: chosen by their identifiers' hash, so that they are always the same ones.
pub fn prompts(examples: &Examples) -> Vec<Vec<Message>> {
    let mut all: Vec<_> = examples
        .prompts
        .iter()
        .map(|(id, messages)| (store::sha256(id.as_str()), messages))
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all.into_iter()
        .take(PROMPTS)
        .map(|(_, messages)| messages.clone())
        .collect()
}

/// The likeliest response to each, greedily: differences are the model's, not chance's. `go_on` is asked
/// between tokens.
///
/// # Errors
/// When a conversation does not suit the model's chat template.
pub fn say(
    model: &Llama,
    words: &Words,
    prompts: &[Vec<Message>],
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> anyhow::Result<Vec<String>> {
    let tokens: Vec<Vec<u32>> = prompts
        .iter()
        .map(|messages| words.prompt(messages, now))
        .collect::<anyhow::Result<_>>()?;
    let sampling = Sampling::greedy(TOKENS, words.tokenizer.ends());
    let said = generate_text(
        model,
        &words.tokenizer,
        &tokens,
        &sampling,
        &[],
        0,
        &mut |_, _, _| match go_on() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        },
    );
    Ok(said.into_iter().map(|it| storable(it.text)).collect())
}
