//! Comparisons: means, win rates, arms paired by seed, and the baseline that only looks at length.

use super::Share;
use domain::stats::{Interval, Random, bootstrap};

/// How many times the bootstrap draws.
const DRAWS: usize = 10_000;

/// The arithmetic mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The standard error of the mean; 0 for fewer than two values.
pub fn standard_error(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let middle = mean(values);
    let squares: f64 = values.iter().map(|v| (v - middle).powi(2)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// Two arms that were run on the same seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The mean of one less the mean of the other.
    pub difference: f64,
    /// Its 95 % interval: percentile bootstrap over seeds. `None` with fewer than two seeds, or where the
    /// arms differ by the same amount on each, which says nothing about the spread.
    pub interval: Option<Interval>,
}

impl Paired {
    /// Whether the interval lies above 0.
    pub fn is_greater(&self) -> bool {
        self.interval.is_some_and(|interval| interval.low > 0.0)
    }
    /// Whether it lies below.
    pub fn is_less(&self) -> bool {
        self.interval.is_some_and(|interval| interval.high < 0.0)
    }
}

/// Compares two arms seed by seed: `one[i]` and `other[i]` are of the same seed. With few seeds the
/// percentile bootstrap is narrow (its ends cannot leave the range of the differences): five are the least
/// that should be reported.
pub fn paired(one: &[f64], other: &[f64], random: &mut Random) -> Paired {
    let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
    let interval = bootstrap(differences.len(), DRAWS, random, |drawn| {
        let sum: f64 = drawn.iter().map(|&place| differences[place]).sum();
        Some(sum / drawn.len() as f64)
    });
    Paired {
        difference: mean(&differences),
        interval,
    }
}

/// How often one of two responses to the same prompt is better by a score; a tie counts half of a win, in pairs
/// (two ties are one win). `None` without pairs.
pub fn win_rate(one: &[f64], other: &[f64]) -> Option<Share> {
    let (mut wins, mut ties) = (0, 0);
    for (a, b) in one.iter().zip(other) {
        match a.total_cmp(b) {
            std::cmp::Ordering::Greater => wins += 1,
            std::cmp::Ordering::Equal => ties += 1,
            std::cmp::Ordering::Less => {}
        }
    }
    let mut share = Share::new(wins + ties / 2, one.len().min(other.len()))?;
    // an odd tie moves the value, not the interval's counts
    share.value = (wins as f64 + ties as f64 / 2.0) / share.of as f64;
    Some(share)
}

/// The best that length alone can do on preference pairs `(length of chosen, length of rejected)`: the share that a rule
/// "the shorter" or "the longer" gets right, whichever is more; equal lengths count as half.
/// A reward model that does no better has learnt length.
pub fn length_baseline(pairs: &[(usize, usize)]) -> Option<Share> {
    let longer = pairs.iter().filter(|(c, r)| c > r).count();
    let equal = pairs.iter().filter(|(c, r)| c == r).count();
    let shorter = pairs.len() - longer - equal;
    let mut share = Share::new(longer.max(shorter) + equal / 2, pairs.len())?;
    share.value = (longer.max(shorter) as f64 + equal as f64 / 2.0) / pairs.len() as f64;
    Some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairing_sees_what_the_spread_between_seeds_hides() {
        let base = [1.0, 5.0, 9.0, 2.0, 7.0];
        let better: Vec<f64> = base
            .iter()
            .enumerate()
            .map(|(n, v)| v + 0.5 + 0.05 * n as f64)
            .collect();
        let it = paired(&better, &base, &mut Random::seeded(1));
        assert!((it.difference - 0.6).abs() < 1e-9 && it.is_greater() && !it.is_less());
        let noise = paired(
            &[1.0, -1.0, 2.0, -2.0, 0.1],
            &[0.0; 5],
            &mut Random::seeded(1),
        );
        assert!(!noise.is_greater() && !noise.is_less());
        assert_eq!(
            paired(&[1.0], &[0.0], &mut Random::seeded(1)).interval,
            None
        );
    }

    #[test]
    fn ties_are_half_a_win() {
        let it = win_rate(&[1.0, 2.0, 3.0, 0.0], &[0.0, 2.0, 4.0, 0.0]).unwrap();
        assert!((it.value - 0.5).abs() < 1e-12);
        assert!(it.interval.low < 0.5 && it.interval.high > 0.5);
        assert_eq!(win_rate(&[], &[]), None);
    }

    #[test]
    fn the_length_baseline_takes_the_better_direction() {
        let it = length_baseline(&[(9, 2), (8, 2), (1, 2), (4, 4)]).unwrap();
        assert!((it.value - 0.625).abs() < 1e-12);
        let other_way = length_baseline(&[(2, 9), (2, 8), (2, 1), (4, 4)]).unwrap();
        assert!((other_way.value - it.value).abs() < 1e-12);
    }

    #[test]
    fn a_mean_and_its_error() {
        assert!((mean(&[1.0, 2.0, 6.0]) - 3.0).abs() < 1e-12);
        assert!((standard_error(&[1.0, 3.0]) - 1.0).abs() < 1e-12);
        assert!(standard_error(&[1.0]).abs() < 1e-12);
    }
}
