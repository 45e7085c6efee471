//! What the dashboards about models show, read from standings and tallies only: a page costs the same whether a
//! thousand comparisons stand behind it or a million.

use crate::{Result, Store};
use domain::ids::ProjectId;
use domain::stats::Interval;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};
use std::collections::BTreeMap;

/// What a page is about: a judge's view of an aspect under a node.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// The project.
    pub project: &'a ProjectId,
    /// The node; the project's identifier for everything.
    pub node: &'a str,
    /// The judge's identifier.
    pub judge: &'a str,
    /// The aspect; empty for overall.
    pub aspect: &'a str,
}

impl Of<'_> {
    /// Whether it is about everything, whatever node it lies under.
    pub(crate) fn is_whole(&self) -> bool {
        self.node == self.project.as_str()
    }
}

/// An aspect that a judge spoke of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aspect {
    /// Its name; empty for overall.
    pub name: String,
    /// Comparisons in the whole project.
    pub comparisons: i64,
    /// Judgments in the whole project.
    pub judgments: i64,
}

/// What a board stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// Comparisons.
    pub comparisons: i64,
    /// Judgments of single responses.
    pub judgments: i64,
    /// When the standings were computed.
    pub fitted_at: i64,
    /// Whether newer feedback waits to be fitted.
    pub waiting: bool,
    /// Whether the intervals allow for comparisons that share a prompt or a person.
    pub clustered: bool,
    #[serde(skip)]
    slice: i64,
}

/// One entrant's place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Its number in the project.
    pub entrant: i64,
    /// Its name.
    pub name: String,
    /// Comparisons it took part in.
    pub n: i64,
    /// Of these, won.
    pub wins: i64,
    /// Of these, tied.
    pub ties: i64,
    /// How many others it met.
    pub opponents: i64,
    /// Its mean share of the points, from 0 to 1.
    pub win_rate: Option<f64>,
    /// With its interval.
    pub win_interval: Option<Interval>,
    /// Its component: scores of different ones cannot be compared.
    pub component: Option<i64>,
    /// What the score stands on: `estimated`, `won everything` …
    pub state: String,
    /// Bradley-Terry score, 1000 on average.
    pub score: Option<f64>,
    /// With its interval.
    pub interval: Option<Interval>,
    /// The best and the worst rank that the interval leaves open.
    pub ranks: Option<(i64, i64)>,
    /// Judgments of its responses.
    pub judgments: i64,
    /// Their mean as a share of the scale, from 0 to 1.
    pub mean: Option<f64>,
    /// With its interval.
    pub mean_interval: Option<Interval>,
}

/// A leaderboard, the best first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Board {
    /// What it stands on.
    pub basis: Basis,
    /// Its lines: by score where there is one, else by mean, else by win rate.
    pub lines: Vec<Standing>,
}

/// Two entrants' comparisons, seen from the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Met {
    /// The one with the smaller number.
    pub a: i64,
    /// The other.
    pub b: i64,
    /// Won by the first.
    pub wins: i64,
    /// Tied.
    pub ties: i64,
    /// Won by the other.
    pub losses: i64,
    /// The first's points.
    pub points: f64,
}

/// A node of the taxonomy with what stands on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its identifier.
    pub id: String,
    /// The one above it.
    pub parent: Option<String>,
    /// Its name.
    pub name: String,
    /// Names from the root down.
    pub path: String,
    /// Comparisons under it.
    pub comparisons: i64,
    /// Judgments under it.
    pub judgments: i64,
}

pub(super) fn interval(row: &AnyRow, low: &str, high: &str) -> Result<Option<Interval>> {
    let (low, high): (Option<f64>, Option<f64>) = (row.try_get(low)?, row.try_get(high)?);
    Ok(low.zip(high).map(|(low, high)| Interval { low, high }))
}

pub(super) fn ranks(row: &AnyRow) -> Result<Option<(i64, i64)>> {
    let (low, high): (Option<i64>, Option<i64>) =
        (row.try_get("rank_low")?, row.try_get("rank_high")?);
    Ok(low.zip(high))
}

fn standing(row: &AnyRow) -> Result<Standing> {
    Ok(Standing {
        entrant: row.try_get("entrant")?,
        name: row.try_get("name")?,
        n: row.try_get("n")?,
        wins: row.try_get("wins")?,
        ties: row.try_get("ties")?,
        opponents: row.try_get("opponents")?,
        win_rate: row.try_get("win_rate")?,
        win_interval: interval(row, "win_low", "win_high")?,
        component: row.try_get("component")?,
        state: row.try_get("state")?,
        score: row.try_get("score")?,
        interval: interval(row, "low", "high")?,
        ranks: ranks(row)?,
        judgments: row.try_get("judgments")?,
        mean: row.try_get("mean")?,
        mean_interval: interval(row, "mean_low", "mean_high")?,
    })
}

impl Store {
    /// The aspects that a judge spoke of, overall first.
    pub async fn aspects_judged(&self, project: &ProjectId, judge: &str) -> Result<Vec<Aspect>> {
        let rows = sqlx::query(
            "SELECT aspect, comparisons, judgments FROM slice WHERE project = $1 AND judge = $2 AND node = $1 ORDER BY aspect",
        )
        .bind(project.as_str())
        .bind(judge)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Aspect {
                    name: row.try_get("aspect")?,
                    comparisons: row.try_get("comparisons")?,
                    judgments: row.try_get("judgments")?,
                })
            })
            .collect()
    }

    async fn basis(&self, of: Of<'_>) -> Result<Option<Basis>> {
        let row = sqlx::query(
            "SELECT id, comparisons, judgments, fitted_at, clustered, revision - fitted AS behind \
             FROM slice WHERE project = $1 AND judge = $2 AND aspect = $3 AND node = $4",
        )
        .bind(of.project.as_str())
        .bind(of.judge)
        .bind(of.aspect)
        .bind(of.node)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| {
            Ok(Basis {
                comparisons: row.try_get("comparisons")?,
                judgments: row.try_get("judgments")?,
                fitted_at: row.try_get("fitted_at")?,
                waiting: row.try_get::<i64, _>("behind")? != 0,
                clustered: row.try_get::<i64, _>("clustered")? == 1,
                slice: row.try_get("id")?,
            })
        })
        .transpose()
    }

    /// The leaderboard. Empty where nothing was said.
    pub async fn board(&self, of: Of<'_>) -> Result<Board> {
        let Some(basis) = self.basis(of).await? else {
            return Ok(Board::default());
        };
        let rows = sqlx::query(
            "SELECT t.*, s.name FROM standing t \
             JOIN entrant e ON e.project = $2 AND e.number = t.entrant JOIN source s ON s.id = e.source \
             WHERE t.slice = $1 AND t.n + t.judgments > 0",
        )
        .bind(basis.slice)
        .bind(of.project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut lines: Vec<Standing> = rows.iter().map(standing).collect::<Result<_>>()?;
        lines.sort_by(|a, b| {
            let key =
                |it: &Standing| [it.score, it.mean, it.win_rate].map(|n| n.unwrap_or(f64::MIN));
            let (x, y) = (key(b), key(a));
            let order = x.iter().zip(&y).map(|(x, y)| x.total_cmp(y));
            order
                .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
                .then_with(|| a.name.cmp(&b.name))
        });
        Ok(Board { basis, lines })
    }

    /// Who of these met whom.
    pub async fn met(&self, of: Of<'_>, entrants: &[i64]) -> Result<Vec<Met>> {
        let basis = self.basis(of).await?;
        let Some(basis) = basis.filter(|_| !entrants.is_empty()) else {
            return Ok(Vec::new());
        };
        let list: Vec<String> = entrants.iter().map(i64::to_string).collect();
        let list = list.join(", ");
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT a, b, wins_a, ties, wins_b, points_a FROM tally \
             WHERE slice = $1 AND a IN ({list}) AND b IN ({list}) AND wins_a + ties + wins_b > 0 ORDER BY a, b"
        )))
        .bind(basis.slice)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Met {
                    a: row.try_get("a")?,
                    b: row.try_get("b")?,
                    wins: row.try_get("wins_a")?,
                    ties: row.try_get("ties")?,
                    losses: row.try_get("wins_b")?,
                    points: row.try_get("points_a")?,
                })
            })
            .collect()
    }

    /// By entrant: how often it won or lost by how much (bins −3 … 3), and how its scores spread (bins 0 … 19,
    /// twentieths of the scale).
    pub async fn spreads(&self, of: Of<'_>) -> Result<BTreeMap<i64, Spread>> {
        let Some(basis) = self.basis(of).await? else {
            return Ok(BTreeMap::new());
        };
        let rows = sqlx::query(
            "SELECT entrant, bin, n FROM histogram WHERE slice = $1 AND n > 0 ORDER BY entrant, bin",
        )
        .bind(basis.slice)
        .fetch_all(&self.read)
        .await?;
        let mut spreads: BTreeMap<i64, Spread> = BTreeMap::new();
        for row in &rows {
            let (bin, n): (i64, i64) = (row.try_get("bin")?, row.try_get("n")?);
            let spread = spreads.entry(row.try_get("entrant")?).or_default();
            let first = crate::evaluation::SCORE_BINS;
            let place = usize::try_from(if bin >= first { bin - first } else { bin + 3 });
            let of = if bin >= first {
                spread.scores.as_mut_slice()
            } else {
                spread.margins.as_mut_slice()
            };
            if let Some(cell) = place.ok().and_then(|place| of.get_mut(place)) {
                *cell = n;
            }
        }
        Ok(spreads)
    }

    /// The taxonomy with what stands on each node, in the order of paths.
    pub async fn judged_nodes(
        &self,
        project: &ProjectId,
        judge: &str,
        aspect: &str,
    ) -> Result<Vec<Node>> {
        let rows = sqlx::query(
            "SELECT n.id, n.parent, n.name, n.path, COALESCE(s.comparisons, 0) AS comparisons, COALESCE(s.judgments, 0) AS judgments \
             FROM node n LEFT JOIN slice s ON s.project = n.project AND s.judge = $2 AND s.aspect = $3 AND s.node = n.id \
             WHERE n.project = $1 ORDER BY n.path",
        )
        .bind(project.as_str())
        .bind(judge)
        .bind(aspect)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Node {
                    id: row.try_get("id")?,
                    parent: row.try_get("parent")?,
                    name: row.try_get("name")?,
                    path: row.try_get("path")?,
                    comparisons: row.try_get("comparisons")?,
                    judgments: row.try_get("judgments")?,
                })
            })
            .collect()
    }
}

/// How an entrant's outcomes and scores spread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Lost by 3, 2, 1; tied; won by 1, 2, 3.
    pub margins: [i64; 7],
    /// Scores by twentieths of their scale.
    pub scores: [i64; 20],
}

impl Store {
    /// How many overall comparisons and judgments each judge gave in the whole project.
    pub async fn judged_counts(&self, project: &ProjectId) -> Result<BTreeMap<String, (i64, i64)>> {
        let rows = sqlx::query(
            "SELECT judge, comparisons, judgments FROM slice WHERE project = $1 AND node = $1 AND aspect = ''",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut counts = BTreeMap::new();
        for row in &rows {
            let of = (row.try_get("comparisons")?, row.try_get("judgments")?);
            counts.insert(row.try_get("judge")?, of);
        }
        Ok(counts)
    }
}
