//! The query trade-off explorer: pairs of nodes where the models that are better than predicted on one are worse
//! than predicted on the other. Feedbacker's page for it is empty; the rule is ours.

use super::weakness::{RATE, discoveries};
use super::{Board, Observation, additive};
use crate::stats::{Interval, normal_cdf};

/// The fewest models with a score on both nodes: with fewer, Fisher's interval says nothing.
pub const MODELS: usize = 5;

/// Two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// The one.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// Pearson's correlation, over models, of residuals on the two.
    pub correlation: f64,
    /// Its 95 % interval (Fisher's z).
    pub interval: Interval,
    /// Models with a score on both.
    pub models: usize,
    /// Whether the pair is reported as a trade-off, at a false discovery rate of 5 % over all pairs tested.
    pub reported: bool,
}

/// What the models' strengths and the nodes' levels do not explain: by place (as in `places`), then by model.
pub fn residuals(board: &Board, places: &[usize]) -> Vec<Vec<Option<f64>>> {
    let mut observations = Vec::new();
    for (row, place) in places.iter().enumerate() {
        for (model, cell) in board.cells[*place].iter().enumerate() {
            observations.extend(cell.map(|cell| Observation {
                model,
                prompt: row,
                value: cell.score,
            }));
        }
    }
    let fit = additive(board.models.len(), places.len(), &observations);
    let mut rows = vec![vec![None; board.models.len()]; places.len()];
    for (it, residual) in observations.iter().zip(fit.residuals) {
        rows[it.prompt][it.model] = Some(residual);
    }
    rows
}

/// Tests every pair of these places, but for those of which one contains the other; the strongest trade-off first.
/// Taking strengths out of k nodes makes them correlate by −1/(k − 1) by itself: tested is whether it is less.
pub fn explore(board: &Board, places: &[usize]) -> Vec<Trade> {
    let rows = residuals(board, places);
    let by_itself = if places.len() > 2 {
        (-1.0 / (places.len() - 1) as f64).atanh()
    } else {
        return Vec::new();
    };
    let (mut trades, mut p) = (Vec::new(), Vec::new());
    for a in 0..places.len() {
        for b in a + 1..places.len() {
            if board.related(places[a], places[b]) {
                continue;
            }
            let both = rows[a]
                .iter()
                .zip(&rows[b])
                .filter_map(|(a, b)| Some(((*a)?, (*b)?)));
            let both: Vec<(f64, f64)> = both.collect();
            let Some(correlation) = correlation(&both).filter(|_| both.len() >= MODELS) else {
                continue;
            };
            let (z, error) = (correlation.atanh(), 1.0 / (both.len() as f64 - 3.0).sqrt());
            let half = 1.959_963_984_540_054 * error;
            p.push(normal_cdf((z - by_itself) / error));
            trades.push(Trade {
                one: places[a],
                other: places[b],
                correlation,
                interval: Interval {
                    low: (z - half).tanh(),
                    high: (z + half).tanh(),
                },
                models: both.len(),
                reported: false,
            });
        }
    }
    for (trade, reported) in trades.iter_mut().zip(discoveries(&p, RATE)) {
        trade.reported = reported;
    }
    trades.sort_by(|a, b| a.correlation.total_cmp(&b.correlation));
    trades
}

/// Pearson's; `None` where one side does not vary. Kept inside ±(1 − 1e-12), so that Fisher's z is finite.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (a, b) = pairs.iter().fold((0.0, 0.0), |sum, pair| {
        (sum.0 + pair.0 / n, sum.1 + pair.1 / n)
    });
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        aa += (x - a).powi(2);
        bb += (y - b).powi(2);
        ab += (x - a) * (y - b);
    }
    let product = aa * bb;
    (product > 0.0).then(|| (ab / product.sqrt()).clamp(-1.0 + 1e-12, 1.0 - 1e-12))
}
