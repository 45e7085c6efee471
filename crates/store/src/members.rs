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
}
