//! Outside servers that speak the `OpenAI` wire format. **Their keys are in no page and in no log**: a
//! [`Key`] says nothing when it is printed.

use crate::error::{from_json, to_json};
use crate::{Result, Store, new_id};
use domain::ids::{EndpointId, ProjectId};
use sqlx::{Row, any::AnyRow};
use std::fmt;

/// An API key. Only [`Key::reveal`] gives it away, to put it into a request's header.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self(key)
    }
}

/// An outside server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which.
    pub id: EndpointId,
    /// What the project calls it.
    pub name: String,
    /// The address before `/chat/completions`, e.g. `https://api.example.org/v1`.
    pub base_url: String,
    /// Its key, if it wants one.
    pub key: Option<Key>,
    /// The models that the project uses there.
    pub models: Vec<String>,
}

fn endpoint(row: &AnyRow) -> Result<Endpoint> {
    let id: String = row.try_get("id")?;
    Ok(Endpoint {
        name: row.try_get("name")?,
        base_url: row.try_get("base_url")?,
        key: row.try_get::<Option<String>, _>("api_key")?.map(Key),
        models: from_json(row.try_get("models")?, "endpoint", "models", &id)?,
        id: EndpointId(id),
    })
}

impl Store {
    /// Makes an outside server known to a project.
    pub async fn create_endpoint(
        &self,
        project: &ProjectId,
        name: &str,
        base_url: &str,
        key: Option<&Key>,
        models: &[String],
        now: i64,
    ) -> Result<EndpointId> {
        let id = new_id();
        sqlx::query(
            "INSERT INTO endpoint (id, project, name, base_url, api_key, models, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&id)
        .bind(project.as_str())
        .bind(name)
        .bind(base_url)
        .bind(key.map(Key::reveal))
        .bind(to_json(&models))
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(EndpointId(id))
    }

    /// The outside servers of a project, by name.
    pub async fn endpoints(&self, project: &ProjectId) -> Result<Vec<Endpoint>> {
        sqlx::query(
            "SELECT id, name, base_url, api_key, models FROM endpoint WHERE project = $1 AND removed_at IS NULL ORDER BY name, id",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(endpoint)
        .collect()
    }

    /// One of them.
    pub async fn endpoint(&self, project: &ProjectId, id: &EndpointId) -> Result<Option<Endpoint>> {
        let row = sqlx::query(
            "SELECT id, name, base_url, api_key, models FROM endpoint WHERE project = $1 AND id = $2 AND removed_at IS NULL",
        )
        .bind(project.as_str())
        .bind(id.as_str())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(endpoint).transpose()
    }

    /// Forgets an outside server, its key at once; false when the project has no such one.
    pub async fn remove_endpoint(
        &self,
        project: &ProjectId,
        id: &EndpointId,
        now: i64,
    ) -> Result<bool> {
        let removed = sqlx::query(
            "UPDATE endpoint SET removed_at = $3, api_key = NULL WHERE id = $1 AND project = $2 AND removed_at IS NULL",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(removed.rows_affected() == 1)
    }
}
