//! The failure-mode explorer: at a node with at least 5 children, how unevenly a model ranks among the children,
//! relative to its rank at the node. Evenly: what is weak is weak throughout (systematic); unevenly: in places
//! (occasional). Feedbacker takes the lowest and highest fifth; **how uneven chance alone would be is ours**.

use super::board::{deviation, percentile, ranks};
use super::{Board, Draws};
use crate::stats::{Interval, Random};

/// The fewest children of a node that is looked at.
pub const CHILDREN: usize = 5;
/// The share that counts as low and as high.
pub const PERCENT: usize = 20;

/// One model at one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// Which place.
    pub place: usize,
    /// Which model.
    pub model: usize,
    /// Its rank there.
    pub rank: usize,
    /// The children with the model's ranks.
    pub children: Vec<(usize, usize)>,
    /// Population standard deviation of child rank − parent rank.
    pub deviation: f64,
    /// Its 95 % interval; `None` where errors are not known.
    pub interval: Option<Interval>,
    /// The deviation that chance alone exceeds once in twenty, were the model as good on every child as on the
    /// node; `None` where errors are not known.
    pub chance: Option<f64>,
}

/// All of them, with the two thresholds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modes {
    /// By place, then by model.
    pub all: Vec<Mode>,
    /// Up to here it is systematic.
    pub low: Option<f64>,
    /// From here on it is occasional.
    pub high: Option<f64>,
}

impl Modes {
    /// Those that are even.
    pub fn systematic(&self) -> impl Iterator<Item = &Mode> {
        self.all
            .iter()
            .filter(|mode| self.low.is_some_and(|low| mode.deviation <= low))
    }
    /// Those that are uneven, and not even as well, as when all deviations are alike.
    pub fn occasional(&self) -> impl Iterator<Item = &Mode> {
        let even = |mode: &Mode| self.low.is_some_and(|low| mode.deviation <= low);
        self.all
            .iter()
            .filter(move |mode| !even(mode) && self.high.is_some_and(|high| mode.deviation >= high))
    }
}

/// The two thresholds of Feedbacker: the values at ⌊n · 20 %⌋ and ⌊n · 80 %⌋ of the sorted ones, counted from 0.
pub fn thresholds(deviations: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = deviations.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: usize| sorted.get(sorted.len() * percent / 100).copied();
    at(PERCENT).zip(at(100 - PERCENT))
}

/// The unevenness of children's ranks around their parent's.
pub fn unevenness(parent: usize, children: &[usize]) -> Option<f64> {
    let differences: Vec<f64> = children
        .iter()
        .map(|rank| *rank as f64 - parent as f64)
        .collect();
    deviation(&differences, 0)
}

/// Looks at every node with at least [`CHILDREN`] children on which the model has a rank.
pub fn explore(board: &Board, draws: Option<&Draws>, random: &mut Random) -> Modes {
    let mut all = Vec::new();
    for place in 0..board.places.len() {
        let below = board.children(place);
        if below.len() < CHILDREN {
            continue;
        }
        let here = board.ranks(place);
        let there: Vec<Vec<Option<usize>>> =
            below.iter().map(|child| board.ranks(*child)).collect();
        let chance = chance(board, place, &below, random);
        for model in 0..board.models.len() {
            let Some(rank) = here[model] else { continue };
            let ranked = below
                .iter()
                .zip(&there)
                .filter_map(|(child, ranks)| Some((*child, ranks[model]?)));
            let children: Vec<(usize, usize)> = ranked.collect();
            if children.len() < CHILDREN {
                continue;
            }
            let of: Vec<usize> = children.iter().map(|(_, rank)| *rank).collect();
            let Some(deviation) = unevenness(rank, &of) else {
                continue;
            };
            let interval = draws.and_then(|draws| {
                draws.interval(|rank| {
                    let of: Option<Vec<usize>> = children
                        .iter()
                        .map(|(child, _)| rank(*child, model))
                        .collect();
                    unevenness(rank(place, model)?, &of?)
                })
            });
            let chance = chance.as_ref().and_then(|chance| chance[model]);
            all.push(Mode {
                place,
                model,
                rank,
                children,
                deviation,
                interval,
                chance,
            });
        }
    }
    let deviations: Vec<f64> = all.iter().map(|mode| mode.deviation).collect();
    let (low, high) = thresholds(&deviations).unzip();
    Modes { all, low, high }
}

/// Ranks on children that are all like their parent, but for the errors of their own: the 95th percentile of the
/// unevenness, by model.
fn chance(
    board: &Board,
    place: usize,
    below: &[usize],
    random: &mut Random,
) -> Option<Vec<Option<f64>>> {
    const DRAWS: usize = 200;
    let here = board.ranks(place);
    let known = below
        .iter()
        .flat_map(|child| &board.cells[*child])
        .flatten()
        .all(|cell| cell.error.is_some());
    known.then(|| {
        let mut values: Vec<Vec<f64>> = vec![Vec::with_capacity(DRAWS); board.models.len()];
        for _ in 0..DRAWS {
            let drawn: Vec<Vec<Option<usize>>> = below
                .iter()
                .map(|child| {
                    let models = board.cells[*child].iter().zip(&board.cells[place]);
                    let scores: Vec<Option<f64>> = models
                        .map(|(child, parent)| {
                            Some(parent.as_ref()?.score + child.as_ref()?.error? * random.normal())
                        })
                        .collect();
                    ranks(&scores)
                })
                .collect();
            for (model, values) in values.iter_mut().enumerate() {
                let of: Vec<usize> = drawn.iter().filter_map(|ranks| ranks[model]).collect();
                values.extend(here[model].and_then(|rank| unevenness(rank, &of)));
            }
        }
        let high = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            percentile(&values, 95.0)
        };
        values.into_iter().map(high).collect()
    })
}
