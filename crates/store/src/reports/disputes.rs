//! What is worth a reviewer's time: tasks with several answers, flags or notes, the most disputed first.

use super::agreement::distance;
use super::{Given, Readings, item_key};
use crate::error::from_json;
use crate::{Result, Store};
use domain::ids::{ProjectId, PromptId, TaskId};
use domain::project::Settings;
use domain::{Kind, Provenance};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// What is known of a task besides its answers.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    flags: i64,
    returned: i64,
    reviewed: bool,
    decided: bool,
}

impl Store {
    /// The list, the most disputed first, flagged ones before equals. Answers from files belong to the task that
    /// asks about the same responses.
    pub async fn disputes(
        &self,
        project: &ProjectId,
        settings: &Settings,
        stage: Stage,
        kind: Option<Kind>,
    ) -> Result<Vec<Dispute>> {
        let readings = self.readings(project, settings, &Provenance::ALL).await?;
        let (worst, people) = (worst_by_item(&readings, kind), people_by_item(&readings));
        let marks = self.marks(project).await?;
        let rows = sqlx::query(
            "SELECT id, prompt, kinds, answered, responses, subject FROM task WHERE project = $1 ORDER BY position, id",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut list = Vec::new();
        for row in &rows {
            let task: String = row.try_get("id")?;
            let kinds: String = row.try_get("kinds")?;
            let responses = from_json(row.try_get("responses")?, "task", "responses", &task)?;
            let key = item_key(row.try_get("subject")?, responses);
            let given: i64 = row.try_get("answered")?;
            let answered = given.max(people.get(key.as_str()).copied().unwrap_or_default());
            let marks = marks.get(&task).copied().unwrap_or_default();
            let matters = answered > 1 || marks.flags + marks.returned > 0 || marks.reviewed;
            let wanted = match stage {
                Stage::Open => !marks.decided,
                Stage::Flagged => marks.flags > 0,
                Stage::Decided => marks.decided,
                Stage::All => true,
            };
            let of_kind = kind.is_none_or(|k| kinds.contains(&format!("\"{}\"", k.name())));
            if !matters || !wanted || !of_kind {
                continue;
            }
            let worst = worst.get(key.as_str());
            list.push(Dispute {
                distance: worst.map(|w| w.0),
                question: worst.map(|w| readings.questions[w.1].clone()),
                prompt: PromptId(row.try_get("prompt")?),
                answered,
                flags: marks.flags,
                returned: marks.returned,
                decided: marks.decided,
                task: TaskId(task),
            });
        }
        list.sort_by(|a, b| {
            let apart = |d: &Dispute| d.distance.unwrap_or(-1.0);
            apart(b).total_cmp(&apart(a)).then(b.flags.cmp(&a.flags))
        });
        Ok(list)
    }

    /// Flags, returns and decisions by task.
    async fn marks(&self, project: &ProjectId) -> Result<HashMap<String, Marks>> {
        let mut marks: HashMap<String, Marks> = HashMap::new();
        let held = sqlx::query(
            "SELECT task, COUNT(flagged) AS flags, COUNT(CASE WHEN state <> 'done' THEN note END) AS returned FROM assignment \
             WHERE project = $1 AND (flagged IS NOT NULL OR note IS NOT NULL) GROUP BY task",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        for row in &held {
            let of = marks.entry(row.try_get("task")?).or_default();
            of.flags = row.try_get("flags")?;
            of.returned = row.try_get("returned")?;
        }
        let decided = sqlx::query(
            "SELECT task, COALESCE(MAX(CASE WHEN decision IN ('accept', 'override') THEN created_at END), -1) AS decided, \
                COALESCE(MAX(CASE WHEN decision = 'return' THEN created_at END), -1) AS returned FROM review \
             WHERE project = $1 GROUP BY task",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        for row in &decided {
            let of = marks.entry(row.try_get("task")?).or_default();
            of.reviewed = true;
            of.decided = row.try_get::<i64, _>("decided")? > row.try_get::<i64, _>("returned")?;
        }
        Ok(marks)
    }
}

/// By item: how many people answered anything about it.
fn people_by_item(readings: &Readings) -> HashMap<&str, i64> {
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut people: HashMap<&str, i64> = HashMap::new();
    for given in &readings.given {
        if seen.insert((given.item, given.person)) {
            *people.entry(&readings.items[given.item].key).or_default() += 1;
        }
    }
    people
}

/// By item: how far apart its answers are on the question on which they differ most, and which that is.
fn worst_by_item(readings: &Readings, kind: Option<Kind>) -> HashMap<&str, (f64, usize)> {
    let mut asked: BTreeMap<(usize, usize), BTreeMap<usize, &Given>> = BTreeMap::new();
    for given in &readings.given {
        if kind.is_none_or(|k| readings.questions[given.question].0 == k) {
            let answers = asked.entry((given.item, given.question)).or_default();
            answers.insert(given.person, given);
        }
    }
    let mut worst: HashMap<&str, (f64, usize)> = HashMap::new();
    for ((item, question), by) in asked {
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
        let there = worst
            .entry(&readings.items[item].key)
            .or_insert((apart, question));
        if apart > there.0 {
            *there = (apart, question);
        }
    }
    worst
}
