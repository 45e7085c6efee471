//! What is worth a reviewer's time: tasks with several answers, flags or notes, the most disputed first.

use super::agreement::distance;
use super::{Given, Readings};
use crate::{Result, Store};
use domain::ids::{ProjectId, PromptId, TaskId};
use domain::project::Settings;
use domain::{Kind, Provenance};
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};

/// Which tasks to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not decided yet.
    Open,
    /// With a flag of an annotator.
    Flagged,
    /// Decided, for every kind.
    Decided,
    /// All of them.
    All,
}

impl Stage {
    /// All, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Open, Self::Flagged, Self::Decided, Self::All];
    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Flagged => "flagged",
            Self::Decided => "decided",
            Self::All => "all",
        }
    }
    /// The stage of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A task in the reviewer's list.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// The task.
    pub task: TaskId,
    /// Its prompt.
    pub prompt: PromptId,
    /// How many people answered.
    pub answered: i64,
    /// How many flagged it.
    pub flags: i64,
    /// How many answers were returned and wait for their annotator.
    pub returned: i64,
    /// Whether something was decided after the last return.
    pub decided: bool,
    /// How far answers lie apart, from 0 to 1; none when they cannot be compared.
    pub distance: Option<f64>,
    /// The question on which they differ most.
    pub question: Option<(Kind, String)>,
}

impl Store {
    /// The list, the most disputed first, flagged ones before equals.
    pub async fn disputes(
        &self,
        project: &ProjectId,
        settings: &Settings,
        stage: Stage,
        kind: Option<Kind>,
    ) -> Result<Vec<Dispute>> {
        let readings = self.readings(project, settings, &Provenance::ALL).await?;
        let worst = worst_by_task(&readings, kind);
        let rows = sqlx::query(
            "SELECT t.id, t.prompt, t.kinds, t.answered, \
                (SELECT COUNT(*) FROM assignment a WHERE a.task = t.id AND a.flagged IS NOT NULL) AS flags, \
                (SELECT COUNT(*) FROM assignment a WHERE a.task = t.id AND a.note IS NOT NULL AND a.state <> 'done') AS returned, \
                (SELECT COUNT(*) FROM review r WHERE r.task = t.id AND r.decision IN ('accept', 'override') AND r.created_at > \
                    COALESCE((SELECT MAX(x.created_at) FROM review x WHERE x.task = t.id AND x.decision = 'return'), -1)) AS decided \
             FROM task t WHERE t.project = $1 AND (t.answered > 1 \
                OR EXISTS (SELECT 1 FROM assignment a WHERE a.task = t.id AND (a.flagged IS NOT NULL OR a.note IS NOT NULL)) \
                OR EXISTS (SELECT 1 FROM review r WHERE r.task = t.id)) ORDER BY t.position, t.id",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut list = Vec::with_capacity(rows.len());
        for row in &rows {
            let task: String = row.try_get("id")?;
            let kinds: String = row.try_get("kinds")?;
            let (flags, decided): (i64, i64) = (row.try_get("flags")?, row.try_get("decided")?);
            let wanted = match stage {
                Stage::Open => decided == 0,
                Stage::Flagged => flags > 0,
                Stage::Decided => decided > 0,
                Stage::All => true,
            };
            let of_kind = kind.is_none_or(|k| kinds.contains(&format!("\"{}\"", k.name())));
            if !wanted || !of_kind {
                continue;
            }
            let worst = worst.get(task.as_str());
            list.push(Dispute {
                distance: worst.map(|w| w.0),
                question: worst.map(|w| readings.questions[w.1].clone()),
                prompt: PromptId(row.try_get("prompt")?),
                answered: row.try_get("answered")?,
                flags,
                returned: row.try_get("returned")?,
                decided: decided > 0,
                task: TaskId(task),
            });
        }
        list.sort_by(|a, b| {
            let apart = |d: &Dispute| d.distance.unwrap_or(-1.0);
            apart(b).total_cmp(&apart(a)).then(b.flags.cmp(&a.flags))
        });
        Ok(list)
    }
}

/// By task: how far apart its answers are on the question on which they differ most, and which that is.
fn worst_by_task(readings: &Readings, kind: Option<Kind>) -> HashMap<&str, (f64, usize)> {
    let mut asked: BTreeMap<(usize, usize), BTreeMap<usize, &Given>> = BTreeMap::new();
    for given in &readings.given {
        if kind.is_none_or(|k| readings.questions[given.question].0 == k) {
            let answers = asked.entry((given.item, given.question)).or_default();
            answers.insert(given.person, given);
        }
    }
    let mut worst: HashMap<&str, (f64, usize)> = HashMap::new();
    for ((item, question), by) in asked {
        let Some(task) = &readings.items[item].task else {
            continue;
        };
        let given: Vec<&Given> = by.into_values().collect();
        if given.len() < 2 {
            continue;
        }
        // strengths reach from −3 to 3, everything else from 0 to 1
        let range = if readings.questions[question].0 == Kind::Preference {
            6.0
        } else {
            1.0
        };
        let apart = distance(&given) / range;
        let there = worst.entry(task.as_str()).or_insert((apart, question));
        if apart > there.0 {
            *there = (apart, question);
        }
    }
    worst
}
