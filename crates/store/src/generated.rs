//! What an engine's models say to a project's prompts: responses of a source that bears the model's name.

use crate::error::{from_json, to_json};
use crate::jobs::{LEASE_MS, Lease};
use crate::{Result, Store, new_id, sha256, storable};
use domain::ids::{ProjectId, PromptId};
use domain::prompt::Message;
use domain::run::Which;
use serde_json::Value;
use sqlx::{Row, any::AnyRow};

/// One response that a model gave.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The prompt.
    pub prompt: PromptId,
    /// The response.
    pub text: String,
    /// How it was sampled.
    pub metadata: Value,
}

fn prompt(row: &AnyRow) -> Result<(PromptId, Vec<Message>)> {
    let id: String = row.try_get("id")?;
    let messages = from_json(row.try_get("messages")?, "prompt", "messages", &id)?;
    Ok((PromptId(id), messages))
}

impl Store {
    /// The prompts of a project that a source of this name is to answer.
    pub async fn prompts_to_answer(
        &self,
        project: &ProjectId,
        source: &str,
        which: &Which,
    ) -> Result<Vec<(PromptId, Vec<Message>)>> {
        let rows = match which {
            Which::Unanswered(most) => {
                sqlx::query(
                    "SELECT p.id, p.messages FROM prompt p WHERE p.project = $1 AND NOT EXISTS \
                        (SELECT 1 FROM response r JOIN source s ON s.id = r.source WHERE r.prompt = p.id AND s.name = $2) \
                     ORDER BY p.number, p.id LIMIT $3",
                )
                .bind(project.as_str())
                .bind(source)
                .bind(i64::try_from(*most).unwrap_or(i64::MAX))
                .fetch_all(&self.read)
                .await?
            }
            Which::These(ids) => {
                let text = "SELECT id, messages FROM prompt WHERE project || '' = $1 AND id IN ({})";
                let ids = ids.iter().map(|id| id.0.clone()).collect();
                self.by_ids(project, text, ids).await?
            }
        };
        rows.iter().map(prompt).collect()
    }

    /// Writes responses of a source of this name, which is made if need be, and how far the job is. The same
    /// text to the same prompt counts once. `None` when the lease is lost: nothing is written; else how many
    /// are new.
    pub async fn add_generated(
        &self,
        lease: &Lease,
        project: &ProjectId,
        source: &str,
        responses: &[Generated],
        (done, total): (i64, i64),
        now: i64,
    ) -> Result<Option<u64>> {
        let mut transaction = self.begin().await?;
        let held = sqlx::query(
            "UPDATE job SET done = $3, total = $4, attempts = 1, lease_until = $5 WHERE id = $1 AND fence = $2 AND state = 'leased'",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .bind(done)
        .bind(total)
        .bind(now + LEASE_MS)
        .execute(&mut *transaction)
        .await?;
        if held.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query(
            "INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, $3, 'model', $4) ON CONFLICT (project, name) DO NOTHING",
        )
        .bind(new_id())
        .bind(project.as_str())
        .bind(source)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let mut new = 0;
        for response in responses {
            let text = storable(&response.text);
            // the prompt is looked up with its project: another project's cannot be answered here
            new += sqlx::query(
                "INSERT INTO response (id, project, prompt, source, hash, text, metadata, created_at) \
                 SELECT $1, p.project, p.id, s.id, $5, $6, $7, $8 FROM prompt p JOIN source s ON s.project = p.project AND s.name = $4 \
                 WHERE p.id = $3 AND p.project = $2 ON CONFLICT (prompt, source, hash) DO NOTHING",
            )
            .bind(new_id())
            .bind(project.as_str())
            .bind(response.prompt.as_str())
            .bind(source)
            .bind(sha256(&text))
            .bind(&text)
            .bind(to_json(&response.metadata))
            .bind(now)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        }
        transaction.commit().await?;
        Ok(Some(new))
    }
}
