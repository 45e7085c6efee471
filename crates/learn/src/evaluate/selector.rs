//! A selector's accuracy: whether what it chooses among candidates is what the critique asked for. Shown
//! before a selector may filter training data (a small model judging itself can be worse than chance).

use super::{Share, mean};
use domain::stats::{Interval, Random, bootstrap};

/// How well a selector selects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    /// Groups where at least one candidate is right and one is not: only these tell anything.
    pub groups: usize,
    /// How often its choice is right, among those.
    pub chosen: Share,
    /// How often a random choice would be: the mean share of right candidates.
    pub random: f64,
}

impl Selection {
    /// Whether it may filter: the interval of its accuracy lies above a random choice by at least `margin`.
    pub fn may_filter(&self, margin: f64) -> bool {
        self.chosen.interval.low > self.random + margin
    }
}

/// Of groups of candidates, each `(score, right)`; the highest score is chosen, the first of equals. `None` when no
/// group has both right and wrong candidates.
pub fn selection(groups: &[Vec<(f64, bool)>]) -> Option<Selection> {
    let telling: Vec<_> = groups
        .iter()
        .filter(|group| group.iter().any(|c| c.1) && !group.iter().all(|c| c.1))
        .collect();
    let right = telling
        .iter()
        .filter(|group| {
            let best = group.iter().reduce(|a, b| if b.0 > a.0 { b } else { a });
            best.is_some_and(|best| best.1)
        })
        .count();
    let shares: Vec<f64> = telling
        .iter()
        .map(|group| group.iter().filter(|c| c.1).count() as f64 / group.len() as f64)
        .collect();
    Some(Selection {
        groups: telling.len(),
        chosen: Share::new(right, telling.len())?,
        random: mean(&shares),
    })
}

/// With fewer comparisons within groups than this, all judged candidates are compared with each other.
const WITHIN: usize = 20;
/// Draws of the bootstrap.
const DRAWS: usize = 2000;

/// How often the right one of a right and a wrong candidate gets the higher score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preferring {
    /// From 0 to 1; equal scores count half.
    pub accuracy: f64,
    /// Its 95 % interval: bootstrap over groups.
    pub interval: Interval,
    /// Comparisons.
    pub of: usize,
}

impl Preferring {
    /// Whether the whole interval lies above one half.
    pub fn beats_chance(&self) -> bool {
        self.interval.low > 0.5
    }
}

/// Of groups of judged candidates, each `(score, right)`. Right and wrong ones of the same group are compared; where people judged
/// only one candidate of most groups, right and wrong ones of different groups too, which is the area under
/// the ROC curve. `None` without both kinds, or with too few groups for an interval.
pub fn preferring(groups: &[Vec<(f64, bool)>], random: &mut Random) -> Option<Preferring> {
    let groups: Vec<&Vec<(f64, bool)>> = groups.iter().filter(|group| !group.is_empty()).collect();
    let within: usize = groups.iter().map(|group| compare(group.iter()).1).sum();
    let of_groups = |places: &mut dyn Iterator<Item = usize>| {
        let (hits, of) = if within >= WITHIN {
            places.fold((0.0, 0), |(hits, of), place| {
                let (h, o) = compare(groups[place].iter());
                (hits + h, of + o)
            })
        } else {
            let all: Vec<&(f64, bool)> = places.flat_map(|place| groups[place]).collect();
            compare(all.into_iter())
        };
        (of > 0).then(|| (hits / of as f64, of))
    };
    let (accuracy, of) = of_groups(&mut (0..groups.len()))?;
    let interval = bootstrap(groups.len(), DRAWS, random, |drawn| {
        of_groups(&mut drawn.iter().copied()).map(|it| it.0)
    })?;
    Some(Preferring {
        accuracy,
        interval,
        of,
    })
}

/// Comparisons won (equal scores half) and made between the right and the wrong ones.
fn compare<'a>(all: impl Iterator<Item = &'a (f64, bool)>) -> (f64, usize) {
    let (right, wrong): (Vec<_>, Vec<_>) = all.partition(|it| it.1);
    let mut hits = 0.0;
    for (good, _) in &right {
        for (bad, _) in &wrong {
            hits += match good.total_cmp(bad) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    (hits, right.len() * wrong.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_with_a_choice_count() {
        let good = vec![(0.9, true), (0.1, false)];
        let bad = vec![(0.1, true), (0.9, false)];
        let none = vec![(0.5, false), (0.6, false)];
        let all: Vec<_> = std::iter::repeat_n(good.clone(), 40)
            .chain([none.clone()])
            .collect();
        let it = selection(&all).unwrap();
        assert_eq!((it.groups, it.chosen.hits), (40, 40));
        assert!(it.may_filter(0.1));
        let mixed: Vec<_> = (0..40)
            .map(|n| {
                if n % 2 == 0 {
                    good.clone()
                } else {
                    bad.clone()
                }
            })
            .collect();
        assert!(!selection(&mixed).unwrap().may_filter(0.0));
        assert_eq!(selection(&[none]), None);
    }

    #[test]
    fn preferring_compares_within_groups_or_where_there_are_none_across() {
        let told: Vec<_> = (0..40)
            .map(|n| vec![(f64::from(n) + 0.5, true), (f64::from(n), false)])
            .collect();
        let it = preferring(&told, &mut Random::seeded(1)).unwrap();
        assert!((it.accuracy - 1.0).abs() < 1e-12 && it.of == 40 && it.beats_chance());
        // one judged candidate each: the scores of all are compared, and here say nothing
        let single: Vec<_> = (0..40)
            .map(|n| vec![(f64::from(n / 2), n % 2 == 0)])
            .collect();
        let it = preferring(&single, &mut Random::seeded(1)).unwrap();
        assert!((it.accuracy - 0.5).abs() < 1e-12 && it.of == 400 && !it.beats_chance());
        assert_eq!(preferring(&single[..1], &mut Random::seeded(1)), None);
    }
}
