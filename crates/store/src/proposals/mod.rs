//! What models propose for the tree: kept with the job that asked, listed, counted. Accepting is in `decide`.

mod decide;

pub use decide::{Chosen, Decided, Request};

use crate::error::{from_json, to_json};
use crate::imports::sql::insert;
use crate::jobs::{LEASE_MS, Lease};
use crate::{Result, Store, new_id, storable};
use domain::ids::{JobId, NodeId, ProjectId, PromptId};
use domain::prompt::Message;
use domain::taxonomy::{Kept, Proposed};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};
use std::collections::BTreeSet;

/// Prompts whose metadata are looked through for tags.
const LOOKED_AT: i64 = 20_000;

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Nobody decided, or it could not be done, or was taken back.
    Open,
    /// It is done.
    Accepted,
    /// Somebody does not want it.
    Declined,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Accepted, Self::Declined];

    /// The name in the database and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        }
    }
    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A proposal to be kept.
#[derive(Clone, Debug)]
pub struct NewProposal {
    /// Its place in its job; the second of one place is left out.
    pub position: i64,
    /// What it does, in words.
    pub what: String,
    /// What it does.
    pub content: Proposed,
    /// What the model wrote.
    pub reply: String,
    /// The prompt that is placed.
    pub prompt: Option<PromptId>,
    /// How sure it is; the surest come first.
    pub score: Option<f64>,
}

/// A proposal in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: String,
    /// What it does, in words.
    pub what: String,
    /// What it does.
    pub content: Proposed,
    /// What the model wrote.
    pub reply: String,
    /// The prompt that is placed or was made: which, its number, the beginning of what it asks.
    pub prompt: Option<(PromptId, i64, String)>,
    /// How sure it is.
    pub score: Option<f64>,
    /// Where it stands.
    pub state: State,
    /// Why it could not be done when somebody tried.
    pub refusal: Option<String>,
}

/// A prompt as models are shown it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which.
    pub id: PromptId,
    /// Its number in the project.
    pub number: i64,
    /// What it asks.
    pub messages: Vec<Message>,
}

fn listed(row: &AnyRow) -> Result<Listed> {
    let id: String = row.try_get("id")?;
    let state: String = row.try_get("state")?;
    let prompt: Option<String> = row.try_get("prompt")?;
    let prompt = match prompt {
        Some(prompt) => Some((
            PromptId(prompt),
            row.try_get("number")?,
            row.try_get("preview")?,
        )),
        None => None,
    };
    Ok(Listed {
        what: row.try_get("what")?,
        content: from_json(row.try_get("content")?, "proposal", "content", &id)?,
        reply: row.try_get("reply")?,
        prompt,
        score: row.try_get("score")?,
        state: State::parse(&state).unwrap_or(State::Open),
        refusal: row.try_get("refusal")?,
        id,
    })
}

fn shown(row: &AnyRow) -> Result<Shown> {
    let id: String = row.try_get("id")?;
    Ok(Shown {
        number: row.try_get("number")?,
        messages: from_json(row.try_get("messages")?, "prompt", "messages", &id)?,
        id: PromptId(id),
    })
}

impl Store {
    /// Keeps proposals of a job, how far it is and what it needs to go on, in one; false when the lease is lost:
    /// nothing is written.
    pub async fn keep_proposals(
        &self,
        lease: &Lease,
        project: &ProjectId,
        proposals: &[NewProposal],
        kept: &Kept,
        (done, total): (i64, i64),
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let held = sqlx::query(
            "UPDATE job SET done = $3, total = $4, result = $5, attempts = 1, lease_until = $6 \
             WHERE id = $1 AND fence = $2 AND state = 'leased'",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .bind(done)
        .bind(total)
        .bind(storable(&to_json(kept)))
        .bind(now + LEASE_MS)
        .execute(&mut *transaction)
        .await?;
        if held.rows_affected() == 0 {
            return Ok(false);
        }
        insert(
            &mut transaction,
            "INSERT INTO proposal (id, project, job, position, what, content, reply, prompt, score, created_at)",
            10,
            "ON CONFLICT (job, position) DO NOTHING",
            proposals,
            |statement, it| {
                statement
                    .bind(new_id())
                    .bind(project.as_str())
                    .bind(lease.job.as_str())
                    .bind(it.position)
                    .bind(storable(&it.what))
                    .bind(storable(&to_json(&it.content)))
                    .bind(storable(&it.reply))
                    .bind(it.prompt.as_ref().map(PromptId::as_str))
                    .bind(it.score.filter(|score| score.is_finite()))
                    .bind(now)
            },
        )
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// What a job keeps besides its proposals.
    pub async fn job_kept(&self, project: &ProjectId, job: &JobId) -> Result<Kept> {
        let row = sqlx::query("SELECT result FROM job WHERE id = $1 AND project = $2")
            .bind(job.as_str())
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else {
            return Ok(Kept::default());
        };
        from_json(row.try_get("result")?, "job", "result", job.as_str())
    }

    /// A job's proposals, the surest first, then in the job's order.
    pub async fn proposals(
        &self,
        project: &ProjectId,
        job: &JobId,
        state: Option<State>,
        (skip, limit): (i64, i64),
    ) -> Result<Vec<Listed>> {
        let rows = sqlx::query(
            "SELECT o.id, o.what, o.content, o.reply, o.prompt, p.number, p.preview, o.score, o.state, o.refusal \
             FROM proposal o LEFT JOIN prompt p ON p.id = o.prompt \
             WHERE o.project = $1 AND o.job = $2 AND ($3 = '' OR o.state = $3) \
             ORDER BY COALESCE(o.score, 0) DESC, o.position LIMIT $4 OFFSET $5",
        )
        .bind(project.as_str())
        .bind(job.as_str())
        .bind(state.map_or("", State::name))
        .bind(limit)
        .bind(skip)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(listed).collect()
    }

    /// How many of a job's proposals stand where, as in [`State::ALL`].
    pub async fn proposal_counts(&self, project: &ProjectId, job: &JobId) -> Result<[i64; 3]> {
        let rows = sqlx::query(
            "SELECT state, COUNT(*) AS n FROM proposal WHERE project = $1 AND job = $2 GROUP BY state",
        )
        .bind(project.as_str())
        .bind(job.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut counts = [0; 3];
        for row in rows {
            let state: String = row.try_get("state")?;
            let place = State::ALL.iter().position(|it| it.name() == state);
            if let Some(place) = place {
                counts[place] = row.try_get("n")?;
            }
        }
        Ok(counts)
    }

    /// The places that a job's proposals take: what it need not propose again.
    pub async fn proposed(&self, project: &ProjectId, job: &JobId) -> Result<BTreeSet<i64>> {
        let rows = sqlx::query("SELECT position FROM proposal WHERE project = $1 AND job = $2")
            .bind(project.as_str())
            .bind(job.as_str())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// How many proposals of a project nobody has decided on.
    pub async fn open_proposals(&self, project: &ProjectId) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) FROM job j JOIN proposal o ON o.job = j.id WHERE j.project = $1 AND o.state = 'open'")
            .bind(project.as_str())
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// A project's prompts after this number.
    pub async fn prompts_after(
        &self,
        project: &ProjectId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Shown>> {
        let rows = sqlx::query(
            "SELECT id, number, messages FROM prompt WHERE project = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(project.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(shown).collect()
    }

    /// These prompts of a project, in the order of their numbers.
    pub async fn prompts_by_id<'a>(
        &self,
        project: &ProjectId,
        ids: impl IntoIterator<Item = &'a PromptId>,
    ) -> Result<Vec<Shown>> {
        let ids = ids.into_iter().map(|id| id.0.clone()).collect();
        let text =
            "SELECT id, number, messages FROM prompt WHERE project || '' = $1 AND id IN ({})";
        let rows = self.by_ids(project, text, ids).await?;
        let mut found = rows.iter().map(shown).collect::<Result<Vec<_>>>()?;
        found.sort_by_key(|it| it.number);
        // the list of places is filled up with repeats
        found.dedup_by(|one, other| one.id == other.id);
        Ok(found)
    }

    /// Where people and files put prompts: node and prompt, the prompts in the order of their coming.
    pub async fn placed_by_people(&self, project: &ProjectId) -> Result<Vec<(NodeId, PromptId)>> {
        let rows = sqlx::query(
            "SELECT x.node, x.prompt FROM node n JOIN prompt_node x ON x.node = n.id \
             WHERE n.project = $1 AND x.origin IN ('hand', 'import') ORDER BY x.prompt, x.node",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let rows = rows
            .iter()
            .map(|row| Ok((NodeId(row.try_get(0)?), PromptId(row.try_get(1)?))));
        rows.collect()
    }

    /// What files said besides of a project's prompts, of the first twenty thousand.
    pub async fn prompts_metadata(&self, project: &ProjectId) -> Result<Vec<Value>> {
        let text = format!(
            "SELECT id, metadata FROM prompt WHERE project = $1 AND metadata <> '{{}}' ORDER BY number LIMIT {LOOKED_AT}"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(project.as_str())
            .fetch_all(&self.read)
            .await?;
        let metadata = rows.iter().map(|row| {
            let id: String = row.try_get("id")?;
            from_json(row.try_get("metadata")?, "prompt", "metadata", &id)
        });
        metadata.collect()
    }
}
