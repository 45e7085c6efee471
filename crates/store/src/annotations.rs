//! Annotations: append-only. **Payloads never change**: an edit supersedes, an undo withdraws.

use crate::error::{from_json, to_json};
use crate::real::Real;
use crate::{Error, Result, Store, Transaction};
use domain::ids::{AnnotationId, ProjectId, PromptId, ResponseId, TaskId, UserId};
use domain::{Annotation, Kind, Provenance};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

/// One annotation with everything that is known about it.
#[derive(Clone, Debug)]
pub struct Record {
    /// Which.
    pub id: AnnotationId,
    /// The prompt it is about.
    pub prompt: PromptId,
    /// The task it answers; none when it came from a file.
    pub task: Option<TaskId>,
    /// Who wrote it, when she has an account here.
    pub account: Option<UserId>,
    /// The account's identifier, or the name in the file.
    pub annotator: String,
    /// The account's name, or the name in the file.
    pub name: String,
    /// Person, machine, simulated.
    pub provenance: Provenance,
    /// What it says.
    pub annotation: Annotation,
    /// The responses as they stood before the annotator, left first.
    pub shown: Vec<ResponseId>,
    /// The annotation it is about.
    pub subject: Option<AnnotationId>,
    /// The identifier it had in the file it came from.
    pub external_id: Option<String>,
    /// The one it replaced.
    pub supersedes: Option<AnnotationId>,
    /// Whether it counts: not withdrawn, not replaced.
    pub current: bool,
    /// Active seconds of the whole task.
    pub seconds: Option<f64>,
    /// When it was written.
    pub created_at: i64,
    /// What the file said besides, an object.
    pub metadata: serde_json::Value,
}

impl Record {
    /// Whether a run sampled it to ask people about it: it is a question, and no feedback by itself.
    pub fn is_sampled(&self) -> bool {
        self.provenance == Provenance::Machine && self.metadata.get("run").is_some()
    }
}

/// Which annotations to read. Everything that is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this prompt.
    pub prompt: Option<PromptId>,
    /// Of this task.
    pub task: Option<TaskId>,
    /// By this person.
    pub account: Option<UserId>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this provenance.
    pub provenance: Option<Provenance>,
    /// Withdrawn and replaced ones too.
    pub history: bool,
    /// After this one, in the order of identifiers (which is that of time), to read page by page.
    pub after: Option<AnnotationId>,
    /// The most rows; 0 for all.
    pub limit: i64,
}

/// An annotation to be stored.
#[derive(Clone, Debug)]
pub struct NewAnnotation {
    /// Its identifier, from [`crate::new_id`], so that others can name it.
    pub id: AnnotationId,
    /// The prompt.
    pub prompt: PromptId,
    /// The task it answers.
    pub task: Option<TaskId>,
    /// The account, if its author has one.
    pub account: Option<UserId>,
    /// The account's identifier, or the name in the file.
    pub annotator: String,
    /// Person, machine, simulated.
    pub provenance: Provenance,
    /// What it says.
    pub annotation: Annotation,
    /// The responses as they stood, left first.
    pub shown: Vec<ResponseId>,
    /// The annotation it is about.
    pub subject: Option<AnnotationId>,
    /// Its identifier in the file.
    pub external_id: Option<String>,
    /// The round of the assignment.
    pub round: i64,
    /// Active seconds.
    pub seconds: Option<f64>,
    /// When it was written.
    pub created_at: i64,
}

/// Stores annotations, each with its own statement (one text, so it is prepared once). In a later round
/// an answer supersedes the person's last one of that kind.
pub async fn insert(
    transaction: &mut Transaction,
    project: &ProjectId,
    annotations: &[NewAnnotation],
) -> Result<()> {
    for new in annotations {
        let kind = new.annotation.kind().name();
        sqlx::query(
            "INSERT INTO annotation (id, project, prompt, task, account, annotator, provenance, kind, payload, shown, subject, \
                external_id, supersedes, current, round, seconds, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                (SELECT p.id FROM annotation p WHERE $13 > 0 AND p.task = $4 AND p.account = $5 AND p.kind = $8 \
                 ORDER BY p.round DESC, p.id DESC LIMIT 1), 1, $13, $14, $15)",
        )
        .bind(new.id.as_str())
        .bind(project.as_str())
        .bind(new.prompt.as_str())
        .bind(new.task.as_ref().map(TaskId::as_str))
        .bind(new.account.as_ref().map(UserId::as_str))
        .bind(new.annotator.as_str())
        .bind(new.provenance.name())
        .bind(kind)
        .bind(to_json(&new.annotation))
        .bind(to_json(&new.shown))
        .bind(new.subject.as_ref().map(AnnotationId::as_str))
        .bind(new.external_id.as_deref())
        .bind(new.round)
        .bind(Real(new.seconds))
        .bind(new.created_at)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

const SELECT: &str = "SELECT n.id, n.prompt, n.task, n.account, n.annotator, COALESCE(a.name, n.annotator) AS name, n.provenance, \
     n.payload, n.shown, n.subject, n.external_id, n.supersedes, n.current, n.seconds, n.created_at, n.metadata \
     FROM annotation n LEFT JOIN account a ON a.id = n.account";

fn record(row: &AnyRow) -> Result<Record> {
    let id: String = row.try_get("id")?;
    let provenance: String = row.try_get("provenance")?;
    let text = |column: &str| row.try_get::<Option<String>, _>(column);
    Ok(Record {
        prompt: PromptId(row.try_get("prompt")?),
        task: text("task")?.map(TaskId),
        account: text("account")?.map(UserId),
        annotator: row.try_get("annotator")?,
        name: row.try_get("name")?,
        provenance: Provenance::parse(&provenance).ok_or_else(|| Error::Corrupt {
            table: "annotation",
            column: "provenance",
            id: id.clone(),
            problem: provenance.clone(),
        })?,
        annotation: from_json(row.try_get("payload")?, "annotation", "payload", &id)?,
        shown: from_json(row.try_get("shown")?, "annotation", "shown", &id)?,
        subject: text("subject")?.map(AnnotationId),
        external_id: text("external_id")?,
        supersedes: text("supersedes")?.map(AnnotationId),
        current: row.try_get::<i64, _>("current")? == 1,
        seconds: row.try_get("seconds")?,
        created_at: row.try_get("created_at")?,
        metadata: from_json(row.try_get("metadata")?, "annotation", "metadata", &id)?,
        id: AnnotationId(id),
    })
}

impl Store {
    /// The annotations of a project that pass the filter, oldest first.
    pub async fn annotations(&self, project: &ProjectId, filter: &Filter) -> Result<Vec<Record>> {
        let mut sql = format!("{SELECT} WHERE n.project = $1");
        let mut values: Vec<&str> = Vec::new();
        // clauses are ours, values are bound: indexes are used, nothing is spliced in
        let wanted = [
            ("n.prompt =", filter.prompt.as_ref().map(PromptId::as_str)),
            ("n.task =", filter.task.as_ref().map(TaskId::as_str)),
            ("n.account =", filter.account.as_ref().map(UserId::as_str)),
            ("n.kind =", filter.kind.map(Kind::name)),
            ("n.provenance =", filter.provenance.map(Provenance::name)),
            ("n.id >", filter.after.as_ref().map(AnnotationId::as_str)),
        ];
        for (clause, value) in wanted {
            if let Some(value) = value {
                values.push(value);
                sql += &format!(" AND {clause} ${}", values.len() + 1);
            }
        }
        if !filter.history {
            sql.push_str(" AND n.current = 1");
        }
        sql.push_str(" ORDER BY n.id");
        if filter.limit > 0 {
            sql += &format!(" LIMIT {}", filter.limit);
        }
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(project.as_str());
        for value in values {
            query = query.bind(value);
        }
        let rows = query.fetch_all(&self.read).await?;
        rows.iter().map(record).collect()
    }

    /// One annotation of a project.
    pub async fn annotation(
        &self,
        project: &ProjectId,
        id: &AnnotationId,
    ) -> Result<Option<Record>> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "{SELECT} WHERE n.id = $1 AND n.project = $2"
        )))
        .bind(id.as_str())
        .bind(project.as_str())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(record).transpose()
    }
}
