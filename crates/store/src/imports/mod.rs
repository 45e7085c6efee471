//! Imports: a file kept on disk, how it is to be read, how far it has come, what was wrong with it.
//!
//! Rows are read on a thread of their own and written in transactions of `run::BATCH_ROWS` rows, so that a
//! long import neither fills the memory nor keeps annotators from saving. **Everything is found again by
//! its hash**: running an import twice, or again after a crash, changes nothing that is there already.
//! All-or-nothing is two readings: the first only checks, the second writes.

mod resolve;
mod run;
mod said;
pub(crate) mod sql;
mod stage;
mod tasks;
mod write;

pub use run::file_head;

use crate::error::{from_json, to_json};
use crate::{Result, Store, new_id};
use domain::ids::{ImportId, ProjectId, UserId};
use domain::import::{Plan, RowProblem};
use serde::{Deserialize, Serialize};
use sqlx::Row;

/// How many problems of one import are kept, word for word; all are counted.
pub const KEPT_PROBLEMS: usize = 10_000;

/// How an import is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How the file is read.
    pub plan: Plan,
    /// Write nothing if any row is bad.
    pub all_or_nothing: bool,
    /// Make tasks for the prompts it brings, as the project's settings ask.
    pub make_tasks: bool,
    /// Take over the project's settings from a full record (into an empty project only).
    pub take_settings: bool,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file is here; nothing was written.
    Uploaded,
    /// Under way.
    Running,
    /// Finished.
    Done,
    /// Stopped; [`Import::problem`] says why.
    Failed,
}

/// What an import did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Prompts that are new.
    pub prompts: u64,
    /// Prompts that were there already.
    pub prompts_known: u64,
    /// Responses that are new.
    pub responses: u64,
    /// Responses that were there already.
    pub responses_known: u64,
    /// Annotations that are new.
    pub annotations: u64,
    /// Annotations that were there already.
    pub annotations_known: u64,
    /// Tasks made.
    pub tasks: u64,
    /// Rows with problems.
    pub bad_rows: u64,
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
    /// Which.
    pub id: ImportId,
    /// The file's name as it was uploaded.
    pub file_name: String,
    /// How it is done.
    pub settings: Settings,
    /// Where it stands.
    pub state: State,
    /// The file's size.
    pub bytes_total: i64,
    /// How much of it was read.
    pub bytes_read: i64,
    /// How many rows were read.
    pub rows_read: i64,
    /// What came of them.
    pub counts: Counts,
    /// Why it failed.
    pub problem: Option<String>,
    /// When the file came.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

impl Store {
    /// Notes a file that waits to be imported.
    pub async fn create_import(
        &self,
        project: &ProjectId,
        account: Option<&UserId>,
        file_name: &str,
        bytes: i64,
        settings: &Settings,
        now: i64,
    ) -> Result<ImportId> {
        let id = new_id();
        sqlx::query(
            "INSERT INTO import (id, project, account, file_name, settings, state, bytes_total, created_at) \
             VALUES ($1, $2, $3, $4, $5, 'uploaded', $6, $7)",
        )
        .bind(&id)
        .bind(project.as_str())
        .bind(account.map(UserId::as_str))
        .bind(file_name)
        .bind(to_json(settings))
        .bind(bytes)
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(ImportId(id))
    }

    /// Changes how a waiting import is to be done; `false` when it does not wait any more.
    pub async fn plan_import(
        &self,
        project: &ProjectId,
        id: &ImportId,
        settings: &Settings,
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE import SET settings = $3 WHERE id = $1 AND project = $2 AND state IN ('uploaded', 'failed')",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(to_json(settings))
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a waiting import to run it; `false` when somebody else has.
    pub async fn start_import(&self, project: &ProjectId, id: &ImportId) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE import SET state = 'running', bytes_read = 0, rows_read = 0, counts = '{}', problem = NULL, finished_at = NULL \
             WHERE id = $1 AND project = $2 AND state IN ('uploaded', 'failed')",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The import, in this project.
    pub async fn import(&self, project: &ProjectId, id: &ImportId) -> Result<Option<Import>> {
        let row = sqlx::query("SELECT * FROM import WHERE id = $1 AND project = $2")
            .bind(id.as_str())
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(import).transpose()
    }

    /// The project's latest imports.
    pub async fn imports(&self, project: &ProjectId) -> Result<Vec<Import>> {
        sqlx::query("SELECT * FROM import WHERE project = $1 ORDER BY created_at DESC LIMIT 20")
            .bind(project.as_str())
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(import)
            .collect()
    }

    /// Imports that a stopped server left half-way, with their projects: to be run again.
    pub async fn interrupted_imports(&self) -> Result<Vec<(ProjectId, ImportId)>> {
        sqlx::query("SELECT project, id FROM import WHERE state = 'running'")
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| {
                Ok((
                    ProjectId(row.try_get("project")?),
                    ImportId(row.try_get("id")?),
                ))
            })
            .collect()
    }

    /// The import of a file of this name into any project: how the demo knows that it is there.
    pub async fn import_named(&self, file_name: &str) -> Result<Option<(ProjectId, Import)>> {
        let row =
            sqlx::query("SELECT * FROM import WHERE file_name = $1 ORDER BY created_at LIMIT 1")
                .bind(file_name)
                .fetch_optional(&self.read)
                .await?;
        row.map(|row| Ok((ProjectId(row.try_get("project")?), import(&row)?)))
            .transpose()
    }

    /// What was wrong with its rows, the first [`KEPT_PROBLEMS`].
    pub async fn import_problems(&self, id: &ImportId, limit: i64) -> Result<Vec<RowProblem>> {
        sqlx::query(
            "SELECT line, field, reason FROM import_problem WHERE import = $1 ORDER BY position LIMIT $2",
        )
        .bind(id.as_str())
        .bind(limit)
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(RowProblem {
                line: row.try_get::<i64, _>("line")?.unsigned_abs(),
                field: row.try_get("field")?,
                reason: row.try_get("reason")?,
            })
        })
        .collect()
    }
}

fn import(row: &sqlx::any::AnyRow) -> Result<Import> {
    let id: String = row.try_get("id")?;
    let state: String = row.try_get("state")?;
    Ok(Import {
        file_name: row.try_get("file_name")?,
        settings: from_json(row.try_get("settings")?, "import", "settings", &id)?,
        state: match state.as_str() {
            "uploaded" => State::Uploaded,
            "running" => State::Running,
            "done" => State::Done,
            _ => State::Failed,
        },
        bytes_total: row.try_get("bytes_total")?,
        bytes_read: row.try_get("bytes_read")?,
        rows_read: row.try_get("rows_read")?,
        counts: from_json(row.try_get("counts")?, "import", "counts", &id)?,
        problem: row.try_get("problem")?,
        created_at: row.try_get("created_at")?,
        finished_at: row.try_get("finished_at")?,
        id: ImportId(id),
    })
}
