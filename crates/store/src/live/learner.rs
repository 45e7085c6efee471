//! Keeps live models in memory and takes them one round further: read, learn, choose, write. What computes
//! runs on a thread of its own, so that requests are answered meanwhile.

use super::{ANSWERS, Answer, CANDIDATES, Pair, Place, QUEUE, Round, Text, follows, windows};
use crate::{Result, Store, background};
use domain::ids::{ProjectId, ResponseId};
use domain::live::features::DIMENSIONS;
use domain::live::{
    Arm, Candidate, Known, Live, Order, Pairs, choose, features, hash, learn, seed,
};
use domain::project::Settings;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

/// Learning curves take longer than the fit: they are drawn anew at most this often.
const CURVES_MS: i64 = 8_000;
/// A project that rests so long is forgotten; its model stands in the database.
const FORGET_MS: i64 = 10 * 60_000;

/// The seed of the bootstrap: the resamples stay the same from round to round, or no fit could start from the
/// one before.
const RESAMPLES: u64 = 1;

type Features = HashMap<String, Arc<[f32]>>;

/// The live models of the projects that people work on.
#[derive(Default)]
pub struct Learner {
    kept: HashMap<ProjectId, Kept>,
}

#[derive(Default)]
struct Kept {
    live: Option<Live>,
    features: Features,
    /// The encoder whose vectors are among them.
    encoder: String,
    /// When the curves were drawn, over how many answers.
    curves: (i64, usize),
    newest: i64,
    used_at: i64,
}

/// What a round computes from.
struct Given {
    answers: Vec<Answer>,
    pairs: Vec<Pair>,
    texts: Vec<Text>,
    vectors: HashMap<String, Vec<f32>>,
    /// What people call the encoder.
    encoder: Option<String>,
    order: Order,
    seed: u64,
    redraw: bool,
}

impl Learner {
    /// Learns from everything that was said in a project until now, and puts its next tasks in order. How many answers
    /// came since the round before.
    ///
    /// # Errors
    /// When the database does not answer; nothing has changed then.
    pub async fn round(
        &mut self,
        store: &Store,
        project: &ProjectId,
        settings: &Settings,
        now: i64,
    ) -> Result<usize> {
        let begun = Instant::now();
        self.kept.retain(|_, kept| kept.used_at > now - FORGET_MS);
        let mut kept = self.kept.remove(project).unwrap_or_default();
        let answers = store.live_answers(project, settings, ANSWERS).await?;
        let count = i64::try_from(answers.len()).unwrap_or(i64::MAX);
        let newest = answers.iter().map(|it| it.created_at).max().unwrap_or(0);
        let news = answers.iter().filter(|it| it.created_at > kept.newest);
        let news = news.count();
        let seed = seed(project.as_str(), answers.len());
        let encoder = settings.encoder.as_str();
        let vectors = store.live_vector_count(project, encoder).await?;
        let pairs = match settings.queue_order {
            Order::Imported => Vec::new(),
            _ => {
                let random = &mut windows(project, answers.len());
                store.live_pairs(project, CANDIDATES, random).await?
            }
        };
        if kept.encoder != encoder {
            kept.features.clear();
            encoder.clone_into(&mut kept.encoder);
        }
        let wanted: HashSet<&str> = wanted(&answers, &pairs).collect();
        kept.features.retain(|id, _| wanted.contains(id.as_str()));
        let missing = |lacks: fn(&[f32]) -> bool| -> Vec<String> {
            let of = |id: &&&str| kept.features.get(**id).is_none_or(|it| lacks(it));
            wanted
                .iter()
                .filter(of)
                .map(|it| (*it).to_owned())
                .collect()
        };
        let texts = store.live_texts(project, missing(|_| false)).await?;
        let vectors_there = if vectors == 0 {
            HashMap::new()
        } else {
            let lack = missing(|features| features.len() == DIMENSIONS);
            store.live_vectors(project, encoder, lack).await?
        };
        let grown = answers.len() * 10 >= kept.curves.1 * 11 || answers.len() < kept.curves.1;
        let redraw = kept.live.is_none() || grown || now - kept.curves.0 > CURVES_MS;
        if redraw {
            kept.curves = (now, answers.len());
        }
        let waited = kept.newest > 0 && newest > kept.newest;
        let given = Given {
            answers,
            pairs,
            texts,
            vectors: vectors_there,
            encoder: (!encoder.is_empty()).then(|| encoder.to_owned()),
            order: settings.queue_order,
            seed,
            redraw,
        };
        let (mut kept, places) = background::apart(move || compute(kept, &given)).await?;
        let took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        if let Some(live) = &kept.live {
            let round = Round {
                answers: count,
                newest,
                settings: follows(settings, vectors),
                report: live.report.clone(),
                head: live.ensemble.as_ref().map(|it| it.main.clone()),
                places,
                took_ms: took,
                lag_ms: if waited { now + took - newest } else { -1 },
            };
            store.save_live(project, &round, now + took).await?;
        }
        kept.newest = newest;
        kept.used_at = now;
        self.kept.insert(project.clone(), kept);
        Ok(news)
    }
}

/// The responses whose features are needed, answered ones first; some twice.
pub(super) fn wanted<'a>(
    answers: &'a [Answer],
    pairs: &'a [Pair],
) -> impl Iterator<Item = &'a str> {
    let answered = answers.iter().flat_map(|it| &it.responses);
    let open = pairs.iter().flat_map(|it| &it.responses);
    answered.chain(open).map(ResponseId::as_str)
}

fn compute(mut kept: Kept, given: &Given) -> (Kept, Vec<Place>) {
    for text in &given.texts {
        let found = features::hashed(&text.prompt, &text.response);
        kept.features.insert(text.id.clone(), found.into());
    }
    for (id, vector) in &given.vectors {
        if let Some(words) = kept.features.get_mut(id) {
            *words = words.iter().chain(vector).copied().collect();
        }
    }
    let of = |responses: &[ResponseId; 2]| -> Option<[&[f32]; 2]> {
        let [first, second] = responses;
        Some([
            &**kept.features.get(first.as_str())?,
            &**kept.features.get(second.as_str())?,
        ])
    };
    let known: Vec<Known<'_>> = given
        .answers
        .iter()
        .filter_map(|it| {
            Some(Known {
                prompt: hash(b"prompt", &it.prompt),
                held_out: Arm::held_out(&it.prompt),
                by: it.by,
                features: of(&it.responses)?,
                outcome: it.outcome,
            })
        })
        .collect();
    let mut live = learn(
        &known,
        given.encoder.as_deref(),
        given.order,
        kept.live.as_ref(),
        given.redraw,
        RESAMPLES,
    );
    let (candidates, tasks): (Vec<Candidate<'_>>, Vec<&str>) = given
        .pairs
        .iter()
        .filter_map(|pair| {
            let candidate = Candidate {
                prompt: hash(b"prompt", &pair.prompt),
                arm: Arm::of(&pair.prompt, &pair.task),
                responses: [0, 1].map(|n| hash(b"response", pair.responses[n].as_str())),
                features: of(&pair.responses)?,
            };
            Some((candidate, pair.task.as_str()))
        })
        .unzip();
    let chosen = choose(
        given.order,
        &candidates,
        live.ensemble.as_ref(),
        &live.learned,
        live.report.held_out,
        QUEUE,
        given.seed,
    );
    let places = chosen
        .into_iter()
        .map(|it| Place {
            task: tasks[it.candidate].to_owned(),
            by: it.by,
            score: it.score,
        })
        .collect();
    // the rows are made anew in each round: between rounds they would only take up memory
    live.learned = Pairs::new(0);
    kept.live = Some(live);
    (kept, places)
}
