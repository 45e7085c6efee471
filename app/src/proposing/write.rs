//! `RealMix`: for each thin node so many prompts, each written from four of the project's own and then asked the seven
//! questions. Seeds are drawn by the request's seed and the place, so that a job taken up again draws the same.

use super::work::Work;
use crate::asking::{Asking, Stop};
use crate::text::proposing as text;
use domain::ids::{NodeId, PromptId};
use domain::prompt::plain_text;
use domain::run::Sampling;
use domain::stats::Random;
use domain::taxonomy::Proposed;
use domain::taxonomy::build::{Left, Why};
use domain::taxonomy::realmix::{self, Seeds, Written};
use std::collections::BTreeMap;
use store::proposals::NewProposal;

/// Between the seeds of two prompts, so that tries do not meet.
const APART: u64 = 1000;

pub(super) async fn write(work: &mut Work<'_>, nodes: &[NodeId], each: usize) -> Result<(), Stop> {
    work.total = nodes.len() * each;
    work.kept.left.clear();
    let proposed = work.proposed().await?;
    for (number, node) in nodes.iter().enumerate() {
        for n in 0..each {
            let place = number * each + n;
            let position = i64::try_from(place).unwrap_or(i64::MAX);
            let mut new = None;
            if !proposed.contains(&position) {
                match one(work, node, place as u64).await? {
                    Ok(it) => new = Some(NewProposal { position, ..it }),
                    Err(why) => {
                        let about = match work.tree.get(node) {
                            Ok(_) => work.tree.path(node),
                            Err(_) => text::NODE_GONE.to_owned(),
                        };
                        work.kept.left.push(Left { about, why });
                    }
                }
            }
            work.done += 1;
            work.keep(new.as_slice()).await?;
        }
    }
    Ok(())
}

/// A prompt for this node, or why there is none.
async fn one(work: &Work<'_>, node: &NodeId, place: u64) -> Result<Result<NewProposal, Why>, Stop> {
    let mut random = Random::seeded(work.request.sampling.seed).fork(place);
    let Some(seeds) = realmix::draw(&work.tree, node, &mut random) else {
        return Ok(Err(Why::TooFew));
    };
    let path = work.tree.path(node);
    let question = (text::writing(&path), asked(work, &path, &seeds).await?);
    let writer = sampled(work, |sampling| sampling.seed += place * APART);
    let read = |reply: &str| match realmix::written(reply) {
        Written::Unread => Err(text::NO_PROMPT),
        written => Ok(written),
    };
    let said = work.while_held(writer.until_read(Some(&seeds.kind), &question, read));
    let (prompt, reply) = match said.await? {
        None => return Ok(Err(Why::Unread(String::new()))),
        Some((Written::Prompt(prompt), reply)) => (prompt, reply),
        Some(_) => return Ok(Err(Why::NoneFits)),
    };
    // judged at its likeliest, whatever was drawn when it was written
    let judge = sampled(work, |sampling| sampling.temperature = 0.0);
    let question = (text::judging(&path), realmix::check(&prompt));
    let read = |reply: &str| realmix::checked(reply).ok_or(text::NO_ANSWERS);
    let checked = work.while_held(judge.until_read(Some(&seeds.kind), &question, read));
    let (answers, judged) = checked.await?.unwrap_or_default();
    let yes = answers.iter().filter(|it| it.yes).count();
    let all = [seeds.kind].into_iter().chain(seeds.details).collect();
    Ok(Ok(NewProposal {
        position: 0,
        what: text::new_prompt(&path),
        content: Proposed::Prompt {
            node: node.clone(),
            text: prompt,
            answers,
            seeds: all,
        },
        reply: text::written_and_judged(&reply, &judged),
        prompt: None,
        score: Some(yes as f64),
    }))
}

fn sampled<'a>(work: &Work<'a>, change: impl FnOnce(&mut Sampling)) -> Asking<'a> {
    let mut asking = work.asking.clone();
    change(&mut asking.sampling);
    asking
}

/// The call that writes, from the seeds' texts and the kind's places in the tree.
async fn asked(work: &Work<'_>, path: &str, seeds: &Seeds) -> Result<String, Stop> {
    let all: Vec<&PromptId> = std::iter::once(&seeds.kind).chain(&seeds.details).collect();
    let shown = work.app.store.prompts_by_id(work.project, all).await?;
    let texts: BTreeMap<PromptId, String> = shown
        .into_iter()
        .map(|it| (it.id, plain_text(&it.messages)))
        .collect();
    let text = |id: &PromptId| texts.get(id).map_or("", String::as_str);
    let tags = work.tree.iter();
    let tags: Vec<String> = tags
        .filter(|(_, it)| it.prompts.contains(&seeds.kind))
        .map(|(id, _)| work.tree.path(id))
        .collect();
    let details = seeds.details.each_ref().map(text);
    Ok(realmix::write(path, text(&seeds.kind), &tags, details))
}
