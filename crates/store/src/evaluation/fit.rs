//! From tallies to standings: one slice at a time, only those whose tallies changed. **A standing is written by
//! whoever still finds the slice as it was**, so that two servers never leave a mixture.

use super::said;
use crate::imports::sql::insert;
use crate::real::Real;
use crate::{Result, Store, background};
use domain::evaluate::{
    Battle, Clusters, Fit, Options, Outcome, Record, State, Tally, fit, fit_tallies, rank_intervals,
};
use domain::ids::ProjectId;
use domain::stats::{Interval, t_quantile};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Up to so many comparisons of a slice are read one by one, so that its intervals allow for prompts and people;
/// beyond, the tallies alone are.
pub(super) const CLUSTERED: i64 = 20_000;

/// A slice whose tallies changed.
struct Stale {
    id: i64,
    node: String,
    /// Whether that is the whole project.
    whole: bool,
    judge: String,
    aspect: String,
    comparisons: i64,
    revision: i64,
    fitted: i64,
}

/// What one slice is fitted from.
#[derive(Default)]
struct Counted {
    /// `(a, b, wins of a, ties, wins of b, points of a)`, entrants by place.
    pairs: Vec<(u32, u32, i64, i64, i64, f64)>,
    /// Empty where there are too many to be read one by one.
    battles: Vec<Battle>,
    /// By place: how many, their sum and the sum of their squares.
    scores: BTreeMap<u32, (i64, f64, f64)>,
    /// Entrants' numbers by place.
    entrants: Vec<i64>,
    places: BTreeMap<i64, u32>,
}

/// One line of a standing.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    entrant: i64,
    n: i64,
    wins: i64,
    ties: i64,
    opponents: i64,
    points: f64,
    component: Option<i64>,
    state: &'static str,
    score: Option<f64>,
    interval: Option<Interval>,
    ranks: Option<(i64, i64)>,
    judgments: i64,
    mean: Option<f64>,
    mean_interval: Option<Interval>,
}

impl Line {
    fn win_rate(&self) -> Option<f64> {
        (self.n > 0).then(|| self.points / self.n as f64)
    }

    /// Wilson's, which fractions make a little too wide and never too narrow.
    fn win_interval(&self) -> Option<Interval> {
        let record = Record {
            wins: self.points,
            losses: self.n as f64 - self.points,
            ..Record::default()
        };
        record.interval()
    }
}

impl Counted {
    fn place(&mut self, entrant: i64) -> u32 {
        let next = u32::try_from(self.entrants.len()).unwrap_or(u32::MAX);
        *self.places.entry(entrant).or_insert_with(|| {
            self.entrants.push(entrant);
            next
        })
    }

    fn fit(&self) -> Fit {
        let models = self.entrants.len();
        if !self.battles.is_empty() {
            return fit(models, &self.battles, &Options::default());
        }
        let tallies: Vec<Tally> = self
            .pairs
            .iter()
            .flat_map(|&(a, b, wins, ties, losses, _)| {
                [
                    (Outcome::Win, wins),
                    (Outcome::Tie, ties),
                    (Outcome::Loss, losses),
                ]
                .map(|(outcome, count)| Tally {
                    a,
                    b,
                    outcome,
                    weight: 1.0,
                    count: count as f64,
                })
            })
            .collect();
        let options = Options {
            clusters: Clusters::Independent,
            ..Options::default()
        };
        fit_tallies(models, &tallies, &options)
    }

    /// The lines, in the order of the entrants' places.
    fn lines(&self) -> Vec<Line> {
        let fit = self.fit();
        let mut lines: Vec<Line> = self
            .entrants
            .iter()
            .zip(&fit.strengths)
            .map(|(&entrant, strength)| Line {
                entrant,
                n: 0,
                wins: 0,
                ties: 0,
                opponents: 0,
                points: 0.0,
                component: strength
                    .score
                    .and_then(|_| i64::try_from(strength.component).ok()),
                state: state(strength.state),
                score: strength.score,
                interval: strength.interval,
                ranks: strength
                    .ranks
                    .map(|it| (of_usize(it.best), of_usize(it.worst))),
                judgments: 0,
                mean: None,
                mean_interval: None,
            })
            .collect();
        for &(a, b, wins, ties, losses, points) in &self.pairs {
            let n = wins + ties + losses;
            for (place, won, points) in [(a, wins, points), (b, losses, n as f64 - points)] {
                let line = &mut lines[place as usize];
                line.n += n;
                line.wins += won;
                line.ties += ties;
                line.opponents += 1;
                line.points += points;
            }
        }
        for (&place, &(n, total, squares)) in &self.scores {
            let line = &mut lines[place as usize];
            line.judgments = n;
            (line.mean, line.mean_interval) = mean(n, total, squares);
        }
        if self.pairs.is_empty() {
            let intervals: Vec<_> = lines.iter().map(|line| line.mean_interval).collect();
            let ranks = rank_intervals(&intervals, lines.len());
            for (line, ranks) in lines.iter_mut().zip(ranks) {
                line.ranks = ranks.map(|it| (of_usize(it.best), of_usize(it.worst)));
            }
        }
        lines
    }
}

fn of_usize(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn state(state: State) -> &'static str {
    match state {
        State::Unmet => "unmet",
        State::Estimated => "estimated",
        State::WonEverything => "won everything",
        State::LostEverything => "lost everything",
        State::Separated => "separated",
    }
}

/// The mean of shares and its interval by Student's t, from two on.
fn mean(n: i64, total: f64, squares: f64) -> (Option<f64>, Option<Interval>) {
    if n < 1 {
        return (None, None);
    }
    let count = n as f64;
    let mean = total / count;
    if n < 2 {
        return (Some(mean), None);
    }
    let variance = ((squares - total * mean) / (count - 1.0)).max(0.0);
    let half = t_quantile(0.975, count - 1.0) * (variance / count).sqrt();
    let interval = Interval {
        low: (mean - half).max(0.0),
        high: (mean + half).min(1.0),
    };
    (Some(mean), Some(interval))
}

impl Store {
    /// The projects with slices to be fitted.
    pub(super) async fn stale_projects(&self) -> Result<Vec<String>> {
        let rows = sqlx::query("SELECT DISTINCT project FROM slice WHERE fitted <> revision")
            .fetch_all(&self.read)
            .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?)
    }

    /// Fits a project's stale slices for so long, the whole project first, then those that waited longest.
    pub(super) async fn fit_for(
        &self,
        project: &ProjectId,
        time: Duration,
        now: i64,
    ) -> Result<()> {
        let begun = Instant::now();
        loop {
            let stale = self.stale_slices(project).await?;
            if stale.is_empty() {
                return Ok(());
            }
            for slice in stale {
                self.fit_slice(&slice, now).await?;
                if begun.elapsed() > time {
                    return Ok(());
                }
            }
        }
    }

    async fn stale_slices(&self, project: &ProjectId) -> Result<Vec<Stale>> {
        let rows = sqlx::query(
            "SELECT id, node, judge, aspect, comparisons, revision, fitted FROM slice \
             WHERE project = $1 AND fitted <> revision \
             ORDER BY CASE WHEN node = $1 THEN 0 ELSE 1 END, fitted_at, id LIMIT 50",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Stale {
                    id: row.try_get("id")?,
                    whole: row.try_get::<&str, _>("node")? == project.as_str(),
                    node: row.try_get("node")?,
                    judge: row.try_get("judge")?,
                    aspect: row.try_get("aspect")?,
                    comparisons: row.try_get("comparisons")?,
                    revision: row.try_get("revision")?,
                    fitted: row.try_get("fitted")?,
                })
            })
            .collect()
    }

    async fn fit_slice(&self, slice: &Stale, now: i64) -> Result<()> {
        let counted = self.counted(slice).await?;
        let clustered = !counted.battles.is_empty();
        let lines = background::apart(move || counted.lines()).await?;
        let mut transaction = self.begin().await?;
        let ours = sqlx::query(
            "UPDATE slice SET fitted = $2, fitted_at = $3, clustered = $4 WHERE id = $1 AND fitted = $5",
        )
        .bind(slice.id)
        .bind(slice.revision)
        .bind(now)
        .bind(i64::from(clustered))
        .bind(slice.fitted)
        .execute(&mut *transaction)
        .await?;
        if ours.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query("DELETE FROM standing WHERE slice = $1")
            .bind(slice.id)
            .execute(&mut *transaction)
            .await?;
        insert(
            &mut transaction,
            "INSERT INTO standing (slice, entrant, n, wins, ties, opponents, win_rate, win_low, win_high, component, state, \
                score, low, high, rank_low, rank_high, judgments, mean, mean_low, mean_high)",
            20,
            "",
            &lines,
            |statement, line| {
                let win = line.win_interval();
                statement
                    .bind(slice.id)
                    .bind(line.entrant)
                    .bind(line.n)
                    .bind(line.wins)
                    .bind(line.ties)
                    .bind(line.opponents)
                    .bind(Real(line.win_rate()))
                    .bind(Real(win.map(|it| it.low)))
                    .bind(Real(win.map(|it| it.high)))
                    .bind(line.component)
                    .bind(line.state)
                    .bind(Real(line.score))
                    .bind(Real(line.interval.map(|it| it.low)))
                    .bind(Real(line.interval.map(|it| it.high)))
                    .bind(line.ranks.map(|it| it.0))
                    .bind(line.ranks.map(|it| it.1))
                    .bind(line.judgments)
                    .bind(Real(line.mean))
                    .bind(Real(line.mean_interval.map(|it| it.low)))
                    .bind(Real(line.mean_interval.map(|it| it.high)))
            },
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Reads what a slice is fitted from.
    async fn counted(&self, slice: &Stale) -> Result<Counted> {
        let mut counted = Counted::default();
        let rows = sqlx::query(
            "SELECT a, b, wins_a, ties, wins_b, points_a FROM tally WHERE slice = $1 AND wins_a + ties + wins_b > 0 ORDER BY a, b",
        )
        .bind(slice.id)
        .fetch_all(&self.read)
        .await?;
        for row in &rows {
            let a = counted.place(row.try_get("a")?);
            let b = counted.place(row.try_get("b")?);
            counted.pairs.push((
                a,
                b,
                row.try_get("wins_a")?,
                row.try_get("ties")?,
                row.try_get("wins_b")?,
                row.try_get("points_a")?,
            ));
        }
        let rows = sqlx::query(
            "SELECT entrant, n, total, squares FROM score_tally WHERE slice = $1 AND n > 0 ORDER BY entrant",
        )
        .bind(slice.id)
        .fetch_all(&self.read)
        .await?;
        for row in &rows {
            let place = counted.place(row.try_get("entrant")?);
            let tally = (
                row.try_get("n")?,
                row.try_get("total")?,
                row.try_get("squares")?,
            );
            counted.scores.insert(place, tally);
        }
        if slice.comparisons <= CLUSTERED {
            self.read_battles(slice, &mut counted).await?;
        }
        Ok(counted)
    }

    async fn read_battles(&self, slice: &Stale, counted: &mut Counted) -> Result<()> {
        let sql = format!(
            "SELECT v.prompt, v.annotator, v.source_a, v.source_b, v.outcome FROM {} AND v.source_a <> v.source_b",
            said("verdict", slice.whole, &[])
        );
        // one by one: thousands of rows at once take more memory than everything that is made of them
        let mut rows = sqlx::query(AssertSqlSafe(sql))
            .bind(&slice.node)
            .bind(&slice.judge)
            .bind(&slice.aspect)
            .fetch(&self.read);
        let mut prompts: BTreeMap<String, u32> = BTreeMap::new();
        let mut people: BTreeMap<Option<String>, u32> = BTreeMap::new();
        while let Some(row) = rows.try_next().await? {
            let share: f64 = row.try_get("outcome")?;
            let (next_prompt, next_person) = (prompts.len(), people.len());
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let battle = Battle {
                a: counted.place(row.try_get("source_a")?),
                b: counted.place(row.try_get("source_b")?),
                outcome: if share > 0.5 {
                    Outcome::Win
                } else if share < 0.5 {
                    Outcome::Loss
                } else {
                    Outcome::Tie
                },
                weight: 1.0,
                prompt: *prompts
                    .entry(row.try_get("prompt")?)
                    .or_insert(number(next_prompt)),
                judge: *people
                    .entry(row.try_get("annotator")?)
                    .or_insert(number(next_person)),
            };
            counted.battles.push(battle);
        }
        Ok(())
    }
}
