//! What judges say that are no annotators: models asked to judge, reward models. Written and counted in one
//! transaction.

use super::tally::{Changes, Comparison, Score};
use super::{JudgeKey, flow, judge, place};
use crate::imports::sql::insert;
use crate::jobs::{self, Lease};
use crate::{Result, Store, new_id, storable};
use domain::ids::{ProjectId, PromptId, ResponseId};
use std::collections::BTreeSet;

/// Which of two responses is better, as a judge says.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVerdict {
    /// The prompt.
    pub prompt: PromptId,
    /// The responses in the order in which the judge saw them.
    pub responses: [ResponseId; 2],
    /// The aspect; empty for overall.
    pub aspect: String,
    /// The first's share in `[0, 1]`: 1 better, ½ a tie.
    pub outcome: f64,
    /// 0 a tie, 1 slightly, 2 clearly, 3 far.
    pub margin: i64,
    /// What it said with the first shown first, and with the second shown first: `a`, `b` or `tie`.
    pub said: Option<[String; 2]>,
    /// The judge's answer as it came.
    pub raw: Option<String>,
}

/// What a response is worth, as a judge says.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJudgment {
    /// The prompt.
    pub prompt: PromptId,
    /// The response.
    pub response: ResponseId,
    /// The aspect; empty for overall.
    pub aspect: String,
    /// The score.
    pub score: f64,
    /// The scale's lower and upper end.
    pub scale: (f64, f64),
    /// Criteria with weights and scores, JSON.
    pub criteria: serde_json::Value,
    /// The judge's words.
    pub text: String,
    /// The judge's answer as it came.
    pub raw: Option<String>,
}

impl Store {
    /// Keeps and counts what a judge said; how much of it was about responses of this project, `None` when the
    /// lease of the job that asked is lost. `settings` are kept with the judge when it is new.
    pub async fn record_judged(
        &self,
        project: &ProjectId,
        by: JudgeKey<'_>,
        settings: &serde_json::Value,
        (verdicts, judgments): (&[NewVerdict], &[NewJudgment]),
        lease: Option<&Lease>,
        now: i64,
    ) -> Result<Option<usize>> {
        let prompts = verdicts.iter().map(|it| &it.prompt.0);
        let prompts: BTreeSet<String> = prompts
            .chain(judgments.iter().map(|it| &it.prompt.0))
            .cloned()
            .collect();
        let prompts: Vec<String> = prompts.into_iter().collect();
        let (mut transaction, mut changes) = (self.begin().await?, Changes::default());
        if let Some(lease) = lease
            && !jobs::hold(&mut transaction, lease).await?
        {
            return Ok(None);
        }
        let id = project.as_str();
        let judge = judge(&mut transaction, id, by, &settings.to_string(), now).await?;
        let places = place::settle(&mut transaction, id, &prompts, &mut changes).await?;
        let compared = verdicts.iter().flat_map(|it| &it.responses);
        let named = compared.chain(judgments.iter().map(|it| &it.response));
        let sources = flow::sources(&mut transaction, id, named.map(|it| &it.0)).await?;
        let (mut compared, mut scored) = (Vec::new(), Vec::new());
        for it in verdicts {
            let [Some(&a), Some(&b)] = [0, 1].map(|n| sources.get(it.responses[n].as_str())) else {
                continue;
            };
            let counted = Comparison {
                judge: judge.clone(),
                aspect: it.aspect.clone(),
                sources: [a, b],
                outcome: it.outcome.clamp(0.0, 1.0),
                margin: it.margin,
            };
            let nodes = places.get(it.prompt.as_str()).into_iter().flatten();
            changes.compare(id, nodes, &counted, 1);
            compared.push((it, counted));
        }
        for it in judgments {
            let share = place::share(it.score, it.scale.0, it.scale.1);
            let (Some(&source), Some(share)) = (sources.get(it.response.as_str()), share) else {
                continue;
            };
            let counted = Score {
                judge: judge.clone(),
                aspect: it.aspect.clone(),
                source,
                share,
            };
            let nodes = places.get(it.prompt.as_str()).into_iter().flatten();
            changes.score(id, nodes, &counted, 1);
            scored.push((it, counted));
        }
        insert(
            &mut transaction,
            "INSERT INTO verdict (id, project, prompt, response_a, response_b, source_a, source_b, judge, aspect, outcome, \
                margin, raw, created_at, said_straight, said_turned)",
            15,
            "",
            &compared,
            |statement, (it, counted)| {
                statement
                    .bind(new_id())
                    .bind(id)
                    .bind(it.prompt.as_str())
                    .bind(it.responses[0].as_str())
                    .bind(it.responses[1].as_str())
                    .bind(counted.sources[0])
                    .bind(counted.sources[1])
                    .bind(judge.as_str())
                    .bind(it.aspect.as_str())
                    .bind(counted.outcome)
                    .bind(it.margin)
                    .bind(it.raw.as_deref().map(storable))
                    .bind(now)
                    .bind(it.said.as_ref().map(|said| said[0].as_str()))
                    .bind(it.said.as_ref().map(|said| said[1].as_str()))
            },
        )
        .await?;
        insert(
            &mut transaction,
            "INSERT INTO judgment (id, project, prompt, response, source, judge, aspect, score, lowest, highest, criteria, \
                text, raw, created_at)",
            14,
            "",
            &scored,
            |statement, (it, counted)| {
                statement
                    .bind(new_id())
                    .bind(id)
                    .bind(it.prompt.as_str())
                    .bind(it.response.as_str())
                    .bind(counted.source)
                    .bind(judge.as_str())
                    .bind(it.aspect.as_str())
                    .bind(it.score)
                    .bind(it.scale.0)
                    .bind(it.scale.1)
                    .bind(storable(&it.criteria.to_string()))
                    .bind(storable(&it.text))
                    .bind(it.raw.as_deref().map(storable))
                    .bind(now)
            },
        )
        .await?;
        changes.write(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(Some(compared.len() + scored.len()))
    }
}
