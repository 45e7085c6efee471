//! The live reward model in the database: the answers it learns from, the tasks it may choose between, what
//! became of it. **It never holds up an annotator**: it reads a bounded number of rows, and writes one row
//! and a list of at most [`QUEUE`] in one short transaction.

mod keep;
mod learner;
mod read;
mod vectors;

pub use keep::keep_fresh;
pub use learner::Learner;
pub use read::{Answer, Pair, Stand, Text};
pub use vectors::Encoding;

use crate::error::to_json;
use crate::{Result, Store};
use domain::ids::ProjectId;
use domain::live::{Head, Order, Report, seed};
use domain::project::Settings;
use domain::stats::Random;
use sqlx::Row;

/// The newest answers that are learned from.
pub const ANSWERS: i64 = 3_000;
/// Open tasks that are looked at in one round.
pub const CANDIDATES: usize = 400;
/// Tasks that are put in order ahead: one statement writes them.
pub const QUEUE: usize = 96;
/// How long a server may keep the lease without renewing it.
const LEASE_MS: i64 = 10_000;

/// Where candidates are looked for: elsewhere after every so many answers, so that an encoder finds the time to read what
/// is looked at; the same with the same answers.
fn windows(project: &ProjectId, answers: usize) -> Random {
    const STAY: usize = 32;
    Random::seeded(seed(project.as_str(), answers / STAY))
}

/// Which of a project's settings the live model follows, and how many of its encoder's vectors are there: when that
/// changes, it is made anew.
pub(crate) fn follows(settings: &Settings, vectors: i64) -> String {
    let simulated = if settings.learn_simulated {
        "people and simulated"
    } else {
        "people"
    };
    let order = settings.queue_order.name();
    match settings.encoder.as_str() {
        "" => format!("{order}, {simulated}"),
        encoder => format!("{order}, {simulated}, {vectors} vectors of {encoder}"),
    }
}

/// A task's place in the chosen order.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The task.
    pub task: String,
    /// What chose it.
    pub by: Order,
    /// The policy's number for it.
    pub score: f64,
}

/// What a round leaves behind.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) answers: i64,
    pub(crate) newest: i64,
    pub(crate) settings: String,
    pub(crate) report: Report,
    pub(crate) head: Option<Head>,
    pub(crate) places: Vec<Place>,
    pub(crate) took_ms: i64,
    pub(crate) lag_ms: i64,
}

impl Store {
    /// Takes or renews the right to keep live models; false while another server has it.
    pub async fn take_live_lease(&self, owner: &str, now: i64) -> Result<bool> {
        self.take_lease("live", owner, now).await
    }

    /// The same for other work that one server shall do at a time.
    pub(crate) async fn take_lease(&self, name: &str, owner: &str, now: i64) -> Result<bool> {
        let taken = sqlx::query(
            "INSERT INTO live_lease (name, owner, until) VALUES ($4, $1, $2) \
             ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
             WHERE live_lease.owner = excluded.owner OR live_lease.until < $3",
        )
        .bind(owner)
        .bind(now + LEASE_MS)
        .bind(now)
        .bind(name)
        .execute(&self.write)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Writes a round down: the model and the order of the queue, both or neither.
    pub(crate) async fn save_live(
        &self,
        project: &ProjectId,
        round: &Round,
        now: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO live_model (project, answers, newest, settings, report, head, trained_at, took_ms, lag_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (project) DO UPDATE SET answers = excluded.answers, newest = excluded.newest, settings = excluded.settings, \
                report = excluded.report, head = excluded.head, trained_at = excluded.trained_at, took_ms = excluded.took_ms, lag_ms = excluded.lag_ms",
        )
        .bind(project.as_str())
        .bind(round.answers)
        .bind(round.newest)
        .bind(&round.settings)
        .bind(to_json(&round.report))
        .bind(round.head.as_ref().map(short))
        .bind(now)
        .bind(round.took_ms)
        .bind(round.lag_ms)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM live_queue WHERE project = $1")
            .bind(project.as_str())
            .execute(&mut *transaction)
            .await?;
        let rows: Vec<(i64, &Place)> = (0..).zip(&round.places).collect();
        crate::imports::sql::insert(
            &mut transaction,
            // a task may have been taken away meanwhile
            "INSERT INTO live_queue (project, rank, task, chosen_by, score)",
            5,
            "ON CONFLICT (project, rank) DO NOTHING",
            &rows,
            |statement, (rank, place)| {
                statement
                    .bind(project.as_str())
                    .bind(*rank)
                    .bind(&place.task)
                    .bind(place.by.name())
                    .bind(place.score)
            },
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The head that the project's live model has now, to say what it expects.
    pub async fn live_head(&self, project: &ProjectId) -> Result<Option<Head>> {
        let row = sqlx::query("SELECT head FROM live_model WHERE project = $1")
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(text) = row.try_get::<Option<String>, _>("head")? else {
            return Ok(None);
        };
        let weights = crate::error::from_json(&text, "live_model", "head", project.as_str())?;
        Ok(Some(Head { weights }))
    }
}

/// Five digits are enough for an expectation, and are read with every answer.
fn short(head: &Head) -> String {
    let numbers: Vec<String> = head.weights.iter().map(|w| format!("{w:.5}")).collect();
    format!("[{}]", numbers.join(","))
}
