//! The difference reporter: nodes on which chosen models' ranks lie furthest apart (sample standard deviation, the
//! highest fifth of all nodes).

use super::board::{deviation, percentile};
use super::{Board, Draws};
use crate::stats::Interval;

/// The share of nodes that is reported.
pub const PERCENT: f64 = 20.0;

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub struct Apart {
    /// Which place.
    pub place: usize,
    /// The chosen models' ranks, in their order; `None` where one has none.
    pub ranks: Vec<Option<usize>>,
    /// Sample standard deviation of the ranks.
    pub deviation: f64,
    /// Its 95 % interval; `None` where errors are not known.
    pub interval: Option<Interval>,
}

/// The nodes with a deviation of at least the 80th percentile of all nodes', the furthest apart first; and that
/// threshold. Ranks are among all models of the board, not among the chosen.
pub fn report(board: &Board, chosen: &[usize]) -> (Vec<Apart>, Option<f64>) {
    let mut all: Vec<Apart> = (0..board.places.len())
        .filter_map(|place| {
            let here = board.ranks(place);
            let ranks: Vec<Option<usize>> = chosen.iter().map(|model| here[*model]).collect();
            Some(Apart {
                place,
                deviation: spread(&ranks)?,
                ranks,
                interval: None,
            })
        })
        .collect();
    let mut deviations: Vec<f64> = all.iter().map(|apart| apart.deviation).collect();
    deviations.sort_by(f64::total_cmp);
    let threshold = percentile(&deviations, 100.0 - PERCENT);
    all.retain(|apart| threshold.is_some_and(|threshold| apart.deviation >= threshold));
    all.sort_by(|a, b| b.deviation.total_cmp(&a.deviation));
    (all, threshold)
}

/// Gives the nodes their intervals, from draws of at least these places.
pub fn intervals(all: &mut [Apart], chosen: &[usize], draws: &Draws) {
    for apart in all {
        let place = apart.place;
        apart.interval = draws.interval(|rank| {
            let ranks: Vec<Option<usize>> =
                chosen.iter().map(|model| rank(place, *model)).collect();
            spread(&ranks)
        });
    }
}

fn spread(ranks: &[Option<usize>]) -> Option<f64> {
    let there: Vec<f64> = ranks.iter().flatten().map(|rank| *rank as f64).collect();
    deviation(&there, 1)
}
