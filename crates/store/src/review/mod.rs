//! Review: answers of several people to one task side by side, and what a reviewer decided.
//!
//! The history is append-only. **A reviewer's own answer is an annotation without a task** that the `review` table
//! links to it: it is no independent answer, so it neither replaces what the reviewer may have answered in the queue
//! nor counts in agreement.

mod decide;

pub(crate) use decide::audit;

use crate::error::from_json;
use crate::reports::item_key;
use crate::{Error, Result, Store};
use domain::Provenance;
use domain::annotation::{Annotation, Criterion, Kind};
use domain::ids::{AnnotationId, CriterionId, ProjectId, PromptId, ResponseId, TaskId, UserId};
use domain::prompt::Message;
use sqlx::Row;

/// What a reviewer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One of the answers stands.
    Accept,
    /// The reviewer's own answer stands.
    Override,
    /// Back to the annotator, with a note.
    Return,
    /// A remark only.
    Comment,
}

impl Decision {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Override, Self::Return, Self::Comment];
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Override => "override",
            Self::Return => "return",
            Self::Comment => "comment",
        }
    }
    /// The decision of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// One entry of a task's history.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Who decided.
    pub reviewer: String,
    /// What.
    pub decision: Decision,
    /// About which kind of annotation.
    pub kind: Kind,
    /// The answer that stands, or was returned.
    pub annotation: Option<AnnotationId>,
    /// Why.
    pub note: String,
    /// When.
    pub created_at: i64,
}

/// An answer as a reviewer sees it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which.
    pub id: AnnotationId,
    /// Whose; none when it came from a file.
    pub account: Option<UserId>,
    /// The account's id, or the name in the file.
    pub annotator: String,
    /// The name.
    pub name: String,
    /// Person, machine or simulated.
    pub provenance: Provenance,
    /// What was said.
    pub said: Annotation,
    /// The responses as they were shown, left first.
    pub shown: Vec<ResponseId>,
    /// Whether it still stands: not edited, not withdrawn.
    pub current: bool,
    /// Active seconds of the whole task.
    pub seconds: Option<f64>,
    /// When.
    pub created_at: i64,
    /// Whether it is a reviewer's own answer.
    pub by_reviewer: bool,
}

/// One person's hold on the task: what she noted besides her answer.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Who.
    pub account: UserId,
    /// Her name.
    pub name: String,
    /// `done`, `skipped`, `leased` …
    pub state: String,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// What is wrong with the item.
    pub flagged: Option<String>,
    /// The reviewer's note, when it was returned.
    pub note: Option<String>,
}

/// A response with where it comes from.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// Which.
    pub id: ResponseId,
    /// Its text.
    pub text: String,
    /// Its source's name.
    pub source: String,
}

/// A task with everything about it.
#[derive(Clone, Debug)]
pub struct ReviewTask {
    /// Which.
    pub id: TaskId,
    /// What it asks for.
    pub kinds: Vec<Kind>,
    /// How many people should answer.
    pub wanted: i64,
    /// The prompt.
    pub prompt: PromptId,
    /// Its messages.
    pub messages: Vec<Message>,
    /// The reference answer.
    pub reference: Option<String>,
    /// The rubric.
    pub criteria: Vec<Criterion>,
    /// The responses, in canonical order.
    pub responses: Vec<Sourced>,
    /// What it asks about, e.g. the refinement to be checked.
    pub subject: Option<Annotation>,
    /// Every answer, superseded ones too, the oldest first.
    pub answers: Vec<Answer>,
    /// Everybody who had it.
    pub holds: Vec<Hold>,
    /// What reviewers decided, the oldest first.
    pub history: Vec<Decided>,
}

impl ReviewTask {
    /// The answers of a kind that stand, reviewers' own not among them.
    pub fn standing(&self, kind: Kind) -> impl Iterator<Item = &Answer> {
        self.answers
            .iter()
            .filter(move |a| a.current && !a.by_reviewer && a.said.kind() == kind)
    }
    /// What stands after review, if anything was decided: the last decision counts, a return reopens.
    pub fn decided(&self, kind: Kind) -> Option<&Decided> {
        let last = self
            .history
            .iter()
            .rev()
            .find(|d| d.kind == kind && d.decision != Decision::Comment)?;
        (last.decision != Decision::Return).then_some(last)
    }
}

impl Store {
    /// A task of this project with everything about it.
    pub async fn review_task(
        &self,
        project: &ProjectId,
        task: &TaskId,
    ) -> Result<Option<ReviewTask>> {
        let row = sqlx::query(
            "SELECT t.kinds, t.wanted, t.responses, t.prompt, p.messages, p.reference, t.subject AS about, n.payload AS subject FROM task t \
             JOIN prompt p ON p.id = t.prompt LEFT JOIN annotation n ON n.id = t.subject WHERE t.id = $1 AND t.project = $2",
        )
        .bind(task.as_str())
        .bind(project.as_str())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let prompt = PromptId(row.try_get("prompt")?);
        let ids: Vec<ResponseId> = from_json(
            row.try_get("responses")?,
            "task",
            "responses",
            task.as_str(),
        )?;
        let about: Option<String> = row.try_get("about")?;
        let key = item_key(about, ids.iter().map(|id| id.0.clone()).collect());
        let mut responses = Vec::with_capacity(ids.len());
        for id in ids {
            let row = sqlx::query(
                "SELECT r.text, s.name FROM response r JOIN source s ON s.id = r.source WHERE r.id = $1",
            )
            .bind(id.as_str())
            .fetch_one(&self.read)
            .await?;
            let (text, source) = (row.try_get("text")?, row.try_get("name")?);
            responses.push(Sourced { id, text, source });
        }
        let subject: Option<String> = row.try_get("subject")?;
        Ok(Some(ReviewTask {
            id: task.clone(),
            kinds: from_json(row.try_get("kinds")?, "task", "kinds", task.as_str())?,
            wanted: row.try_get("wanted")?,
            messages: from_json(
                row.try_get("messages")?,
                "prompt",
                "messages",
                prompt.as_str(),
            )?,
            reference: row.try_get("reference")?,
            criteria: self.rubric(&prompt).await?,
            subject: subject
                .map(|payload| from_json(&payload, "annotation", "payload", task.as_str()))
                .transpose()?,
            responses,
            answers: self.answers_of_task(task, &prompt, &key).await?,
            holds: self.holds(task).await?,
            history: self.decisions(task).await?,
            prompt,
        }))
    }

    /// A prompt's rubric as it stands.
    pub async fn rubric(&self, prompt: &PromptId) -> Result<Vec<Criterion>> {
        let rows = sqlx::query(
            "SELECT id, text, points FROM criterion WHERE prompt = $1 AND removed_at IS NULL ORDER BY position, id",
        )
        .bind(prompt.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Criterion {
                    id: CriterionId(row.try_get("id")?),
                    text: row.try_get("text")?,
                    points: row.try_get("points")?,
                })
            })
            .collect()
    }

    /// Answers given in the queue, reviewers' own for this task, and those from files that are about the same item.
    async fn answers_of_task(
        &self,
        task: &TaskId,
        prompt: &PromptId,
        key: &str,
    ) -> Result<Vec<Answer>> {
        let rows = sqlx::query(
            "SELECT a.id, a.account, a.annotator, COALESCE(u.name, a.annotator) AS name, a.provenance, a.payload, a.shown, \
                    a.current, a.seconds, a.created_at, a.subject, CASE WHEN a.task IS NULL THEN 'file' ELSE 'queue' END AS origin, \
                    (SELECT MAX(r.task) FROM review r WHERE r.annotation = a.id AND r.decision = 'override') AS override_of \
             FROM annotation a LEFT JOIN account u ON u.id = a.account \
             WHERE a.prompt = $1 AND (a.task = $2 OR a.task IS NULL) ORDER BY a.created_at, a.id",
        )
        .bind(prompt.as_str())
        .bind(task.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut answers = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get("id")?;
            let (account, override_of): (Option<String>, Option<String>) =
                (row.try_get("account")?, row.try_get("override_of")?);
            let shown: Vec<String> = from_json(row.try_get("shown")?, "annotation", "shown", &id)?;
            let origin: String = row.try_get("origin")?;
            let belongs = match &override_of {
                Some(of) => of == task.as_str(),
                None => {
                    origin == "queue" || item_key(row.try_get("subject")?, shown.clone()) == key
                }
            };
            if !belongs {
                continue;
            }
            answers.push(Answer {
                account: account.map(UserId),
                annotator: row.try_get("annotator")?,
                name: row.try_get("name")?,
                provenance: crate::reports::provenance(row, &id)?,
                said: from_json(row.try_get("payload")?, "annotation", "payload", &id)?,
                shown: shown.into_iter().map(ResponseId).collect(),
                current: row.try_get::<i64, _>("current")? != 0,
                seconds: row.try_get("seconds")?,
                created_at: row.try_get("created_at")?,
                by_reviewer: override_of.is_some(),
                id: AnnotationId(id),
            });
        }
        Ok(answers)
    }

    async fn holds(&self, task: &TaskId) -> Result<Vec<Hold>> {
        let rows = sqlx::query(
            "SELECT a.account, u.name, a.state, a.reason, a.flagged, a.note FROM assignment a \
             JOIN account u ON u.id = a.account WHERE a.task = $1 ORDER BY u.name, a.account",
        )
        .bind(task.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Hold {
                    account: UserId(row.try_get("account")?),
                    name: row.try_get("name")?,
                    state: row.try_get("state")?,
                    reason: row.try_get("reason")?,
                    flagged: row.try_get("flagged")?,
                    note: row.try_get("note")?,
                })
            })
            .collect()
    }

    async fn decisions(&self, task: &TaskId) -> Result<Vec<Decided>> {
        let rows = sqlx::query(
            "SELECT r.id, u.name, r.decision, r.kind, r.annotation, r.note, r.created_at FROM review r \
             JOIN account u ON u.id = r.reviewer WHERE r.task = $1 ORDER BY r.created_at, r.id",
        )
        .bind(task.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let (decision, kind): (String, String) =
                    (row.try_get("decision")?, row.try_get("kind")?);
                let corrupt = |column, problem: &str| -> Result<Error> {
                    Ok(Error::Corrupt {
                        table: "review",
                        column,
                        id: row.try_get("id")?,
                        problem: problem.to_owned(),
                    })
                };
                let Some(decision) = Decision::parse(&decision) else {
                    return Err(corrupt("decision", &decision)?);
                };
                let Some(kind) = Kind::parse(&kind) else {
                    return Err(corrupt("kind", &kind)?);
                };
                let annotation: Option<String> = row.try_get("annotation")?;
                Ok(Decided {
                    reviewer: row.try_get("name")?,
                    decision,
                    kind,
                    annotation: annotation.map(AnnotationId),
                    note: row.try_get("note")?,
                    created_at: row.try_get("created_at")?,
                })
            })
            .collect()
    }
}
