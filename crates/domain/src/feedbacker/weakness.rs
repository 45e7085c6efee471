//! The weakness reporter. [`by_rank`] is Feedbacker's: nodes where a model's rank differs from its rank overall by
//! more than 3. [`by_residual`] is ours: nodes where a model does worse, or better, than its strength predicts, with
//! an interval, and at most 5 % of what is reported expected to be chance (Benjamini and Hochberg 1995).

use super::Board;
use crate::evaluate::{self, Battle};
use crate::stats::{Interval, t_cdf, t_quantile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Feedbacker's threshold.
pub const RANKS: usize = 3;
/// The false discovery rate.
pub const RATE: f64 = 0.05;

/// A node where a model's rank is another than overall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Which place.
    pub place: usize,
    /// The rank there.
    pub rank: usize,
    /// The rank there less the rank overall: above 0 is worse.
    pub difference: i64,
    /// The difference's 95 % interval, from both ranks' intervals; `None` where errors are not known.
    pub interval: Option<(i64, i64)>,
}

/// The two lists of a model, each sorted by rank, then by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shifts {
    /// Where it ranks better.
    pub better: Vec<Shift>,
    /// Where it ranks worse.
    pub worse: Vec<Shift>,
}

/// Feedbacker's rule for one model: places with a rank more than `threshold` from the root's.
pub fn by_rank(board: &Board, model: usize, threshold: usize) -> Shifts {
    let mut shifts = Shifts::default();
    let Some(root) = board.cells.first().and_then(|_| board.ranks(0)[model]) else {
        return shifts;
    };
    let around_root = board.rank_intervals(0)[model];
    for place in 1..board.places.len() {
        let Some(rank) = board.ranks(place)[model] else {
            continue;
        };
        let difference = less(rank, root);
        if difference.unsigned_abs() <= threshold as u64 {
            continue;
        }
        let around = board.rank_intervals(place)[model].zip(around_root);
        let interval = around.map(|(here, root)| (less(here.0, root.1), less(here.1, root.0)));
        let list = if difference < 0 {
            &mut shifts.better
        } else {
            &mut shifts.worse
        };
        list.push(Shift {
            place,
            rank,
            difference,
            interval,
        });
    }
    for list in [&mut shifts.better, &mut shifts.worse] {
        list.sort_by_key(|shift| (shift.rank, shift.place));
    }
    shifts
}

fn less(one: usize, other: usize) -> i64 {
    let whole = |rank: usize| i64::try_from(rank).unwrap_or(i64::MAX);
    whole(one) - whole(other)
}

/// Count, sum and sum of squares: of one model's residuals on the independent units (prompts; comparisons where each
/// has a prompt of its own) of one node, those below it included. Additive, so that they can be kept up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// How many units.
    pub n: usize,
    /// Σ r
    pub sum: f64,
    /// Σ r²
    pub squares: f64,
}

impl Moments {
    /// One more.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
        self.squares += value * value;
    }
    /// What is left without some of them.
    #[must_use]
    pub fn without(self, some: Self) -> Self {
        Self {
            n: self.n.saturating_sub(some.n),
            sum: self.sum - some.sum,
            squares: (self.squares - some.squares).max(0.0),
        }
    }
    /// Their mean.
    pub fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
    /// These and others.
    fn with(self, others: Self) -> Self {
        Self {
            n: self.n + others.n,
            sum: self.sum + others.sum,
            squares: self.squares + others.squares,
        }
    }
    /// The sample's variance.
    fn variance(self) -> Option<f64> {
        let n = (self.n > 1).then_some(self.n as f64)?;
        Some(((self.squares - self.sum * self.sum / n) / (n - 1.0)).max(0.0))
    }
}

/// The residuals of comparisons: what a model won less what the Bradley-Terry fit of all comparisons expects of it
/// against these opponents, as a share (½ for a tie). A model's comparisons on one prompt are one unit, their mean.
/// `lies` says on which places a prompt counts, the first (all) among them. Comparisons between components of the fit
/// are left out: nothing is expected of them.
pub fn of_comparisons(
    models: usize,
    places: usize,
    battles: &[Battle],
    lies: impl Fn(usize) -> Vec<usize>,
) -> Vec<Vec<Moments>> {
    let fit = evaluate::fit(models, battles, &evaluate::Options::default());
    let mut units: BTreeMap<(u32, u32), (f64, f64)> = BTreeMap::new();
    for battle in battles {
        let Some(expected) = fit.probability(battle.a as usize, battle.b as usize) else {
            continue;
        };
        let residual = battle.outcome.points() - expected;
        for (model, residual) in [(battle.a, residual), (battle.b, -residual)] {
            let unit = units.entry((battle.prompt, model)).or_default();
            unit.0 += battle.weight * residual;
            unit.1 += battle.weight;
        }
    }
    let mut table = vec![vec![Moments::default(); models]; places];
    for ((prompt, model), (sum, weight)) in units {
        for place in lies(prompt as usize) {
            table[place][model as usize].add(sum / weight);
        }
    }
    table
}

/// What a model does at a node, relative to what its strength predicts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which place.
    pub place: usize,
    /// Which model.
    pub model: usize,
    /// Mean residual inside the node less the mean outside it, in units of the score: below 0 is worse.
    pub difference: f64,
    /// Its 95 % interval (Welch's).
    pub interval: Interval,
    /// One-sided: how likely it would be by chance to do as badly or worse, on the safe side.
    pub p_worse: f64,
    /// Whether it is reported as worse, at [`RATE`] over all nodes and models tested.
    pub worse: bool,
    /// Whether it is reported as better; the other side's tests are a family of their own.
    pub better: bool,
    /// Units inside.
    pub inside: usize,
    /// Units outside.
    pub outside: usize,
}

/// Tests every node (but the first, which is all units) for every model: `moments[place][model]` are the residuals'.
/// A node needs two units inside and outside, or it is not tested and not listed.
///
/// Compared is the inside with the outside, not with the overall mean, which contains the node itself. **A residual
/// is relative to the other models**: where one is weak, all others are a little better than predicted.
pub fn by_residual(moments: &[Vec<Moments>]) -> Vec<Finding> {
    let Some((all, nodes)) = moments.split_first() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (place, row) in nodes.iter().enumerate() {
        let models = row.iter().zip(all).enumerate();
        findings.extend(models.filter_map(|(model, (inside, all))| {
            test(*inside, all.without(*inside)).map(|it| Finding {
                place: place + 1,
                model,
                ..it
            })
        }));
    }
    let worse: Vec<f64> = findings.iter().map(|f| f.p_worse).collect();
    let better: Vec<f64> = worse.iter().map(|p| 1.0 - p).collect();
    let (worse, better) = (discoveries(&worse, RATE), discoveries(&better, RATE));
    for (finding, (worse, better)) in findings.iter_mut().zip(worse.into_iter().zip(better)) {
        (finding.worse, finding.better) = (worse, better);
    }
    findings
}

/// Of the variance of all units together, so much at least is taken to be each side's.
const LEAST: f64 = 0.5;

/// Welch's comparison of two means. Where a model wins one comparison in fifty, a node of fifty prompts has often no win
/// and no variance at all, which is no evidence: no side's variance is taken to be below [`LEAST`] of that of all units
/// together (without this a third of all simulations report a node when nothing is planted, docs/weakness.md). The p-value
/// takes the degrees of freedom of the smaller side: with Welch's own it is too small by a fifth at 1 in 10,000 (20 units
/// against 580, by simulation), and among many tests that is where it counts.
fn test(inside: Moments, outside: Moments) -> Option<Finding> {
    let difference = inside.mean()? - outside.mean()?;
    let least = LEAST * inside.with(outside).variance()?;
    let of_mean =
        |side: Moments| -> Option<f64> { Some(side.variance()?.max(least) / side.n as f64) };
    let (here, there) = (of_mean(inside)?, of_mean(outside)?);
    let variance = here + there;
    if variance <= 0.0 {
        return None;
    }
    let freedom = variance * variance
        / (here * here / (inside.n - 1) as f64 + there * there / (outside.n - 1) as f64);
    let error = variance.sqrt();
    let careful = (inside.n.min(outside.n) - 1) as f64;
    let half = t_quantile(0.975, freedom) * error;
    Some(Finding {
        place: 0,
        model: 0,
        difference,
        interval: Interval {
            low: difference - half,
            high: difference + half,
        },
        p_worse: t_cdf(difference / error, careful),
        worse: false,
        better: false,
        inside: inside.n,
        outside: outside.n,
    })
}

/// Which of these tests are discoveries at a false discovery rate (Benjamini and Hochberg 1995: the largest k with
/// p₍ₖ₎ ≤ k·rate/m).
pub fn discoveries(p: &[f64], rate: f64) -> Vec<bool> {
    let adjusted = evaluate::benjamini_hochberg(p);
    adjusted.iter().map(|p| *p <= rate).collect()
}
