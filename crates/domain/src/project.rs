//! A project's settings: what it asks of people.

mod form;

pub use form::CHOICES;

use crate::Kind;
use crate::live::Order;
use serde::{Deserialize, Serialize};

/// What a project asks, kept as JSON; every field has a default so that old projects stay readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a checkbox of the settings"
)]
pub struct Settings {
    /// What annotators should know, in Markdown.
    pub guidelines: String,
    /// The kinds of annotation that one task asks for, in the order in which the form shows them.
    pub kinds: Vec<Kind>,
    /// Of these kinds, the ones that may be left empty.
    pub optional: Vec<Kind>,
    /// Aspects a preference or a critique can be about, e.g. `clarity`.
    pub aspects: Vec<String>,
    /// Ask for a preference per aspect, besides the overall one.
    pub preference_per_aspect: bool,
    /// Ask for a reason with a preference.
    pub ask_reason: bool,
    /// Error types a critique can name, e.g. `factual`.
    pub error_types: Vec<String>,
    /// How many people answer each task, at least 1.
    pub overlap: u32,
    /// Hide which model or person wrote a response until the answer is in.
    pub blind: bool,
    /// Ask another person whether a refinement incorporates its critique.
    pub check_refinements: bool,
    /// Labels a grade can give, best first; each is worth an equal step from 1 down to 0.
    pub grade_labels: Vec<String>,
    /// Points a grade can give, from 0; none when only labels are used.
    pub grade_points: Option<u32>,
    /// Share of tasks in percent that every annotator gets, to measure agreement; 0 to 100.
    pub gold_percent: u32,
    /// Reasons offered when a task is skipped.
    pub skip_reasons: Vec<String>,
    /// Minutes a task stays with one person before it goes back to the queue.
    pub lease_minutes: u32,
    /// In which order comparisons are handed out.
    pub queue_order: Order,
    /// After each comparison, say which response the live model had expected to be preferred.
    pub tell_expected: bool,
    /// The live model learns from simulated annotators too.
    pub learn_simulated: bool,
    /// The encoder whose vectors the live model sees beside the words, as `/v1/models` calls it; empty for none.
    pub encoder: String,
}

impl Default for Settings {
    fn default() -> Self {
        let list = |items: &[&str]| items.iter().map(|&s| s.to_owned()).collect();
        Self {
            guidelines: String::new(),
            kinds: vec![Kind::Preference],
            optional: Vec::new(),
            aspects: Vec::new(),
            preference_per_aspect: false,
            ask_reason: true,
            error_types: list(&["factual", "unhelpful", "unsafe", "style", "language"]),
            overlap: 1,
            blind: true,
            check_refinements: true,
            grade_labels: list(&["correct", "partly correct", "incorrect"]),
            grade_points: None,
            gold_percent: 0,
            skip_reasons: list(&[
                "I do not know this subject",
                "the prompt makes no sense",
                "harmful content",
                "technical problem",
            ]),
            lease_minutes: 30,
            queue_order: Order::Imported,
            tell_expected: true,
            learn_simulated: false,
            encoder: String::new(),
        }
    }
}
