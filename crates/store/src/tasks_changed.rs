//! What a change of settings does to tasks that exist: **answers and what somebody has begun stay**.
//! Tasks that nobody has seen are asked anew when the kinds change; unfinished ones want more or fewer
//! people when the overlap does.

use crate::{Result, Store, Transaction};
use domain::ids::ProjectId;
use domain::project::Settings;
use sqlx::Row;

/// What became of a project's tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TasksChanged {
    /// Tasks that nobody had seen, taken away because they asked for other kinds.
    pub removed: u64,
    /// Tasks made for the new kinds.
    pub made: u64,
    /// Unfinished tasks that want another number of people now.
    pub retargeted: u64,
}

/// Nobody has had anything to do with the task `t`.
const UNSEEN: &str = "t.answered = 0 AND t.subject IS NULL AND t.gold IS NULL \
     AND NOT EXISTS (SELECT 1 FROM assignment x WHERE x.task = t.id) \
     AND NOT EXISTS (SELECT 1 FROM draft x WHERE x.task = t.id) \
     AND NOT EXISTS (SELECT 1 FROM annotation x WHERE x.task = t.id) \
     AND NOT EXISTS (SELECT 1 FROM review x WHERE x.task = t.id)";

impl Store {
    /// Brings a project's tasks in line with settings that were `before` and are `after`.
    pub async fn change_tasks(
        &self,
        project: &ProjectId,
        before: &Settings,
        after: &Settings,
        now: i64,
    ) -> Result<TasksChanged> {
        let mut changed = TasksChanged::default();
        if before.overlap != after.overlap {
            let (old, new) = (i64::from(before.overlap), i64::from(after.overlap));
            changed.retargeted = self.retarget(project, old, new).await?;
        }
        if before.kinds != after.kinds {
            changed.removed = self.remove_unseen(project).await?;
            let made = self.make_missing_tasks(project, after, now).await?;
            changed.made = made - self.remove_repeated(project, now).await?;
        }
        Ok(changed)
    }

    /// Lets unfinished tasks that want `old` people want `new` ones: never fewer than have answered or
    /// hold them now.
    async fn retarget(&self, project: &ProjectId, old: i64, new: i64) -> Result<u64> {
        let mut transaction = self.begin().await?;
        // wanted - open places are held or answered; where somebody answered beyond them, nothing changes
        let rows = sqlx::query(
            "UPDATE task SET wanted = CASE WHEN $3 > wanted - open THEN $3 ELSE wanted - open END, \
                open = CASE WHEN $3 > wanted - open THEN $3 - (wanted - open) ELSE 0 END \
             WHERE project = $1 AND wanted = $2 AND answered < wanted AND answered <= wanted - open AND subject IS NULL AND closed_at IS NULL \
             RETURNING wanted, open, answered",
        )
        .bind(project.as_str())
        .bind(old)
        .bind(new)
        .fetch_all(&mut *transaction)
        .await?;
        let (mut opened, mut finished) = (0_i64, 0_i64);
        for row in &rows {
            let (wanted, open): (i64, i64) = (row.try_get("wanted")?, row.try_get("open")?);
            let was_open = old - (wanted - open);
            opened += i64::from(open > 0) - i64::from(was_open > 0);
            finished += i64::from(row.try_get::<i64, _>("answered")? >= wanted);
        }
        tally(&mut transaction, project, 0, opened, finished).await?;
        transaction.commit().await?;
        Ok(rows.len() as u64)
    }

    /// Takes away the tasks that nobody has seen.
    async fn remove_unseen(&self, project: &ProjectId) -> Result<u64> {
        self.remove(
            project,
            &format!("DELETE FROM task AS t WHERE t.project = $1 AND {UNSEEN} RETURNING open"),
            None,
        )
        .await
    }

    /// Takes away, of the tasks made just now, those about responses that an older task asked about.
    async fn remove_repeated(&self, project: &ProjectId, now: i64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM task AS t WHERE t.project = $1 AND t.created_at = $2 AND {UNSEEN} \
                AND EXISTS (SELECT 1 FROM task o WHERE o.project = $1 AND o.prompt = t.prompt AND o.responses = t.responses \
                    AND o.id <> t.id AND o.created_at < t.created_at AND o.subject IS NULL) RETURNING open"
        );
        self.remove(project, &sql, Some(now)).await
    }

    async fn remove(&self, project: &ProjectId, sql: &str, now: Option<i64>) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let mut statement = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).bind(project.as_str());
        if let Some(now) = now {
            statement = statement.bind(now);
        }
        let rows = statement.fetch_all(&mut *transaction).await?;
        let mut open = 0;
        for row in &rows {
            open += i64::from(row.try_get::<i64, _>(0)? > 0);
        }
        let removed = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        tally(&mut transaction, project, -removed, -open, 0).await?;
        transaction.commit().await?;
        Ok(rows.len() as u64)
    }
}

async fn tally(
    transaction: &mut Transaction,
    project: &ProjectId,
    tasks: i64,
    open: i64,
    finished: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE project_tally SET tasks = tasks + $2, open_tasks = open_tasks + $3, finished = finished + $4 WHERE project = $1",
    )
    .bind(project.as_str())
    .bind(tasks)
    .bind(open)
    .bind(finished)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
