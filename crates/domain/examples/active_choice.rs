//! Does choosing what to ask next save labels? Simulated annotators with a known rule answer; each policy
//! starts from nothing and chooses its next eight comparisons from what it has learned so far; accuracy is
//! measured on prompts that are never asked about, against the rule itself.
//!
//!     cargo run --release -p touchstone-domain --example active_choice [-- SEEDS [FILE]]
//!
//! FILE: a JSON list of objects with `question`, `prediction 1` … `prediction 4`: the same rules over real
//! texts. Prints Markdown.

use domain::live::{
    Arm, Candidate, Ensemble, EnsembleOptions, HeadOptions, Order, Outcome, Pairs, choose,
    choose_ridge, features,
};
use domain::simulate::{Rule, words};
use domain::stats::{Interval, Random, bootstrap};
use std::time::Instant;

/// Prompts of a world; a quarter of them is only measured on.
const PROMPTS: usize = 400;
const RESPONSES: usize = 4;
/// Answers between two fits.
const BATCH: usize = 8;
const LABELS: usize = 400;
/// How often an annotator says the opposite.
const NOISE: f64 = 0.25;
const POLICIES: [Order; 4] = [
    Order::Random,
    Order::Disagreement,
    Order::Information,
    Order::Diversity,
];

/// Responses with their features and what they are worth.
struct World {
    prompts: Vec<Vec<(Vec<f32>, f64)>>,
}

/// Lists of words; responses drop some; worth is the word-removal world's true reward.
fn removal(seed: u64) -> World {
    let mut random = Random::seeded(seed);
    let setup = words::Setup::LONGER;
    let prompts = (0..PROMPTS).map(|_| {
        let prompt = words::prompt(setup, &mut random);
        let asked = words::text(&prompt);
        let responses = (0..RESPONSES).map(|_| {
            let keep = random.unit();
            let response: Vec<words::Token> = prompt
                .iter()
                .copied()
                .filter(|&token| random.chance(if words::is_bad(token) { keep } else { 0.85 }))
                .collect();
            let found = features::hashed(&asked, &words::text(&response));
            (found, words::reward(&prompt, &response))
        });
        responses.collect()
    });
    World {
        prompts: prompts.collect(),
    }
}

/// Real texts, or lists of forty common words each; worth is the hidden worth of every word.
fn hidden(seed: u64, texts: Option<&[Vec<String>]>) -> World {
    let mut random = Random::seeded(seed).fork(1);
    let rule = Rule::Hidden { seed };
    let prompts = (0..PROMPTS).filter_map(|n| {
        let texts = match texts {
            Some(texts) => texts.get(n)?.clone(),
            None => (0..=RESPONSES).map(|_| list(&mut random)).collect(),
        };
        let (asked, responses) = texts.split_first()?;
        let responses = responses.iter().map(|text| {
            let worth = rule.worth(text, None).unwrap_or(0.0);
            (features::hashed(asked, text), worth)
        });
        Some(responses.collect())
    });
    World {
        prompts: prompts.collect(),
    }
}

/// A pool in which most is alike: nine of ten prompts use six words only, the others, and all that is
/// measured, sixty. Here a policy that sees what it does not know should win: a control of the experiment.
fn uneven(seed: u64) -> World {
    let mut random = Random::seeded(seed).fork(4);
    let rule = Rule::Hidden { seed };
    let prompts = (0..PROMPTS).map(|n| {
        let narrow = n >= PROMPTS / 4 && random.chance(0.9);
        let many = if narrow { 6 } else { 60 };
        let responses = (0..RESPONSES).map(|_| {
            let words: Vec<String> = (0..8).map(|_| format!("w{}", random.below(many))).collect();
            let text = words.join(" ");
            let worth = rule.worth(&text, None).unwrap_or(0.0);
            (features::hashed("", &text), worth)
        });
        responses.collect()
    });
    World {
        prompts: prompts.collect(),
    }
}

/// Forty words whose frequencies fall as in real text (Zipf): a few are everywhere, many are rare.
fn list(random: &mut Random) -> String {
    let words: Vec<String> = (0..40)
        .map(|_| {
            let most = random.below(800);
            let fewer = random.below(1 + most);
            let rank = random.below(1 + fewer);
            format!("w{rank}")
        })
        .collect();
    words.join(" ")
}

/// A policy's accuracy after 0, 8, 16 … labels.
fn run(world: &World, policy: Order, seed: u64) -> Vec<f64> {
    let measured = world.prompts.len() / 4;
    let mut open = Vec::new();
    for (prompt, responses) in world.prompts.iter().enumerate().skip(measured) {
        for a in 0..responses.len() {
            for b in 0..a {
                // an annotator cannot say which of two equals is better
                if responses[a].1.to_bits() != responses[b].1.to_bits() {
                    open.push((prompt, b, a));
                }
            }
        }
    }
    // who errs about what does not depend on the policy
    let slips = Random::seeded(seed).fork(2);
    let mut answered = Pairs::new(features::DIMENSIONS);
    let mut ensemble: Option<Ensemble> = None;
    let mut options = EnsembleOptions {
        seed,
        ..EnsembleOptions::default()
    };
    let mut curve = vec![0.5];
    let mut random = Random::seeded(seed).fork(3);
    while answered.len() < LABELS && !open.is_empty() {
        // as in the product, a bounded number of candidates is looked at
        random.shuffle(&mut open);
        let looked: Vec<(usize, usize, usize)> = open.iter().copied().take(400).collect();
        let candidates: Vec<Candidate<'_>> = looked
            .iter()
            .map(|&(prompt, a, b)| Candidate {
                prompt: prompt as u64,
                arm: Arm::Policy,
                responses: [a, b].map(|n| (prompt * RESPONSES + n) as u64),
                features: [a, b].map(|n| world.prompts[prompt][n].0.as_slice()),
            })
            .collect();
        let known = ensemble.as_ref().filter(|_| answered.len() >= 16);
        let chosen = choose(
            policy,
            &candidates,
            known,
            &answered,
            0,
            BATCH,
            random.bits(),
        );
        for it in chosen {
            let (prompt, a, b) = looked[it.candidate];
            let [first, second] = [a, b].map(|n| &world.prompts[prompt][n]);
            let mut slip = slips.fork(((prompt * 16 + a) * 16 + b) as u64);
            let better = (first.1 > second.1) != slip.chance(NOISE);
            let outcome = if better {
                Outcome::First(1)
            } else {
                Outcome::Second(1)
            };
            answered.push(&first.0, &second.0, outcome, prompt as u64);
            open.retain(|it| *it != (prompt, a, b));
        }
        if (answered.len() / BATCH).is_power_of_two() {
            options.head.ridge = choose_ridge(&answered, HeadOptions::default(), seed);
        }
        let fitted = Ensemble::fit(&answered, options, ensemble.as_ref());
        curve.push(accuracy(&world.prompts[..measured], &fitted));
        ensemble = Some(fitted);
    }
    curve
}

/// The share of measured pairs that the model orders as the rule does.
fn accuracy(prompts: &[Vec<(Vec<f32>, f64)>], ensemble: &Ensemble) -> f64 {
    let (mut right, mut of) = (0.0, 0.0);
    for responses in prompts {
        for (n, one) in responses.iter().enumerate() {
            for other in &responses[..n] {
                if one.1.to_bits() != other.1.to_bits() {
                    let expected = ensemble.main.score(&one.0) > ensemble.main.score(&other.0);
                    right += f64::from(expected == (one.1 > other.1));
                    of += 1.0;
                }
            }
        }
    }
    right / of
}

/// The labels after which a curve, smoothed over five points, first reaches `goal`.
fn reaches(curve: &[f64], goal: f64) -> Option<f64> {
    let smooth = |n: usize| {
        let around = &curve[n.saturating_sub(2)..curve.len().min(n + 3)];
        around.iter().sum::<f64>() / around.len() as f64
    };
    let at = (0..curve.len()).find(|&n| smooth(n) >= goal)?;
    let (before, there) = (smooth(at.saturating_sub(1)), smooth(at));
    let part = if there > before {
        (goal - before) / (there - before)
    } else {
        1.0
    };
    Some((at as f64 - 1.0 + part).max(0.0) * BATCH as f64)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn over_seeds(values: &[f64]) -> Option<Interval> {
    bootstrap(values.len(), 2000, &mut Random::seeded(1), |drawn| {
        Some(drawn.iter().map(|&n| values[n]).sum::<f64>() / drawn.len() as f64)
    })
}

fn with_interval(values: &[f64], digits: usize) -> String {
    let interval =
        over_seeds(values).map(|it| format!(" ({:.digits$} to {:.digits$})", it.low, it.high));
    format!("{:.digits$}{}", mean(values), interval.unwrap_or_default())
}

fn report(name: &str, worlds: &[World]) {
    let begun = Instant::now();
    let curves: Vec<Vec<Vec<f64>>> = POLICIES
        .iter()
        .map(|&policy| {
            (1_u64..)
                .zip(worlds)
                .map(|(seed, world)| run(world, policy, seed))
                .collect()
        })
        .collect();
    let spent = begun.elapsed().as_secs_f64();
    println!("\n## {name}\n");
    println!("{} seeds, {spent:.0} s for all of it.\n", worlds.len());
    let at = [40, 80, 120, 200, 280, 400];
    let heads: Vec<String> = at.iter().map(|n| format!(" {n} labels |")).collect();
    println!(
        "| policy |{}\n|---|{}",
        heads.concat(),
        "---|".repeat(at.len())
    );
    for (policy, curves) in POLICIES.iter().zip(&curves) {
        let cells: Vec<String> = at
            .iter()
            .map(|n| {
                let values: Vec<f64> = curves
                    .iter()
                    .map(|curve| curve[n / BATCH] * 100.0)
                    .collect();
                format!(" {} % |", with_interval(&values, 1))
            })
            .collect();
        println!("| {} |{}", policy.name(), cells.concat());
    }
    println!(
        "\nLabels with which a policy's mean curve reaches what random's reaches with {LABELS}, as a share of {LABELS} \
         (1.00 also stands for never; intervals by bootstrap over seeds):\n"
    );
    println!("| policy | share of random's labels |\n|---|---|");
    for (policy, own) in POLICIES.iter().zip(&curves).skip(1) {
        let share = |drawn: &[usize]| -> f64 {
            let random = mean_curve(&curves[0], drawn);
            let goal = mean(&random[random.len() - 5..]);
            reaches(&mean_curve(own, drawn), goal).map_or(1.0, |labels| labels / LABELS as f64)
        };
        let all: Vec<usize> = (0..own.len()).collect();
        let draws = &mut Random::seeded(1);
        let interval = bootstrap(own.len(), 2000, draws, |drawn| Some(share(drawn)));
        let words = interval.map(|it| format!(" ({:.2} to {:.2})", it.low, it.high));
        let share = share(&all);
        println!(
            "| {} | {share:.2}{} |",
            policy.name(),
            words.unwrap_or_default()
        );
    }
}

/// The mean of these seeds' curves.
fn mean_curve(curves: &[Vec<f64>], seeds: &[usize]) -> Vec<f64> {
    (0..curves[0].len())
        .map(|at| seeds.iter().map(|&seed| curves[seed][at]).sum::<f64>() / seeds.len() as f64)
        .collect()
}

fn texts(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let items: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a JSON list");
    let names = [
        "question",
        "prediction 1",
        "prediction 2",
        "prediction 3",
        "prediction 4",
    ];
    items
        .iter()
        .map(|item| {
            names
                .map(|name| item[name].as_str().unwrap_or_default().to_owned())
                .into()
        })
        .collect()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seeds: u64 = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(5);
    let build = |make: &dyn Fn(u64) -> World| (1..=seeds).map(make).collect::<Vec<World>>();
    report("Word removal", &build(&removal));
    report(
        "A hidden worth of every word, Zipf's lists",
        &build(&|seed| hidden(seed, None)),
    );
    report("A pool in which most is alike", &build(&uneven));
    if let Some(path) = arguments.next() {
        let texts = texts(&path);
        let name = "A hidden worth of every word, real answers to questions";
        report(name, &build(&|seed| hidden(seed, Some(&texts))));
    }
}
