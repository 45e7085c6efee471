//! What is computed from a slice's single verdicts and not from its tallies, kept with the revision that it was computed
//! from. **A page never waits for many verdicts**: of a slice of up to [`AT_ONCE`] comparisons whoever asks first
//! computes it there and then, of a larger one the server's loop does, and pages show the last one and say of when.
//!
//! Beyond [`super::fit::CLUSTERED`] comparisons so many are drawn by chance, and each is computed at most once in ten
//! minutes: what length and style do, and how scores went, does not change with a few verdicts more.

use super::fit::CLUSTERED;
use super::{control, course};
use crate::reports::standings::Of;
use crate::{Error, Result, Store, background, now_ms};
use domain::evaluate::course::By;
use domain::ids::ProjectId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row};
use std::time::{Duration, Instant};

/// Comparisons that a request can wait for.
const AT_ONCE: i64 = 1_500;
/// What is out of date is computed again after so long, of slices that are read whole and of larger ones.
const AGAIN: [i64; 2] = [10_000, 600_000];
/// What nobody asked for in so long is not kept up to date.
const FORGOTTEN: i64 = 7 * DAY;
const DAY: i64 = 24 * 3_600_000;

/// What can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Scores with the length of answers held equal.
    Length,
    /// Scores with length, headers, lists and bold held equal.
    Style,
    /// Win rates against this entrant, plain and length-controlled.
    Baseline(i64),
    /// Scores and win rates over time.
    Course(By),
    /// Where models do worse than they should; of the whole project.
    Weakness,
    /// How the judge compares with the one whose slice this is.
    Beside(i64),
}

impl What {
    fn name(self) -> String {
        match self {
            Self::Length => "length".into(),
            Self::Style => "style".into(),
            Self::Baseline(entrant) => format!("baseline {entrant}"),
            Self::Course(by) => by.name().into(),
            Self::Weakness => "weakness".into(),
            Self::Beside(slice) => format!("beside {slice}"),
        }
    }

    /// The other slice that it is computed from; 0: none.
    fn other(self) -> i64 {
        match self {
            Self::Beside(slice) => slice,
            _ => 0,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        match name {
            "length" => Some(Self::Length),
            "style" => Some(Self::Style),
            "weakness" => Some(Self::Weakness),
            _ => match name.split_once(' ') {
                Some(("baseline", entrant)) => entrant.parse().ok().map(Self::Baseline),
                Some(("beside", slice)) => slice.parse().ok().map(Self::Beside),
                _ => By::parse(name).map(Self::Course),
            },
        }
    }
}

/// What there is of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Derived<T> {
    /// Nothing was compared.
    Nothing,
    /// The server's loop will compute it.
    Waiting,
    /// Here it is.
    Ready {
        /// What was computed.
        result: T,
        /// When, in milliseconds.
        computed_at: i64,
        /// Whether verdicts came or went since.
        behind: bool,
    },
}

/// A slice and what is wanted of it.
struct Wanted {
    slice: i64,
    revision: i64,
    node: String,
    /// Whether that is the whole project.
    whole: bool,
    judge: String,
    aspect: String,
    comparisons: i64,
    /// What is read for it.
    size: i64,
    what: What,
}

/// What was said in the slices that something is computed from.
const SIZE: &str = "CASE WHEN o.id IS NULL THEN s.comparisons \
    ELSE s.comparisons + s.judgments + o.comparisons + o.judgments END";

/// What was asked for lately and is out of date: too much to be computed while somebody waits, and not just computed.
fn due() -> String {
    format!(
        "FROM derived d JOIN slice s ON s.id = d.slice LEFT JOIN slice o ON o.id = d.other \
         WHERE d.revision <> s.revision + COALESCE(o.revision, 0) AND {SIZE} > $1 AND d.asked_at > $2 \
           AND (d.revision = -1 OR d.computed_at < CASE WHEN {SIZE} > $3 THEN $4 ELSE $5 END)"
    )
}

/// Binds what [`due`] names, $1 to $5.
fn due_at(query: Query<'_, Any, AnyArguments>, now: i64) -> Query<'_, Any, AnyArguments> {
    query
        .bind(AT_ONCE)
        .bind(now - FORGOTTEN)
        .bind(CLUSTERED)
        .bind(now - AGAIN[1])
        .bind(now - AGAIN[0])
}

/// What single verdicts are read by.
pub(super) struct Source<'a> {
    pub(super) project: &'a str,
    pub(super) node: &'a str,
    pub(super) whole: bool,
    pub(super) judge: &'a str,
    pub(super) aspect: &'a str,
    pub(super) comparisons: i64,
    /// Only those with this entrant; 0: all.
    pub(super) with: i64,
}

impl Source<'_> {
    /// Which verdicts are drawn, by the last four digits of their identifiers, which are random: those below this.
    pub(super) fn below(&self) -> String {
        if self.with != 0 || self.comparisons <= CLUSTERED {
            return "g".into();
        }
        format!("{:04x}", 65_536 * CLUSTERED / self.comparisons)
    }
}

impl Store {
    /// What was computed of a slice, with the time and whether newer verdicts wait; asking is what keeps it.
    pub async fn derived<T: DeserializeOwned>(&self, of: Of<'_>, what: What) -> Result<Derived<T>> {
        let sql = format!(
            "SELECT s.id, s.revision + COALESCE(o.revision, 0) AS revision, s.comparisons, {SIZE} AS size, \
                d.revision AS had, d.computed_at, d.asked_at, d.result \
             FROM slice s LEFT JOIN slice o ON o.id = $6 LEFT JOIN derived d ON d.slice = s.id AND d.what = $5 \
             WHERE s.project = $1 AND s.judge = $2 AND s.aspect = $3 AND s.node = $4 \
               AND (o.id IS NOT NULL OR $6 = 0 AND s.comparisons > 0)"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(of.project.as_str())
            .bind(of.judge)
            .bind(of.aspect)
            .bind(of.node)
            .bind(what.name())
            .bind(what.other())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else {
            return Ok(Derived::Nothing);
        };
        let wanted = Wanted {
            slice: row.try_get("id")?,
            revision: row.try_get("revision")?,
            node: of.node.to_owned(),
            whole: of.node == of.project.as_str(),
            judge: of.judge.to_owned(),
            aspect: of.aspect.to_owned(),
            comparisons: row.try_get("comparisons")?,
            size: row.try_get("size")?,
            what,
        };
        let (had, now): (Option<i64>, i64) = (row.try_get("had")?, now_ms());
        let kept: Option<String> = row.try_get("result")?;
        // an older version of the program may have kept something else
        let kept = kept.and_then(|text| serde_json::from_str(&text).ok());
        let current = had == Some(wanted.revision);
        if !(current && kept.is_some()) && wanted.size <= AT_ONCE {
            let text = self.derive(of.project.as_str(), &wanted).await?;
            self.keep_derived(&wanted, &text, now).await?;
            let result = serde_json::from_str(&text).map_err(|problem| Error::Corrupt {
                table: "derived",
                column: "result",
                id: what.name(),
                problem: problem.to_string(),
            })?;
            return Ok(Derived::Ready {
                result,
                computed_at: now,
                behind: false,
            });
        }
        let asked: Option<i64> = row.try_get("asked_at")?;
        if asked.is_none_or(|asked| asked < now - DAY) || kept.is_none() && current {
            self.ask_for(&wanted, kept.is_none(), now).await?;
        }
        let Some(result) = kept else {
            return Ok(Derived::Waiting);
        };
        Ok(Derived::Ready {
            result,
            computed_at: row.try_get::<Option<i64>, _>("computed_at")?.unwrap_or(0),
            behind: !current,
        })
    }

    /// Says that somebody looks at it.
    async fn ask_for(&self, wanted: &Wanted, unknown: bool, now: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO derived (slice, what, revision, computed_at, asked_at, result, other) VALUES ($1, $2, -1, 0, $3, '', $5) \
             ON CONFLICT (slice, what) DO UPDATE SET asked_at = excluded.asked_at, \
                revision = CASE WHEN $4 = 1 THEN -1 ELSE derived.revision END",
        )
        .bind(wanted.slice)
        .bind(wanted.what.name())
        .bind(now)
        .bind(i64::from(unknown))
        .bind(wanted.what.other())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    async fn keep_derived(&self, wanted: &Wanted, result: &str, now: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO derived (slice, what, revision, computed_at, asked_at, result, other) VALUES ($1, $2, $3, $4, $4, $5, $6) \
             ON CONFLICT (slice, what) DO UPDATE SET revision = excluded.revision, computed_at = excluded.computed_at, \
                result = excluded.result",
        )
        .bind(wanted.slice)
        .bind(wanted.what.name())
        .bind(wanted.revision)
        .bind(now)
        .bind(result)
        .bind(wanted.what.other())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The projects in which something asked for is due.
    pub(super) async fn underived_projects(&self, now: i64) -> Result<Vec<String>> {
        let sql = format!("SELECT DISTINCT s.project {}", due());
        let rows = due_at(sqlx::query(AssertSqlSafe(sql)), now)
            .fetch_all(&self.read)
            .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?)
    }

    /// Computes what is due in a project for so long: what was never computed first.
    pub(super) async fn derive_for(
        &self,
        project: &str,
        time: Duration,
        now: impl Fn() -> i64,
    ) -> Result<()> {
        let begun = Instant::now();
        while let Some(wanted) = self.due(project, now()).await? {
            let text = self.derive(project, &wanted).await?;
            self.keep_derived(&wanted, &text, now()).await?;
            if begun.elapsed() > time {
                break;
            }
        }
        Ok(())
    }

    async fn due(&self, project: &str, now: i64) -> Result<Option<Wanted>> {
        let sql = format!(
            "SELECT d.what, s.id, s.node, s.judge, s.aspect, s.comparisons, {SIZE} AS size, \
                s.revision + COALESCE(o.revision, 0) AS revision {} AND s.project = $6 \
             ORDER BY d.computed_at, s.comparisons, d.slice, d.what LIMIT 1",
            due()
        );
        let row = due_at(sqlx::query(AssertSqlSafe(sql)), now)
            .bind(project)
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let (node, what): (String, String) = (row.try_get("node")?, row.try_get("what")?);
        let slice: i64 = row.try_get("id")?;
        Ok(Some(Wanted {
            slice,
            revision: row.try_get("revision")?,
            whole: node == project,
            node,
            judge: row.try_get("judge")?,
            aspect: row.try_get("aspect")?,
            comparisons: row.try_get("comparisons")?,
            size: row.try_get("size")?,
            what: What::parse(&what).ok_or_else(|| Error::Corrupt {
                table: "derived",
                column: "what",
                id: slice.to_string(),
                problem: what,
            })?,
        }))
    }

    async fn derive(&self, project: &str, wanted: &Wanted) -> Result<String> {
        let source = Source {
            project,
            node: &wanted.node,
            whole: wanted.whole,
            judge: &wanted.judge,
            aspect: &wanted.aspect,
            comparisons: wanted.comparisons,
            with: match wanted.what {
                What::Baseline(entrant) => entrant,
                _ => 0,
            },
        };
        let id = ProjectId(project.to_owned());
        let of = Of {
            project: &id,
            node: &wanted.node,
            judge: &wanted.judge,
            aspect: &wanted.aspect,
        };
        match wanted.what {
            What::Length => apart(control::length(self, &source).await?).await,
            What::Style => apart(control::style(self, &source).await?).await,
            What::Baseline(_) => apart(control::baseline(self, &source).await?).await,
            What::Course(by) => apart(course::course(self, &source, by).await?).await,
            What::Beside(other) => apart(self.read_beside(of, other).await?).await,
            What::Weakness => {
                let compared = self.compared(of).await?;
                apart(move || compared.weaknesses()).await
            }
        }
    }
}

/// Computes it in the background, as JSON.
async fn apart<T: Serialize>(compute: impl FnOnce() -> T + Send + 'static) -> Result<String> {
    let text = background::apart(move || serde_json::to_string(&compute())).await?;
    text.map_err(|cause| Error::Database(sqlx::Error::Io(cause.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_large_slices_are_drawn_from() {
        for what in [
            What::Length,
            What::Style,
            What::Weakness,
            What::Baseline(7),
            What::Beside(12),
            What::Course(By::Day),
        ] {
            assert_eq!(What::parse(&what.name()), Some(what));
        }
        assert_eq!(What::parse("baseline x"), None);
        let below = |comparisons, with| {
            let source = Source {
                project: "p",
                node: "p",
                whole: true,
                judge: "j",
                aspect: "",
                comparisons,
                with,
            };
            source.below()
        };
        // every identifier ends in hexadecimal digits, which are all below g
        assert_eq!(
            (below(20_000, 0), below(1_000_000, 3)),
            ("g".into(), "g".into())
        );
        // one in 50 of 65,536
        assert_eq!(below(1_000_000, 0), "051e");
        assert_eq!(below(40_000, 0), "8000");
    }
}
