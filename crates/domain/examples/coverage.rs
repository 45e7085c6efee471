//! How often Bradley-Terry intervals hold planted strengths, as reported in `docs/evaluation.md`:
//! `cargo run --release -p touchstone-domain --example coverage [runs]`. Prints a Markdown table.

use domain::evaluate::{Clusters, Options, bootstrap_prompts, fit};
use domain::simulate::strengths::{Coverage, Planted, coverage, coverage_of};
use domain::stats::Random;

const SEED: u64 = 20_261_124;
const DRAWS: usize = 200;

fn line(data: &str, how: &str, runs: u32, found: Coverage) {
    println!(
        "| {data} | {how} | {runs} | {:.1} ± {:.1} | {:.1} | {:.1} | {:.0} |",
        100.0 * found.scores,
        196.0 * found.standard_error,
        100.0 * found.differences,
        100.0 * found.ranks,
        found.half_width
    );
}

fn main() {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok());
    let runs = runs.unwrap_or(1000);
    let mut random = Random::seeded(SEED);
    let independent = Planted {
        strengths: (0..10).map(|_| 0.7 * random.normal()).collect(),
        prompts: 200,
        judges: 30,
        judges_each: 3,
        pairs_each: 2,
        by_prompt: 0.0,
        by_judge: 0.0,
    };
    let prompts = Planted {
        by_prompt: 0.5,
        ..independent.clone()
    };
    let both = Planted {
        by_judge: 0.2,
        ..prompts.clone()
    };
    let few = Planted {
        prompts: 40,
        judges: 12,
        ..both.clone()
    };
    println!(
        "| dependence | intervals | runs | scores, % | differences, % | ranks, % | ± points |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (data, planted) in [
        ("none", &independent),
        ("prompts", &prompts),
        ("prompts and people", &both),
        ("the same, 40 prompts, 12 people", &few),
    ] {
        for (how, clusters) in [
            ("each comparison alone", Clusters::Independent),
            ("by prompt", Clusters::Prompt),
            ("by prompt and person", Clusters::PromptAndJudge),
        ] {
            let options = Options {
                clusters,
                ..Options::default()
            };
            line(data, how, runs, coverage(planted, runs, &options, SEED));
        }
    }
    let fewer = runs / 4;
    let found = coverage_of(&prompts, fewer, SEED, |battles, random| {
        let options = Options::default();
        let intervals = bootstrap_prompts(10, battles, &options, DRAWS, random);
        (fit(10, battles, &options), intervals)
    });
    line(
        "prompts",
        &format!("bootstrap of prompts, {DRAWS} draws"),
        fewer,
        found,
    );
}
