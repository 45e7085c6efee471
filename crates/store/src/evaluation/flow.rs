//! From annotations to verdicts and judgments: every kind that yields a preference, a tie or a score flows in.
//! **Counting and the flag that says so are one transaction**, guarded by that flag.

use super::tally::Changes;
use super::{JudgeKey, JudgeKind, entrants, judge, place};
use crate::error::from_json;
use crate::imports::sql::{insert, select_in};
use crate::{Result, Store, Transaction, new_id};
use domain::annotation::{Context, Criterion};
use domain::ids::{CriterionId, ProjectId, ResponseId};
use domain::project::Settings;
use domain::signal::Signal;
use domain::{Annotation, Kind, Provenance};
use sqlx::{Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One thing an annotation says that counts.
struct Said {
    annotation: String,
    prompt: String,
    judge: (Provenance, String),
    annotator: Option<String>,
    at: i64,
    what: What,
}

enum What {
    Compared {
        /// As they stood, left first.
        responses: [String; 2],
        outcome: f64,
        margin: i64,
        aspect: String,
    },
    Scored {
        response: String,
        share: f64,
        aspect: String,
    },
}

impl Store {
    /// The projects in which annotations wait to be counted, or prompts to be moved.
    pub(super) async fn uncounted_projects(&self) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT project FROM annotation WHERE judged <> current \
             UNION SELECT project FROM prompt WHERE placed = 0",
        )
        .fetch_all(&self.read)
        .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?)
    }

    /// Counts up to `limit` annotations of a project that are new, withdrawn or to be read again; how many.
    pub(super) async fn count_annotations(
        &self,
        project: &str,
        limit: i64,
        now: i64,
    ) -> Result<usize> {
        let rows = sqlx::query(
            "SELECT id FROM annotation WHERE project = $1 AND judged <> current ORDER BY id LIMIT $2",
        )
        .bind(project)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let waiting: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let Some(known) = self.project(&ProjectId(project.to_owned())).await? else {
            return Ok(0);
        };
        let mut transaction = self.begin().await?;
        let taken = take(&mut transaction, project, &waiting).await?;
        let mut changes = Changes::default();
        count(
            &mut transaction,
            project,
            &known.settings,
            &taken,
            now,
            &mut changes,
        )
        .await?;
        changes.write(&mut transaction, project).await?;
        transaction.commit().await?;
        Ok(waiting.len())
    }
}

/// Has the grades of a project, or of one prompt, read again: a rubric or a label changed what they are worth.
pub(crate) async fn grades_again(
    transaction: &mut Transaction,
    project: &ProjectId,
    prompt: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE annotation SET judged = 2 WHERE project = $1 AND kind = 'grade' AND current = 1 AND judged = 1 \
           AND prompt = COALESCE($2, prompt)",
    )
    .bind(project.as_str())
    .bind(prompt)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Marks annotations as counted, and reads those that were not yet.
async fn take(
    transaction: &mut Transaction,
    project: &str,
    waiting: &[String],
) -> Result<Vec<AnyRow>> {
    let text = "UPDATE annotation SET judged = current WHERE project || '' = $1 AND judged <> current AND id IN ({}) \
         RETURNING id, prompt, kind, payload, shown, current, annotator, account, provenance, metadata, created_at, \
            (SELECT COUNT(*) FROM review r WHERE r.annotation = annotation.id AND r.decision = 'override') AS overrides";
    select_in(transaction, text, project, waiting).await
}

async fn count(
    transaction: &mut Transaction,
    project: &str,
    settings: &Settings,
    taken: &[AnyRow],
    now: i64,
    changes: &mut Changes,
) -> Result<()> {
    let mut prompts = BTreeSet::new();
    let mut ids: Vec<String> = Vec::with_capacity(taken.len());
    for row in taken {
        let kind: String = row.try_get("kind")?;
        // what is only written about a prompt finds it under its nodes too
        prompts.insert(row.try_get::<String, _>("prompt")?);
        if Kind::parse(&kind).is_some_and(counts) {
            ids.push(row.try_get("id")?);
        }
    }
    let prompts: Vec<String> = prompts.into_iter().collect();
    let places = place::settle(transaction, project, &prompts, changes).await?;
    leave(transaction, project, &ids, &places, changes).await?;
    let rubrics = rubrics(transaction, project, &prompts).await?;
    let mut said = Vec::new();
    for row in taken {
        said.extend(read(row, settings, &rubrics)?);
    }
    enter(transaction, project, &said, &places, now, changes).await
}

/// Whether annotations of a kind can yield what counts.
fn counts(kind: Kind) -> bool {
    match kind {
        Kind::Preference | Kind::Grade => true,
        Kind::Critique | Kind::Refinement | Kind::Incorporation => false,
    }
}

/// Takes out what these annotations said before.
async fn leave(
    transaction: &mut Transaction,
    project: &str,
    annotations: &[String],
    places: &place::Places,
    changes: &mut Changes,
) -> Result<()> {
    if annotations.is_empty() {
        return Ok(());
    }
    let text = "UPDATE verdict SET current = 0 WHERE project || '' = $1 AND current = 1 AND annotation IN ({}) \
         RETURNING prompt, judge, aspect, source_a, source_b, outcome, margin";
    for row in select_in(transaction, text, project, annotations).await? {
        let prompt: &str = row.try_get("prompt")?;
        let nodes = places.get(prompt).into_iter().flatten();
        changes.compare(project, nodes, &place::comparison(&row)?, -1);
    }
    let text = "UPDATE judgment SET current = 0 WHERE project || '' = $1 AND current = 1 AND annotation IN ({}) \
         RETURNING prompt, judge, aspect, source, score, lowest, highest";
    for row in select_in(transaction, text, project, annotations).await? {
        let prompt: &str = row.try_get("prompt")?;
        if let Some(score) = place::score(&row)? {
            changes.score(
                project,
                places.get(prompt).into_iter().flatten(),
                &score,
                -1,
            );
        }
    }
    Ok(())
}

async fn rubrics(
    transaction: &mut Transaction,
    project: &str,
    prompts: &[String],
) -> Result<HashMap<String, Vec<Criterion>>> {
    let mut rubrics: HashMap<String, Vec<Criterion>> = HashMap::new();
    if prompts.is_empty() {
        return Ok(rubrics);
    }
    let text = "SELECT id, prompt, text, points FROM criterion \
         WHERE '' <> $1 AND removed_at IS NULL AND prompt IN ({}) ORDER BY position, id";
    for row in select_in(transaction, text, project, prompts).await? {
        let of = rubrics.entry(row.try_get("prompt")?).or_default();
        of.push(Criterion {
            id: CriterionId(row.try_get("id")?),
            text: row.try_get("text")?,
            points: row.try_get("points")?,
        });
    }
    Ok(rubrics)
}

/// What a current annotation says that counts. A reviewer's decision is no independent answer.
fn read(
    row: &AnyRow,
    settings: &Settings,
    rubrics: &HashMap<String, Vec<Criterion>>,
) -> Result<Vec<Said>> {
    let (current, overrides): (i64, i64) = (row.try_get("current")?, row.try_get("overrides")?);
    let kind: String = row.try_get("kind")?;
    if current == 0 || overrides > 0 || !Kind::parse(&kind).is_some_and(counts) {
        return Ok(Vec::new());
    }
    let id: String = row.try_get("id")?;
    let prompt: String = row.try_get("prompt")?;
    let payload: Annotation = from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
    let shown: Vec<ResponseId> = from_json(row.try_get("shown")?, "annotation", "shown", &id)?;
    let provenance = crate::reports::provenance(row, &id)?;
    let annotator: String = row.try_get("annotator")?;
    let account: Option<String> = row.try_get("account")?;
    let context = Context {
        responses: &[],
        settings,
        criteria: rubrics.get(&prompt).map_or(&[], Vec::as_slice),
    };
    let fraction = fraction(row.try_get("metadata")?, provenance);
    let judge = match provenance {
        Provenance::Machine => annotator.clone(),
        Provenance::Person | Provenance::Simulated => String::new(),
    };
    let by = match provenance {
        Provenance::Machine => account,
        Provenance::Person | Provenance::Simulated => Some(annotator),
    };
    let at = row.try_get("created_at")?;
    let said = payload
        .signals(context)
        .into_iter()
        .filter_map(|signal| what(signal, &shown, fraction))
        .map(|what| Said {
            annotation: id.clone(),
            prompt: prompt.clone(),
            judge: (provenance, judge.clone()),
            annotator: by.clone(),
            at,
            what,
        });
    Ok(said.collect())
}

/// The first response's share, where an automatic judge gave it as a number in [1, 2] (`AlpacaEval`: the
/// second's probability plus one; 0 for a tie).
fn fraction(metadata: &str, provenance: Provenance) -> Option<f64> {
    if provenance != Provenance::Machine {
        return None;
    }
    let metadata: serde_json::Value = serde_json::from_str(metadata).ok()?;
    match metadata.get("preference")?.as_f64()? {
        0.0 => Some(0.5),
        number if (1.0..=2.0).contains(&number) => Some(2.0 - number),
        _ => None,
    }
}

/// A signal with its responses in the order in which they stood.
fn what(signal: Signal, shown: &[ResponseId], fraction: Option<f64>) -> Option<What> {
    let (one, other, share, margin, aspect) = match signal {
        Signal::Preference {
            chosen,
            rejected,
            margin,
            aspect,
        } => (chosen, rejected, 1.0, i64::from(margin), aspect),
        Signal::Tie {
            responses: [one, other],
            aspect,
            both_bad: _,
        } => (one, other, 0.5, 0, aspect),
        Signal::Score {
            response,
            score,
            aspect,
        } => {
            return Some(What::Scored {
                response: response.0,
                share: score,
                aspect: aspect.unwrap_or_default(),
            });
        }
        Signal::Critique { .. } | Signal::Refinement { .. } => return None,
    };
    let turned = shown.first() == Some(&other);
    let (first, second) = if turned { (other, one) } else { (one, other) };
    let share = if turned { 1.0 - share } else { share };
    Some(What::Compared {
        responses: [first.0, second.0],
        outcome: fraction.filter(|_| aspect.is_none()).unwrap_or(share),
        margin,
        aspect: aspect.unwrap_or_default(),
    })
}

/// Writes down and counts.
async fn enter(
    transaction: &mut Transaction,
    project: &str,
    said: &[Said],
    places: &place::Places,
    now: i64,
    changes: &mut Changes,
) -> Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    let mut judges: BTreeMap<&(Provenance, String), String> = BTreeMap::new();
    for it in said {
        if judges.contains_key(&it.judge) {
            continue;
        }
        let key = JudgeKey {
            kind: match it.judge.0 {
                Provenance::Machine => JudgeKind::Imported,
                Provenance::Person | Provenance::Simulated => JudgeKind::People,
            },
            name: &it.judge.1,
            version: "",
            provenance: it.judge.0,
        };
        let id = judge(transaction, project, key, "{}", now).await?;
        judges.insert(&it.judge, id);
    }
    let sources = sources(transaction, project, said.iter().flat_map(responses)).await?;
    let (mut verdicts, mut judgments) = (Vec::new(), Vec::new());
    for it in said {
        let nodes = places.get(&it.prompt).into_iter().flatten();
        let judge = &judges[&it.judge];
        match &it.what {
            What::Compared {
                responses,
                outcome,
                margin,
                aspect,
            } => {
                let [Some(&a), Some(&b)] = [0, 1].map(|n| sources.get(&responses[n])) else {
                    continue;
                };
                let counted = super::tally::Comparison {
                    judge: judge.clone(),
                    aspect: aspect.clone(),
                    sources: [a, b],
                    outcome: *outcome,
                    margin: *margin,
                };
                changes.compare(project, nodes, &counted, 1);
                verdicts.push((it, responses, counted));
            }
            What::Scored {
                response,
                share,
                aspect,
            } => {
                let Some(&source) = sources.get(response) else {
                    continue;
                };
                let counted = super::tally::Score {
                    judge: judge.clone(),
                    aspect: aspect.clone(),
                    source,
                    share: *share,
                };
                changes.score(project, nodes, &counted, 1);
                judgments.push((it, response, counted));
            }
        }
    }
    insert(
        transaction,
        "INSERT INTO verdict (id, project, prompt, response_a, response_b, source_a, source_b, judge, annotator, aspect, \
            outcome, margin, annotation, created_at)",
        14,
        "",
        &verdicts,
        |statement, (it, responses, counted)| {
            statement
                .bind(new_id())
                .bind(project)
                .bind(&it.prompt)
                .bind(&responses[0])
                .bind(&responses[1])
                .bind(counted.sources[0])
                .bind(counted.sources[1])
                .bind(counted.judge.as_str())
                .bind(it.annotator.as_deref())
                .bind(counted.aspect.as_str())
                .bind(counted.outcome)
                .bind(counted.margin)
                .bind(&it.annotation)
                .bind(it.at)
        },
    )
    .await?;
    insert(
        transaction,
        "INSERT INTO judgment (id, project, prompt, response, source, judge, annotator, aspect, score, lowest, highest, \
            annotation, created_at)",
        13,
        "",
        &judgments,
        |statement, (it, response, counted)| {
            statement
                .bind(new_id())
                .bind(project)
                .bind(&it.prompt)
                .bind(*response)
                .bind(counted.source)
                .bind(counted.judge.as_str())
                .bind(it.annotator.as_deref())
                .bind(counted.aspect.as_str())
                .bind(counted.share)
                .bind(0.0)
                .bind(1.0)
                .bind(&it.annotation)
                .bind(it.at)
        },
    )
    .await?;
    Ok(())
}

fn responses(said: &Said) -> Vec<&String> {
    match &said.what {
        What::Compared { responses, .. } => responses.iter().collect(),
        What::Scored { response, .. } => vec![response],
    }
}

/// The entrants' numbers of responses, by the responses' identifiers.
pub(super) async fn sources<'a>(
    transaction: &mut Transaction,
    project: &str,
    responses: impl IntoIterator<Item = &'a String>,
) -> Result<HashMap<String, i64>> {
    let ids: BTreeSet<String> = responses.into_iter().cloned().collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut of: Vec<(String, String)> = Vec::with_capacity(ids.len());
    let text = "SELECT id, source FROM response WHERE project || '' = $1 AND id IN ({})";
    if !ids.is_empty() {
        for row in select_in(transaction, text, project, &ids).await? {
            of.push((row.try_get("id")?, row.try_get("source")?));
        }
    }
    let named: BTreeSet<&str> = of.iter().map(|(_, source)| source.as_str()).collect();
    let numbers = entrants(transaction, project, named).await?;
    Ok(of
        .into_iter()
        .map(|(id, source)| (id, numbers[&source]))
        .collect())
}
