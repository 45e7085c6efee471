//! Who stands where: verdicts and judgments, what is counted of them, and the standings that pages show.
//!
//! Feedback flows in by itself ([`keep_counted`]): an annotation whose flag `judged` differs from `current` is
//! work, whoever wrote it, and the transaction that counts it sets the flag, so that **each is counted once**,
//! whatever process dies when. Tallies change by differences only; a slice whose tallies changed is fitted anew.
//!
//! A prompt counts under its nodes, under all nodes above them, and under the project's own
//! identifier, which stands for everything.
//! **Whoever changes `prompt_node` or a node's parent calls [`place_again`]** in the same transaction.

mod beside;
mod control;
mod course;
mod derived;
mod fit;
mod flow;
mod keep;
mod place;
mod record;
mod said;
mod singles;
mod tally;

pub use control::{Against, AgainstAll, Controlled, ControlledScore, Moves, Trait};
pub use course::Courses;
pub use derived::{Derived, What};
pub(crate) use flow::grades_again;
pub use keep::keep_counted;
pub use place::place_again;
pub use record::{NewJudgment, NewVerdict};
pub(crate) use said::said;
pub(crate) use tally::SCORE_BINS;

use crate::{Error, Result, Store, Transaction, new_id};
use domain::Provenance;
use domain::ids::ProjectId;
use sqlx::Row;
use std::collections::HashMap;

/// What kind of judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JudgeKind {
    /// People, all together; or simulated annotators, all together.
    People,
    /// A model that is asked to judge.
    Model,
    /// A reward model.
    Reward,
    /// An automatic judge whose annotations came from a file.
    Imported,
}

impl JudgeKind {
    const ALL: [Self; 4] = [Self::People, Self::Model, Self::Reward, Self::Imported];

    /// The name in the database and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Model => "model",
            Self::Reward => "reward",
            Self::Imported => "imported",
        }
    }
    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Who compares and scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judge {
    /// Its identifier.
    pub id: String,
    /// What it is.
    pub kind: JudgeKind,
    /// Its name; empty for people.
    pub name: String,
    /// Its version: a judge that changes is another judge.
    pub version: String,
    /// The provenance of everything it says.
    pub provenance: Provenance,
}

/// A judge as it is asked for, before it has an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JudgeKey<'a> {
    /// What it is.
    pub kind: JudgeKind,
    /// Its name; empty for people.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The provenance of everything it says.
    pub provenance: Provenance,
}

/// The judge of this key, made if need be.
pub(crate) async fn judge(
    transaction: &mut Transaction,
    project: &str,
    key: JudgeKey<'_>,
    settings: &str,
    now: i64,
) -> Result<String> {
    let row = sqlx::query(
        "INSERT INTO judge (id, project, kind, name, version, provenance, settings, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (project, kind, provenance, name, version) DO UPDATE SET name = excluded.name RETURNING id",
    )
    .bind(new_id())
    .bind(project)
    .bind(key.kind.name())
    .bind(key.name)
    .bind(key.version)
    .bind(key.provenance.name())
    .bind(settings)
    .bind(now)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(row.try_get("id")?)
}

/// The numbers of a project's entrants by their sources; those that are missing get the next ones.
pub(crate) async fn entrants(
    transaction: &mut Transaction,
    project: &str,
    sources: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, i64>> {
    let rows = sqlx::query("SELECT source, number FROM entrant WHERE project = $1")
        .bind(project)
        .fetch_all(&mut **transaction)
        .await?;
    let mut known: HashMap<String, i64> = HashMap::with_capacity(rows.len());
    for row in rows {
        known.insert(row.try_get("source")?, row.try_get("number")?);
    }
    let mut next = known.values().copied().max().unwrap_or(0);
    for source in sources {
        if known.contains_key(source) {
            continue;
        }
        next += 1;
        // another server may take the same number: the key refuses, and the whole transaction is tried again
        sqlx::query("INSERT INTO entrant (project, number, source) VALUES ($1, $2, $3)")
            .bind(project)
            .bind(next)
            .bind(source)
            .execute(&mut **transaction)
            .await?;
        known.insert(source.to_owned(), next);
    }
    Ok(known)
}

impl Store {
    /// The judges of a project that said anything, people first.
    pub async fn judges(&self, project: &ProjectId) -> Result<Vec<Judge>> {
        let rows = sqlx::query(
            "SELECT id, kind, name, version, provenance FROM judge WHERE project = $1 \
             ORDER BY CASE kind WHEN 'people' THEN 0 WHEN 'imported' THEN 1 WHEN 'model' THEN 2 ELSE 3 END, \
                CASE provenance WHEN 'person' THEN 0 ELSE 1 END, name, version",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get("id")?;
                let kind: String = row.try_get("kind")?;
                Ok(Judge {
                    kind: JudgeKind::parse(&kind).ok_or_else(|| Error::Corrupt {
                        table: "judge",
                        column: "kind",
                        id: id.clone(),
                        problem: kind,
                    })?,
                    name: row.try_get("name")?,
                    version: row.try_get("version")?,
                    provenance: crate::reports::provenance(row, &id)?,
                    id,
                })
            })
            .collect()
    }
}
