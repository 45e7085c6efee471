//! How well a model ranks held-out pairs, beside what the length alone can do, and whether its confidence
//! means what it says.

use crate::evaluate::{Calibration, calibration};
use domain::measure::{ACCURACY, Baseline, Bin, Figure, Outcome};
use domain::stats::wilson;

/// Bins of confidence from 0 to 1, of which the upper half can be hit.
const BINS: usize = 10;

/// A model's opinion of held-out pairs, ties left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Score of the better response less that of the worse one.
    pub margins: Vec<f64>,
    /// The lengths of the two, the better one's first.
    pub lengths: Vec<(usize, usize)>,
}

impl Ranking {
    /// The share of pairs whose better response scores higher; equal scores count half.
    pub fn accuracy(&self) -> f64 {
        share(self.margins.iter().map(|margin| margin.partial_cmp(&0.0)))
    }

    /// What preferring the longer response would reach.
    pub fn length_accuracy(&self) -> f64 {
        share(
            self.lengths
                .iter()
                .map(|(better, worse)| better.partial_cmp(worse)),
        )
    }

    /// The mean margin.
    pub fn margin(&self) -> f64 {
        self.margins.iter().sum::<f64>() / self.margins.len().max(1) as f64
    }

    /// Confidence `σ(|margin|)` in the response that scores higher against how often that was the better one.
    /// `None` without pairs.
    pub fn calibration(&self) -> Option<Calibration> {
        let confident = |margin: &f64| (1.0 / (1.0 + (-margin.abs()).exp()), *margin > 0.0);
        let predictions: Vec<(f64, bool)> = self.margins.iter().map(confident).collect();
        calibration(&predictions, BINS)
    }

    /// All of it for a card.
    pub fn outcome(&self) -> Outcome {
        let of = self.margins.len();
        let Some(calibration) = self.calibration() else {
            return Outcome {
                remarks: vec!["Nothing was held out, so nothing is known of other prompts.".into()],
                ..Outcome::default()
            };
        };
        let right = self.margins.iter().filter(|margin| **margin > 0.0).count();
        Outcome {
            figures: vec![
                Figure {
                    name: ACCURACY.into(),
                    value: self.accuracy(),
                    interval: wilson(right, of),
                    of,
                    baselines: vec![Baseline {
                        name: "prefers the longer response".into(),
                        value: self.length_accuracy(),
                    }],
                },
                Figure {
                    name: "calibration_error".into(),
                    value: calibration.ece,
                    interval: None,
                    of,
                    baselines: Vec::new(),
                },
            ],
            calibration: calibration
                .bins
                .iter()
                .map(|bin| Bin {
                    predicted: bin.said,
                    observed: bin.came.value,
                    count: bin.came.of,
                })
                .collect(),
            remarks: Vec::new(),
        }
    }
}

fn share(orders: impl ExactSizeIterator<Item = Option<std::cmp::Ordering>>) -> f64 {
    let of = orders.len().max(1) as f64;
    let points = orders.map(|order| match order {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Equal) => 0.5,
        _ => 0.0,
    });
    points.sum::<f64>() / of
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these are exact")]
mod tests {
    use super::*;

    #[test]
    fn counts_and_compares() {
        let ranking = Ranking {
            margins: vec![2.0, 0.1, -0.1, 0.0],
            lengths: vec![(3, 2), (1, 2), (5, 5), (1, 9)],
        };
        assert_eq!(ranking.accuracy(), 0.625);
        assert_eq!(ranking.length_accuracy(), 0.375);
        let outcome = ranking.outcome();
        assert_eq!(outcome.figures[0].of, 4);
        assert!(outcome.figures[0].interval.is_some());
        assert_eq!(
            outcome
                .calibration
                .iter()
                .map(|bin| bin.count)
                .sum::<usize>(),
            4
        );
    }

    #[test]
    fn an_oracle_that_says_so_is_calibrated_and_a_liar_is_not() {
        let oracle = Ranking {
            margins: vec![20.0; 10],
            lengths: vec![(1, 1); 10],
        };
        assert!(oracle.calibration().unwrap().ece < 1e-6);
        let liar = Ranking {
            margins: vec![-20.0; 10],
            ..oracle
        };
        assert!(liar.calibration().unwrap().ece > 0.99);
        assert!(!Ranking::default().outcome().remarks.is_empty());
    }
}
