//! Does an encoder tell the live model more than words do? Real comparisons by people; a quarter of the prompts measures,
//! the model learns from so many answers about the others.
//!
//!     python3 scripts/live_features.py ANSWERS.json http://127.0.0.1:3001/v1 ENCODER > FILE
//!     cargo run --release -p touchstone-domain --example live_features -- FILE [SPLITS]
//!
//! FILE: a line of JSON for each prompt: `prompt`, `responses` (texts), `vectors` (one for each), `preferences`
//! (`[first, second, outcome]`: places among the responses; 1 the first is better, 2 the second, 0 a tie). Prints Markdown.

use domain::live::{Head, HeadOptions, Outcome, Pairs, choose_ridge, encoded, features};
use domain::stats::{Random, bootstrap};
use serde::Deserialize;
use std::ops::Range;

#[derive(Deserialize)]
struct Line {
    prompt: String,
    responses: Vec<String>,
    vectors: Vec<Vec<f64>>,
    preferences: Vec<(usize, usize, u8)>,
}

struct Known {
    /// Of each response: words, length and form, then the vector.
    features: Vec<Vec<f32>>,
    preferences: Vec<(usize, usize, u8)>,
}

const LABELS: [usize; 6] = [30, 60, 120, 300, 600, 1200];

fn read(path: &str) -> Vec<Known> {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    text.lines()
        .map(|line| {
            let it: Line = serde_json::from_str(line).expect("a prompt");
            let of = |(text, vector): (&String, &Vec<f64>)| {
                let mut found = features::hashed(&it.prompt, text);
                found.extend(encoded::block(vector).expect("a vector that says something"));
                found
            };
            Known {
                features: it.responses.iter().zip(&it.vectors).map(of).collect(),
                preferences: it.preferences,
            }
        })
        .collect()
}

/// The share of decided held-out comparisons that a head gets right which saw these features of so many answers.
fn accuracy(known: &[Known], order: &[usize], labels: usize, seen: &Range<usize>) -> f64 {
    let (measures, learns) = order.split_at(known.len() / 4);
    let mut pairs = Pairs::new(seen.len());
    let answers = learns.iter().flat_map(|&prompt| {
        let it = &known[prompt];
        it.preferences.iter().map(move |one| (prompt, it, one))
    });
    // one of each prompt first, as a queue would ask
    let mut answers: Vec<_> = answers.enumerate().collect();
    answers.sort_by_key(|(n, (_, it, _))| n % it.preferences.len());
    for (_, (prompt, it, (a, b, outcome))) in answers.into_iter().take(labels) {
        let outcome = match outcome {
            1 => Outcome::First(1),
            2 => Outcome::Second(1),
            _ => Outcome::Tie,
        };
        let of = |n: &usize| &it.features[*n][seen.clone()];
        pairs.push(of(a), of(b), outcome, prompt as u64);
    }
    let head = HeadOptions {
        ridge: choose_ridge(&pairs, HeadOptions::default(), 1),
        ..HeadOptions::default()
    };
    let head = Head::fit(&pairs, |_| 1.0, head, None);
    let (mut right, mut of) = (0.0, 0.0);
    for it in measures.iter().map(|&prompt| &known[prompt]) {
        for (a, b, outcome) in it.preferences.iter().filter(|it| it.2 > 0) {
            let score = |n: &usize| head.score(&it.features[*n][seen.clone()]);
            right += f64::from((score(a) > score(b)) == (*outcome == 1));
            of += 1.0;
        }
    }
    right / of
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn cell(values: &[f64]) -> String {
    let interval = bootstrap(values.len(), 2000, &mut Random::seeded(1), |drawn| {
        Some(drawn.iter().map(|&n| values[n]).sum::<f64>() / drawn.len() as f64)
    });
    let words = interval.map(|it| format!(" ({:.1} to {:.1})", it.low * 100.0, it.high * 100.0));
    format!("{:.1}{} |", mean(values) * 100.0, words.unwrap_or_default())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a file");
    let splits: u64 = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(20);
    let known = read(&path);
    let all = known[0].features[0].len();
    let decided = known
        .iter()
        .flat_map(|it| &it.preferences)
        .filter(|it| it.2 > 0);
    println!(
        "{} prompts, {} decided comparisons, {splits} splits; % right, intervals over splits.\n",
        known.len(),
        decided.count()
    );
    let heads: Vec<String> = LABELS.iter().map(|n| format!(" {n} answers |")).collect();
    println!(
        "| features |{}\n|---|{}",
        heads.concat(),
        "---|".repeat(LABELS.len())
    );
    let kinds = [
        ("words, length and form", 0..features::DIMENSIONS),
        ("these and the vector", 0..all),
        ("the vector, length and form", features::HASHED..all),
        ("length and form", features::HASHED..features::DIMENSIONS),
    ];
    let measured = kinds.map(|(name, seen)| {
        let cells: Vec<Vec<f64>> = LABELS
            .iter()
            .map(|&labels| {
                let of = |split| {
                    let mut order: Vec<usize> = (0..known.len()).collect();
                    Random::seeded(split).shuffle(&mut order);
                    accuracy(&known, &order, labels, &seen)
                };
                (1..=splits).map(of).collect()
            })
            .collect();
        let row: Vec<String> = cells.iter().map(|values| cell(values)).collect();
        println!("| {name} | {}", row.join(" "));
        cells
    });
    let differences = measured[1].iter().zip(&measured[0]).map(|(with, without)| {
        let each: Vec<f64> = with.iter().zip(without).map(|(a, b)| a - b).collect();
        cell(&each)
    });
    println!(
        "| what the vector adds, points | {}",
        differences.collect::<Vec<_>>().join(" ")
    );
}
