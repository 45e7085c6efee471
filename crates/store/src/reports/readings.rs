//! Everybody's answers as comparable readings: what agreement and the review list stand on.
//!
//! An *item* is what was asked about: the same responses (in any order), or the same annotation. Answers from
//! the queue and from files meet in it. Decisions of a reviewer are no independent answers and stay out.

use crate::error::from_json;
use crate::{Result, Store};
use domain::Provenance;
use domain::annotation::{Annotation, Context, Criterion, Kind};
use domain::ids::{CriterionId, ProjectId, PromptId, TaskId};
use domain::project::Settings;
use serde::Serialize;
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};

/// Somebody, or something, that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The account's id, or the name in the file.
    pub annotator: String,
    /// The name to show.
    pub name: String,
    /// Person, machine or simulated.
    pub provenance: Provenance,
}

/// What was asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The prompt.
    pub prompt: PromptId,
    /// The task, where one asked.
    pub task: Option<TaskId>,
    /// What makes it the same item: see [`item_key`].
    #[serde(skip)]
    pub(crate) key: String,
}

/// One answer to one question. Numbers point into [`Readings`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given {
    /// The item.
    pub item: usize,
    /// Who.
    pub person: usize,
    /// The question.
    pub question: usize,
    /// The answer as a category.
    pub category: usize,
    /// The answer as a number.
    pub value: f64,
    /// When.
    pub at: i64,
}

/// How many current annotations of a provenance were not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Which.
    pub provenance: Provenance,
    /// How many.
    pub annotations: i64,
}

/// Everybody's answers.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// What was asked about.
    pub items: Vec<Item>,
    /// Who answered.
    pub people: Vec<Person>,
    /// What was asked: the kind and the question within it.
    pub questions: Vec<(Kind, String)>,
    /// The answers' categories.
    pub categories: Vec<String>,
    /// The answers, the oldest first.
    pub given: Vec<Given>,
    /// What the choice of provenances left out.
    pub left_out: Vec<LeftOut>,
}

/// Numbers things in the order in which they are first seen.
struct Numbers<K>(HashMap<K, usize>);

impl<K: std::hash::Hash + Eq> Numbers<K> {
    fn of(&mut self, key: K, new: impl FnOnce()) -> usize {
        let next = self.0.len();
        *self.0.entry(key).or_insert_with(|| {
            new();
            next
        })
    }
}

impl Store {
    /// The rubrics of a project as they stand.
    pub(crate) async fn rubrics(
        &self,
        project: &ProjectId,
    ) -> Result<BTreeMap<String, Vec<Criterion>>> {
        let rows = sqlx::query(
            "SELECT c.id, c.prompt, c.text, c.points FROM criterion c JOIN prompt p ON p.id = c.prompt \
             WHERE p.project = $1 AND c.removed_at IS NULL ORDER BY c.prompt, c.position, c.id",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut rubrics: BTreeMap<String, Vec<Criterion>> = BTreeMap::new();
        for row in rows {
            rubrics
                .entry(row.try_get("prompt")?)
                .or_default()
                .push(Criterion {
                    id: CriterionId(row.try_get("id")?),
                    text: row.try_get("text")?,
                    points: row.try_get("points")?,
                });
        }
        Ok(rubrics)
    }

    /// Everybody's current answers, of these provenances.
    pub async fn readings(
        &self,
        project: &ProjectId,
        settings: &Settings,
        provenances: &[Provenance],
    ) -> Result<Readings> {
        let rubrics = self.rubrics(project).await?;
        let mut all = Readings::default();
        let (mut items, mut people) = (Numbers(HashMap::new()), Numbers(HashMap::new()));
        let (mut questions, mut categories) = (Numbers(HashMap::new()), Numbers(HashMap::new()));
        let mut left_out: BTreeMap<Provenance, i64> = BTreeMap::new();
        let mut after = (i64::MIN, String::new());
        loop {
            // by pages, so that a large project's payloads are never all in memory
            let rows = sqlx::query(
                "SELECT a.id, a.prompt, a.task, a.annotator, COALESCE(u.name, a.annotator) AS name, a.provenance, \
                        a.payload, a.shown, a.subject, a.created_at \
                 FROM annotation a LEFT JOIN account u ON u.id = a.account \
                 WHERE a.project = $1 AND a.current = 1 AND (a.created_at > $2 OR (a.created_at = $2 AND a.id > $3)) \
                   AND NOT EXISTS (SELECT 1 FROM review r WHERE r.annotation = a.id AND r.decision = 'override') \
                 ORDER BY a.created_at, a.id LIMIT 2000",
            )
            .bind(project.as_str())
            .bind(after.0)
            .bind(&after.1)
            .fetch_all(&self.read)
            .await?;
            let Some(last) = rows.last() else { break };
            after = (last.try_get("created_at")?, last.try_get("id")?);
            for row in &rows {
                let id: String = row.try_get("id")?;
                let provenance = provenance(row, &id)?;
                if !provenances.contains(&provenance) {
                    *left_out.entry(provenance).or_default() += 1;
                    continue;
                }
                let payload: Annotation =
                    from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
                let prompt: String = row.try_get("prompt")?;
                let context = Context {
                    responses: &[],
                    settings,
                    criteria: rubrics.get(&prompt).map_or(&[], Vec::as_slice),
                };
                let readings = payload.readings(context);
                if readings.is_empty() {
                    continue;
                }
                let task: Option<String> = row.try_get("task")?;
                let shown = from_json(row.try_get("shown")?, "annotation", "shown", &id)?;
                let key = item_key(row.try_get("subject")?, shown);
                let item = items.of(key.clone(), || {
                    all.items.push(Item {
                        prompt: PromptId(prompt),
                        task: None,
                        key,
                    });
                });
                if let Some(task) = task {
                    all.items[item].task.get_or_insert(TaskId(task));
                }
                let annotator: String = row.try_get("annotator")?;
                let name: String = row.try_get("name")?;
                let person = people.of((annotator.clone(), provenance), || {
                    all.people.push(Person {
                        annotator,
                        name,
                        provenance,
                    });
                });
                let at = row.try_get("created_at")?;
                for reading in readings {
                    let asked = (payload.kind(), reading.question);
                    let question = questions.of(asked.clone(), || all.questions.push(asked));
                    let category = categories.of(reading.category.clone(), || {
                        all.categories.push(reading.category);
                    });
                    let value = reading.value;
                    all.given.push(Given {
                        item,
                        person,
                        question,
                        category,
                        value,
                        at,
                    });
                }
            }
        }
        all.left_out = left_out
            .into_iter()
            .map(|(provenance, annotations)| LeftOut {
                provenance,
                annotations,
            })
            .collect();
        Ok(all)
    }
}

/// What an annotation or a task is about: another annotation, or these responses in any order.
pub(crate) fn item_key(subject: Option<String>, mut shown: Vec<String>) -> String {
    subject.unwrap_or_else(|| {
        shown.sort();
        shown.join(" ")
    })
}

/// Reads the `provenance` column.
pub(crate) fn provenance(row: &sqlx::any::AnyRow, id: &str) -> Result<Provenance> {
    let name: String = row.try_get("provenance")?;
    Provenance::parse(&name).ok_or_else(|| crate::Error::Corrupt {
        table: "annotation",
        column: "provenance",
        id: id.to_owned(),
        problem: format!("{name} is no provenance"),
    })
}

impl Store {
    /// The beginnings of these prompts, in this order; empty where the project has no such prompt.
    pub async fn prompt_previews(
        &self,
        project: &ProjectId,
        prompts: &[PromptId],
    ) -> Result<Vec<String>> {
        let mut previews = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            let row = sqlx::query("SELECT preview FROM prompt WHERE id = $1 AND project = $2")
                .bind(prompt.as_str())
                .bind(project.as_str())
                .fetch_optional(&self.read)
                .await?;
            previews.push(match row {
                Some(row) => row.try_get("preview")?,
                None => String::new(),
            });
        }
        Ok(previews)
    }
}
