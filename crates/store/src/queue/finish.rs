//! Ending a hold without an answer: skip, give back. And flags, which end nothing.

use super::{Hold, give_place, person_tally};
use crate::{Result, Store};
use sqlx::Row;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// It is done.
    Done,
    /// It was finished already, or another tab moved on.
    NotHeld,
}

impl Store {
    /// Skips a task, with a reason. The place goes to somebody else; the draft stays, so that undo brings
    /// everything back.
    pub async fn skip_task(
        &self,
        hold: Hold<'_>,
        round: i64,
        reason: &str,
        now: i64,
    ) -> Result<Finished> {
        let ended = self
            .end(
                hold,
                round,
                "UPDATE assignment SET state = 'skipped', finished_at = $5, reason = $6, leased_until = 0, note = NULL, \
                    opened_at = COALESCE(opened_at, $5) \
                 WHERE task = $1 AND account = $2 AND project = $3 AND round = $4 AND state IN ('leased', 'reserved', 'expired')",
                (now, reason),
                1,
            )
            .await?;
        Ok(if ended {
            Finished::Done
        } else {
            Finished::NotHeld
        })
    }

    /// Gives a task back without an answer: it may come again later, to her or to somebody else. The draft
    /// stays.
    pub async fn release_task(&self, hold: Hold<'_>, round: i64, now: i64) -> Result<Finished> {
        let ended = self
            .end(
                hold,
                round,
                // a lease that never was: next_task hands it to her again only in its turn
                "UPDATE assignment SET state = 'expired', leased_until = 0, opened_at = COALESCE(opened_at, $5), reason = NULLIF($6, '') \
                 WHERE task = $1 AND account = $2 AND project = $3 AND round = $4 AND state IN ('leased', 'reserved')",
                (now, ""),
                0,
            )
            .await?;
        Ok(if ended {
            Finished::Done
        } else {
            Finished::NotHeld
        })
    }

    async fn end(
        &self,
        hold: Hold<'_>,
        round: i64,
        sql: &'static str,
        (now, reason): (i64, &str),
        skipped: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let ended = sqlx::query(sqlx::AssertSqlSafe(format!("{sql} RETURNING holds")))
            .bind(hold.task.as_str())
            .bind(hold.account.as_str())
            .bind(hold.project.as_str())
            .bind(round)
            .bind(now)
            .bind(reason)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = ended else { return Ok(false) };
        if row.try_get::<i64, _>(0)? == 1 {
            sqlx::query("UPDATE assignment SET holds = 0 WHERE task = $1 AND account = $2")
                .bind(hold.task.as_str())
                .bind(hold.account.as_str())
                .execute(&mut *transaction)
                .await?;
            give_place(&mut transaction, hold).await?;
        }
        if skipped > 0 {
            person_tally(&mut transaction, hold, 0, skipped).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Flags a task as faulty, in words; it stays with her. Empty words take the flag back.
    pub async fn flag_task(&self, hold: Hold<'_>, words: &str) -> Result<Finished> {
        let done = sqlx::query(
            "UPDATE assignment SET flagged = NULLIF($4, '') \
             WHERE task = $1 AND account = $2 AND project = $3 AND state <> 'excluded'",
        )
        .bind(hold.task.as_str())
        .bind(hold.account.as_str())
        .bind(hold.project.as_str())
        .bind(words)
        .execute(&self.write)
        .await?;
        Ok(if done.rows_affected() == 1 {
            Finished::Done
        } else {
            Finished::NotHeld
        })
    }
}
