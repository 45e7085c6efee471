//! Krippendorff's α: agreement beyond chance for any number of people, with gaps, on any scale.

use super::{Interval, Random, Ratings, bootstrap};
use crate::annotation::Scale;

/// Krippendorff's α = 1 − `D_o` / `D_e`, where `D_o` is the mean squared difference between two ratings of the
/// same item and `D_e` between two ratings of any items:
///
/// ```text
/// D_o = 1/n · Σ_items 1/(m_u − 1) · Σ_{i≠j} δ²(x_i, x_j)
/// D_e = 1/(n(n − 1)) · Σ_{i≠j over all ratings} δ²(x_i, x_j)
/// ```
///
/// over the items with m ≥ 2 ratings, `n` ratings in all. δ is 0 or 1 (nominal), the difference (interval), or
/// the difference of the values' mean ranks (ordinal, which is Krippendorff's ordinal metric written shorter).
///
/// 1: perfect; 0: as chance would have it; below 0: worse than that. `None` when no item has two ratings or when
/// all ratings are equal: then there is nothing that chance could have got wrong.
///
/// Source: Hayes and Krippendorff (2007), Answering the call for a standard reliability measure for coding data.
pub fn alpha(ratings: &Ratings, scale: Scale) -> Option<f64> {
    Coded::new(ratings, None).alpha(scale, None)
}

/// α of everybody but one person: how much one person moves the number.
pub fn alpha_without(ratings: &Ratings, scale: Scale, person: usize) -> Option<f64> {
    Coded::new(ratings, Some(person)).alpha(scale, None)
}

/// α's 95 % bootstrap interval, by drawing whole items again: one item's ratings depend on each other, so that
/// drawing single ratings would make it too narrow. See [`bootstrap`].
pub fn alpha_interval(
    ratings: &Ratings,
    scale: Scale,
    draws: usize,
    random: &mut Random,
) -> Option<Interval> {
    let coded = Coded::new(ratings, None);
    bootstrap(coded.units.len(), draws, random, |drawn| {
        coded.alpha(scale, Some(drawn))
    })
}

/// The comparable items with their values numbered in order, so that a draw costs one pass over the ratings.
struct Coded {
    values: Vec<f64>,
    units: Vec<Vec<usize>>,
}

impl Coded {
    fn new(ratings: &Ratings, without: Option<usize>) -> Self {
        let kept: Vec<Vec<f64>> = ratings
            .items()
            .iter()
            .map(|given| {
                let others = given.iter().filter(|(person, _)| Some(*person) != without);
                others.map(|(_, value)| *value).collect()
            })
            .filter(|given: &Vec<f64>| given.len() > 1)
            .collect();
        let mut values: Vec<f64> = kept.iter().flatten().copied().collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let number = |value: &f64| values.partition_point(|there| there < value);
        let units = kept.iter().map(|u| u.iter().map(number).collect());
        let units = units.collect();
        Self { values, units }
    }

    /// α of all items, or of these (numbers may repeat).
    fn alpha(&self, scale: Scale, drawn: Option<&[usize]>) -> Option<f64> {
        let all = 0..self.units.len();
        let units: Vec<&[usize]> = match drawn {
            Some(drawn) => drawn.iter().map(|&u| self.units[u].as_slice()).collect(),
            None => all.map(|u| self.units[u].as_slice()).collect(),
        };
        let mut counts = vec![0.0; self.values.len()];
        for &value in units.iter().copied().flatten() {
            counts[value] += 1.0;
        }
        let n: f64 = counts.iter().sum();
        let positions = self.positions(scale, &counts);
        let (within, between) = if scale == Scale::Nominal {
            let (mut sum, mut seen) = (0.0, vec![0.0; self.values.len()]);
            for unit in &units {
                unit.iter().for_each(|&v| seen[v] += 1.0);
                let m = unit.len() as f64;
                // each value's pairs are counted at its first rating; the counter is then clear again
                let equal: f64 = unit
                    .iter()
                    .map(|&v| std::mem::take(&mut seen[v]))
                    .map(|c: f64| c * c)
                    .sum();
                sum += (m * m - equal) / (m - 1.0);
            }
            let equal: f64 = counts.iter().map(|c| c * c).sum();
            (sum, (n * n - equal) / (n - 1.0))
        } else {
            let of_unit = |unit: &[usize]| {
                let m = unit.len() as f64;
                let mean = unit.iter().map(|&v| positions[v]).sum::<f64>() / m;
                let squares: f64 = unit.iter().map(|&v| (positions[v] - mean).powi(2)).sum();
                // Σ over ordered pairs of (x − y)² is 2m times the squares about the mean
                2.0 * m * squares / (m - 1.0)
            };
            let mean = positions.iter().zip(&counts).map(|(p, c)| p * c);
            let mean = mean.sum::<f64>() / n;
            let squares = positions.iter().zip(&counts);
            let squares: f64 = squares.map(|(p, c)| c * (p - mean).powi(2)).sum();
            (
                units.iter().map(|unit| of_unit(unit)).sum(),
                2.0 * n * squares / (n - 1.0),
            )
        };
        let varied = counts.iter().filter(|&&c| c > 0.0).count() > 1;
        (varied && between > 0.0).then(|| 1.0 - within / between)
    }

    /// Where each value lies on the scale.
    fn positions(&self, scale: Scale, counts: &[f64]) -> Vec<f64> {
        match scale {
            Scale::Nominal => Vec::new(),
            Scale::Interval => self.values.clone(),
            Scale::Ordinal => counts
                .iter()
                .scan(0.0, |below, count| {
                    let rank = *below + count / 2.0;
                    *below += count;
                    Some(rank)
                })
                .collect(),
        }
    }
}
