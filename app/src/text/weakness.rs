//! The weakness reporter.

use domain::stats::Interval;

pub const TITLE: &str = "Weaknesses";
pub const LEAD: &str = "Where a model does worse, or better, than its overall strength predicts. A node stays in the list only if chance is an unlikely reason: of the nodes shown as weaker, at most 5 % are expected to be there by chance.";
pub const MODEL: &str = "Model";
pub const ALL_MODELS: &str = "all models";
pub const WHICH: &str = "Nodes";
pub const ONLY_REPORTED: &str = "those shown to differ";
pub const ALL_TESTED: &str = "all tested";
pub const NOTHING_TESTED: &str = "No node can be tested yet: a model needs comparisons on at least 8 prompts under a node, and elsewhere. Put prompts on nodes of the taxonomy, and compare more.";
pub const UNIT: &str = "of the points";
pub const SUMMARY: &str = "In words";
pub const CAPPED: &str = "There are more than 200,000 comparisons: these are the newest of them.";
pub const NODE: &str = "Node";
pub const SHOWN_TO_BE: &str = "Shown to be";
pub const WEAKER: &str = "weaker";
pub const STRONGER: &str = "stronger";
pub const NOT_SHOWN: &str = "neither";
pub const DIFFERENCE: &str = "Points against prediction";
pub const INTERVAL: &str = "95 % interval";
pub const PROMPTS: &str = "Prompts";
pub const HOW: &str = "Each comparison is measured against what a Bradley-Terry fit of all of them expects; the mean over prompts inside the node is compared with the mean over all others (Welch). It is relative: where one model is weak, the others look a little better. Weaker and stronger are two families of tests, each held to a false discovery rate of 5 % (Benjamini and Hochberg).";

pub fn points(difference: f64) -> String {
    format!("{:+.1} %", 100.0 * difference)
}
pub fn between(interval: Interval) -> String {
    format!(
        "{:+.1} to {:+.1} %",
        100.0 * interval.low,
        100.0 * interval.high
    )
}
pub fn reported(worse: usize, better: usize, tested: usize) -> String {
    let tested = match tested {
        1 => "One pair of node and model was tested".to_owned(),
        n => format!("{n} pairs of node and model were tested"),
    };
    format!("{tested}: shown to be weaker than predicted {worse}, stronger {better}.")
}
pub fn first(shown: usize, all: usize) -> String {
    format!("The first {shown} of {all}; the files have all.")
}
/// A line of the picture: the node's own name and the model's.
pub fn whisker(model: &str, path: &str) -> String {
    let node = path.rsplit('/').next().unwrap_or(path);
    format!("{node}, {model}")
}
