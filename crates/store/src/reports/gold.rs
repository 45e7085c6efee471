//! Items with a known answer: how often each person gives it.

use super::readings::provenance;
use super::{LeftOut, Person};
use crate::error::from_json;
use crate::{Result, Store};
use domain::Provenance;
use domain::annotation::{Annotation, Context};
use domain::ids::ProjectId;
use domain::project::Settings;
use domain::stats::{Interval, wilson};
use serde::Serialize;
use sqlx::Row;
use std::collections::BTreeMap;

/// One person's answers to items whose answer is known.
#[derive(Clone, Debug, Serialize)]
pub struct GoldShare {
    /// Who.
    pub person: Person,
    /// Answers that fall into the known category.
    pub right: usize,
    /// Answers.
    pub of: usize,
    /// Wilson's 95 % interval of the share.
    pub interval: Option<Interval>,
}

/// Everybody's.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Gold {
    /// How many tasks have a known answer.
    pub tasks: i64,
    /// By person, by name.
    pub people: Vec<GoldShare>,
    /// Annotations of other provenances on these tasks.
    pub left_out: Vec<LeftOut>,
}

impl Store {
    /// How often each person gives the known answer. Every question of the known answer counts once.
    pub async fn gold(
        &self,
        project: &ProjectId,
        settings: &Settings,
        provenances: &[Provenance],
    ) -> Result<Gold> {
        let tasks: i64 =
            sqlx::query("SELECT COUNT(*) AS n FROM task WHERE project = $1 AND gold IS NOT NULL")
                .bind(project.as_str())
                .fetch_one(&self.read)
                .await?
                .try_get("n")?;
        if tasks == 0 {
            return Ok(Gold::default());
        }
        let rows = sqlx::query(
            "SELECT a.id, a.annotator, COALESCE(u.name, a.annotator) AS name, a.provenance, a.payload, a.prompt, t.gold \
             FROM task t JOIN annotation a ON a.task = t.id LEFT JOIN account u ON u.id = a.account \
             WHERE t.project = $1 AND t.gold IS NOT NULL AND a.current = 1 ORDER BY a.created_at",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let rubrics = self.rubrics(project).await?;
        let mut people: BTreeMap<(String, Provenance), GoldShare> = BTreeMap::new();
        let mut left_out: BTreeMap<Provenance, i64> = BTreeMap::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            let provenance = provenance(row, &id)?;
            if !provenances.contains(&provenance) {
                *left_out.entry(provenance).or_default() += 1;
                continue;
            }
            let said: Annotation =
                from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
            let known: Annotation = from_json(row.try_get("gold")?, "task", "gold", &id)?;
            if said.kind() != known.kind() {
                continue;
            }
            let prompt: String = row.try_get("prompt")?;
            let context = Context {
                responses: &[],
                settings,
                criteria: rubrics.get(&prompt).map_or(&[], Vec::as_slice),
            };
            let answers = said.readings(context);
            let annotator: String = row.try_get("annotator")?;
            let name: String = row.try_get("name")?;
            let share = people
                .entry((name.clone() + &annotator, provenance))
                .or_insert_with(|| GoldShare {
                    person: Person {
                        annotator,
                        name,
                        provenance,
                    },
                    right: 0,
                    of: 0,
                    interval: None,
                });
            for asked in known.readings(context) {
                if let Some(answer) = answers.iter().find(|a| a.question == asked.question) {
                    share.of += 1;
                    share.right += usize::from(answer.category == asked.category);
                }
            }
        }
        let mut people: Vec<GoldShare> = people.into_values().filter(|s| s.of > 0).collect();
        for share in &mut people {
            share.interval = wilson(share.right, share.of);
        }
        let left_out = left_out
            .into_iter()
            .map(|(provenance, annotations)| LeftOut {
                provenance,
                annotations,
            })
            .collect();
        Ok(Gold {
            tasks,
            people,
            left_out,
        })
    }
}
