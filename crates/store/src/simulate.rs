//! Simulated annotators at work: they take tasks from the same queue as people and answer by the same
//! submits. **Their account says what they are, and every answer of theirs is marked by it.**

use crate::error::{from_json, to_json};
use crate::queue::{Finished, Hold, Item, Submission, Submitted};
use crate::{Result, Store, new_id, sha256};
use domain::annotation::{Context, Shown};
use domain::ids::{ProjectId, UserId};
use domain::project::Settings;
use domain::prompt::plain_text;
use domain::simulate::{Annotator, Panel, Question};
use sqlx::Row;
use std::collections::BTreeMap;

/// How long one holds a task: answers take milliseconds.
const LEASE_MS: i64 = 60_000;

/// One annotator of a project's panels, with what it has done.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Its account.
    pub account: UserId,
    /// What it is called.
    pub name: String,
    /// Its rule, noise, bias, speed and seed.
    pub model: Annotator,
    /// Tasks answered.
    pub done: i64,
    /// Tasks skipped, because its rule has nothing to say about them.
    pub skipped: i64,
}

/// What a panel has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Tasks answered.
    pub answered: usize,
    /// Tasks skipped, by reason.
    pub skipped: BTreeMap<String, usize>,
}

impl Store {
    /// The panel's accounts, made where they are not there yet: the same panel in the same project is the same
    /// annotators, who go on where they stopped.
    pub async fn seat_panel(
        &self,
        project: &ProjectId,
        panel: &Panel,
        now: i64,
    ) -> Result<Vec<(UserId, Annotator)>> {
        let mut seated = Vec::with_capacity(panel.annotators);
        let mut transaction = self.begin().await?;
        for (n, model) in panel.annotators().into_iter().enumerate() {
            let json = to_json(&model);
            let key = sha256(format!("{project} {json}"));
            // one that cannot receive mail (RFC 2606) and cannot be signed in with: the hash is of nothing
            let row = sqlx::query(
                "INSERT INTO account (id, email, name, password_hash, simulated, created_at, disabled_at) VALUES ($1, $2, $3, '', $4, $5, $5) \
                 ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id",
            )
            .bind(new_id())
            .bind(format!("{}@simulated.invalid", &key[..24]))
            .bind(format!("Simulated {}", n + 1))
            .bind(json)
            .bind(now)
            .fetch_one(&mut *transaction)
            .await?;
            let account = UserId(row.try_get(0)?);
            sqlx::query("INSERT INTO person_tally (project, account) VALUES ($1, $2) ON CONFLICT (project, account) DO NOTHING")
                .bind(project.as_str())
                .bind(account.as_str())
                .execute(&mut *transaction)
                .await?;
            seated.push((account, model));
        }
        transaction.commit().await?;
        Ok(seated)
    }

    /// Lets a panel answer open tasks, in turn, until each has answered its number or nothing is left. Real
    /// people may answer at the same time: the queue hands out every place once.
    pub async fn run_panel(
        &self,
        project: &ProjectId,
        settings: &Settings,
        panel: &Panel,
        now: impl Fn() -> i64,
    ) -> Result<Worked> {
        let seated = self.seat_panel(project, panel, now()).await?;
        let mut worked = Worked::default();
        let mut at_work: Vec<bool> = vec![true; seated.len()];
        for _ in 0..panel.items {
            for (place, (account, model)) in seated.iter().enumerate() {
                while at_work[place] {
                    let task = self
                        .next_task(project, account, None, LEASE_MS, now())
                        .await?;
                    let Some(task) = task else {
                        at_work[place] = false;
                        break;
                    };
                    let hold = Hold {
                        project,
                        account,
                        task: &task,
                    };
                    let Some(item) = self.item(hold).await? else {
                        at_work[place] = false;
                        break;
                    };
                    match answer(self, hold, &item, settings, model, now()).await? {
                        None => {
                            worked.answered += 1;
                            break;
                        }
                        Some(reason) => *worked.skipped.entry(reason).or_default() += 1,
                    }
                }
            }
            if at_work.iter().all(|it| !it) {
                break;
            }
        }
        Ok(worked)
    }

    /// The simulated annotators that have a seat in a project, in the order in which they came.
    pub async fn simulated(&self, project: &ProjectId) -> Result<Vec<Simulated>> {
        let rows = sqlx::query(
            "SELECT a.id, a.name, a.simulated, t.done, t.skipped FROM person_tally t JOIN account a ON a.id = t.account \
             WHERE t.project = $1 AND a.simulated IS NOT NULL ORDER BY a.created_at, a.id",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let id: &str = row.try_get("id")?;
                Ok(Simulated {
                    account: UserId::from(id),
                    name: row.try_get("name")?,
                    model: from_json(row.try_get("simulated")?, "account", "simulated", id)?,
                    done: row.try_get("done")?,
                    skipped: row.try_get("skipped")?,
                })
            })
            .collect()
    }
}

/// Answers one task, or skips it and says why.
async fn answer(
    store: &Store,
    hold: Hold<'_>,
    item: &Item,
    settings: &Settings,
    model: &Annotator,
    now: i64,
) -> Result<Option<String>> {
    let responses: Vec<Shown> = item.responses.iter().map(|it| it.shown.clone()).collect();
    let prompt = plain_text(&item.messages);
    let answer = model.answer(&Question {
        prompt: &prompt,
        reference: item.reference.as_deref(),
        kinds: &item.task.kinds,
        context: Context {
            responses: &responses,
            settings,
            criteria: &item.criteria,
        },
        refined: item
            .subject
            .as_ref()
            .map(|it| (&*it.original.text, &*it.refined)),
    });
    let round = item.assignment.round;
    let reason = match answer {
        Ok(answer) => {
            let submission = Submission {
                hold,
                round,
                draft_version: 0,
                fields: &answer.fields,
                annotations: &answer.annotations,
                seconds: answer.seconds,
                check_refinements: settings.check_refinements,
            };
            match store.submit(submission, now).await? {
                Submitted::Saved | Submitted::AlreadySaved => return Ok(None),
                other => format!("not taken: {other:?}"),
            }
        }
        Err(why) => why.to_string(),
    };
    // a task that neither can be answered nor skipped would be handed out for ever
    match store.skip_task(hold, round, &reason, now).await? {
        Finished::Done => Ok(Some(reason)),
        Finished::NotHeld => Err(crate::Error::Conflict(
            "a simulated annotator lost its hold on a task",
        )),
    }
}
