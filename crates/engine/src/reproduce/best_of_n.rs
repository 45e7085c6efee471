//! Experiment C: a reward model, best of n, its over-optimisation, expert iteration.

use super::Experiment;
use super::arms::{BASE, IMITATION_RATE, World, in_session};
use super::claims::{CHANCE, Claim, Outcome, ZERO, extra, sampled};
use domain::method::{Method, Value};
use domain::simulate::words::{Setup, control, prompt, reward};
use domain::stats::Random;
use learn::data::{Pair, Sequence};
use learn::evaluate::length_baseline;
use learn::generate::Sampling;
use learn::methods::best_of_n::{Asked, Candidates, candidates, curve, train};
use learn::methods::reward_model;
use learn::models::RewardModel;
use learn::world::{LONGEST, ask, feedback, said};
use std::cmp::Ordering;
use std::time::Instant;

const RM: &str = "best of n by a reward model (25 % flipped)";
const RM_CLEAN: &str = "best of n by a reward model (clean)";
const EXPERT: &str = "expert iteration, reward model (25 % flipped)";
const ORACLE: &str = "expert iteration, true reward";
const CHANCE_ARM: &str = "expert iteration, random winner";

const ACCURACY: &str = "reward model accuracy, held out";
const LENGTH: &str = "length-only accuracy, held out";
const FOUR: &str = "gain of best of 4";
const PEAK: &str = "greatest gain over n less gain at n = 16";
const GAP: &str = "growth of the gap to the oracle from n = 2 to 16";

pub(super) const EXPERIMENT: Experiment = Experiment {
    id: "best-of-n",
    title: "C. Reward model, best of n, over-optimisation, expert iteration",
    about: "A Bradley-Terry reward model learns from three pairs of random samples for each prompt; a sixth of the prompts is held out, and it learns for as long as the held-out loss falls, for six times the steps of other arms at most. It then picks among n samples for prompts it has not seen; the true reward of its choice is compared with that of the best possible choice, for n = 1 … 16, averaged over all choices of n among 24 samples. Expert iteration fine-tunes on the winners of six. methods.md, section 5.2 C: the curve rises, then saturates or falls below the oracle; KL is at most log n − (n − 1)/n.",
    claims: &[
        Claim {
            words: "the reward model beats chance on held-out pairs",
            one: extra(RM, ACCURACY),
            other: CHANCE,
        },
        Claim {
            words: "the reward model beats length alone on held-out pairs",
            one: extra(RM, ACCURACY),
            other: extra(RM, LENGTH),
        },
        Claim {
            words: "best of 4 is worth more than one sample",
            one: extra(RM, FOUR),
            other: ZERO,
        },
        Claim {
            words: "its gap to the best possible choice grows with n",
            one: extra(RM, GAP),
            other: ZERO,
        },
        Claim {
            words: "the true reward falls again before n = 16 (over-optimisation)",
            one: extra(RM, PEAK),
            other: ZERO,
        },
        Claim {
            words: "expert iteration’s samples are worth more than the base’s",
            one: sampled(EXPERT),
            other: sampled(BASE),
        },
        Claim {
            words: "and more than those after fine-tuning on random winners",
            one: sampled(EXPERT),
            other: sampled(CHANCE_ARM),
        },
    ],
    run,
};

/// A reward model may take so many times the steps of other fine-tunings.
const LONGER: i64 = 6;

const SIZES: [usize; 5] = [1, 2, 4, 8, 16];

fn run(world: &World) -> anyhow::Result<Vec<Outcome>> {
    let held_out = feedback(&world.base, &world.test.prompts, 2, world.seed ^ 0xBEEF);
    let held_out = held_out.random_pairs(1, 0.0, world.seed);
    let mut arms = world.controls()?;
    let sampled = samples(world);
    let mut noisy = None;
    for (arm, flip) in [(RM_CLEAN, 0.0), (RM, 0.25)] {
        let begun = Instant::now();
        let pairs = world.feedback.random_pairs(3, flip, world.seed);
        // as long as it gets better on pairs that are held out: with too few steps it knows little more than length,
        // with too many it repeats its pairs
        let settings = world.settings(Method::RewardModel, IMITATION_RATE, pairs.len());
        let epochs = settings.integer("epochs");
        let settings = settings
            .with("epochs", Value::Integer(LONGER * i64::try_from(epochs)?))
            .with("held_out", Value::Real(1.0 / 6.0))
            .with("evaluate_every", Value::Integer(16))
            .with("patience", Value::Integer(6));
        let model = in_session(|session| {
            reward_model::train(world.base.clone(), &pairs, &settings, session)
        })?
        .model;
        let seconds = begun.elapsed().as_secs_f64();
        // best of n changes the choice, not the policy: the policy's own numbers stand in its row
        let mut outcome = world.outcome(arm, &world.base, seconds);
        outcome.extra.extend(accuracies(&model, &held_out));
        outcome.extra.extend(gains(&sampled, &model));
        arms.push(outcome);
        noisy = Some(model);
    }
    let by_model = |sequences: &[Sequence]| -> Vec<f64> {
        let scores = noisy.as_ref().map(|model| model.score(sequences, 128));
        scores
            .unwrap_or_default()
            .into_iter()
            .map(f64::from)
            .collect()
    };
    let chance = |sequences: &[Sequence]| -> Vec<f64> {
        let mut random = Random::seeded(world.seed);
        sequences.iter().map(|_| random.unit()).collect()
    };
    arms.push(iterate(world, EXPERT, &by_model)?);
    arms.push(iterate(world, ORACLE, &truth)?);
    arms.push(iterate(world, CHANCE_ARM, &chance)?);
    Ok(arms)
}

/// The true reward of sequences.
fn truth(sequences: &[Sequence]) -> Vec<f64> {
    let of_one = |it: &Sequence| reward(&it.tokens[1..it.prompt - 1], said(it.response()));
    sequences.iter().map(of_one).collect()
}

/// How often the model, and length alone, prefer the better one of held-out pairs.
fn accuracies(model: &RewardModel, pairs: &[Pair]) -> [(String, f64); 2] {
    let score = |side: fn(&Pair) -> &Sequence| {
        let sequences: Vec<Sequence> = pairs.iter().map(|pair| side(pair).clone()).collect();
        model.score(&sequences, 128)
    };
    let (chosen, rejected) = (score(|pair| &pair.chosen), score(|pair| &pair.rejected));
    // a model that cannot tell two apart is right half the time, not never
    let points = |(c, r): (&f32, &f32)| match c.partial_cmp(r) {
        Some(Ordering::Greater) => 1.0,
        Some(Ordering::Equal) => 0.5,
        _ => 0.0,
    };
    let right: f64 = chosen.iter().zip(&rejected).map(points).sum();
    let lengths: Vec<(usize, usize)> = pairs
        .iter()
        .map(|pair| (pair.chosen.response().len(), pair.rejected.response().len()))
        .collect();
    [
        (ACCURACY.into(), right / pairs.len().max(1) as f64),
        (
            LENGTH.into(),
            length_baseline(&lengths).map_or(0.5, |share| share.value),
        ),
    ]
}

/// Samples for prompts of their own, with their true rewards.
fn samples(world: &World) -> Vec<Candidates> {
    let mut random = Random::seeded(world.seed).fork(4);
    let prompts: Vec<Asked> = (0..world.scale.test as u64)
        .map(|number| Asked {
            prompt: number,
            tokens: ask(&prompt(Setup::USUAL, &mut random)),
        })
        .collect();
    let sampling = Sampling {
        max_tokens: LONGEST,
        samples: world.scale.curve,
        ends: vec![control::EOS],
        rows: 128,
        ..Sampling::default()
    };
    candidates(&world.base, &prompts, &sampling, &truth, world.seed)
}

/// The curve of best of n by this model.
fn gains(sampled: &[Candidates], model: &RewardModel) -> Vec<(String, f64)> {
    let flat: Vec<Sequence> = sampled.iter().flat_map(|it| it.sequences.clone()).collect();
    let mut scores = model.score(&flat, 128).into_iter().map(f64::from);
    let both: Vec<Vec<(f64, f64)>> = sampled
        .iter()
        .map(|it| {
            scores
                .by_ref()
                .zip(it.rewards.iter().copied())
                .take(it.rewards.len())
                .collect()
        })
        .collect();
    let points = curve(&both, &SIZES);
    let mut numbers = Vec::new();
    for point in &points {
        numbers.push((format!("n = {:02}: true reward", point.n), point.truth));
        numbers.push((format!("n = {:02}: best possible", point.n), point.oracle));
        numbers.push((format!("n = {:02}: KL at most", point.n), point.kl_bound));
    }
    let gain = |n: usize| {
        points
            .iter()
            .find(|p| p.n == n)
            .map_or(0.0, |p| p.truth - points[0].truth)
    };
    let gap = |n: usize| {
        points
            .iter()
            .find(|p| p.n == n)
            .map_or(0.0, |p| p.oracle - p.truth)
    };
    let before = SIZES[..4].iter().map(|&n| gain(n)).fold(f64::MIN, f64::max);
    numbers.push((FOUR.into(), gain(4)));
    numbers.push((PEAK.into(), before - gain(16)));
    numbers.push((GAP.into(), gap(16) - gap(2)));
    numbers
}

fn iterate(
    world: &World,
    arm: &str,
    reward: &dyn Fn(&[Sequence]) -> Vec<f64>,
) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let prompts: Vec<Asked> = (0..)
        .zip(&world.feedback.prompts)
        .map(|(prompt, it)| Asked {
            prompt,
            tokens: ask(&it.prompt),
        })
        .collect();
    let whole = |value: usize| Value::Integer(i64::try_from(value).unwrap_or(1));
    let settings = world
        .settings(Method::BestOfN, IMITATION_RATE, prompts.len())
        .with("samples", whole(world.scale.samples))
        .with("rounds", Value::Integer(1))
        .with("temperature", Value::Real(1.0))
        .with("max_new_tokens", whole(LONGEST));
    let ends = [control::EOS];
    let trained = in_session(|session| {
        train(
            world.base.clone(),
            &prompts,
            reward,
            &ends,
            &settings,
            session,
        )
    })?;
    Ok(world.outcome(arm, &trained.model, begun.elapsed().as_secs_f64()))
}
