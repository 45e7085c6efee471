//! Which nodes a new version of a model improved or hurt: the two versions on the same prompts, node by node.

use super::many::benjamini_hochberg;
use crate::stats::{Interval, Z, t_quantile, two_sided};
use std::collections::BTreeMap;

/// Fewer prompts under a node are shown and not tested.
pub const FEWEST: usize = 8;

/// The difference on one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The node's number.
    pub place: usize,
    /// Prompts it stands on: **each counts once**, as the mean of what was said on it.
    pub prompts: usize,
    /// Of comparisons: the new version's share of the points less ½. Of scores: the new one's mean less the old one's,
    /// on the same prompts.
    pub difference: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Two-sided, of no difference; `None` with fewer than [`FEWEST`] prompts, which are not tested.
    pub p: Option<f64>,
    /// The same, adjusted for all nodes that were tested (Benjamini and Hochberg 1995).
    pub adjusted: Option<f64>,
}

impl Change {
    /// Whether it is shown to differ, at a false discovery rate of 5 % over all nodes.
    pub fn is_shown(&self) -> bool {
        self.adjusted.is_some_and(|p| p < 0.05)
    }
}

/// Observations by node: each prompt's mean under every node that it lies under.
fn by_place(
    observations: &[(u32, f64)],
    lies: impl Fn(u32) -> Vec<usize>,
) -> BTreeMap<usize, Vec<f64>> {
    let mut prompts: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (prompt, value) in observations {
        let sum = prompts.entry(*prompt).or_default();
        sum.0 += value;
        sum.1 += 1.0;
    }
    let mut places: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (prompt, (sum, n)) in prompts {
        for place in lies(prompt) {
            places.entry(place).or_default().push(sum / n);
        }
    }
    places
}

/// Direct comparisons of the two versions, `(prompt, the new version's points: 1, ½ or 0)`. The share's interval and
/// test are Wilson's score over prompts, which ties make a little too wide and never too narrow, and which hold where
/// one version won everything. Below, the nodes in order of their numbers.
pub fn compared(points: &[(u32, f64)], lies: impl Fn(u32) -> Vec<usize>) -> Vec<Change> {
    let places = by_place(points, lies);
    let changes = places.into_iter().map(|(place, values)| {
        let n = values.len() as f64;
        let share = values.iter().sum::<f64>() / n;
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        let tested = values.len() >= FEWEST;
        Change {
            place,
            prompts: values.len(),
            difference: share - 0.5,
            interval: Some(Interval {
                low: (middle - half) / scale - 0.5,
                high: (middle + half) / scale - 0.5,
            }),
            p: tested.then(|| two_sided((share - 0.5) / (0.25 / n).sqrt())),
            adjusted: None,
        }
    });
    adjusted(changes.collect())
}

/// Scores of both versions on the same prompts, `(prompt, the new one's less the old one's)`: a paired t-test.
pub fn scored(differences: &[(u32, f64)], lies: impl Fn(u32) -> Vec<usize>) -> Vec<Change> {
    let places = by_place(differences, lies);
    let changes = places.into_iter().map(|(place, values)| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|it| (it - mean).powi(2)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        // equal differences throughout say nothing of how they vary
        let known = values.len() > 1 && error > 0.0;
        let half = t_quantile(0.975, n - 1.0) * error;
        let tested = known && values.len() >= FEWEST;
        Change {
            place,
            prompts: values.len(),
            difference: mean,
            interval: known.then_some(Interval {
                low: mean - half,
                high: mean + half,
            }),
            p: tested.then(|| 2.0 * (1.0 - crate::stats::t_cdf((mean / error).abs(), n - 1.0))),
            adjusted: None,
        }
    });
    adjusted(changes.collect())
}

fn adjusted(mut changes: Vec<Change>) -> Vec<Change> {
    let p: Vec<f64> = changes.iter().filter_map(|it| it.p).collect();
    let mut adjusted = benjamini_hochberg(&p).into_iter();
    for it in changes.iter_mut().filter(|it| it.p.is_some()) {
        it.adjusted = adjusted.next();
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_improved_is_shown_and_chance_is_not() {
        // 40 prompts: the new version wins all on node 1 (prompts 0 to 19), alternates on node 2
        let points: Vec<(u32, f64)> = (0..40)
            .flat_map(|n| {
                let won = if n < 20 { 1.0 } else { f64::from(n % 2) };
                // two people on every prompt: still one observation
                [(n, won), (n, won)]
            })
            .collect();
        let lies = |prompt: u32| vec![0, if prompt < 20 { 1 } else { 2 }];
        let found = compared(&points, lies);
        let shown = found.iter().map(|it| (it.place, it.prompts, it.is_shown()));
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown, [(0, 40, true), (1, 20, true), (2, 20, false)]);
        assert!((found[1].difference - 0.5).abs() < 1e-12);
        // Wilson's lower end for 20 of 20: 20 / (20 + z²)
        let low = found[1].interval.unwrap().low + 0.5;
        assert!((low - 20.0 / (20.0 + Z * Z)).abs() < 1e-12);
    }

    #[test]
    fn scores_are_paired_by_prompt_and_few_are_not_tested() {
        let differences: Vec<(u32, f64)> =
            (0..10).map(|n| (n, 1.0 + f64::from(n) / 10.0)).collect();
        let found = scored(&differences, |prompt| vec![usize::from(prompt > 6)]);
        // scipy.stats.ttest_1samp([1.0, …, 1.6], 0) has n = 7 < FEWEST: no test
        assert_eq!((found[0].prompts, found[0].p), (7, None));
        let all = scored(&differences, |_| vec![0]);
        // scipy.stats.ttest_1samp(np.arange(10) / 10 + 1, 0): t = 15.145, p = 1.0e-7
        assert!(all[0].p.unwrap() < 2e-7 && all[0].is_shown());
        let interval = all[0].interval.unwrap();
        assert!((interval.low - 1.233_415).abs() < 1e-5, "{interval:?}");
        let flat = scored(&[(0, 1.0), (1, 1.0)], |_| vec![0]);
        assert_eq!(flat[0].interval, None);
    }
}
