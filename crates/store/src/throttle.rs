//! Failed tries, counted in windows of time. **A try is counted before it is made**, so that many at
//! once cannot slip through; one that succeeds is given back.

use crate::{Result, Store};
use sqlx::Row;

/// How often something was tried in the window that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// This one included.
    pub count: i64,
    /// When the window ends.
    pub until: i64,
}

impl Store {
    /// Counts a try under `key` and says how many there were in its window.
    pub async fn count_try(&self, key: &str, window_ms: i64, now: i64) -> Result<Tries> {
        let row = sqlx::query(
            "INSERT INTO throttle (key, failures, window_start) VALUES ($1, 1, $2) \
             ON CONFLICT (key) DO UPDATE SET \
                failures = CASE WHEN throttle.window_start <= $3 THEN 1 ELSE throttle.failures + 1 END, \
                window_start = CASE WHEN throttle.window_start <= $3 THEN excluded.window_start ELSE throttle.window_start END \
             RETURNING failures, window_start",
        )
        .bind(key)
        .bind(now)
        .bind(now - window_ms)
        .fetch_one(&self.write)
        .await?;
        Ok(Tries {
            count: row.try_get("failures")?,
            until: row.try_get::<i64, _>("window_start")? + window_ms,
        })
    }

    /// Takes one try back: it was no failure.
    pub async fn uncount_try(&self, key: &str) -> Result<()> {
        sqlx::query("UPDATE throttle SET failures = failures - 1 WHERE key = $1 AND failures > 0")
            .bind(key)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Forgets all tries under `key`, and every window that began before `ended`.
    pub async fn forget_tries(&self, key: &str, ended: i64) -> Result<()> {
        sqlx::query("DELETE FROM throttle WHERE key = $1 OR window_start < $2")
            .bind(key)
            .bind(ended)
            .execute(&self.write)
            .await?;
        Ok(())
    }
}
