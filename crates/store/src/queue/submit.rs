//! Answering: one transaction, exactly once.

use super::{Hold, give_place, is_race, person_tally, take_place};
use crate::annotations::{self, Filter, NewAnnotation};
use crate::drafts::Draft;
use crate::error::from_json;
use crate::tasks::{self, NewTask};
use crate::{Result, Store, Transaction, new_id};
use domain::ids::{AnnotationId, PromptId, ResponseId, TaskId};
use domain::{Annotation, Fields, Kind, Provenance};
use sqlx::Row;

/// An answer to one task.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Whose, to which task.
    pub hold: Hold<'a>,
    /// The round of the form.
    pub round: i64,
    /// The draft's version that the form stands on; 0 for none.
    pub draft_version: i64,
    /// The form, to recognise a draft that says the same.
    pub fields: &'a Fields,
    /// What it says, parsed.
    pub annotations: &'a [Annotation],
    /// Active seconds.
    pub seconds: f64,
    /// Whether another person shall say if a refinement heeds its critique.
    pub check_refinements: bool,
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// It is kept.
    Saved,
    /// The very same answer was kept before: a second click, or an answer that got lost on the way.
    AlreadySaved,
    /// Another answer is kept; nothing was overwritten.
    Conflict {
        /// What is kept.
        saved: Vec<Annotation>,
    },
    /// Another tab saved a newer draft, or the item was reopened; nothing was overwritten.
    DraftChanged {
        /// What is kept.
        draft: Draft,
    },
    /// This person does not hold the task.
    NotHeld,
}

/// The columns of the task that an answer needs.
struct Answered {
    prompt: PromptId,
    shown: Vec<ResponseId>,
    subject: Option<AnnotationId>,
}

impl Store {
    /// Keeps an answer.
    pub async fn submit(&self, submission: Submission<'_>, now: i64) -> Result<Submitted> {
        let mut tries = 0;
        loop {
            match self.try_submit(submission, now).await {
                Err(error) if is_race(&error) && tries < 5 => tries += 1,
                other => return other,
            }
        }
    }

    async fn try_submit(&self, it: Submission<'_>, now: i64) -> Result<Submitted> {
        let mut transaction = self.begin().await?;
        let Some((seed, provenance, was)) = finish(&mut transaction, it, now).await? else {
            drop(transaction);
            return self.not_submitted(it).await;
        };
        let draft = sqlx::query(
            "DELETE FROM draft WHERE task = $1 AND account = $2 RETURNING version, fields, seconds AS draft_seconds",
        )
        .bind(it.hold.task.as_str())
        .bind(it.hold.account.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = draft
            && row.try_get::<i64, _>("version")? > it.draft_version
        {
            let draft = crate::drafts::draft(&row, it.hold.task.as_str())?;
            if draft.fields != *it.fields {
                return Ok(Submitted::DraftChanged { draft });
            }
        }
        if was != Was::Held {
            let placed = take_place(&mut transaction, it.hold).await?;
            sqlx::query("UPDATE assignment SET holds = $3 WHERE task = $1 AND account = $2")
                .bind(it.hold.task.as_str())
                .bind(it.hold.account.as_str())
                .bind(i64::from(placed))
                .execute(&mut *transaction)
                .await?;
        }
        let task = answered(&mut transaction, it.hold, seed).await?;
        let new: Vec<NewAnnotation> = it
            .annotations
            .iter()
            .map(|annotation| NewAnnotation {
                id: AnnotationId(new_id()),
                prompt: task.prompt.clone(),
                task: Some(it.hold.task.clone()),
                account: Some(it.hold.account.clone()),
                annotator: it.hold.account.as_str().to_owned(),
                provenance,
                annotation: annotation.clone(),
                shown: task.shown.clone(),
                subject: task.subject.clone(),
                external_id: None,
                round: it.round,
                seconds: Some(it.seconds),
                created_at: now,
            })
            .collect();
        annotations::insert(&mut transaction, it.hold.project, &new).await?;
        if it.check_refinements {
            ask_about_refinements(&mut transaction, it.hold, &new, now).await?;
        }
        person_tally(
            &mut transaction,
            it.hold,
            1,
            if was == Was::Skipped { -1 } else { 0 },
        )
        .await?;
        transaction.commit().await?;
        Ok(Submitted::Saved)
    }

    /// Why the assignment was not there to be finished.
    async fn not_submitted(&self, it: Submission<'_>) -> Result<Submitted> {
        let row = sqlx::query(
            "SELECT state, round FROM assignment WHERE task = $1 AND account = $2 AND project = $3 AND state <> 'excluded'",
        )
        .bind(it.hold.task.as_str())
        .bind(it.hold.account.as_str())
        .bind(it.hold.project.as_str())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else {
            return Ok(Submitted::NotHeld);
        };
        if row.try_get::<&str, _>("state")? != "done" {
            // reopened in another tab: the form belongs to a round that is over
            let draft = self.draft(it.hold.task, it.hold.account).await?;
            return Ok(match draft {
                Some(draft) => Submitted::DraftChanged { draft },
                None => Submitted::NotHeld,
            });
        }
        let filter = Filter {
            task: Some(it.hold.task.clone()),
            account: Some(it.hold.account.clone()),
            ..Filter::default()
        };
        let saved: Vec<Annotation> = self
            .annotations(it.hold.project, &filter)
            .await?
            .into_iter()
            .map(|record| record.annotation)
            .collect();
        let same = saved.len() == it.annotations.len()
            && it
                .annotations
                .iter()
                .all(|annotation| saved.contains(annotation));
        Ok(if same {
            Submitted::AlreadySaved
        } else {
            Submitted::Conflict { saved }
        })
    }
}

/// What an assignment was before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Was {
    /// Hers, with its place or beyond the overlap.
    Held,
    /// Its place had been given away.
    Expired,
    /// She had skipped it.
    Skipped,
}

/// Marks the assignment done; its seed, what stands behind its account, and what it was. `None` when it is not there to be finished, or
/// belongs to another round.
async fn finish(
    transaction: &mut Transaction,
    it: Submission<'_>,
    now: i64,
) -> Result<Option<(i64, Provenance, Was)>> {
    for (was, states) in [
        (Was::Held, "('leased', 'reserved')"),
        (Was::Expired, "('expired')"),
        (Was::Skipped, "('skipped')"),
    ] {
        let sql = format!(
            "UPDATE assignment SET state = 'done', finished_at = $5, opened_at = COALESCE(opened_at, $5), leased_until = 0, seconds = $6, \
                note = NULL, reason = NULL \
             WHERE task = $1 AND account = $2 AND project = $3 AND round = $4 AND state IN {states} \
             RETURNING seed, (SELECT a.simulated FROM account a WHERE a.id = assignment.account) AS simulated"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(it.hold.task.as_str())
            .bind(it.hold.account.as_str())
            .bind(it.hold.project.as_str())
            .bind(it.round)
            .bind(now)
            .bind(it.seconds)
            .fetch_optional(&mut **transaction)
            .await?;
        if let Some(row) = row {
            // who answers decides, not who calls
            let provenance = match row.try_get::<Option<String>, _>("simulated")? {
                Some(_) => Provenance::Simulated,
                None => Provenance::Person,
            };
            return Ok(Some((row.try_get("seed")?, provenance, was)));
        }
    }
    Ok(None)
}

/// Takes one place of a task and marks it done without a form: a place this person holds, else a free
/// one. False when she has answered already, may not, or nothing is free. The caller writes the answer.
pub(crate) async fn answer_directly(
    transaction: &mut Transaction,
    hold: Hold<'_>,
    now: i64,
) -> Result<bool> {
    let held = sqlx::query(
        "UPDATE assignment SET state = 'done', finished_at = $4, leased_until = 0, note = NULL \
         WHERE task = $1 AND account = $2 AND project = $3 AND state IN ('leased', 'reserved') RETURNING seed",
    )
    .bind(hold.task.as_str())
    .bind(hold.account.as_str())
    .bind(hold.project.as_str())
    .bind(now)
    .fetch_optional(&mut **transaction)
    .await?;
    if held.is_none() {
        if !take_place(transaction, hold).await? {
            return Ok(false);
        }
        let taken = sqlx::query(
            "INSERT INTO assignment (task, account, project, state, seed, finished_at) VALUES ($1, $2, $3, 'done', 0, $4) \
             ON CONFLICT (task, account) DO UPDATE SET state = 'done', holds = 1, finished_at = excluded.finished_at \
             WHERE assignment.state = 'expired'",
        )
        .bind(hold.task.as_str())
        .bind(hold.account.as_str())
        .bind(hold.project.as_str())
        .bind(now)
        .execute(&mut **transaction)
        .await?;
        if taken.rows_affected() == 0 {
            give_place(transaction, hold).await?;
            return Ok(false);
        }
    }
    answered(transaction, hold, 0).await?;
    person_tally(transaction, hold, 1, 0).await?;
    Ok(true)
}

/// Counts one more answer.
async fn answered(transaction: &mut Transaction, hold: Hold<'_>, seed: i64) -> Result<Answered> {
    let row = sqlx::query(
        "UPDATE task SET answered = answered + 1 WHERE id = $1 RETURNING prompt, responses, subject, wanted, answered",
    )
    .bind(hold.task.as_str())
    .fetch_one(&mut **transaction)
    .await?;
    if row.try_get::<i64, _>("answered")? == row.try_get::<i64, _>("wanted")? {
        sqlx::query("UPDATE project_tally SET finished = finished + 1 WHERE project = $1")
            .bind(hold.project.as_str())
            .execute(&mut **transaction)
            .await?;
    }
    let mut shown: Vec<ResponseId> = from_json(
        row.try_get("responses")?,
        "task",
        "responses",
        hold.task.as_str(),
    )?;
    super::item::arrange(&mut shown, seed);
    Ok(Answered {
        prompt: PromptId(row.try_get("prompt")?),
        shown,
        subject: row
            .try_get::<Option<String>, _>("subject")?
            .map(AnnotationId),
    })
}

/// For every refinement that answers a critique of the same person: a task that asks another person
/// whether it heeds it.
async fn ask_about_refinements(
    transaction: &mut Transaction,
    hold: Hold<'_>,
    new: &[NewAnnotation],
    now: i64,
) -> Result<()> {
    let Some((refinement, edits)) = new.iter().find_map(|it| match &it.annotation {
        Annotation::Refinement(refinement) => Some((it, &refinement.edits)),
        _ => None,
    }) else {
        return Ok(());
    };
    let earlier = sqlx::query(
        "SELECT id, payload FROM annotation WHERE prompt = $1 AND account = $2 AND kind = 'critique' AND current = 1",
    )
    .bind(refinement.prompt.as_str())
    .bind(hold.account.as_str())
    .fetch_all(&mut **transaction)
    .await?;
    let mut critiqued = Vec::new();
    for row in &earlier {
        let said = from_json(
            row.try_get("payload")?,
            "annotation",
            "payload",
            row.try_get("id")?,
        )?;
        if let Annotation::Critique(critique) = said {
            critiqued.extend(critique.remarks.into_iter().map(|remark| remark.response));
        }
    }
    let tasks: Vec<NewTask> = edits
        .iter()
        .filter(|edit| critiqued.contains(&edit.response))
        .map(|edit| NewTask {
            prompt: refinement.prompt.clone(),
            responses: vec![edit.response.clone()],
            kinds: vec![Kind::Incorporation],
            subject: refinement.id.clone(),
            priority: 1,
            wanted: 1,
        })
        .collect();
    if tasks.is_empty() {
        return Ok(());
    }
    tasks::insert(transaction, hold.project, &tasks, now).await?;
    let made = sqlx::query("SELECT id FROM task WHERE subject = $1")
        .bind(refinement.id.as_str())
        .fetch_all(&mut **transaction)
        .await?;
    for row in made {
        let task = TaskId(row.try_get(0)?);
        sqlx::query(
            "INSERT INTO assignment (task, account, project, state, seed, holds) VALUES ($1, $2, $3, 'excluded', 0, 0) \
             ON CONFLICT (task, account) DO NOTHING",
        )
        .bind(task.as_str())
        .bind(hold.account.as_str())
        .bind(hold.project.as_str())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}
