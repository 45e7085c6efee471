//! What a run measures: the names under which curves stand in the `metric` table, in which chart each is
//! drawn, and the held-out figures it ends with. Methods write these names, pages draw them; a name that is
//! not here gets a chart of its own.
//!
//! A name with `held_out.` before it is the same thing measured on examples that were not trained on.

use crate::stats::Interval;
use serde::{Deserialize, Serialize};

/// Stands before a name that was measured on held-out examples.
pub const HELD_OUT: &str = "held_out.";

/// Training or held-out loss, nats.
pub const LOSS: &str = "loss";
/// Share of pairs whose better response is ranked first, 0 to 1.
pub const ACCURACY: &str = "accuracy";
/// Mean reward of the better response less that of the worse one; for policies β times the difference of
/// log-ratios.
pub const MARGIN: &str = "margin";
/// Mean `log π(y)/π_ref(y)` of the better responses, nats.
pub const CHOSEN: &str = "chosen";
/// Mean `log π(y)/π_ref(y)` of the worse responses, nats.
pub const REJECTED: &str = "rejected";
/// How often a known rule prefers the policy's answers to held-out prompts over its base's, 0 to 1.
pub const WIN_RATE: &str = "win_rate";
/// KL of the policy from its reference, nats a response.
pub const KL: &str = "kl";
/// Mean length of sampled responses, tokens.
pub const LENGTH: &str = "length";
/// Mean reward of sampled responses by the reward model.
pub const REWARD: &str = "reward";
/// How often the selector prefers the refinement that heeds the critique, 0 to 1.
pub const SELECTOR_ACCURACY: &str = "selector_accuracy";
/// Norm of the gradient before clipping.
pub const GRADIENT_NORM: &str = "gradient_norm";
/// The optimiser's step size.
pub const LEARNING_RATE: &str = "learning_rate";
/// Tokens trained on a second.
pub const TOKENS_PER_SECOND: &str = "tokens_per_second";
/// Memory of the engine, bytes.
pub const MEMORY: &str = "memory";
/// Seconds until the end, as far as the last steps tell.
pub const SECONDS_LEFT: &str = "seconds_left";

/// A chart of a run: its title, its unit, and the names it draws together, each with its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// What it shows.
    pub title: &'static str,
    /// In which unit, empty for none.
    pub unit: &'static str,
    /// Names and labels. Held-out values of the same names are drawn beside them.
    pub names: &'static [(&'static str, &'static str)],
    /// Whether its values are shares, 0 to 1.
    pub share: bool,
}

/// The charts, in the order in which they are shown.
pub const CURVES: [Curve; 11] = [
    curve("Loss", "nats", &[(LOSS, "training")], false),
    curve("Accuracy on pairs", "", &[(ACCURACY, "training")], true),
    curve(
        "Margin",
        "chosen less rejected",
        &[(MARGIN, "training")],
        false,
    ),
    curve(
        "Log-ratios to the reference",
        "nats",
        &[(CHOSEN, "chosen"), (REJECTED, "rejected")],
        false,
    ),
    curve("KL from the reference", "nats", &[(KL, "KL")], false),
    curve("Reward", "", &[(REWARD, "training")], false),
    curve(
        "Selector’s accuracy",
        "",
        &[(SELECTOR_ACCURACY, "selector")],
        true,
    ),
    curve(
        "Length of responses",
        "tokens",
        &[(LENGTH, "length")],
        false,
    ),
    curve(
        "Gradient norm",
        "before clipping",
        &[(GRADIENT_NORM, "norm")],
        false,
    ),
    curve("Learning rate", "", &[(LEARNING_RATE, "rate")], false),
    curve(
        "Speed",
        "tokens a second",
        &[(TOKENS_PER_SECOND, "speed")],
        false,
    ),
];

const fn curve(
    title: &'static str,
    unit: &'static str,
    names: &'static [(&'static str, &'static str)],
    share: bool,
) -> Curve {
    Curve {
        title,
        unit,
        names,
        share,
    }
}

/// What a run ends with; stands in `run.result` and on the model's card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Figures on held-out examples, the one that matters most first.
    pub figures: Vec<Figure>,
    /// Predicted against observed shares, by rising prediction; empty where nothing is predicted.
    pub calibration: Vec<Bin>,
    /// Sentences that whoever reads the figures should know.
    pub remarks: Vec<String>,
}

/// One figure on held-out examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured, a name of this module without `held_out.`.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its 95 % interval.
    #[serde(default)]
    pub interval: Option<Interval>,
    /// On how many examples.
    pub of: usize,
    /// The same figure of something simple, e.g. `prefers the longer response`, on the same examples.
    #[serde(default)]
    pub baselines: Vec<Baseline>,
}

/// What a figure is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// In words.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// Predictions of about the same size, and how often they came true.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Mean prediction, 0 to 1.
    pub predicted: f64,
    /// Share that came true, 0 to 1.
    pub observed: f64,
    /// How many predictions.
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_in_one_chart() {
        let mut names: Vec<_> = CURVES
            .iter()
            .flat_map(|curve| curve.names.iter().map(|(name, _)| *name))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn an_outcome_written_by_an_older_engine_can_be_read() {
        assert_eq!(
            serde_json::from_str::<Outcome>("{}").unwrap(),
            Outcome::default()
        );
        let text = r#"{"figures":[{"name":"accuracy","value":0.7,"of":40}]}"#;
        let outcome: Outcome = serde_json::from_str(text).unwrap();
        assert_eq!(outcome.figures[0].interval, None);
    }
}
