//! API tokens: a program calls in a person's name. The token is shown once; the table holds its hash.

use crate::{Result, Store, new_id, sha256};
use domain::ids::{ProjectId, TokenId, UserId};
use sqlx::Row;

/// A token as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// The one project it opens; none: all of its owner's.
    pub project: Option<ProjectId>,
    /// What its owner called it.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used, to the minute.
    pub used_at: Option<i64>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The token.
    pub token: TokenId,
    /// In whose name.
    pub account: UserId,
    /// The one project it opens; none: all of the account's.
    pub project: Option<ProjectId>,
}

/// A use is written down at most this often: reading with a token costs no write each time.
const USED_EVERY_MS: i64 = 60_000;

impl Store {
    /// Makes a token for whoever has `secret`.
    pub async fn create_token(
        &self,
        account: &UserId,
        project: Option<&ProjectId>,
        name: &str,
        secret: &str,
        now: i64,
    ) -> Result<TokenId> {
        let id = new_id();
        sqlx::query(
            "INSERT INTO api_token (id, hash, account, project, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(sha256(secret))
        .bind(account.as_str())
        .bind(project.map(ProjectId::as_str))
        .bind(name)
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(TokenId(id))
    }

    /// Who has this token; `None` when it is unknown, was taken back, or its owner's account is closed.
    pub async fn bearer(&self, secret: &str, now: i64) -> Result<Option<Bearer>> {
        let row = sqlx::query(
            "SELECT t.id, t.account, t.project, t.used_at FROM api_token t JOIN account a ON a.id = t.account \
             WHERE t.hash = $1 AND t.revoked_at IS NULL AND a.disabled_at IS NULL",
        )
        .bind(sha256(secret))
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let bearer = Bearer {
            token: TokenId(row.try_get("id")?),
            account: UserId(row.try_get("account")?),
            project: row.try_get::<Option<String>, _>("project")?.map(ProjectId),
        };
        let used: Option<i64> = row.try_get("used_at")?;
        if used.is_none_or(|used| used + USED_EVERY_MS <= now) {
            sqlx::query("UPDATE api_token SET used_at = $2 WHERE id = $1")
                .bind(bearer.token.as_str())
                .bind(now)
                .execute(&self.write)
                .await?;
        }
        Ok(Some(bearer))
    }

    /// The tokens of an account that can be used, the newest first.
    pub async fn tokens(&self, account: &UserId) -> Result<Vec<Token>> {
        sqlx::query(
            "SELECT id, project, name, created_at, used_at FROM api_token WHERE account = $1 AND revoked_at IS NULL ORDER BY created_at DESC, id DESC",
        )
        .bind(account.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(Token {
                id: TokenId(row.try_get("id")?),
                project: row.try_get::<Option<String>, _>("project")?.map(ProjectId),
                name: row.try_get("name")?,
                created_at: row.try_get("created_at")?,
                used_at: row.try_get("used_at")?,
            })
        })
        .collect()
    }

    /// Takes a token of this account back; false when it has no such token in use.
    pub async fn revoke_token(&self, account: &UserId, id: &TokenId, now: i64) -> Result<bool> {
        let revoked = sqlx::query(
            "UPDATE api_token SET revoked_at = $3 WHERE id = $1 AND account = $2 AND revoked_at IS NULL",
        )
        .bind(id.as_str())
        .bind(account.as_str())
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(revoked.rows_affected() == 1)
    }
}
