//! Text from a language model: batched, with a key-value cache, seeded. Every sequence has a
//! generator of its own, so that what it says depends on the seed and its number, not on who shares
//! the batch or on how the batch is cut (up to the rounding of sums in another order).

mod sampling;
#[cfg(test)]
mod tests;
mod text;

pub use sampling::Sampling;
pub use text::{Text, generate_text};

use crate::models::{Cache, Llama};
use burn::tensor::{Int, Tensor, TensorData};
use domain::stats::Random;
use rayon::prelude::*;
use sampling::{Draw, Sampler};
use std::ops::ControlFlow;

/// What a model said after one prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// Which prompt.
    pub prompt: usize,
    /// Which of the samples for that prompt.
    pub sample: usize,
    /// The new tokens, the end token included where there is one.
    pub tokens: Vec<u32>,
    /// The model's log-probability of each token, before temperature and filters.
    pub logprobs: Vec<f32>,
    /// For each token the most probable ones with their log-probabilities, as many as were asked for.
    pub alternatives: Vec<Vec<(u32, f32)>>,
    /// Why it stopped.
    pub finish: Finish,
}

/// Why a completion stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// With an end token.
    End,
    /// At the most tokens that were allowed, or at the end of the model's context.
    Length,
    /// Because the caller said so: a stop string, or a cancelled request.
    Stopped,
}

/// One token as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Which prompt.
    pub prompt: usize,
    /// Which of the samples for that prompt.
    pub sample: usize,
    /// The token.
    pub token: u32,
    /// The model's log-probability of it, before temperature and filters.
    pub logprob: f32,
    /// It is an end token: the completion is whole.
    pub end: bool,
}

/// What a sequence's chance comes from, together with its number.
#[derive(Clone, Copy, Debug)]
pub enum Seed<'a> {
    /// One seed for all: a sequence's number counts over all prompts.
    All(u64),
    /// Each prompt's own: what is said to it does not depend on which others are asked with it.
    Each(&'a [u64]),
}

impl From<u64> for Seed<'_> {
    fn from(seed: u64) -> Self {
        Self::All(seed)
    }
}

impl Seed<'_> {
    fn of(self, prompt: usize, sample: usize, samples: usize) -> Random {
        let (seed, number) = match self {
            Self::All(seed) => (seed, prompt * samples + sample),
            Self::Each(seeds) => (seeds[prompt], sample),
        };
        Random::seeded(seed ^ (number as u64).wrapping_mul(0xD1B5_4A32_D192_ED03))
    }
}

/// Completes every prompt `sampling.samples` times; results stand in the order of prompts, then
/// samples. `on_token` sees each token as it is drawn and may end its sequence with `Break`. Adapters
/// are merged into the weights once, and nothing is tracked for gradients.
///
/// # Panics
/// For an empty prompt or a token outside the vocabulary: there is nothing to continue; for fewer seeds than prompts.
pub fn generate<'a>(
    model: &Llama,
    prompts: &[Vec<u32>],
    sampling: &Sampling,
    seed: impl Into<Seed<'a>>,
    on_token: &mut dyn FnMut(Drawn) -> ControlFlow<()>,
) -> Vec<Completion> {
    let seed = seed.into();
    let model = model.clone().merge_lora();
    let sampler = Sampler::new(sampling);
    let samples = sampling.samples.max(1);
    // Neighbours of one length waste no padding; the order of the answers is restored below.
    let mut order = (0..prompts.len() * samples).collect::<Vec<_>>();
    order.sort_by_key(|number| (prompts[number / samples].len(), *number));
    let mut done = Vec::with_capacity(order.len());
    for numbers in order.chunks(sampling.rows.max(1)) {
        let rows = numbers.iter().map(|number| Row {
            random: seed.of(number / samples, number % samples, samples),
            seen: match sampling.penalises() {
                false => Vec::new(),
                true => prompts[number / samples].clone(),
            },
            completion: Completion {
                prompt: number / samples,
                sample: number % samples,
                tokens: Vec::new(),
                logprobs: Vec::new(),
                alternatives: Vec::new(),
                finish: Finish::Length,
            },
        });
        done.extend(batch(&model, prompts, &sampler, rows.collect(), on_token));
    }
    done.sort_by_key(|completion| (completion.prompt, completion.sample));
    done
}

/// One sequence on its way.
struct Row {
    random: Random,
    /// What the repetition penalty falls on.
    seen: Vec<u32>,
    completion: Completion,
}

fn batch(
    model: &Llama,
    prompts: &[Vec<u32>],
    sampler: &Sampler<'_>,
    mut rows: Vec<Row>,
    on_token: &mut dyn FnMut(Drawn) -> ControlFlow<()>,
) -> Vec<Completion> {
    let context = model.config().context;
    let vocab = model.config().vocab;
    let mut done = Vec::with_capacity(rows.len());
    let (mut logits, mut cache) = prefill(model, prompts, &rows, sampler.most_tokens());
    loop {
        let last = sampler.most_tokens() == 0;
        let draws: Vec<Option<Draw>> = rows
            .par_iter_mut()
            .zip(logits.par_chunks_mut(vocab))
            .zip(cache.lengths())
            .map(|((row, logits), length)| {
                let goes_on = !last && *length < context;
                goes_on.then(|| sampler.draw(logits, &row.seen, &mut row.random))
            })
            .collect();
        let mut next = Vec::with_capacity(rows.len());
        let mut alive = Vec::with_capacity(rows.len());
        let mut staying = Vec::with_capacity(rows.len());
        for (at, (mut row, draw)) in rows.into_iter().zip(draws).enumerate() {
            let mut ended = None;
            if let Some(draw) = draw {
                let said = &mut row.completion;
                said.tokens.push(draw.token);
                said.logprobs.push(draw.logprob);
                if sampler.alternatives() > 0 {
                    said.alternatives.push(draw.alternatives);
                }
                if !row.seen.is_empty() {
                    row.seen.push(draw.token);
                }
                let end = sampler.is_end(draw.token);
                let flow = on_token(Drawn {
                    prompt: said.prompt,
                    sample: said.sample,
                    token: draw.token,
                    logprob: draw.logprob,
                    end,
                });
                if end {
                    ended = Some(Finish::End);
                } else if flow.is_break() {
                    ended = Some(Finish::Stopped);
                } else if said.tokens.len() >= sampler.most_tokens() {
                    ended = Some(Finish::Length);
                } else {
                    next.push(i64::from(draw.token));
                }
            } else {
                ended = Some(Finish::Length);
            }
            match ended {
                Some(finish) => {
                    row.completion.finish = finish;
                    done.push(row.completion);
                }
                None => {
                    alive.push(at);
                    staying.push(row);
                }
            }
        }
        rows = staying;
        if rows.is_empty() {
            return done;
        }
        if alive.len() < cache.lengths().len() {
            cache = cache.rows(&alive);
        }
        let count = rows.len();
        let tokens =
            Tensor::<2, Int>::from_data(TensorData::new(next, [count, 1]), &model.device());
        let hidden = model.step(tokens, &vec![1; count], &mut cache);
        logits = values(model, hidden);
    }
}

/// Reads the prompts, each of them once however many samples it has; gives the logits behind every
/// row's prompt and the cache with a row for each.
fn prefill(model: &Llama, prompts: &[Vec<u32>], rows: &[Row], room: usize) -> (Vec<f32>, Cache) {
    let mut distinct = rows
        .iter()
        .map(|row| row.completion.prompt)
        .collect::<Vec<_>>();
    distinct.dedup();
    let lengths = distinct
        .iter()
        .map(|prompt| prompts[*prompt].len())
        .collect::<Vec<_>>();
    let time = lengths.iter().copied().max().unwrap_or(0);
    assert!(
        lengths.iter().all(|length| *length > 0),
        "an empty prompt has no next token"
    );
    let vocab = model.config().vocab;
    let mut tokens = Vec::with_capacity(distinct.len() * time);
    for prompt in &distinct {
        let prompt = &prompts[*prompt];
        assert!(
            prompt.iter().all(|token| (*token as usize) < vocab),
            "a prompt has a token outside the vocabulary of {vocab}"
        );
        tokens.extend(prompt.iter().map(|token| i64::from(*token)));
        tokens.resize(tokens.len() + time - prompt.len(), 0);
    }
    let device = model.device();
    let tokens = TensorData::new(tokens, [distinct.len(), time]);
    let room = room
        .min(model.config().context.saturating_sub(time))
        .min(512);
    let mut cache = Cache::new(model.config(), distinct.len(), time + room, &device);
    let hidden = model.step(Tensor::from_data(tokens, &device), &lengths, &mut cache);
    let rows_of = rows.iter().map(|row| {
        let prompt = row.completion.prompt;
        distinct.iter().position(|at| *at == prompt).unwrap_or(0)
    });
    let rows_of = rows_of.collect::<Vec<_>>();
    let [_, _, width] = hidden.dims();
    let last = rows_of
        .iter()
        .map(|row| i64::try_from(row * time + lengths[*row] - 1).unwrap_or(i64::MAX))
        .collect::<Vec<_>>();
    let last = Tensor::<1, Int>::from_data(TensorData::new(last, [rows.len()]), &device);
    let hidden = hidden
        .reshape([distinct.len() * time, width])
        .select(0, last)
        .reshape([rows.len(), 1, width]);
    if rows.len() > distinct.len() {
        cache = cache.rows(&rows_of);
    }
    (values(model, hidden), cache)
}

/// The logits of `[rows, 1, width]`, row after row.
fn values(model: &Llama, hidden: Tensor<3>) -> Vec<f32> {
    let data = model.logits(hidden).into_data();
    data.convert::<f32>()
        .try_into_vec::<f32>()
        .expect("logits are f32 now")
}
