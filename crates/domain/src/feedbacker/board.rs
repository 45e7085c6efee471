//! Scores of models on nodes, and their ranks, with what is known of how far they may be off.

use crate::stats::{Interval, Random};

/// A node of the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called, from the facet down.
    pub path: String,
    /// The node above it on the board; the first place has none, every other has one that comes before it.
    pub parent: Option<usize>,
}

/// What a model scores on a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Higher is better.
    pub score: f64,
    /// Its standard error; `None` where it is not known, as in published tables.
    pub error: Option<f64>,
    /// How many prompts it stands on.
    pub prompts: usize,
}

/// Scores of models on nodes. The first place is the root: all prompts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// The models' names.
    pub models: Vec<String>,
    /// The nodes.
    pub places: Vec<Place>,
    /// By place, then by model; `None` where the model has no score.
    pub cells: Vec<Vec<Option<Cell>>>,
}

impl Board {
    /// The rank of every model at a place: 1 and the number of models with a higher score, so that equal scores
    /// share the better rank.
    pub fn ranks(&self, place: usize) -> Vec<Option<usize>> {
        let scores: Vec<Option<f64>> = self.cells[place]
            .iter()
            .map(|c| c.map(|c| c.score))
            .collect();
        ranks(&scores)
    }

    /// The 95 % interval of every rank: 1 and the number of models that score higher for sure, up to all that do not
    /// score lower for sure. Models are taken as independent, which is on the safe side where they answered the same
    /// prompts. `None` where an error is not known.
    pub fn rank_intervals(&self, place: usize) -> Vec<Option<(usize, usize)>> {
        let row = &self.cells[place];
        let there = row.iter().flatten().count();
        let sure = |one: &Cell, other: &Cell| -> Option<f64> {
            let error = one.error?.hypot(other.error?);
            let difference = one.score - other.score;
            Some(if difference.abs() > 1.959_963_984_540_054 * error {
                difference
            } else {
                0.0
            })
        };
        let interval = |model: usize| -> Option<(usize, usize)> {
            let one = row[model]?;
            let (mut low, mut high) = (1, there);
            let others = row.iter().enumerate().filter(|(other, _)| *other != model);
            for other in others.filter_map(|(_, cell)| cell.as_ref()) {
                let difference = sure(other, &one)?;
                low += usize::from(difference > 0.0);
                high -= usize::from(difference < 0.0);
            }
            Some((low, high))
        };
        (0..row.len()).map(interval).collect()
    }

    /// The places directly below a place, in order.
    pub fn children(&self, place: usize) -> Vec<usize> {
        (0..self.places.len())
            .filter(|&below| self.places[below].parent == Some(place))
            .collect()
    }

    /// Whether one place is the other or stands above or below it.
    pub fn related(&self, one: usize, other: usize) -> bool {
        let up = |place: &usize| self.places[*place].parent;
        std::iter::successors(Some(one), up).any(|place| place == other)
            || std::iter::successors(Some(other), up).any(|place| place == one)
    }

    /// Draws every score anew from a normal distribution with its error, and ranks the models each time. `None`
    /// where an error is not known.
    pub fn draw(&self, draws: usize, random: &mut Random) -> Option<Draws> {
        self.draw_where(draws, |_| true, random)
    }

    /// The same at some places only; elsewhere nothing may be asked of the draws.
    pub fn draw_where(
        &self,
        draws: usize,
        wanted: impl Fn(usize) -> bool,
        random: &mut Random,
    ) -> Option<Draws> {
        let known = self
            .cells
            .iter()
            .flatten()
            .flatten()
            .all(|cell| cell.error.is_some());
        known.then(|| {
            let mut all = Vec::with_capacity(draws * self.cells.len());
            for _ in 0..draws {
                for (place, row) in self.cells.iter().enumerate() {
                    if !wanted(place) {
                        all.push(Vec::new());
                        continue;
                    }
                    let scores: Vec<Option<f64>> = row
                        .iter()
                        .map(|cell| {
                            cell.map(|c| c.score + c.error.unwrap_or(0.0) * random.normal())
                        })
                        .collect();
                    all.push(ranks(&scores));
                }
            }
            Draws {
                places: self.cells.len(),
                ranks: all,
            }
        })
    }
}

/// Ranks as they might have come out.
#[derive(Clone, Debug)]
pub struct Draws {
    places: usize,
    ranks: Vec<Vec<Option<usize>>>,
}

impl Draws {
    /// The 95 % interval of a number that is computed from ranks; `of` gets a look-up from place and model. The
    /// percentiles are taken around the number itself (basic bootstrap is not used: ranks are bounded).
    pub fn interval(
        &self,
        of: impl Fn(&dyn Fn(usize, usize) -> Option<usize>) -> Option<f64>,
    ) -> Option<Interval> {
        let one =
            |rows: &[Vec<Option<usize>>]| of(&|place: usize, model: usize| rows[place][model]);
        let mut values: Vec<f64> = self.ranks.chunks(self.places).filter_map(one).collect();
        values.sort_by(f64::total_cmp);
        Some(Interval {
            low: percentile(&values, 2.5)?,
            high: percentile(&values, 97.5)?,
        })
    }
}

/// Ranks of scores: 1 and the number that is higher.
pub(super) fn ranks(scores: &[Option<f64>]) -> Vec<Option<usize>> {
    let mut sorted: Vec<f64> = scores.iter().flatten().copied().collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let rank = |score: f64| 1 + sorted.partition_point(|other| *other > score);
    scores.iter().map(|score| score.map(rank)).collect()
}

/// A percentile of sorted values, linear between neighbours (numpy's default).
pub(super) fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = percent / 100.0 * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    Some(sorted[below] + (place - below as f64) * (sorted[above] - sorted[below]))
}

/// The standard deviation; `ddof` is 0 for a population and 1 for a sample.
pub(super) fn deviation(values: &[f64], ddof: usize) -> Option<f64> {
    let free = values.len().checked_sub(ddof).filter(|free| *free > 0)?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some((values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / free as f64).sqrt())
}
