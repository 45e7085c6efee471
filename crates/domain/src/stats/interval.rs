//! Intervals: Wilson's for a share, the bootstrap's for anything else. Always 95 %.

use super::Random;
use serde::{Deserialize, Serialize};

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The 97.5 % point of the standard normal distribution.
pub const Z: f64 = 1.959_963_984_540_054;

/// Wilson's score interval for a share of `hits` among `of`:
/// `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. Stays within 0 and 1 and is honest for few and for extreme
/// counts. `None` when `of` is 0 or less than `hits`.
///
/// Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
pub fn wilson(hits: usize, of: usize) -> Option<Interval> {
    if of == 0 || hits > of {
        return None;
    }
    let n = of as f64;
    let p = hits as f64 / n;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    Some(Interval {
        low: ((middle - half) / scale).clamp(0.0, p),
        high: ((middle + half) / scale).clamp(p, 1.0),
    })
}

/// The percentile bootstrap of a statistic over clusters: draws as many clusters as there are, with replacement,
/// `draws` times, and takes the 2.5 % and 97.5 % points of what `statistic` says of each (interpolated between
/// neighbours). A cluster is what may be drawn on its own: an item with all its ratings, or a person with all
/// that person's answers where the question is how another group of people would do.
///
/// Draws of which the statistic does not exist are left out; `None` when they are more than a tenth, and with fewer
/// than two clusters, for then the draws say nothing about the spread.
///
/// Source: Efron and Tibshirani (1993), An introduction to the bootstrap, ch. 13.
pub fn bootstrap(
    clusters: usize,
    draws: usize,
    random: &mut Random,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    if clusters < 2 {
        return None;
    }
    let mut sample = vec![0; clusters];
    let mut values: Vec<f64> = Vec::with_capacity(draws);
    for _ in 0..draws {
        sample.fill_with(|| random.below(clusters));
        values.extend(statistic(&sample).filter(|value| value.is_finite()));
    }
    if values.is_empty() || values.len() * 10 < draws * 9 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(Interval {
        low: quantile(&values, 0.025),
        high: quantile(&values, 0.975),
    })
}

/// The quantile of sorted values, of which there must be one, linear between neighbours (numpy's default).
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the place lies between 0 and the last index"
    )]
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}
