//! Tasks: what the queue hands out. **A task is made once**: its identity is a hash of what it asks.
//!
//! Which tasks a prompt's responses give is for [`crate::imports`] to say; here are those that ask about
//! an annotation, and reading.

use crate::error::{from_json, to_json};
use crate::{Result, Store, Transaction, new_id, sha256};
use domain::Kind;
use domain::ids::{AnnotationId, ProjectId, PromptId, ResponseId, TaskId};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

/// A unit of work: some kinds of annotation on some responses to one prompt.
#[derive(Clone, Debug)]
pub struct Task {
    /// Which.
    pub id: TaskId,
    /// Its project.
    pub project: ProjectId,
    /// Its prompt.
    pub prompt: PromptId,
    /// The responses in canonical order (not the order in which somebody sees them).
    pub responses: Vec<ResponseId>,
    /// What it asks, in the form's order.
    pub kinds: Vec<Kind>,
    /// The annotation it is about.
    pub subject: Option<AnnotationId>,
    /// How many people answer it.
    pub wanted: i64,
    /// Places neither leased nor answered.
    pub open: i64,
    /// Answers so far.
    pub answered: i64,
    /// The known right answer, as a `domain::Annotation` in JSON.
    pub gold: Option<String>,
}

/// The columns that [`task`] reads, of a table called `t`.
pub(crate) const COLUMNS: &str = "t.id AS task_id, t.project AS task_project, t.prompt AS task_prompt, t.responses, t.kinds, \
     t.subject, t.wanted, t.open, t.answered, t.gold";

pub(crate) fn task(row: &AnyRow) -> Result<Task> {
    let id: String = row.try_get("task_id")?;
    Ok(Task {
        project: ProjectId(row.try_get("task_project")?),
        prompt: PromptId(row.try_get("task_prompt")?),
        responses: from_json(row.try_get("responses")?, "task", "responses", &id)?,
        kinds: from_json(row.try_get("kinds")?, "task", "kinds", &id)?,
        subject: row
            .try_get::<Option<String>, _>("subject")?
            .map(AnnotationId),
        wanted: row.try_get("wanted")?,
        open: row.try_get("open")?,
        answered: row.try_get("answered")?,
        gold: row.try_get("gold")?,
        id: TaskId(id),
    })
}

/// A task about an annotation.
#[derive(Clone, Debug)]
pub(crate) struct NewTask {
    pub(crate) prompt: PromptId,
    pub(crate) responses: Vec<ResponseId>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) subject: AnnotationId,
    pub(crate) priority: i64,
    pub(crate) wanted: i64,
}

impl NewTask {
    fn identity(&self) -> String {
        let responses: Vec<&str> = self.responses.iter().map(ResponseId::as_str).collect();
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        sha256(format!(
            "{}\n{}\n{}",
            self.subject,
            kinds.join(","),
            responses.join(",")
        ))
    }
}

/// Makes tasks that ask about an annotation, unless they exist.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    project: &ProjectId,
    tasks: &[NewTask],
    now: i64,
) -> Result<()> {
    let mut made = 0;
    for task in tasks {
        made += sqlx::query(
            "INSERT INTO task (id, project, prompt, responses, kinds, subject, identity, priority, position, wanted, open, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $9) ON CONFLICT (project, identity) DO NOTHING",
        )
        .bind(new_id())
        .bind(project.as_str())
        .bind(task.prompt.as_str())
        .bind(to_json(&task.responses))
        .bind(to_json(&task.kinds))
        .bind(task.subject.as_str())
        .bind(task.identity())
        .bind(task.priority)
        .bind(now)
        .bind(task.wanted)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
    }
    count_new(transaction, project.as_str(), made).await
}

/// Adds new tasks, all of their places open, to the project's tally.
pub(crate) async fn count_new(
    transaction: &mut Transaction,
    project: &str,
    made: u64,
) -> Result<()> {
    if made == 0 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO project_tally (project, tasks, open_tasks) VALUES ($1, $2, $2) \
         ON CONFLICT (project) DO UPDATE SET tasks = project_tally.tasks + $2, open_tasks = project_tally.open_tasks + $2",
    )
    .bind(project)
    .bind(i64::try_from(made).unwrap_or(i64::MAX))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

impl Store {
    /// A task of this project.
    pub async fn task(&self, project: &ProjectId, id: &TaskId) -> Result<Option<Task>> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM task t WHERE t.id = $1 AND t.project = $2"
        )))
        .bind(id.as_str())
        .bind(project.as_str())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(task).transpose()
    }

    /// The tasks of a prompt, in the queue's order.
    pub async fn tasks_of_prompt(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
    ) -> Result<Vec<Task>> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM task t WHERE t.prompt = $1 AND t.project = $2 ORDER BY t.priority DESC, t.position"
        )))
        .bind(prompt.as_str())
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(task).collect()
    }
}
