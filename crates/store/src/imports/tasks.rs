//! The tasks that imported responses give, as the project's settings ask.
//!
//! Preferences are asked about pairs, everything else about one response. Of up to four responses every
//! pair is asked; each further one is paired with the two before it, so that work grows with the responses
//! and not with their square. Students' answers are for grading; other responses for everything else.

use super::sql::{insert, select_in};
use super::write::Target;
use crate::error::to_json;
use crate::{Result, Store, Transaction, new_id, sha256};
use domain::ids::ProjectId;
use domain::{Kind, project::Settings};
use sqlx::Row;
use std::collections::BTreeMap;

/// All pairs are asked of so many responses.
const ALL_PAIRS: usize = 4;
/// Places in the queue between two prompts.
const STEP: i64 = 10_000;

/// How tasks are made.
pub(super) struct TaskRules {
    kinds: Vec<Kind>,
    overlap: i64,
    /// How many people the project has: they all get the gold share.
    people: i64,
    gold_percent: u8,
}

/// A response as far as tasks care.
struct Answer {
    id: String,
    hash: String,
    student: bool,
}

impl TaskRules {
    pub(super) fn new(settings: &Settings, people: i64) -> Self {
        Self {
            kinds: settings.kinds.clone(),
            overlap: i64::from(settings.overlap.max(1)),
            people,
            gold_percent: u8::try_from(settings.gold_percent.min(100)).unwrap_or(100),
        }
    }

    /// The groups of responses to ask about, each with its kinds and a place that never changes as more
    /// responses come.
    fn asks<'a>(&self, answers: &'a [Answer]) -> Vec<(i64, Vec<Kind>, Vec<&'a Answer>)> {
        let grades = self.kinds.contains(&Kind::Grade);
        // checks of refinements come with the refinements
        let others: Vec<Kind> = self
            .kinds
            .iter()
            .copied()
            .filter(|kind| !matches!(kind, Kind::Grade | Kind::Incorporation))
            .collect();
        let mut asks = Vec::new();
        let mut compared: Vec<&Answer> = Vec::new();
        for (n, answer) in answers.iter().enumerate() {
            let place = i64::try_from(n).unwrap_or(0) * 10;
            if grades && (answer.student || others.is_empty()) {
                asks.push((place, vec![Kind::Grade], vec![answer]));
            } else if others.contains(&Kind::Preference) {
                let j = compared.len();
                let from = if j < ALL_PAIRS { 0 } else { j - 2 };
                for (k, other) in compared[from..].iter().enumerate() {
                    if other.hash != answer.hash {
                        let place = place + 1 + i64::try_from(k).unwrap_or(0);
                        asks.push((place, others.clone(), vec![*other, answer]));
                    }
                }
                compared.push(answer);
            } else if !others.is_empty() {
                asks.push((place, others.clone(), vec![answer]));
            }
        }
        asks
    }

    fn wanted(&self, identity: &str) -> i64 {
        // the hash decides, so that the same tasks are everybody's on every machine
        let share = u32::from_str_radix(&identity[..8], 16).unwrap_or(u32::MAX) % 100;
        if share < u32::from(self.gold_percent) {
            self.overlap.max(self.people)
        } else {
            self.overlap
        }
    }
}

/// Makes the tasks that these prompts lack; how many.
pub(super) async fn make_tasks(
    transaction: &mut Transaction,
    target: &Target<'_>,
    rules: &TaskRules,
    prompts: &[String],
) -> Result<u64> {
    let text = "SELECT r.id, r.prompt, r.hash, s.kind, p.number FROM response r \
                JOIN source s ON s.id = r.source JOIN prompt p ON p.id = r.prompt \
                WHERE r.project || '' = $1 AND r.parent IS NULL AND r.prompt IN ({}) ORDER BY r.id";
    let mut by_prompt: BTreeMap<String, (i64, Vec<Answer>)> = BTreeMap::new();
    for row in select_in(transaction, text, target.project, prompts).await? {
        let kind: String = row.try_get("kind")?;
        let prompt = by_prompt.entry(row.try_get("prompt")?).or_default();
        prompt.0 = row.try_get("number")?;
        let answer = Answer {
            id: row.try_get("id")?,
            hash: row.try_get("hash")?,
            student: kind == "student",
        };
        // the list of places is filled up with repeats
        if prompt.1.iter().all(|known| known.id != answer.id) {
            prompt.1.push(answer);
        }
    }
    let mut tasks = Vec::new();
    for (prompt, (number, answers)) in &by_prompt {
        for (place, kinds, about) in rules.asks(answers) {
            let mut ids: Vec<&str> = about.iter().map(|answer| answer.id.as_str()).collect();
            ids.sort_unstable();
            let (kinds, ids) = (to_json(&kinds), to_json(&ids));
            let identity = sha256(format!("{kinds}\n{ids}"));
            let wanted = rules.wanted(&identity);
            tasks.push((
                new_id(),
                prompt,
                ids,
                kinds,
                identity,
                number * STEP + place,
                wanted,
            ));
        }
    }
    let made = insert(
        transaction,
        "INSERT INTO task (id, project, prompt, responses, kinds, identity, position, wanted, open, created_at)",
        10,
        "ON CONFLICT (project, identity) DO NOTHING",
        &tasks,
        |statement, (id, prompt, ids, kinds, identity, position, wanted)| {
            statement
                .bind(id)
                .bind(target.project)
                .bind(prompt.as_str())
                .bind(ids)
                .bind(kinds)
                .bind(identity)
                .bind(*position)
                .bind(*wanted)
                .bind(*wanted)
                .bind(target.now)
        },
    )
    .await?;
    crate::tasks::count_new(transaction, target.project, made).await?;
    Ok(made)
}

impl Store {
    /// Makes the tasks that a project's prompts lack as its settings now stand, e.g. after they changed;
    /// those that exist stay. How many are new.
    pub async fn make_missing_tasks(
        &self,
        project: &ProjectId,
        settings: &Settings,
        now: i64,
    ) -> Result<u64> {
        let people = sqlx::query("SELECT COUNT(*) FROM member WHERE project = $1")
            .bind(project.as_str())
            .fetch_one(&self.read)
            .await?
            .try_get(0)?;
        let rules = TaskRules::new(settings, people);
        let target = Target {
            project: project.as_str(),
            tasks: Some(&rules),
            now,
        };
        let (mut made, mut after) = (0, String::new());
        loop {
            let rows = sqlx::query(
                "SELECT id FROM prompt WHERE project = $1 AND id > $2 ORDER BY id LIMIT 500",
            )
            .bind(project.as_str())
            .bind(&after)
            .fetch_all(&self.read)
            .await?;
            let prompts = rows
                .iter()
                .map(|row| row.try_get(0))
                .collect::<Result<Vec<String>, _>>()?;
            let Some(last) = prompts.last() else {
                return Ok(made);
            };
            after.clone_from(last);
            let mut transaction = self.begin().await?;
            made += make_tasks(&mut transaction, &target, &rules, &prompts).await?;
            transaction.commit().await?;
        }
    }
}
