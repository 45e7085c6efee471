//! Invitations by link. The link holds a secret and is shown once; the table holds its hash.
//! **A link lets in one person**: whoever uses it first, decided by a guarded update.

use crate::{Error, Result, Store, Transaction, members, new_id, sha256};
use domain::Role;
use domain::ids::{ProjectId, UserId};
use sqlx::Row;

/// How long a link can be used: 7 days.
pub const INVITE_MS: i64 = 7 * 24 * 3_600_000;

/// What came of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InviteState {
    /// It can be used until then.
    Open {
        /// When it ends.
        until: i64,
    },
    /// Somebody of this name used it.
    Used {
        /// Who.
        by: String,
    },
    /// It was taken back.
    Revoked,
    /// It was never used in its time.
    Expired,
}

/// An invitation, as the project's owner sees it.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Which.
    pub id: String,
    /// The role it gives.
    pub role: Role,
    /// Who made it.
    pub by: String,
    /// When.
    pub created_at: i64,
    /// What came of it.
    pub state: InviteState,
}

/// An invitation, as the invited person sees it.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The project it leads to.
    pub project: ProjectId,
    /// Its name.
    pub project_name: String,
    /// The role it gives.
    pub role: Role,
    /// Who made it.
    pub by: String,
}

const USABLE: &str = "used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";

impl Store {
    /// Makes an invitation for whoever has `secret`.
    pub async fn create_invite(
        &self,
        project: &ProjectId,
        role: Role,
        secret: &str,
        by: &UserId,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO invite (id, project, role, token_hash, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(new_id())
        .bind(project.as_str())
        .bind(role.name())
        .bind(sha256(secret))
        .bind(by.as_str())
        .bind(now)
        .bind(now + INVITE_MS)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The newest hundred invitations of a project.
    pub async fn invites(&self, project: &ProjectId, now: i64) -> Result<Vec<Invite>> {
        let rows = sqlx::query(
            "SELECT i.id, i.role, a.name AS made_by, i.created_at, i.expires_at, i.revoked_at, u.name AS taken_by \
             FROM invite i JOIN account a ON a.id = i.created_by LEFT JOIN account u ON u.id = i.used_by \
             WHERE i.project = $1 ORDER BY i.created_at DESC, i.id DESC LIMIT 100",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let until: i64 = row.try_get("expires_at")?;
                let state = if let Some(by) = row.try_get("taken_by")? {
                    InviteState::Used { by }
                } else if row.try_get::<Option<i64>, _>("revoked_at")?.is_some() {
                    InviteState::Revoked
                } else if until <= now {
                    InviteState::Expired
                } else {
                    InviteState::Open { until }
                };
                Ok(Invite {
                    id: row.try_get("id")?,
                    role: members::role(row)?,
                    by: row.try_get("made_by")?,
                    created_at: row.try_get("created_at")?,
                    state,
                })
            })
            .collect()
    }

    /// Takes an invitation back; `false` when the project has no such invitation that can still be used.
    pub async fn revoke_invite(&self, project: &ProjectId, id: &str, now: i64) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE invite SET revoked_at = $3 WHERE project = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL",
        )
        .bind(project.as_str())
        .bind(id)
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The invitation behind a link, while it can be used.
    pub async fn invitation(&self, secret: &str, now: i64) -> Result<Option<Invitation>> {
        let sql = format!(
            "SELECT i.project, p.name AS project_name, i.role, a.name AS made_by \
             FROM invite i JOIN project p ON p.id = i.project JOIN account a ON a.id = i.created_by \
             WHERE i.token_hash = $1 AND {USABLE}"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(sha256(secret))
            .bind(now)
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| {
            Ok(Invitation {
                project: ProjectId(row.try_get("project")?),
                project_name: row.try_get("project_name")?,
                role: members::role(&row)?,
                by: row.try_get("made_by")?,
            })
        })
        .transpose()
    }

    /// Uses an invitation for somebody who has an account; `None` when it cannot be used any more.
    ///
    /// # Errors
    /// [`Error::Conflict`] when she is a member already; the invitation stays open for somebody else.
    pub async fn accept_invite(
        &self,
        secret: &str,
        account: &UserId,
        now: i64,
    ) -> Result<Option<ProjectId>> {
        let mut transaction = self.begin().await?;
        let project = accept(&mut transaction, secret, account, now).await?;
        transaction.commit().await?;
        Ok(project)
    }

    /// Uses an invitation for somebody who has no account yet, and makes it: both or neither.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address has an account.
    pub async fn accept_invite_as_new(
        &self,
        secret: &str,
        email: &str,
        name: &str,
        password_hash: &str,
        now: i64,
    ) -> Result<Option<(ProjectId, UserId)>> {
        let mut transaction = self.begin().await?;
        let account =
            crate::accounts::insert(&mut *transaction, email, name, password_hash, now).await?;
        let Some(project) = accept(&mut transaction, secret, &account, now).await? else {
            return Ok(None);
        };
        transaction.commit().await?;
        Ok(Some((project, account)))
    }
}

async fn accept(
    transaction: &mut Transaction,
    secret: &str,
    account: &UserId,
    now: i64,
) -> Result<Option<ProjectId>> {
    let sql = format!(
        "UPDATE invite SET used_by = $3, used_at = $2 WHERE token_hash = $1 AND {USABLE} RETURNING project, role"
    );
    let used = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(sha256(secret))
        .bind(now)
        .bind(account.as_str())
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(used) = used else { return Ok(None) };
    let project = ProjectId(used.try_get("project")?);
    let joined = sqlx::query(
        "INSERT INTO member (project, account, role, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (project, account) DO NOTHING",
    )
    .bind(project.as_str())
    .bind(account.as_str())
    .bind(members::role(&used)?.name())
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    if joined.rows_affected() == 0 {
        return Err(Error::Conflict("you are a member of this project already"));
    }
    Ok(Some(project))
}
