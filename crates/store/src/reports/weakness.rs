//! What the weakness reporter reads: a judge's comparisons with their prompts, and under which nodes these count.

use super::standings::Of;
use crate::{Result, Store};
use domain::evaluate::{Battle, Outcome};
use domain::feedbacker::weakness::{Finding, by_residual, of_comparisons};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::HashMap;

/// The most comparisons that are read for one page; of more, the newest.
pub const MOST: usize = 200_000;
/// Prompts on which a model must have been compared under a node for the node to be tested: residuals of few
/// comparisons are too coarse for Student's t.
pub const FEWEST: usize = 8;

/// A judge's comparisons of one aspect.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The entrants' numbers, in the order of the models in `battles`.
    pub entrants: Vec<i64>,
    /// The nodes' identifiers; the first is the project's and stands for everything.
    pub places: Vec<String>,
    /// The comparisons.
    pub battles: Vec<Battle>,
    /// By prompt number: the places it counts under.
    pub lies: Vec<Vec<usize>>,
    /// Whether there are more than [`MOST`].
    pub capped: bool,
}

/// What the weakness reporter found, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weaknesses {
    /// The entrants' numbers, in the order of the findings' models.
    pub entrants: Vec<i64>,
    /// The nodes' identifiers; the first is the project's and stands for everything.
    pub places: Vec<String>,
    /// Every node and model that was tested.
    pub findings: Vec<Finding>,
    /// Comparisons that were read.
    pub comparisons: usize,
    /// Whether there are more than [`MOST`].
    pub capped: bool,
}

impl Compared {
    /// The findings with what they are about.
    pub(crate) fn weaknesses(self) -> Weaknesses {
        Weaknesses {
            findings: self.findings(),
            comparisons: self.battles.len(),
            entrants: self.entrants,
            places: self.places,
            capped: self.capped,
        }
    }

    /// Where models do worse or better than their strength predicts. Takes a while: not on a thread that answers
    /// requests.
    pub fn findings(&self) -> Vec<Finding> {
        let lies = |prompt: usize| self.lies[prompt].clone();
        let mut moments =
            of_comparisons(self.entrants.len(), self.places.len(), &self.battles, lies);
        for row in moments.iter_mut().skip(1) {
            for cell in row.iter_mut().filter(|cell| cell.n < FEWEST) {
                *cell = domain::feedbacker::Moments::default();
            }
        }
        by_residual(&moments)
    }
}

impl Store {
    /// Everything that `of.judge` compared in the project, whatever `of.node` says. A judge's share above ½ counts as
    /// won, below as lost.
    pub async fn compared(&self, of: Of<'_>) -> Result<Compared> {
        let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
        let rows = sqlx::query(
            "SELECT prompt, source_a, source_b, outcome FROM verdict \
             WHERE project = $1 AND judge = $2 AND aspect = $3 AND current = 1 ORDER BY id DESC LIMIT $4",
        )
        .bind(of.project.as_str())
        .bind(of.judge)
        .bind(of.aspect)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let mut compared = Compared {
            capped: rows.len() > MOST,
            ..Compared::default()
        };
        compared.places.push(of.project.to_string());
        let (mut models, mut prompts) = (HashMap::new(), HashMap::new());
        for row in rows.iter().take(MOST) {
            let mut number = |entrant: i64| {
                let next = count(models.len());
                *models.entry(entrant).or_insert_with(|| {
                    compared.entrants.push(entrant);
                    next
                })
            };
            let (a, b) = (
                number(row.try_get("source_a")?),
                number(row.try_get("source_b")?),
            );
            let next = count(prompts.len());
            let id: String = row.try_get("prompt")?;
            let prompt = *prompts.entry(id).or_insert(next);
            let share: f64 = row.try_get("outcome")?;
            let outcome = match share.total_cmp(&0.5) {
                std::cmp::Ordering::Greater => Outcome::Win,
                std::cmp::Ordering::Equal => Outcome::Tie,
                std::cmp::Ordering::Less => Outcome::Loss,
            };
            compared.battles.push(Battle {
                a,
                b,
                outcome,
                weight: 1.0,
                prompt,
                judge: 0,
            });
        }
        compared.lies = vec![vec![0]; prompts.len()];
        let rows = sqlx::query(
            "SELECT c.prompt, c.node FROM node n JOIN counted c ON c.node = n.id WHERE n.project = $1 ORDER BY n.path, c.prompt",
        )
        .bind(of.project.as_str())
        .fetch_all(&self.read)
        .await?;
        for row in rows {
            let (prompt, node): (String, String) = (row.try_get("prompt")?, row.try_get("node")?);
            let Some(&prompt) = prompts.get(&prompt) else {
                continue;
            };
            // in the order of paths a node's rows stand together
            if compared.places.last() != Some(&node) {
                compared.places.push(node);
            }
            compared.lies[prompt as usize].push(compared.places.len() - 1);
        }
        Ok(compared)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
