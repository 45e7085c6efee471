//! Signed-in browsers. The cookie holds a secret, the table its hash.

use crate::{Result, Store, sha256};
use domain::ids::UserId;
use sqlx::Row;

/// How long a session lasts without being used: 14 days.
pub const SESSION_MS: i64 = 14 * 24 * 3_600_000;

/// A browser that somebody is signed in with.
#[derive(Clone, Debug)]
pub struct Session {
    /// The hash of its secret: names it, opens nothing.
    pub id: String,
    /// Since when.
    pub created_at: i64,
    /// When it was last used, to the hour.
    pub seen_at: i64,
    /// What the browser calls itself.
    pub agent: String,
}

/// Who a request comes from.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub id: UserId,
    /// The name others see.
    pub name: String,
    /// The address.
    pub email: String,
    /// Her settings, JSON.
    pub settings: String,
}

impl Store {
    /// Opens a session for `secret`, which only the cookie keeps.
    pub async fn open_session(
        &self,
        secret: &str,
        account: &UserId,
        agent: &str,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO session (id_hash, account, created_at, seen_at, expires_at, agent) VALUES ($1, $2, $3, $3, $4, $5)",
        )
        .bind(sha256(secret))
        .bind(account.as_str())
        .bind(now)
        .bind(now + SESSION_MS)
        .bind(agent.chars().take(200).collect::<String>())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Whose session this is, if it is alive. Extends it, at most once an hour so that reading a page
    /// does not write.
    pub async fn session(&self, secret: &str, now: i64) -> Result<Option<SignedIn>> {
        let hash = sha256(secret);
        let row = sqlx::query(
            "SELECT a.id, a.name, a.email, a.settings, s.seen_at FROM session s JOIN account a ON a.id = s.account \
             WHERE s.id_hash = $1 AND s.expires_at > $2 AND a.disabled_at IS NULL",
        )
        .bind(&hash)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.try_get::<i64, _>("seen_at")? < now - 3_600_000 {
            sqlx::query("UPDATE session SET seen_at = $2, expires_at = $3 WHERE id_hash = $1")
                .bind(&hash)
                .bind(now)
                .bind(now + SESSION_MS)
                .execute(&self.write)
                .await?;
        }
        Ok(Some(SignedIn {
            id: UserId(row.try_get("id")?),
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            settings: row.try_get("settings")?,
        }))
    }

    /// Ends one session.
    pub async fn close_session(&self, secret: &str) -> Result<()> {
        sqlx::query("DELETE FROM session WHERE id_hash = $1")
            .bind(sha256(secret))
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Ends every session of an account, but for the one with this secret.
    pub async fn close_other_sessions(&self, account: &UserId, keep: &str) -> Result<u64> {
        let done = sqlx::query("DELETE FROM session WHERE account = $1 AND id_hash <> $2")
            .bind(account.as_str())
            .bind(sha256(keep))
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected())
    }

    /// The sessions of an account that are alive, the last used first.
    pub async fn sessions(&self, account: &UserId, now: i64) -> Result<Vec<Session>> {
        let rows = sqlx::query(
            "SELECT id_hash, created_at, seen_at, agent FROM session \
             WHERE account = $1 AND expires_at > $2 ORDER BY seen_at DESC, id_hash",
        )
        .bind(account.as_str())
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Session {
                    id: row.try_get("id_hash")?,
                    created_at: row.try_get("created_at")?,
                    seen_at: row.try_get("seen_at")?,
                    agent: row.try_get("agent")?,
                })
            })
            .collect()
    }

    /// Ends one of an account's sessions, by its hash; `false` when she has no such session.
    pub async fn end_session(&self, account: &UserId, id: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM session WHERE account = $1 AND id_hash = $2")
            .bind(account.as_str())
            .bind(id)
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
