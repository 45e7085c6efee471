//! An outside endpoint answers a project's prompts. No engine is needed: the server asks, and writes what
//! comes, one prompt at a time; what was written before an interruption stays, and the rest is asked then.

use crate::App;
use crate::endpoints::upstream;
use crate::wire::{Ask, Upstream};
use crate::worker::kept;
use domain::ids::{EndpointId, ProjectId, PromptId};
use domain::prompt::{Message, SourceKind};
use domain::run::{Generate, Sampling, Which};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::generated::Generated;
use store::jobs::Claimed;
use store::now_ms;

/// The payload of such a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Outside {
    /// Who is asked.
    pub(super) endpoint: EndpointId,
    /// Which model there.
    pub(super) there: String,
    /// What it is called here: the source of its responses.
    pub(super) source: String,
    /// What is wanted.
    #[serde(flatten)]
    pub(super) generate: Generate,
}

/// Asks until everything is answered; why it could not be, in words for people.
pub(crate) async fn answer(app: &App, claimed: &Claimed) -> Result<(), String> {
    use crate::text::generate as text;
    let job = &claimed.job;
    let project = job.project.as_ref().ok_or(text::UNREADABLE)?;
    let wanted: Outside =
        serde_json::from_value(job.payload.clone()).map_err(|_| text::UNREADABLE)?;
    let store = &app.store;
    let failed = |cause: store::Error| crate::worker::words(cause);
    let endpoint = store
        .endpoint(project, &wanted.endpoint)
        .await
        .map_err(failed)?;
    let upstream = upstream(&endpoint.ok_or(text::ENDPOINT_GONE)?);
    store
        .ensure_source(project, &wanted.source, SourceKind::Api, now_ms())
        .await
        .map_err(failed)?;
    let samples = wanted.generate.samples.max(1);
    let before = usize::try_from(job.done).unwrap_or(0) / samples;
    let mut which = wanted.generate.prompts.clone();
    // taken up again: what was answered is answered
    match &mut which {
        Which::Unanswered(most) => *most = most.saturating_sub(before),
        Which::These(ids) => drop(ids.drain(..before.min(ids.len()))),
    }
    let prompts = store
        .prompts_to_answer(project, &wanted.source, &which)
        .await;
    let prompts = prompts.map_err(failed)?;
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let total = job.done + number(prompts.len() * samples);
    let mut done = job.done;
    for (prompt, messages) in prompts {
        let asking = ask(&upstream, &wanted, &prompt, &messages, samples);
        let said = kept(app, claimed, asking).await.map_err(failed)?;
        let Some(said) = said else { return Ok(()) };
        let said = said?;
        done += number(samples);
        let written = store
            .add_generated(
                &claimed.lease,
                project,
                &wanted.source,
                &said,
                (done, total),
                now_ms(),
            )
            .await
            .map_err(failed)?;
        if written.is_none() {
            return Ok(());
        }
    }
    if wanted.generate.make_tasks {
        make_tasks(app, project).await.map_err(failed)?;
    }
    Ok(())
}

async fn make_tasks(app: &App, project: &ProjectId) -> store::Result<()> {
    if let Some(found) = app.store.project(project).await? {
        app.store
            .make_missing_tasks(project, &found.settings, now_ms())
            .await?;
    }
    Ok(())
}

/// So many responses to one prompt.
async fn ask(
    upstream: &Upstream,
    wanted: &Outside,
    prompt: &PromptId,
    messages: &[Message],
    samples: usize,
) -> Result<Vec<Generated>, String> {
    let mut said = Vec::new();
    for n in 0..samples {
        let sampling = Sampling {
            seed: wanted.generate.sampling.seed + n as u64,
            ..wanted.generate.sampling.clone()
        };
        let ask = Ask {
            model: wanted.there.clone(),
            messages: messages.to_vec(),
            sampling,
        };
        let answer = upstream
            .chat(&ask)
            .await
            .map_err(|problem| problem.words())?;
        if answer.text.trim().is_empty() {
            continue;
        }
        said.push(Generated {
            prompt: prompt.clone(),
            text: answer.text,
            metadata: json!({
                "model": wanted.there, "endpoint": wanted.endpoint, "finish": answer.finish,
                "temperature": ask.sampling.temperature, "top_p": ask.sampling.top_p, "seed": ask.sampling.seed,
            }),
        });
    }
    Ok(said)
}
