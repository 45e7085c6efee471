//! Comparisons of models whose strengths are known, to see how often an interval holds the truth.
//!
//! Points are expected to be exactly σ(θᵢ − θⱼ), while comparisons on one prompt and by one person depend on each other: a
//! comparison's uniform draw is Φ of a sum of the two models' standing with the prompt, with the person, and of chance
//! (a Gaussian copula).

use crate::evaluate::{Battle, Fit, Options, Outcome, fit};
use crate::stats::{Interval, Random, normal_cdf};

/// What is planted.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// θ by model, natural logarithm of the odds.
    pub strengths: Vec<f64>,
    /// Prompts, each judged by others.
    pub prompts: u32,
    /// People.
    pub judges: u32,
    /// People a prompt.
    pub judges_each: u32,
    /// Pairs of models that each of them compares.
    pub pairs_each: u32,
    /// Share of the variance that comes with the prompt, 0 to 1.
    pub by_prompt: f64,
    /// Share that comes with the person; both together at most 1.
    pub by_judge: f64,
}

impl Planted {
    /// Draws everything anew but the strengths.
    pub fn battles(&self, random: &mut Random) -> Vec<Battle> {
        let models = self.strengths.len();
        let mut standing =
            |of: u32| -> Vec<f64> { (0..of as usize * models).map(|_| random.normal()).collect() };
        let (prompts, judges) = (standing(self.prompts), standing(self.judges));
        let chance = (1.0 - self.by_prompt - self.by_judge).max(0.0).sqrt();
        let mut battles = Vec::new();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for prompt in 0..self.prompts {
            for _ in 0..self.judges_each {
                let judge = number(random.below(self.judges as usize));
                for _ in 0..self.pairs_each {
                    let a = random.below(models);
                    let b = (a + 1 + random.below(models - 1)) % models;
                    let side = |of: &[f64], n: u32| {
                        let row = &of[n as usize * models..];
                        (row[a] - row[b]) / std::f64::consts::SQRT_2
                    };
                    let latent = self.by_prompt.sqrt() * side(&prompts, prompt)
                        + self.by_judge.sqrt() * side(&judges, judge)
                        + chance * random.normal();
                    let outcome =
                        outcome(normal_cdf(latent), self.strengths[a] - self.strengths[b]);
                    battles.push(Battle {
                        a: number(a),
                        b: number(b),
                        outcome,
                        weight: 1.0,
                        prompt,
                        judge,
                    });
                }
            }
        }
        battles
    }
}

/// A tie with probability p (1 − p), for which both sides give up half, so that the expected points stay p.
fn outcome(uniform: f64, difference: f64) -> Outcome {
    let p = 1.0 / (1.0 + (-difference).exp());
    let tie = p * (1.0 - p);
    match uniform {
        u if u > 1.0 - (p - tie / 2.0) => Outcome::Win,
        u if u < 1.0 - p - tie / 2.0 => Outcome::Loss,
        _ => Outcome::Tie,
    }
}

/// How often intervals held the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share of scores within their interval; 0.95 is right.
    pub scores: f64,
    /// Share of differences between the first and every other model within theirs.
    pub differences: f64,
    /// Share of true ranks within the interval of ranks, which may well be more than 0.95.
    pub ranks: f64,
    /// Mean half width of a score's interval, points.
    pub half_width: f64,
    /// Standard error of `scores`, from the runs, which are independent.
    pub standard_error: f64,
}

/// Simulates so many times and fits with these options.
pub fn coverage(planted: &Planted, runs: u32, options: &Options, seed: u64) -> Coverage {
    coverage_of(planted, runs, seed, |battles, _| {
        let fit = fit(planted.strengths.len(), battles, options);
        let intervals = fit.strengths.iter().map(|s| s.interval).collect();
        (fit, intervals)
    })
}

/// The same for intervals that are made in another way.
pub fn coverage_of(
    planted: &Planted,
    runs: u32,
    seed: u64,
    mut estimate: impl FnMut(&[Battle], &mut Random) -> (Fit, Vec<Option<Interval>>),
) -> Coverage {
    let points = 400.0 / std::f64::consts::LN_10;
    let models = planted.strengths.len();
    let mean = planted.strengths.iter().sum::<f64>() / models as f64;
    let score = |model: usize| 1000.0 + points * (planted.strengths[model] - mean);
    let rank = |model: usize| {
        let better = planted
            .strengths
            .iter()
            .filter(|s| **s > planted.strengths[model]);
        1 + better.count()
    };
    let holds = |interval: Interval, value: f64| interval.low <= value && value <= interval.high;
    let random = Random::seeded(seed);
    let (mut differences, mut ranks, mut width) = (0.0, 0.0, 0.0);
    let mut shares = Vec::new();
    for run in 0..runs {
        let mut random = random.fork(u64::from(run));
        let battles = planted.battles(&mut random);
        let (fit, intervals) = estimate(&battles, &mut random);
        let mut held = 0.0;
        for (model, interval) in intervals.iter().enumerate() {
            let Some(interval) = interval else { continue };
            held += f64::from(u8::from(holds(*interval, score(model))));
            width += (interval.high - interval.low) / 2.0;
            let open = fit.strengths[model].ranks;
            let open = open.is_some_and(|r| r.best <= rank(model) && rank(model) <= r.worst);
            ranks += f64::from(u8::from(open));
            let difference = fit.difference(0, model);
            let held = difference.is_some_and(|d| holds(d.2, score(0) - score(model)));
            differences += f64::from(u8::from(held));
        }
        shares.push(held / models as f64);
    }
    let all = f64::from(runs) * models as f64;
    let scores = shares.iter().sum::<f64>() / f64::from(runs);
    let spread: f64 = shares.iter().map(|share| (share - scores).powi(2)).sum();
    Coverage {
        scores,
        differences: differences / (all - f64::from(runs)),
        ranks: ranks / all,
        half_width: width / all,
        standard_error: spread.sqrt() / f64::from(runs),
    }
}
