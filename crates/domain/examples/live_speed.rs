//! How long a round of the live model's computing takes: `live_speed [PAIRS [DIMENSIONS [HEADS]]]`. Also in
//! processor time, where Linux tells it: what else runs on the machine counts less there.

use domain::live::{
    Ensemble, EnsembleOptions, HeadOptions, Outcome, Pairs, choose_ridge, features,
};
use domain::stats::Random;
use std::time::Instant;

/// What this thread has had of a processor until now.
fn processor_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let spent: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(spent / 1e6)
}

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|it| it.parse::<usize>().ok());
    let count = numbers.next().unwrap_or(3_000);
    let dimensions = numbers.next().unwrap_or(features::DIMENSIONS);
    let heads = numbers.next().unwrap_or(8);
    let mut random = Random::seeded(1);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "features are single precision"
    )]
    let mut vector = || -> Vec<f32> {
        let scale = 1.0 / (dimensions as f64).sqrt();
        (0..dimensions)
            .map(|_| (random.normal() * scale) as f32)
            .collect()
    };
    let truth = vector();
    let mut pairs = Pairs::new(dimensions);
    let mut slips = Random::seeded(2);
    for n in 0..=count {
        let (first, second) = (vector(), vector());
        let score = |it: &[f32]| -> f32 { it.iter().zip(&truth).map(|(a, b)| a * b).sum() };
        let better = (score(&first) > score(&second)) != slips.chance(0.25);
        let outcome = if better {
            Outcome::First(1)
        } else {
            Outcome::Second(1)
        };
        pairs.push(&first, &second, outcome, n as u64 / 3);
    }
    let before = pairs.subset(&(0..count).collect::<Vec<_>>());
    let options = EnsembleOptions {
        heads,
        ..EnsembleOptions::default()
    };
    let timed = |name: &str, work: &mut dyn FnMut()| {
        let (begun, before) = (Instant::now(), processor_ms());
        work();
        let wall = begun.elapsed().as_secs_f64() * 1_000.0;
        let spent = processor_ms().zip(before).map(|(now, before)| now - before);
        let spent = spent.map(|ms| format!(", {ms:.0} ms of one processor"));
        println!("{name}: {wall:.0} ms{}", spent.unwrap_or_default());
    };
    println!("{count} pairs, {dimensions} dimensions, {heads} resampled heads and one on all");
    let mut ensemble = None;
    timed("first fit", &mut || {
        ensemble = Some(Ensemble::fit(&before, options, None));
    });
    timed("with one more answer", &mut || {
        drop(Ensemble::fit(&pairs, options, ensemble.as_ref()));
    });
    timed("choice of the ridge", &mut || {
        let _ = choose_ridge(&pairs, HeadOptions::default(), 1);
    });
    let text = "The quick brown fox jumps over the lazy dog and runs away. ".repeat(20);
    timed("features of 100 responses of 1,180 characters", &mut || {
        for n in 0..100 {
            let _ = features::hashed("Say something.", &format!("{n} {text}"));
        }
    });
}
