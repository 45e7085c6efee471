//! The way down from a number: a node's prompts, what was judged about one, and what people wrote is wrong.
//! Lists are read by pages; nothing here reads a whole project.

use crate::error::from_json;
use crate::reports::standings::Of;
use crate::{Result, Store};
use domain::annotation::{Annotation, Polarity};
use domain::ids::{ProjectId, PromptId};
use domain::{Provenance, annotation::Critique};
use serde::Deserialize;
use sqlx::Row;
use std::collections::HashSet;

/// A prompt under a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// Its identifier.
    pub id: String,
    /// Its number in the project.
    pub number: i64,
    /// Its beginning.
    pub preview: String,
    /// What the judge said about it: verdicts, of the chosen model where one is chosen.
    pub verdicts: i64,
    /// Of these, the model won, tied, lost; 0 where none is chosen.
    pub record: [i64; 3],
    /// Judgments of single responses, likewise.
    pub judgments: i64,
}

/// One verdict about a prompt, or a judgment of one of its responses.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The judge's identifier.
    pub judge: String,
    /// The person's name, where there is one.
    pub annotator: Option<String>,
    /// The aspect; empty for overall.
    pub aspect: String,
    /// The responses it is about: one or two, the first first.
    pub responses: Vec<String>,
    /// Of a verdict: the first's share and by how much.
    pub outcome: Option<(f64, i64)>,
    /// Of a judgment: score and the scale's ends.
    pub score: Option<(f64, f64, f64)>,
    /// In words: the reason of a preference, a judge's text.
    pub words: String,
    /// What a judge marked a response by.
    pub marks: Vec<Mark>,
    /// The judge's answer as it came.
    pub raw: Option<String>,
    /// The annotation it stands for.
    pub annotation: Option<String>,
    /// When.
    pub at: i64,
}

/// One criterion of a judgment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Mark {
    /// What was asked of the response.
    pub text: String,
    /// Its weight, of 100.
    pub weight: f64,
    /// The mark.
    pub score: f64,
}

/// A remark about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The prompt.
    pub prompt: String,
    /// The prompt's number.
    pub number: i64,
    /// The annotation.
    pub annotation: String,
    /// The words.
    pub text: String,
}

/// With more comparisons than this, prompts are listed by number, not by what was lost.
pub const SORTED: i64 = 20_000;
/// Annotations in which problems are looked for, the newest.
pub const READ: i64 = 1_000;

impl Store {
    /// Up to `limit` prompts of a node after `skip`: with a model, those first in which it lost most (where not more
    /// than [`SORTED`] comparisons stand behind them), else by number.
    pub async fn prompts_below(
        &self,
        of: Of<'_>,
        model: Option<i64>,
        skip: i64,
        limit: i64,
    ) -> Result<Vec<Below>> {
        let (entrant, sorted) = match model {
            Some(entrant) => (entrant, self.comparisons_of(of).await? <= SORTED),
            None => (-1, false),
        };
        let rows = if sorted {
            sqlx::query(
                // CROSS JOIN: SQLite would else walk everything the judge said
                "SELECT p.id, p.number, p.preview FROM counted c CROSS JOIN prompt p CROSS JOIN verdict v \
                 WHERE c.node = $1 AND p.id = c.prompt AND v.prompt = p.id AND v.current = 1 AND v.judge = $2 AND v.aspect = $3 \
                    AND (v.source_a = $4 OR v.source_b = $4) AND v.source_a <> v.source_b GROUP BY p.id, p.number, p.preview \
                 ORDER BY SUM(CASE WHEN v.source_a = $4 THEN v.outcome ELSE 1 - v.outcome END - 0.5), p.number LIMIT $5 OFFSET $6",
            )
            .bind(of.node)
            .bind(of.judge)
            .bind(of.aspect)
            .bind(entrant)
            .bind(limit)
            .bind(skip)
            .fetch_all(&self.read)
            .await?
        } else if of.node == of.project.as_str() {
            sqlx::query(
                "SELECT p.id, p.number, p.preview FROM prompt p WHERE p.project = $1 \
                    AND EXISTS (SELECT 1 FROM counted c WHERE c.prompt = p.id AND c.node = $1) \
                 ORDER BY p.number LIMIT $2 OFFSET $3",
            )
            .bind(of.node)
            .bind(limit)
            .bind(skip)
            .fetch_all(&self.read)
            .await?
        } else {
            sqlx::query(
                "SELECT p.id, p.number, p.preview FROM counted c JOIN prompt p ON p.id = c.prompt \
                 WHERE c.node = $1 AND p.project = $2 ORDER BY p.number LIMIT $3 OFFSET $4",
            )
            .bind(of.node)
            .bind(of.project.as_str())
            .bind(limit)
            .bind(skip)
            .fetch_all(&self.read)
            .await?
        };
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut below = Below {
                id: row.try_get("id")?,
                number: row.try_get("number")?,
                preview: row.try_get("preview")?,
                verdicts: 0,
                record: [0; 3],
                judgments: 0,
            };
            self.count_below(of, model, &mut below).await?;
            found.push(below);
        }
        Ok(found)
    }

    async fn comparisons_of(&self, of: Of<'_>) -> Result<i64> {
        let row = sqlx::query(
            "SELECT comparisons FROM slice WHERE project = $1 AND judge = $2 AND aspect = $3 AND node = $4",
        )
        .bind(of.project.as_str())
        .bind(of.judge)
        .bind(of.aspect)
        .bind(of.node)
        .fetch_optional(&self.read)
        .await?;
        row.map_or(Ok(0), |row| Ok(row.try_get("comparisons")?))
    }

    async fn count_below(&self, of: Of<'_>, model: Option<i64>, below: &mut Below) -> Result<()> {
        let Some(model) = model else {
            return self.count_all_below(of, below).await;
        };
        let rows = sqlx::query(
            "SELECT source_a, source_b, outcome FROM verdict \
             WHERE prompt = $1 AND current = 1 AND judge = $2 AND aspect = $3 AND (source_a = $4 OR source_b = $4)",
        )
        .bind(&below.id)
        .bind(of.judge)
        .bind(of.aspect)
        .bind(model)
        .fetch_all(&self.read)
        .await?;
        for row in &rows {
            let (a, b): (i64, i64) = (row.try_get("source_a")?, row.try_get("source_b")?);
            let share: f64 = row.try_get("outcome")?;
            if a == b {
                continue;
            }
            let share = if a == model { share } else { 1.0 - share };
            below.verdicts += 1;
            let place = if share > 0.5 {
                0
            } else {
                1 + usize::from(share < 0.5)
            };
            below.record[place] += 1;
        }
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM judgment WHERE prompt = $1 AND current = 1 AND judge = $2 AND aspect = $3 AND source = $4",
        )
        .bind(&below.id)
        .bind(of.judge)
        .bind(of.aspect)
        .bind(model)
        .fetch_one(&self.read)
        .await?;
        below.judgments = row.try_get("n")?;
        Ok(())
    }

    async fn count_all_below(&self, of: Of<'_>, below: &mut Below) -> Result<()> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM verdict WHERE prompt = $1 AND current = 1 AND judge = $2 AND aspect = $3) AS verdicts, \
                (SELECT COUNT(*) FROM judgment WHERE prompt = $1 AND current = 1 AND judge = $2 AND aspect = $3) AS judgments",
        )
        .bind(&below.id)
        .bind(of.judge)
        .bind(of.aspect)
        .fetch_one(&self.read)
        .await?;
        below.verdicts = row.try_get("verdicts")?;
        below.judgments = row.try_get("judgments")?;
        Ok(())
    }

    /// Up to `limit` of what was judged about a prompt, the oldest first, by every judge. Empty where the project has
    /// no such prompt.
    pub async fn said_of(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
        limit: i64,
    ) -> Result<Vec<Said>> {
        let mut said = Vec::new();
        let rows = sqlx::query(
            "SELECT v.judge, COALESCE(u.name, v.annotator) AS annotator, v.aspect, v.response_a, v.response_b, v.outcome, v.margin, \
                v.raw, v.annotation, v.created_at, n.payload \
             FROM verdict v LEFT JOIN account u ON u.id = v.annotator LEFT JOIN annotation n ON n.id = v.annotation \
             WHERE v.prompt = $1 AND v.project = $2 AND v.current = 1 ORDER BY v.created_at, v.id LIMIT $3",
        )
        .bind(prompt.as_str())
        .bind(project.as_str())
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        for row in &rows {
            let payload: Option<String> = row.try_get("payload")?;
            let aspect: String = row.try_get("aspect")?;
            let words = match payload.as_deref().map(serde_json::from_str) {
                // the reason stands beside the overall verdict, once
                Some(Ok(Annotation::Preference(it))) if aspect.is_empty() => it.reason,
                _ => String::new(),
            };
            said.push(Said {
                judge: row.try_get("judge")?,
                annotator: row.try_get("annotator")?,
                responses: vec![row.try_get("response_a")?, row.try_get("response_b")?],
                outcome: Some((row.try_get("outcome")?, row.try_get("margin")?)),
                score: None,
                words,
                marks: Vec::new(),
                raw: row.try_get("raw")?,
                annotation: row.try_get("annotation")?,
                at: row.try_get("created_at")?,
                aspect,
            });
        }
        let rows = sqlx::query(
            "SELECT j.judge, COALESCE(u.name, j.annotator) AS annotator, j.aspect, j.response, j.score, j.lowest, j.highest, j.text, \
                j.criteria, j.raw, j.annotation, j.created_at, n.payload \
             FROM judgment j LEFT JOIN account u ON u.id = j.annotator LEFT JOIN annotation n ON n.id = j.annotation \
             WHERE j.prompt = $1 AND j.project = $2 AND j.current = 1 ORDER BY j.created_at, j.id LIMIT $3",
        )
        .bind(prompt.as_str())
        .bind(project.as_str())
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        for row in &rows {
            let payload: Option<String> = row.try_get("payload")?;
            let words = match payload.as_deref().map(serde_json::from_str) {
                Some(Ok(Annotation::Grade(it))) => it.feedback,
                _ => row.try_get("text")?,
            };
            let criteria: String = row.try_get("criteria")?;
            said.push(Said {
                // an imported judge may have criteria of another form: its answer as it came says them
                marks: serde_json::from_str(&criteria).unwrap_or_default(),
                judge: row.try_get("judge")?,
                annotator: row.try_get("annotator")?,
                aspect: row.try_get("aspect")?,
                responses: vec![row.try_get("response")?],
                outcome: None,
                score: Some((
                    row.try_get("score")?,
                    row.try_get("lowest")?,
                    row.try_get("highest")?,
                )),
                words,
                raw: row.try_get("raw")?,
                annotation: row.try_get("annotation")?,
                at: row.try_get("created_at")?,
            });
        }
        Ok(said)
    }

    /// Remarks about problems under a node, of a provenance, about one model's responses or about all; and whether
    /// older ones were left out.
    pub async fn problems(
        &self,
        project: &ProjectId,
        node: &str,
        provenance: Provenance,
        model: Option<i64>,
    ) -> Result<(Vec<Problem>, bool)> {
        let rows = sqlx::query(
            "SELECT a.id, a.prompt, a.payload, p.number FROM annotation a JOIN counted c ON c.prompt = a.prompt AND c.node = $2 \
             JOIN prompt p ON p.id = a.prompt \
             WHERE a.project = $1 AND a.kind = 'critique' AND a.current = 1 AND a.provenance = $3 \
             ORDER BY a.created_at DESC LIMIT $4",
        )
        .bind(project.as_str())
        .bind(node)
        .bind(provenance.name())
        .bind(READ)
        .fetch_all(&self.read)
        .await?;
        let of = match model {
            None => HashSet::new(),
            Some(model) => self.responses_of(project, model, &rows).await?,
        };
        let mut problems = Vec::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            let payload: Annotation =
                from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
            let Annotation::Critique(Critique { remarks }) = payload else {
                continue;
            };
            for remark in remarks {
                let about = model.is_none() || of.contains(remark.response.as_str());
                if about && remark.polarity == Polarity::Problem && !remark.text.is_empty() {
                    problems.push(Problem {
                        prompt: row.try_get("prompt")?,
                        number: row.try_get("number")?,
                        annotation: id.clone(),
                        text: remark.text,
                    });
                }
            }
        }
        let capped = i64::try_from(rows.len()).is_ok_and(|n| n >= READ);
        Ok((problems, capped))
    }

    /// The responses of a model to the prompts of these rows.
    async fn responses_of(
        &self,
        project: &ProjectId,
        model: i64,
        rows: &[sqlx::any::AnyRow],
    ) -> Result<HashSet<String>> {
        let mut prompts: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("prompt"))
            .collect::<Result<_, _>>()?;
        prompts.sort_unstable();
        prompts.dedup();
        let sql = format!(
            "SELECT r.id FROM response r JOIN entrant e ON e.source = r.source AND e.number = {model} \
             WHERE r.project || '' = $1 AND r.prompt IN ({{}})"
        );
        let found = self.by_ids(project, &sql, prompts).await?;
        found.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }
}
