//! The loop that counts what is new and fits what changed. It asks the database, so that it does not matter
//! which server wrote it; a lease spares two servers the same work, but nothing depends on it.

use crate::{Result, Store, new_id, now_ms};
use domain::ids::ProjectId;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How often it asks.
const ASK: Duration = Duration::from_millis(500);
/// Annotations in one transaction: annotators wait no longer than it takes.
const ANNOTATIONS: i64 = 40;
/// Prompts in one transaction, each with everything that was said about it.
const PROMPTS: i64 = 10;
/// The longest pause after work.
const PAUSE: Duration = Duration::from_millis(1_500);
/// So long it counts before it fits once.
const COUNTING: Duration = Duration::from_secs(2);
/// So long it fits before it counts again.
const FITTING: Duration = Duration::from_millis(1_500);

/// Keeps everything counted and fitted until the store is closed.
pub async fn keep_counted(store: Store) {
    let owner = new_id();
    while !store.read.is_closed() {
        let begun = Instant::now();
        let pause = match turn(&store, &owner).await {
            Ok(false) => ASK,
            // about a quarter of one core while verdicts keep coming
            Ok(true) => (3 * begun.elapsed()).clamp(Duration::from_millis(50), PAUSE),
            Err(_) if store.read.is_closed() => return,
            Err(error) => {
                tracing::warn!("counting verdicts waits: {error}");
                Duration::from_secs(2)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Looks once, works if need be; whether it worked.
async fn turn(store: &Store, owner: &str) -> Result<bool> {
    let uncounted = store.uncounted_projects().await?;
    let stale = store.stale_projects().await?;
    let projects: BTreeSet<String> = uncounted.into_iter().chain(stale).collect();
    let mut worked = false;
    for project in projects {
        if !store.take_lease("evaluation", owner, now_ms()).await? {
            return Ok(worked);
        }
        store.count_for(&project, COUNTING).await?;
        store
            .fit_for(&ProjectId(project), FITTING, now_ms())
            .await?;
        worked = true;
    }
    // what was asked for of large slices takes seconds: only when nothing waits to be on a board
    if !worked && let Some(project) = store.underived_projects(now_ms()).await?.first() {
        if !store.take_lease("evaluation", owner, now_ms()).await? {
            return Ok(false);
        }
        store.derive_for(project, Duration::ZERO, now_ms).await?;
        worked = true;
    }
    Ok(worked)
}

impl Store {
    /// Counts what is new in a project for so long.
    async fn count_for(&self, project: &str, time: Duration) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < time {
            let counted = self
                .count_annotations(project, ANNOTATIONS, now_ms())
                .await?;
            let moved = self.move_placed(project, PROMPTS).await?;
            if counted + moved == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Counts and fits everything in a project that waits for it, and computes what was asked for, however long it takes.
    pub async fn count_now(&self, project: &ProjectId, now: i64) -> Result<()> {
        const LONG: Duration = Duration::from_hours(24);
        self.count_for(project.as_str(), LONG).await?;
        self.fit_for(project, LONG, now).await?;
        self.derive_for(project.as_str(), LONG, || now).await
    }
}
