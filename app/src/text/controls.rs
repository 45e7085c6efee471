//! Scores with length or style held equal, and win rates against a baseline.

use domain::stats::Interval;
use store::evaluation::Trait;

pub const SCORES: &str = "Scores";
pub const PLAIN: &str = "as judged";
pub const LENGTH: &str = "length held equal";
pub const STYLE: &str = "style held equal";
pub const AGAINST: &str = "against a baseline";
pub const BASELINE: &str = "Baseline";

pub const LEAD_LENGTH: &str = "What scores would be if all answers were equally long: a Bradley-Terry fit with the difference of lengths beside the models.";
pub const LEAD_STYLE: &str = "What scores would be if all answers looked alike: a Bradley-Terry fit with the differences of length, headers, lists and bold beside the models (the Arena’s style control).";
pub const LEAD_AGAINST: &str =
    "Win rates against one baseline as AlpacaEval counts them, plain and with lengths held equal.";

pub const SCORE: &str = "Score";
pub const AS_JUDGED: &str = "As judged";
pub const CHANGE: &str = "Change";
pub const MOVES: &str = "What moves a verdict";
pub const TRAIT: &str = "More of it";
pub const COEFFICIENT: &str = "Log-odds";
pub const ODDS: &str = "Odds of winning";
pub const NONE_MOVES: &str =
    "No two answers differ in length or style: there is nothing to hold equal.";
pub const HOW: &str = "For one standard deviation more of the trait than the other answer has, (a − b) / (a + b + 1) of both counts; length in characters, headers, lists and bold outside code. “× 1.30” means odds of 1.3 to 1 between two models that are equally good. A weak prior (a ridge of 1) keeps thin data from extremes. Style control tells what goes with verdicts, not why: a longer answer may say more.";

pub const WIN_RATE: &str = "Win rate";
pub const ERROR: &str = "Standard error";
pub const CONTROLLED: &str = "Length-controlled";
pub const INTERVAL: &str = "95 % interval";
pub const PHI: &str = "Length’s pull";
pub const CHARACTERS: &str = "Characters";
pub const PROMPTS: &str = "Prompts";
pub const AXIS_AGAINST: &str = "length-controlled win rate, percent";
pub const PLOT_AGAINST: &str = "Length-controlled win rates with their intervals";
pub const HOW_AGAINST: &str = "Win rate: 100 · the mean of a model’s points on prompts that it and the baseline answered, ties as halves, each prompt once; its standard error takes prompts as independent. Length-controlled (Dubois et al. 2024): logit P = φ · tanh((baseline’s length − own) / sd) + ψ · difficulty + θ, with φ set aside. Length’s pull is φ: below 0 where longer answers are preferred. The interval draws prompts again, 200 times.";
pub const NO_DIFFICULTIES: &str = "With fewer than five models, prompts’ difficulties cannot be told from the models’ strengths: they are taken as equal.";
pub const WAITING: &str =
    "So many comparisons take the server some seconds: reload this page in a moment.";

/// A trait's name.
pub fn trait_name(of: Trait) -> &'static str {
    match of {
        Trait::Length => "length",
        Trait::Headers => "headers",
        Trait::Lists => "lists",
        Trait::Bold => "bold",
    }
}
pub fn odds(coefficient: f64) -> String {
    format!("× {:.2}", coefficient.exp())
}
pub fn odds_interval(it: Interval) -> String {
    format!("× {:.2} to {:.2}", it.low.exp(), it.high.exp())
}
pub fn coefficient(value: f64) -> String {
    format!("{value:+.3}").replace('-', "−")
}
pub fn change(points: Option<f64>) -> String {
    points.map_or_else(
        || "–".to_owned(),
        |it| format!("{it:+.0}").replace('-', "−"),
    )
}
pub fn rate(percent: Option<f64>) -> String {
    percent.map_or_else(|| "–".to_owned(), |it| format!("{it:.2} %"))
}
pub fn error(percent: Option<f64>) -> String {
    percent.map_or_else(|| "–".to_owned(), |it| format!("{it:.2}"))
}
pub fn rate_interval(it: Option<Interval>) -> String {
    it.map_or_else(
        || "–".to_owned(),
        |it| format!("{:.1} to {:.1} %", it.low, it.high),
    )
}
/// From when the numbers are, and from how much.
pub fn as_of(minute: &str, read: usize, all: i64, behind: bool) -> String {
    let all = usize::try_from(all).unwrap_or(0);
    let read_words = if read < all {
        format!("{read} of {all} comparisons, drawn by chance")
    } else {
        format!("{read} comparisons")
    };
    let behind = if behind {
        " Newer verdicts are not in yet; they come within ten minutes."
    } else {
        ""
    };
    format!("As of {minute} UTC, from {read_words}.{behind}")
}
pub fn baseline(name: &str, characters: f64, with: i64, all: i64) -> String {
    let part = if with < all {
        format!(" {with} of {all} comparisons are with it; the others do not count here.")
    } else {
        String::new()
    };
    format!("{name} answers with {characters:.0} characters on average.{part}")
}
