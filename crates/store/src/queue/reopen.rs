//! Back to an answer: undo by its author, return by a reviewer. **The withdrawn answer keeps its words**:
//! it is no longer current, its fields become the draft, and the next submit supersedes it.

use super::{Hold, RETURNED_MS, person_tally, take_place};
use crate::error::{from_json, to_json};
use crate::{Result, Store, Transaction};
use domain::annotation::{Context, Shown};
use domain::ids::{ProjectId, TaskId, UserId};
use domain::project::Settings;
use domain::{Annotation, Fields};
use sqlx::Row;

/// How many of a person's finished items can be undone.
pub const UNDO: i64 = 10;

/// What became of an undo or a return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reopened {
    /// The task is open before its author again, filled in.
    Reopened(TaskId),
    /// There is nothing finished that could be reopened.
    Nothing,
    /// A reviewer has decided on it meanwhile.
    Reviewed,
}

impl Store {
    /// Reopens one of a person's last ten finished tasks: `task`, or the latest.
    pub async fn undo(
        &self,
        project: &ProjectId,
        account: &UserId,
        task: Option<&TaskId>,
        settings: &Settings,
        now: i64,
    ) -> Result<Reopened> {
        let last = self.history(project, account, UNDO).await?;
        let entry = match task {
            Some(task) => last.into_iter().find(|entry| entry.task == *task),
            None => last.into_iter().next(),
        };
        let Some(entry) = entry else {
            return Ok(Reopened::Nothing);
        };
        let hold = Hold {
            project,
            account,
            task: &entry.task,
        };
        let lease = i64::from(settings.lease_minutes) * 60_000;
        self.reopen(hold, settings, None, now + lease, now).await
    }

    /// Gives an answer back to its author with a reviewer's note. She gets it before anything else.
    pub async fn return_work(
        &self,
        hold: Hold<'_>,
        settings: &Settings,
        note: &str,
        now: i64,
    ) -> Result<Reopened> {
        self.reopen(hold, settings, Some(note), now + RETURNED_MS, now)
            .await
    }

    async fn reopen(
        &self,
        hold: Hold<'_>,
        settings: &Settings,
        note: Option<&str>,
        until: i64,
        now: i64,
    ) -> Result<Reopened> {
        let Some(item) = self.item(hold).await? else {
            return Ok(Reopened::Nothing);
        };
        let mut transaction = self.begin().await?;
        for was in ["done", "skipped"] {
            let row = sqlx::query(
                "UPDATE assignment SET state = 'leased', round = round + 1, leased_until = $5, finished_at = NULL, reason = NULL, note = $6 \
                 WHERE task = $1 AND account = $2 AND project = $3 AND state = $4 RETURNING round",
            )
            .bind(hold.task.as_str())
            .bind(hold.account.as_str())
            .bind(hold.project.as_str())
            .bind(was)
            .bind(until)
            .bind(note)
            .fetch_optional(&mut *transaction)
            .await?;
            if row.is_none() {
                continue;
            }
            if was == "done" {
                // a decision stands on the answer; only whoever decides may give it back
                if note.is_none() && reviewed(&mut transaction, hold).await? {
                    return Ok(Reopened::Reviewed);
                }
                let shown: Vec<Shown> = item.responses.iter().map(|it| it.shown.clone()).collect();
                let context = Context {
                    responses: &shown,
                    settings,
                    criteria: &item.criteria,
                };
                withdraw(&mut transaction, hold, context, now).await?;
                person_tally(&mut transaction, hold, -1, 0).await?;
            } else {
                let placed = take_place(&mut transaction, hold).await?;
                sqlx::query("UPDATE assignment SET holds = $3 WHERE task = $1 AND account = $2")
                    .bind(hold.task.as_str())
                    .bind(hold.account.as_str())
                    .bind(i64::from(placed))
                    .execute(&mut *transaction)
                    .await?;
                person_tally(&mut transaction, hold, 0, -1).await?;
            }
            transaction.commit().await?;
            return Ok(Reopened::Reopened(hold.task.clone()));
        }
        Ok(Reopened::Nothing)
    }
}

/// Whether a reviewer has decided on an answer of this person to this task that is still current.
async fn reviewed(transaction: &mut Transaction, hold: Hold<'_>) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM review r JOIN annotation n ON n.id = r.annotation \
         WHERE r.task = $1 AND r.decision IN ('accept', 'override') AND n.account = $2 AND n.current = 1 LIMIT 1",
    )
    .bind(hold.task.as_str())
    .bind(hold.account.as_str())
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.is_some())
}

/// Makes an answer no longer current and its fields the draft; closes the tasks that ask about it.
async fn withdraw(
    transaction: &mut Transaction,
    hold: Hold<'_>,
    context: Context<'_>,
    now: i64,
) -> Result<()> {
    let rows = sqlx::query(
        "UPDATE annotation SET current = 0 WHERE task = $1 AND account = $2 AND current = 1 RETURNING id, payload, seconds",
    )
    .bind(hold.task.as_str())
    .bind(hold.account.as_str())
    .fetch_all(&mut **transaction)
    .await?;
    let (mut fields, mut seconds) = (Fields::default(), 0.0);
    for row in &rows {
        let id: &str = row.try_get("id")?;
        let said: Annotation = from_json(row.try_get("payload")?, "annotation", "payload", id)?;
        fields.0.extend(said.to_fields(context).0);
        seconds = row.try_get::<Option<f64>, _>("seconds")?.unwrap_or(0.0);
    }
    let task = sqlx::query(
        "UPDATE task SET answered = answered - 1 WHERE id = $1 RETURNING answered, wanted",
    )
    .bind(hold.task.as_str())
    .fetch_one(&mut **transaction)
    .await?;
    let mut closed = 0;
    for row in &rows {
        let id: &str = row.try_get("id")?;
        let open = sqlx::query(
            "UPDATE task SET open = 0, closed_at = $2 WHERE subject = $1 AND closed_at IS NULL AND open > 0",
        )
        .bind(id)
        .bind(now)
        .execute(&mut **transaction)
        .await?;
        closed += i64::try_from(open.rows_affected()).unwrap_or(0);
        sqlx::query("UPDATE task SET closed_at = $2 WHERE subject = $1 AND closed_at IS NULL")
            .bind(id)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
    }
    let unfinished = task.try_get::<i64, _>("answered")? + 1 == task.try_get::<i64, _>("wanted")?;
    sqlx::query(
        "UPDATE project_tally SET finished = finished - $2, open_tasks = open_tasks - $3 WHERE project = $1",
    )
    .bind(hold.project.as_str())
    .bind(i64::from(unfinished))
    .bind(closed)
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "INSERT INTO draft (task, account, version, fields, seconds, updated_at) VALUES ($1, $2, 1, $3, $4, $5) \
         ON CONFLICT (task, account) DO UPDATE SET version = draft.version + 1, fields = excluded.fields, \
            seconds = excluded.seconds, updated_at = excluded.updated_at",
    )
    .bind(hold.task.as_str())
    .bind(hold.account.as_str())
    .bind(to_json(&fields))
    .bind(seconds)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
