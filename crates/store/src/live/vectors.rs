//! The encoder's vectors of responses: which are wanted, keeping them, reading them.

use super::{ANSWERS, CANDIDATES, Text, learner::wanted, windows};
use crate::error::from_json;
use crate::{Error, Result, Store};
use domain::Kind;
use domain::ids::ProjectId;
use domain::live::{Order, encoded};
use domain::project::Settings;
use sqlx::Row;
use std::collections::{HashMap, HashSet};

/// A project whose live model wants vectors.
#[derive(Clone, Debug)]
pub struct Encoding {
    /// The project.
    pub project: ProjectId,
    /// Its settings, which name the encoder.
    pub settings: Settings,
    /// When its model was made last; what is wanted changes with it. 0: there is none yet.
    pub trained_at: i64,
}

impl Store {
    /// The projects, not put away, whose settings name an encoder.
    ///
    /// # Errors
    /// When the database does not answer, or a project cannot be read.
    pub async fn live_encoding(&self) -> Result<Vec<Encoding>> {
        let rows = sqlx::query(
            "SELECT p.id, p.settings, COALESCE(m.trained_at, 0) AS trained_at \
             FROM project p LEFT JOIN live_model m ON m.project = p.id \
             WHERE p.archived_at IS NULL",
        )
        .fetch_all(&self.read)
        .await?;
        let mut encoding = Vec::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            let settings: Settings =
                from_json(row.try_get("settings")?, "project", "settings", &id)?;
            if !settings.encoder.is_empty() && settings.kinds.contains(&Kind::Preference) {
                encoding.push(Encoding {
                    settings,
                    trained_at: row.try_get("trained_at")?,
                    project: ProjectId(id),
                });
            }
        }
        Ok(encoding)
    }

    /// Takes or renews the right to read for live models; false while another server has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_vector_lease(&self, owner: &str, now: i64) -> Result<bool> {
        self.take_lease("live vectors", owner, now).await
    }

    /// Notes how a project's encoder does: why it gave no vectors, or that it did.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_encoder(
        &self,
        project: &ProjectId,
        encoder: &str,
        problem: Option<&str>,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO live_encoder (project, encoder, problem, asked_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (project) DO UPDATE SET encoder = excluded.encoder, problem = excluded.problem, asked_at = excluded.asked_at",
        )
        .bind(project.as_str())
        .bind(encoder)
        .bind(problem)
        .bind(now)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Why a project's encoder gave no vectors when it was last asked; none where it did, or was never asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn encoder_problem(
        &self,
        project: &ProjectId,
        encoder: &str,
    ) -> Result<Option<String>> {
        let sql = "SELECT problem FROM live_encoder WHERE project = $1 AND encoder = $2";
        let problem: Option<Option<String>> = sqlx::query_scalar(sql)
            .bind(project.as_str())
            .bind(encoder)
            .fetch_optional(&self.read)
            .await?;
        Ok(problem.flatten())
    }

    /// Responses that the live model looks at and that have no vector of the project's encoder, at most `limit`: those
    /// that people answered first, the newest of them first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn live_without_vector(
        &self,
        project: &ProjectId,
        settings: &Settings,
        limit: usize,
    ) -> Result<Vec<Text>> {
        let mut answers = self.live_answers(project, settings, ANSWERS).await?;
        let pairs = match settings.queue_order {
            Order::Imported => Vec::new(),
            _ => {
                let random = &mut windows(project, answers.len());
                self.live_pairs(project, CANDIDATES, random).await?
            }
        };
        answers.reverse();
        let ids: Vec<String> = wanted(&answers, &pairs).map(str::to_owned).collect();
        let there = self
            .live_vectors(project, &settings.encoder, ids.clone())
            .await?;
        let mut seen = HashSet::new();
        let missing = ids
            .into_iter()
            .filter(|id| !there.contains_key(id) && seen.insert(id.clone()));
        self.live_texts(project, missing.take(limit).collect())
            .await
    }

    /// Keeps vectors of responses, as [`encoded::block`] makes them.
    ///
    /// # Errors
    /// When the database does not answer; none is kept then.
    pub async fn save_live_vectors(
        &self,
        project: &ProjectId,
        encoder: &str,
        vectors: &[(String, Vec<f32>)],
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        crate::imports::sql::insert(
            &mut transaction,
            "INSERT INTO live_vector (project, encoder, response, numbers)",
            4,
            "ON CONFLICT (project, encoder, response) DO NOTHING",
            vectors,
            |statement, (response, vector)| {
                statement
                    .bind(project.as_str())
                    .bind(encoder)
                    .bind(response)
                    .bind(encoded::to_text(vector))
            },
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The vectors of those of these responses that have one.
    ///
    /// # Errors
    /// When the database does not answer, or a vector cannot be read.
    pub async fn live_vectors(
        &self,
        project: &ProjectId,
        encoder: &str,
        responses: Vec<String>,
    ) -> Result<HashMap<String, Vec<f32>>> {
        let sql = "SELECT response, encoder, numbers FROM live_vector WHERE project = $1 AND response IN ({})";
        let mut found = HashMap::new();
        for row in self.by_ids(project, sql, responses).await? {
            // of encoders that the project had before there are few
            if row.try_get::<&str, _>("encoder")? == encoder {
                let id: String = row.try_get("response")?;
                let numbers = encoded::from_text(row.try_get("numbers")?);
                let vector = numbers.ok_or_else(|| Error::Corrupt {
                    table: "live_vector",
                    column: "numbers",
                    id: id.clone(),
                    problem: "not hexadecimal".into(),
                })?;
                found.insert(id, vector);
            }
        }
        Ok(found)
    }

    /// How many vectors of this encoder a project has.
    pub(crate) async fn live_vector_count(
        &self,
        project: &ProjectId,
        encoder: &str,
    ) -> Result<i64> {
        if encoder.is_empty() {
            return Ok(0);
        }
        let sql = "SELECT COUNT(*) FROM live_vector WHERE project = $1 AND encoder = $2";
        Ok(sqlx::query_scalar(sql)
            .bind(project.as_str())
            .bind(encoder)
            .fetch_one(&self.read)
            .await?)
    }
}
