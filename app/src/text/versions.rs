//! Two versions of a model beside each other.

use domain::stats::Interval;

pub const TITLE: &str = "Versions";
pub const LEAD: &str = "What a new version of a model improved and what it hurt, node by node: the two on the same prompts. A node is marked only if chance is an unlikely reason; of the nodes marked, at most 5 % are expected to be so by chance.";
pub const NEW: &str = "New version";
pub const OLD: &str = "Old version";
pub const NEEDS_TWO: &str = "Two models are needed of which something was said.";
pub const NOTHING: &str = "Nothing was said of both on the same prompt. Let both answer the same prompts, and people or a judge compare the answers.";
pub const TO_GENERATE: &str = "Let them answer";
pub const TO_JUDGE: &str = "Ask a judge";
pub const COMPARED: &str = "Compared with each other";
pub const SCORED: &str = "Scored on the same prompts";
pub const NODE: &str = "Node";
pub const SHOWN_TO_BE: &str = "Shown to be";
pub const BETTER: &str = "improved";
pub const WORSE: &str = "hurt";
pub const NEITHER: &str = "neither";
pub const FEW: &str = "too few prompts";
pub const POINTS: &str = "Share of the points";
pub const DIFFERENCE: &str = "Difference of scores";
pub const INTERVAL: &str = "95 % interval";
pub const PROMPTS: &str = "Prompts";
pub const HOW: &str = "Each prompt counts once, as the mean of what was said on it. Shares of points: Wilson’s interval and score test, which ties make a little too wide and never too narrow. Scores: paired t-test. Nodes with at least 8 prompts are tested, corrected for many tests by Benjamini and Hochberg.";
pub const TRAIN: &str = "Train on this";
pub const NEXT: &str = "Next";
pub const AXIS: &str = "against an even share of the points, percent";
pub const DIFFERENCES: &str = "What it improved and what it hurt";
pub const OVER_TIME: &str = "Over time";
pub const WIN_RATE: &str = "Share of the points against everybody";
pub const WEEKS: &str = "weeks ago";
pub const OVER_TIME_NOTE: &str = "By the week in which it was said. Opponents and prompts change from week to week: a change here is a reason to look, not a proof.";

pub fn share(difference: f64) -> String {
    format!("{:.1} %", 100.0 * (difference + 0.5))
}
pub fn share_interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "–".to_owned(),
        |it| {
            let [low, high] = [it.low, it.high].map(|end| 100.0 * (end + 0.5));
            format!("{low:.1} to {high:.1} %")
        },
    )
}
pub fn points(difference: f64) -> String {
    format!("{:+.1}", 100.0 * difference)
}
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "–".to_owned(),
        |it| format!("{:+.1} to {:+.1}", 100.0 * it.low, 100.0 * it.high),
    )
}
pub fn counted(better: usize, worse: usize, tested: usize) -> String {
    let tested = match tested {
        1 => "One node was tested".to_owned(),
        n => format!("{n} nodes were tested"),
    };
    format!("{tested}: improved {better}, hurt {worse}.")
}
pub fn nothing_of(made: &str) -> String {
    format!(
        "Nothing was said yet of {made} and of the model it was trained from, by this judge. Let both answer the same prompts, and people or a judge compare the answers."
    )
}
