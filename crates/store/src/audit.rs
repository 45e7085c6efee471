//! The audit log. **Rows outlive their subjects.**

use crate::{Result, Store, new_id};
use domain::ids::{ProjectId, UserId};
use sqlx::Row;

/// Something that somebody did.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which; with `created_at` the place where the next page begins.
    pub id: String,
    /// Who did it: her name, if the account is known.
    pub who: Option<String>,
    /// What, as a short kebab-case verb.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More about it.
    pub detail: String,
    /// When.
    pub created_at: i64,
}

/// Which entries to show.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this action; empty: all.
    pub action: String,
    /// Only by this account; empty: by everybody.
    pub account: String,
    /// Only those older than this entry (its time and id).
    pub before: Option<(i64, String)>,
}

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

    /// A page of a project's log, newest first.
    pub async fn audit_entries(
        &self,
        project: &ProjectId,
        filter: &Filter,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        let (time, id) = filter.before.clone().unwrap_or((i64::MAX, String::new()));
        let rows = sqlx::query(
            "SELECT e.id, a.name AS who, e.action, e.subject, e.detail, e.created_at \
             FROM audit e LEFT JOIN account a ON a.id = e.account \
             WHERE e.project = $1 AND (e.created_at < $2 OR (e.created_at = $2 AND e.id < $3)) \
                AND ($4 = '' OR e.action = $4) AND ($5 = '' OR e.account = $5) \
             ORDER BY e.created_at DESC, e.id DESC LIMIT $6",
        )
        .bind(project.as_str())
        .bind(time)
        .bind(id)
        .bind(&filter.action)
        .bind(&filter.account)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Entry {
                    id: row.try_get("id")?,
                    who: row.try_get("who")?,
                    action: row.try_get("action")?,
                    subject: row.try_get("subject")?,
                    detail: row.try_get("detail")?,
                    created_at: row.try_get("created_at")?,
                })
            })
            .collect()
    }

    /// The actions that a project's log knows, for its filter.
    pub async fn audit_actions(&self, project: &ProjectId) -> Result<Vec<String>> {
        let rows =
            sqlx::query("SELECT DISTINCT action FROM audit WHERE project = $1 ORDER BY action")
                .bind(project.as_str())
                .fetch_all(&self.read)
                .await?;
        rows.iter().map(|row| Ok(row.try_get("action")?)).collect()
    }
}
