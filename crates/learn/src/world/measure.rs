//! What a policy does in the word-removal world: true reward, exact answers, bad words, distance from the
//! base, diversity, all on prompts that nothing was trained on.

use super::{LONGEST, answer, ask, said};
use crate::data::Sequence;
use crate::evaluate::{across_inputs, kl, mean, per_input};
use crate::generate::{Sampling, generate};
use crate::models::Llama;
use crate::train::log_probs_of;
use domain::simulate::words::{self, Setup, Token, control};
use domain::stats::Random;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Responses sampled for each prompt.
const SAMPLES: usize = 4;
/// The vocabulary that the reference implementation of EAD reckons with, whatever the n: with this world's own 52
/// words there would be more distinct pairs than expected.
const EAD_VOCABULARY: usize = 50_257;

/// Prompts to measure on.
#[derive(Clone, Debug)]
pub struct Test {
    /// Of the usual length.
    pub prompts: Vec<Vec<Token>>,
    /// Longer than any that was trained on.
    pub longer: Vec<Vec<Token>>,
}

impl Test {
    /// So many of each.
    pub fn new(count: usize, seed: u64) -> Self {
        let mut random = Random::seeded(seed).fork(2);
        let mut draw = |setup| {
            (0..count)
                .map(|_| words::prompt(setup, &mut random))
                .collect()
        };
        Self {
            prompts: draw(Setup::USUAL),
            longer: draw(Setup::LONGER),
        }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Mean true reward of the most probable response; 0 is perfect.
    pub reward: f64,
    /// Share of the most probable responses that are exactly right.
    pub exact: f64,
    /// Share of bad words among the words of the most probable responses.
    pub bad: f64,
    /// Mean true reward of responses sampled at temperature 1.
    pub sampled: f64,
    /// KL from the base, nats a response, from these samples.
    pub kl: f64,
    /// EAD of the samples for one prompt.
    pub diversity: f64,
    /// EAD of one sample a prompt.
    pub across: f64,
    /// Mean words of the most probable responses.
    pub length: f64,
    /// Mean true reward of the most probable response to longer prompts.
    pub longer: f64,
}

/// Measures a policy against the base it came from.
pub fn measure(policy: &Llama, base: &Llama, test: &Test, seed: u64) -> Measured {
    let greedy = respond(policy, &test.prompts, 1, 0.0, LONGEST, seed);
    let longer = respond(policy, &test.longer, 1, 0.0, 2 * LONGEST, seed);
    let sampled = respond(policy, &test.prompts, SAMPLES, 1.0, LONGEST, seed);
    let rewards = |all: &[Said], prompts: &[Vec<Token>]| -> Vec<f64> {
        all.iter()
            .map(|it| words::reward(&prompts[it.prompt], &it.response))
            .collect()
    };
    let best = rewards(&greedy, &test.prompts);
    let words_said = greedy.iter().map(|it| it.response.len()).sum::<usize>();
    let bad = greedy
        .iter()
        .map(|it| words::spans(&it.response).len())
        .sum::<usize>();

    let sequences: Vec<Sequence> = sampled
        .iter()
        .map(|it| {
            // what was cut off at the longest length has no end token
            let response = if it.ended {
                answer(&it.response)
            } else {
                it.response.clone()
            };
            Sequence::new(&ask(&test.prompts[it.prompt]), &response)
        })
        .collect();
    let reference = log_probs_of(base, &sequences, 128);
    let reference: Vec<f64> = reference
        .iter()
        .map(|one| one.iter().map(|&value| f64::from(value)).sum())
        .collect();
    let policy: Vec<f64> = sampled.iter().map(|it| it.log_prob).collect();
    let mut grouped = vec![Vec::new(); test.prompts.len()];
    for it in &sampled {
        grouped[it.prompt].push(it.response.clone());
    }
    let one_each: Vec<Vec<u32>> = grouped
        .iter()
        .filter_map(|all| all.first().cloned())
        .collect();
    Measured {
        reward: mean(&best),
        exact: best.iter().filter(|reward| **reward > -0.5).count() as f64
            / best.len().max(1) as f64,
        bad: bad as f64 / words_said.max(1) as f64,
        sampled: mean(&rewards(&sampled, &test.prompts)),
        kl: kl(&policy, &reference).unwrap_or(0.0),
        diversity: per_input(&grouped, EAD_VOCABULARY).unwrap_or(0.0),
        across: across_inputs(&one_each, EAD_VOCABULARY).unwrap_or(0.0),
        length: words_said as f64 / greedy.len().max(1) as f64,
        longer: mean(&rewards(&longer, &test.longer)),
    }
}

struct Said {
    prompt: usize,
    response: Vec<Token>,
    ended: bool,
    log_prob: f64,
}

fn respond(
    policy: &Llama,
    prompts: &[Vec<Token>],
    samples: usize,
    temperature: f32,
    max_tokens: usize,
    seed: u64,
) -> Vec<Said> {
    let asked: Vec<Vec<u32>> = prompts.iter().map(|prompt| ask(prompt)).collect();
    let sampling = Sampling {
        temperature,
        max_tokens,
        samples,
        ends: vec![control::EOS],
        rows: 128,
        ..Sampling::default()
    };
    generate(policy, &asked, &sampling, seed, &mut |_| {
        ControlFlow::Continue(())
    })
    .into_iter()
    .map(|completion| Said {
        prompt: completion.prompt,
        response: said(&completion.tokens).to_vec(),
        ended: completion.tokens.contains(&control::EOS),
        log_prob: completion
            .logprobs
            .iter()
            .map(|&value| f64::from(value))
            .sum(),
    })
    .collect()
}
