//! Runs that wait for people: what an ILF run sampled goes into the queue as refinements by a machine, and
//! people say of each whether it heeds the critique. **What a round learns from is decided once**, when it goes
//! on: a verdict that is withdrawn later changes nothing.

use crate::error::{from_json, to_json};
use crate::jobs::{self, Lease};
use crate::runs::Run;
use crate::tasks::{self, NewTask};
use crate::{Result, Store, Transaction, new_id, storable};
use domain::annotation::{Edit, Incorporation, Refinement};
use domain::ids::{AnnotationId, PromptId, ResponseId, RunId};
use domain::run::JobState;
use domain::{Annotation, Kind, Provenance};
use serde_json::json;
use sqlx::Row;
use std::collections::BTreeMap;

/// What was sampled for one criticised response.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// The response's place in the run's snapshot.
    pub position: i64,
    /// The prompt.
    pub prompt: PromptId,
    /// The response that was criticised.
    pub response: ResponseId,
    /// Different refinements of it.
    pub texts: Vec<String>,
}

/// A refinement that people are asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The round it was sampled in, from 1.
    pub round: i64,
    /// The place of the criticised response in the run's snapshot.
    pub position: i64,
    /// The refinement in the database.
    pub annotation: AnnotationId,
    /// Its text.
    pub text: String,
    /// What it is worth: 1 for yes, ½ for partly, 0 for no, the mean of several; none before somebody said so.
    pub worth: Option<f64>,
    /// Whether the round learns from it.
    pub chosen: bool,
}

/// How far people are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Refinements that were sampled in the newest round.
    pub refinements: usize,
    /// Of these, how many somebody judged.
    pub judged: usize,
    /// Criticised responses.
    pub critiques: usize,
    /// Of these, how many need no more judgments: one refinement heeds the critique, or all are judged.
    pub settled: usize,
}

impl Progress {
    /// The newest round of what was asked; none when nothing was.
    pub fn of(asked: &[Asked]) -> Option<Self> {
        let round = asked.iter().map(|it| it.round).max()?;
        let mut cases: BTreeMap<i64, Vec<&Asked>> = BTreeMap::new();
        for it in asked.iter().filter(|it| it.round == round) {
            cases.entry(it.position).or_default().push(it);
        }
        let of_all = |wanted: &dyn Fn(&Asked) -> bool| {
            cases.values().flatten().filter(|it| wanted(it)).count()
        };
        let settled = |all: &&Vec<&Asked>| {
            all.iter().any(|it| it.worth == Some(1.0)) || all.iter().all(|it| it.worth.is_some())
        };
        Some(Self {
            refinements: of_all(&|_| true),
            judged: of_all(&|it| it.worth.is_some()),
            critiques: cases.len(),
            settled: cases.values().filter(settled).count(),
        })
    }

    /// Whether the run may go on by itself.
    pub fn is_enough(self) -> bool {
        self.settled == self.critiques
    }
}

/// What a round learns from, by place: of each response's refinements the one that people found to heed its
/// critique best; none of those that heed none of it. Of equals the one sampled first.
pub fn best(asked: &[Asked], round: i64) -> BTreeMap<i64, Asked> {
    let mut best: BTreeMap<i64, Asked> = BTreeMap::new();
    for it in asked.iter().filter(|it| it.round == round) {
        let Some(worth) = it.worth.filter(|worth| *worth > 0.0) else {
            continue;
        };
        let before = best.get(&it.position).and_then(|it| it.worth);
        if before.is_none_or(|before| worth > before) {
            best.insert(it.position, it.clone());
        }
    }
    best
}

/// Lets the run wait, whose lease ends; false when it was lost, or people no longer want the run.
async fn wait(transaction: &mut Transaction, lease: &Lease, run: &RunId, now: i64) -> Result<bool> {
    if !jobs::end(transaction, lease, JobState::Parked, None, now).await? {
        return Ok(false);
    }
    let waits = sqlx::query(
        "UPDATE run SET status = 'paused', wish = 'run', stage = '', waits = 1 WHERE id = $1 AND wish <> 'cancel'",
    )
    .bind(run.as_str())
    .execute(&mut **transaction)
    .await?;
    Ok(waits.rows_affected() == 1)
}

/// Takes tasks out of the queue that nobody has begun: their run needs no more answers.
pub(crate) async fn close(transaction: &mut Transaction, run: &RunId, now: i64) -> Result<()> {
    let closed = sqlx::query(
        "UPDATE task SET open = 0, closed_at = $2 WHERE closed_at IS NULL AND open > 0 AND answered = 0 \
            AND subject IN (SELECT annotation FROM run_refinement WHERE run = $1)",
    )
    .bind(run.as_str())
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    if closed.rows_affected() > 0 {
        sqlx::query(
            "UPDATE project_tally SET open_tasks = open_tasks - $2 WHERE project = (SELECT project FROM run WHERE id = $1)",
        )
        .bind(run.as_str())
        .bind(i64::try_from(closed.rows_affected()).unwrap_or(0))
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

impl Store {
    /// Asks people about what a round sampled, and lets the run wait for them: one task a refinement, before
    /// what else is in the queue. `by` is the model that refined. False when the lease was lost or the run is no longer wanted; then
    /// nothing is written.
    pub async fn ask_people(
        &self,
        lease: &Lease,
        run: &Run,
        by: &str,
        round: i64,
        sampled: &[Sampled],
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !wait(&mut transaction, lease, &run.id, now).await? {
            // nothing of this is written: the lease holds on, and the wish is heeded
            return Ok(false);
        }
        let mut asked = Vec::new();
        for it in sampled {
            for text in &it.texts {
                let id = AnnotationId(new_id());
                let edits = vec![Edit {
                    response: it.response.clone(),
                    text: storable(text),
                }];
                sqlx::query(
                    "INSERT INTO annotation (id, project, prompt, annotator, provenance, kind, payload, shown, current, round, created_at, metadata) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, $9, $10)",
                )
                .bind(id.as_str())
                .bind(run.project.as_str())
                .bind(it.prompt.as_str())
                .bind(by)
                .bind(Provenance::Machine.name())
                .bind(Kind::Refinement.name())
                .bind(to_json(&Annotation::Refinement(Refinement { edits })))
                .bind(to_json(&[&it.response]))
                .bind(now)
                .bind(json!({ "run": run.id, "round": round }).to_string())
                .execute(&mut *transaction)
                .await?;
                sqlx::query(
                    "INSERT INTO run_refinement (run, round, position, annotation) VALUES ($1, $2, $3, $4)",
                )
                .bind(run.id.as_str())
                .bind(round)
                .bind(it.position)
                .bind(id.as_str())
                .execute(&mut *transaction)
                .await?;
                asked.push(NewTask {
                    prompt: it.prompt.clone(),
                    responses: vec![it.response.clone()],
                    kinds: vec![Kind::Incorporation],
                    subject: id,
                    priority: 1,
                    wanted: 1,
                });
            }
        }
        tasks::insert(&mut transaction, &run.project, &asked, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Lets a run wait on: it was taken up, and people are not done. False when the lease was lost.
    pub async fn run_waits(&self, lease: &Lease, run: &RunId, now: i64) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let waits = wait(&mut transaction, lease, run, now).await?;
        if waits {
            transaction.commit().await?;
        }
        Ok(waits)
    }

    /// Everything that a run asked people, in the order in which it was sampled. Verdicts count when they are of
    /// a provenance that the run learns from.
    pub async fn asked(&self, run: &Run) -> Result<Vec<Asked>> {
        let rows = sqlx::query(
            "SELECT f.round, f.position, f.annotation, f.chosen, r.payload, v.id AS verdict, v.provenance, v.payload AS said \
             FROM run_refinement f JOIN annotation r ON r.id = f.annotation \
             LEFT JOIN task t ON t.subject = f.annotation \
             LEFT JOIN annotation v ON v.task = t.id AND v.kind = 'incorporation' AND v.current = 1 \
             WHERE f.run = $1 ORDER BY f.round, f.position, f.annotation, v.id",
        )
        .bind(run.id.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut asked: Vec<Asked> = Vec::new();
        let mut worths: Vec<f64> = Vec::new();
        for row in &rows {
            let id: String = row.try_get("annotation")?;
            if asked.last().is_none_or(|it| it.annotation.as_str() != id) {
                let said = from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
                let Annotation::Refinement(refinement) = said else {
                    continue;
                };
                worths.clear();
                asked.push(Asked {
                    round: row.try_get("round")?,
                    position: row.try_get("position")?,
                    text: refinement.edits.into_iter().map(|it| it.text).collect(),
                    worth: None,
                    chosen: row.try_get::<i64, _>("chosen")? == 1,
                    annotation: AnnotationId(id),
                });
            }
            let Some(verdict) = row.try_get::<Option<String>, _>("verdict")? else {
                continue;
            };
            let provenance = Provenance::parse(row.try_get("provenance")?);
            if provenance.is_none_or(|it| !run.data.provenances.contains(&it)) {
                continue;
            }
            let said = from_json(row.try_get("said")?, "annotation", "payload", &verdict)?;
            if let (Annotation::Incorporation(Incorporation { verdict, .. }), Some(last)) =
                (said, asked.last_mut())
            {
                worths.push(verdict.worth());
                last.worth = Some(worths.iter().sum::<f64>() / worths.len() as f64);
            }
        }
        Ok(asked)
    }

    /// Fixes what a round learns from, and takes what nobody answered out of the queue. False when the lease was
    /// lost.
    pub async fn choose(
        &self,
        lease: &Lease,
        run: &RunId,
        chosen: &[AnnotationId],
        now: i64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !jobs::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE run SET waits = 0 WHERE id = $1")
            .bind(run.as_str())
            .execute(&mut *transaction)
            .await?;
        for id in chosen {
            sqlx::query("UPDATE run_refinement SET chosen = 1 WHERE run = $1 AND annotation = $2")
                .bind(run.as_str())
                .bind(id.as_str())
                .execute(&mut *transaction)
                .await?;
        }
        close(&mut transaction, run, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Puts runs back into the queue for which people have judged enough; how many. Costs one look where none
    /// waits.
    pub async fn wake_judged(&self) -> Result<usize> {
        let waiting = sqlx::query("SELECT id FROM run WHERE waits = 1")
            .fetch_all(&self.read)
            .await?;
        let mut woken = 0;
        for row in &waiting {
            let id = RunId(row.try_get(0)?);
            let Some(run) = self.any_run(&id).await? else {
                continue;
            };
            let progress = Progress::of(&self.asked(&run).await?);
            if progress.is_some_and(Progress::is_enough)
                && self.resume_run(&run.project, &id).await?
            {
                woken += 1;
            }
        }
        Ok(woken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(position: i64, name: &str, worth: Option<f64>) -> Asked {
        Asked {
            round: 1,
            position,
            annotation: name.into(),
            text: name.into(),
            worth,
            chosen: false,
        }
    }

    #[test]
    fn one_that_heeds_settles_a_critique_and_the_best_is_learnt_from() {
        let mut all = vec![
            asked(0, "a", Some(0.5)),
            asked(0, "b", Some(1.0)),
            asked(0, "c", None),
            asked(1, "d", Some(0.0)),
            asked(1, "e", None),
        ];
        let progress = Progress::of(&all).unwrap();
        assert_eq!((progress.judged, progress.refinements), (3, 5));
        assert_eq!((progress.settled, progress.critiques), (1, 2));
        assert!(!progress.is_enough());
        all[4].worth = Some(0.0);
        assert!(Progress::of(&all).unwrap().is_enough());
        let best: Vec<_> = best(&all, 1).into_values().map(|it| it.text).collect();
        assert_eq!(best, ["b"], "what heeds nothing is not imitated");
        assert_eq!(Progress::of(&[]), None);
    }
}
