//! The loop that keeps every project's live model fresh. It asks the database what is new, so that it does
//! not matter which server wrote it; a lease lets only one server do the work.

use super::{ANSWERS, Learner, QUEUE, follows};
use crate::error::from_json;
use crate::{Result, Store, new_id, now_ms};
use domain::Kind;
use domain::ids::ProjectId;
use domain::live::Order;
use domain::project::Settings;
use sqlx::Row;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How often it asks for new feedback.
const ASK: Duration = Duration::from_millis(400);
/// How often it looks at everything: withdrawn answers, changed settings, new tasks.
const LOOK_MS: i64 = 5_000;
/// A row may become visible so much later than its identifier says.
const LATE_MS: i64 = 3_000;
/// A short list that could not be filled is not tried again sooner.
const FILL_MS: i64 = 30_000;
/// The longest pause after a round.
const PAUSE: Duration = Duration::from_millis(1_200);
/// More answers than this since the round before are no person's: many people at once, simulated ones, an import.
const FLOOD: usize = 40;
/// The longest pause in a flood.
const FLOOD_PAUSE: Duration = Duration::from_secs(5);

/// What the loop remembers between turns.
struct Watch {
    owner: String,
    asked_at: i64,
    looked_at: i64,
    filled_at: HashMap<String, i64>,
}

/// Keeps all live models fresh until the store is closed.
pub async fn keep_fresh(store: Store) {
    let mut learner = Learner::default();
    let mut watch = Watch {
        owner: new_id(),
        asked_at: now_ms(),
        looked_at: 0,
        filled_at: HashMap::new(),
    };
    while !store.read.is_closed() {
        let begun = Instant::now();
        let pause = match turn(&store, &mut learner, &mut watch).await {
            Ok(None) => ASK,
            // nobody sees the difference one answer makes among so many
            Ok(Some(FLOOD..)) => (6 * begun.elapsed()).clamp(ASK, FLOOD_PAUSE),
            // no more than a third of one core, and never more than two seconds late by waiting alone
            Ok(Some(_)) => (2 * begun.elapsed()).clamp(ASK, PAUSE),
            Err(_) if store.read.is_closed() => return,
            Err(error) => {
                tracing::warn!("the live model waits: {error}");
                Duration::from_secs(5)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Looks once, works if need be; how many new answers it learned from if it worked.
async fn turn(store: &Store, learner: &mut Learner, watch: &mut Watch) -> Result<Option<usize>> {
    let now = now_ms();
    let everything = now >= watch.looked_at + LOOK_MS;
    let projects = if everything {
        watch.looked_at = now;
        store.live_projects(None).await?
    } else {
        let new = store.live_news(watch.asked_at - LATE_MS).await?;
        if new.is_empty() {
            Vec::new()
        } else {
            store.live_projects(Some(&new)).await?
        }
    };
    watch.asked_at = now;
    let mut worked = None;
    for it in projects {
        if !needed(store, &it, watch, now).await? {
            continue;
        }
        if !store.take_live_lease(&watch.owner, now_ms()).await? {
            return Ok(worked);
        }
        let news = learner.round(store, &it.id, &it.settings, now_ms()).await?;
        worked = Some(worked.unwrap_or(0) + news);
    }
    Ok(worked)
}

/// A project and what its model in the database stands on.
struct Watched {
    id: ProjectId,
    settings: Settings,
    /// Answers, the newest's time, the settings.
    known: Option<(i64, i64, String)>,
    queued: i64,
    open: i64,
    /// Of its encoder.
    vectors: i64,
}

async fn needed(store: &Store, it: &Watched, watch: &mut Watch, now: i64) -> Result<bool> {
    if !it.settings.kinds.contains(&Kind::Preference) {
        return Ok(false);
    }
    let (answers, newest) = store.live_extent(&it.id, &it.settings, ANSWERS).await?;
    let orders = it.settings.queue_order != Order::Imported;
    let Some((known, last, followed)) = &it.known else {
        return Ok(answers > 0 || orders);
    };
    if (*known, *last) != (answers, newest) || *followed != follows(&it.settings, it.vectors) {
        return Ok(true);
    }
    let short = orders
        && usize::try_from(it.queued).is_ok_and(|queued| queued * 3 < QUEUE)
        && it.open > it.queued;
    let tried = watch.filled_at.get(it.id.as_str()).copied().unwrap_or(0);
    if short && now > tried + FILL_MS {
        watch.filled_at.insert(it.id.0.clone(), now);
        return Ok(true);
    }
    Ok(false)
}

impl Store {
    /// Projects in which somebody compared something since then.
    async fn live_news(&self, since: i64) -> Result<Vec<String>> {
        // identifiers begin with the time: the primary key finds the newest
        let first = format!(
            "{:08x}-{:04x}-7000-8000-000000000000",
            since >> 16,
            since & 0xFFFF
        );
        let rows = sqlx::query(
            "SELECT DISTINCT project FROM annotation WHERE id > $1 AND kind = 'preference'",
        )
        .bind(first)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The projects that are not put away, or those of them that are named.
    async fn live_projects(&self, only: Option<&[String]>) -> Result<Vec<Watched>> {
        let rows = sqlx::query(
            "SELECT p.id, p.settings, m.answers, m.newest, m.settings AS followed, COALESCE(y.open_tasks, 0) AS open_tasks, \
                (SELECT COUNT(*) FROM live_queue q JOIN task t ON t.id = q.task WHERE q.project = p.id AND t.open > 0) AS queued \
             FROM project p LEFT JOIN live_model m ON m.project = p.id LEFT JOIN project_tally y ON y.project = p.id \
             WHERE p.archived_at IS NULL",
        )
        .fetch_all(&self.read)
        .await?;
        let mut projects = Vec::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            if only.is_some_and(|only| !only.contains(&id)) {
                continue;
            }
            let known = match row.try_get::<Option<i64>, _>("answers")? {
                Some(answers) => Some((answers, row.try_get("newest")?, row.try_get("followed")?)),
                None => None,
            };
            let settings: Settings =
                from_json(row.try_get("settings")?, "project", "settings", &id)?;
            let id = ProjectId(id);
            projects.push(Watched {
                vectors: self.live_vector_count(&id, &settings.encoder).await?,
                settings,
                known,
                queued: row.try_get("queued")?,
                open: row.try_get("open_tasks")?,
                id,
            });
        }
        Ok(projects)
    }
}
