//! The audit log. **Rows outlive their subjects.**

use crate::{Result, Store, new_id};
use domain::ids::{ProjectId, UserId};

impl Store {
    /// Notes that somebody did something. `action` is a short kebab-case verb, e.g. `sign-in`.
    pub async fn audit(
        &self,
        project: Option<&ProjectId>,
        account: Option<&UserId>,
        action: &str,
        subject: &str,
        detail: &str,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO audit (id, project, account, action, subject, detail, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(new_id())
        .bind(project.map(ProjectId::as_str))
        .bind(account.map(UserId::as_str))
        .bind(action)
        .bind(subject)
        .bind(detail)
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(())
    }
}
