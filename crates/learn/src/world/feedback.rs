//! What an annotator of the word-removal world says about a policy's responses: every kind of feedback from
//! the same samples, so that methods that learn from different kinds can be compared.

use super::{LONGEST, answer, ask, refine, said};
use crate::data::{Demonstration, Judged, Pair, Sequence};
use crate::generate::{Sampling, generate};
use crate::methods::ilf::Critiqued;
use crate::models::Llama;
use domain::simulate::words::{self, Token, control};
use domain::stats::Random;
use std::ops::ControlFlow;

/// A prompt with a policy's responses and their true rewards.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The prompt.
    pub prompt: Vec<Token>,
    /// Responses, without their end tokens.
    pub responses: Vec<Vec<Token>>,
    /// The true reward of each.
    pub rewards: Vec<f64>,
}

/// Prompts with responses.
#[derive(Clone, Debug)]
pub struct Feedback {
    /// One for each prompt.
    pub prompts: Vec<Labelled>,
}

/// Samples so many responses a prompt at temperature 1 and has them judged.
pub fn feedback(policy: &Llama, prompts: &[Vec<Token>], samples: usize, seed: u64) -> Feedback {
    let asked: Vec<Vec<u32>> = prompts.iter().map(|prompt| ask(prompt)).collect();
    let sampling = Sampling {
        max_tokens: LONGEST,
        samples,
        ends: vec![control::EOS],
        rows: 128,
        ..Sampling::default()
    };
    let mut labelled: Vec<Labelled> = prompts
        .iter()
        .map(|prompt| Labelled {
            prompt: prompt.clone(),
            responses: Vec::with_capacity(samples),
            rewards: Vec::with_capacity(samples),
        })
        .collect();
    for completion in generate(policy, &asked, &sampling, seed, &mut |_| {
        ControlFlow::Continue(())
    }) {
        let one = &mut labelled[completion.prompt];
        let response = said(&completion.tokens).to_vec();
        one.rewards.push(words::reward(&one.prompt, &response));
        one.responses.push(response);
    }
    Feedback { prompts: labelled }
}

fn sequence(prompt: &[Token], response: &[Token]) -> Sequence {
    Sequence::new(&ask(prompt), &answer(response))
}

impl Feedback {
    fn numbered(&self) -> impl Iterator<Item = (u64, &Labelled)> {
        (0..).zip(&self.prompts)
    }

    /// The best against the worst response of each prompt, turned round with probability `flip`; prompts
    /// whose responses are all worth the same give none.
    pub fn pairs(&self, flip: f64, seed: u64) -> Vec<Pair> {
        let mut random = Random::seeded(seed);
        self.numbered()
            .filter_map(|(number, it)| {
                let order = words::ranking(&it.rewards);
                let (&best, &worst) = (order.first()?, order.last()?);
                self.pair(number, (best, worst), flip, &mut random)
            })
            .collect()
    }

    /// Up to so many pairs a prompt, of responses as they come: the first against the second, the third against the
    /// fourth, as a queue shows them.
    pub fn random_pairs(&self, most: usize, flip: f64, seed: u64) -> Vec<Pair> {
        let mut random = Random::seeded(seed);
        let shown = self.numbered().flat_map(|(number, it)| {
            (0..most.min(it.responses.len() / 2)).map(move |n| (number, (2 * n, 2 * n + 1)))
        });
        shown
            .filter_map(|(number, two)| self.pair(number, two, flip, &mut random))
            .collect()
    }

    fn pair(
        &self,
        number: u64,
        (one, other): (usize, usize),
        flip: f64,
        random: &mut Random,
    ) -> Option<Pair> {
        let it = &self.prompts[usize::try_from(number).ok()?];
        let first = words::prefers(it.rewards[one], it.rewards[other], flip, random)?;
        let (chosen, rejected) = if first { (one, other) } else { (other, one) };
        Some(Pair {
            prompt: number,
            chosen: sequence(&it.prompt, &it.responses[chosen]),
            rejected: sequence(&it.prompt, &it.responses[rejected]),
            strength: 1,
            tie: false,
        })
    }

    /// A thumb on the first two responses of each prompt, up where its reward is at least the median of all.
    pub fn thumbs(&self, flip: f64, seed: u64) -> Vec<Judged> {
        let mut random = Random::seeded(seed);
        let shown: Vec<(u64, &Labelled, usize)> = self
            .numbered()
            .flat_map(|(number, it)| (0..it.responses.len().min(2)).map(move |n| (number, it, n)))
            .collect();
        let rewards: Vec<f64> = shown.iter().map(|(_, it, n)| it.rewards[*n]).collect();
        shown
            .iter()
            .zip(words::thumbs(&rewards))
            .map(|((number, it, n), up)| Judged {
                prompt: *number,
                sequence: sequence(&it.prompt, &it.responses[*n]),
                desirable: up != random.chance(flip),
            })
            .collect()
    }

    /// The first response of each prompt, to imitate: the control that learns from the model's own samples.
    pub fn own_samples(&self) -> Vec<Demonstration> {
        self.numbered()
            .map(|(number, it)| Demonstration {
                prompt: number,
                sequence: sequence(&it.prompt, &it.responses[0]),
            })
            .collect()
    }

    /// What a person would have written instead of the first response: the right one.
    pub fn refinements(&self) -> Vec<Demonstration> {
        self.numbered()
            .map(|(number, it)| Demonstration {
                prompt: number,
                sequence: sequence(&it.prompt, &words::gold(&it.prompt)),
            })
            .collect()
    }

    /// The critique of the first response: the bad words in it. A response without any gets none.
    pub fn critiques(&self) -> Vec<(Critiqued, Vec<Token>)> {
        self.numbered()
            .filter_map(|(number, it)| {
                let response = &it.responses[0];
                let remove = words::critique(&it.prompt, response).remove;
                let example = Critiqued {
                    prompt: number,
                    ask: ask(&it.prompt),
                    response: answer(response),
                    refine: refine(&it.prompt, response, &remove),
                };
                (!remove.is_empty()).then_some((example, remove))
            })
            .collect()
    }
}
