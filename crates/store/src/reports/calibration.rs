//! What two judges said of the same responses: a model and people, two versions of a model, a reward model and people.
//! The statistics are [`domain::evaluate`]'s.

use super::standings::Of;
use crate::evaluation::said;
use crate::{Result, Store};
use domain::evaluate::Outcome;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, HashMap};

/// The most verdicts and the most judgments of one judge that are read, the newest.
pub const MOST: i64 = 50_000;

/// One comparison that both judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Both {
    /// The prompt's place in [`Shared::prompts`].
    pub prompt: u32,
    /// The two responses, the smaller identifier first; shares are the first's.
    pub pair: [String; 2],
    /// The judge's share for the first, 0 to 1.
    pub judge: f64,
    /// The other's, the mean where it judged more than once.
    pub other: f64,
    /// The first response's characters less the second's.
    pub longer: f64,
    /// Whose responses they are.
    pub sources: [String; 2],
    /// When the judge said it, in milliseconds; when the other did, where the judge only scored.
    pub at: i64,
}

/// A comparison that the judge made in both orders, each verdict seen from the response shown first.
pub type Orders = (u32, Outcome, Outcome);

/// What two judges share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// The prompts, by identifier.
    pub prompts: Vec<String>,
    /// Their languages; empty where none is known.
    pub languages: Vec<String>,
    /// Comparisons that both judged, or that the judge's scores imply.
    pub verdicts: Vec<Both>,
    /// Responses that both scored: prompt, the judge's share of its scale, the other's.
    pub scores: Vec<(u32, f64, f64)>,
    /// The judge's comparisons in both orders, whether the other judged them or not.
    pub orders: Vec<Orders>,
    /// Whether the judge's verdicts follow from scores of single responses.
    pub implied: bool,
}

/// The verdict that a share amounts to.
pub fn outcome(share: f64) -> Outcome {
    match share.total_cmp(&0.5) {
        std::cmp::Ordering::Greater => Outcome::Win,
        std::cmp::Ordering::Equal => Outcome::Tie,
        std::cmp::Ordering::Less => Outcome::Loss,
    }
}

/// A judge's verdict as it stands in the database.
struct Verdict {
    prompt: String,
    language: String,
    pair: [String; 2],
    share: f64,
    longer: f64,
    sources: [String; 2],
    orders: Option<[Outcome; 2]>,
    at: i64,
}

/// A judgment of one response, as a share of its scale.
struct Score {
    prompt: String,
    share: f64,
}

impl Store {
    /// What `of.judge` and `other` both judged under a node in one aspect.
    pub async fn shared(&self, of: Of<'_>, other: &str) -> Result<Shared> {
        let theirs = Of { judge: other, ..of };
        let (verdicts, scores) = (self.verdicts_of(of).await?, self.scores_of(of).await?);
        let others = self.verdicts_of(theirs).await?;
        let other_scores = self.scores_of(theirs).await?;
        Ok(share(&verdicts, &scores, &others, &other_scores))
    }

    /// Which prompts count under which of the nodes just below this one: the node's path, and its prompts.
    pub async fn prompts_by_child(
        &self,
        project: &str,
        node: &str,
    ) -> Result<BTreeMap<String, Vec<String>>> {
        let rows = sqlx::query(
            "SELECT n.path, c.prompt FROM node n JOIN counted c ON c.node = n.id \
             WHERE n.project = $1 AND (n.parent = $2 OR (n.parent IS NULL AND $2 = $1))",
        )
        .bind(project)
        .bind(node)
        .fetch_all(&self.read)
        .await?;
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            let prompts = found.entry(row.try_get("path")?).or_default();
            prompts.push(row.try_get("prompt")?);
        }
        Ok(found)
    }

    async fn verdicts_of(&self, of: Of<'_>) -> Result<Vec<Verdict>> {
        let others = [
            "prompt p",
            "response ra",
            "response rb",
            "source sa",
            "source sb",
        ];
        let sql = format!(
            "SELECT v.prompt, COALESCE(p.language, '') AS language, v.response_a, v.response_b, v.outcome, v.said_straight, \
                v.said_turned, v.created_at, CAST(LENGTH(ra.text) - LENGTH(rb.text) AS BIGINT) AS longer, sa.name AS name_a, sb.name AS name_b \
             FROM {} AND v.project = $4 AND p.id = v.prompt AND ra.id = v.response_a AND rb.id = v.response_b \
                AND sa.id = ra.source AND sb.id = rb.source ORDER BY v.id DESC LIMIT $5",
            said("verdict", of.is_whole(), &others)
        );
        let rows = self.newest(of, sql).await?;
        let read = |row: &AnyRow| {
            let longer: i64 = row.try_get("longer")?;
            let said = |column: &str, first: &str| -> Result<Option<Outcome>> {
                let said: Option<String> = row.try_get(column)?;
                Ok(said.map(|said| match said.as_str() {
                    "tie" => Outcome::Tie,
                    said if said == first => Outcome::Win,
                    _ => Outcome::Loss,
                }))
            };
            let orders = said("said_straight", "a")?.zip(said("said_turned", "b")?);
            let it = Verdict {
                prompt: row.try_get("prompt")?,
                language: row.try_get("language")?,
                pair: [row.try_get("response_a")?, row.try_get("response_b")?],
                share: row.try_get("outcome")?,
                longer: longer as f64,
                sources: [row.try_get("name_a")?, row.try_get("name_b")?],
                orders: orders.map(|(straight, turned)| [straight, turned]),
                at: row.try_get("created_at")?,
            };
            Ok(sorted(it))
        };
        rows.iter().map(read).collect()
    }

    async fn newest(&self, of: Of<'_>, sql: String) -> Result<Vec<AnyRow>> {
        Ok(sqlx::query(AssertSqlSafe(sql))
            .bind(of.node)
            .bind(of.judge)
            .bind(of.aspect)
            .bind(of.project.as_str())
            .bind(MOST)
            .fetch_all(&self.read)
            .await?)
    }

    async fn scores_of(&self, of: Of<'_>) -> Result<HashMap<String, Score>> {
        let sql = format!(
            "SELECT v.prompt, v.response, v.score, v.lowest, v.highest FROM {} AND v.project = $4 ORDER BY v.id DESC LIMIT $5",
            said("judgment", of.is_whole(), &[])
        );
        let rows = self.newest(of, sql).await?;
        let mut sums: HashMap<String, (String, f64, f64)> = HashMap::new();
        for row in rows {
            let (low, high): (f64, f64) = (row.try_get("lowest")?, row.try_get("highest")?);
            let score: f64 = row.try_get("score")?;
            if high > low {
                let prompt = row.try_get("prompt")?;
                let sum = sums
                    .entry(row.try_get("response")?)
                    .or_insert((prompt, 0.0, 0.0));
                sum.1 += (score - low) / (high - low);
                sum.2 += 1.0;
            }
        }
        let mean = |(response, (prompt, sum, n))| {
            let share = sum / n;
            (response, Score { prompt, share })
        };
        Ok(sums.into_iter().map(mean).collect())
    }
}

/// With the smaller identifier first.
fn sorted(mut it: Verdict) -> Verdict {
    if it.pair[0] > it.pair[1] {
        it.pair.reverse();
        it.sources.reverse();
        it.share = 1.0 - it.share;
        it.longer = -it.longer;
    }
    it
}

/// The mean share of every pair, with one of its verdicts.
fn by_pair(verdicts: &[Verdict]) -> BTreeMap<&[String; 2], (f64, &Verdict)> {
    let mut sums: BTreeMap<&[String; 2], (f64, f64, &Verdict)> = BTreeMap::new();
    for it in verdicts {
        let sum = sums.entry(&it.pair).or_insert((0.0, 0.0, it));
        sum.0 += it.share;
        sum.1 += 1.0;
    }
    let mean = |(pair, (sum, n, it))| (pair, (sum / n, it));
    sums.into_iter().map(mean).collect()
}

fn share(
    verdicts: &[Verdict],
    scores: &HashMap<String, Score>,
    others: &[Verdict],
    other_scores: &HashMap<String, Score>,
) -> Shared {
    let mut shared = Shared::default();
    let mut places: HashMap<String, u32> = HashMap::new();
    let mut place = |shared: &mut Shared, prompt: &str, language: &str| {
        if let Some(&place) = places.get(prompt) {
            return place;
        }
        let place = u32::try_from(shared.prompts.len()).unwrap_or(u32::MAX);
        places.insert(prompt.to_owned(), place);
        shared.prompts.push(prompt.to_owned());
        shared.languages.push(language.to_owned());
        place
    };
    let mine = by_pair(verdicts);
    shared.implied = mine.is_empty();
    for (pair, (other, it)) in by_pair(others) {
        let (judge, at) = match mine.get(pair) {
            Some((judge, own)) => (*judge, own.at),
            None if shared.implied => {
                let [Some(first), Some(second)] = [0, 1].map(|n| scores.get(&pair[n])) else {
                    continue;
                };
                let judge = match first.share.total_cmp(&second.share) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
                (judge, it.at)
            }
            None => continue,
        };
        let prompt = place(&mut shared, &it.prompt, &it.language);
        shared.verdicts.push(Both {
            prompt,
            pair: pair.clone(),
            judge,
            other,
            longer: it.longer,
            sources: it.sources.clone(),
            at,
        });
    }
    for it in verdicts {
        if let Some([straight, turned]) = it.orders {
            let prompt = place(&mut shared, &it.prompt, &it.language);
            shared.orders.push((prompt, straight, turned));
        }
    }
    let mut both: Vec<(&String, &Score, &Score)> = scores
        .iter()
        .filter_map(|(id, score)| Some((id, score, other_scores.get(id)?)))
        .collect();
    // maps have no order; the same data are to give the same draws
    both.sort_by_key(|(id, ..)| *id);
    for (_, score, other) in both {
        let prompt = place(&mut shared, &score.prompt, "");
        shared.scores.push((prompt, score.share, other.share));
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(pair: [&str; 2], share: f64) -> Verdict {
        sorted(Verdict {
            prompt: "p".into(),
            language: "de".into(),
            pair: pair.map(str::to_owned),
            share,
            longer: 7.0,
            sources: ["m".into(), "n".into()],
            orders: Some([Outcome::Win, Outcome::Loss]),
            at: 5,
        })
    }

    #[test]
    fn verdicts_meet_whatever_the_order_and_several_people_are_one_mean() {
        let judge = [verdict(["b", "a"], 1.0)];
        let people = [
            verdict(["a", "b"], 1.0),
            verdict(["b", "a"], 1.0),
            verdict(["a", "c"], 1.0),
        ];
        let none = HashMap::new();
        let shared = share(&judge, &none, &people, &none);
        assert_eq!((shared.verdicts.len(), shared.implied), (1, false));
        let both = &shared.verdicts[0];
        assert_eq!((both.judge, both.other), (0.0, 0.5));
        assert_eq!(shared.orders, [(0, Outcome::Win, Outcome::Loss)]);
    }

    #[test]
    fn scores_imply_verdicts_and_meet_scores() {
        let score = |share| Score {
            prompt: "p".into(),
            share,
        };
        let mine = HashMap::from([("a".to_owned(), score(0.25)), ("b".to_owned(), score(0.75))]);
        let theirs = HashMap::from([("b".to_owned(), score(0.5))]);
        let shared = share(&[], &mine, &[verdict(["b", "a"], 1.0)], &theirs);
        assert!(shared.implied);
        assert_eq!(
            (shared.verdicts[0].judge, shared.verdicts[0].other),
            (0.0, 0.0)
        );
        assert_eq!(shared.scores, [(0, 0.75, 0.5)]);
        assert!(shared.orders.is_empty());
    }
}
