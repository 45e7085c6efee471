//! Simulated annotators.

use domain::simulate::{Annotator, Rule};

pub const TITLE: &str = "Simulated annotators";
pub const LEAD: &str = "Programs that answer this project’s open tasks by a rule you know. They show whether a method, a queue policy or a dashboard works before people spend time on it.";
pub const WARNING: &str = "They take places in the queue that people would have had, and an answer cannot be taken back. Use a project made for the purpose. Every answer of theirs is marked as simulated: reports and exports leave them out unless asked.";
pub const CONFIRM: &str = "I want simulated answers in this project";
pub const START: &str = "Let them answer";
pub const WORDS: &str = "Words";
pub const WORDS_HINT: &str =
    "For the rules that contain or avoid words: separated by commas or spaces.";
pub const STARTED: &str = "They are answering. Load this page again to see how far they are.";
pub const SEATED: &str = "In this project";
pub const NOBODY: &str = "None has answered here yet.";
pub const NAME: &str = "Name";
pub const RULE: &str = "Rule";
pub const NOISE: &str = "Noise";
pub const SEED: &str = "Seed";
pub const DONE: &str = "Answered";
pub const SKIPPED: &str = "Skipped";
pub const LINK: &str = "Simulate";

pub fn rule(model: &Annotator) -> String {
    let words = |words: &[String]| words.join(", ");
    let rule = match &model.rule {
        Rule::Shorter { words } => format!("shorter, at most {words} words"),
        Rule::Longer { words } => format!("longer, at least {words} words"),
        Rule::Contains { words: list } => format!("contains {}", words(list)),
        Rule::Avoids { words: list } => format!("avoids {}", words(list)),
        Rule::Reference => "close to the reference".into(),
        Rule::Hidden { seed } => format!("hidden worth of words {seed}"),
    };
    let bias = |name: &str, value: f64| match value {
        none if none.abs() < f64::EPSILON => String::new(),
        some => format!(", {name} {some:+}"),
    };
    format!(
        "{rule}{}{}",
        bias("left", model.position),
        bias("length", model.length)
    )
}
