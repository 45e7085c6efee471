//! The weakness reporter on models whose weak nodes are known, a thousand times: what docs/weakness.md reports.
//! `cargo run --release -p touchstone-domain --example weakness`

use domain::feedbacker::planted::{Plan, Tally, simulate};
use domain::stats::{Random, bootstrap, wilson};

/// How many, unless the first argument says otherwise.
const SIMULATIONS: u64 = 1000;

fn main() {
    let asked = std::env::args().nth(1).and_then(|n| n.parse().ok());
    let simulations: u64 = asked.unwrap_or(SIMULATIONS);
    let base = Plan::default();
    let plans = [
        ("as planned: effect 1.0, 20 prompts a leaf", base),
        (
            "effect 0.7",
            Plan {
                effect: 0.7,
                ..base
            },
        ),
        (
            "effect 0.4",
            Plan {
                effect: 0.4,
                ..base
            },
        ),
        (
            "10 prompts a leaf",
            Plan {
                prompts: 10,
                ..base
            },
        ),
        (
            "40 prompts a leaf",
            Plan {
                prompts: 40,
                ..base
            },
        ),
        (
            "a third of the values missing",
            Plan {
                missing: 1.0 / 3.0,
                ..base
            },
        ),
        (
            "12 comparisons a prompt instead of scores, effect 1.5",
            Plan {
                comparisons: Some(12),
                effect: 1.5,
                ..base
            },
        ),
        ("nothing planted", Plan { weak: 0, ..base }),
        (
            "nothing planted, 12 comparisons a prompt of models far apart (sd 2.5), 40 prompts a leaf",
            Plan {
                comparisons: Some(12),
                spread: 2.5,
                prompts: 40,
                weak: 0,
                ..base
            },
        ),
        (
            "far apart, effect 1.5",
            Plan {
                comparisons: Some(12),
                spread: 2.5,
                prompts: 40,
                effect: 1.5,
                ..base
            },
        ),
    ];
    println!("{simulations} simulations each, seeds 1 to {simulations}\n");
    for (name, plan) in plans {
        let runs: Vec<Tally> = (1..=simulations)
            .map(|seed| simulate(plan, &mut Random::seeded(seed)))
            .collect();
        let sum = |of: fn(&Tally) -> usize| runs.iter().map(of).sum::<usize>();
        let share = |hits: usize, of: usize| {
            let interval = wilson(hits, of);
            match interval {
                Some(i) => format!(
                    "{:.2} % ({:.2} to {:.2}) of {of}",
                    100.0 * hits as f64 / of as f64,
                    100.0 * i.low,
                    100.0 * i.high
                ),
                None => "none".into(),
            }
        };
        // the false discovery rate is the mean of the share over simulations; without a report it is 0
        let rate = |reported: fn(&Tally) -> usize, wrong: fn(&Tally) -> usize| {
            let shares: Vec<f64> = runs
                .iter()
                .map(|t| wrong(t) as f64 / reported(t).max(1) as f64)
                .collect();
            let mean = |draw: &[usize]| {
                Some(draw.iter().map(|i| shares[*i]).sum::<f64>() / draw.len() as f64)
            };
            let interval = bootstrap(shares.len(), 1000, &mut Random::seeded(0), mean);
            let all: Vec<usize> = (0..shares.len()).collect();
            let (low, high) = interval.map_or((f64::NAN, f64::NAN), |i| (i.low, i.high));
            format!(
                "{:.2} % ({:.2} to {:.2})",
                100.0 * mean(&all).unwrap_or(0.0),
                100.0 * low,
                100.0 * high
            )
        };
        println!("## {name}");
        println!(
            "false discovery rate          {}",
            rate(|t| t.reported, |t| t.wrong)
        );
        println!(
            "weak leaves found             {}",
            share(sum(|t| t.found), sum(|t| t.planted))
        );
        if plan.comparisons.is_some() {
            println!();
            continue;
        }
        println!(
            "95 % intervals that cover     {}",
            share(sum(|t| t.covering), sum(|t| t.intervals))
        );
        println!(
            "rank rule: false discoveries  {}",
            rate(|t| t.by_rank, |t| t.by_rank_wrong)
        );
        println!(
            "rank rule: weak leaves found  {}\n",
            share(sum(|t| t.by_rank_found), sum(|t| t.planted))
        );
    }
}
