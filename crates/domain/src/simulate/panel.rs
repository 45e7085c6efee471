//! A panel of simulated annotators, as a form or a command asks for it.

use super::{Annotator, Rule};
use crate::method::{Choice, Range, Setting, Settings, Value, ValueKind};
use crate::stats::Random;
use crate::{Fields, Invalid};
use serde::{Deserialize, Serialize};

/// Several annotators of one rule, and how much they shall answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// What they judge by, and how badly: the seed is the panel's.
    pub model: Annotator,
    /// How many annotators, 1 to 50.
    pub annotators: usize,
    /// How many tasks each answers at most, 1 to 10,000.
    pub items: usize,
}

const RULES: &[Choice] = &[
    Choice {
        name: "shorter",
        label: "prefers shorter responses",
    },
    Choice {
        name: "longer",
        label: "prefers longer responses",
    },
    Choice {
        name: "contains",
        label: "prefers responses that contain the words below",
    },
    Choice {
        name: "avoids",
        label: "prefers responses that avoid the words below",
    },
    Choice {
        name: "reference",
        label: "prefers responses close to the reference",
    },
    Choice {
        name: "hidden",
        label: "prefers by a hidden worth of every word",
    },
];

/// The most words a list may have.
const MAX_WORDS: usize = 100;

impl Panel {
    /// The settings that draw the form, besides the list of words (`words`, separated by commas or blanks).
    pub fn table() -> Vec<Setting> {
        let integer = |name, label, help, default, min: f64, max: f64| Setting {
            name,
            label,
            help,
            kind: ValueKind::Integer(Range { min, max }),
            default: Value::Integer(default),
            advanced: false,
        };
        let real = |name, label, help, default, min: f64, max: f64| Setting {
            name,
            label,
            help,
            kind: ValueKind::Real(Range { min, max }),
            default: Value::Real(default),
            advanced: false,
        };
        vec![
            Setting {
                name: "rule",
                label: "Rule",
                help: "What they judge by. It is known, so that you can check what is learnt from them.",
                kind: ValueKind::Choice(RULES),
                default: Value::Name("shorter".into()),
                advanced: false,
            },
            integer(
                "limit",
                "Words at most or at least",
                "For the rules about length: beyond it they find fault.",
                50,
                1.0,
                10_000.0,
            ),
            real(
                "noise",
                "Noise",
                "How often they say the opposite, from 0 to 1; 0.25 is about what people do.",
                0.25,
                0.0,
                1.0,
            ),
            real(
                "position",
                "Bias to the left",
                "What standing left is worth to them, where 1 is a clear difference.",
                0.0,
                -5.0,
                5.0,
            ),
            real(
                "length",
                "Bias to length",
                "What each doubling of the length is worth to them, whatever their rule.",
                0.0,
                -5.0,
                5.0,
            ),
            integer(
                "annotators",
                "Annotators",
                "How many, all of one rule, each with slips of its own.",
                3,
                1.0,
                50.0,
            ),
            integer(
                "items",
                "Items each",
                "How many open tasks each answers at most.",
                100,
                1.0,
                10_000.0,
            ),
            real(
                "seconds",
                "Seconds a comparison",
                "Their mean speed, which is recorded; critiques and refinements take longer in the proportion that people need.",
                61.5,
                0.1,
                3600.0,
            ),
            integer(
                "seed",
                "Seed",
                "The same seed gives the same answers to the same items.",
                1,
                0.0,
                1e15,
            ),
        ]
    }

    /// Reads a form, or what a command was given.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn parse(fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let settings = Settings::parse(&Self::table(), fields);
        let words: Vec<String> = fields
            .get("words")
            .unwrap_or_default()
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let settings = settings?;
        let rule = settings.choice("rule");
        if matches!(rule, "contains" | "avoids") && words.is_empty() {
            return Err(vec![Invalid::missing("words")]);
        }
        if words.len() > MAX_WORDS {
            let sentence = format!("may list at most {MAX_WORDS} words");
            return Err(vec![Invalid::other("words", sentence)]);
        }
        let limit = settings.integer("limit");
        let seed = settings.integer("seed") as u64;
        let rule = match rule {
            "longer" => Rule::Longer { words: limit },
            "contains" => Rule::Contains { words },
            "avoids" => Rule::Avoids { words },
            "reference" => Rule::Reference,
            "hidden" => Rule::Hidden { seed },
            _ => Rule::Shorter { words: limit },
        };
        Ok(Self {
            model: Annotator {
                rule,
                noise: settings.real("noise"),
                position: settings.real("position"),
                length: settings.real("length"),
                seconds: settings.real("seconds"),
                seed,
            },
            annotators: settings.integer("annotators"),
            items: settings.integer("items"),
        })
    }

    /// The annotators: one rule, each with a seed of its own. The first ones are the same however many there
    /// are.
    pub fn annotators(&self) -> Vec<Annotator> {
        let random = Random::seeded(self.model.seed);
        (0..self.annotators)
            .map(|n| Annotator {
                seed: random.fork(n as u64).bits(),
                ..self.model.clone()
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
