//! Two versions of a model: what was said of both on the same prompts, node by node, and how each did over time.

use super::standings::Of;
use crate::{Result, Store};
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};

/// The most verdicts, and judgments, that are read; of more, the newest.
pub const MOST: i64 = 50_000;
/// A week in milliseconds.
const WEEK: i64 = 7 * 24 * 3_600_000;

/// What was said of two versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Versions {
    /// The prompts, by identifier.
    pub prompts: Vec<String>,
    /// Comparisons with each other: the prompt's place, and the new version's points (1, ½, 0, or between).
    pub points: Vec<(u32, f64)>,
    /// Scores on the same prompt, as shares of the scale: the new one's mean less the old one's.
    pub differences: Vec<(u32, f64)>,
    /// Nodes' identifiers and paths; the first is the whole project's.
    pub nodes: Vec<(String, String)>,
    /// By prompt: the nodes that it counts under.
    pub lies: Vec<Vec<usize>>,
}

/// A week of one entrant against all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Week {
    /// The week's beginning, in milliseconds.
    pub begins: i64,
    /// The entrant.
    pub entrant: i64,
    /// Comparisons.
    pub n: i64,
    /// Its points.
    pub points: f64,
}

impl Store {
    /// The model a model was trained from, and whether it was, by their names here: newest run first.
    pub async fn trained_pairs(
        &self,
        project: &domain::ids::ProjectId,
    ) -> Result<Vec<(String, String)>> {
        let rows = sqlx::query(
            "SELECT made.name AS made, base.name AS base FROM run r JOIN model made ON made.run = r.id \
             JOIN model base ON base.id = r.base WHERE r.project = $1 AND made.kind = 'policy' ORDER BY r.created_at DESC",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let rows = rows
            .iter()
            .map(|row| Ok((row.try_get("made")?, row.try_get("base")?)));
        rows.collect()
    }

    /// What `of.judge` said of both in `of.aspect`, whatever `of.node` says.
    pub async fn versions(&self, of: Of<'_>, new: i64, old: i64) -> Result<Versions> {
        let mut found = Versions::default();
        let mut places: HashMap<String, u32> = HashMap::new();
        let mut place = |found: &mut Versions, prompt: String| {
            *places.entry(prompt.clone()).or_insert_with(|| {
                found.prompts.push(prompt);
                u32::try_from(found.prompts.len() - 1).unwrap_or(u32::MAX)
            })
        };
        for (a, b) in [(new, old), (old, new)] {
            let rows = sqlx::query(
                "SELECT prompt, outcome FROM verdict WHERE judge = $1 AND aspect = $2 AND source_a = $3 AND source_b = $4 \
                 AND current = 1 ORDER BY id DESC LIMIT $5",
            )
            .bind(of.judge)
            .bind(of.aspect)
            .bind(a)
            .bind(b)
            .bind(MOST)
            .fetch_all(&self.read)
            .await?;
            for row in rows {
                let share: f64 = row.try_get("outcome")?;
                let prompt = place(&mut found, row.try_get("prompt")?);
                found
                    .points
                    .push((prompt, if a == new { share } else { 1.0 - share }));
            }
        }
        let mut means: BTreeMap<String, [(f64, f64); 2]> = BTreeMap::new();
        for (which, source) in [new, old].into_iter().enumerate() {
            let rows = sqlx::query(
                "SELECT prompt, score, lowest, highest FROM judgment WHERE judge = $1 AND aspect = $2 AND source = $3 \
                 AND current = 1 AND highest > lowest ORDER BY id DESC LIMIT $4",
            )
            .bind(of.judge)
            .bind(of.aspect)
            .bind(source)
            .bind(MOST)
            .fetch_all(&self.read)
            .await?;
            for row in rows {
                let (score, low, high): (f64, f64, f64) = (
                    row.try_get("score")?,
                    row.try_get("lowest")?,
                    row.try_get("highest")?,
                );
                let sum = &mut means.entry(row.try_get("prompt")?).or_default()[which];
                sum.0 += (score - low) / (high - low);
                sum.1 += 1.0;
            }
        }
        for (prompt, [new, old]) in means {
            if new.1 > 0.0 && old.1 > 0.0 {
                let prompt = place(&mut found, prompt);
                found
                    .differences
                    .push((prompt, new.0 / new.1 - old.0 / old.1));
            }
        }
        self.place_versions(of, &mut found).await?;
        Ok(found)
    }

    /// Finds the nodes of the prompts.
    async fn place_versions(&self, of: Of<'_>, found: &mut Versions) -> Result<()> {
        found.nodes.push((of.project.to_string(), String::new()));
        found.lies = vec![vec![0]; found.prompts.len()];
        let places: HashMap<&str, usize> = found
            .prompts
            .iter()
            .enumerate()
            .map(|(n, id)| (id.as_str(), n))
            .collect();
        let text = "SELECT c.prompt, n.id, n.path FROM counted c JOIN node n ON n.id = c.node \
             WHERE n.project || '' = $1 AND c.prompt IN ({}) ORDER BY n.path, c.prompt";
        let rows = self.by_ids(of.project, text, found.prompts.clone()).await?;
        let mut nodes: HashMap<String, usize> = HashMap::new();
        for row in rows {
            let (prompt, id): (String, String) = (row.try_get("prompt")?, row.try_get("id")?);
            let path: String = row.try_get("path")?;
            let Some(&prompt) = places.get(prompt.as_str()) else {
                continue;
            };
            let node = *nodes.entry(id.clone()).or_insert_with(|| {
                found.nodes.push((id, path));
                found.nodes.len() - 1
            });
            found.lies[prompt].push(node);
        }
        Ok(())
    }

    /// The last `weeks` weeks of these entrants against everybody, the oldest first.
    pub async fn weeks(
        &self,
        of: Of<'_>,
        entrants: [i64; 2],
        weeks: i64,
        now: i64,
    ) -> Result<Vec<Week>> {
        let mut found: BTreeMap<(i64, i64), (i64, f64)> = BTreeMap::new();
        for (own, share) in [("source_a", "outcome"), ("source_b", "1.0 - outcome")] {
            let sql = format!(
                "SELECT (created_at / $5) AS week, {own} AS entrant, COUNT(*) AS n, SUM({share}) AS points FROM verdict \
                 WHERE judge = $1 AND aspect = $2 AND {own} IN ($3, $4) AND current = 1 AND created_at >= $6 GROUP BY 1, 2"
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(of.judge)
                .bind(of.aspect)
                .bind(entrants[0])
                .bind(entrants[1])
                .bind(WEEK)
                .bind(now - weeks * WEEK)
                .fetch_all(&self.read)
                .await?;
            for row in rows {
                let sum = found
                    .entry((row.try_get("week")?, row.try_get("entrant")?))
                    .or_default();
                let (n, points): (i64, f64) = (row.try_get("n")?, row.try_get("points")?);
                sum.0 += n;
                sum.1 += points;
            }
        }
        let week = |((week, entrant), (n, points))| Week {
            begins: week * WEEK,
            entrant,
            n,
            points,
        };
        Ok(found.into_iter().map(week).collect())
    }
}
