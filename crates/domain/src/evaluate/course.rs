//! Over time: each model's share of the points in a period, and its strength from everything up to the period's end.

use super::{Battle, Options, Record, fit};
use crate::stats::Interval;
use serde::{Deserialize, Serialize};

const DAY: i64 = 24 * 3_600_000;
/// Equal parts that comparisons are divided into.
const BLOCKS: usize = 12;
/// A part holds at least so many.
const FEWEST: usize = 10;

/// What a period is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Seven days, counted from a Thursday as time itself is; the last 26.
    #[default]
    Week,
    /// A day in universal time; the last 30.
    Day,
    /// As many comparisons as any other: at most twelve parts.
    Block,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Week, Self::Day, Self::Block];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Day => "day",
            Self::Block => "block",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// A comparison with its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// When, in milliseconds.
    pub at: i64,
    /// The first model's share of the point, which judges may give in fractions.
    pub share: f64,
    /// Who, and how it ended.
    pub battle: Battle,
}

/// A part of the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// Its first comparison, or its beginning.
    pub begins: i64,
    /// Its last comparison, or its end.
    pub ends: i64,
    /// Comparisons in it.
    pub comparisons: usize,
    /// Comparisons up to its end.
    pub before: usize,
    /// The models that met any by its end.
    pub models: Vec<Stand>,
}

/// A model in a period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stand {
    /// Its number.
    pub model: u32,
    /// Its comparisons in the period.
    pub n: usize,
    /// Its share of their points.
    pub win_rate: Option<f64>,
    /// With its interval: Wilson's.
    pub win_interval: Option<Interval>,
    /// Its Bradley-Terry score from everything up to the period's end.
    pub score: Option<f64>,
    /// With its interval.
    pub interval: Option<Interval>,
}

/// The periods in which anything was compared, the oldest first. A score's zero is the mean of the models that were
/// there by then, so that all scores move when a model joins.
pub fn course(models: usize, comparisons: &[Timed], by: By) -> Vec<Period> {
    let mut sorted = comparisons.to_vec();
    sorted.sort_by_key(|it| it.at);
    let battles: Vec<Battle> = sorted.iter().map(|it| it.battle).collect();
    let ends = ends(&sorted, by);
    ends.into_iter()
        .map(|(from, to)| period(models, &sorted[from..to], &battles[..to], by))
        .collect()
}

/// From where to where each period reaches.
fn ends(sorted: &[Timed], by: By) -> Vec<(usize, usize)> {
    let (unit, most) = match by {
        By::Week => (7 * DAY, 26),
        By::Day => (DAY, 30),
        By::Block => {
            let blocks = (sorted.len() / FEWEST).clamp(1, BLOCKS);
            let edge = |n: usize| sorted.len() * n / blocks;
            let parts = (0..blocks).map(|n| (edge(n), edge(n + 1)));
            return parts.filter(|(from, to)| from < to).collect();
        }
    };
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (n, it) in sorted.iter().enumerate() {
        let same = n > 0 && sorted[n - 1].at.div_euclid(unit) == it.at.div_euclid(unit);
        match found.last_mut().filter(|_| same) {
            Some(last) => last.1 = n + 1,
            None => found.push((n, n + 1)),
        }
    }
    found.split_off(found.len().saturating_sub(most))
}

fn period(models: usize, own: &[Timed], before: &[Battle], by: By) -> Period {
    let fit = fit(models, before, &Options::default());
    let mut records = vec![Record::default(); models];
    for it in own {
        let sides = [(it.battle.a, it.share), (it.battle.b, 1.0 - it.share)];
        for (model, points) in sides {
            if let Some(record) = records.get_mut(model as usize) {
                record.wins += points;
                record.losses += 1.0 - points;
            }
        }
    }
    let stand = |(model, (record, strength)): (u32, (&Record, &super::Strength))| Stand {
        model,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count"
        )]
        n: record.of().round() as usize,
        win_rate: record.rate(),
        win_interval: record.interval(),
        score: strength.score,
        interval: strength.interval,
    };
    let stands = (0..).zip(records.iter().zip(&fit.strengths)).map(stand);
    let (first, last) = (
        own.first().map_or(0, |it| it.at),
        own.last().map_or(0, |it| it.at),
    );
    let unit = match by {
        By::Week => Some(7 * DAY),
        By::Day => Some(DAY),
        By::Block => None,
    };
    let (begins, ends) = unit.map_or((first, last), |unit| {
        let begins = first.div_euclid(unit) * unit;
        (begins, begins + unit)
    });
    Period {
        begins,
        ends,
        comparisons: own.len(),
        before: before.len(),
        models: stands.filter(|it| it.n > 0 || it.score.is_some()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Outcome;

    fn timed(at: i64, first: bool, prompt: u32) -> Timed {
        Timed {
            at,
            share: f64::from(u8::from(first)),
            battle: Battle {
                a: 0,
                b: 1,
                outcome: if first { Outcome::Win } else { Outcome::Loss },
                weight: 1.0,
                prompt,
                judge: 0,
            },
        }
    }

    #[test]
    fn weeks_hold_their_own_points_and_scores_all_before() {
        // two weeks apart: the first model wins 3 of 4, then 1 of 4
        let all: Vec<Timed> = (0..8_u32)
            .rev()
            .map(|n| {
                let late = n >= 4;
                let first = if late { n == 4 } else { n > 0 };
                timed(i64::from(n) + if late { 14 * DAY } else { 0 }, first, n)
            })
            .collect();
        let found = course(3, &all, By::Week);
        let rates: Vec<_> = found.iter().map(|it| it.models[0].win_rate).collect();
        assert_eq!(rates, [Some(0.75), Some(0.25)]);
        assert_eq!((found[0].begins, found[1].begins), (0, 14 * DAY));
        assert_eq!((found[1].comparisons, found[1].before), (4, 8));
        // who met nobody is not there
        assert!(found.iter().all(|it| it.models.len() == 2));
        // 4 of 8 in all: equally strong
        assert!((found[1].models[0].score.unwrap() - 1000.0).abs() < 1e-6);
        // 3 : 1 are 400 · log10(3) points between them
        let apart = found[0].models[0].score.unwrap() - found[0].models[1].score.unwrap();
        assert!((apart - 400.0 * 3_f64.log10()).abs() < 1e-6);
    }

    #[test]
    fn blocks_are_equal_and_days_are_the_last_thirty() {
        let all: Vec<Timed> = (0..125_u32)
            .map(|n| timed(i64::from(n) * DAY, n % 2 == 0, n))
            .collect();
        let blocks = course(2, &all, By::Block);
        let sizes: Vec<usize> = blocks.iter().map(|it| it.comparisons).collect();
        assert_eq!(sizes.len(), 12);
        assert!(sizes.iter().all(|n| (10..=11).contains(n)), "{sizes:?}");
        assert_eq!(blocks[11].before, 125);
        assert_eq!(course(2, &all, By::Day).len(), 30);
        assert_eq!(course(2, &[], By::Day), []);
        assert_eq!(course(2, &all[..3], By::Block).len(), 1);
    }
}
