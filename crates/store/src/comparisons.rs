//! A comparison made outside the queue: a prompt, two responses and which is better, in one transaction.
//! The same prompt and the same response to it are kept once, whoever brings them.

use crate::annotations::{self, NewAnnotation};
use crate::error::to_json;
use crate::{Error, Result, Store, Transaction, new_id, sha256};
use domain::annotation::Preference;
use domain::ids::{AnnotationId, ProjectId, PromptId, ResponseId, UserId};
use domain::prompt::{Message, SourceKind, preview};
use domain::{Annotation, Provenance};
use serde_json::Value;
use sqlx::Row;

/// What a model or an endpoint said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Who said it.
    pub source: String,
    /// What that is.
    pub kind: SourceKind,
    /// The text.
    pub text: String,
    /// How it was sampled.
    pub metadata: Value,
}

/// Two responses and a preference between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The prompt, if it is one of the project's.
    pub prompt: Option<PromptId>,
    /// The conversation, where it is a new one.
    pub messages: Vec<Message>,
    /// The response that stood left.
    pub left: Said,
    /// The response that stood right.
    pub right: Said,
    /// −3 left far better … 0 tie … 3 right far better.
    pub strength: i8,
    /// Both are bad; then `strength` is 0.
    pub both_bad: bool,
    /// Why, in words.
    pub reason: String,
}

impl Store {
    /// Keeps a comparison, and names its prompt and its annotation. The two responses must differ in text
    /// or in source.
    pub async fn save_comparison(
        &self,
        project: &ProjectId,
        it: &Comparison,
        account: &UserId,
        now: i64,
    ) -> Result<(PromptId, AnnotationId)> {
        let mut transaction = self.begin().await?;
        let prompt = match &it.prompt {
            Some(id) => known(&mut transaction, project, id).await?,
            None => prompt(&mut transaction, project, &it.messages, now).await?,
        };
        let left = response(&mut transaction, project, &prompt, &it.left, now).await?;
        let right = response(&mut transaction, project, &prompt, &it.right, now).await?;
        let id = AnnotationId(new_id());
        let new = NewAnnotation {
            id: id.clone(),
            prompt: prompt.clone(),
            task: None,
            account: Some(account.clone()),
            annotator: account.as_str().to_owned(),
            provenance: Provenance::Person,
            annotation: Annotation::Preference(Preference {
                left: left.clone(),
                right: right.clone(),
                strength: it.strength,
                both_bad: it.both_bad,
                aspects: std::collections::BTreeMap::new(),
                reason: it.reason.clone(),
            }),
            shown: vec![left, right],
            subject: None,
            external_id: None,
            round: 0,
            seconds: None,
            created_at: now,
        };
        annotations::insert(&mut transaction, project, &[new]).await?;
        transaction.commit().await?;
        Ok((prompt, id))
    }

    /// Makes a source known to a project, unless it is.
    pub async fn ensure_source(
        &self,
        project: &ProjectId,
        name: &str,
        kind: SourceKind,
        now: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        source(&mut transaction, project, name, kind, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The prompt of this number in a project.
    pub async fn prompt_numbered(
        &self,
        project: &ProjectId,
        number: i64,
    ) -> Result<Option<PromptId>> {
        let row = sqlx::query("SELECT id FROM prompt WHERE project = $1 AND number = $2")
            .bind(project.as_str())
            .bind(number)
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| Ok(PromptId(row.try_get("id")?))).transpose()
    }
}

/// A prompt of this project, whose words are not in the index any more as they stand.
async fn known(
    transaction: &mut Transaction,
    project: &ProjectId,
    id: &PromptId,
) -> Result<PromptId> {
    let found =
        sqlx::query("UPDATE prompt SET indexed = 0 WHERE id = $1 AND project = $2 RETURNING id")
            .bind(id.as_str())
            .bind(project.as_str())
            .fetch_optional(&mut **transaction)
            .await?;
    let row = found.ok_or(Error::Conflict(
        "this prompt is not in the project any more",
    ))?;
    Ok(PromptId(row.try_get("id")?))
}

/// The prompt with these messages, made if need be.
async fn prompt(
    transaction: &mut Transaction,
    project: &ProjectId,
    messages: &[Message],
    now: i64,
) -> Result<PromptId> {
    let text = to_json(&messages);
    // takes the number, and keeps imports and others waiting until we are done
    let number: i64 = sqlx::query(
        "UPDATE project SET next_number = next_number + 1 WHERE id = $1 RETURNING next_number",
    )
    .bind(project.as_str())
    .fetch_one(&mut **transaction)
    .await?
    .try_get("next_number")?;
    let row = sqlx::query(
        "INSERT INTO prompt (id, project, hash, messages, preview, number, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (project, hash) DO UPDATE SET indexed = 0 RETURNING id",
    )
    .bind(new_id())
    .bind(project.as_str())
    .bind(sha256(&text))
    .bind(&text)
    .bind(preview(messages))
    .bind(number)
    .bind(now)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(PromptId(row.try_get("id")?))
}

/// The source of this name, made if need be.
async fn source(
    transaction: &mut Transaction,
    project: &ProjectId,
    name: &str,
    kind: SourceKind,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (project, name) DO NOTHING",
    )
    .bind(new_id())
    .bind(project.as_str())
    .bind(name)
    .bind(kind.name())
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The response with this text by this source, made if need be.
async fn response(
    transaction: &mut Transaction,
    project: &ProjectId,
    prompt: &PromptId,
    said: &Said,
    now: i64,
) -> Result<ResponseId> {
    source(transaction, project, &said.source, said.kind, now).await?;
    let row = sqlx::query(
        "INSERT INTO response (id, project, prompt, source, hash, text, metadata, created_at) \
         SELECT $1, $2, $3, s.id, $5, $6, $7, $8 FROM source s WHERE s.project = $2 AND s.name = $4 \
         ON CONFLICT (prompt, source, hash) DO UPDATE SET hash = excluded.hash RETURNING id",
    )
    .bind(new_id())
    .bind(project.as_str())
    .bind(prompt.as_str())
    .bind(&said.source)
    .bind(sha256(&said.text))
    .bind(&said.text)
    .bind(to_json(&said.metadata))
    .bind(now)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(ResponseId(row.try_get("id")?))
}
