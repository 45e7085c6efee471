//! Writes one batch in one transaction. What is there already is found by its hash and left alone.

use super::Counts;
use super::resolve::Known;
use super::said::annotations;
use super::sql::{insert, select_in, update_in};
use super::stage::{Batch, To};
use super::tasks::{TaskRules, make_tasks};
use crate::{Result, Transaction, new_id};
use domain::taxonomy::path::{join, split};
use sqlx::Row;
use std::collections::{BTreeSet, HashMap};

/// Where a batch goes.
pub(super) struct Target<'a> {
    pub(super) project: &'a str,
    /// How tasks are made, if they are.
    pub(super) tasks: Option<&'a TaskRules>,
    pub(super) now: i64,
}

pub(super) async fn write(
    transaction: &mut Transaction,
    target: &Target<'_>,
    batch: Batch,
    known: &mut Known,
    counts: &mut Counts,
) -> Result<()> {
    let prompts = prompts(transaction, target, &batch, known, counts).await?;
    let (responses, changed) =
        responses(transaction, target, &batch, &prompts, known, counts).await?;
    // tasks before what was said: answers in the file count as answers to them
    if let Some(rules) = target.tasks {
        let touched: Vec<String> = changed.into_iter().collect();
        counts.tasks += make_tasks(transaction, target, rules, &touched).await?;
    }
    annotations(
        transaction,
        target,
        batch,
        &prompts,
        &responses,
        known,
        counts,
    )
    .await
}

/// The identifiers of the batch's prompts, new or old.
async fn prompts(
    transaction: &mut Transaction,
    target: &Target<'_>,
    batch: &Batch,
    known: &mut Known,
    counts: &mut Counts,
) -> Result<Vec<String>> {
    // takes the numbers, and keeps any other import into this project waiting until we are done: what is
    // looked up below cannot change before it is written
    let many = i64::try_from(batch.prompts.len()).unwrap_or(i64::MAX);
    let last: i64 = sqlx::query(
        "UPDATE project SET next_number = next_number + $2 WHERE id = $1 RETURNING next_number",
    )
    .bind(target.project)
    .bind(many)
    .fetch_one(&mut **transaction)
    .await?
    .try_get("next_number")?;
    let hashes: Vec<String> = batch.prompts.iter().map(|p| p.hash.clone()).collect();
    let mut found: HashMap<String, String> = HashMap::new();
    let by_hash = "SELECT id, hash FROM prompt WHERE project = $1 AND hash IN ({})";
    for row in select_in(transaction, by_hash, target.project, &hashes).await? {
        found.insert(row.try_get("hash")?, row.try_get("id")?);
    }
    let own: Vec<String> = batch
        .prompts
        .iter()
        .filter_map(|p| ours(p.key.as_ref()))
        .collect();
    let by_id = "SELECT id FROM prompt WHERE project || '' = $1 AND id IN ({})";
    for row in select_in(transaction, by_id, target.project, &own).await? {
        let id: String = row.try_get("id")?;
        let same = batch.prompts.iter().filter(|p| p.key.as_ref() == Some(&id));
        found.extend(same.map(|p| (p.hash.clone(), id.clone())));
    }
    let (mut ids, mut new) = (Vec::new(), Vec::new());
    for (n, prompt) in batch.prompts.iter().enumerate() {
        let id = found.entry(prompt.hash.clone()).or_insert_with(|| {
            let id = new_id();
            new.push((
                id.clone(),
                last - many + 1 + i64::try_from(n).unwrap_or(0),
                prompt,
            ));
            id
        });
        prompt
            .key
            .iter()
            .for_each(|key| known.prompts.insert(key, id));
        ids.push(id.clone());
    }
    counts.prompts += new.len() as u64;
    counts.prompts_known += (batch.prompts.len() - new.len()) as u64;
    insert(
        transaction,
        "INSERT INTO prompt (id, project, external_id, hash, messages, preview, reference, language, metadata, number, created_at)",
        11,
        "",
        &new,
        |statement, (id, number, prompt)| {
            statement
                .bind(id)
                .bind(target.project)
                .bind(prompt.key.as_deref())
                .bind(&prompt.hash)
                .bind(&prompt.messages)
                .bind(&prompt.preview)
                .bind(prompt.reference.as_deref())
                .bind(prompt.language.as_deref())
                .bind(&prompt.metadata)
                .bind(*number)
                .bind(target.now)
        },
    )
    .await?;
    let criteria: Vec<_> = new
        .iter()
        .flat_map(|(id, _, prompt)| {
            prompt
                .criteria
                .iter()
                .enumerate()
                .map(move |(n, c)| (id, n, c))
        })
        .map(|(prompt, n, criterion)| (new_id(), prompt, i64::try_from(n).unwrap_or(0), criterion))
        .collect();
    insert(
        transaction,
        "INSERT INTO criterion (id, prompt, position, text, points, external_id, created_at)",
        7,
        "",
        &criteria,
        |statement, (id, prompt, position, criterion)| {
            statement
                .bind(id)
                .bind(prompt.as_str())
                .bind(*position)
                .bind(&criterion.text)
                .bind(criterion.points)
                .bind(&criterion.id)
                .bind(target.now)
        },
    )
    .await?;
    let mut placed = Vec::new();
    for (id, _, prompt) in &new {
        for path in &prompt.nodes {
            if let Some(node) = node(transaction, target.project, path, known).await? {
                placed.push((id.clone(), node));
            }
        }
    }
    insert(
        transaction,
        "INSERT INTO prompt_node (prompt, node)",
        2,
        "ON CONFLICT DO NOTHING",
        &placed,
        |statement, (prompt, node)| statement.bind(prompt).bind(node),
    )
    .await?;
    Ok(ids)
}

/// An identifier that may be one of ours: a file that this project wrote itself.
pub(super) fn ours(key: Option<&String>) -> Option<String> {
    key.filter(|key| uuid::Uuid::parse_str(key).is_ok())
        .cloned()
}

/// The taxonomy node at a path like `Writing/Email`, made with its parents when missing.
async fn node(
    transaction: &mut Transaction,
    project: &str,
    path: &str,
    known: &mut Known,
) -> Result<Option<String>> {
    let names = split(path);
    let mut parent: Option<String> = None;
    for depth in 1..=names.len() {
        let path = join(&names[..depth]);
        if !known.nodes.contains_key(&path) {
            sqlx::query(
                "INSERT INTO node (id, project, parent, name, path) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(new_id())
            .bind(project)
            .bind(parent)
            .bind(&names[depth - 1])
            .bind(&path)
            .execute(&mut **transaction)
            .await?;
            let id = sqlx::query("SELECT id FROM node WHERE project = $1 AND path = $2")
                .bind(project)
                .bind(&path)
                .fetch_one(&mut **transaction)
                .await?
                .try_get("id")?;
            known.nodes.insert(path.clone(), id);
        }
        parent = known.nodes.get(&path).cloned();
    }
    Ok(parent)
}

async fn sources(
    transaction: &mut Transaction,
    target: &Target<'_>,
    batch: &Batch,
    known: &mut Known,
) -> Result<()> {
    let mut new: Vec<(String, &str, &str)> = Vec::new();
    for response in &batch.responses {
        let name = response.source.as_str();
        if !known.sources.contains_key(name) && !new.iter().any(|(_, n, _)| *n == name) {
            new.push((new_id(), name, response.kind.name()));
        }
    }
    insert(
        transaction,
        "INSERT INTO source (id, project, name, kind, created_at)",
        5,
        "ON CONFLICT (project, name) DO NOTHING",
        &new,
        |statement, (id, name, kind)| {
            statement
                .bind(id)
                .bind(target.project)
                .bind(*name)
                .bind(*kind)
                .bind(target.now)
        },
    )
    .await?;
    let names: Vec<String> = new.iter().map(|(_, name, _)| (*name).to_owned()).collect();
    let by_name = "SELECT id, name FROM source WHERE project = $1 AND name IN ({})";
    for row in select_in(transaction, by_name, target.project, &names).await? {
        known
            .sources
            .insert(row.try_get("name")?, row.try_get("id")?);
    }
    Ok(())
}

/// The identifiers of the batch's responses, new or old, and the prompts that got new ones.
async fn responses(
    transaction: &mut Transaction,
    target: &Target<'_>,
    batch: &Batch,
    prompts: &[String],
    known: &mut Known,
    counts: &mut Counts,
) -> Result<(Vec<String>, BTreeSet<String>)> {
    sources(transaction, target, batch, known).await?;
    let prompt_of = |to: &To| match to {
        To::Staged(n) => prompts[*n].clone(),
        To::Key(key) => known.prompts.get(key).unwrap_or_default(),
    };
    let identified: Vec<(String, String, &str)> = batch
        .responses
        .iter()
        .map(|r| {
            let source = known.sources.get(&r.source).cloned().unwrap_or_default();
            (prompt_of(&r.prompt), source, r.hash.as_str())
        })
        .collect();
    let touched: BTreeSet<String> = identified.iter().map(|(p, ..)| p.clone()).collect();
    let touched: Vec<String> = touched.into_iter().collect();
    let mut found: HashMap<(String, String, String), String> = HashMap::new();
    let by_prompt =
        "SELECT id, prompt, source, hash FROM response WHERE project || '' = $1 AND prompt IN ({})";
    for row in select_in(transaction, by_prompt, target.project, &touched).await? {
        let key = (
            row.try_get("prompt")?,
            row.try_get("source")?,
            row.try_get("hash")?,
        );
        found.insert(key, row.try_get("id")?);
    }
    let (mut ids, mut new, mut changed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (response, (prompt, source, hash)) in batch.responses.iter().zip(identified) {
        let id = found
            .entry((prompt.clone(), source.clone(), hash.to_owned()))
            .or_insert_with(|| {
                let id = new_id();
                changed.insert(prompt.clone());
                new.push((id.clone(), prompt, source, response));
                id
            });
        response
            .key
            .iter()
            .for_each(|key| known.responses.insert(key, id));
        ids.push(id.clone());
    }
    counts.responses += new.len() as u64;
    counts.responses_known += (batch.responses.len() - new.len()) as u64;
    insert(
        transaction,
        "INSERT INTO response (id, project, prompt, source, external_id, hash, text, metadata, created_at)",
        9,
        "",
        &new,
        |statement, (id, prompt, source, response)| {
            statement
                .bind(id)
                .bind(target.project)
                .bind(prompt)
                .bind(source)
                .bind(response.key.as_deref())
                .bind(&response.hash)
                .bind(&response.text)
                .bind(&response.metadata)
                .bind(target.now)
        },
    )
    .await?;
    // their words are not in the index yet
    let again: Vec<String> = changed.iter().cloned().collect();
    let text =
        "UPDATE prompt SET indexed = 0 WHERE project || '' = $1 AND indexed = 1 AND id IN ({})";
    update_in(transaction, text, target.project, &again).await?;
    Ok((ids, changed))
}
