//! What the live model reads.

use crate::error::from_json;
use crate::{Error, Result, Store};
use domain::Annotation;
use domain::ids::{ProjectId, ResponseId};
use domain::live::{Order, Outcome, Report};
use domain::project::Settings;
use domain::prompt::{Message, plain_text};
use domain::stats::Random;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{HashMap, HashSet};

/// An answered comparison.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its prompt.
    pub prompt: String,
    /// Its responses.
    pub responses: [ResponseId; 2],
    /// What was said about the first.
    pub outcome: Outcome,
    /// What put it before the person.
    pub by: Order,
    /// When it was written.
    pub created_at: i64,
}

/// An open comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The task.
    pub task: String,
    /// Its prompt.
    pub prompt: String,
    /// Its responses.
    pub responses: [ResponseId; 2],
}

/// A response with what it answers.
#[derive(Clone, Debug)]
pub struct Text {
    /// The response.
    pub id: String,
    /// The conversation as one text.
    pub prompt: String,
    /// The response's text.
    pub response: String,
}

/// Where a project's live model stands.
#[derive(Clone, Debug)]
pub struct Stand {
    /// What is to be said about it.
    pub report: Report,
    /// Answers it knows.
    pub answers: i64,
    /// When it was made.
    pub trained_at: i64,
    /// How long that took.
    pub took_ms: i64,
    /// How long the newest answer waited for it.
    pub lag_ms: Option<i64>,
    /// Tasks in the order it chose, still open.
    pub queued: i64,
}

/// Windows into the queue from which candidates come, when there are more than can be looked at.
const WINDOWS: usize = 8;

fn provenances(settings: &Settings) -> &'static str {
    if settings.learn_simulated {
        "('person', 'simulated')"
    } else {
        "('person')"
    }
}

impl Store {
    /// The newest answers to comparisons, the oldest first; at most `limit`.
    pub async fn live_answers(
        &self,
        project: &ProjectId,
        settings: &Settings,
        limit: i64,
    ) -> Result<Vec<Answer>> {
        let sql = format!(
            "SELECT a.id, a.prompt, a.payload, a.created_at, x.chosen_by FROM annotation a \
             LEFT JOIN assignment x ON x.task = a.task AND x.account = a.account \
             WHERE a.project = $1 AND a.kind = 'preference' AND a.current = 1 AND a.provenance IN {} \
             ORDER BY a.created_at DESC, a.id DESC LIMIT $2",
            provenances(settings)
        );
        let mut rows = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .bind(limit)
            .fetch(&self.read);
        let mut answers = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let id: &str = row.try_get("id")?;
            let said = from_json(row.try_get("payload")?, "annotation", "payload", id)?;
            let Annotation::Preference(said) = said else {
                continue;
            };
            let by: Option<String> = row.try_get("chosen_by")?;
            answers.push(Answer {
                prompt: row.try_get("prompt")?,
                outcome: match said.strength {
                    0 => Outcome::Tie,
                    left @ ..0 => Outcome::First(left.unsigned_abs()),
                    right => Outcome::Second(right.unsigned_abs()),
                },
                by: match by {
                    None => Order::Imported,
                    Some(name) => Order::parse(&name).ok_or_else(|| Error::Corrupt {
                        table: "assignment",
                        column: "chosen_by",
                        id: id.to_owned(),
                        problem: name,
                    })?,
                },
                created_at: row.try_get("created_at")?,
                responses: [said.left, said.right],
            });
        }
        answers.reverse();
        Ok(answers)
    }

    /// How many answers there are to learn from, up to `limit`, and when the newest was written.
    pub(crate) async fn live_extent(
        &self,
        project: &ProjectId,
        settings: &Settings,
        limit: i64,
    ) -> Result<(i64, i64)> {
        let sql = format!(
            "SELECT COUNT(*) AS answers, COALESCE(MAX(created_at), 0) AS newest FROM \
                (SELECT created_at FROM annotation WHERE project = $1 AND kind = 'preference' AND current = 1 AND provenance IN {} \
                 ORDER BY created_at DESC, id DESC LIMIT $2) AS newest_answers",
            provenances(settings)
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(project.as_str())
            .bind(limit)
            .fetch_one(&self.read)
            .await?;
        Ok((row.try_get("answers")?, row.try_get("newest")?))
    }

    /// Open comparisons of ordinary priority: all of them when they are few, else some from places all over
    /// the queue, and the ones that stand in the chosen order now.
    pub async fn live_pairs(
        &self,
        project: &ProjectId,
        limit: usize,
        random: &mut Random,
    ) -> Result<Vec<Pair>> {
        const OPEN: &str = "SELECT t.id, t.prompt, t.responses, t.kinds FROM task t \
             WHERE t.project = $1 AND t.open > 0 AND t.priority = 0";
        let edge = |order: &str| {
            format!(
                "SELECT position FROM task WHERE project = $1 AND open > 0 AND priority = 0 ORDER BY position {order} LIMIT 1"
            )
        };
        let mut ends = Vec::new();
        for order in ["ASC", "DESC"] {
            let row = sqlx::query(AssertSqlSafe(edge(order)))
                .bind(project.as_str())
                .fetch_optional(&self.read)
                .await?;
            let Some(row) = row else {
                return Ok(Vec::new());
            };
            ends.push(row.try_get::<i64, _>(0)?);
        }
        let all = count(limit) + 1;
        let head = format!("{OPEN} AND t.position >= $2 ORDER BY t.position LIMIT $3");
        let mut found = self.pairs(&head, project, Some((ends[0], all))).await?;
        if found.len() > limit {
            // the head of the queue is no fair sample: the rest comes from everywhere
            found.clear();
            let chosen = "SELECT t.id, t.prompt, t.responses, t.kinds FROM live_queue q JOIN task t ON t.id = q.task \
                 WHERE q.project = $1 AND t.open > 0 AND t.priority = 0 ORDER BY q.rank";
            found = self.pairs(chosen, project, None).await?;
            let span = usize::try_from(ends[1] - ends[0]).unwrap_or(0) + 1;
            let each = count((limit - found.len().min(limit)) / WINDOWS);
            for _ in 0..WINDOWS {
                let from = ends[0] + count(random.below(span));
                found.extend(self.pairs(&head, project, Some((from, each))).await?);
            }
        }
        let mut seen = HashSet::new();
        found.retain(|pair| seen.insert(pair.task.clone()));
        Ok(found)
    }

    async fn pairs(
        &self,
        sql: &str,
        project: &ProjectId,
        window: Option<(i64, i64)>,
    ) -> Result<Vec<Pair>> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned())).bind(project.as_str());
        if let Some((from, limit)) = window {
            query = query.bind(from).bind(limit);
        }
        let mut pairs = Vec::new();
        for row in query.fetch_all(&self.read).await? {
            let task: String = row.try_get("id")?;
            let kinds: &str = row.try_get("kinds")?;
            let responses: Vec<ResponseId> =
                from_json(row.try_get("responses")?, "task", "responses", &task)?;
            if let (true, Ok(responses)) = (kinds.contains("\"preference\""), responses.try_into())
            {
                pairs.push(Pair {
                    prompt: row.try_get("prompt")?,
                    responses,
                    task,
                });
            }
        }
        Ok(pairs)
    }

    /// The texts of responses, in no order.
    pub async fn live_texts(&self, project: &ProjectId, ids: Vec<String>) -> Result<Vec<Text>> {
        let sql = "SELECT r.id, r.text, r.prompt FROM response r WHERE r.project || '' = $1 AND r.id IN ({})";
        let responses = self.by_ids(project, sql, ids).await?;
        let mut prompts: Vec<String> = responses
            .iter()
            .map(|row| row.try_get("prompt"))
            .collect::<Result<_, _>>()?;
        prompts.sort_unstable();
        prompts.dedup();
        let sql = "SELECT id, messages FROM prompt WHERE project || '' = $1 AND id IN ({})";
        let mut asked: HashMap<String, String> = HashMap::new();
        for row in self.by_ids(project, sql, prompts).await? {
            let id: String = row.try_get("id")?;
            let messages: Vec<Message> =
                from_json(row.try_get("messages")?, "prompt", "messages", &id)?;
            asked.insert(id, plain_text(&messages));
        }
        responses
            .iter()
            .map(|row| {
                let prompt: &str = row.try_get("prompt")?;
                Ok(Text {
                    prompt: asked.get(prompt).cloned().unwrap_or_default(),
                    id: row.try_get("id")?,
                    response: row.try_get("text")?,
                })
            })
            .collect()
    }

    /// Where a project's live model stands; `None` before its first round.
    pub async fn live_stand(&self, project: &ProjectId) -> Result<Option<Stand>> {
        let row = sqlx::query(
            "SELECT m.report, m.answers, m.trained_at, m.took_ms, m.lag_ms, \
                (SELECT COUNT(*) FROM live_queue q JOIN task t ON t.id = q.task WHERE q.project = m.project AND t.open > 0) AS queued \
             FROM live_model m WHERE m.project = $1",
        )
        .bind(project.as_str())
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| {
            Ok(Stand {
                report: from_json(
                    row.try_get("report")?,
                    "live_model",
                    "report",
                    project.as_str(),
                )?,
                answers: row.try_get("answers")?,
                trained_at: row.try_get("trained_at")?,
                took_ms: row.try_get("took_ms")?,
                lag_ms: Some(row.try_get::<i64, _>("lag_ms")?).filter(|lag| *lag >= 0),
                queued: row.try_get("queued")?,
            })
        })
        .transpose()
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
