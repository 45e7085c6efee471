//! What models wrote about other models' weaknesses, each with the text that it was sent.

use crate::reports::standings::Of;
use crate::{Result, Store, new_id, storable};
use domain::ids::UserId;
use sqlx::Row;

/// One such text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narration {
    /// The model that was asked, as people call it.
    pub writer: String,
    /// The whole text that it was sent.
    pub asked: String,
    /// What it wrote.
    pub reply: Option<String>,
    /// Why there is no reply, in words.
    pub problem: Option<String>,
    /// When it was asked, in milliseconds.
    pub created_at: i64,
}

impl Store {
    /// Keeps that a model is being asked; by what name [`Store::narrated`] is to know it.
    pub async fn begin_narration(
        &self,
        of: Of<'_>,
        entrant: i64,
        (writer, asked): (&str, &str),
        account: &UserId,
        now: i64,
    ) -> Result<String> {
        let id = new_id();
        sqlx::query(
            "INSERT INTO narration (id, project, judge, aspect, entrant, writer, asked, account, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&id)
        .bind(of.project.as_str())
        .bind(of.judge)
        .bind(of.aspect)
        .bind(entrant)
        .bind(writer)
        .bind(storable(asked))
        .bind(account.as_str())
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(id)
    }

    /// Keeps what it wrote, or why it did not.
    pub async fn narrated(
        &self,
        id: &str,
        wrote: std::result::Result<&str, &str>,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE narration SET reply = $2, problem = $3, finished_at = $4 WHERE id = $1 AND finished_at IS NULL",
        )
        .bind(id)
        .bind(wrote.ok().map(storable))
        .bind(wrote.err().map(storable))
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// What was written about an entrant by this judge's verdicts, the newest first.
    pub async fn narrations(&self, of: Of<'_>, entrant: i64, limit: i64) -> Result<Vec<Narration>> {
        let rows = sqlx::query(
            "SELECT writer, asked, reply, problem, created_at FROM narration \
             WHERE project = $1 AND judge = $2 AND aspect = $3 AND entrant = $4 ORDER BY created_at DESC, id DESC LIMIT $5",
        )
        .bind(of.project.as_str())
        .bind(of.judge)
        .bind(of.aspect)
        .bind(entrant)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Narration {
                    writer: row.try_get("writer")?,
                    asked: row.try_get("asked")?,
                    reply: row.try_get("reply")?,
                    problem: row.try_get("problem")?,
                    created_at: row.try_get("created_at")?,
                })
            })
            .collect()
    }
}
