//! Imitation learning from language feedback (Scheurer et al. 2023, Training language models with language
//! feedback at scale): a person says in words what is wrong with a response y₀; refinements are sampled
//! from `π_ref(· | x, y₀, f)`, the one that best heeds f is selected, and the policy is fine-tuned to say it at
//! once, `max Σ log π(y₁* | x)`. Then it answers again, is criticised again, and so on.
//!
//! The paper selects by an ensemble of yes/no questions to the model itself, `mean of P(Yes) / (P(Yes) +
//! P(No))` over five wordings. **A small model judging itself can be worse than chance**, so a selector's
//! accuracy on refinements that people judged is measured first, and it may only filter when the interval of
//! that accuracy lies above chance; otherwise a refinement is drawn at random and the run says so. Left
//! out: a classification reward model on top of the policy (use best of n with any reward model).

pub mod wording;

use super::enough;
use super::rounds::Rounds;
use crate::Result;
use crate::data::{Demonstration, Sequence};
use crate::evaluate::{Preferring, mean, preferring};
use crate::generate::{Finish, Sampling, generate};
use crate::models::{Llama, RewardModel};
use crate::train::{Event, Session, Trained, log_probs_of};
use domain::measure::{Baseline, Figure, SELECTOR_ACCURACY};
use domain::method::{Method, Settings};
use domain::stats::Random;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Sequences that are scored at once.
const AT_ONCE: usize = 32;

/// A response with a critique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Critiqued {
    /// Which prompt.
    pub prompt: u64,
    /// What the policy is asked: the prompt x.
    pub ask: Vec<u32>,
    /// What it answered, y₀, with its end token.
    pub response: Vec<u32>,
    /// Asks for a refinement: x, y₀ and the critique f, as the refining model reads them.
    pub refine: Vec<u32>,
}

/// A question about a refinement that is answered by one of two tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Everything up to the answer.
    pub tokens: Vec<u32>,
    /// Says that the refinement heeds the critique.
    pub yes: u32,
    /// Says that it does not.
    pub no: u32,
}

/// A refinement of an example that people judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgment {
    /// What it refines; of any prompt, best of one that is not trained on.
    pub of: Critiqued,
    /// The refinement, with its end token.
    pub refinement: Vec<u32>,
    /// Whether it heeds the critique.
    pub heeds: bool,
}

/// The questions that are put about a refinement.
pub type Questions<'a> = dyn Fn(&Critiqued, &[u32]) -> Vec<Question> + 'a;

/// Somebody who says which of some refinements heeds the critique best: its place, or `None` for none of them.
pub type Chooses<'a> = dyn Fn(&Critiqued, &[Vec<u32>]) -> Option<usize> + 'a;

/// The refinements of each example.
pub type Candidates = Vec<Vec<Vec<u32>>>;

/// Brings what people chose in a round: of each example's refinements that one alone, or none. It gets the round's
/// number and a way to sample; where people must be asked first, it says so and gives [`crate::Error::Paused`].
pub type Asks<'a> = dyn Fn(usize, &dyn Fn() -> Candidates) -> Result<Candidates> + 'a;

/// Somebody who criticises a response, if there is anything to criticise.
pub type Criticises<'a> = dyn Fn(&Critiqued, &[u32]) -> Option<Critiqued> + 'a;

/// Who selects among an example's refinements.
pub enum Selector<'a> {
    /// A reward model, by its score of the refinement as a response to the prompt.
    RewardModel(&'a RewardModel),
    /// Yes/no questions to a model: the base itself (as the paper does), or one trained to answer them.
    Questions(&'a Llama, &'a Questions<'a>),
    /// People: the place of the one they chose, `None` for none of them.
    Person(&'a Chooses<'a>),
    /// People who are asked while the run waits.
    People(&'a Asks<'a>),
    /// Chance: the control.
    Random,
}

/// What ILF learns from.
pub struct Feedback<'a> {
    /// Criticised responses.
    pub examples: &'a [Critiqued],
    /// Judged refinements, to measure the selector with; never trained on.
    pub judged: &'a [Judgment],
    /// Who selects.
    pub selector: Selector<'a>,
    /// Criticises what the policy says in later rounds; without it they refine the same responses again.
    pub critic: Option<&'a Criticises<'a>>,
    /// The tokens that end a response.
    pub ends: &'a [u32],
}

impl Selector<'_> {
    /// A score for each refinement; `None` where this selector has none to give.
    pub fn scores(&self, asked: &[(&Critiqued, &[u32])]) -> Option<Vec<f64>> {
        match self {
            Self::RewardModel(model) => {
                let sequences: Vec<Sequence> = asked
                    .iter()
                    .map(|(example, refinement)| Sequence::new(&example.ask, refinement))
                    .collect();
                let scores = model.score(&sequences, AT_ONCE);
                Some(scores.into_iter().map(f64::from).collect())
            }
            Self::Questions(model, questions) => {
                let put: Vec<Vec<Question>> = asked.iter().map(|(e, r)| questions(e, r)).collect();
                let sequences: Vec<Sequence> = put
                    .iter()
                    .flatten()
                    .flat_map(|it| [it.yes, it.no].map(|said| Sequence::new(&it.tokens, &[said])))
                    .collect();
                let mut answers = log_probs_of(model, &sequences, AT_ONCE)
                    .into_iter()
                    .map(|one| f64::from(one.first().copied().unwrap_or(f32::MIN)));
                let mut next = || answers.next().unwrap_or(f64::MIN);
                let mut of_one = |questions: &Vec<Question>| {
                    let mut share = || {
                        let (yes, no) = (next(), next());
                        // P(yes) / (P(yes) + P(no))
                        1.0 / (1.0 + (no - yes).exp())
                    };
                    mean(&questions.iter().map(|_| share()).collect::<Vec<f64>>())
                };
                Some(put.iter().map(&mut of_one).collect())
            }
            Self::Person(_) | Self::People(_) | Self::Random => None,
        }
    }

    /// How often it prefers the refinement that heeds the critique; `None` where it gives no scores, or
    /// there are no judgments of both kinds.
    pub fn accuracy(&self, judged: &[Judgment]) -> Option<Preferring> {
        let asked: Vec<(&Critiqued, &[u32])> = judged
            .iter()
            .map(|it| (&it.of, it.refinement.as_slice()))
            .collect();
        let scores = self.scores(&asked)?;
        let mut groups: BTreeMap<&[u32], Vec<(f64, bool)>> = BTreeMap::new();
        for (it, score) in judged.iter().zip(scores) {
            groups
                .entry(&it.of.refine)
                .or_default()
                .push((score, it.heeds));
        }
        let groups: Vec<_> = groups.into_values().collect();
        preferring(&groups, &mut Random::seeded(0))
    }
}

/// Samples refinements of each example from `π_ref`; those that did not come to an end are left out where
/// others did.
pub fn refinements(
    refiner: &Llama,
    examples: &[Critiqued],
    sampling: &Sampling,
    seed: u64,
) -> Candidates {
    let asked: Vec<Vec<u32>> = examples.iter().map(|it| it.refine.clone()).collect();
    let mut whole = vec![Vec::new(); examples.len()];
    let mut cut = whole.clone();
    for said in generate(refiner, &asked, sampling, seed, &mut |_| {
        ControlFlow::Continue(())
    }) {
        let place = if said.finish == Finish::End {
            &mut whole
        } else {
            &mut cut
        };
        place[said.prompt].push(said.tokens);
    }
    let either = |(whole, cut): (Vec<_>, Vec<_>)| if whole.is_empty() { cut } else { whole };
    whole.into_iter().zip(cut).map(either).collect()
}

/// Chooses one refinement of each example, if there is one to choose.
pub fn select(
    selector: &Selector<'_>,
    examples: &[Critiqued],
    candidates: &[Vec<Vec<u32>>],
    seed: u64,
) -> Vec<Option<usize>> {
    let asked: Vec<(&Critiqued, &[u32])> = examples
        .iter()
        .zip(candidates)
        .flat_map(|(example, all)| all.iter().map(move |one| (example, one.as_slice())))
        .collect();
    let scores = selector.scores(&asked);
    let mut random = Random::seeded(seed);
    let mut from = 0;
    examples
        .iter()
        .zip(candidates)
        .map(|(example, all)| {
            let range = from..from + all.len();
            from = range.end;
            match (selector, &scores) {
                (Selector::Person(choose), _) => choose(example, all).filter(|&n| n < all.len()),
                (Selector::People(_), _) => (!all.is_empty()).then_some(0),
                (_, Some(scores)) => {
                    let own = &scores[range];
                    (0..own.len()).reduce(|a, b| if own[b] > own[a] { b } else { a })
                }
                (_, None) => (!all.is_empty()).then(|| random.below(all.len())),
            }
        })
        .collect()
}

/// Refines, selects and fine-tunes, as many rounds as the settings say. `base` also is `π_ref`, which refines.
///
/// A run that goes on after a pause samples again, which gives the same, and takes up the round's fine-tuning at
/// its last checkpoint.
///
/// # Errors
/// Too few critiques, or as [`super::sft::train`].
pub fn train(
    base: Llama,
    feedback: &Feedback<'_>,
    settings: &Settings,
    mut session: Session<'_>,
) -> Result<Trained<Llama>> {
    enough("responses with a critique", feedback.examples.len())?;
    let seed = settings.integer("seed") as u64;
    let sampling = Sampling {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a temperature needs no more digits"
        )]
        temperature: settings.real("temperature") as f32,
        max_tokens: settings.integer("max_new_tokens"),
        samples: settings.integer("samples"),
        ends: feedback.ends.to_vec(),
        ..Sampling::default()
    };
    let gate = feedback.selector.accuracy(feedback.judged);
    let (selector, sentence) = gated(&feedback.selector, gate.as_ref());
    (session.tell)(Event::Notice(sentence.clone()));
    let rounds = Rounds::new(settings);
    let mut examples = feedback.examples.to_vec();
    let mut policy = base.clone();
    let mut at = rounds.first();
    loop {
        let seed = seed.wrapping_add(at.round as u64);
        let sample = || refinements(&base, &examples, &sampling, seed);
        let candidates = match selector {
            Selector::People(ask) => ask(at.round, &sample)?,
            _ => sample(),
        };
        let chosen = select(selector, &examples, &candidates, seed);
        let learnt: Vec<Demonstration> = examples
            .iter()
            .zip(candidates.iter().zip(chosen))
            .filter_map(|(example, (all, chosen))| {
                Some(Demonstration {
                    prompt: example.prompt,
                    sequence: Sequence::new(&example.ask, &all[chosen?]),
                })
            })
            .collect();
        let values = gate
            .iter()
            .map(|it| (SELECTOR_ACCURACY.to_owned(), it.accuracy));
        at.tell(&mut session, values.collect())?;
        let (mut trained, last) = at.fine_tune(policy, &learnt, settings, &mut session)?;
        if last {
            trained.card.method = Method::Ilf;
            trained
                .card
                .outcome
                .figures
                .extend(gate.as_ref().map(figure));
            trained.card.outcome.remarks.push(sentence);
            return Ok(trained);
        }
        policy = trained.model;
        examples = criticised(&policy, feedback, &sampling, seed);
    }
}

/// The selector, if it may filter; else chance. And the sentence that says so.
fn gated<'a>(selector: &'a Selector<'a>, gate: Option<&Preferring>) -> (&'a Selector<'a>, String) {
    match (selector, gate) {
        (Selector::Random, _) => (selector, "Refinements are chosen by chance.".into()),
        (Selector::Person(_) | Selector::People(_), _) => {
            (selector, "People chose the refinements.".into())
        }
        (_, None) => (
            &Selector::Random,
            "The selector was not used: there are no judged refinements to measure it with. Refinements are chosen by chance.".into(),
        ),
        (_, Some(gate)) => {
            let (low, high) = (gate.interval.low, gate.interval.high);
            let found = format!(
                "The selector prefers the refinement that heeds the critique in {:.1} % of {} comparisons (95 % interval {:.1} to {:.1} %)",
                100.0 * gate.accuracy, gate.of, 100.0 * low, 100.0 * high
            );
            if gate.beats_chance() {
                (selector, format!("{found}, and chooses."))
            } else {
                (&Selector::Random, format!("{found}, which is not above chance: refinements are chosen at random."))
            }
        }
    }
}

fn figure(gate: &Preferring) -> Figure {
    Figure {
        name: SELECTOR_ACCURACY.into(),
        value: gate.accuracy,
        interval: Some(gate.interval),
        of: gate.of,
        baselines: vec![Baseline {
            name: "chance".into(),
            value: 0.5,
        }],
    }
}

/// What the policy says now, criticised; where nobody does, the same examples again.
fn criticised(
    policy: &Llama,
    feedback: &Feedback<'_>,
    sampling: &Sampling,
    seed: u64,
) -> Vec<Critiqued> {
    let Some(critic) = feedback.critic else {
        return feedback.examples.to_vec();
    };
    let asked: Vec<Vec<u32>> = feedback.examples.iter().map(|it| it.ask.clone()).collect();
    let one = Sampling {
        samples: 1,
        ..sampling.clone()
    };
    generate(policy, &asked, &one, seed ^ 0x5EED, &mut |_| {
        ControlFlow::Continue(())
    })
    .into_iter()
    .filter_map(|said| critic(&feedback.examples[said.prompt], &said.tokens))
    .collect()
}
