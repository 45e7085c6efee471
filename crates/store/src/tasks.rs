//! Tasks: what the queue hands out. **A task is made once**: its identity is a hash of what it asks.

use crate::error::{from_json, to_json};
use crate::{Result, Store, Transaction, new_id, sha256};
use domain::Kind;
use domain::ids::{AnnotationId, ProjectId, PromptId, ResponseId, TaskId};
use domain::project::Settings;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

/// How many places a task has that everybody gets (gold items and those that measure agreement).
pub const EVERYBODY: i64 = 10_000;
/// Rows a single statement inserts.
const BATCH: usize = 200;
/// Up to so many responses, every pair is a task; beyond, each response meets its two neighbours.
const ALL_PAIRS: usize = 4;

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
    /// How many people answer it; [`EVERYBODY`] when all do.
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

/// A task to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewTask {
    pub(crate) prompt: PromptId,
    pub(crate) responses: Vec<ResponseId>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) subject: Option<AnnotationId>,
    pub(crate) priority: i64,
    pub(crate) wanted: i64,
}

impl NewTask {
    fn identity(&self, project: &ProjectId) -> String {
        let responses: Vec<&str> = self.responses.iter().map(ResponseId::as_str).collect();
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        sha256(format!(
            "{project}|{}|{}|{}|{}",
            self.prompt,
            responses.join(","),
            kinds.join(","),
            self.subject.as_ref().map_or("", AnnotationId::as_str)
        ))
    }
}

/// The response sets that a prompt's tasks show: pairs when a kind compares two, else one each.
fn sets(responses: &[ResponseId], pairs: bool) -> Vec<Vec<ResponseId>> {
    let mut sorted = responses.to_vec();
    sorted.sort();
    sorted.dedup();
    if !pairs {
        return sorted.into_iter().map(|one| vec![one]).collect();
    }
    let n = sorted.len();
    let pair = |a: usize, b: usize| {
        let (a, b) = (a.min(b), a.max(b));
        vec![sorted[a].clone(), sorted[b].clone()]
    };
    if n <= ALL_PAIRS {
        (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
            .map(|(a, b)| pair(a, b))
            .collect()
    } else {
        (0..n).map(|a| pair(a, (a + 1) % n)).collect()
    }
}

/// Makes the tasks that `settings` asks for, for these prompts with their responses, and says how many
/// are new. Tasks that exist already stay as they are. Prompts that have too few responses get none.
///
/// The transaction holds the project's tally until it ends: annotators wait for it on PostgreSQL too.
pub async fn make_tasks(
    transaction: &mut Transaction,
    project: &ProjectId,
    settings: &Settings,
    prompts: &[(PromptId, Vec<ResponseId>)],
    now: i64,
) -> Result<u64> {
    // whether a refinement heeds its critique is asked about refinements, when they are made
    let kinds: Vec<Kind> = settings
        .kinds
        .iter()
        .copied()
        .filter(|&kind| kind != Kind::Incorporation)
        .collect();
    if kinds.is_empty() {
        return Ok(0);
    }
    let pairs = kinds.iter().any(|kind| kind.responses() == 2);
    let tasks: Vec<NewTask> = prompts
        .iter()
        .flat_map(|(prompt, responses)| {
            sets(responses, pairs).into_iter().map(|responses| NewTask {
                prompt: prompt.clone(),
                responses,
                kinds: kinds.clone(),
                subject: None,
                priority: 0,
                wanted: i64::from(settings.overlap.max(1)),
            })
        })
        .collect();
    insert(transaction, project, tasks, settings.gold_percent, now).await
}

/// Inserts tasks that do not exist yet; `gold_percent` of them, chosen by their identity, go to everybody.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    project: &ProjectId,
    tasks: Vec<NewTask>,
    gold_percent: u32,
    now: i64,
) -> Result<u64> {
    if tasks.is_empty() {
        return Ok(0);
    }
    let count = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
    let last: i64 = sqlx::query(
        "INSERT INTO project_tally (project, last_position) VALUES ($1, $2) \
         ON CONFLICT (project) DO UPDATE SET last_position = project_tally.last_position + $2 RETURNING last_position",
    )
    .bind(project.as_str())
    .bind(count)
    .fetch_one(&mut **transaction)
    .await?
    .try_get(0)?;
    let mut position = last - count;
    let mut made = 0;
    for batch in tasks.chunks(BATCH) {
        let mut sql = String::from(
            "INSERT INTO task (id, project, prompt, responses, kinds, subject, identity, priority, position, wanted, open, created_at) VALUES ",
        );
        for n in 0..batch.len() {
            let at = n * 12;
            let comma = if n == 0 { "" } else { ", " };
            let places: Vec<String> = (1..=12).map(|p| format!("${}", at + p)).collect();
            sql.push_str(&format!("{comma}({})", places.join(", ")));
        }
        sql.push_str(" ON CONFLICT (project, identity) DO NOTHING");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for task in batch {
            let identity = task.identity(project);
            let share = u32::from_str_radix(&identity[..8], 16).unwrap_or_default() % 100;
            let wanted = if share < gold_percent {
                EVERYBODY
            } else {
                task.wanted
            };
            position += 1;
            query = query
                .bind(new_id())
                .bind(project.as_str())
                .bind(task.prompt.as_str())
                .bind(to_json(&task.responses))
                .bind(to_json(&task.kinds))
                .bind(task.subject.as_ref().map(|id| id.as_str().to_owned()))
                .bind(identity)
                .bind(task.priority)
                .bind(position)
                .bind(wanted)
                .bind(wanted)
                .bind(now);
        }
        made += query.execute(&mut **transaction).await?.rows_affected();
    }
    let new = i64::try_from(made).unwrap_or(i64::MAX);
    sqlx::query("UPDATE project_tally SET tasks = tasks + $2, open_tasks = open_tasks + $2 WHERE project = $1")
        .bind(project.as_str())
        .bind(new)
        .execute(&mut **transaction)
        .await?;
    Ok(made)
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

    /// Makes the tasks for all prompts of a project as its settings now stand, e.g. after they changed
    /// or responses were added. Tasks that exist stay.
    pub async fn make_missing_tasks(
        &self,
        project: &ProjectId,
        settings: &Settings,
        now: i64,
    ) -> Result<u64> {
        let rows = sqlx::query(
            "SELECT prompt, id FROM response WHERE project = $1 AND parent IS NULL ORDER BY prompt, id",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut prompts: Vec<(PromptId, Vec<ResponseId>)> = Vec::new();
        for row in rows {
            let prompt: String = row.try_get(0)?;
            let response = ResponseId(row.try_get(1)?);
            match prompts.last_mut() {
                Some((last, responses)) if last.as_str() == prompt => responses.push(response),
                _ => prompts.push((PromptId(prompt), vec![response])),
            }
        }
        let mut transaction = self.begin().await?;
        let made = make_tasks(&mut transaction, project, settings, &prompts, now).await?;
        transaction.commit().await?;
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_responses_meet_each_other_and_many_meet_their_neighbours() {
        let ids = |n: usize| {
            (0..n)
                .map(|i| ResponseId(format!("r{i}")))
                .collect::<Vec<_>>()
        };
        assert_eq!(sets(&ids(1), true).len(), 0);
        assert_eq!(sets(&ids(4), true).len(), 6);
        assert_eq!(sets(&ids(7), true).len(), 7);
        assert_eq!(sets(&ids(3), false).len(), 3);
        for pair in sets(&ids(7), true) {
            assert!(pair[0] < pair[1]);
        }
    }
}
