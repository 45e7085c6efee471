//! What judging jobs read: prompts with what a judge has not judged yet.

use crate::error::from_json;
use crate::evaluation::JudgeKey;
use crate::{Result, Store};
use domain::ids::{ProjectId, PromptId, ResponseId};
use domain::prompt::Message;
use sqlx::{Row, any::AnyRow};
use std::collections::{BTreeSet, HashMap};

/// A response that a judge may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub id: ResponseId,
    /// Whose it is.
    pub source: String,
    /// What it says.
    pub text: String,
}

/// A prompt with its responses, the first of every source, and what this judge said of them already.
#[derive(Clone, Debug)]
pub struct ToJudge {
    /// The prompt.
    pub prompt: PromptId,
    /// Its number in the project.
    pub number: i64,
    /// What was asked.
    pub messages: Vec<Message>,
    /// In the order of their sources' names.
    pub responses: Vec<Shown>,
    /// Pairs that have a verdict, in either order.
    pub compared: BTreeSet<[ResponseId; 2]>,
    /// Responses that have a score.
    pub scored: BTreeSet<ResponseId>,
}

impl ToJudge {
    /// Whether these two have a verdict.
    pub fn has_compared(&self, one: &ResponseId, other: &ResponseId) -> bool {
        let pair = [one.clone(), other.clone()];
        let turned = [other.clone(), one.clone()];
        self.compared.contains(&pair) || self.compared.contains(&turned)
    }
}

impl Store {
    /// How many prompts have responses of at least so many sources.
    pub async fn prompts_with_sources(&self, project: &ProjectId, sources: i64) -> Result<i64> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM (SELECT prompt FROM response WHERE project = $1 GROUP BY prompt \
                HAVING COUNT(DISTINCT source) >= $2) found",
        )
        .bind(project.as_str())
        .bind(sources)
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// The project's sources that have responses: name, and to how many prompts, the most first.
    pub async fn answering_sources(&self, project: &ProjectId) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query(
            "SELECT s.name, COUNT(DISTINCT r.prompt) AS n FROM response r JOIN source s ON s.id = r.source \
             WHERE r.project = $1 GROUP BY s.name ORDER BY n DESC, s.name",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let rows = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        rows.collect()
    }

    /// The next prompts after this number, with responses, and what the judge said of them in this aspect.
    pub async fn to_judge(
        &self,
        project: &ProjectId,
        by: JudgeKey<'_>,
        aspect: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ToJudge>> {
        let rows = sqlx::query(
            "SELECT id, number, messages FROM prompt WHERE project = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(project.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let (mut found, mut places) = (Vec::new(), HashMap::new());
        for row in &rows {
            let id: String = row.try_get("id")?;
            places.insert(id.clone(), found.len());
            found.push(ToJudge {
                messages: from_json(row.try_get("messages")?, "prompt", "messages", &id)?,
                number: row.try_get("number")?,
                prompt: PromptId(id),
                responses: Vec::new(),
                compared: BTreeSet::new(),
                scored: BTreeSet::new(),
            });
        }
        let ids: Vec<String> = found.iter().map(|it| it.prompt.0.clone()).collect();
        let text = "SELECT r.prompt, r.id, r.text, s.name FROM response r JOIN source s ON s.id = r.source \
             WHERE r.project || '' = $1 AND r.prompt IN ({}) ORDER BY s.name, r.id";
        for row in self.by_ids(project, text, ids.clone()).await? {
            let Some(&place) = places.get(&row.try_get::<String, _>("prompt")?) else {
                continue;
            };
            let (it, source): (&mut ToJudge, String) = (&mut found[place], row.try_get("name")?);
            if it.responses.last().is_none_or(|last| last.source != source) {
                it.responses.push(Shown {
                    id: ResponseId(row.try_get("id")?),
                    source,
                    text: row.try_get("text")?,
                });
            }
        }
        let Some(judge) = self.judge_of(project, by).await? else {
            return Ok(found);
        };
        let text = "SELECT prompt, response_a, response_b, judge, aspect FROM verdict \
             WHERE project || '' = $1 AND current = 1 AND prompt IN ({})";
        for row in self.by_ids(project, text, ids.clone()).await? {
            if said_by(&row, &judge, aspect)?
                && let Some(&place) = places.get(&row.try_get::<String, _>("prompt")?)
            {
                let (a, b) = (row.try_get("response_a")?, row.try_get("response_b")?);
                found[place].compared.insert([ResponseId(a), ResponseId(b)]);
            }
        }
        let text = "SELECT prompt, response, judge, aspect FROM judgment \
             WHERE project || '' = $1 AND current = 1 AND prompt IN ({})";
        for row in self.by_ids(project, text, ids).await? {
            if said_by(&row, &judge, aspect)?
                && let Some(&place) = places.get(&row.try_get::<String, _>("prompt")?)
            {
                let response = ResponseId(row.try_get("response")?);
                found[place].scored.insert(response);
            }
        }
        Ok(found)
    }

    /// The identifier of the judge of this key, if it ever said something.
    async fn judge_of(&self, project: &ProjectId, by: JudgeKey<'_>) -> Result<Option<String>> {
        let row = sqlx::query(
            "SELECT id FROM judge WHERE project = $1 AND kind = $2 AND name = $3 AND version = $4 AND provenance = $5",
        )
        .bind(project.as_str())
        .bind(by.kind.name())
        .bind(by.name)
        .bind(by.version)
        .bind(by.provenance.name())
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|row| row.try_get("id")).transpose()?)
    }
}

fn said_by(row: &AnyRow, judge: &str, aspect: &str) -> Result<bool> {
    let (by, of): (String, String) = (row.try_get("judge")?, row.try_get("aspect")?);
    Ok(by == judge && of == aspect)
}
