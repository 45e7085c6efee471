//! Engines: which are there, what they run on, when they were last seen.

use crate::{Error, Result, Store};
use domain::ids::EngineId;
use domain::run::EngineState;
use sqlx::Row;

/// An engine not seen for so long is taken to be gone.
pub const GONE_MS: i64 = 20_000;

/// An engine as it last reported itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Which.
    pub id: EngineId,
    /// The machine's name.
    pub host: String,
    /// What it computes on, in words.
    pub device: String,
    /// Its version.
    pub version: String,
    /// Where it stands.
    pub state: EngineState,
    /// What hinders it, in words.
    pub problem: Option<String>,
    /// When it was started.
    pub started_at: i64,
    /// When it last reported.
    pub seen_at: i64,
}

impl Engine {
    /// Whether it is there and takes work.
    pub fn is_there(&self, now: i64) -> bool {
        self.state == EngineState::Ready && self.seen_at + GONE_MS > now
    }
}

impl Store {
    /// An engine reports itself.
    pub async fn engine_seen(&self, engine: &Engine) -> Result<()> {
        sqlx::query(
            "INSERT INTO engine (id, host, device, version, state, problem, started_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (id) DO UPDATE SET device = excluded.device, state = excluded.state, problem = excluded.problem, seen_at = excluded.seen_at",
        )
        .bind(engine.id.as_str())
        .bind(&engine.host)
        .bind(&engine.device)
        .bind(&engine.version)
        .bind(engine.state.name())
        .bind(engine.problem.as_deref())
        .bind(engine.started_at)
        .bind(engine.seen_at)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The engines seen since `since`, those seen last first.
    pub async fn engines(&self, since: i64) -> Result<Vec<Engine>> {
        sqlx::query(
            "SELECT id, host, device, version, state, problem, started_at, seen_at FROM engine WHERE seen_at >= $1 ORDER BY seen_at DESC, id",
        )
        .bind(since)
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
            Ok(Engine {
                state: EngineState::parse(&state).ok_or_else(|| Error::Corrupt {
                    table: "engine",
                    column: "state",
                    id: id.clone(),
                    problem: state,
                })?,
                host: row.try_get("host")?,
                device: row.try_get("device")?,
                version: row.try_get("version")?,
                problem: row.try_get("problem")?,
                started_at: row.try_get("started_at")?,
                seen_at: row.try_get("seen_at")?,
                id: EngineId(id),
            })
        })
        .collect()
    }
}
