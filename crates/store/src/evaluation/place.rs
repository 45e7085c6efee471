//! Under which nodes a prompt counts. **A prompt's row is locked while this changes**, so that no verdict is
//! counted under a place that another transaction is leaving.

use super::tally::{Changes, Comparison, Score};
use crate::imports::sql::{insert, select_in, update_in};
use crate::{Result, Store, Transaction};
use domain::ids::ProjectId;
use sqlx::Row;
use std::collections::{BTreeSet, HashMap};

/// The nodes under which each prompt counts.
pub(super) type Places = HashMap<String, BTreeSet<String>>;

/// Says that these prompts' nodes changed (`None`: all of the project); they are counted anew soon.
pub async fn place_again(
    transaction: &mut Transaction,
    project: &ProjectId,
    prompts: Option<&[String]>,
) -> Result<()> {
    match prompts {
        Some([]) => {}
        Some(prompts) => {
            let text = "UPDATE prompt SET placed = 0 WHERE project || '' = $1 AND id IN ({})";
            update_in(transaction, text, project.as_str(), prompts).await?;
        }
        None => {
            sqlx::query("UPDATE prompt SET placed = 0 WHERE project = $1")
                .bind(project.as_str())
                .execute(&mut **transaction)
                .await?;
        }
    }
    Ok(())
}

/// Locks prompts, moves what is counted of them to the nodes they have now, and says which these are.
pub(super) async fn settle(
    transaction: &mut Transaction,
    project: &str,
    prompts: &[String],
    changes: &mut Changes,
) -> Result<Places> {
    if prompts.is_empty() {
        return Ok(Places::new());
    }
    let text = "UPDATE prompt SET placed = 1 WHERE project || '' = $1 AND id IN ({})";
    update_in(transaction, text, project, prompts).await?;
    let wanted = wanted(transaction, project, prompts).await?;
    let mut counted: Places = HashMap::new();
    let text = "SELECT prompt, node FROM counted WHERE '' <> $1 AND prompt IN ({})";
    for row in select_in(transaction, text, project, prompts).await? {
        let nodes = counted.entry(row.try_get("prompt")?).or_default();
        nodes.insert(row.try_get("node")?);
    }
    let none = BTreeSet::new();
    let moved: Vec<String> = prompts
        .iter()
        .filter(|prompt| counted.get(*prompt).unwrap_or(&none) != &wanted[*prompt])
        .cloned()
        .collect();
    if moved.is_empty() {
        return Ok(wanted);
    }
    let (verdicts, scores) = said(transaction, project, &moved).await?;
    let (mut left, mut entered) = (Vec::new(), Vec::new());
    for prompt in &moved {
        let (before, after) = (counted.get(prompt).unwrap_or(&none), &wanted[prompt]);
        let gone: Vec<&String> = before.difference(after).collect();
        let come: Vec<&String> = after.difference(before).collect();
        for it in verdicts.get(prompt).into_iter().flatten() {
            changes.compare(project, gone.iter().copied(), it, -1);
            changes.compare(project, come.iter().copied(), it, 1);
            changes.touch(project, it);
        }
        for it in scores.get(prompt).into_iter().flatten() {
            changes.score(project, gone.iter().copied(), it, -1);
            changes.score(project, come.iter().copied(), it, 1);
        }
        left.extend(gone.into_iter().map(|node| (prompt, node)));
        entered.extend(come.into_iter().map(|node| (prompt, node)));
    }
    for (prompt, node) in left {
        sqlx::query("DELETE FROM counted WHERE prompt = $1 AND node = $2")
            .bind(prompt)
            .bind(node)
            .execute(&mut **transaction)
            .await?;
    }
    insert(
        transaction,
        "INSERT INTO counted (prompt, node)",
        2,
        "ON CONFLICT DO NOTHING",
        &entered,
        |statement, (prompt, node)| statement.bind(*prompt).bind(*node),
    )
    .await?;
    Ok(wanted)
}

/// The nodes of prompts, those above them, and the project's identifier for all of it.
async fn wanted(
    transaction: &mut Transaction,
    project: &str,
    prompts: &[String],
) -> Result<Places> {
    let mut parents: HashMap<String, Option<String>> = HashMap::new();
    let rows = sqlx::query("SELECT id, parent FROM node WHERE project = $1")
        .bind(project)
        .fetch_all(&mut **transaction)
        .await?;
    for row in rows {
        parents.insert(row.try_get("id")?, row.try_get("parent")?);
    }
    let mut wanted: Places = prompts
        .iter()
        .map(|prompt| (prompt.clone(), BTreeSet::from([project.to_owned()])))
        .collect();
    let text = "SELECT prompt, node FROM prompt_node WHERE '' <> $1 AND prompt IN ({})";
    for row in select_in(transaction, text, project, prompts).await? {
        let nodes = wanted.entry(row.try_get("prompt")?).or_default();
        let mut node: Option<String> = Some(row.try_get("node")?);
        while let Some(at) = node {
            node = parents.get(&at).cloned().flatten();
            // what is in already has all above it in already, and a ring ends here
            if !nodes.insert(at) {
                break;
            }
        }
    }
    Ok(wanted)
}

type Said = (
    HashMap<String, Vec<Comparison>>,
    HashMap<String, Vec<Score>>,
);

/// What counts of these prompts.
async fn said(transaction: &mut Transaction, project: &str, prompts: &[String]) -> Result<Said> {
    let (mut verdicts, mut scores): Said = (HashMap::new(), HashMap::new());
    let text = "SELECT prompt, judge, aspect, source_a, source_b, outcome, margin FROM verdict \
         WHERE project || '' = $1 AND current = 1 AND prompt IN ({})";
    for row in select_in(transaction, text, project, prompts).await? {
        let of = verdicts.entry(row.try_get("prompt")?).or_default();
        of.push(comparison(&row)?);
    }
    let text = "SELECT prompt, judge, aspect, source, score, lowest, highest FROM judgment \
         WHERE project || '' = $1 AND current = 1 AND prompt IN ({})";
    for row in select_in(transaction, text, project, prompts).await? {
        let of = scores.entry(row.try_get("prompt")?).or_default();
        of.extend(score(&row)?);
    }
    Ok((verdicts, scores))
}

/// A verdict's counted columns.
pub(super) fn comparison(row: &sqlx::any::AnyRow) -> Result<Comparison> {
    Ok(Comparison {
        judge: row.try_get("judge")?,
        aspect: row.try_get("aspect")?,
        sources: [row.try_get("source_a")?, row.try_get("source_b")?],
        outcome: row.try_get("outcome")?,
        margin: row.try_get("margin")?,
    })
}

/// A judgment's counted columns; `None` where its scale has no extent.
pub(super) fn score(row: &sqlx::any::AnyRow) -> Result<Option<Score>> {
    let (score, lowest, highest): (f64, f64, f64) = (
        row.try_get("score")?,
        row.try_get("lowest")?,
        row.try_get("highest")?,
    );
    let Some(share) = share(score, lowest, highest) else {
        return Ok(None);
    };
    Ok(Some(Score {
        judge: row.try_get("judge")?,
        aspect: row.try_get("aspect")?,
        source: row.try_get("source")?,
        share,
    }))
}

/// A score as a share of its scale.
pub(super) fn share(score: f64, lowest: f64, highest: f64) -> Option<f64> {
    let share = (score - lowest) / (highest - lowest);
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}

impl Store {
    /// Moves up to `limit` prompts of a project whose nodes changed; how many there were.
    pub(super) async fn move_placed(&self, project: &str, limit: i64) -> Result<usize> {
        let rows = sqlx::query(
            "SELECT id FROM prompt WHERE project = $1 AND placed = 0 ORDER BY id LIMIT $2",
        )
        .bind(project)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let prompts: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()?;
        if prompts.is_empty() {
            return Ok(0);
        }
        let mut transaction = self.begin().await?;
        let mut changes = Changes::default();
        settle(&mut transaction, project, &prompts, &mut changes).await?;
        changes.write(&mut transaction, project).await?;
        transaction.commit().await?;
        Ok(prompts.len())
    }

    /// Forgets everything that was counted in a project, to be counted anew from the verdicts and judgments.
    pub async fn recount(&self, project: &ProjectId) -> Result<()> {
        let mut transaction = self.begin().await?;
        for table in ["tally", "score_tally", "histogram", "standing"] {
            let text = format!(
                "DELETE FROM {table} WHERE slice IN (SELECT id FROM slice WHERE project = $1)"
            );
            sqlx::query(sqlx::AssertSqlSafe(text))
                .bind(project.as_str())
                .execute(&mut *transaction)
                .await?;
        }
        for text in [
            "DELETE FROM slice WHERE project = $1",
            "DELETE FROM counted WHERE prompt IN (SELECT id FROM prompt WHERE project = $1)",
            "UPDATE prompt SET placed = 0 WHERE project = $1",
        ] {
            sqlx::query(text)
                .bind(project.as_str())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
