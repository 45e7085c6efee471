//! Everything a page needs about one person's task: the prompt, the responses in her order, her draft.

use super::Hold;
use crate::annotations::Record;
use crate::drafts::{self, Draft};
use crate::error::from_json;
use crate::tasks::{self, Task};
use crate::{Error, Result, Store};
use domain::Annotation;
use domain::annotation::{Criterion, Remark, Shown};
use domain::ids::{PromptId, ResponseId};
use domain::prompt::{Message, SourceKind};
use sqlx::{AssertSqlSafe, Row};

/// One person's hold on a task.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// `reserved`, `leased`, `expired`, `done` or `skipped`.
    pub state: String,
    /// Decides left and right.
    pub seed: i64,
    /// Counts undo and return.
    pub round: i64,
    /// Until when it is hers.
    pub leased_until: i64,
    /// What is wrong with the item, in her words.
    pub flagged: Option<String>,
    /// The reviewer's words, when the work was returned.
    pub note: Option<String>,
}

/// A response as the item shows it.
#[derive(Clone, Debug)]
pub struct ItemResponse {
    /// Identifier and text.
    pub shown: Shown,
    /// What its source is called.
    pub source: String,
    /// What its source is.
    pub source_kind: SourceKind,
    /// A student's number: stable in the project, says nothing about the name.
    pub number: i64,
}

/// The refinement that a task is about, with the remarks it should heed.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The response that was edited.
    pub original: Shown,
    /// What it became.
    pub refined: String,
    /// The refiner's own remarks on it; where a machine refined, everybody's.
    pub remarks: Vec<Remark>,
}

/// Everything about one person's task.
#[derive(Clone, Debug)]
pub struct Item {
    /// The task.
    pub task: Task,
    /// Her hold on it.
    pub assignment: Assignment,
    /// The conversation.
    pub messages: Vec<Message>,
    /// The reference answer.
    pub reference: Option<String>,
    /// The prompt's language.
    pub language: Option<String>,
    /// The responses, left first.
    pub responses: Vec<ItemResponse>,
    /// The rubric.
    pub criteria: Vec<Criterion>,
    /// What she has typed so far.
    pub draft: Option<Draft>,
    /// What she said about these responses in other tasks, for refinements.
    pub earlier: Vec<Remark>,
    /// The refinement it is about.
    pub subject: Option<Subject>,
}

/// Puts responses in the order that a seed gives: an odd one turns a pair round.
pub(crate) fn arrange<T>(responses: &mut [T], seed: i64) {
    if seed & 1 == 1 {
        responses.reverse();
    }
}

impl Store {
    /// One person's task with all that belongs to it. `None` when she never had it, or may not.
    pub async fn item(&self, hold: Hold<'_>) -> Result<Option<Item>> {
        let sql = format!(
            "SELECT {}, a.state, a.seed, a.round, a.leased_until, a.flagged, a.note, \
                p.messages, p.reference, p.language, d.version, d.fields, d.seconds AS draft_seconds \
             FROM assignment a JOIN task t ON t.id = a.task JOIN prompt p ON p.id = t.prompt \
             LEFT JOIN draft d ON d.task = a.task AND d.account = a.account \
             WHERE a.task = $1 AND a.account = $2 AND a.project = $3 AND a.state <> 'excluded'",
            tasks::COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(hold.task.as_str())
            .bind(hold.account.as_str())
            .bind(hold.project.as_str())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let task = tasks::task(&row)?;
        let assignment = Assignment {
            state: row.try_get("state")?,
            seed: row.try_get("seed")?,
            round: row.try_get("round")?,
            leased_until: row.try_get("leased_until")?,
            flagged: row.try_get("flagged")?,
            note: row.try_get("note")?,
        };
        let draft = match row.try_get::<Option<i64>, _>("version")? {
            Some(_) => Some(drafts::draft(&row, hold.task.as_str())?),
            None => None,
        };
        let mut responses = self.shown(&task.responses).await?;
        arrange(&mut responses, assignment.seed);
        let earlier = if task.kinds.contains(&domain::Kind::Refinement) {
            self.remarks(&task.prompt, Some(hold.account.as_str()), &task.responses)
                .await?
        } else {
            Vec::new()
        };
        Ok(Some(Item {
            messages: from_json(
                row.try_get("messages")?,
                "prompt",
                "messages",
                task.prompt.as_str(),
            )?,
            reference: row.try_get("reference")?,
            language: row.try_get("language")?,
            criteria: self.rubric(&task.prompt).await?,
            subject: self.subject(hold, &task).await?,
            assignment,
            responses,
            draft,
            earlier,
            task,
        }))
    }

    /// Responses with their sources, in the order given.
    pub async fn shown(&self, ids: &[ResponseId]) -> Result<Vec<ItemResponse>> {
        let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT r.id, r.text, s.name, s.kind, \
                CASE WHEN s.kind = 'student' THEN (SELECT COUNT(*) FROM source o WHERE o.project = s.project AND o.kind = 'student' AND o.id <= s.id) \
                ELSE 0 END AS number \
             FROM response r JOIN source s ON s.id = r.source WHERE r.id IN ({})",
            places.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows = query.fetch_all(&self.read).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get("id")?;
            let kind: &str = row.try_get("kind")?;
            found.push(ItemResponse {
                source_kind: SourceKind::parse(kind).ok_or_else(|| Error::Corrupt {
                    table: "source",
                    column: "kind",
                    id: id.clone(),
                    problem: kind.to_owned(),
                })?,
                shown: Shown {
                    id: ResponseId(id),
                    text: row.try_get("text")?,
                },
                source: row.try_get("name")?,
                number: row.try_get("number")?,
            });
        }
        found.sort_by_key(|it| ids.iter().position(|id| *id == it.shown.id));
        Ok(found)
    }

    /// What a person, or anybody, said about these responses of a prompt, and has not withdrawn.
    async fn remarks(
        &self,
        prompt: &PromptId,
        annotator: Option<&str>,
        responses: &[ResponseId],
    ) -> Result<Vec<Remark>> {
        let rows = sqlx::query(
            "SELECT id, payload FROM annotation WHERE prompt = $1 AND annotator = COALESCE($2, annotator) AND kind = 'critique' AND current = 1 ORDER BY id",
        )
        .bind(prompt.as_str())
        .bind(annotator)
        .fetch_all(&self.read)
        .await?;
        let mut remarks = Vec::new();
        for row in &rows {
            let id: &str = row.try_get("id")?;
            if let Annotation::Critique(critique) =
                from_json(row.try_get("payload")?, "annotation", "payload", id)?
            {
                remarks.extend(critique.remarks);
            }
        }
        remarks.retain(|remark| responses.contains(&remark.response));
        Ok(remarks)
    }

    async fn subject(&self, hold: Hold<'_>, task: &Task) -> Result<Option<Subject>> {
        let Some(id) = &task.subject else {
            return Ok(None);
        };
        let (Some(record), Some(response)) = (
            self.annotation(hold.project, id).await?,
            self.shown(&task.responses).await?.into_iter().next(),
        ) else {
            return Ok(None);
        };
        let Record {
            annotation: Annotation::Refinement(refinement),
            annotator,
            provenance,
            ..
        } = record
        else {
            return Ok(None);
        };
        let original = response.shown;
        let Some(edit) = refinement
            .edits
            .into_iter()
            .find(|edit| edit.response == original.id)
        else {
            return Ok(None);
        };
        let machine = provenance == domain::Provenance::Machine;
        let by = (!machine).then_some(annotator.as_str());
        let mut remarks = self.remarks(&task.prompt, by, &task.responses).await?;
        if machine {
            // a model is asked to mend what people found wrong: praise asks for nothing
            remarks.retain(|remark| remark.polarity.sign() <= 0);
        }
        Ok(Some(Subject {
            refined: edit.text,
            remarks,
            original,
        }))
    }
}
