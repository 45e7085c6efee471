//! Experiment A: learning from the words of a critique, against its controls.

use super::Experiment;
use super::arms::{BASE, GOLD, IMITATION_RATE, OWN, World, in_session};
use super::claims::{CHANCE, Claim, Outcome, bad, extra, reward};
use domain::method::Method;
use domain::simulate::words::{Token, control, heeds};
use learn::data::{Demonstration, Sequence};
use learn::generate::Sampling;
use learn::methods::ilf::{Critiqued, Judgment, Question, Selector, refinements, select};
use learn::methods::sft;
use learn::models::Llama;
use learn::world::{LONGEST, said};
use std::time::Instant;

const RANDOM: &str = "ILF, random refinement";
const ITSELF: &str = "ILF, asks itself (gated)";
const TRAINED: &str = "ILF, trained selector (gated)";
const PERSON: &str = "ILF, a person selects";

pub(super) const ACCURACY: &str = "selector accuracy";
const CHOSEN: &str = "heeding share of what was learnt";

pub(super) const EXPERIMENT: Experiment = Experiment {
    id: "ilf",
    title: "A. Learning from critiques (ILF)",
    about: "Scheurer et al. 2023. The critique names the bad words of a response; five refinements are sampled from the base, one is selected, the policy learns to say it at once. A trained selector is the base fine-tuned on judgments of other critiques’ refinements; its accuracy is measured on judgments it was not trained on, and below chance it may not select (then the arm equals the random one). methods.md, section 5.2 A: SFT on own samples < on a random refinement < on a selected one ≤ on people’s refinements, in the share of bad words; the selector’s accuracy is shown first.",
    claims: &[
        Claim {
            words: "a trained selector is better than chance",
            one: extra(TRAINED, ACCURACY),
            other: CHANCE,
        },
        Claim {
            words: "a random refinement leaves fewer bad words than own samples",
            one: bad(OWN),
            other: bad(RANDOM),
        },
        Claim {
            words: "the trained selector learns from more refinements that heed than chance does",
            one: extra(TRAINED, CHOSEN),
            other: extra(RANDOM, CHOSEN),
        },
        Claim {
            words: "a selected refinement gives more reward than a random one",
            one: reward(TRAINED),
            other: reward(RANDOM),
        },
        Claim {
            words: "ILF with a trained selector gives more reward than the base",
            one: reward(TRAINED),
            other: reward(BASE),
        },
        Claim {
            words: "people’s refinements give at least as much reward as selected ones",
            one: reward(GOLD),
            other: reward(TRAINED),
        },
    ],
    run,
};

/// Refinements sampled for each critique, as in the paper.
const SAMPLES: usize = 5;

/// A criticised response and the words it should lose.
type Case = (Critiqued, Vec<Token>);

fn run(world: &World) -> anyhow::Result<Vec<Outcome>> {
    let critiqued = world.feedback.critiques();
    // a third of the critiques is for the selector: people judge refinements of them
    let (for_selector, cases) = critiqued.split_at(critiqued.len() / 3);
    let judged = judgments(world, for_selector);
    // half of the judgments train it, half measure it
    let (training, measuring) = judged.split_at(judged.len() / 2);
    let (verifier, seconds) = verifier(world, training)?;

    let examples: Vec<Critiqued> = cases.iter().map(|it| it.0.clone()).collect();
    let candidates = refinements(&world.base, &examples, &sampling(), world.seed);
    let own = demonstrations(cases, |case| Some(case.0.response.clone()));
    let gold = world.feedback.refinements();
    let gold: Vec<Demonstration> = gold
        .into_iter()
        .filter(|it| examples.iter().any(|example| example.prompt == it.prompt))
        .collect();
    let right_one = |example: &Critiqued, all: &[Vec<u32>]| {
        let case = cases.iter().find(|case| case.0.prompt == example.prompt)?;
        Some(all.iter().position(|it| heeded(case, it)).unwrap_or(0))
    };

    let mut arms = vec![world.base()?, world.imitate(OWN, &own)?];
    for (name, selector, seconds) in [
        (RANDOM, Selector::Random, 0.0),
        (ITSELF, Selector::Questions(&world.base, &question), 0.0),
        (TRAINED, Selector::Questions(&verifier, &question), seconds),
        (PERSON, Selector::Person(&right_one), 0.0),
    ] {
        let accuracy = selector.accuracy(measuring);
        let refused = accuracy.is_some_and(|it| !it.beats_chance());
        let used = if refused {
            &Selector::Random
        } else {
            &selector
        };
        let chosen = select(used, &examples, &candidates, world.seed);
        let mut places = chosen.iter().zip(&candidates);
        let learnt = demonstrations(cases, |_| {
            let (chosen, all) = places.next()?;
            all.get((*chosen)?).cloned()
        });
        let right =
            cases
                .iter()
                .zip(chosen.iter().zip(&candidates))
                .filter(|(case, (chosen, all))| {
                    chosen
                        .and_then(|n| all.get(n))
                        .is_some_and(|it| heeded(case, it))
                });
        let share = right.count() as f64 / cases.len().max(1) as f64;
        let mut arm = world.imitate(name, &learnt)?;
        arm.seconds += seconds;
        arm.extra.insert(CHOSEN.into(), share);
        if let Some(it) = accuracy {
            arm.extra.insert(ACCURACY.into(), it.accuracy);
            arm.extra
                .insert("selector was used".into(), f64::from(u8::from(!refused)));
        }
        arms.push(arm);
    }
    arms.push(world.imitate(GOLD, &gold)?);
    Ok(arms)
}

fn sampling() -> Sampling {
    Sampling {
        max_tokens: LONGEST,
        samples: SAMPLES,
        ends: vec![control::EOS],
        rows: 128,
        ..Sampling::default()
    }
}

fn demonstrations(
    cases: &[Case],
    mut response: impl FnMut(&Case) -> Option<Vec<u32>>,
) -> Vec<Demonstration> {
    cases
        .iter()
        .filter_map(|case| {
            Some(Demonstration {
                prompt: case.0.prompt,
                sequence: Sequence::new(&case.0.ask, &response(case)?),
            })
        })
        .collect()
}

/// Whether a refinement takes exactly the named words out.
fn heeded((critiqued, remove): &Case, refinement: &[u32]) -> bool {
    heeds(said(&critiqued.response), remove, said(refinement))
}

/// The world's one wording: the request for a refinement, turned into the question about one.
fn question(of: &Critiqued, refinement: &[u32]) -> Vec<Question> {
    let about = &of.refine[..of.refine.len().saturating_sub(1)];
    let tokens = [
        about,
        &[control::REFINED],
        said(refinement),
        &[control::VERIFY],
    ]
    .concat();
    vec![Question {
        tokens,
        yes: control::YES,
        no: control::NO,
    }]
}

/// Refinements of these cases as the base makes them, each judged by a person.
fn judgments(world: &World, cases: &[Case]) -> Vec<Judgment> {
    let examples: Vec<Critiqued> = cases.iter().map(|it| it.0.clone()).collect();
    let candidates = refinements(&world.base, &examples, &sampling(), world.seed ^ 0xA11);
    let of_case = |(case, all): (&Case, Vec<Vec<u32>>)| {
        let judge = |refinement: Vec<u32>| Judgment {
            of: case.0.clone(),
            heeds: heeded(case, &refinement),
            refinement,
        };
        all.into_iter().map(judge).collect::<Vec<_>>()
    };
    cases.iter().zip(candidates).flat_map(of_case).collect()
}

/// The base, fine-tuned to answer the question as people did; and how long that took.
fn verifier(world: &World, judged: &[Judgment]) -> anyhow::Result<(Llama, f64)> {
    let begun = Instant::now();
    let examples: Vec<Demonstration> = judged
        .iter()
        .flat_map(|it| {
            question(&it.of, &it.refinement).into_iter().map(|asked| {
                let verdict = if it.heeds { asked.yes } else { asked.no };
                Demonstration {
                    prompt: it.of.prompt,
                    sequence: Sequence::new(&asked.tokens, &[verdict, control::EOS]),
                }
            })
        })
        .collect();
    let settings = world.settings(Method::Sft, IMITATION_RATE, examples.len());
    let trained =
        in_session(|session| sft::train(world.base.clone(), &examples, &settings, session))?;
    Ok((trained.model, begun.elapsed().as_secs_f64()))
}
