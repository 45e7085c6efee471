//! Scores and win rates over time, of a slice: the statistics are [`domain::evaluate::course`]'s.

use super::derived::Source;
use crate::{Result, Store};
use domain::evaluate::course::{By, Period, Timed};
use serde::{Deserialize, Serialize};

/// How everybody stood, period by period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Courses {
    /// Entrants by the numbers that the periods use.
    pub entrants: Vec<i64>,
    /// The periods, the oldest first.
    pub periods: Vec<Period>,
    /// Comparisons that were read.
    pub comparisons: usize,
}

pub(super) async fn course(
    store: &Store,
    source: &Source<'_>,
    by: By,
) -> Result<impl FnOnce() -> Courses + Send + 'static> {
    let singles = store.singles(source).await?;
    Ok(move || {
        let timed = |it: &super::singles::Single| Timed {
            at: it.at,
            share: it.share,
            battle: it.battle,
        };
        let all: Vec<Timed> = singles.rows.iter().map(timed).collect();
        Courses {
            periods: domain::evaluate::course::course(singles.entrants.len(), &all, by),
            entrants: singles.entrants,
            comparisons: all.len(),
        }
    })
}
