//! How well people agree, and how sure one can be of a share. Pure functions: the same input gives the same
//! number to the last bit, and a number that does not exist is `None`, never `NaN`.
//!
//! Every measure is checked against a published Python implementation to 1e-6
//! (`tests/golden/agreement.json`, made by `scripts/reference_agreement.py`).

mod alpha;
mod distribution;
mod interval;
mod kappa;
mod matrix;
mod random;

pub use alpha::{alpha, alpha_interval, alpha_without};
pub use distribution::{normal_cdf, t_cdf, t_quantile, two_sided};
pub use interval::{Interval, Z, bootstrap, quantile, wilson};
pub use kappa::{Weights, cohen, cohen_interval, fleiss};
pub use matrix::{Cholesky, Matrix};
pub use random::Random;

/// Who gave which item which value. People may have left items out.
///
/// Items and people are numbered by the caller. A category is written as any number that stands for it; an
/// ordered or measured answer as its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ratings {
    items: Vec<Vec<(usize, f64)>>,
}

impl Ratings {
    /// From `(item, person, value)` in any order. Where a person rated an item twice, the later one counts;
    /// a value that is not finite is left out.
    pub fn new(ratings: impl IntoIterator<Item = (usize, usize, f64)>) -> Self {
        let mut items: Vec<Vec<(usize, f64)>> = Vec::new();
        for (item, person, value) in ratings.into_iter().filter(|(_, _, v)| v.is_finite()) {
            if items.len() <= item {
                items.resize_with(item + 1, Vec::new);
            }
            // −0 and 0 are one value
            let value = value + 0.0;
            match items[item].iter_mut().find(|(who, _)| *who == person) {
                Some(there) => there.1 = value,
                None => items[item].push((person, value)),
            }
        }
        Self { items }
    }

    /// What each item was given, by person.
    pub fn items(&self) -> &[Vec<(usize, f64)>] {
        &self.items
    }

    /// How many items, people and ratings there are to compare: only items with two ratings and more count.
    pub fn size(&self) -> Size {
        let shared = self.items.iter().filter(|given| given.len() > 1);
        let (mut people, mut size) = (std::collections::BTreeSet::new(), Size::default());
        for given in shared {
            size.items += 1;
            size.ratings += given.len();
            people.extend(given.iter().map(|(person, _)| *person));
        }
        size.people = people.len();
        size
    }

    /// The pairs of values that two people gave to the items both rated, with the items' numbers.
    pub fn pairs(&self, one: usize, other: usize) -> Vec<(usize, f64, f64)> {
        let by = |given: &[(usize, f64)], who| given.iter().find(|(p, _)| *p == who).map(|g| g.1);
        self.items
            .iter()
            .enumerate()
            .filter_map(|(item, given)| Some((item, by(given, one)?, by(given, other)?)))
            .collect()
    }
}

/// What a measure of agreement stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Items rated by two people and more.
    pub items: usize,
    /// People who rated any of them.
    pub people: usize,
    /// Ratings of these items.
    pub ratings: usize,
}

/// Percent agreement, as a share from 0 to 1: of an item's pairs of ratings, how many are equal; the mean over
/// the items with at least two ratings. Says nothing about chance. `None` without such an item.
///
/// This is the observed agreement P̄ of Fleiss (1971), which also stands for unequal numbers of ratings.
pub fn agreement(ratings: &Ratings) -> Option<f64> {
    let shares: Vec<f64> = ratings
        .items
        .iter()
        .filter(|given| given.len() > 1)
        .map(|given| {
            let n = given.len();
            let equal: usize = (0..n)
                .map(|i| given[..i].iter().filter(|g| same(g.1, given[i].1)).count())
                .sum();
            equal as f64 / (n * (n - 1) / 2) as f64
        })
        .collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// Values are codes or come from the same computation, so that equal means the same bits.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}
