//! Comparisons of two models, one by one and counted together: tallies of unique outcomes for fits, records of
//! pairs for the win matrix and the average win rate.

use crate::stats::{Interval, Z};
use std::collections::BTreeMap;

/// How a comparison ended, seen from the first model. "Both are bad" is a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The first model won.
    Win,
    /// Neither did.
    Tie,
    /// The second model won.
    Loss,
}

impl Outcome {
    /// What the first model gets: 1, ½ or 0.
    pub fn points(self) -> f64 {
        match self {
            Self::Win => 1.0,
            Self::Tie => 0.5,
            Self::Loss => 0.0,
        }
    }

    /// Seen from the other side.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Win => Self::Loss,
            Self::Tie => Self::Tie,
            Self::Loss => Self::Win,
        }
    }
}

/// One comparison. Left out where both models are the same, a number is out of range, or the weight is not above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Battle {
    /// The first model's number.
    pub a: u32,
    /// The second model's number.
    pub b: u32,
    /// How it ended for the first.
    pub outcome: Outcome,
    /// How much it counts; 1 unless there is a reason.
    pub weight: f64,
    /// The prompt's number: comparisons on one prompt are not independent.
    pub prompt: u32,
    /// The judge's number, a person or a model: nor are one judge's.
    pub judge: u32,
}

/// Equal comparisons counted together: the same models in the same order, outcome and weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tally {
    /// The first model's number.
    pub a: u32,
    /// The second model's number.
    pub b: u32,
    /// How they ended for the first.
    pub outcome: Outcome,
    /// How much each counts.
    pub weight: f64,
    /// How many there are.
    pub count: f64,
}

impl Tally {
    /// Whether it says anything about these many models.
    pub(super) fn counts(&self, models: usize) -> bool {
        self.a != self.b
            && (self.a.max(self.b) as usize) < models
            && self.weight > 0.0
            && self.weight.is_finite()
            && self.count > 0.0
            && self.count.is_finite()
    }
}

impl From<&Battle> for Tally {
    fn from(battle: &Battle) -> Self {
        Self {
            a: battle.a,
            b: battle.b,
            outcome: battle.outcome,
            weight: battle.weight,
            count: 1.0,
        }
    }
}

/// Counts equal comparisons together, in the order of models, outcome and weight. A fit of these is the same as a
/// fit of all, and for millions of comparisons much quicker.
pub fn tallies(models: usize, battles: &[Battle]) -> Vec<Tally> {
    // nearly always every weight is 1: then a plain table counts a million in a few milliseconds
    const TABLE: usize = 1024;
    let plain = |battle: &Battle| battle.weight.to_bits() == 1.0_f64.to_bits();
    let mut table = vec![
        0_u64;
        if models <= TABLE {
            models * models * 3
        } else {
            0
        }
    ];
    let mut rest: BTreeMap<(u32, u32, Outcome, u64), u64> = BTreeMap::new();
    for battle in battles {
        if !Tally::from(battle).counts(models) {
            continue;
        }
        if !table.is_empty() && plain(battle) {
            let pair = battle.a as usize * models + battle.b as usize;
            table[pair * 3 + battle.outcome as usize] += 1;
        } else {
            let key = (battle.a, battle.b, battle.outcome, battle.weight.to_bits());
            *rest.entry(key).or_default() += 1;
        }
    }
    let outcomes = [Outcome::Win, Outcome::Tie, Outcome::Loss];
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for (place, &count) in table.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (a, b) = (place / 3 / models, place / 3 % models);
        let key = (number(a), number(b), outcomes[place % 3], 1.0_f64.to_bits());
        *rest.entry(key).or_default() += count;
    }
    rest.into_iter()
        .map(|((a, b, outcome, weight), count)| Tally {
            a,
            b,
            outcome,
            weight: f64::from_bits(weight),
            count: count as f64,
        })
        .collect()
}

/// What two models did against each other, seen from `a`, unweighted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    /// The first model's number, below `b`.
    pub a: u32,
    /// The second model's number.
    pub b: u32,
    /// Comparisons that `a` won.
    pub wins: f64,
    /// Comparisons that neither won.
    pub ties: f64,
    /// Comparisons that `b` won.
    pub losses: f64,
}

impl Record {
    /// How many comparisons there were.
    pub fn of(&self) -> f64 {
        self.wins + self.ties + self.losses
    }

    /// Share of the points that `a` took, a tie being half a point; `None` without comparisons.
    pub fn rate(&self) -> Option<f64> {
        (self.of() > 0.0).then(|| (self.wins + 0.5 * self.ties) / self.of())
    }

    /// The rate's 95 % interval: Wilson's, with half points counted as such. Ties make it a little too wide, never
    /// too narrow, since a half point varies less than a whole one.
    pub fn interval(&self) -> Option<Interval> {
        let (n, p) = (self.of(), self.rate()?);
        let middle = p + Z * Z / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        Some(Interval {
            low: ((middle - half) / scale).clamp(0.0, p),
            high: ((middle + half) / scale).clamp(p, 1.0),
        })
    }

    /// Seen from the other model (whose number then stands in `a`).
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            a: self.b,
            b: self.a,
            wins: self.losses,
            ties: self.ties,
            losses: self.wins,
        }
    }
}

/// The record of every pair that met, in order of the models' numbers, `a` < `b`: the pairwise win matrix without
/// its empty cells and its mirror image.
pub fn records(models: usize, tallies: &[Tally]) -> Vec<Record> {
    let mut pairs: BTreeMap<(u32, u32), Record> = BTreeMap::new();
    for tally in tallies.iter().filter(|tally| tally.counts(models)) {
        let (a, b) = (tally.a.min(tally.b), tally.a.max(tally.b));
        let outcome = match tally.a == a {
            true => tally.outcome,
            false => tally.outcome.reversed(),
        };
        let record = pairs.entry((a, b)).or_insert(Record {
            a,
            b,
            ..Record::default()
        });
        *match outcome {
            Outcome::Win => &mut record.wins,
            Outcome::Tie => &mut record.ties,
            Outcome::Loss => &mut record.losses,
        } += tally.count;
    }
    pairs.into_values().collect()
}

/// Each model's mean win rate over the models it met, every opponent counting the same however often they met (the
/// Arena's "average win rate"), ties as half wins; `None` for a model that met nobody.
pub fn average_win_rates(models: usize, records: &[Record]) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0.0); models];
    for record in records {
        let Some(rate) = record.rate() else { continue };
        for (model, rate) in [(record.a, rate), (record.b, 1.0 - rate)] {
            if let Some((sum, of)) = sums.get_mut(model as usize) {
                *sum += rate;
                *of += 1.0;
            }
        }
    }
    let mean = |(sum, of): (f64, f64)| (of > 0.0).then(|| sum / of);
    sums.into_iter().map(mean).collect()
}
