//! Accepting and declining. **What is accepted together is one edit of the tree**, which can be taken back like any
//! other; what cannot be done stays open, with the reason.

use super::{Listed, listed};
use crate::error::to_json;
use crate::taxonomy::{By, begin_edit, finish_edit};
use crate::{Result, Store, Transaction, new_id, sha256, storable};
use domain::ids::{JobId, ProjectId, PromptId};
use domain::prompt::{Message, WRITTEN_BY, preview};
use domain::taxonomy::{Proposed, Step, Tree};
use serde_json::json;
use sqlx::Row;
use std::collections::BTreeSet;

/// Which open proposals of a job.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    /// These.
    These(&'a [String]),
    /// All.
    All,
    /// Those at least so sure.
    From(f64),
}

impl Chosen<'_> {
    fn has(&self, it: &Listed) -> bool {
        match self {
            Self::These(ids) => ids.contains(&it.id),
            Self::All => true,
            Self::From(least) => it.score.is_some_and(|score| score >= *least),
        }
    }
}

/// The request that a job's proposals come from, as far as accepting needs it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Of which project.
    pub project: &'a ProjectId,
    /// Which job's.
    pub job: &'a JobId,
    /// The model's name.
    pub model: &'a str,
}

/// What came of accepting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// So many are done.
    pub done: usize,
    /// So many could not be.
    pub refused: usize,
}

impl Store {
    /// Accepts open proposals, in their job's order, as one edit; `words` says in words what it does, from what the
    /// accepted ones do.
    pub async fn accept_proposals(
        &self,
        request: Request<'_>,
        chosen: Chosen<'_>,
        words: impl Fn(&[String]) -> String,
        by: By<'_>,
    ) -> Result<Decided> {
        let (project, mut transaction) = (request.project, self.begin().await?);
        let begun = begin_edit(&mut transaction, project).await?;
        let mut open = open(&mut transaction, request).await?;
        open.retain(|it| chosen.has(it));
        let mut tree = begun.tree.clone();
        let mut accepted = Accepted::default();
        for it in &open {
            accepted
                .take(&mut transaction, request, it, &mut tree, by.now)
                .await?;
        }
        for (id, refusal) in &accepted.refused {
            sqlx::query("UPDATE proposal SET refusal = $2 WHERE id = $1")
                .bind(id)
                .bind(refusal)
                .execute(&mut *transaction)
                .await?;
        }
        let decided = Decided {
            done: accepted.done.len(),
            refused: accepted.refused.len(),
        };
        if !accepted.steps.is_empty() {
            let what = words(&accepted.what);
            let steps = accepted.steps;
            let edit = finish_edit(&mut transaction, project, begun, steps, &what, by).await?;
            let Ok(edit) = edit else {
                // the steps were tried on this very tree
                return Ok(Decided::default());
            };
            for (id, prompt) in &accepted.done {
                sqlx::query(
                    "UPDATE proposal SET state = 'accepted', refusal = NULL, edit = $2, account = $3, decided_at = $4, \
                        prompt = COALESCE($5, prompt) WHERE id = $1",
                )
                .bind(id)
                .bind(&edit)
                .bind(by.account.as_str())
                .bind(by.now)
                .bind(prompt.as_ref().map(PromptId::as_str))
                .execute(&mut *transaction)
                .await?;
            }
        }
        transaction.commit().await?;
        Ok(decided)
    }

    /// Declines open proposals; how many.
    pub async fn decline_proposals(
        &self,
        request: Request<'_>,
        chosen: Chosen<'_>,
        by: By<'_>,
    ) -> Result<usize> {
        let mut transaction = self.begin().await?;
        let mut open = open(&mut transaction, request).await?;
        open.retain(|it| chosen.has(it));
        let mut declined = 0;
        for it in &open {
            let written = sqlx::query(
                "UPDATE proposal SET state = 'declined', account = $2, decided_at = $3 WHERE id = $1 AND state = 'open'",
            )
            .bind(&it.id)
            .bind(by.account.as_str())
            .bind(by.now)
            .execute(&mut *transaction)
            .await?;
            declined += usize::try_from(written.rows_affected()).unwrap_or(0);
        }
        transaction.commit().await?;
        Ok(declined)
    }

    /// Makes declined proposals open again; how many.
    pub async fn reopen_proposals(&self, request: Request<'_>) -> Result<u64> {
        let written = sqlx::query(
            "UPDATE proposal SET state = 'open', account = NULL, decided_at = NULL \
             WHERE project = $1 AND job = $2 AND state = 'declined'",
        )
        .bind(request.project.as_str())
        .bind(request.job.as_str())
        .execute(&self.write)
        .await?;
        Ok(written.rows_affected())
    }
}

/// A job's open proposals in its order.
async fn open(transaction: &mut Transaction, request: Request<'_>) -> Result<Vec<Listed>> {
    let rows = sqlx::query(
        "SELECT o.id, o.what, o.content, o.reply, o.prompt, p.number, p.preview, o.score, o.state, o.refusal \
         FROM proposal o LEFT JOIN prompt p ON p.id = o.prompt \
         WHERE o.project = $1 AND o.job = $2 AND o.state = 'open' ORDER BY o.position",
    )
    .bind(request.project.as_str())
    .bind(request.job.as_str())
    .fetch_all(&mut **transaction)
    .await?;
    rows.iter().map(listed).collect()
}

/// What was accepted so far.
#[derive(Default)]
struct Accepted {
    steps: Vec<Step>,
    what: Vec<String>,
    /// Which, and the prompt that was made.
    done: Vec<(String, Option<PromptId>)>,
    refused: Vec<(String, String)>,
}

impl Accepted {
    /// Accepts one, whole or not at all.
    async fn take(
        &mut self,
        transaction: &mut Transaction,
        request: Request<'_>,
        it: &Listed,
        tree: &mut Tree,
        now: i64,
    ) -> Result<()> {
        let made = match &it.content {
            Proposed::Prompt { node, .. } => {
                // where the node is gone, no prompt is made
                if let Err(refused) = tree.get(node) {
                    self.refused.push((it.id.clone(), refused.to_string()));
                    return Ok(());
                }
                write_prompt(transaction, request, &it.content, now).await?
            }
            _ => None,
        };
        let steps = it.content.steps(tree, made.as_ref());
        match steps.and_then(|steps| tree.apply(&steps).map(|()| steps)) {
            Ok(steps) => {
                self.steps.extend(steps);
                self.what.push(it.what.clone());
                self.done.push((it.id.clone(), made));
            }
            Err(refused) => self.refused.push((it.id.clone(), refused.to_string())),
        }
        Ok(())
    }
}

/// The prompt of a proposal, made where it is not there yet, marked as written by a model.
async fn write_prompt(
    transaction: &mut Transaction,
    request: Request<'_>,
    content: &Proposed,
    now: i64,
) -> Result<Option<PromptId>> {
    let Proposed::Prompt {
        text,
        answers,
        seeds,
        ..
    } = content
    else {
        return Ok(None);
    };
    let messages = [Message::user(storable(text))];
    let stored = to_json(&messages);
    let number: i64 = sqlx::query(
        "UPDATE project SET next_number = next_number + 1 WHERE id = $1 RETURNING next_number",
    )
    .bind(request.project.as_str())
    .fetch_one(&mut **transaction)
    .await?
    .try_get("next_number")?;
    let quality: BTreeSet<&str> = domain::taxonomy::realmix::QUESTIONS
        .iter()
        .zip(answers)
        .filter(|(_, answer)| answer.yes)
        .map(|((name, _), _)| *name)
        .collect();
    let metadata = json!({
        WRITTEN_BY: request.model, "written_from": seeds, "quality": quality, "job": request.job,
    });
    let row = sqlx::query(
        "INSERT INTO prompt (id, project, hash, messages, preview, metadata, number, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (project, hash) DO UPDATE SET indexed = 0 RETURNING id",
    )
    .bind(new_id())
    .bind(request.project.as_str())
    .bind(sha256(&stored))
    .bind(&stored)
    .bind(preview(&messages))
    .bind(metadata.to_string())
    .bind(number)
    .bind(now)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Some(PromptId(row.try_get("id")?)))
}
