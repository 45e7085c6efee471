//! Runs: asked for by people, worked on by engines. What people want of a run stands in its row (`wish`)
//! and its engine heeds it within a step; what an engine writes names its lease. See [`crate::jobs`].

use crate::error::{from_json, to_json};
use crate::jobs::{self, Job, Lease, NewJob};
use crate::models::{self, NewModel};
use crate::{Error, Result, Store, Transaction, new_id};
use domain::Invalid;
use domain::ids::{EngineId, ModelId, ProjectId, RunId, UserId};
use domain::method::{Method, Settings};
use domain::run::{Data, JobKind, JobState, ModelKind, ModelState, Request, Status, Wish};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

/// A run with everything that its page and its engine need.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which.
    pub id: RunId,
    /// Its project.
    pub project: ProjectId,
    /// Its name.
    pub name: String,
    /// How it learns.
    pub method: Method,
    /// The method's settings, complete.
    pub settings: Settings,
    /// The model it starts from.
    pub base: ModelId,
    /// The reward model that judges.
    pub reward: Option<ModelId>,
    /// The seed of everything random in it.
    pub seed: i64,
    /// What it stands on.
    pub data: Data,
    /// The run it was cloned from.
    pub parent: Option<RunId>,
    /// Where it stands.
    pub status: Status,
    /// What people want of it.
    pub wish: Wish,
    /// Whom it waits for, while it is paused or goes on from there.
    pub waits: Waits,
    /// Why it failed, and what to do.
    pub problem: Option<String>,
    /// The optimiser's step that it has reached.
    pub step: i64,
    /// Its last step; 0 while that is not known.
    pub steps: i64,
    /// What it does before its first step or after its last, and how far that is; empty while it trains.
    pub stage: String,
    /// Its last checkpoint's folder in the artifact store.
    pub checkpoint: Option<String>,
    /// The engine that worked on it last.
    pub engine: Option<EngineId>,
    /// The version of the code that trained.
    pub version: String,
    /// Held-out figures and the like, when it is done.
    pub result: Value,
    /// Who started it.
    pub account: Option<UserId>,
    /// When.
    pub created_at: i64,
    /// When an engine first took it up.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// Whether a run waits for people to judge what it sampled. See [`crate::waiting`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waits {
    /// For nobody.
    #[default]
    No,
    /// For people; it goes on by itself when they have judged enough.
    ForPeople,
    /// No longer: somebody said that it goes on with what is judged.
    NoLonger,
}

/// What came of asking for a run.
#[derive(Clone, Debug)]
pub enum Started {
    /// It waits for an engine.
    Run(RunId),
    /// It cannot start: too little data, a model that cannot be used.
    Refused(Vec<Invalid>),
}

const SELECT: &str = "SELECT id, project, name, method, settings, base, reward, seed, data, parent, status, wish, waits, problem, step, steps, \
     stage, checkpoint, engine, version, result, account, created_at, started_at, finished_at FROM run";

fn run(row: &AnyRow) -> Result<Run> {
    let id: String = row.try_get("id")?;
    let corrupt = |column: &'static str, problem: String| Error::Corrupt {
        table: "run",
        column,
        id: id.clone(),
        problem,
    };
    let text = |column: &str| row.try_get::<String, _>(column);
    let (method, status, wish) = (text("method")?, text("status")?, text("wish")?);
    Ok(Run {
        method: Method::from_name(&method).ok_or_else(|| corrupt("method", method))?,
        status: Status::parse(&status).ok_or_else(|| corrupt("status", status))?,
        wish: Wish::parse(&wish).ok_or_else(|| corrupt("wish", wish))?,
        waits: match row.try_get::<i64, _>("waits")? {
            1 => Waits::ForPeople,
            2 => Waits::NoLonger,
            _ => Waits::No,
        },
        project: ProjectId(text("project")?),
        name: text("name")?,
        settings: from_json(row.try_get("settings")?, "run", "settings", &id)?,
        base: ModelId(text("base")?),
        reward: row.try_get::<Option<String>, _>("reward")?.map(ModelId),
        seed: row.try_get("seed")?,
        data: from_json(row.try_get("data")?, "run", "data", &id)?,
        parent: row.try_get::<Option<String>, _>("parent")?.map(RunId),
        problem: row.try_get("problem")?,
        step: row.try_get("step")?,
        steps: row.try_get("steps")?,
        stage: text("stage")?,
        checkpoint: row.try_get("checkpoint")?,
        engine: row.try_get::<Option<String>, _>("engine")?.map(EngineId),
        version: text("version")?,
        result: from_json(row.try_get("result")?, "run", "result", &id)?,
        account: row.try_get::<Option<String>, _>("account")?.map(UserId),
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        id: RunId(id),
    })
}

impl Store {
    /// Takes the snapshot of the feedback as it stands and puts a run on it into the queue.
    pub async fn start_run(
        &self,
        project: &ProjectId,
        request: &Request,
        account: Option<&UserId>,
        now: i64,
    ) -> Result<Started> {
        let mut wrong = Vec::new();
        let models = [
            ("base", Some(&request.base)),
            ("reward", request.reward.as_ref()),
        ];
        for (field, id) in models {
            let Some(id) = id else { continue };
            match self.model(project, id).await? {
                None => wrong.push(Invalid::unknown(field, id.as_str())),
                Some(model) if model.state != ModelState::Ready => {
                    wrong.push(Invalid::other(field, "cannot be used yet"));
                }
                Some(model) if (model.kind == ModelKind::Reward) != (field == "reward") => {
                    wrong.push(Invalid::other(
                        field,
                        "is a model of another kind than is needed here",
                    ));
                }
                Some(_) => {}
            }
        }
        let below = match &request.node {
            None => None,
            Some(node) => self.below(project, node).await?,
        };
        if let (Some(node), None) = (&request.node, &below) {
            wrong.push(Invalid::unknown("node", node.as_str()));
        }
        let training = self
            .training(project, &request.provenances, below.as_ref(), i64::MAX)
            .await?;
        if let Err(little) = training.data.examples.enough_for(request.method) {
            wrong.push(Invalid::other("provenance", little.to_string()));
        }
        if !wrong.is_empty() {
            return Ok(Started::Refused(wrong));
        }
        let id = RunId(new_id());
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO snapshot (hash, annotations) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
            .bind(&training.data.hash)
            .bind(training.annotations.join("\n"))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO run (id, project, name, method, settings, base, reward, seed, snapshot, data, parent, status, account, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', $12, $13)",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(&request.name)
        .bind(request.method.name())
        .bind(to_json(&request.settings))
        .bind(request.base.as_str())
        .bind(request.reward.as_ref().map(ModelId::as_str))
        .bind(i64::try_from(request.seed).unwrap_or(1))
        .bind(&training.data.hash)
        .bind(to_json(&training.data))
        .bind(request.parent.as_ref().map(RunId::as_str))
        .bind(account.map(UserId::as_str))
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let job = NewJob {
            kind: JobKind::Train,
            project: Some(project),
            run: Some(&id),
            model: None,
            payload: json!({}),
            account,
        };
        jobs::insert(&mut transaction, &job, now).await?;
        transaction.commit().await?;
        Ok(Started::Run(id))
    }

    /// The runs of a project, the newest first.
    pub async fn runs(&self, project: &ProjectId) -> Result<Vec<Run>> {
        let sql = format!("{SELECT} WHERE project = $1 ORDER BY created_at DESC, id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(run).collect()
    }

    /// A run of this project.
    pub async fn run(&self, project: &ProjectId, id: &RunId) -> Result<Option<Run>> {
        let sql = format!("{SELECT} WHERE id = $1 AND project = $2");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.as_str())
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(run).transpose()
    }

    /// A run by identifier, whosever it is: for engines.
    pub async fn any_run(&self, id: &RunId) -> Result<Option<Run>> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} WHERE id = $1")))
            .bind(id.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(run).transpose()
    }

    /// Lets a run wait: at once if no engine has it, else within a step. False when there is nothing to pause.
    pub async fn pause_run(&self, project: &ProjectId, id: &RunId) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let sql =
            "UPDATE job SET state = 'parked' WHERE run = $1 AND project = $2 AND state = 'queued'";
        let changed = if changed(&mut transaction, sql, project, id).await? {
            let sql = "UPDATE run SET status = 'paused' WHERE id = $1 AND project = $2";
            self::changed(&mut transaction, sql, project, id).await?
        } else {
            let sql = "UPDATE run SET wish = 'pause' WHERE id = $1 AND project = $2 AND status = 'running' AND wish = 'run'";
            self::changed(&mut transaction, sql, project, id).await?
        };
        transaction.commit().await?;
        Ok(changed)
    }

    /// Lets a paused run go on, or a failed one try again, from its last checkpoint; one that waits for people with
    /// what they have judged. False when it is neither.
    pub async fn resume_run(&self, project: &ProjectId, id: &RunId) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE job SET state = 'queued', attempts = 0, problem = NULL, finished_at = NULL \
             WHERE run = $1 AND project = $2 AND state IN ('parked', 'failed')";
        let sql = if changed(&mut transaction, sql, project, id).await? {
            "UPDATE run SET status = 'queued', wish = 'run', problem = NULL, finished_at = NULL, \
                waits = CASE waits WHEN 1 THEN 2 ELSE waits END WHERE id = $1 AND project = $2"
        } else {
            "UPDATE run SET wish = 'run' WHERE id = $1 AND project = $2 AND status = 'running' AND wish = 'pause'"
        };
        let changed = changed(&mut transaction, sql, project, id).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// Stops a run for good: at once if no living engine has it, else within a step. False when it is over.
    pub async fn cancel_run(&self, project: &ProjectId, id: &RunId, now: i64) -> Result<bool> {
        let mut transaction = self.begin().await?;
        // the fence is raised: an engine that is only late may write nothing more
        let cancelled = sqlx::query(
            "UPDATE job SET state = 'cancelled', fence = fence + 1, finished_at = $3 WHERE run = $1 AND project = $2 \
                AND (state IN ('queued', 'parked') OR (state = 'leased' AND lease_until < $3))",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let changed = if cancelled.rows_affected() == 1 {
            let sql = "UPDATE run SET status = 'cancelled', waits = 0, finished_at = $3 WHERE id = $1 AND project = $2";
            let changed = sqlx::query(sql)
                .bind(id.as_str())
                .bind(project.as_str())
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            crate::waiting::close(&mut transaction, id, now).await?;
            changed.rows_affected() == 1
        } else {
            let sql = "UPDATE run SET wish = 'cancel' WHERE id = $1 AND project = $2 AND status = 'running'";
            self::changed(&mut transaction, sql, project, id).await?
        };
        transaction.commit().await?;
        Ok(changed)
    }

    /// What people want of a run that an engine works on.
    pub async fn run_wish(&self, id: &RunId) -> Result<Wish> {
        let row = sqlx::query("SELECT wish FROM run WHERE id = $1")
            .bind(id.as_str())
            .fetch_one(&self.read)
            .await?;
        let wish: String = row.try_get(0)?;
        Wish::parse(&wish).ok_or_else(|| Error::Corrupt {
            table: "run",
            column: "wish",
            id: id.0.clone(),
            problem: wish,
        })
    }

    /// The engine has heeded the wish to pause or to cancel: the lease ends. False when it was lost before.
    pub async fn run_stopped(
        &self,
        lease: &Lease,
        id: &RunId,
        wish: Wish,
        now: i64,
    ) -> Result<bool> {
        let (state, status) = match wish {
            Wish::Run => (JobState::Queued, Status::Queued),
            Wish::Pause => (JobState::Parked, Status::Paused),
            Wish::Cancel => (JobState::Cancelled, Status::Cancelled),
        };
        let mut transaction = self.begin().await?;
        if !jobs::end(&mut transaction, lease, state, None, now).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET status = $2, wish = 'run', finished_at = CASE WHEN $2 = 'cancelled' THEN $3 ELSE NULL END WHERE id = $1")
            .bind(id.as_str())
            .bind(status.name())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The run made its model: run, model and job end in one transaction. False when the lease was lost, and
    /// then nothing is written.
    pub async fn run_done(
        &self,
        lease: &Lease,
        run: &Run,
        model: &NewModel,
        result: &Value,
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::end(&mut transaction, lease, JobState::Done, None, now).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET status = 'done', wish = 'run', result = $2, finished_at = $3 WHERE id = $1")
            .bind(run.id.as_str())
            .bind(result.to_string())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        models::insert(
            &mut transaction,
            &run.project,
            &run.id,
            &run.base,
            model,
            now,
        )
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The run cannot go on; `problem` says why and what to do. False when the lease was lost.
    pub async fn run_failed(
        &self,
        lease: &Lease,
        job: &Job,
        problem: &str,
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::end(
            &mut transaction,
            lease,
            JobState::Failed,
            Some(problem),
            now,
        )
        .await?
        {
            return Ok(false);
        }
        failed(&mut transaction, job, problem, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The run's model, when it is done.
    pub async fn model_of_run(&self, run: &RunId) -> Result<Option<ModelId>> {
        let row = sqlx::query("SELECT id FROM model WHERE run = $1 ORDER BY created_at LIMIT 1")
            .bind(run.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| Ok(ModelId(row.try_get(0)?))).transpose()
    }

    /// The identifiers of the annotations that a run was started on.
    pub async fn snapshot(&self, run: &RunId) -> Result<Vec<String>> {
        let row = sqlx::query("SELECT s.annotations FROM run r JOIN snapshot s ON s.hash = r.snapshot WHERE r.id = $1")
            .bind(run.as_str())
            .fetch_one(&self.read)
            .await?;
        let text: String = row.try_get(0)?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

async fn changed(
    transaction: &mut Transaction,
    sql: &'static str,
    project: &ProjectId,
    id: &RunId,
) -> Result<bool> {
    let done = sqlx::query(sql)
        .bind(id.as_str())
        .bind(project.as_str())
        .execute(&mut **transaction)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// What a claim means for the job's run; false when its people no longer want it to go on, which ends the
/// lease: its last engine was lost before it could heed them.
pub(crate) async fn taken_up(
    transaction: &mut Transaction,
    engine: &EngineId,
    job: &Job,
    lease: &Lease,
    now: i64,
) -> Result<bool> {
    let Some(run) = &job.run else { return Ok(true) };
    let row = sqlx::query(
        "UPDATE run SET status = CASE wish WHEN 'pause' THEN 'paused' WHEN 'cancel' THEN 'cancelled' ELSE 'running' END, \
            finished_at = CASE wish WHEN 'cancel' THEN $3 ELSE NULL END, engine = $2, started_at = COALESCE(started_at, $3) \
         WHERE id = $1 RETURNING status",
    )
    .bind(run.as_str())
    .bind(engine.as_str())
    .bind(now)
    .fetch_one(&mut **transaction)
    .await?;
    let state = match row.try_get::<&str, _>(0)? {
        "paused" => JobState::Parked,
        "cancelled" => JobState::Cancelled,
        _ => return Ok(true),
    };
    jobs::end(transaction, lease, state, None, now).await?;
    sqlx::query("UPDATE run SET wish = 'run' WHERE id = $1")
        .bind(run.as_str())
        .execute(&mut **transaction)
        .await?;
    Ok(false)
}

/// What a job's failure means for its run or its model.
pub(crate) async fn failed(
    transaction: &mut Transaction,
    job: &Job,
    problem: &str,
    now: i64,
) -> Result<()> {
    if let Some(run) = &job.run {
        sqlx::query("UPDATE run SET status = 'failed', wish = 'run', problem = $2, finished_at = $3 WHERE id = $1")
            .bind(run.as_str())
            .bind(problem)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
    }
    if let (JobKind::AddModel, Some(model)) = (job.kind, &job.model) {
        sqlx::query("UPDATE model SET state = 'failed', problem = $2 WHERE id = $1")
            .bind(model.as_str())
            .bind(problem)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}
