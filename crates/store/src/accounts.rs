//! People who sign in.

use crate::{Error, Result, Store, new_id};
use domain::ids::UserId;
use sqlx::Row;

/// A person who signs in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub id: UserId,
    /// The address she signs in with, lower case.
    pub email: String,
    /// The name others see.
    pub name: String,
    /// argon2id, as a PHC string.
    pub password_hash: String,
    /// Her own settings, JSON.
    pub settings: String,
    /// When the account was closed.
    pub disabled_at: Option<i64>,
}

const COLUMNS: &str = "SELECT id, email, name, password_hash, settings, disabled_at FROM account";

fn account(row: &sqlx::any::AnyRow) -> Result<Account> {
    Ok(Account {
        id: UserId(row.try_get("id")?),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        password_hash: row.try_get("password_hash")?,
        settings: row.try_get("settings")?,
        disabled_at: row.try_get("disabled_at")?,
    })
}

/// Inserts an account, on its own or within a transaction.
pub(crate) async fn insert<'a>(
    database: impl sqlx::Executor<'a, Database = sqlx::Any>,
    email: &str,
    name: &str,
    password_hash: &str,
    now: i64,
) -> Result<UserId> {
    let id = new_id();
    sqlx::query("INSERT INTO account (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&id)
        .bind(email.to_lowercase())
        .bind(name)
        .bind(password_hash)
        .bind(now)
        .execute(database)
        .await
        .map_err(|cause| Error::from(cause).or_conflict("this address has an account already"))?;
    Ok(UserId(id))
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address is taken.
    pub async fn create_account(
        &self,
        email: &str,
        name: &str,
        password_hash: &str,
        now: i64,
    ) -> Result<UserId> {
        insert(&self.write, email, name, password_hash, now).await
    }

    /// Makes the first account; `None` when there is one already, however close the race.
    pub async fn create_first_account(
        &self,
        email: &str,
        name: &str,
        hash: &str,
        now: i64,
    ) -> Result<Option<UserId>> {
        let id = new_id();
        let mut transaction = self.begin().await?;
        let made = sqlx::query(
            "INSERT INTO account (id, email, name, password_hash, created_at) \
             SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM account WHERE simulated IS NULL)",
        )
        .bind(&id)
        .bind(email.to_lowercase())
        .bind(name)
        .bind(hash)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        if made.rows_affected() == 1 {
            // projects that stood before anybody did: the demo
            sqlx::query(
                "INSERT INTO member (project, account, role, created_at) \
                 SELECT p.id, $1, 'owner', $2 FROM project p WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.project = p.id)",
            )
            .bind(&id)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok((made.rows_affected() == 1).then_some(UserId(id)))
    }

    /// Whether anybody has an account yet.
    pub async fn has_accounts(&self) -> Result<bool> {
        Ok(
            sqlx::query("SELECT 1 FROM account WHERE simulated IS NULL LIMIT 1")
                .fetch_optional(&self.read)
                .await?
                .is_some(),
        )
    }

    /// The account with this address.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Account>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE email = $1")))
            .bind(email.to_lowercase())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(account).transpose()
    }

    /// The account with this identifier.
    pub async fn account(&self, id: &UserId) -> Result<Option<Account>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(account).transpose()
    }

    /// Stores a person's settings (JSON).
    pub async fn set_account_settings(&self, id: &UserId, settings: &str) -> Result<()> {
        sqlx::query("UPDATE account SET settings = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(settings)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Stores a new password hash.
    pub async fn set_password_hash(&self, id: &UserId, hash: &str) -> Result<()> {
        sqlx::query("UPDATE account SET password_hash = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(hash)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Stores a new password hash and ends every session but the one with this secret.
    pub async fn change_password(&self, id: &UserId, hash: &str, keep: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE account SET password_hash = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(hash)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM session WHERE account = $1 AND id_hash <> $2")
            .bind(id.as_str())
            .bind(crate::sha256(keep))
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Everybody with an account, by address.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE simulated IS NULL ORDER BY email"
        )))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(account).collect()
    }

    /// Stores the name that others see.
    pub async fn rename_account(&self, id: &UserId, name: &str) -> Result<()> {
        sqlx::query("UPDATE account SET name = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(name)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Closes an account and ends its sessions; what it wrote stays. `None` opens it again.
    pub async fn disable_account(&self, id: &UserId, since: Option<i64>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE account SET disabled_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(since)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM session WHERE account = $1")
            .bind(id.as_str())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}
