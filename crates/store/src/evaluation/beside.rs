//! A judge beside another one under a node, kept with both slices' revisions.

use super::derived::{Derived, What};
use super::tally;
use crate::reports::beside::{Beside, Version};
use crate::reports::standings::Of;
use crate::{Result, Store};
use sqlx::Row;

/// Other versions of a judge at most.
const VERSIONS: i64 = 30;

impl Store {
    /// How `of.judge` compares with `other` under a node in one aspect: at once where both said little there, else as the
    /// server's loop last computed it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn beside(&self, of: Of<'_>, other: &str) -> Result<Derived<Beside>> {
        let theirs = tally::Of {
            judge: other.to_owned(),
            aspect: of.aspect.to_owned(),
            node: of.node.to_owned(),
        };
        let slice = tally::number(of.project.as_str(), &theirs);
        self.derived(of, What::Beside(slice)).await
    }

    /// Reads everything that it is computed from.
    pub(super) async fn read_beside(
        &self,
        of: Of<'_>,
        slice: i64,
    ) -> Result<impl FnOnce() -> Beside + Send + use<>> {
        let other: String = sqlx::query("SELECT judge FROM slice WHERE id = $1")
            .bind(slice)
            .fetch_one(&self.read)
            .await?
            .try_get(0)?;
        let own: String = sqlx::query("SELECT name FROM judge WHERE id = $1")
            .bind(of.judge)
            .fetch_one(&self.read)
            .await?
            .try_get(0)?;
        let shared = self.shared(of, &other).await?;
        let children = self.prompts_by_child(of.project.as_str(), of.node).await?;
        let rows = sqlx::query(
            "SELECT v.id, v.version FROM judge j JOIN judge v ON v.project = j.project AND v.kind = j.kind AND v.name = j.name \
             WHERE j.id = $1 AND v.id <> j.id ORDER BY v.created_at, v.id LIMIT $2",
        )
        .bind(of.judge)
        .bind(VERSIONS)
        .fetch_all(&self.read)
        .await?;
        let mut versions = Vec::new();
        for row in rows {
            let id: String = row.try_get("id")?;
            let theirs = Of { judge: &id, ..of };
            versions.push(Version {
                name: row.try_get("version")?,
                with_other: self.shared(theirs, &other).await?,
                between: self.shared(of, &id).await?,
            });
        }
        Ok(move || Beside::of(&shared, &own, &children, &versions))
    }
}
