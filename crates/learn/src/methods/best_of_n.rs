//! Best of n, and expert iteration. **Best of n** samples n responses and takes the one that a reward likes
//! most; the reward's errors are taken too, the more the greater n is (over-optimisation: Gao, Schulman and
//! Hilton 2023). Its distance from the policy is bounded by `KL ≤ log n − (n − 1)/n` whatever the reward.
//! **Expert iteration** (Anthony et al. 2017; for language models Dong et al. 2023, RAFT) fine-tunes the policy
//! on the winners and begins again with the new policy.
//!
//! A reward is any function from sequences to numbers: a reward model, a rule, a sum of several. Left out:
//! filtering by a threshold, and mixing in earlier rounds' winners.

use super::enough;
use super::rounds::Rounds;
use crate::Result;
use crate::data::{Demonstration, Sequence};
use crate::evaluate::mean;
use crate::generate::{Finish, Sampling, generate};
use crate::models::Llama;
use crate::train::{Session, Trained};
use domain::measure::{LENGTH, REWARD};
use domain::method::{Method, Settings};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// A prompt to sample responses to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Which prompt.
    pub prompt: u64,
    /// Its tokens, as the policy reads them.
    pub tokens: Vec<u32>,
}

/// What is maximised: one number for each sequence, greater for better.
pub type Reward<'a> = dyn Fn(&[Sequence]) -> Vec<f64> + 'a;

/// The responses sampled for one prompt, with their rewards.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    /// Prompt and response. Responses that did not end are kept, for the reward to judge.
    pub sequences: Vec<Sequence>,
    /// The reward of each.
    pub rewards: Vec<f64>,
}

impl Candidates {
    /// The place of the best one, the first of equals; `None` of none.
    pub fn best(&self) -> Option<usize> {
        (0..self.rewards.len()).reduce(|a, b| {
            if self.rewards[b] > self.rewards[a] {
                b
            } else {
                a
            }
        })
    }
}

/// Samples n responses to each prompt and asks the reward.
pub fn candidates(
    policy: &Llama,
    prompts: &[Asked],
    sampling: &Sampling,
    reward: &Reward<'_>,
    seed: u64,
) -> Vec<Candidates> {
    let asked: Vec<Vec<u32>> = prompts.iter().map(|prompt| prompt.tokens.clone()).collect();
    let mut all: Vec<Vec<Sequence>> = vec![Vec::new(); prompts.len()];
    for said in generate(policy, &asked, sampling, seed, &mut |_| {
        ControlFlow::Continue(())
    }) {
        debug_assert!(said.finish != Finish::Stopped, "nobody asked to stop");
        all[said.prompt].push(Sequence::new(&asked[said.prompt], &said.tokens));
    }
    let flat: Vec<Sequence> = all.iter().flatten().cloned().collect();
    let mut rewards = reward(&flat).into_iter();
    all.into_iter()
        .map(|sequences| Candidates {
            rewards: rewards.by_ref().take(sequences.len()).collect(),
            sequences,
        })
        .collect()
}

/// The greatest KL that best of n can be from its policy, in nats: `log n − (n − 1)/n` (Hilton 2023).
pub fn kl_bound(n: usize) -> f64 {
    let n = n.max(1) as f64;
    n.ln() - (n - 1.0) / n
}

/// What best of n gives, for one n.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// How many are sampled.
    pub n: usize,
    /// The reward that was maximised.
    pub proxy: f64,
    /// The true reward of the same choice.
    pub truth: f64,
    /// The true reward of the best possible choice.
    pub oracle: f64,
    /// [`kl_bound`].
    pub kl_bound: f64,
}

/// The curve over n from `N ≥ n` samples of each prompt, as `(proxy, truth)`: the mean over all choices of n among the N, in
/// closed form. With the samples sorted by proxy from the worst, the i-th (from 1) is the best of n in
/// `C(i − 1, n − 1)` of `C(N, n)` choices (Nakano et al. 2021, `WebGPT`, section 3.2).
pub fn curve(prompts: &[Vec<(f64, f64)>], sizes: &[usize]) -> Vec<Point> {
    let expected = |by: &dyn Fn(&(f64, f64)) -> f64, of: &dyn Fn(&(f64, f64)) -> f64, n: usize| {
        let values: Vec<f64> = prompts
            .iter()
            .filter(|samples| samples.len() >= n)
            .map(|samples| {
                let mut sorted = samples.clone();
                sorted.sort_by(|a, b| by(a).total_cmp(&by(b)));
                let size = sorted.len() as f64;
                // the share of choices in which the best possible one is the i-th, from the top down
                let mut share = n as f64 / size;
                let mut sum = 0.0;
                for (above, sample) in sorted.iter().rev().enumerate() {
                    sum += share * of(sample);
                    let left = size - above as f64 - 1.0;
                    share *= ((left - n as f64 + 1.0) / left).max(0.0);
                }
                sum
            })
            .collect();
        mean(&values)
    };
    sizes
        .iter()
        .map(|&n| Point {
            n,
            proxy: expected(&|s| s.0, &|s| s.0, n),
            truth: expected(&|s| s.0, &|s| s.1, n),
            oracle: expected(&|s| s.1, &|s| s.1, n),
            kl_bound: kl_bound(n),
        })
        .collect()
}

/// Expert iteration: samples, takes the best, fine-tunes on them, as many rounds as the settings say. `ends`
/// are the tokens that end a response.
///
/// A run that goes on after a pause samples its rounds again, which gives the same, and takes up the round's
/// fine-tuning at its last checkpoint.
///
/// # Errors
/// Too few prompts, or as [`super::sft::train`].
pub fn train(
    base: Llama,
    prompts: &[Asked],
    reward: &Reward<'_>,
    ends: &[u32],
    settings: &Settings,
    mut session: Session<'_>,
) -> Result<Trained<Llama>> {
    enough("prompts to sample responses to", prompts.len())?;
    let sampling = Sampling {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a temperature needs no more digits"
        )]
        temperature: settings.real("temperature") as f32,
        max_tokens: settings.integer("max_new_tokens"),
        samples: settings.integer("samples"),
        ends: ends.to_vec(),
        ..Sampling::default()
    };
    let seed = settings.integer("seed") as u64;
    let mut policy = base;
    let mut at = Rounds::new(settings).first();
    loop {
        let seed = seed.wrapping_add(at.round as u64);
        let sampled = candidates(&policy, prompts, &sampling, reward, seed);
        let mut winners = Vec::with_capacity(prompts.len());
        let mut of_best = Vec::with_capacity(prompts.len());
        for (prompt, it) in prompts.iter().zip(&sampled) {
            if let Some(best) = it.best() {
                of_best.push(it.rewards[best]);
                winners.push(Demonstration {
                    prompt: prompt.prompt,
                    sequence: it.sequences[best].clone(),
                });
            }
        }
        let of_all: Vec<f64> = sampled.iter().flat_map(|it| it.rewards.clone()).collect();
        let lengths: Vec<f64> = winners
            .iter()
            .map(|it| it.sequence.response().len() as f64)
            .collect();
        let values = vec![
            (REWARD.to_owned(), mean(&of_all)),
            (LENGTH.to_owned(), mean(&lengths)),
        ];
        at.tell(&mut session, values)?;
        let (mut trained, last) = at.fine_tune(policy, &winners, settings, &mut session)?;
        if last {
            trained.card.method = Method::BestOfN;
            trained.card.outcome.remarks.push(format!(
                "In round {} the mean reward was {:.3} of all samples and {:.3} of those learnt from, by the reward that chose them.",
                at.round,
                mean(&of_all),
                mean(&of_best)
            ));
            return Ok(trained);
        }
        policy = trained.model;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::stats::Random;

    #[test]
    fn the_bound_is_that_of_the_paper() {
        assert!(kl_bound(1).abs() < 1e-12);
        assert!((kl_bound(2) - (2.0_f64.ln() - 0.5)).abs() < 1e-12);
        assert!((kl_bound(16) - 1.835).abs() < 1e-3);
    }

    #[test]
    fn the_closed_form_equals_trying_every_choice() {
        let mut random = Random::seeded(3);
        let samples: Vec<(f64, f64)> = (0..6).map(|_| (random.unit(), random.unit())).collect();
        for n in 1..=6 {
            let (mut proxy, mut truth, mut oracle, mut count) = (0.0, 0.0, 0.0, 0.0);
            for choice in 0_u32..64 {
                if choice.count_ones() as usize != n {
                    continue;
                }
                let chosen: Vec<_> = (0..6)
                    .filter(|i| choice >> i & 1 == 1)
                    .map(|i| samples[i])
                    .collect();
                let best = chosen.iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
                proxy += best.0;
                truth += best.1;
                oracle += chosen.iter().map(|s| s.1).fold(f64::MIN, f64::max);
                count += 1.0;
            }
            let point = curve(std::slice::from_ref(&samples), &[n])[0];
            for (found, wanted) in [
                (point.proxy, proxy),
                (point.truth, truth),
                (point.oracle, oracle),
            ] {
                assert!((found - wanted / count).abs() < 1e-12, "n = {n}: {found}");
            }
        }
    }

    #[test]
    fn the_best_is_the_first_of_equals() {
        let it = |rewards: &[f64]| Candidates {
            sequences: Vec::new(),
            rewards: rewards.to_vec(),
        };
        assert_eq!(it(&[1.0, 3.0, 3.0]).best(), Some(1));
        assert_eq!(it(&[]).best(), None);
    }
}
