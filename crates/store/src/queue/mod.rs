//! The queue: who works on what. **The database hands out every place of a task exactly once**: a claim
//! takes one by a guarded update, an expired lease gives it back, an answer keeps it.
//!
//! A task's `open` places are those wanted less those that assignments hold (`holds = 1`), and none once
//! it is closed. An answer that comes after its place was given away is kept all the same, beyond the
//! overlap: work is never refused. **Every transaction locks assignment, then task, then tally**, so that
//! none waits for another in a circle.

mod claim;
mod finish;
mod item;
mod progress;
mod reopen;
mod submit;

pub use finish::Finished;
pub use item::{Assignment, Item, ItemResponse, Subject};
pub use progress::{Entry, Left, Progress};
pub use reopen::{Reopened, UNDO};
pub(crate) use submit::answer_directly;
pub use submit::{Submission, Submitted};

use crate::{Error, Result, Transaction};
use domain::ids::{ProjectId, TaskId, UserId};
use sqlx::Row;

/// How long a preloaded item waits before it goes back.
pub const RESERVE_MS: i64 = 10 * 60_000;
/// How long returned work waits for its author before others may take it.
pub const RETURNED_MS: i64 = 14 * 24 * 3_600_000;
/// Expired leases are looked for at most this often.
pub const SWEEP_MS: i64 = 3_000;

/// A person's hold on one task.
#[derive(Clone, Copy, Debug)]
pub struct Hold<'a> {
    /// The project.
    pub project: &'a ProjectId,
    /// Who.
    pub account: &'a UserId,
    /// The task.
    pub task: &'a TaskId,
}

/// Takes one open place of a task; false when there is none.
async fn take_place(transaction: &mut Transaction, hold: Hold<'_>) -> Result<bool> {
    let row =
        sqlx::query("UPDATE task SET open = open - 1 WHERE id = $1 AND open > 0 RETURNING open")
            .bind(hold.task.as_str())
            .fetch_optional(&mut **transaction)
            .await?;
    let Some(row) = row else { return Ok(false) };
    if row.try_get::<i64, _>(0)? == 0 {
        open_tasks(transaction, hold.project, -1).await?;
    }
    Ok(true)
}

/// Gives a place back, unless the task was closed.
async fn give_place(transaction: &mut Transaction, hold: Hold<'_>) -> Result<()> {
    let row = sqlx::query(
        "UPDATE task SET open = open + 1 WHERE id = $1 AND closed_at IS NULL RETURNING open",
    )
    .bind(hold.task.as_str())
    .fetch_optional(&mut **transaction)
    .await?;
    if let Some(row) = row
        && row.try_get::<i64, _>(0)? == 1
    {
        open_tasks(transaction, hold.project, 1).await?;
    }
    Ok(())
}

async fn open_tasks(transaction: &mut Transaction, project: &ProjectId, change: i64) -> Result<()> {
    sqlx::query("UPDATE project_tally SET open_tasks = open_tasks + $2 WHERE project = $1")
        .bind(project.as_str())
        .bind(change)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Adds to what a person has done and skipped.
async fn person_tally(
    transaction: &mut Transaction,
    hold: Hold<'_>,
    done: i64,
    skipped: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO person_tally (project, account, done, skipped) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (project, account) DO UPDATE SET done = person_tally.done + $3, skipped = person_tally.skipped + $4",
    )
    .bind(hold.project.as_str())
    .bind(hold.account.as_str())
    .bind(done)
    .bind(skipped)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Whether PostgreSQL broke a circle of waiting, or SQLite was busy: worth another try.
fn is_race(error: &Error) -> bool {
    match error {
        Error::Database(sqlx::Error::Database(cause)) => {
            matches!(
                cause.code().as_deref(),
                Some("40P01" | "40001" | "5" | "517")
            ) || cause.is_unique_violation()
        }
        _ => false,
    }
}

/// A random seed that JSON numbers hold exactly.
fn random_seed() -> i64 {
    let bytes = uuid::Uuid::now_v7().into_bytes();
    i64::from(u32::from_be_bytes([
        bytes[12], bytes[13], bytes[14], bytes[15],
    ]))
}
