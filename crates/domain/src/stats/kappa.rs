//! Cohen's κ for two people and Fleiss' κ for a fixed number of ratings an item.

use super::{Interval, Random, Ratings, bootstrap, same};
use crate::annotation::Scale;
use std::collections::BTreeMap;

/// How much a disagreement counts in Cohen's κ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Any disagreement counts the same.
    None,
    /// By the distance between the values.
    Linear,
    /// By its square: QWK, customary for grades.
    Quadratic,
}

impl Weights {
    /// What suits a scale: plain κ for categories, QWK for ordered and measured answers.
    pub fn for_scale(scale: Scale) -> Self {
        match scale {
            Scale::Nominal => Self::None,
            Scale::Ordinal | Scale::Interval => Self::Quadratic,
        }
    }
    fn cost(self, a: f64, b: f64) -> f64 {
        match self {
            Self::None => f64::from(u8::from(!same(a, b))),
            Self::Linear => (a - b).abs(),
            Self::Quadratic => (a - b).powi(2),
        }
    }
}

/// Cohen's κ of two people who rated the same items: `1 − Σ w·o / Σ w·e`, with `o` the observed share of each pair
/// of values, `e` the share if the two chose independently, each as often as before, and `w` the [`Weights`].
///
/// 1: perfect; 0: chance; −1 at the least (unweighted). `None` without items, or when both gave everything the
/// same one value. Weights go by the values themselves, not by their place among the values that happened to
/// occur: on a scale of equal steps that is what `cohen_kappa_score` says when told all labels.
///
/// Sources: Cohen (1960), A coefficient of agreement for nominal scales; Cohen (1968), Weighted kappa.
pub fn cohen(pairs: &[(f64, f64)], weights: Weights) -> Option<f64> {
    let (mut one, mut other) = (BTreeMap::new(), BTreeMap::new());
    let mut observed = 0.0;
    for &(a, b) in pairs {
        observed += weights.cost(a, b);
        one.entry(a.to_bits()).or_insert((a, 0.0)).1 += 1.0;
        other.entry(b.to_bits()).or_insert((b, 0.0)).1 += 1.0;
    }
    let n = pairs.len() as f64;
    let expected: f64 = one
        .values()
        .flat_map(|&(a, times_a)| {
            other
                .values()
                .map(move |&(b, times_b)| (a, b, times_a * times_b))
        })
        .map(|(a, b, times)| weights.cost(a, b) * times / n)
        .sum();
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// Cohen's κ with its 95 % interval, by drawing the items again. See [`bootstrap`].
pub fn cohen_interval(
    pairs: &[(f64, f64)],
    weights: Weights,
    draws: usize,
    random: &mut Random,
) -> Option<Interval> {
    let mut sample = Vec::with_capacity(pairs.len());
    bootstrap(pairs.len(), draws, random, |drawn| {
        sample.clear();
        sample.extend(drawn.iter().map(|&item| pairs[item]));
        cohen(&sample, weights)
    })
}

/// Fleiss' κ = (P̄ − `P̄_e`) / (1 − `P̄_e`): P̄ is the observed agreement ([`super::agreement`]), `P̄_e` the sum of the
/// squared shares of the categories. Any disagreement counts the same.
///
/// Items with fewer than two ratings are left out. `None` unless all others have the **same number** of ratings,
/// which is what the measure is made for (use [`super::alpha`] otherwise), and when only one category occurs.
///
/// Source: Fleiss (1971), Measuring nominal scale agreement among many raters.
pub fn fleiss(ratings: &Ratings) -> Option<f64> {
    let mut shared = ratings.items().iter().filter(|given| given.len() > 1);
    let each = shared.clone().next()?.len();
    if shared.clone().any(|given| given.len() != each) {
        return None;
    }
    let mut parts: BTreeMap<u64, f64> = BTreeMap::new();
    let mut total = 0.0;
    for (_, value) in shared.by_ref().flatten() {
        *parts.entry(value.to_bits()).or_default() += 1.0;
        total += 1.0;
    }
    if parts.len() < 2 {
        return None;
    }
    let chance: f64 = parts.values().map(|times| (times / total).powi(2)).sum();
    Some((super::agreement(ratings)? - chance) / (1.0 - chance))
}
