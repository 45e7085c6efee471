//! Prompts find their leaves: a model is asked level by level, or the nearest leaf by embedding is taken. Prompts that
//! people placed already are tried first, as if they had no place, to say how often that is right.

use super::work::Work;
use crate::asking::{Stop, patiently};
use crate::text::proposing as text;
use domain::ids::{NodeId, PromptId};
use domain::prompt::plain_text;
use domain::stats::Random;
use domain::taxonomy::build::{Left, Why};
use domain::taxonomy::nearest::{Nearest, unit};
use domain::taxonomy::place::{self, Check, Choice};
use domain::taxonomy::{Proposed, Wish, path};
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use store::proposals::{NewProposal, Shown};

/// Texts of one request for vectors.
const BATCH: usize = 32;
/// Characters of a prompt that are turned into a vector; encoders read less.
const EMBEDDED: usize = 4000;
/// Prompts of a leaf that its mean is taken over.
const MEAN: usize = 50;
/// Prompts that are read at once.
const PAGE: i64 = 500;

/// The wish, taken apart.
struct Wanted {
    node: NodeId,
    here: bool,
    most: usize,
    check: usize,
}

fn wanted(work: &Work<'_>) -> Result<Wanted, Stop> {
    match &work.request.wish {
        Wish::Place {
            node,
            here,
            most,
            check,
            ..
        } if work.tree.get(node).is_ok() => Ok(Wanted {
            node: node.clone(),
            here: *here,
            most: *most,
            check: *check,
        }),
        _ => Err(Stop::failed(text::NODE_GONE)),
    }
}

/// The prompts that have no leaf yet: those on this very node, or those on no node of its facet.
async fn without_place(work: &Work<'_>, wanted: &Wanted) -> Result<Vec<Shown>, Stop> {
    let store = &work.app.store;
    if wanted.here {
        let here = work.tree.get(&wanted.node);
        let here = here.map(|it| it.prompts.clone()).unwrap_or_default();
        let mut shown = store.prompts_by_id(work.project, &here).await?;
        shown.retain(|it| place::leaves_of(&work.tree, &wanted.node, &it.id).is_empty());
        shown.truncate(wanted.most);
        return Ok(shown);
    }
    let line = work.tree.line(&wanted.node);
    let placed = line.first().map(|facet| work.tree.prompts_below(facet));
    let placed = placed.unwrap_or_default();
    let (mut found, mut after) = (Vec::new(), -1);
    while found.len() < wanted.most {
        let page = store.prompts_after(work.project, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        found.extend(page.into_iter().filter(|it| !placed.contains(&it.id)));
    }
    found.truncate(wanted.most);
    Ok(found)
}

/// The leaves below the node on which people or files put each prompt.
async fn known(
    work: &Work<'_>,
    node: &NodeId,
) -> Result<BTreeMap<PromptId, BTreeSet<NodeId>>, Stop> {
    let leaves: BTreeSet<NodeId> = place::leaves(&work.tree, node).into_iter().collect();
    let mut known: BTreeMap<PromptId, BTreeSet<NodeId>> = BTreeMap::new();
    let placed = work.app.store.placed_by_people(work.project).await?;
    for (leaf, prompt) in placed {
        if leaves.contains(&leaf) {
            known.entry(prompt).or_default().insert(leaf);
        }
    }
    Ok(known)
}

/// So many of these, drawn by the request's seed.
fn drawn(
    work: &Work<'_>,
    known: &BTreeMap<PromptId, BTreeSet<NodeId>>,
    most: usize,
) -> Vec<PromptId> {
    let mut drawn: Vec<PromptId> = known.keys().cloned().collect();
    Random::seeded(work.request.sampling.seed).shuffle(&mut drawn);
    drawn.truncate(most);
    drawn
}

/// How many of these the fullest leaf holds.
fn fullest<'a>(on: impl Iterator<Item = &'a BTreeSet<NodeId>>) -> usize {
    let mut counted: BTreeMap<&NodeId, usize> = BTreeMap::new();
    on.flatten()
        .for_each(|leaf| *counted.entry(leaf).or_default() += 1);
    counted.into_values().max().unwrap_or(0)
}

fn proposal(
    work: &Work<'_>,
    wanted: &Wanted,
    it: &Shown,
    node: &NodeId,
    score: f64,
) -> NewProposal {
    NewProposal {
        position: it.number,
        what: work.tree.path(node),
        content: Proposed::Place {
            prompt: it.id.clone(),
            from: wanted.here.then(|| wanted.node.clone()),
            node: node.clone(),
            cosine: None,
            second: None,
        },
        reply: String::new(),
        prompt: Some(it.id.clone()),
        score: Some(score),
    }
}

/// Where a model led a prompt.
enum Went {
    /// To this leaf, as surely as this, with these replies.
    Leaf(NodeId, f64, String),
    /// To none.
    Nowhere(Why),
}

async fn descend(work: &Work<'_>, node: &NodeId, it: &Shown) -> Result<Went, Stop> {
    let prompt = plain_text(&it.messages);
    let (mut at, mut sure, mut replies) = (node.clone(), 1.0, Vec::new());
    while !work.tree.below(Some(&at)).is_empty() {
        let question = (work.tree.path(&at), place::call(&work.tree, &at, &prompt));
        let read = |reply: &str| place::read(&work.tree, &at, reply);
        let said = work.asking.until_read(Some(&it.id), &question, read);
        match said.await? {
            None => return Ok(Went::Nowhere(Why::Unread(String::new()))),
            Some((Choice::None, _)) => return Ok(Went::Nowhere(Why::NoneFits)),
            Some((Choice::Node(next, of), reply)) => {
                sure *= of;
                at = next;
                replies.push(reply);
            }
        }
    }
    Ok(Went::Leaf(at, sure, replies.join("\n\n")))
}

/// Where a model leads these prompts, some at once, in their order.
async fn all_descend(work: &Work<'_>, node: &NodeId, prompts: &[Shown]) -> Result<Vec<Went>, Stop> {
    // all at hand, so that the compiler sees that they may go from thread to thread
    let asked: Vec<_> = prompts.iter().map(|it| descend(work, node, it)).collect();
    let went: Vec<_> = futures_util::stream::iter(asked)
        .buffered(work.asking.at_once())
        .collect()
        .await;
    went.into_iter().collect()
}

pub(super) async fn by_model(work: &mut Work<'_>) -> Result<(), Stop> {
    let wanted = wanted(work)?;
    let prompts = without_place(work, &wanted).await?;
    let known = known(work, &wanted.node).await?;
    let checked = drawn(work, &known, wanted.check);
    let store = work.app.store.clone();
    let checked = store.prompts_by_id(work.project, &checked).await?;
    work.total = checked.len() + prompts.len();
    if work.kept.check.is_none() && !checked.is_empty() {
        let mut check = Check {
            fullest: fullest(checked.iter().map(|it| &known[&it.id])),
            ..Check::default()
        };
        for some in checked.chunks(work.asking.at_once()) {
            let went = work.while_held(all_descend(work, &wanted.node, some));
            for (it, went) in some.iter().zip(went.await?) {
                check.of += 1;
                let right = matches!(&went, Went::Leaf(leaf, ..) if known[&it.id].contains(leaf));
                check.right += usize::from(right);
                work.done += 1;
            }
            work.keep(&[]).await?;
        }
        work.kept.check = Some(check);
    }
    work.done = checked.len();
    // what came to nothing is asked from memory, and noted again
    work.kept.left.clear();
    let proposed = work.proposed().await?;
    for some in prompts.chunks(work.asking.at_once()) {
        let open: Vec<Shown> = some
            .iter()
            .filter(|it| !proposed.contains(&it.number))
            .cloned()
            .collect();
        let went = work.while_held(all_descend(work, &wanted.node, &open));
        let (went, mut new) = (went.await?, Vec::new());
        for (it, went) in open.iter().zip(went) {
            match went {
                Went::Leaf(leaf, sure, reply) => new.push(NewProposal {
                    reply,
                    ..proposal(work, &wanted, it, &leaf, sure)
                }),
                Went::Nowhere(why) => work.kept.left.push(Left {
                    about: text::prompt(it.number),
                    why,
                }),
            }
        }
        work.done += some.len();
        work.keep(&new).await?;
    }
    work.done = work.total;
    work.keep(&[]).await
}

/// The vectors of these texts at length 1; one that says nothing is empty.
async fn vectors(work: &Work<'_>, texts: &[String]) -> Result<Vec<Vec<f64>>, Stop> {
    let served = &work.asking.served;
    let asked = patiently(|| served.upstream.embed(&served.there, texts));
    let vectors = work.while_held(asked).await?;
    let vectors = vectors.iter().map(|it| unit(it).unwrap_or_default());
    Ok(vectors.collect())
}

fn embedded(it: &Shown) -> String {
    plain_text(&it.messages).chars().take(EMBEDDED).collect()
}

/// The leaves with their vectors, and how often a prompt that people placed finds its own leaf without its own help.
async fn learnt(work: &mut Work<'_>, wanted: &Wanted) -> Result<(Nearest, Check), Stop> {
    let leaves = place::leaves(&work.tree, &wanted.node);
    let mut on: BTreeMap<PromptId, BTreeSet<NodeId>> = BTreeMap::new();
    for leaf in &leaves {
        let prompts = work.tree.get(leaf).map(|it| it.prompts.clone());
        for prompt in prompts.unwrap_or_default().into_iter().take(MEAN) {
            on.entry(prompt).or_default().insert(leaf.clone());
        }
    }
    let store = work.app.store.clone();
    let placed = store.prompts_by_id(work.project, on.keys()).await?;
    work.total += leaves.len() + placed.len();
    let mut of_prompt: BTreeMap<PromptId, Vec<f64>> = BTreeMap::new();
    for some in placed.chunks(BATCH) {
        let texts: Vec<String> = some.iter().map(embedded).collect();
        let found = vectors(work, &texts).await?;
        let found = some.iter().map(|it| it.id.clone()).zip(found);
        of_prompt.extend(found.filter(|(_, vector)| !vector.is_empty()));
        work.done += some.len();
        work.keep(&[]).await?;
    }
    let mut nearest = Nearest::default();
    for some in leaves.chunks(BATCH) {
        let names = |leaf| path::split(&work.tree.path(leaf)).join(" / ");
        let texts: Vec<String> = some.iter().map(names).collect();
        let paths = vectors(work, &texts).await?;
        for (leaf, path) in some.iter().zip(paths) {
            let own = of_prompt
                .iter()
                .filter(|(prompt, _)| on[prompt].contains(leaf));
            nearest.add(leaf.clone(), path, own.map(|(_, vector)| vector.as_slice()));
        }
        work.done += some.len();
        work.keep(&[]).await?;
    }
    let mut known = known(work, &wanted.node).await?;
    known.retain(|prompt, _| of_prompt.contains_key(prompt));
    let checked = drawn(work, &known, domain::taxonomy::MOST_CHECKED);
    let right = checked.iter().filter(|prompt| {
        let found = nearest.find_without(&of_prompt[*prompt], &on[*prompt]);
        found.is_some_and(|it| known[*prompt].contains(&it.node))
    });
    let check = Check {
        right: right.count(),
        of: checked.len(),
        fullest: fullest(checked.iter().map(|prompt| &known[prompt])),
    };
    Ok((nearest, check))
}

pub(super) async fn by_embedding(work: &mut Work<'_>) -> Result<(), Stop> {
    let wanted = wanted(work)?;
    let prompts = without_place(work, &wanted).await?;
    work.total = prompts.len();
    let (nearest, check) = learnt(work, &wanted).await?;
    work.kept.check = (check.of > 0).then_some(check);
    work.kept.left.clear();
    let proposed = work.proposed().await?;
    for some in prompts.chunks(BATCH) {
        let open: Vec<&Shown> = some
            .iter()
            .filter(|it| !proposed.contains(&it.number))
            .collect();
        let mut new = Vec::new();
        if !open.is_empty() {
            let texts: Vec<String> = open.iter().map(|it| embedded(it)).collect();
            for (it, vector) in open.iter().zip(vectors(work, &texts).await?) {
                let Some(found) = nearest.find(&vector) else {
                    work.kept.left.push(Left {
                        about: text::prompt(it.number),
                        why: Why::NoneFits,
                    });
                    continue;
                };
                let mut one = proposal(work, &wanted, it, &found.node, found.margin);
                if let Proposed::Place { cosine, second, .. } = &mut one.content {
                    *cosine = Some(found.cosine);
                    *second = found.second;
                }
                new.push(one);
            }
        }
        work.done += some.len();
        work.keep(&new).await?;
    }
    work.done = work.total;
    work.keep(&[]).await
}
