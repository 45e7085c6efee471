//! A slice's verdicts one by one, and how their responses look.

use super::derived::Source;
use super::said;
use crate::imports::sql::{insert, select_in};
use crate::{Result, Store};
use domain::evaluate::{Battle, Outcome, Style};
use sqlx::Row;
use std::collections::{HashMap, HashSet};

/// Responses whose texts are held at once.
const TEXTS: usize = 500;

/// One verdict.
pub(super) struct Single {
    pub(super) battle: Battle,
    /// The first's share.
    pub(super) share: f64,
    pub(super) at: i64,
    /// Places in [`Singles::responses`].
    pub(super) responses: [usize; 2],
}

/// Verdicts with everything numbered from 0.
#[derive(Default)]
pub(super) struct Singles {
    pub(super) rows: Vec<Single>,
    /// By number: the entrant.
    pub(super) entrants: Vec<i64>,
    pub(super) responses: Vec<String>,
}

/// The number of something, the next one where it is new.
fn number<K: std::hash::Hash + Eq>(known: &mut HashMap<K, usize>, key: K) -> (usize, bool) {
    let next = known.len();
    let at = *known.entry(key).or_insert(next);
    (at, at == next)
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Store {
    pub(super) async fn singles(&self, source: &Source<'_>) -> Result<Singles> {
        let sql = format!(
            "SELECT v.prompt, v.annotator, v.source_a, v.source_b, v.response_a, v.response_b, v.outcome, v.created_at \
             FROM {} AND v.source_a <> v.source_b AND substr(v.id, 33) < $4 AND ($5 = 0 OR v.source_a = $5 OR v.source_b = $5) \
             ORDER BY v.id",
            said("verdict", source.whole, &[])
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(source.node)
            .bind(source.judge)
            .bind(source.aspect)
            .bind(source.below())
            .bind(source.with)
            .fetch_all(&self.read)
            .await?;
        let mut found = Singles::default();
        let (mut entrants, mut responses) = (HashMap::new(), HashMap::new());
        let (mut prompts, mut people) = (HashMap::new(), HashMap::new());
        for row in &rows {
            let mut entrant = |column: &str| -> Result<u32> {
                let id: i64 = row.try_get(column)?;
                let (at, new) = number(&mut entrants, id);
                if new {
                    found.entrants.push(id);
                }
                Ok(narrow(at))
            };
            let (a, b) = (entrant("source_a")?, entrant("source_b")?);
            let mut response = |column: &str| -> Result<usize> {
                let id: String = row.try_get(column)?;
                let (at, new) = number(&mut responses, id.clone());
                if new {
                    found.responses.push(id);
                }
                Ok(at)
            };
            let responses = [response("response_a")?, response("response_b")?];
            let prompt: String = row.try_get("prompt")?;
            let person: Option<String> = row.try_get("annotator")?;
            let share: f64 = row.try_get("outcome")?;
            found.rows.push(Single {
                battle: Battle {
                    a,
                    b,
                    outcome: match share.total_cmp(&0.5) {
                        std::cmp::Ordering::Greater => Outcome::Win,
                        std::cmp::Ordering::Equal => Outcome::Tie,
                        std::cmp::Ordering::Less => Outcome::Loss,
                    },
                    weight: 1.0,
                    prompt: narrow(number(&mut prompts, prompt).0),
                    judge: narrow(number(&mut people, person).0),
                },
                share,
                at: row.try_get("created_at")?,
                responses,
            });
        }
        Ok(found)
    }

    /// How responses look, in their order; those not known yet are counted and kept.
    pub(super) async fn styles(&self, project: &str, responses: &[String]) -> Result<Vec<Style>> {
        let mut known: HashMap<String, Style> = HashMap::with_capacity(responses.len());
        let mut connection = self.read.acquire().await?;
        let text = "SELECT response, length, headers, lists, bold FROM response_style WHERE '' <> $1 AND response IN ({})";
        for row in select_in(&mut connection, text, project, responses).await? {
            let count = |column: &str| -> Result<usize> {
                let n: i64 = row.try_get(column)?;
                Ok(usize::try_from(n).unwrap_or(0))
            };
            let style = Style {
                length: count("length")?,
                headers: count("headers")?,
                lists: count("lists")?,
                bold: count("bold")?,
            };
            known.insert(row.try_get("response")?, style);
        }
        let missing: HashSet<&String> = responses
            .iter()
            .filter(|id| !known.contains_key(*id))
            .collect();
        let missing: Vec<String> = missing.into_iter().cloned().collect();
        for ids in missing.chunks(TEXTS) {
            let text = "SELECT id, text FROM response WHERE project || '' = $1 AND id IN ({})";
            let mut counted: HashMap<String, Style> = HashMap::with_capacity(ids.len());
            for row in select_in(&mut connection, text, project, ids).await? {
                counted.insert(row.try_get("id")?, Style::of(row.try_get("text")?));
            }
            let rows: Vec<(String, Style)> = counted.into_iter().collect();
            let mut transaction = self.begin().await?;
            insert(
                &mut transaction,
                "INSERT INTO response_style (response, length, headers, lists, bold)",
                5,
                "ON CONFLICT (response) DO NOTHING",
                &rows,
                |statement, (id, style)| {
                    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
                    statement
                        .bind(id)
                        .bind(count(style.length))
                        .bind(count(style.headers))
                        .bind(count(style.lists))
                        .bind(count(style.bold))
                },
            )
            .await?;
            transaction.commit().await?;
            known.extend(rows);
        }
        let style = |id: &String| known.get(id).copied().unwrap_or_default();
        Ok(responses.iter().map(style).collect())
    }
}
