//! Work for engines. **A job has one owner at a time, and only the owner can write for it**: a claim is a
//! guarded update that raises the job's fence, and every write of an engine names the fence it was given.
//! An engine that lost its lease, because it was killed, asleep or cut off, therefore changes nothing more.
//!
//! Every transaction locks job, then run, then the rest.

use crate::error::from_json;
use crate::{Error, Result, Store, Transaction, new_id};
use domain::ids::{EngineId, JobId, ModelId, ProjectId, RunId, UserId};
use domain::run::{JobKind, JobState};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

/// How long a claim holds without being renewed.
pub const LEASE_MS: i64 = 30_000;
/// So many claims without any progress, and the job has failed: it would kill engines for ever.
pub const MAX_ATTEMPTS: i64 = 5;
/// How often a lost race for a job is tried again.
const TRIES: usize = 10;

/// A job as pages list it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// For which project; none: for all.
    pub project: Option<ProjectId>,
    /// The run it works on.
    pub run: Option<RunId>,
    /// The model it works with.
    pub model: Option<ModelId>,
    /// What its kind needs to know, JSON.
    pub payload: serde_json::Value,
    /// Where it stands.
    pub state: JobState,
    /// Progress, in units of its kind.
    pub done: i64,
    /// The end of the progress; 0 when it is not known.
    pub total: i64,
    /// Why it failed.
    pub problem: Option<String>,
    /// When it was asked for.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// The right to work on a job, and to write for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The number of this claim.
    pub fence: i64,
}

/// A job and the right to do it.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What to do.
    pub job: Job,
    /// With which right.
    pub lease: Lease,
    /// Which claim since its last progress this is, from 1.
    pub attempt: i64,
}

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// What.
    pub kind: JobKind,
    /// For which project.
    pub project: Option<&'a ProjectId>,
    /// For which run.
    pub run: Option<&'a RunId>,
    /// With which model.
    pub model: Option<&'a ModelId>,
    /// What its kind needs to know.
    pub payload: serde_json::Value,
    /// Who asked for it.
    pub account: Option<&'a UserId>,
}

const COLUMNS: &str = "id, kind, project, run, model, payload, state, done, total, problem, created_at, finished_at, fence, attempts";
/// A job that a server does itself: outside endpoints answer, judges are asked, and models about the tree.
const OUTSIDE: &str = "(kind IN ('score', 'taxonomy') OR (kind = 'generate' AND model IS NULL))";
const FREE: &str = "(state = 'queued' OR (state = 'leased' AND lease_until < $1))";

fn job(row: &AnyRow) -> Result<Job> {
    let id: String = row.try_get("id")?;
    let corrupt = |column: &'static str, problem: String| Error::Corrupt {
        table: "job",
        column,
        id: id.clone(),
        problem,
    };
    let (kind, state): (String, String) = (row.try_get("kind")?, row.try_get("state")?);
    Ok(Job {
        kind: JobKind::parse(&kind).ok_or_else(|| corrupt("kind", kind))?,
        state: JobState::parse(&state).ok_or_else(|| corrupt("state", state))?,
        project: row.try_get::<Option<String>, _>("project")?.map(ProjectId),
        run: row.try_get::<Option<String>, _>("run")?.map(RunId),
        model: row.try_get::<Option<String>, _>("model")?.map(ModelId),
        payload: from_json(row.try_get("payload")?, "job", "payload", &id)?,
        done: row.try_get("done")?,
        total: row.try_get("total")?,
        problem: row.try_get("problem")?,
        created_at: row.try_get("created_at")?,
        finished_at: row.try_get("finished_at")?,
        id: JobId(id),
    })
}

/// Puts a job into the queue.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    new: &NewJob<'_>,
    now: i64,
) -> Result<JobId> {
    let id = new_id();
    sqlx::query(
        "INSERT INTO job (id, kind, project, run, model, payload, state, account, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8)",
    )
    .bind(&id)
    .bind(new.kind.name())
    .bind(new.project.map(ProjectId::as_str))
    .bind(new.run.map(RunId::as_str))
    .bind(new.model.map(ModelId::as_str))
    .bind(new.payload.to_string())
    .bind(new.account.map(UserId::as_str))
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(JobId(id))
}

/// Locks the job for its owner; false when the lease is somebody else's by now.
pub(crate) async fn hold(transaction: &mut Transaction, lease: &Lease) -> Result<bool> {
    let held = sqlx::query(
        "UPDATE job SET attempts = attempts WHERE id = $1 AND fence = $2 AND state = 'leased'",
    )
    .bind(lease.job.as_str())
    .bind(lease.fence)
    .execute(&mut **transaction)
    .await?;
    Ok(held.rows_affected() == 1)
}

/// Ends the lease; false when it is somebody else's by now.
pub(crate) async fn end(
    transaction: &mut Transaction,
    lease: &Lease,
    state: JobState,
    problem: Option<&str>,
    now: i64,
) -> Result<bool> {
    let ended = sqlx::query(
        "UPDATE job SET state = $3, problem = $4, lease_owner = NULL, lease_until = 0, \
            finished_at = CASE WHEN $3 IN ('done', 'failed', 'cancelled') THEN $5 ELSE NULL END \
         WHERE id = $1 AND fence = $2 AND state = 'leased'",
    )
    .bind(lease.job.as_str())
    .bind(lease.fence)
    .bind(state.name())
    .bind(problem)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(ended.rows_affected() == 1)
}

impl Store {
    /// Asks for a job that belongs to no run, e.g. answering prompts.
    pub async fn add_job(&self, new: &NewJob<'_>, now: i64) -> Result<JobId> {
        let mut transaction = self.begin().await?;
        let id = insert(&mut transaction, new, now).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The next job of these kinds that nobody works on, now leased to `engine`.
    pub async fn claim_job(
        &self,
        engine: &EngineId,
        kinds: &[JobKind],
        now: i64,
    ) -> Result<Option<Claimed>> {
        // the names are ours: nothing from outside is spliced in
        let kinds: Vec<String> = kinds.iter().map(|k| format!("'{}'", k.name())).collect();
        let which = format!("kind IN ({}) AND NOT ({OUTSIDE})", kinds.join(", "));
        self.claim_of(engine, &which, now).await
    }

    /// The next job that a server does itself, now leased to `server`.
    pub async fn claim_outside_job(&self, server: &EngineId, now: i64) -> Result<Option<Claimed>> {
        self.claim_of(server, OUTSIDE, now).await
    }

    async fn claim_of(&self, engine: &EngineId, which: &str, now: i64) -> Result<Option<Claimed>> {
        let next = format!(
            "SELECT id FROM job WHERE {FREE} AND {which} ORDER BY priority DESC, created_at, id LIMIT 1"
        );
        for _ in 0..TRIES {
            // looking costs no write, so that idle engines leave the one writer of SQLite alone
            let found = sqlx::query(AssertSqlSafe(next.as_str()))
                .bind(now)
                .fetch_optional(&self.read)
                .await?;
            let Some(found) = found else { return Ok(None) };
            let id: String = found.try_get(0)?;
            if let Some(claimed) = self.claim_this(engine, &id, now).await? {
                return Ok(Some(claimed));
            }
        }
        Ok(None)
    }

    async fn claim_this(&self, engine: &EngineId, id: &str, now: i64) -> Result<Option<Claimed>> {
        let mut transaction = self.begin().await?;
        let sql = format!(
            "UPDATE job SET state = 'leased', lease_owner = $2, lease_until = $3, fence = fence + 1, attempts = attempts + 1 \
             WHERE id = $4 AND {FREE} RETURNING {COLUMNS}"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(now)
            .bind(engine.as_str())
            .bind(now + LEASE_MS)
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let claimed = Claimed {
            lease: Lease {
                job: JobId(row.try_get("id")?),
                fence: row.try_get("fence")?,
            },
            attempt: row.try_get("attempts")?,
            job: job(&row)?,
        };
        if claimed.attempt > MAX_ATTEMPTS {
            let problem = "the engine stopped without a word five times at this point, most likely for want of memory: \
                 lower the batch size or the length, train LoRA matrices only, or take a smaller model";
            end(
                &mut transaction,
                &claimed.lease,
                JobState::Failed,
                Some(problem),
                now,
            )
            .await?;
            crate::runs::failed(&mut transaction, &claimed.job, problem, now).await?;
            transaction.commit().await?;
            return Ok(None);
        }
        let goes_on =
            crate::runs::taken_up(&mut transaction, engine, &claimed.job, &claimed.lease, now)
                .await?;
        transaction.commit().await?;
        Ok(goes_on.then_some(claimed))
    }

    /// Keeps a lease for another [`LEASE_MS`]; false when it is lost.
    pub async fn renew_job(&self, lease: &Lease, now: i64) -> Result<bool> {
        let renewed = sqlx::query(
            "UPDATE job SET lease_until = $3 WHERE id = $1 AND fence = $2 AND state = 'leased'",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .bind(now + LEASE_MS)
        .execute(&self.write)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Notes how far a job is, which also counts as being alive; false when the lease is lost.
    pub async fn job_progress(
        &self,
        lease: &Lease,
        done: i64,
        total: i64,
        now: i64,
    ) -> Result<bool> {
        let written = sqlx::query(
            "UPDATE job SET done = $3, total = $4, attempts = 1, lease_until = $5 WHERE id = $1 AND fence = $2 AND state = 'leased'",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .bind(done)
        .bind(total)
        .bind(now + LEASE_MS)
        .execute(&self.write)
        .await?;
        Ok(written.rows_affected() == 1)
    }

    /// Gives a job back, to be taken up by any engine: this one is being stopped.
    pub async fn release_job(&self, lease: &Lease) -> Result<()> {
        sqlx::query(
            "UPDATE job SET state = 'queued', lease_owner = NULL, lease_until = 0, attempts = attempts - 1 \
             WHERE id = $1 AND fence = $2 AND state = 'leased'",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Ends a job that belongs to no run; false when the lease is lost.
    pub async fn finish_job(
        &self,
        lease: &Lease,
        outcome: Result<(), &str>,
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let (state, problem) = match outcome {
            Ok(()) => (JobState::Done, None),
            Err(problem) => (JobState::Failed, Some(problem)),
        };
        let ended = end(&mut transaction, lease, state, problem, now).await?;
        transaction.commit().await?;
        Ok(ended)
    }

    /// Takes a job back that belongs to no run; false when it is over already. An engine that works on it
    /// finds out with its next write.
    pub async fn cancel_job(&self, project: &ProjectId, id: &JobId, now: i64) -> Result<bool> {
        let cancelled = sqlx::query(
            "UPDATE job SET state = 'cancelled', fence = fence + 1, finished_at = $3 \
             WHERE id = $1 AND project = $2 AND run IS NULL AND state IN ('queued', 'leased')",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(cancelled.rows_affected() == 1)
    }

    /// The newest hundred jobs of a project that belong to no run.
    pub async fn jobs(&self, project: &ProjectId) -> Result<Vec<Job>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM job WHERE project = $1 AND run IS NULL ORDER BY created_at DESC, id DESC LIMIT 100"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(job).collect()
    }

    /// A job by identifier, whosever it is: for commands.
    pub async fn any_job(&self, id: &JobId) -> Result<Option<Job>> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(job).transpose()
    }

    /// One job of a project.
    pub async fn job(&self, project: &ProjectId, id: &JobId) -> Result<Option<Job>> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE id = $1 AND project = $2");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.as_str())
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(job).transpose()
    }
}
