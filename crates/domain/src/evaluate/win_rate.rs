//! Win rates as AlpacaEval counts them, means with intervals that know of clusters, and paired differences.
//!
//! A preference is a number from 1 (the baseline's answer is better) to 2 (the model's is); 0 stands for a draw.

use crate::stats::{Interval, Random, bootstrap};
use std::collections::BTreeMap;

/// A mean in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WinRate {
    /// 100 · mean(preference − 1).
    pub rate: f64,
    /// Its standard error, 100 · sd / √n with n − 1 in the deviation. Takes the instructions as independent.
    pub standard_error: Option<f64>,
    /// Comparisons.
    pub n: usize,
}

/// AlpacaEval's win rate. A preference of 0 counts as 1.5; one outside 1 to 2, or none, is left out. `None` when
/// nothing is left.
pub fn win_rate(preferences: impl IntoIterator<Item = f64>) -> Option<WinRate> {
    let points: Vec<f64> = preferences.into_iter().filter_map(points).collect();
    let n = points.len();
    let rate = mean(&points)?;
    let squares: f64 = points.iter().map(|p| (p - rate).powi(2)).sum();
    Some(WinRate {
        rate: 100.0 * rate,
        standard_error: (n > 1).then(|| 100.0 * (squares / (n - 1) as f64 / n as f64).sqrt()),
        n,
    })
}

/// A preference as the model's points, 0 to 1; `None` for what is not a preference.
pub fn points(preference: f64) -> Option<f64> {
    let preference = if preference == 0.0 { 1.5 } else { preference };
    (1.0..=2.0)
        .contains(&preference)
        .then_some(preference - 1.0)
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The 95 % interval of a mean of `(cluster, value)`, by drawing whole clusters: a prompt with everything judged on
/// it, or a person with everything that person judged. See [`bootstrap`].
pub fn clustered_mean(
    values: &[(u32, f64)],
    draws: usize,
    random: &mut Random,
) -> Option<Interval> {
    let mut sums: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (cluster, value) in values {
        let (sum, n) = sums.entry(*cluster).or_default();
        *sum += value;
        *n += 1.0;
    }
    let sums: Vec<(f64, f64)> = sums.into_values().collect();
    bootstrap(sums.len(), draws, random, |drawn| {
        let (mut sum, mut n) = (0.0, 0.0);
        for &cluster in drawn {
            sum += sums[cluster].0;
            n += sums[cluster].1;
        }
        Some(sum / n)
    })
}

/// How much more one thing got than another on the same prompts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean of the first less mean of the second.
    pub mean: f64,
    /// Its 95 % interval by drawing pairs; `None` with fewer than two.
    pub interval: Option<Interval>,
    /// Two-sided p-value of "no difference": the share of sign flips of the pairs whose mean is as far from 0, the data
    /// counted as one of them (a randomisation test).
    pub p: f64,
    /// Pairs.
    pub n: usize,
}

/// The difference on pairs (the same prompt, say), which is far sharper than comparing two intervals where prompts
/// differ in difficulty. `None` without pairs.
pub fn paired_difference(
    pairs: &[(f64, f64)],
    draws: usize,
    random: &mut Random,
) -> Option<Difference> {
    let differences: Vec<f64> = pairs.iter().map(|(first, second)| first - second).collect();
    let observed = mean(&differences)?;
    let interval = bootstrap(differences.len(), draws, random, |drawn| {
        let sum: f64 = drawn.iter().map(|&pair| differences[pair]).sum();
        Some(sum / drawn.len() as f64)
    });
    let total = differences.iter().sum::<f64>().abs() * (1.0 - 1e-12);
    let flipped = (0..draws).filter(|_| {
        let signed = differences.iter();
        let sum: f64 = signed
            .map(|d| if random.bits() >> 63 == 0 { *d } else { -d })
            .sum();
        sum.abs() >= total
    });
    Some(Difference {
        mean: observed,
        interval,
        p: (1 + flipped.count()) as f64 / (1 + draws) as f64,
        n: pairs.len(),
    })
}
