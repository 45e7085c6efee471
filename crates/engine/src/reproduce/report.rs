//! The page: for each experiment what it asks, its arms with means and standard errors over seeds, the claims
//! with their verdicts, and the numbers only some arms have. Written from the results alone.

use super::claims::{Outcome, judge};
use super::{Experiment, Result};
use learn::evaluate::{mean, standard_error};
use learn::world::Measured;
use std::collections::BTreeSet;
use std::fmt::Write;

const HEAD: &str = "# Reproductions

Do the methods do what their papers say, at the size of these tests? Written by `touchstone-engine reproduce`; every number
below comes from its results. What is claimed, and the rule that decides, stood in the code and in the plan before anything ran.

**The world.** A prompt is 5 to 8 words of 40, each with probability 0.3 one of eight bad ones, which no model is told; the right
response is the list without them. The true reward is −(bad words kept + good words missing + anything else), so that 0 is perfect. The model has
two layers of width 64 and is pretrained on noisy copying, refining by a critique, and verifying, without any preference. Feedback comes from a
simulated annotator with the known rule.

**Reading the tables.** Means over seeds ± standard error; every seed has its own prompts, feedback and test set, which all arms of the
seed share; whether it has its own base model is said above each table. *Reward*, *exact*, *bad words* and *words* are of the most probable response; *sampled* is the reward at temperature 1; *KL* is the distance from the base, in
nats a response; *diversity* is EAD within and across prompts; *longer* is the reward on prompts of 9 to 12 words. *Seconds* are of training and sampling, on whatever else the machine did.

**The rule.** A claim *holds* when the 95 % interval of the paired difference over seeds (percentile bootstrap) lies wholly above 0, is *contradicted* when it lies wholly below, and is otherwise *not
separated*. With five seeds such an interval is somewhat too narrow.
";

/// The whole page.
pub(super) fn page(experiments: &[&Experiment], results: &[Result]) -> String {
    let mut page = HEAD.to_owned();
    for experiment in experiments {
        let own: Vec<&Result> = results
            .iter()
            .filter(|it| it.experiment == experiment.id)
            .collect();
        let _ = write!(page, "\n## {}\n\n{}\n", experiment.title, experiment.about);
        match own.first() {
            None => page.push_str("\nNot run yet.\n"),
            Some(first) => section(&mut page, experiment, &own, first),
        }
    }
    page
}

fn section(page: &mut String, experiment: &Experiment, results: &[&Result], first: &Result) {
    let scale = first.scale;
    let seeds: Vec<String> = results.iter().map(|it| it.seed.to_string()).collect();
    let seconds: Vec<f64> = results.iter().map(|it| it.seconds).collect();
    let bases: BTreeSet<u64> = results.iter().map(|it| it.base).collect();
    let bases = match bases.len() {
        1 => "all on the same base model".to_owned(),
        n if n == results.len() => "each with a base model of its own".to_owned(),
        n => format!("on {n} base models"),
    };
    let _ = write!(
        page,
        "\nSeeds {}, {}; {} prompts with feedback, {} to measure on, {} pretraining sequences, {} steps of 32 examples an arm; {:.0} seconds a seed on top of the base.\n\n",
        seeds.join(", "),
        bases,
        scale.prompts,
        scale.test,
        scale.pretrain,
        scale.steps,
        mean(&seconds)
    );
    page.push_str("| arm | reward ↑ | exact ↑ | bad words ↓ | sampled ↑ | KL | diversity | across | words | longer ↑ | seconds |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
    for arm in &first.arms {
        let all: Vec<&Outcome> = results
            .iter()
            .filter_map(|it| it.arms.iter().find(|other| other.arm == arm.arm))
            .collect();
        let column = |of: fn(&Measured) -> f64, digits: usize| {
            let values: Vec<f64> = all.iter().map(|it| of(&it.measured)).collect();
            number(&values, digits)
        };
        let seconds: Vec<f64> = all.iter().map(|it| it.seconds).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
            arm.arm,
            column(|m| m.reward, 2),
            column(|m| m.exact, 3),
            column(|m| m.bad, 3),
            column(|m| m.sampled, 2),
            column(|m| m.kl, 1),
            column(|m| m.diversity, 2),
            column(|m| m.across, 2),
            column(|m| m.length, 1),
            column(|m| m.longer, 2),
            mean(&seconds),
        );
    }
    page.push_str("\n| claim | difference (95 %) | seeds | verdict |\n|---|---|---|---|\n");
    let arms: Vec<&[Outcome]> = results.iter().map(|it| it.arms.as_slice()).collect();
    for claim in experiment.claims {
        let (difference, seeds, verdict) = judge(claim, &arms);
        let interval = difference.interval.map_or_else(String::new, |it| {
            format!(" ({:+.3} to {:+.3})", it.low, it.high)
        });
        let _ = writeln!(
            page,
            "| {} | {:+.3}{interval} | {seeds} | {} |",
            claim.words,
            difference.difference,
            verdict.words()
        );
    }
    extras(page, results, first);
}

/// The numbers that only some arms have.
fn extras(page: &mut String, results: &[&Result], first: &Result) {
    let mut lines = String::new();
    for arm in &first.arms {
        let names: BTreeSet<&String> = arm.extra.keys().collect();
        for name in names {
            let values: Vec<f64> = results
                .iter()
                .filter_map(|it| it.arms.iter().find(|other| other.arm == arm.arm))
                .filter_map(|it| it.extra.get(name).copied())
                .collect();
            let _ = writeln!(lines, "| {} | {name} | {} |", arm.arm, number(&values, 3));
        }
    }
    if !lines.is_empty() {
        let _ = write!(page, "\n| arm | number | mean |\n|---|---|---|\n{lines}");
    }
}

fn number(values: &[f64], digits: usize) -> String {
    if values.len() < 2 {
        return format!("{:.digits$}", mean(values));
    }
    format!(
        "{:.digits$} ± {:.digits$}",
        mean(values),
        standard_error(values)
    )
}
