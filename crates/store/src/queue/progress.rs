//! How far a person is, and what she did last. **Cheap with any number of tasks**: tallies and short
//! index ranges only.

use super::Hold;
use crate::error::from_json;
use crate::{Result, Store};
use domain::Kind;
use domain::ids::{ProjectId, PromptId, TaskId, UserId};
use sqlx::Row;

/// Up to so many open tasks, those left for a person are counted one by one.
const COUNTED: i64 = 300;

/// How far a person is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Tasks she answered.
    pub done: i64,
    /// Tasks she skipped.
    pub skipped: i64,
    /// Tasks left for her: exact when few are, else at most so many.
    pub left: i64,
    /// Tasks with open places, whoever takes them.
    pub open: i64,
    /// All tasks of the project.
    pub tasks: i64,
    /// Tasks with all the answers they want.
    pub finished: i64,
    /// The median of the active seconds of her last 30 answers.
    pub median_seconds: Option<f64>,
}

/// What is there when nothing can be handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The project has no tasks.
    NoTasks,
    /// Others hold what is left for her; the earliest lease ends at this time.
    Held {
        /// Epoch milliseconds.
        until: i64,
    },
    /// She has done everything there is for her.
    Nothing,
}

/// One finished task.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The task.
    pub task: TaskId,
    /// Its prompt.
    pub prompt: PromptId,
    /// The prompt's beginning.
    pub preview: String,
    /// What it asked.
    pub kinds: Vec<Kind>,
    /// Skipped, rather than answered.
    pub skipped: bool,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// When it was finished.
    pub finished_at: i64,
    /// Active seconds.
    pub seconds: Option<f64>,
}

impl Store {
    /// How far a person is.
    pub async fn progress(&self, project: &ProjectId, account: &UserId) -> Result<Progress> {
        let row = sqlx::query(
            "SELECT COALESCE(m.done, 0) AS done, COALESCE(m.skipped, 0) AS skipped, \
                COALESCE(p.open_tasks, 0) AS open, COALESCE(p.tasks, 0) AS tasks, COALESCE(p.finished, 0) AS finished \
             FROM project x LEFT JOIN project_tally p ON p.project = x.id \
             LEFT JOIN person_tally m ON m.project = x.id AND m.account = $2 WHERE x.id = $1",
        )
        .bind(project.as_str())
        .bind(account.as_str())
        .fetch_one(&self.read)
        .await?;
        let number = |column: &str| row.try_get::<i64, _>(column);
        let (done, skipped) = (number("done")?, number("skipped")?);
        let (open, tasks) = (number("open")?, number("tasks")?);
        let left = if open <= COUNTED {
            sqlx::query(
                "SELECT COUNT(*) FROM task t WHERE t.project = $1 AND t.open > 0 \
                 AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task = t.id AND a.account = $2 AND a.state <> 'expired')",
            )
            .bind(project.as_str())
            .bind(account.as_str())
            .fetch_one(&self.read)
            .await?
            .try_get(0)?
        } else {
            open.min(tasks - done - skipped)
        };
        let rows = sqlx::query(
            "SELECT seconds FROM assignment WHERE account = $1 AND project = $2 AND state = 'done' \
             ORDER BY finished_at DESC LIMIT 30",
        )
        .bind(account.as_str())
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut seconds = Vec::with_capacity(rows.len());
        for row in rows {
            seconds.extend(row.try_get::<Option<f64>, _>(0)?.filter(|s| *s > 0.0));
        }
        seconds.sort_by(f64::total_cmp);
        let median_seconds = match seconds.len() {
            0 => None,
            n if n % 2 == 1 => Some(seconds[n / 2]),
            n => Some(f64::midpoint(seconds[n / 2 - 1], seconds[n / 2])),
        };
        Ok(Progress {
            done,
            skipped,
            left,
            open,
            tasks,
            finished: number("finished")?,
            median_seconds,
        })
    }

    /// Why [`Store::next_task`] found nothing.
    pub async fn what_is_left(&self, project: &ProjectId, account: &UserId) -> Result<Left> {
        let any = sqlx::query("SELECT 1 FROM project_tally WHERE project = $1 AND tasks > 0")
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        if any.is_none() {
            return Ok(Left::NoTasks);
        }
        let until: Option<i64> = sqlx::query(
            "SELECT MIN(a.leased_until) FROM assignment a WHERE a.project = $1 AND a.state IN ('reserved', 'leased') AND a.account <> $2 \
             AND NOT EXISTS (SELECT 1 FROM assignment own WHERE own.task = a.task AND own.account = $2 AND own.state <> 'expired')",
        )
        .bind(project.as_str())
        .bind(account.as_str())
        .fetch_one(&self.read)
        .await?
        .try_get(0)?;
        Ok(until.map_or(Left::Nothing, |until| Left::Held { until }))
    }

    /// The tasks that a person finished last, the latest first.
    pub async fn history(
        &self,
        project: &ProjectId,
        account: &UserId,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for state in ["done", "skipped"] {
            let rows = sqlx::query(
                "SELECT a.task, t.prompt, p.preview, t.kinds, a.reason, a.finished_at, a.seconds \
                 FROM assignment a JOIN task t ON t.id = a.task JOIN prompt p ON p.id = t.prompt \
                 WHERE a.account = $1 AND a.project = $2 AND a.state = $3 ORDER BY a.finished_at DESC LIMIT $4",
            )
            .bind(account.as_str())
            .bind(project.as_str())
            .bind(state)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
            for row in rows {
                let id: String = row.try_get("task")?;
                entries.push(Entry {
                    kinds: from_json(row.try_get("kinds")?, "task", "kinds", &id)?,
                    task: TaskId(id),
                    prompt: PromptId(row.try_get("prompt")?),
                    preview: row.try_get("preview")?,
                    skipped: state == "skipped",
                    reason: row.try_get("reason")?,
                    finished_at: row.try_get::<Option<i64>, _>("finished_at")?.unwrap_or(0),
                    seconds: row.try_get("seconds")?,
                });
            }
        }
        entries.sort_by_key(|entry| std::cmp::Reverse((entry.finished_at, entry.task.clone())));
        entries.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(entries)
    }

    /// The flags that annotators put on a task, with their names.
    pub async fn flags(&self, project: &ProjectId, task: &TaskId) -> Result<Vec<(String, String)>> {
        let rows = sqlx::query(
            "SELECT p.name, a.flagged FROM assignment a JOIN account p ON p.id = a.account \
             WHERE a.task = $1 AND a.project = $2 AND a.flagged IS NOT NULL ORDER BY p.name",
        )
        .bind(task.as_str())
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Whether this person has answered this task.
    pub async fn has_answered(&self, hold: Hold<'_>) -> Result<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM assignment WHERE task = $1 AND account = $2 AND project = $3 AND state = 'done'",
        )
        .bind(hold.task.as_str())
        .bind(hold.account.as_str())
        .bind(hold.project.as_str())
        .fetch_optional(&self.read)
        .await?;
        Ok(row.is_some())
    }
}
