//! From the file's identifiers to ours. Kept small: 32 bytes a prompt, response or annotation of the file.

use super::sql::select_in;
use super::stage::{Batch, To};
use crate::{Result, sha256};
use domain::Invalid;
use domain::import::RowProblem;
use sqlx::{AnyConnection, Row};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The identifiers that the file has named so far.
#[derive(Default)]
pub(super) struct Known {
    pub(super) prompts: Ids,
    pub(super) responses: Ids,
    pub(super) annotations: Ids,
    /// Our sources and taxonomy nodes, by name and path.
    pub(super) sources: HashMap<String, String>,
    pub(super) nodes: HashMap<String, String>,
}

/// The file's identifiers, hashed, with ours.
#[derive(Default)]
pub(super) struct Ids(HashMap<u128, Uuid>);

fn short(key: &str) -> u128 {
    let hash = sha256(key);
    u128::from_str_radix(&hash[..32], 16).unwrap_or_default()
}

impl Ids {
    pub(super) fn get(&self, key: &str) -> Option<String> {
        self.0.get(&short(key)).map(Uuid::to_string)
    }
    pub(super) fn insert(&mut self, key: &str, id: &str) {
        self.0
            .insert(short(key), Uuid::parse_str(id).unwrap_or_default());
    }
    /// Looks up in the project what the file speaks of but has not brought itself.
    async fn look_up(
        &mut self,
        connection: &mut AnyConnection,
        table: &str,
        project: &str,
        wanted: Vec<String>,
    ) -> Result<()> {
        let mut missing: Vec<String> = wanted
            .into_iter()
            .filter(|key| !self.0.contains_key(&short(key)))
            .collect();
        missing.sort();
        missing.dedup();
        for (column, owned) in [("external_id", "project"), ("id", "project || ''")] {
            let text = format!(
                "SELECT id, {column} AS file_id FROM {table} WHERE {owned} = $1 AND {column} IN ({{}})"
            );
            for row in select_in(connection, &text, project, &missing).await? {
                let (id, key): (String, String) = (row.try_get("id")?, row.try_get("file_id")?);
                self.insert(&key, &id);
            }
        }
        Ok(())
    }
}

fn keys<'a>(all: impl Iterator<Item = &'a To>) -> Vec<String> {
    all.filter_map(|to| match to {
        To::Key(key) => Some(key.clone()),
        To::Staged(_) => None,
    })
    .collect()
}

/// Takes out of the batch what speaks of things that neither the file nor the project has, and says so.
/// `brings` are the identifiers that the batch itself brings; they need not be known yet.
pub(super) async fn drop_strays(
    connection: &mut AnyConnection,
    project: &str,
    batch: &mut Batch,
    known: &mut Known,
) -> Result<Vec<RowProblem>> {
    let mut problems = Vec::new();
    let own: HashSet<&str> = batch
        .prompts
        .iter()
        .filter_map(|p| p.key.as_deref())
        .collect();
    let wanted = keys(batch.responses.iter().map(|r| &r.prompt))
        .into_iter()
        .chain(keys(batch.annotations.iter().map(|a| &a.prompt)))
        .filter(|key| !own.contains(key.as_str()))
        .collect();
    known
        .prompts
        .look_up(connection, "prompt", project, wanted)
        .await?;
    let has = |prompts: &Ids, to: &To| match to {
        To::Key(key) => own.contains(key.as_str()) || prompts.get(key).is_some(),
        To::Staged(_) => true,
    };
    let mut stray = |line, field: &str| {
        let sentence =
            "names something that neither stands before in the file nor is in the project";
        problems.push(RowProblem::new(line, Invalid::other(field, sentence)));
        false
    };
    // responses of examples are staged with their prompts: only those of records can be strays, and
    // nothing refers to these by place
    batch
        .responses
        .retain(|r| has(&known.prompts, &r.prompt) || stray(r.line, "prompt"));

    let own_responses: HashSet<&str> = batch
        .responses
        .iter()
        .filter_map(|r| r.key.as_deref())
        .collect();
    let wanted = keys(batch.annotations.iter().flat_map(|a| &a.responses))
        .into_iter()
        .filter(|key| !own_responses.contains(key.as_str()))
        .collect();
    known
        .responses
        .look_up(connection, "response", project, wanted)
        .await?;
    let own_annotations: HashSet<String> = batch
        .annotations
        .iter()
        .filter_map(|a| a.key.clone())
        .collect();
    let wanted = batch
        .annotations
        .iter()
        .flat_map(|a| a.supersedes.iter().chain(&a.subject))
        .filter(|key| !own_annotations.contains(*key))
        .cloned()
        .collect();
    known
        .annotations
        .look_up(connection, "annotation", project, wanted)
        .await?;
    batch.annotations.retain(|annotation| {
        let response = |to: &To| match to {
            To::Key(key) => {
                own_responses.contains(key.as_str()) || known.responses.get(key).is_some()
            }
            To::Staged(_) => true,
        };
        let earlier =
            |key: &String| own_annotations.contains(key) || known.annotations.get(key).is_some();
        if !has(&known.prompts, &annotation.prompt) {
            return stray(annotation.line, "prompt");
        }
        if !annotation.responses.iter().all(response) {
            return stray(annotation.line, "responses");
        }
        if !annotation.supersedes.iter().all(earlier) {
            return stray(annotation.line, "supersedes");
        }
        annotation.subject.iter().all(earlier) || stray(annotation.line, "subject")
    });
    Ok(problems)
}

/// Remembers what a batch brings without writing it: the first reading of all-or-nothing.
pub(super) fn remember(batch: &Batch, known: &mut Known) {
    let nil = Uuid::nil().to_string();
    for prompt in &batch.prompts {
        prompt
            .key
            .iter()
            .for_each(|key| known.prompts.insert(key, &nil));
    }
    for response in &batch.responses {
        response
            .key
            .iter()
            .for_each(|key| known.responses.insert(key, &nil));
    }
    for annotation in &batch.annotations {
        annotation
            .key
            .iter()
            .for_each(|key| known.annotations.insert(key, &nil));
    }
}
