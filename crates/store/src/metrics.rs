//! What a run measures while it goes, and what its model says to fixed prompts.

use crate::error::{from_json, to_json};
use crate::imports::sql::insert;
use crate::jobs::{self, LEASE_MS, Lease};
use crate::{Result, Store, storable};
use domain::ids::RunId;
use domain::prompt::Message;
use sqlx::Row;
use std::collections::BTreeMap;

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The optimiser's step, from 1.
    pub step: i64,
    /// What was measured, e.g. `loss`, `accuracy`, `held_out.accuracy`.
    pub name: String,
    /// Its value, finite.
    pub value: f64,
}

/// What a model says to a prompt before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The prompt.
    pub prompt: Vec<Message>,
    /// The base model's response.
    pub before: Option<String>,
    /// The trained model's.
    pub after: Option<String>,
}

impl Store {
    /// Notes what a run does before its first step or after its last. False when the lease is lost: stop.
    pub async fn run_stage(&self, lease: &Lease, run: &RunId, words: &str) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET stage = $2 WHERE id = $1")
            .bind(run.as_str())
            .bind(storable(words))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes how far a run is and what it measured since the last time, which also keeps the lease. What
    /// is not finite is left out. False when the lease is lost: stop.
    pub async fn run_progress(
        &self,
        lease: &Lease,
        run: &RunId,
        (step, steps): (i64, i64),
        metrics: &[Metric],
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let held = sqlx::query(
            "UPDATE job SET done = $3, total = $4, lease_until = $5 WHERE id = $1 AND fence = $2 AND state = 'leased' AND run = $6",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .bind(step)
        .bind(steps)
        .bind(now + LEASE_MS)
        .bind(run.as_str())
        .execute(&mut *transaction)
        .await?;
        if held.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET step = $2, steps = $3, stage = '' WHERE id = $1")
            .bind(run.as_str())
            .bind(step)
            .bind(steps)
            .execute(&mut *transaction)
            .await?;
        // PostgreSQL refuses a row that stands twice in one statement: the last one counts
        let finite: BTreeMap<(i64, &str), f64> = metrics
            .iter()
            .filter(|metric| metric.value.is_finite())
            .map(|metric| ((metric.step, metric.name.as_str()), metric.value))
            .collect();
        let finite: Vec<_> = finite.into_iter().collect();
        insert(
            &mut transaction,
            "INSERT INTO metric (run, step, name, value)",
            4,
            "ON CONFLICT (run, step, name) DO UPDATE SET value = excluded.value",
            &finite,
            |statement, ((step, name), value)| {
                statement
                    .bind(run.as_str())
                    .bind(*step)
                    .bind(*name)
                    .bind(*value)
            },
        )
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes that everything up to `step` is safe in the artifact store under `folder`. False when the
    /// lease is lost.
    pub async fn run_checkpoint(
        &self,
        lease: &Lease,
        run: &RunId,
        step: i64,
        folder: &str,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let held = sqlx::query(
            "UPDATE job SET attempts = 1 WHERE id = $1 AND fence = $2 AND state = 'leased' AND run = $3",
        )
        .bind(lease.job.as_str())
        .bind(lease.fence)
        .bind(run.as_str())
        .execute(&mut *transaction)
        .await?;
        if held.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET checkpoint = $2, step = $3 WHERE id = $1")
            .bind(run.as_str())
            .bind(folder)
            .bind(step)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Forgets what was measured after `step`: the run goes on from there. False when the lease is lost.
    pub async fn rewind_run(&self, lease: &Lease, run: &RunId, step: i64) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET step = $2 WHERE id = $1")
            .bind(run.as_str())
            .bind(step)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM metric WHERE run = $1 AND step > $2")
            .bind(run.as_str())
            .bind(step)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// What a run measured after `step` (0: everything), in order.
    pub async fn metrics(&self, run: &RunId, step: i64) -> Result<Vec<Metric>> {
        sqlx::query(
            "SELECT step, name, value FROM metric WHERE run = $1 AND step > $2 ORDER BY step, name",
        )
        .bind(run.as_str())
        .bind(step)
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(Metric {
                step: row.try_get("step")?,
                name: row.try_get("name")?,
                value: row.try_get("value")?,
            })
        })
        .collect()
    }

    /// Writes what the model says to the fixed prompts; what stood there before stays where nothing new
    /// is given. False when the lease is lost.
    pub async fn write_samples(
        &self,
        lease: &Lease,
        run: &RunId,
        samples: &[Sample],
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        for (position, sample) in (0_i64..).zip(samples) {
            sqlx::query(
                "INSERT INTO sample (run, position, prompt, before_text, after_text) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (run, position) DO UPDATE SET before_text = COALESCE(excluded.before_text, sample.before_text), \
                    after_text = COALESCE(excluded.after_text, sample.after_text)",
            )
            .bind(run.as_str())
            .bind(position)
            .bind(to_json(&sample.prompt))
            .bind(sample.before.as_deref().map(storable))
            .bind(sample.after.as_deref().map(storable))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// What the model said to the fixed prompts.
    pub async fn samples(&self, run: &RunId) -> Result<Vec<Sample>> {
        sqlx::query(
            "SELECT prompt, before_text, after_text FROM sample WHERE run = $1 ORDER BY position",
        )
        .bind(run.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(Sample {
                prompt: from_json(row.try_get("prompt")?, "sample", "prompt", run.as_str())?,
                before: row.try_get("before_text")?,
                after: row.try_get("after_text")?,
            })
        })
        .collect()
    }
}
