//! Models: where they came from, what they are for, where their files are. **A model's files never change**:
//! training makes another one.

use crate::error::from_json;
use crate::jobs::{self, Lease, NewJob};
use crate::{Error, Result, Store, Transaction, new_id};
use domain::ids::{JobId, ModelId, ProjectId, RunId, UserId};
use domain::run::{JobKind, JobState, ModelKind, ModelState};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which.
    pub id: ModelId,
    /// The project it belongs to; none: all may use it.
    pub project: Option<ProjectId>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// The model it was trained from.
    pub base: Option<ModelId>,
    /// The run that made it.
    pub run: Option<RunId>,
    /// Its folder in the artifact store.
    pub files: String,
    /// Where it came from: a hub name, a file's name; empty for a trained one.
    pub origin: String,
    /// Its architecture, as the engine read it.
    pub config: Value,
    /// What is to be known about it: data, settings, figures.
    pub card: Value,
    /// Whether it can be used.
    pub state: ModelState,
    /// Why it cannot.
    pub problem: Option<String>,
    /// The size of its files.
    pub bytes: i64,
    /// When it was made.
    pub created_at: i64,
}

/// A model that a run made, whose files are in the artifact store.
#[derive(Clone, Debug)]
pub struct NewModel {
    /// Its identifier, from [`crate::new_id`]: its folder is named after it.
    pub id: ModelId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// Its folder.
    pub files: String,
    /// Its architecture.
    pub config: Value,
    /// Its card.
    pub card: Value,
    /// The size of its files.
    pub bytes: i64,
}

const SELECT: &str = "SELECT id, project, name, kind, base, run, files, origin, config, card, state, problem, bytes, created_at FROM model";
/// Models that a project may use: its own and everybody's.
const OURS: &str = "(project = $1 OR project IS NULL) AND removed_at IS NULL";

fn model(row: &AnyRow) -> Result<Model> {
    let id: String = row.try_get("id")?;
    let corrupt = |column: &'static str, problem: String| Error::Corrupt {
        table: "model",
        column,
        id: id.clone(),
        problem,
    };
    let (kind, state): (String, String) = (row.try_get("kind")?, row.try_get("state")?);
    Ok(Model {
        kind: ModelKind::parse(&kind).ok_or_else(|| corrupt("kind", kind))?,
        state: ModelState::parse(&state).ok_or_else(|| corrupt("state", state))?,
        project: row.try_get::<Option<String>, _>("project")?.map(ProjectId),
        name: row.try_get("name")?,
        base: row.try_get::<Option<String>, _>("base")?.map(ModelId),
        run: row.try_get::<Option<String>, _>("run")?.map(RunId),
        files: row.try_get("files")?,
        origin: row.try_get("origin")?,
        config: from_json(row.try_get("config")?, "model", "config", &id)?,
        card: from_json(row.try_get("card")?, "model", "card", &id)?,
        problem: row.try_get("problem")?,
        bytes: row.try_get("bytes")?,
        created_at: row.try_get("created_at")?,
        id: ModelId(id),
    })
}

/// Writes down a model that a run of this project made.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    project: &ProjectId,
    run: &RunId,
    base: &ModelId,
    new: &NewModel,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO model (id, project, name, kind, base, run, files, config, card, state, bytes, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'ready', $10, $11)",
    )
    .bind(new.id.as_str())
    .bind(project.as_str())
    .bind(&new.name)
    .bind(new.kind.name())
    .bind(base.as_str())
    .bind(run.as_str())
    .bind(&new.files)
    .bind(new.config.to_string())
    .bind(new.card.to_string())
    .bind(new.bytes)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

impl Store {
    /// Asks for a model's files to be brought in from `origin`: a hub name, or a path on the engine's
    /// machine. Without a project, every project may use it.
    pub async fn add_model(
        &self,
        project: Option<&ProjectId>,
        name: &str,
        kind: ModelKind,
        origin: &str,
        account: Option<&UserId>,
        now: i64,
    ) -> Result<(ModelId, JobId)> {
        let id = ModelId(new_id());
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO model (id, project, name, kind, origin, state, created_at) VALUES ($1, $2, $3, $4, $5, 'adding', $6)",
        )
        .bind(id.as_str())
        .bind(project.map(ProjectId::as_str))
        .bind(name)
        .bind(kind.name())
        .bind(origin)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let new = NewJob {
            kind: JobKind::AddModel,
            project,
            run: None,
            model: Some(&id),
            payload: json!({ "origin": origin }),
            account,
        };
        let job = jobs::insert(&mut transaction, &new, now).await?;
        transaction.commit().await?;
        Ok((id, job))
    }

    /// Ends the job that brought a model's files in: it can be used now, or why it cannot. False when the
    /// lease is lost.
    pub async fn model_added(
        &self,
        lease: &Lease,
        id: &ModelId,
        outcome: Result<(&str, &Value, i64), &str>,
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let (state, problem) = match outcome {
            Ok(_) => (JobState::Done, None),
            Err(problem) => (JobState::Failed, Some(problem)),
        };
        if !jobs::end(&mut transaction, lease, state, problem, now).await? {
            return Ok(false);
        }
        match outcome {
            Ok((files, config, bytes)) => {
                sqlx::query("UPDATE model SET state = 'ready', files = $2, config = $3, bytes = $4, problem = NULL WHERE id = $1")
                    .bind(id.as_str())
                    .bind(files)
                    .bind(config.to_string())
                    .bind(bytes)
                    .execute(&mut *transaction)
                    .await?;
            }
            Err(problem) => {
                sqlx::query("UPDATE model SET state = 'failed', problem = $2 WHERE id = $1")
                    .bind(id.as_str())
                    .bind(problem)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// The models that a project may use or is waiting for, the newest first.
    pub async fn models(&self, project: &ProjectId) -> Result<Vec<Model>> {
        let sql = format!("{SELECT} WHERE {OURS} ORDER BY created_at DESC, id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(model).collect()
    }

    /// A model that this project may use.
    pub async fn model(&self, project: &ProjectId, id: &ModelId) -> Result<Option<Model>> {
        let sql = format!("{SELECT} WHERE {OURS} AND id = $2");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .bind(id.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(model).transpose()
    }

    /// Every model that can be used, of every project: what an engine serves.
    pub async fn ready_models(&self) -> Result<Vec<Model>> {
        let sql = format!(
            "{SELECT} WHERE state = 'ready' AND removed_at IS NULL ORDER BY created_at, id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(model).collect()
    }

    /// A model by identifier, whosever it is: for engines.
    pub async fn any_model(&self, id: &ModelId) -> Result<Option<Model>> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} WHERE id = $1")))
            .bind(id.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(model).transpose()
    }

    /// The model that every project may use and that came from `origin`, also one that could not be brought in:
    /// whoever wants it tried again removes it.
    pub async fn model_from(&self, origin: &str) -> Result<Option<Model>> {
        let sql = format!(
            "{SELECT} WHERE origin = $1 AND project IS NULL AND removed_at IS NULL ORDER BY created_at LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(origin)
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(model).transpose()
    }

    /// The models from which this one was trained, the first ancestor first, itself last.
    pub async fn lineage(&self, project: &ProjectId, id: &ModelId) -> Result<Vec<Model>> {
        let mut line = Vec::new();
        let mut next = self.model(project, id).await?.map(|it| it.id);
        while let Some(id) = next.take() {
            // a base that was removed is still part of the line
            let Some(model) = self.any_model(&id).await? else {
                break;
            };
            next.clone_from(&model.base);
            line.push(model);
        }
        line.reverse();
        Ok(line)
    }

    /// The models that were trained from this one.
    pub async fn trained_from(&self, project: &ProjectId, id: &ModelId) -> Result<Vec<Model>> {
        let sql = format!("{SELECT} WHERE {OURS} AND base = $2 ORDER BY created_at, id");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .bind(id.as_str())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(model).collect()
    }

    /// Takes a model of this project out of its lists; what was trained from it stays. False when it has
    /// none of this identifier.
    pub async fn remove_model(&self, project: &ProjectId, id: &ModelId, now: i64) -> Result<bool> {
        let removed = sqlx::query(
            "UPDATE model SET removed_at = $3 WHERE id = $1 AND project = $2 AND removed_at IS NULL",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(removed.rows_affected() == 1)
    }
}
