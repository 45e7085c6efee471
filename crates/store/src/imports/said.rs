//! What a file says about responses: annotations, and the tasks that they answer.

use super::Counts;
use super::resolve::Known;
use super::sql::{insert, select_in, update_in};
use super::stage::{Batch, StagedAnnotation, To};
use super::write::{Target, ours};
use crate::error::{from_json, to_json};
use crate::real::Real;
use crate::{Result, Transaction, new_id, sha256};
use domain::ids::ResponseId;
use domain::import::place_of;
use domain::{Kind, Provenance};
use sqlx::Row;
use std::collections::{HashMap, HashSet};

/// A prompt and the responses shown with it, as the task's row has them.
type Seen = (String, String);

pub(super) async fn annotations(
    transaction: &mut Transaction,
    target: &Target<'_>,
    batch: Batch,
    prompts: &[String],
    responses: &[String],
    known: &mut Known,
    counts: &mut Counts,
) -> Result<()> {
    let all = batch.annotations.len();
    let prompt_ids: Vec<String> = batch
        .annotations
        .iter()
        .map(|a| match &a.prompt {
            To::Staged(n) => prompts[*n].clone(),
            To::Key(key) => known.prompts.get(key).unwrap_or_default(),
        })
        .collect();
    let criteria = criteria(transaction, target, &batch.annotations, &prompt_ids).await?;
    let mut staged = Vec::new();
    for (mut annotation, prompt) in batch.annotations.into_iter().zip(prompt_ids) {
        let shown: Vec<String> = annotation
            .responses
            .iter()
            .map(|to| match to {
                To::Staged(n) => responses[*n].clone(),
                To::Key(key) => known.responses.get(key).unwrap_or_default(),
            })
            .collect();
        annotation.payload.visit_ids(
            &mut |id| {
                let ours = place_of(id).and_then(|n| shown.get(n)).cloned();
                *id = ResponseId(ours.unwrap_or_default());
            },
            &mut |id| {
                if let Some(ours) = criteria.get(&(prompt.clone(), id.to_string())) {
                    *id = ours.as_str().into();
                }
            },
        );
        let payload = to_json(&annotation.payload);
        let identity = match &annotation.key {
            Some(key) => sha256(format!("key\n{prompt}\n{key}")),
            None => sha256(format!(
                "said\n{prompt}\n{payload}\n{}\n{}\n{:?}\n{}",
                annotation.annotator,
                annotation.provenance.name(),
                annotation.at,
                annotation.metadata
            )),
        };
        staged.push((annotation, prompt, shown, payload, identity));
    }
    let mut found: HashMap<String, String> = HashMap::new();
    let identities: Vec<String> = staged.iter().map(|s| s.4.clone()).collect();
    let by_identity = "SELECT id, identity FROM annotation WHERE project = $1 AND identity IN ({})";
    for row in select_in(transaction, by_identity, target.project, &identities).await? {
        found.insert(row.try_get("identity")?, row.try_get("id")?);
    }
    let own: Vec<String> = staged
        .iter()
        .filter_map(|s| ours(s.0.key.as_ref()))
        .collect();
    let by_id = "SELECT id FROM annotation WHERE project || '' = $1 AND id IN ({})";
    for row in select_in(transaction, by_id, target.project, &own).await? {
        let id: String = row.try_get("id")?;
        let same = staged.iter().filter(|s| s.0.key.as_ref() == Some(&id));
        found.extend(same.map(|s| (s.4.clone(), id.clone())));
    }
    let tasks = answered_tasks(transaction, target, &staged, &found).await?;
    let mut new = Vec::new();
    for one in staged {
        let id = found.entry(one.4.clone()).or_insert_with(new_id).clone();
        one.0
            .key
            .iter()
            .for_each(|key| known.annotations.insert(key, &id));
        new.push((id, one));
    }
    let replaced: Vec<String> = new
        .iter()
        .filter_map(|(_, one)| known.annotations.get(one.0.supersedes.as_ref()?))
        .collect();
    let earlier = |key: &Option<String>| key.as_ref().and_then(|key| known.annotations.get(key));
    let written = insert(
        transaction,
        "INSERT INTO annotation (id, project, prompt, task, annotator, provenance, kind, payload, shown, subject, external_id, \
         supersedes, current, seconds, metadata, identity, created_at)",
        17,
        "ON CONFLICT DO NOTHING",
        &new,
        |statement, (id, (annotation, prompt, shown, payload, identity))| {
            statement
                .bind(id)
                .bind(target.project)
                .bind(prompt)
                .bind(tasks.get(identity).map(String::as_str))
                .bind(&annotation.annotator)
                .bind(annotation.provenance.name())
                .bind(annotation.payload.kind().name())
                .bind(payload)
                .bind(to_json(shown))
                .bind(earlier(&annotation.subject))
                .bind(annotation.key.as_deref())
                .bind(earlier(&annotation.supersedes))
                .bind(i64::from(!annotation.withdrawn))
                .bind(Real(annotation.seconds))
                .bind(&annotation.metadata)
                .bind(identity)
                .bind(annotation.at.unwrap_or(target.now))
        },
    )
    .await?;
    counts.annotations += written;
    counts.annotations_known += all as u64 - written;
    let text =
        "UPDATE annotation SET current = 0 WHERE project || '' = $1 AND current = 1 AND id IN ({})";
    update_in(transaction, text, target.project, &replaced).await
}

/// Rubric items that the batch's grades name: prompt and the file's identifier, to ours.
async fn criteria(
    transaction: &mut Transaction,
    target: &Target<'_>,
    annotations: &[StagedAnnotation],
    prompts: &[String],
) -> Result<HashMap<(String, String), String>> {
    let mut graded: Vec<String> = annotations
        .iter()
        .zip(prompts)
        .filter(|(a, _)| a.payload.kind() == domain::Kind::Grade)
        .map(|(_, prompt)| prompt.clone())
        .collect();
    graded.sort();
    graded.dedup();
    let text = "SELECT c.id, c.prompt, c.external_id FROM criterion c JOIN prompt p ON p.id = c.prompt \
                WHERE p.project || '' = $1 AND c.external_id IS NOT NULL AND c.prompt IN ({})";
    select_in(transaction, text, target.project, &graded)
        .await?
        .iter()
        .map(|row| {
            let key = (row.try_get("prompt")?, row.try_get("external_id")?);
            Ok((key, row.try_get("id")?))
        })
        .collect()
}

/// A staged annotation with its prompt, the responses shown, payload and identity.
type Said = (StagedAnnotation, String, Vec<String>, String, String);

/// The tasks that new annotations of people answer, by the annotations' identities: the same responses,
/// and a kind that the task asks for. Their counts are brought up to date, one answer a person.
async fn answered_tasks(
    transaction: &mut Transaction,
    target: &Target<'_>,
    said: &[Said],
    known: &HashMap<String, String>,
) -> Result<HashMap<String, String>> {
    let counts = |one: &&Said| {
        one.0.provenance == Provenance::Person
            && !one.0.withdrawn
            && one.0.subject.is_none()
            && !known.contains_key(&one.4)
    };
    let mut prompts: Vec<String> = said
        .iter()
        .filter(counts)
        .map(|one| one.1.clone())
        .collect();
    prompts.sort();
    prompts.dedup();
    let text = "SELECT id, prompt, responses, kinds FROM task WHERE project || '' = $1 AND subject IS NULL AND prompt IN ({})";
    let mut tasks: HashMap<Seen, Vec<(String, Vec<Kind>)>> = HashMap::new();
    for row in select_in(transaction, text, target.project, &prompts).await? {
        let id: String = row.try_get("id")?;
        let kinds = from_json(row.try_get("kinds")?, "task", "kinds", &id)?;
        let asked = tasks
            .entry((row.try_get("prompt")?, row.try_get("responses")?))
            .or_default();
        asked.push((id, kinds));
    }
    let mut found = HashMap::new();
    let mut answers: Vec<(String, &str)> = Vec::new();
    for one in said.iter().filter(counts) {
        let mut shown = one.2.clone();
        shown.sort_unstable();
        let asked = tasks.get(&(one.1.clone(), to_json(&shown)));
        let kind = one.0.payload.kind();
        if let Some((id, _)) =
            asked.and_then(|all| all.iter().find(|(_, kinds)| kinds.contains(&kind)))
        {
            found.insert(one.4.clone(), id.clone());
            answers.push((id.clone(), &one.0.annotator));
        }
    }
    // a person who is counted already, by an earlier file or another kind, is not counted again
    let ids: Vec<String> = answers.iter().map(|(id, _)| id.clone()).collect();
    let mut counted: HashSet<(String, String)> = HashSet::new();
    let text =
        "SELECT DISTINCT task, annotator FROM annotation WHERE project || '' = $1 AND task IN ({})";
    for row in select_in(transaction, text, target.project, &ids).await? {
        counted.insert((row.try_get("task")?, row.try_get("annotator")?));
    }
    // round by round, in case several people of the file answered one task
    let mut rounds: Vec<Vec<String>> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for (task, person) in answers {
        if counted.insert((task.clone(), person.to_owned())) {
            let round = at.entry(task.clone()).and_modify(|n| *n += 1).or_default();
            if rounds.len() <= *round {
                rounds.push(Vec::new());
            }
            rounds[*round].push(task);
        }
    }
    for tasks in rounds {
        count_answers(transaction, target.project, tasks).await?;
    }
    Ok(found)
}

/// Counts one more answer to each of these tasks, and takes one of its open places if there is one.
async fn count_answers(
    transaction: &mut Transaction,
    project: &str,
    mut tasks: Vec<String>,
) -> Result<()> {
    let (mut closed, mut finished) = (0_i64, 0_i64);
    for text in [
        "UPDATE task SET answered = answered + 1, open = open - 1 WHERE project || '' = $1 AND open > 0 AND id IN ({}) \
         RETURNING id, answered, wanted, open",
        "UPDATE task SET answered = answered + 1 WHERE project || '' = $1 AND id IN ({}) \
         RETURNING id, answered, wanted, CAST(1 AS BIGINT) AS open",
    ] {
        let mut taken = HashSet::new();
        for row in select_in(transaction, text, project, &tasks).await? {
            let (answered, wanted): (i64, i64) = (row.try_get("answered")?, row.try_get("wanted")?);
            closed += i64::from(row.try_get::<i64, _>("open")? == 0);
            finished += i64::from(answered == wanted);
            taken.insert(row.try_get::<String, _>("id")?);
        }
        tasks.retain(|id| !taken.contains(id));
    }
    sqlx::query(
        "UPDATE project_tally SET open_tasks = open_tasks - $2, finished = finished + $3 WHERE project = $1",
    )
    .bind(project)
    .bind(closed)
    .bind(finished)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
