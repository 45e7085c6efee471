//! Where models stand under every node at once: thousands of standings, which are kept in memory until one is fitted anew.

use super::standings::{interval, ranks};
use crate::{Result, Store};
use domain::ids::ProjectId;
use domain::stats::Interval;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

/// Readings that are kept, the last asked for: some megabytes.
const KEPT: usize = 6;

/// An entrant's place under a node, short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spot {
    /// The node.
    pub node: String,
    /// The entrant's number.
    pub entrant: i64,
    /// Comparisons and judgments.
    pub n: i64,
    /// Mean share of points.
    pub win_rate: Option<f64>,
    /// With its interval.
    pub win_interval: Option<Interval>,
    /// Bradley-Terry score.
    pub score: Option<f64>,
    /// Mean of judgments.
    pub mean: Option<f64>,
    /// With its interval.
    pub mean_interval: Option<Interval>,
    /// The best and the worst rank that the interval leaves open.
    pub ranks: Option<(i64, i64)>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    project: ProjectId,
    judge: String,
    aspect: String,
    entrants: Vec<i64>,
}

/// A reading, and what it stands on: how many slices there were, and the sum of the revisions they were fitted at.
#[derive(Debug)]
struct Reading {
    asked: Asked,
    stamp: (i64, i64),
    spots: Arc<Vec<Spot>>,
}

/// The last readings, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Readings(VecDeque<Reading>);

impl Readings {
    fn get(&mut self, asked: &Asked, stamp: (i64, i64)) -> Option<Arc<Vec<Spot>>> {
        let at = self.0.iter().position(|it| it.asked == *asked)?;
        let found = self.0.remove(at)?;
        if found.stamp != stamp {
            return None;
        }
        let spots = found.spots.clone();
        self.0.push_front(found);
        Some(spots)
    }

    fn keep(&mut self, reading: Reading) {
        self.0.retain(|it| it.asked != reading.asked);
        self.0.push_front(reading);
        self.0.truncate(KEPT);
    }
}

impl Store {
    /// Where these entrants stand under every node, and in the whole project.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn spots(
        &self,
        project: &ProjectId,
        judge: &str,
        aspect: &str,
        entrants: &[i64],
    ) -> Result<Arc<Vec<Spot>>> {
        if entrants.is_empty() {
            return Ok(Arc::default());
        }
        // a revision only goes up: the sum is another one after every fit
        let row = sqlx::query(
            "SELECT COUNT(*) AS slices, CAST(COALESCE(SUM(fitted), 0) AS BIGINT) AS fitted FROM slice \
             WHERE project = $1 AND judge = $2 AND aspect = $3",
        )
        .bind(project.as_str())
        .bind(judge)
        .bind(aspect)
        .fetch_one(&self.read)
        .await?;
        let stamp = (row.try_get("slices")?, row.try_get("fitted")?);
        let asked = Asked {
            project: project.clone(),
            judge: judge.to_owned(),
            aspect: aspect.to_owned(),
            entrants: entrants.to_vec(),
        };
        let readings = || self.spots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spots) = readings().get(&asked, stamp) {
            return Ok(spots);
        }
        let spots = Arc::new(self.read_spots(&asked).await?);
        readings().keep(Reading {
            asked,
            stamp,
            spots: spots.clone(),
        });
        Ok(spots)
    }

    async fn read_spots(&self, asked: &Asked) -> Result<Vec<Spot>> {
        // numbers of ours, not texts of others: nothing is spliced in
        let list: Vec<String> = asked.entrants.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT s.node, t.entrant, t.n + t.judgments AS said, t.win_rate, t.win_low, t.win_high, t.score, t.mean, t.mean_low, \
                t.mean_high, t.rank_low, t.rank_high \
             FROM slice s JOIN standing t ON t.slice = s.id AND t.entrant IN ({}) \
             WHERE s.project = $1 AND s.judge = $2 AND s.aspect = $3 AND t.n + t.judgments > 0",
            list.join(", ")
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(asked.project.as_str())
            .bind(&asked.judge)
            .bind(&asked.aspect)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Spot {
                    node: row.try_get("node")?,
                    entrant: row.try_get("entrant")?,
                    n: row.try_get("said")?,
                    win_rate: row.try_get("win_rate")?,
                    win_interval: interval(row, "win_low", "win_high")?,
                    score: row.try_get("score")?,
                    mean: row.try_get("mean")?,
                    mean_interval: interval(row, "mean_low", "mean_high")?,
                    ranks: ranks(row)?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(judge: &str) -> Asked {
        Asked {
            project: ProjectId("p".into()),
            judge: judge.into(),
            aspect: String::new(),
            entrants: vec![1, 2],
        }
    }

    #[test]
    fn a_reading_is_kept_until_something_is_fitted_anew_and_the_oldest_make_room() {
        let mut readings = Readings::default();
        let reading = |judge: &str, fitted| Reading {
            asked: asked(judge),
            stamp: (3, fitted),
            spots: Arc::default(),
        };
        readings.keep(reading("j", 7));
        assert!(readings.get(&asked("j"), (3, 7)).is_some());
        assert!(readings.get(&asked("k"), (3, 7)).is_none());
        assert!(readings.get(&asked("j"), (3, 8)).is_none());
        // what is out of date is not kept for an older question either
        assert!(readings.get(&asked("j"), (3, 7)).is_none());
        for n in 0..=KEPT {
            readings.keep(reading(&n.to_string(), 1));
            // asked for again and again: it stays
            assert!(readings.get(&asked("0"), (3, 1)).is_some());
        }
        assert!(readings.get(&asked("1"), (3, 1)).is_none());
        assert_eq!(readings.0.len(), KEPT);
    }
}
