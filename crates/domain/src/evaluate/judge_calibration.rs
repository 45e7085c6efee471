//! How far a judge (a model, a reward model, a person) can be trusted, measured against people: agreement, bias toward
//! high scores, calibration, position and length bias, self-preference, drift between versions. Every figure has an
//! interval, drawn by whole prompts.

use super::{Outcome, win_rate::mean};
use crate::stats::{Interval, Random, Weights, bootstrap, cohen, wilson};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Shorter differences of length, in characters, say nothing about a taste for long answers.
const CLEARLY_LONGER: f64 = 30.0;

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its 95 % bootstrap interval by prompts; `None` with fewer than two prompts.
    pub interval: Option<Interval>,
    /// Observations it stands on.
    pub n: usize,
}

/// How to draw: how often, and the seed. The same seed gives the same interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Bootstrap draws.
    pub count: usize,
    /// The seed.
    pub seed: u64,
}

impl Draws {
    /// A statistic of `(prompt, observation)` with its interval; `None` where the statistic does not exist.
    fn estimate<T: Copy>(
        self,
        observations: &[(u32, T)],
        statistic: impl Fn(&[T]) -> Option<f64>,
    ) -> Option<Estimate> {
        let all: Vec<T> = observations
            .iter()
            .map(|(_, observation)| *observation)
            .collect();
        let value = statistic(&all)?;
        let mut prompts: BTreeMap<u32, Vec<T>> = BTreeMap::new();
        for (prompt, observation) in observations {
            prompts.entry(*prompt).or_default().push(*observation);
        }
        let prompts: Vec<Vec<T>> = prompts.into_values().collect();
        let mut sample = Vec::with_capacity(all.len());
        let mut random = Random::seeded(self.seed);
        let interval = bootstrap(prompts.len(), self.count, &mut random, |drawn| {
            sample.clear();
            for &prompt in drawn {
                sample.extend_from_slice(&prompts[prompt]);
            }
            statistic(&sample)
        });
        Some(Estimate {
            value,
            interval,
            n: all.len(),
        })
    }

    fn mean(self, values: &[(u32, f64)]) -> Option<Estimate> {
        self.estimate(values, mean)
    }
}

/// Agreement of two judges on the same comparisons, each `(prompt, one's verdict, the other's)`: a judge with people, or
/// a judge's two versions (drift).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Share of equal verdicts, ties being verdicts.
    pub agreement: Estimate,
    /// Share of equal verdicts where both decided; `None` where they never did.
    pub accuracy: Option<Estimate>,
    /// Cohen's κ over win, tie and loss; `None` where both always said one same thing.
    pub kappa: Option<Estimate>,
}

/// See [`Agreement`]; `None` without comparisons.
pub fn verdict_agreement(verdicts: &[(u32, Outcome, Outcome)], draws: Draws) -> Option<Agreement> {
    let equal = |one: Outcome, other: Outcome| f64::from(u8::from(one == other));
    let all: Vec<(u32, f64)> = verdicts.iter().map(|v| (v.0, equal(v.1, v.2))).collect();
    let decided = verdicts
        .iter()
        .filter(|v| v.1 != Outcome::Tie && v.2 != Outcome::Tie);
    let decided: Vec<(u32, f64)> = decided.map(|v| (v.0, equal(v.1, v.2))).collect();
    let points = verdicts.iter().map(|v| (v.0, (v.1.points(), v.2.points())));
    let points: Vec<(u32, (f64, f64))> = points.collect();
    Some(Agreement {
        agreement: draws.mean(&all)?,
        accuracy: draws.mean(&decided),
        kappa: draws.estimate(&points, |pairs| cohen(pairs, Weights::None)),
    })
}

/// By how much a judge scores higher than people on the same answers, in points of their common scale:
/// `(prompt, judge's, people's)`. Above 0: generous.
pub fn score_bias(scores: &[(u32, f64, f64)], draws: Draws) -> Option<Estimate> {
    let differences = scores
        .iter()
        .map(|(prompt, judge, people)| (*prompt, judge - people));
    draws.mean(&differences.collect::<Vec<_>>())
}

/// QWK of a judge's and people's scores on the same answers; scores are numbers on a scale of equal steps.
pub fn score_agreement(scores: &[(u32, f64, f64)], draws: Draws) -> Option<Estimate> {
    let pairs: Vec<_> = scores
        .iter()
        .map(|(prompt, judge, people)| (*prompt, (*judge, *people)))
        .collect();
    draws.estimate(&pairs, |pairs| cohen(pairs, Weights::Quadratic))
}

/// How sure a judge was of a verdict, and whether people agreed with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sure {
    /// Its probability of being right, 0.5 to 1.
    pub confidence: f64,
    /// Whether it was.
    pub right: bool,
}

impl Sure {
    /// From a probability that the first answer is better, and whether it was (a tie says nothing).
    pub fn of(first_better: f64, outcome: Outcome) -> Option<Self> {
        let first = match outcome {
            Outcome::Win => true,
            Outcome::Loss => false,
            Outcome::Tie => return None,
        };
        (0.0..=1.0).contains(&first_better).then_some(Self {
            confidence: first_better.max(1.0 - first_better),
            right: (first_better > 0.5) == first,
        })
    }

    /// From a reward model's two scores: confidence max(σ(Δ), 1 − σ(Δ)).
    pub fn rewards(first: f64, second: f64, outcome: Outcome) -> Option<Self> {
        Self::of(1.0 / (1.0 + (second - first).exp()), outcome)
    }
}

/// One piece of a reliability curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Mean confidence of those in it.
    pub confidence: f64,
    /// How many were right.
    pub right: usize,
    /// Of so many.
    pub of: usize,
    /// Wilson's interval for the share that was right.
    pub interval: Interval,
}

/// Whether confidence means what it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Bins of equal width from 0.5 to 1, each with its upper end; empty ones are left out.
    pub bins: Vec<Bin>,
    /// Expected calibration error, the bins' shares times |share right − mean confidence|: 0 is perfect. Grows with the number of bins
    /// where there are few observations.
    pub error: Estimate,
    /// Brier score, mean of (confidence − right)²: 0.25 is guessing with confidence 0.5.
    pub brier: Estimate,
}

/// The reliability curve of `(prompt, verdict)` in so many bins (10 is customary); `None` without verdicts or bins.
pub fn reliability(verdicts: &[(u32, Sure)], bins: usize, draws: Draws) -> Option<Reliability> {
    if bins == 0 {
        return None;
    }
    let all: Vec<Sure> = verdicts.iter().map(|(_, sure)| *sure).collect();
    let curve = binned(&all, bins)
        .into_iter()
        .filter_map(|(sum, right, of)| {
            Some(Bin {
                confidence: sum / of as f64,
                right,
                of,
                interval: wilson(right, of)?,
            })
        });
    let error = |sample: &[Sure]| {
        let gaps = binned(sample, bins)
            .into_iter()
            .map(|(sum, right, _)| (right as f64 - sum).abs());
        (!sample.is_empty()).then(|| gaps.sum::<f64>() / sample.len() as f64)
    };
    let square = |sure: &Sure| (sure.confidence - f64::from(u8::from(sure.right))).powi(2);
    let squares: Vec<(u32, f64)> = verdicts
        .iter()
        .map(|(p, sure)| (*p, square(sure)))
        .collect();
    Some(Reliability {
        bins: curve.collect(),
        error: draws.estimate(verdicts, error)?,
        brier: draws.mean(&squares)?,
    })
}

/// Sum of confidences, right ones and all of every bin.
fn binned(verdicts: &[Sure], bins: usize) -> Vec<(f64, usize, usize)> {
    let mut counted = vec![(0.0, 0, 0); bins];
    for sure in verdicts {
        let upper = |bin: usize| 0.5 + 0.5 * (bin + 1) as f64 / bins as f64;
        let bin = (0..bins - 1)
            .find(|&bin| sure.confidence <= upper(bin))
            .unwrap_or(bins - 1);
        counted[bin].0 += sure.confidence;
        counted[bin].1 += usize::from(sure.right);
        counted[bin].2 += 1;
    }
    counted
}

/// What the order of two answers does to a judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionBias {
    /// Share of comparisons whose verdict stays when the answers change places.
    pub agreement: Estimate,
    /// P(prefers the answer shown first) over the decided verdicts of both orders; 0.5 is none. `None` without decided ones.
    pub first: Option<Estimate>,
}

/// Position bias from comparisons judged in both orders, each verdict seen from the answer **shown first**:
/// `(prompt, as asked, with places changed)`.
pub fn position_bias(verdicts: &[(u32, Outcome, Outcome)], draws: Draws) -> Option<PositionBias> {
    let same = |v: &(u32, Outcome, Outcome)| (v.0, f64::from(u8::from(v.1 == v.2.reversed())));
    let decided = verdicts.iter().flat_map(|v| [(v.0, v.1), (v.0, v.2)]);
    let decided = decided.filter(|(_, outcome)| *outcome != Outcome::Tie);
    let first: Vec<(u32, f64)> = decided
        .map(|(prompt, outcome)| (prompt, outcome.points()))
        .collect();
    Some(PositionBias {
        agreement: draws.mean(&verdicts.iter().map(same).collect::<Vec<_>>())?,
        first: draws.mean(&first),
    })
}

/// P(prefers the longer answer | one is longer by more than 30 characters) over decided verdicts:
/// `(prompt, verdict, first answer's characters less the second's)`. Compare a judge's with people's: longer answers may
/// be better. `None` without such a comparison.
pub fn length_bias(verdicts: &[(u32, Outcome, f64)], draws: Draws) -> Option<Estimate> {
    let clear = verdicts
        .iter()
        .filter(|v| v.1 != Outcome::Tie && v.2.abs() > CLEARLY_LONGER);
    let longer = |v: &(u32, Outcome, f64)| match v.2 > 0.0 {
        true => (v.0, v.1.points()),
        false => (v.0, 1.0 - v.1.points()),
    };
    draws.mean(&clear.map(longer).collect::<Vec<_>>())
}

/// Self-preference: how many more points (0 to 1 a comparison) a judge gives its own answers than people give them, on the
/// same comparisons, each seen from the judge's own answer: `(prompt, judge's verdict, people's)`.
pub fn self_preference(verdicts: &[(u32, Outcome, Outcome)], draws: Draws) -> Option<Estimate> {
    let more = verdicts.iter().map(|v| (v.0, v.1.points() - v.2.points()));
    draws.mean(&more.collect::<Vec<_>>())
}

/// What changed between two versions of a judge on the same comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// How well the versions agree with each other.
    pub agreement: Agreement,
    /// Share of agreement with people, the new version's less the old one's. `None` without people's verdicts.
    pub change: Option<Estimate>,
}

/// Drift: `(prompt, old version's verdict, new version's, people's where there is one)`.
pub fn drift(verdicts: &[(u32, Outcome, Outcome, Option<Outcome>)], draws: Draws) -> Option<Drift> {
    let versions: Vec<_> = verdicts.iter().map(|v| (v.0, v.1, v.2)).collect();
    let right = |one: Outcome, people: Outcome| f64::from(u8::from(one == people));
    let changes = verdicts.iter().filter_map(|v| {
        let people = v.3?;
        Some((v.0, right(v.2, people) - right(v.1, people)))
    });
    Some(Drift {
        agreement: verdict_agreement(&versions, draws)?,
        change: draws.mean(&changes.collect::<Vec<_>>()),
    })
}
