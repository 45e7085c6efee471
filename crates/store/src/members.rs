//! Who may do what in which project.

use crate::{Error, Result, Store};
use domain::Role;
use domain::ids::{ProjectId, UserId};
use sqlx::Row;

/// A member of a project.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub account: UserId,
    /// Her name.
    pub name: String,
    /// Her address.
    pub email: String,
    /// Her role.
    pub role: Role,
    /// Since when.
    pub created_at: i64,
}

/// Reads the `role` column.
pub(crate) fn role(row: &sqlx::any::AnyRow) -> Result<Role> {
    let name: String = row.try_get("role")?;
    Role::parse(&name).ok_or_else(|| Error::Corrupt {
        table: "member",
        column: "role",
        id: name.clone(),
        problem: "no such role".into(),
    })
}

impl Store {
    /// A person's role in a project.
    pub async fn role_of(&self, project: &ProjectId, account: &UserId) -> Result<Option<Role>> {
        let row = sqlx::query(
            "SELECT m.role FROM member m JOIN project p ON p.id = m.project WHERE m.project = $1 AND m.account = $2",
        )
        .bind(project.as_str())
        .bind(account.as_str())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(role).transpose()
    }

    /// The members, by name.
    pub async fn members(&self, project: &ProjectId) -> Result<Vec<Member>> {
        let rows = sqlx::query(
            "SELECT m.account, a.name, a.email, m.role, m.created_at FROM member m JOIN account a ON a.id = m.account \
             WHERE m.project = $1 ORDER BY a.name, m.account",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Member {
                    account: UserId(row.try_get("account")?),
                    name: row.try_get("name")?,
                    email: row.try_get("email")?,
                    role: role(row)?,
                    created_at: row.try_get("created_at")?,
                })
            })
            .collect()
    }

    /// Makes somebody a member, or changes her role.
    pub async fn set_member(
        &self,
        project: &ProjectId,
        account: &UserId,
        role: Role,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO member (project, account, role, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (project, account) DO UPDATE SET role = excluded.role",
        )
        .bind(project.as_str())
        .bind(account.as_str())
        .bind(role.name())
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Gives a member another role; `false` when she is none.
    ///
    /// # Errors
    /// [`Error::Conflict`] when she is the last owner and would not be one any more.
    pub async fn change_role(
        &self,
        project: &ProjectId,
        account: &UserId,
        role: Role,
    ) -> Result<bool> {
        let sql = format!(
            "UPDATE member SET role = $3 WHERE project = $1 AND account = $2 AND ($3 = 'owner' OR {NOT_LAST})"
        );
        self.guarded(project, account, sqlx::AssertSqlSafe(sql), Some(role))
            .await
    }

    /// Removes a member; what she wrote stays. `false` when she is none.
    ///
    /// # Errors
    /// [`Error::Conflict`] when she is the last owner.
    pub async fn remove_member(&self, project: &ProjectId, account: &UserId) -> Result<bool> {
        let sql = format!("DELETE FROM member WHERE project = $1 AND account = $2 AND {NOT_LAST}");
        self.guarded(project, account, sqlx::AssertSqlSafe(sql), None)
            .await
    }

    /// Runs a statement that leaves the last owner alone.
    async fn guarded(
        &self,
        project: &ProjectId,
        account: &UserId,
        sql: impl sqlx::SqlSafeStr,
        role: Option<Role>,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        // holds the project's row: two owners who lower each other at once do so one after the other
        sqlx::query("UPDATE project SET name = name WHERE id = $1")
            .bind(project.as_str())
            .execute(&mut *transaction)
            .await?;
        let mut statement = sqlx::query(sql)
            .bind(project.as_str())
            .bind(account.as_str());
        if let Some(role) = role {
            statement = statement.bind(role.name());
        }
        let changed = statement.execute(&mut *transaction).await?;
        let is_member = sqlx::query("SELECT 1 FROM member WHERE project = $1 AND account = $2")
            .bind(project.as_str())
            .bind(account.as_str())
            .fetch_optional(&mut *transaction)
            .await?
            .is_some();
        if changed.rows_affected() == 0 && is_member {
            return Err(Error::Conflict("a project needs at least one owner"));
        }
        transaction.commit().await?;
        Ok(changed.rows_affected() == 1)
    }
}

/// The member `$2` of the project `$1` is no owner, or not the only one.
const NOT_LAST: &str = "(role <> 'owner' OR EXISTS (SELECT 1 FROM member o JOIN account a ON a.id = o.account \
     WHERE o.project = $1 AND o.role = 'owner' AND o.account <> $2 AND a.disabled_at IS NULL))";
