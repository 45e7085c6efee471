//! How far judges agree, and what biases them.

pub const TITLE: &str = "Judges";
pub const LEAD: &str = "How far an automatic judge can be trusted: the same comparisons, judged by it and by people. Choose a judge for its biases and its agreement by node, aspect and language.";
pub const AGAINST: &str = "Compared with";
pub const ASK: &str = "Ask a judge";
pub const NONE: &str = "Only one judge so far";
pub const NONE_WORDS: &str = "A model, an outside endpoint or a reward model can judge this project’s responses too; then this page shows how far it agrees with people.";
pub const OVERVIEW: &str = "All judges";
pub const JUDGE: &str = "Judge";
pub const SHARED: &str = "Shared comparisons";
pub const AGREEMENT: &str = "Same verdict, ties being verdicts";
pub const ACCURACY: &str = "Same verdict where both decided";
pub const KAPPA: &str = "Cohen’s κ";
pub const NOTHING_SHARED: &str = "These two have judged no comparison in common here. Let the judge judge the prompts that people have compared, or compare some that it has judged.";
pub const FIGURES: &str = "Agreement and biases";
pub const FIGURE: &str = "Figure";
pub const VALUE: &str = "Value";
pub const INTERVAL: &str = "95 % interval";
pub const N: &str = "Observations";
pub const DRAWN: &str = "Drawn";
pub const FIRST: &str = "Prefers the response shown first (½: no bias)";
pub const STEADY: &str = "Same verdict with places changed";
pub fn longer(who: &str) -> String {
    format!("{who}: prefers the longer response")
}
pub const LONGER_NOTE: &str = "Longer responses may be better: what counts is whether the judge prefers them more than the other does.";
pub const SELF: &str = "Points more for its own responses than the other gives";
pub const SCORE_BIAS: &str = "Scores higher than the other by (share of the scale)";
pub const QWK: &str = "Quadratic weighted κ of scores";
pub const ECE: &str = "Expected calibration error, 10 bins (0 is perfect)";
pub const BRIER: &str = "Brier score (¼ is guessing)";
pub const IMPLIED: &str = "This judge scores single responses: its verdicts here follow from its scores, equal scores being ties.";
pub fn capped(most: i64) -> String {
    format!("Read are the newest {most} verdicts of each.")
}
/// When the figures were computed, in the server's minute.
pub fn as_of(minute: &str, behind: bool) -> String {
    let more = if behind { "; newer verdicts wait" } else { "" };
    format!("Computed {minute}{more}.")
}
pub const CURVE: &str = "Reliability";
pub const CURVE_NOTE: &str = "How sure the judge was, and how often the other agreed. A judge whose confidence means what it says has every interval around its confidence.";
pub const CONFIDENCE: &str = "Mean confidence";
pub const RIGHT: &str = "Share that was right";
pub const CURVE_AXIS: &str = "share that was right";
pub const BY_NODE: &str = "By node";
pub const BY_ASPECT: &str = "By aspect";
pub const BY_LANGUAGE: &str = "By language";
pub const BY_WEEK: &str = "Over time";
pub const NO_LANGUAGE: &str = "not known";
pub const DRIFT: &str = "Against its other versions";
pub const OTHER_VERSION: &str = "Version";
pub const DRIFT_AGREEMENT: &str = "Same verdict as this one";
pub fn change(other: &str) -> String {
    format!("How much more often this one agrees with {other}")
}
pub const GROUPS_NOTE: &str = "Many lines are shown at once: a low value with a wide interval, alone among many, is most likely chance.";
pub const HOW: &str = "Intervals are percentile bootstraps over whole prompts, with a fixed seed. Where people judged a comparison more than once, their mean counts; ½ is a tie.";
/// A week's name, by its first day.
pub fn week_of(day: &str) -> String {
    format!("week of {day}")
}
