//! What judging jobs read and keep: prompts with what a judge has not judged yet, and every call that was made.

use crate::error::from_json;
use crate::evaluation::JudgeKey;
use crate::jobs::{self, LEASE_MS, Lease};
use crate::{Result, Store, new_id, storable};
use domain::ids::{JobId, ProjectId, PromptId, ResponseId};
use domain::prompt::Message;
use sqlx::{Row, any::AnyRow};
use std::collections::{BTreeSet, HashMap};

/// A response that a judge may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub id: ResponseId,
    /// Whose it is.
    pub source: String,
    /// What it says.
    pub text: String,
}

/// A prompt with its responses, the first of every source, and what this judge said of them already.
#[derive(Clone, Debug)]
pub struct ToJudge {
    /// The prompt.
    pub prompt: PromptId,
    /// Its number in the project.
    pub number: i64,
    /// What was asked.
    pub messages: Vec<Message>,
    /// In the order of their sources' names.
    pub responses: Vec<Shown>,
    /// Pairs that have a verdict, in either order.
    pub compared: BTreeSet<[ResponseId; 2]>,
    /// Responses that have a score.
    pub scored: BTreeSet<ResponseId>,
}

impl ToJudge {
    /// Whether these two have a verdict.
    pub fn has_compared(&self, one: &ResponseId, other: &ResponseId) -> bool {
        let pair = [one.clone(), other.clone()];
        let turned = [other.clone(), one.clone()];
        self.compared.contains(&pair) || self.compared.contains(&turned)
    }
}

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
    /// How many prompts have responses of at least so many sources.
    pub async fn prompts_with_sources(&self, project: &ProjectId, sources: i64) -> Result<i64> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM (SELECT prompt FROM response WHERE project = $1 GROUP BY prompt \
                HAVING COUNT(DISTINCT source) >= $2) found",
        )
        .bind(project.as_str())
        .bind(sources)
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// The project's sources that have responses: name, and to how many prompts, the most first.
    pub async fn answering_sources(&self, project: &ProjectId) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query(
            "SELECT s.name, COUNT(DISTINCT r.prompt) AS n FROM response r JOIN source s ON s.id = r.source \
             WHERE r.project = $1 GROUP BY s.name ORDER BY n DESC, s.name",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let rows = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        rows.collect()
    }

    /// The next prompts after this number, with responses, and what the judge said of them in this aspect.
    pub async fn to_judge(
        &self,
        project: &ProjectId,
        by: JudgeKey<'_>,
        aspect: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ToJudge>> {
        let rows = sqlx::query(
            "SELECT id, number, messages FROM prompt WHERE project = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(project.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let (mut found, mut places) = (Vec::new(), HashMap::new());
        for row in &rows {
            let id: String = row.try_get("id")?;
            places.insert(id.clone(), found.len());
            found.push(ToJudge {
                messages: from_json(row.try_get("messages")?, "prompt", "messages", &id)?,
                number: row.try_get("number")?,
                prompt: PromptId(id),
                responses: Vec::new(),
                compared: BTreeSet::new(),
                scored: BTreeSet::new(),
            });
        }
        let ids: Vec<String> = found.iter().map(|it| it.prompt.0.clone()).collect();
        let text = "SELECT r.prompt, r.id, r.text, s.name FROM response r JOIN source s ON s.id = r.source \
             WHERE r.project || '' = $1 AND r.prompt IN ({}) ORDER BY s.name, r.id";
        for row in self.by_ids(project, text, ids.clone()).await? {
            let Some(&place) = places.get(&row.try_get::<String, _>("prompt")?) else {
                continue;
            };
            let (it, source): (&mut ToJudge, String) = (&mut found[place], row.try_get("name")?);
            if it.responses.last().is_none_or(|last| last.source != source) {
                it.responses.push(Shown {
                    id: ResponseId(row.try_get("id")?),
                    source,
                    text: row.try_get("text")?,
                });
            }
        }
        let Some(judge) = self.judge_of(project, by).await? else {
            return Ok(found);
        };
        let text = "SELECT prompt, response_a, response_b, judge, aspect FROM verdict \
             WHERE project || '' = $1 AND current = 1 AND prompt IN ({})";
        for row in self.by_ids(project, text, ids.clone()).await? {
            if said_by(&row, &judge, aspect)?
                && let Some(&place) = places.get(&row.try_get::<String, _>("prompt")?)
            {
                let (a, b) = (row.try_get("response_a")?, row.try_get("response_b")?);
                found[place].compared.insert([ResponseId(a), ResponseId(b)]);
            }
        }
        let text = "SELECT prompt, response, judge, aspect FROM judgment \
             WHERE project || '' = $1 AND current = 1 AND prompt IN ({})";
        for row in self.by_ids(project, text, ids).await? {
            if said_by(&row, &judge, aspect)?
                && let Some(&place) = places.get(&row.try_get::<String, _>("prompt")?)
            {
                let response = ResponseId(row.try_get("response")?);
                found[place].scored.insert(response);
            }
        }
        Ok(found)
    }

    /// The identifier of the judge of this key, if it ever said something.
    async fn judge_of(&self, project: &ProjectId, by: JudgeKey<'_>) -> Result<Option<String>> {
        let row = sqlx::query(
            "SELECT id FROM judge WHERE project = $1 AND kind = $2 AND name = $3 AND version = $4 AND provenance = $5",
        )
        .bind(project.as_str())
        .bind(by.kind.name())
        .bind(by.name)
        .bind(by.version)
        .bind(by.provenance.name())
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|row| row.try_get("id")).transpose()?)
    }

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

fn said_by(row: &AnyRow, judge: &str, aspect: &str) -> Result<bool> {
    let (by, of): (String, String) = (row.try_get("judge")?, row.try_get("aspect")?);
    Ok(by == judge && of == aspect)
}
