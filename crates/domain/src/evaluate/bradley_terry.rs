//! Bradley-Terry strengths by maximum likelihood: P(i beats j) = σ(θᵢ − θⱼ), ties half a win, Newton's method.
//!
//! Shown on the Arena's scale: score = 1000 + 400 / ln 10 · θ, so that 400 points are odds of ten to one. Strengths
//! are known only up to a constant: the mean over a connected component's models is 1000, unless one model is made
//! the anchor, which moves every score and no interval's width. Intervals: sandwich H⁻¹ Σ H⁻¹ (White 1982; the
//! Arena's `arena-rank`), clustered by prompt and judge. Pure and without randomness.

use super::likelihood::{Points, expected};
use super::sandwich::{Meat, independent, score};
use super::{Battle, Outcome, RankInterval, Tally, rank_intervals, tallies};
use crate::stats::{Interval, Matrix, Z};

/// Points of score in one unit of θ (a factor e in the odds).
pub(super) const POINTS: f64 = 400.0 / std::f64::consts::LN_10;
/// The mean score.
pub(super) const CENTRE: f64 = 1000.0;

/// The ridge where maximum likelihood has no finite answer: λ/2 Σ θ², a normal prior of mean 0 and standard deviation
/// 3.2 (549 points) on every strength.
pub const SEPARATED_RIDGE: f64 = 0.1;

/// Which comparisons may depend on each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clusters {
    /// None: every comparison is on its own, as the Arena assumes.
    Independent,
    /// Those on one prompt.
    Prompt,
    /// Those by one judge.
    Judge,
    /// Both: prompts plus judges less their intersection, and no error below that of either alone. Judges enter from
    /// five on.
    #[default]
    PromptAndJudge,
}

/// How to fit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// What the intervals allow for.
    pub clusters: Clusters,
    /// A model and the score that it is to have. Only its own component is moved.
    pub anchor: Option<(u32, f64)>,
    /// λ of a ridge λ/2 Σ θ² on every component, in units of comparisons; for thin data. Without it there is none,
    /// but for [`SEPARATED_RIDGE`] in components that are separated.
    pub ridge: Option<f64>,
}

/// What a model's score stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It met nobody: no score.
    Unmet,
    /// Maximum likelihood.
    Estimated,
    /// It won every comparison: the likelihood has no maximum, the score leans on [`SEPARATED_RIDGE`].
    WonEverything,
    /// It lost every comparison; likewise.
    LostEverything,
    /// It has won and lost, but its component falls into groups of which one took every point from another; likewise.
    Separated,
}

/// One model's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// The model's number.
    pub model: usize,
    /// Comparisons it took part in, unweighted.
    pub n: f64,
    /// Its component's number. Scores of different components cannot be compared.
    pub component: usize,
    /// What the score stands on.
    pub state: State,
    /// Its score, 1000 on average.
    pub score: Option<f64>,
    /// The score's standard error, as a difference from its component's mean.
    pub standard_error: Option<f64>,
    /// The score's 95 % interval: ± the standard error times the normal quantile, or Student's with one less than the
    /// number of clusters as degrees of freedom.
    pub interval: Option<Interval>,
    /// 1 + the number of better scores in its component.
    pub rank: Option<usize>,
    /// The ranks its interval leaves open among all models that met any, those of other components included, which
    /// may stand anywhere.
    pub ranks: Option<RankInterval>,
}

/// All models' strengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// By model number.
    pub strengths: Vec<Strength>,
    /// Components with at least two models.
    pub components: usize,
    pub(super) theta: Vec<f64>,
    pub(super) covariance: Matrix,
    pub(super) critical: Vec<f64>,
}

impl Fit {
    /// P(a beats b) with ties split, by the fit; `None` between components.
    pub fn probability(&self, a: usize, b: usize) -> Option<f64> {
        self.comparable(a, b).then(|| expected(&self.theta, a, b))
    }

    /// Score of `a` less that of `b`, with its standard error and 95 % interval; `None` between components. Two
    /// intervals may overlap where this difference is clear: it is the sharper comparison.
    pub fn difference(&self, a: usize, b: usize) -> Option<(f64, f64, Interval)> {
        if !self.comparable(a, b) || a == b {
            return None;
        }
        let cov = &self.covariance;
        let variance = cov.at(a, a) + cov.at(b, b) - 2.0 * cov.at(a, b);
        let difference = POINTS * (self.theta[a] - self.theta[b]);
        let error = POINTS * variance.max(0.0).sqrt();
        let half = self.critical[a] * error;
        let interval = Interval {
            low: difference - half,
            high: difference + half,
        };
        Some((difference, error, interval))
    }

    /// The covariance of two models' scores, in points².
    pub fn covariance(&self, a: usize, b: usize) -> f64 {
        POINTS * POINTS * self.covariance.at(a, b)
    }

    fn comparable(&self, a: usize, b: usize) -> bool {
        match (self.strengths.get(a), self.strengths.get(b)) {
            (Some(a), Some(b)) => a.component == b.component && a.score.is_some(),
            _ => false,
        }
    }
}

/// Fits these many models. A million comparisons take some tenths of a second, most of it for the clusters.
pub fn fit(models: usize, battles: &[Battle], options: &Options) -> Fit {
    let tallies = tallies(models, battles);
    let kept = |place: &u32| Tally::from(&battles[*place as usize]).counts(models);
    let all = u32::try_from(battles.len()).unwrap_or(u32::MAX);
    let places: Vec<u32> = match options.clusters {
        Clusters::Independent => Vec::new(),
        _ => (0..all).filter(kept).collect(),
    };
    solve(models, &tallies, battles, places, options)
}

/// Fits counted comparisons, which know neither prompts nor judges: every comparison is taken as independent.
pub fn fit_tallies(models: usize, tallies: &[Tally], options: &Options) -> Fit {
    let kept: Vec<Tally> = tallies
        .iter()
        .filter(|t| t.counts(models))
        .copied()
        .collect();
    solve(models, &kept, &[], Vec::new(), options)
}

fn solve(
    models: usize,
    tallies: &[Tally],
    battles: &[Battle],
    mut places: Vec<u32>,
    options: &Options,
) -> Fit {
    let points = Points::fit(models, tallies, options.ridge, None);
    let mut strengths = strengths(models, tallies, &points);
    let mut covariance = Matrix::zeros(models);
    let mut critical = vec![Z; models];
    for group in &points.groups {
        let inside = |model: u32| group.members.binary_search(&(model as usize)).is_ok();
        let (mine, others): (Vec<u32>, Vec<u32>) = match points.groups.len() {
            1 => (std::mem::take(&mut places), Vec::new()),
            _ => places
                .drain(..)
                .partition(|&p| inside(battles[p as usize].a)),
        };
        places = others;
        let plain = || {
            let own: Vec<Tally> = tallies.iter().filter(|t| inside(t.a)).copied().collect();
            independent(models, &own, &points.theta)
        };
        let meat = Meat::of(
            models,
            battles,
            &mine,
            &score(&points.theta),
            options.clusters,
            plain,
        );
        let (block, quantile) = group.covariance(&points, meat);
        for (i, &row) in group.members.iter().enumerate() {
            critical[row] = quantile;
            for (j, &column) in group.members.iter().enumerate() {
                covariance.add(row, column, block.at(i, j));
            }
        }
    }
    place(&mut strengths, &points, &covariance, &critical, options);
    Fit {
        strengths,
        components: points.groups.len(),
        theta: points.theta,
        covariance,
        critical,
    }
}

pub(super) fn strengths(models: usize, tallies: &[Tally], points: &Points) -> Vec<Strength> {
    let mut counts = vec![(0.0, 0.0, 0.0); models];
    for tally in tallies {
        let (a, b) = (tally.a as usize, tally.b as usize);
        for (model, outcome) in [(a, tally.outcome), (b, tally.outcome.reversed())] {
            let (n, won, lost) = &mut counts[model];
            *n += tally.count;
            *won += if outcome == Outcome::Win {
                tally.count
            } else {
                0.0
            };
            *lost += if outcome == Outcome::Loss {
                tally.count
            } else {
                0.0
            };
        }
    }
    let mut separated = vec![false; models];
    for group in points.groups.iter().filter(|group| group.separated) {
        group
            .members
            .iter()
            .for_each(|&model| separated[model] = true);
    }
    let strength = |(model, (n, won, lost)): (usize, (f64, f64, f64))| Strength {
        model,
        n,
        component: points.component[model],
        state: match separated[model] {
            _ if n <= 0.0 => State::Unmet,
            true if won >= n => State::WonEverything,
            true if lost >= n => State::LostEverything,
            true => State::Separated,
            false => State::Estimated,
        },
        score: None,
        standard_error: None,
        interval: None,
        rank: None,
        ranks: None,
    };
    counts.into_iter().enumerate().map(strength).collect()
}

/// Writes scores, errors, intervals and ranks.
pub(super) fn place(
    strengths: &mut [Strength],
    points: &Points,
    covariance: &Matrix,
    critical: &[f64],
    options: &Options,
) {
    let moved = options.anchor.and_then(|(model, score)| {
        let model = model as usize;
        let met = strengths.get(model).filter(|s| s.state != State::Unmet)?;
        Some((met.component, score - CENTRE - POINTS * points.theta[model]))
    });
    for strength in strengths.iter_mut().filter(|s| s.state != State::Unmet) {
        let model = strength.model;
        let shift = moved.filter(|(component, _)| *component == strength.component);
        let score = CENTRE + POINTS * points.theta[model] + shift.map_or(0.0, |(_, by)| by);
        let error = POINTS * covariance.at(model, model).max(0.0).sqrt();
        strength.score = Some(score);
        strength.standard_error = Some(error);
        strength.interval = Some(Interval {
            low: score - critical[model] * error,
            high: score + critical[model] * error,
        });
    }
    rank(strengths);
}

/// Ranks within components; models of other components may stand anywhere.
fn rank(strengths: &mut [Strength]) {
    let met = strengths.iter().filter(|s| s.state != State::Unmet).count();
    let components: std::collections::BTreeSet<usize> = strengths
        .iter()
        .filter(|s| s.score.is_some())
        .map(|s| s.component)
        .collect();
    for component in components {
        let inside = |s: &Strength| s.component == component && s.score.is_some();
        let intervals: Vec<Option<Interval>> = strengths
            .iter()
            .map(|s| s.interval.filter(|_| inside(s)))
            .collect();
        let ranks = rank_intervals(&intervals, met);
        let mut scores: Vec<f64> = strengths
            .iter()
            .filter(|s| inside(s))
            .filter_map(|s| s.score)
            .collect();
        scores.sort_by(|x, y| y.total_cmp(x));
        for (strength, ranks) in strengths.iter_mut().zip(ranks).filter(|(s, _)| inside(s)) {
            let score = strength.score.unwrap_or(CENTRE);
            strength.rank = Some(1 + scores.partition_point(|other| *other > score));
            strength.ranks = ranks;
        }
    }
}
