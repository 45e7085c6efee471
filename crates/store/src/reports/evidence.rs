//! Comparisons one by one with the nodes their prompts lie on, for reports that cannot be made from tallies. Bounded:
//! where there are more than can be read in a page's time, there is nothing, and the page says so.

use crate::reports::standings::Of;
use crate::{Result, Store};
use domain::evaluate::{Battle, Outcome};
use sqlx::Row;
use std::collections::HashMap;

/// With more comparisons than this, they are not read one by one.
pub const MOST: i64 = 20_000;

/// Comparisons of a judge about an aspect in the whole project.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The comparisons; models by their place in `entrants`, prompts by theirs in `lies`.
    pub battles: Vec<Battle>,
    /// The entrants' numbers.
    pub entrants: Vec<i64>,
    /// By prompt: the nodes under which it counts, the project's own identifier among them.
    pub lies: Vec<Vec<String>>,
}

/// Numbers things in the order in which they come.
fn number<K: std::hash::Hash + Eq>(known: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    *known.entry(key).or_insert(next)
}

impl Store {
    /// The evidence; `None` where there are more than [`MOST`] comparisons.
    pub async fn evidence(&self, of: Of<'_>) -> Result<Option<Evidence>> {
        let rows = sqlx::query(
            "SELECT v.prompt, v.annotator, v.source_a, v.source_b, v.outcome FROM counted c JOIN verdict v ON v.prompt = c.prompt \
             WHERE c.node = $1 AND v.judge = $2 AND v.aspect = $3 AND v.current = 1 AND v.source_a <> v.source_b LIMIT $4",
        )
        .bind(of.node)
        .bind(of.judge)
        .bind(of.aspect)
        .bind(MOST + 1)
        .fetch_all(&self.read)
        .await?;
        if i64::try_from(rows.len()).is_ok_and(|n| n > MOST) {
            return Ok(None);
        }
        let (mut prompts, mut people) = (HashMap::new(), HashMap::new());
        let mut entrants: HashMap<i64, u32> = HashMap::new();
        let mut evidence = Evidence::default();
        for row in &rows {
            let share: f64 = row.try_get("outcome")?;
            let prompt: String = row.try_get("prompt")?;
            let annotator: Option<String> = row.try_get("annotator")?;
            evidence.battles.push(Battle {
                a: number(&mut entrants, row.try_get("source_a")?),
                b: number(&mut entrants, row.try_get("source_b")?),
                outcome: if share > 0.5 {
                    Outcome::Win
                } else if share < 0.5 {
                    Outcome::Loss
                } else {
                    Outcome::Tie
                },
                weight: 1.0,
                prompt: number(&mut prompts, prompt),
                judge: number(&mut people, annotator),
            });
        }
        let mut known: Vec<(i64, u32)> = entrants.into_iter().collect();
        known.sort_by_key(|(_, place)| *place);
        evidence.entrants = known.into_iter().map(|(entrant, _)| entrant).collect();
        evidence.lies = vec![Vec::new(); prompts.len()];
        let ids: Vec<String> = prompts.keys().cloned().collect();
        let text = "SELECT prompt, node FROM counted WHERE '' <> $1 AND prompt IN ({})";
        for row in self.by_ids(of.project, text, ids).await? {
            let prompt: &str = row.try_get("prompt")?;
            if let Some(&place) = prompts.get(prompt) {
                evidence.lies[place as usize].push(row.try_get("node")?);
            }
        }
        Ok(Some(evidence))
    }
}
