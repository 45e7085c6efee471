//! Drafts: whatever is typed, as typed. **A save names the version it stands on**, so that no tab ever
//! overwrites what another one wrote.

use crate::error::{from_json, to_json};
use crate::{Result, Store};
use domain::Fields;
use domain::ids::{TaskId, UserId};
use sqlx::{Row, any::AnyRow};

/// What a person has typed for a task so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Counts saves.
    pub version: i64,
    /// The form.
    pub fields: Fields,
    /// Active seconds so far.
    pub seconds: f64,
}

/// What became of a save.
#[derive(Clone, Debug, PartialEq)]
pub enum SavedDraft {
    /// It is kept, as this version.
    Saved(i64),
    /// Another tab saved meanwhile, or the round is over; nothing was overwritten. Holds what is kept.
    Conflict(Option<Draft>),
    /// This person does not hold the task.
    NotHeld,
}

/// What to save.
#[derive(Clone, Copy, Debug)]
pub struct DraftSave<'a> {
    /// The task.
    pub task: &'a TaskId,
    /// Whose draft.
    pub account: &'a UserId,
    /// The round of the form.
    pub round: i64,
    /// The version it stands on; 0 for none.
    pub base_version: i64,
    /// The form as typed.
    pub fields: &'a Fields,
    /// Active seconds so far.
    pub seconds: f64,
}

pub(crate) fn draft(row: &AnyRow, task: &str) -> Result<Draft> {
    Ok(Draft {
        version: row.try_get("version")?,
        fields: from_json(row.try_get("fields")?, "draft", "fields", task)?,
        seconds: row.try_get("draft_seconds")?,
    })
}

impl Store {
    /// The draft, if there is one.
    pub async fn draft(&self, task: &TaskId, account: &UserId) -> Result<Option<Draft>> {
        let row = sqlx::query(
            "SELECT version, fields, seconds AS draft_seconds FROM draft WHERE task = $1 AND account = $2",
        )
        .bind(task.as_str())
        .bind(account.as_str())
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| draft(&row, task.as_str())).transpose()
    }

    /// Saves a draft and renews the lease by `lease_ms`. A lease that ran out stays so, and what was
    /// skipped stays skipped: the draft is kept all the same.
    pub async fn save_draft(
        &self,
        save: DraftSave<'_>,
        lease_ms: i64,
        now: i64,
    ) -> Result<SavedDraft> {
        let mut transaction = self.begin().await?;
        // the assignment's row comes first: a submit in another tab waits for us, or we for it
        let held = sqlx::query(
            "UPDATE assignment SET leased_until = CASE WHEN state IN ('leased', 'reserved') THEN $4 ELSE leased_until END \
             WHERE task = $1 AND account = $2 AND round = $3 AND state IN ('leased', 'reserved', 'expired', 'skipped')",
        )
        .bind(save.task.as_str())
        .bind(save.account.as_str())
        .bind(save.round)
        .bind(now + lease_ms)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if held == 0 {
            drop(transaction);
            return self.not_saved(save).await;
        }
        let saved = sqlx::query(
            "INSERT INTO draft (task, account, version, fields, seconds, updated_at) \
             VALUES ($1, $2, $3 + 1, $4, $5, $6) \
             ON CONFLICT (task, account) DO UPDATE SET version = draft.version + 1, fields = excluded.fields, \
                seconds = excluded.seconds, updated_at = excluded.updated_at WHERE draft.version = $3 \
             RETURNING version",
        )
        .bind(save.task.as_str())
        .bind(save.account.as_str())
        .bind(save.base_version)
        .bind(to_json(save.fields))
        .bind(save.seconds)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        match saved {
            Some(row) => {
                let version = row.try_get(0)?;
                transaction.commit().await?;
                Ok(SavedDraft::Saved(version))
            }
            None => {
                drop(transaction);
                self.not_saved(save).await
            }
        }
    }

    /// Tells somebody else's task from a version that is no longer the latest. A save whose text is the
    /// one kept already was saved: its answer got lost on the way.
    async fn not_saved(&self, save: DraftSave<'_>) -> Result<SavedDraft> {
        let mine = sqlx::query(
            "SELECT 1 FROM assignment WHERE task = $1 AND account = $2 AND state <> 'excluded'",
        )
        .bind(save.task.as_str())
        .bind(save.account.as_str())
        .fetch_optional(&self.read)
        .await?;
        if mine.is_none() {
            return Ok(SavedDraft::NotHeld);
        }
        Ok(match self.draft(save.task, save.account).await? {
            Some(kept) if kept.fields == *save.fields => SavedDraft::Saved(kept.version),
            kept => SavedDraft::Conflict(kept),
        })
    }
}
