//! Scores with length or style held equal, and win rates against a baseline: the statistics are [`domain::evaluate`]'s.

use super::derived::Source;
use crate::{Result, Store};
use domain::evaluate::{Options, Row, Style, length_control, style_control, win_rate};
use domain::stats::{Interval, Random};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// λ of the ridge on what style does: a normal prior of standard deviation 1 on the log-odds of one standard deviation.
const RIDGE: f64 = 1.0;
/// Draws of the bootstrap.
const DRAWS: usize = 200;
/// The same data give the same intervals.
const SEED: u64 = 20_261_129;

/// A trait of style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trait {
    /// Characters.
    Length,
    /// Lines that are headings.
    Headers,
    /// Lines that are items of lists.
    Lists,
    /// Pieces in bold.
    Bold,
}

const TRAITS: [Trait; 4] = [Trait::Length, Trait::Headers, Trait::Lists, Trait::Bold];

/// What one trait does to a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moves {
    /// The trait.
    pub of: Trait,
    /// The change of the log-odds of winning for one standard deviation more of it than the other answer.
    pub coefficient: f64,
    /// With its interval.
    pub interval: Interval,
}

/// An entrant's score with style held equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlledScore {
    /// The entrant's number.
    pub entrant: i64,
    /// Its score, 1000 on average.
    pub score: Option<f64>,
    /// With its interval.
    pub interval: Option<Interval>,
    /// The best and the worst rank that the interval leaves open.
    pub ranks: Option<(i64, i64)>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Controlled {
    /// The entrants' scores; empty where nothing can be told.
    pub scores: Vec<ControlledScore>,
    /// What the traits do; without those in which no two answers differ.
    pub moves: Vec<Moves>,
    /// Comparisons that were read.
    pub comparisons: usize,
}

/// A model against the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// The entrant's number.
    pub entrant: i64,
    /// Prompts on which it met the baseline; each counts once.
    pub prompts: usize,
    /// Win rate, percent: 100 · the mean of its points.
    pub rate: f64,
    /// Its standard error, as `AlpacaEval` counts it.
    pub standard_error: Option<f64>,
    /// The win rate with lengths held equal, percent.
    pub controlled: Option<f64>,
    /// With its interval.
    pub interval: Option<Interval>,
    /// φ: below 0 where longer answers are preferred.
    pub length: Option<f64>,
    /// Mean characters of its answers.
    pub characters: f64,
}

/// All models against one baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgainstAll {
    /// The models, the best controlled rate first.
    pub models: Vec<Against>,
    /// φ that they have in common.
    pub common_length: f64,
    /// Whether prompts' difficulties were estimated; not with fewer than five models.
    pub difficulties: bool,
    /// Mean characters of the baseline's answers.
    pub characters: f64,
}

pub(super) async fn length(
    store: &Store,
    source: &Source<'_>,
) -> Result<impl FnOnce() -> Controlled + Send + 'static> {
    controlled(store, source, true).await
}

pub(super) async fn style(
    store: &Store,
    source: &Source<'_>,
) -> Result<impl FnOnce() -> Controlled + Send + 'static> {
    controlled(store, source, false).await
}

async fn controlled(
    store: &Store,
    source: &Source<'_>,
    length: bool,
) -> Result<impl FnOnce() -> Controlled + Send + 'static> {
    let singles = store.singles(source).await?;
    let looks = store.styles(source.project, &singles.responses).await?;
    Ok(move || {
        let differences: Vec<[f64; 4]> = singles
            .rows
            .iter()
            .map(|it| {
                let [first, second] = it.responses;
                let mut by = Style::difference(&looks[first], &looks[second]);
                if length {
                    // what is the same everywhere is left out
                    by[1..].fill(0.0);
                }
                by
            })
            .collect();
        let battles: Vec<_> = singles.rows.iter().map(|it| it.battle).collect();
        let models = singles.entrants.len();
        let found = style_control(models, &battles, &differences, RIDGE, &Options::default());
        let Some(found) = found else {
            return Controlled::default();
        };
        let wide = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let scores = singles.entrants.iter().zip(&found.fit.strengths);
        let moves = TRAITS.into_iter().zip(found.effects);
        Controlled {
            scores: scores
                .map(|(&entrant, it)| ControlledScore {
                    entrant,
                    score: it.score,
                    interval: it.interval,
                    ranks: it.ranks.map(|it| (wide(it.best), wide(it.worst))),
                })
                .collect(),
            moves: moves
                .filter_map(|(of, effect)| {
                    let effect = effect?;
                    Some(Moves {
                        of,
                        coefficient: effect.coefficient,
                        interval: effect.interval,
                    })
                })
                .collect(),
            comparisons: battles.len(),
        }
    })
}

/// What a model's rows on one prompt add up to: points, characters of the baseline's and of its own answers, how many.
type Sum = (f64, f64, f64, f64);

pub(super) async fn baseline(
    store: &Store,
    source: &Source<'_>,
) -> Result<impl FnOnce() -> AgainstAll + Send + 'static> {
    let singles = store.singles(source).await?;
    let looks = store.styles(source.project, &singles.responses).await?;
    let baseline = source.with;
    Ok(move || {
        let mut sums: BTreeMap<i64, BTreeMap<u32, Sum>> = BTreeMap::new();
        for it in &singles.rows {
            let [a, b] = [it.battle.a, it.battle.b].map(|n| singles.entrants[n as usize]);
            let [first, second] = it.responses.map(|n| looks[n].length as f64);
            let (model, points, of_baseline, own) = if a == baseline {
                (b, 1.0 - it.share, first, second)
            } else {
                (a, it.share, second, first)
            };
            let by_prompt = sums.entry(model).or_default();
            let sum = by_prompt.entry(it.battle.prompt).or_default();
            *sum = (
                sum.0 + points,
                sum.1 + of_baseline,
                sum.2 + own,
                sum.3 + 1.0,
            );
        }
        let rows: Vec<Vec<Row>> = sums
            .values()
            .map(|by_prompt| {
                let row = |(&instruction, sum): (&u32, &Sum)| Row {
                    instruction,
                    points: sum.0 / sum.3,
                    baseline: sum.1 / sum.3,
                    length: sum.2 / sum.3,
                };
                by_prompt.iter().map(row).collect()
            })
            .collect();
        let fitted = length_control(&rows);
        let mut random = Random::seeded(SEED);
        let models = sums.keys().zip(&rows).zip(&fitted.models);
        let mut models: Vec<Against> = models
            .filter_map(|((&entrant, rows), controlled)| {
                let plain = win_rate(rows.iter().map(|row| 1.0 + row.points))?;
                let n = rows.len() as f64;
                Some(Against {
                    entrant,
                    prompts: plain.n,
                    rate: plain.rate,
                    standard_error: plain.standard_error,
                    controlled: controlled.map(|it| it.rate),
                    interval: fitted.interval(rows, DRAWS, &mut random),
                    length: controlled.map(|it| it.length),
                    characters: rows.iter().map(|row| row.length).sum::<f64>() / n,
                })
            })
            .collect();
        let rank = |it: &Against| it.controlled.unwrap_or(it.rate);
        models.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        let all = rows.iter().flatten();
        let (sum, n) = all.fold((0.0, 0.0), |(sum, n), row| (sum + row.baseline, n + 1.0));
        AgainstAll {
            models,
            common_length: fitted.common_length,
            difficulties: fitted.difficulties.iter().any(|it| it.abs() > 0.0),
            characters: if n > 0.0 { sum / n } else { 0.0 },
        }
    })
}
