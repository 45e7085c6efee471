//! Calls to models: every one that a job of the server made, with what was asked and what came back.

use crate::jobs::{self, LEASE_MS, Lease};
use crate::{Result, Store, new_id, storable};
use domain::ids::{JobId, ProjectId, PromptId};
use sqlx::{Row, any::AnyRow};

/// A call that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The prompt it was about, if it was about one.
    pub prompt: Option<PromptId>,
    /// Which of the procedure's calls, in words.
    pub about: String,
    /// [`crate::sha256`] of who was asked, how it was sampled, and the text.
    pub digest: String,
    /// The text.
    pub asked: String,
    /// What came back, as it came.
    pub reply: String,
    /// Tokens read and written, as the judge's server counts.
    pub tokens: [i64; 2],
    /// Why the reply cannot be read, if so.
    pub problem: Option<String>,
}

/// What a job's calls come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Calls.
    pub calls: i64,
    /// Of these, with a reply that cannot be read.
    pub unread: i64,
    /// Tokens read and written.
    pub tokens: [i64; 2],
}

fn call(row: &AnyRow) -> Result<Call> {
    Ok(Call {
        prompt: row.try_get::<Option<String>, _>("prompt")?.map(PromptId),
        about: row.try_get("about")?,
        digest: row.try_get("digest")?,
        asked: row.try_get("asked")?,
        reply: row.try_get("reply")?,
        tokens: [row.try_get("tokens_in")?, row.try_get("tokens_out")?],
        problem: row.try_get("problem")?,
    })
}

impl Store {
    /// A call with this digest whose reply could be read.
    pub async fn call_made(&self, project: &ProjectId, digest: &str) -> Result<Option<Call>> {
        let row = sqlx::query(
            "SELECT prompt, about, digest, asked, reply, tokens_in, tokens_out, problem FROM model_call \
             WHERE project = $1 AND digest = $2 AND problem IS NULL LIMIT 1",
        )
        .bind(project.as_str())
        .bind(digest)
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(call).transpose()
    }

    /// Keeps a call as it is made, and the lease; false when the lease is lost: nothing is written.
    pub async fn keep_call(
        &self,
        lease: &Lease,
        project: &ProjectId,
        call: &Call,
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE job SET lease_until = $2 WHERE id = $1")
            .bind(lease.job.as_str())
            .bind(now + LEASE_MS)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO model_call (id, project, job, prompt, about, digest, asked, reply, tokens_in, tokens_out, problem, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(new_id())
        .bind(project.as_str())
        .bind(lease.job.as_str())
        .bind(call.prompt.as_ref().map(PromptId::as_str))
        .bind(storable(&call.about))
        .bind(&call.digest)
        .bind(storable(&call.asked))
        .bind(storable(&call.reply))
        .bind(call.tokens[0])
        .bind(call.tokens[1])
        .bind(call.problem.as_deref().map(storable))
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// What a job's calls come to.
    pub async fn calls_made(&self, project: &ProjectId, job: &JobId) -> Result<Made> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS calls, COUNT(problem) AS unread, CAST(COALESCE(SUM(tokens_in), 0) AS BIGINT) AS tokens_in, \
                CAST(COALESCE(SUM(tokens_out), 0) AS BIGINT) AS tokens_out FROM model_call WHERE project = $1 AND job = $2",
        )
        .bind(project.as_str())
        .bind(job.as_str())
        .fetch_one(&self.read)
        .await?;
        Ok(Made {
            calls: row.try_get("calls")?,
            unread: row.try_get("unread")?,
            tokens: [row.try_get("tokens_in")?, row.try_get("tokens_out")?],
        })
    }

    /// A job's calls, the newest first, each with its prompt's number if it has one; only those that cannot be read where `unread`.
    pub async fn calls(
        &self,
        project: &ProjectId,
        job: &JobId,
        unread: bool,
        (skip, limit): (i64, i64),
    ) -> Result<Vec<(Option<i64>, Call)>> {
        let rows = sqlx::query(
            "SELECT p.number, c.prompt, c.about, c.digest, c.asked, c.reply, c.tokens_in, c.tokens_out, c.problem \
             FROM model_call c LEFT JOIN prompt p ON p.id = c.prompt \
             WHERE c.project = $1 AND c.job = $2 AND ($3 = 0 OR c.problem IS NOT NULL) ORDER BY c.id DESC LIMIT $4 OFFSET $5",
        )
        .bind(project.as_str())
        .bind(job.as_str())
        .bind(i64::from(unread))
        .bind(limit)
        .bind(skip)
        .fetch_all(&self.read)
        .await?;
        let rows = rows
            .iter()
            .map(|row| Ok((row.try_get("number")?, call(row)?)));
        rows.collect()
    }
}
