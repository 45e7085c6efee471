//! The job that lets a model answer a project's prompts, and gives the queue tasks about the answers. What
//! is written stays written: a job that is taken up again answers what is still unanswered.

use crate::held::{Go, Signal};
use crate::words::storable;
use crate::worker::Engine;
use anyhow::Context;
use domain::prompt::Message;
use domain::run::{Generate, Sampling, Which};
use learn::generate::{Finish, Seed, generate_text};
use learn::lanes::{LANES, at_once, in_memory};
use serde_json::json;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::generated::Generated;
use store::jobs::Claimed;
use store::now_ms;

/// Responses that are sampled at once, and written in one transaction. A token of one response costs nearly
/// as much as a token of many: all of them wait for the same weights.
const AT_ONCE: usize = 32;

/// Does the job.
///
/// # Errors
/// Why no (more) responses can be made, in words for people.
pub async fn generate(engine: &Engine, claimed: &Claimed, signal: &Signal) -> anyhow::Result<()> {
    let (store, job, lease) = (&engine.store, &claimed.job, &claimed.lease);
    let project = job.project.as_ref().context("the job names no project")?;
    let model = job.model.as_ref().context("the job names no model")?;
    let wanted: Generate =
        serde_json::from_value(job.payload.clone()).context("the job cannot be read")?;
    let loaded = engine.shelf.get(model).await?;
    loaded.policy()?;
    let source = loaded.row.name.clone();
    let mut which = wanted.prompts.clone();
    if let Which::Unanswered(most) = &mut which {
        // taken up again: what is answered is answered
        let before = usize::try_from(job.done).unwrap_or(0) / wanted.samples.max(1);
        *most = most.saturating_sub(before);
    }
    let prompts = store.prompts_to_answer(project, &source, &which).await?;
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let total = job.done + number(prompts.len() * wanted.samples);
    let mut done = job.done;
    let at_once = (AT_ONCE / wanted.samples.max(1)).max(1);
    for part in prompts.chunks(at_once) {
        let (ids, messages): (Vec<_>, Vec<_>) = part.iter().cloned().unzip();
        let (loaded, signal_there) = (Arc::clone(&loaded), signal.clone());
        let sampling = wanted.sampling.clone();
        let samples = wanted.samples;
        let said = tokio::task::spawn_blocking(move || {
            let go_on = || signal_there.go() == Go::On;
            say(&loaded, &messages, samples, &sampling, &go_on)
        })
        .await??;
        match signal.go() {
            Go::On => {}
            Go::Lost | Go::Cancel => return Ok(()),
            Go::Pause | Go::Leave => return Ok(store.release_job(lease).await?),
        }
        let responses: Vec<Generated> = said
            .into_iter()
            .map(|(prompt, text, finish)| Generated {
                prompt: ids[prompt].clone(),
                text,
                metadata: json!({
                    "model": model, "job": job.id, "finish": finish,
                    "temperature": wanted.sampling.temperature, "top_p": wanted.sampling.top_p,
                    "seed": wanted.sampling.seed,
                }),
            })
            .collect();
        done += number(part.len() * wanted.samples);
        let written = store
            .add_generated(lease, project, &source, &responses, (done, total), now_ms())
            .await?;
        if written.is_none() {
            return Ok(());
        }
        if wanted.make_tasks {
            let settings = store
                .project(project)
                .await?
                .context("the project is gone")?;
            store
                .make_missing_tasks(project, &settings.settings, now_ms())
                .await?;
        }
    }
    store.finish_job(lease, Ok(()), now_ms()).await?;
    Ok(())
}

/// Responses to each conversation: its number, the text, why it ended.
fn say(
    loaded: &crate::loaded::Loaded,
    prompts: &[Vec<Message>],
    samples: usize,
    sampling: &Sampling,
    go_on: &(dyn Fn() -> bool + Sync),
) -> anyhow::Result<Vec<(usize, String, &'static str)>> {
    let words = &loaded.words;
    let tokens: Vec<Vec<u32>> = prompts
        .iter()
        .map(|messages| words.prompt(messages, now_ms()))
        .collect::<anyhow::Result<_>>()?;
    // what is said to a prompt must not depend on which others are answered with it
    let seeds: Vec<u64> = tokens
        .iter()
        .map(|prompt| {
            prompt.iter().fold(sampling.seed, |seed, token| {
                seed.rotate_left(5).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(*token)
            })
        })
        .collect();
    let policy = loaded.policy()?;
    let how = settings(sampling, samples, words.tokenizer.ends());
    let of = |begin: usize, tokens: &[Vec<u32>]| -> Vec<(usize, String, &'static str)> {
        let how = learn::generate::Sampling {
            rows: tokens.len() * samples,
            ..how.clone()
        };
        let seeds = Seed::Each(&seeds[begin..begin + tokens.len()]);
        let texts = generate_text(
            policy,
            &words.tokenizer,
            tokens,
            &how,
            &sampling.stop,
            seeds,
            &mut |_, _, _| match go_on() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            },
        );
        let said = texts.into_iter().map(|it| {
            let (prompt, finish) = (it.completion.prompt, finish(it.completion.finish));
            (begin + prompt, storable(it.text), finish)
        });
        said.collect()
    };
    if tokens.len() < LANES || !in_memory(&policy.device()) {
        return Ok(of(0, &tokens));
    }
    let half = tokens.len().div_ceil(LANES);
    let (first, second) = tokens.split_at(half);
    Ok(at_once(|| of(0, first), || of(half, second)).concat())
}

/// The settings of `learn` for those of a form or a request.
#[expect(clippy::cast_possible_truncation, reason = "probabilities fit f32")]
pub fn settings(it: &Sampling, samples: usize, ends: &[u32]) -> learn::generate::Sampling {
    learn::generate::Sampling {
        temperature: it.temperature as f32,
        top_p: it.top_p as f32,
        top_k: it.top_k,
        min_p: it.min_p as f32,
        repetition_penalty: it.repetition_penalty as f32,
        max_tokens: it.max_tokens,
        samples,
        ends: ends.to_vec(),
        ..learn::generate::Sampling::default()
    }
}

/// The reason in the words of the `OpenAI` wire format.
pub fn finish(finish: Finish) -> &'static str {
    match finish {
        Finish::End | Finish::Stopped => "stop",
        Finish::Length => "length",
    }
}
