//! A selector's accuracy: whether what it chooses among candidates is what the critique asked for. Shown
//! before a selector may filter training data (a small model judging itself can be worse than chance).

use super::{Share, mean};

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
}
