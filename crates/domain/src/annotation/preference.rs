//! Pairwise preference: which of two responses is better, by how much, per aspect if asked, and why.

use super::{Context, Reading, text_of};
use crate::{Fields, Invalid, Problem, ids::ResponseId, signal::Signal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A preference between the response shown left and the one shown right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// The response that stood left (A).
    pub left: ResponseId,
    /// The response that stood right (B).
    pub right: ResponseId,
    /// −3 left far better … 0 tie … 3 right far better.
    pub strength: i8,
    /// Both are bad; then `strength` is 0.
    #[serde(default)]
    pub both_bad: bool,
    /// The same scale per aspect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aspects: BTreeMap<String, i8>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// The strength that key 1 to 7 stands for; 4 is a tie.
fn strength(field: &str, value: &str) -> Result<i8, Invalid> {
    match value.parse::<i8>() {
        Ok(key @ 1..=7) => Ok(key - 4),
        _ => Err(Invalid::new(
            field,
            Problem::OutOfRange {
                range: "1 to 7".into(),
            },
        )),
    }
}

impl Preference {
    /// Fields: `preference.strength` (1–7, or `bad`), `preference.aspect.<name>` (1–7), `preference.reason`.
    pub(super) fn parse(
        fields: &Fields,
        context: Context<'_>,
    ) -> Result<Option<Self>, Vec<Invalid>> {
        let [left, right] = context.responses else {
            return Err(vec![Invalid::other(
                "preference",
                "needs a task with two responses",
            )]);
        };
        let mut wrong = Vec::new();
        let mut aspects = BTreeMap::new();
        for aspect in &context.settings.aspects {
            let field = format!("preference.aspect.{aspect}");
            if let Some(value) = fields.get(&field) {
                match strength(&field, value) {
                    Ok(value) => drop(aspects.insert(aspect.clone(), value)),
                    Err(problem) => wrong.push(problem),
                }
            }
        }
        let reason = text_of(
            "preference.reason",
            fields.get("preference.reason").unwrap_or_default(),
        )
        .unwrap_or_else(|problem| {
            wrong.push(problem);
            String::new()
        });
        let (strength, both_bad) = match fields.get("preference.strength") {
            Some("bad") => (0, true),
            Some(value) => match strength("preference.strength", value) {
                Ok(value) => (value, false),
                Err(problem) => {
                    wrong.push(problem);
                    (0, false)
                }
            },
            None if aspects.is_empty() && reason.is_empty() && wrong.is_empty() => return Ok(None),
            None => {
                wrong.push(Invalid::missing("preference.strength"));
                (0, false)
            }
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Some(Self {
            left: left.id.clone(),
            right: right.id.clone(),
            strength,
            both_bad,
            aspects,
            reason,
        }))
    }

    pub(super) fn to_fields(&self, context: Context<'_>) -> Fields {
        // the sides may stand the other way round now
        let flipped = context
            .responses
            .first()
            .is_some_and(|shown| shown.id == self.right);
        let key = |strength: i8| (if flipped { 4 - strength } else { 4 + strength }).to_string();
        let mut fields = Fields::default();
        fields.set(
            "preference.strength",
            if self.both_bad {
                "bad".into()
            } else {
                key(self.strength)
            },
        );
        for (aspect, &value) in &self.aspects {
            fields.set(format!("preference.aspect.{aspect}"), key(value));
        }
        fields.set("preference.reason", &self.reason);
        fields
    }

    /// The better and the worse response with how much better; `None` for ties.
    pub fn decided(&self) -> Option<(&ResponseId, &ResponseId, u8)> {
        match self.strength {
            0 => None,
            s if s < 0 => Some((&self.left, &self.right, s.unsigned_abs())),
            s => Some((&self.right, &self.left, s.unsigned_abs())),
        }
    }

    pub(super) fn visit_ids(&mut self, response: &mut dyn FnMut(&mut ResponseId)) {
        response(&mut self.left);
        response(&mut self.right);
    }

    pub(super) fn signals(&self) -> Vec<Signal> {
        let signal = |strength: i8, aspect: Option<String>| match strength {
            0 => Signal::Tie {
                responses: [self.left.clone(), self.right.clone()],
                both_bad: self.both_bad && aspect.is_none(),
                aspect,
            },
            s => {
                let (chosen, rejected) = if s < 0 {
                    (&self.left, &self.right)
                } else {
                    (&self.right, &self.left)
                };
                Signal::Preference {
                    chosen: chosen.clone(),
                    rejected: rejected.clone(),
                    margin: s.unsigned_abs(),
                    aspect,
                }
            }
        };
        std::iter::once(signal(self.strength, None))
            .chain(
                self.aspects
                    .iter()
                    .map(|(aspect, &s)| signal(s, Some(aspect.clone()))),
            )
            .collect()
    }

    /// Readings do not depend on the sides: they speak of the response with the smaller identifier.
    pub(super) fn readings(&self) -> Vec<Reading> {
        let flip = self.left > self.right;
        let reading = |question: &str, strength: i8, both_bad: bool| {
            let s = if flip { -strength } else { strength };
            let category = match s.signum() {
                -1 => "first",
                1 => "second",
                _ if both_bad => "both bad",
                _ => "tie",
            };
            Reading {
                question: question.into(),
                value: f64::from(s),
                category: category.into(),
            }
        };
        std::iter::once(reading("overall", self.strength, self.both_bad))
            .chain(
                self.aspects
                    .iter()
                    .map(|(aspect, &s)| reading(aspect, s, false)),
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shown;
    use super::*;
    use crate::project::Settings;

    fn with<T>(aspects: &[&str], run: impl FnOnce(Context<'_>) -> T) -> T {
        let settings = Settings {
            aspects: aspects.iter().map(|&a| a.into()).collect(),
            ..Settings::default()
        };
        let responses = [
            Shown {
                id: "a".into(),
                text: "left".into(),
            },
            Shown {
                id: "b".into(),
                text: "right".into(),
            },
        ];
        run(Context {
            responses: &responses,
            settings: &settings,
            criteria: &[],
        })
    }

    #[test]
    fn every_key_reads_back_and_teaches_the_right_side() {
        with(&["clarity"], |context| {
            for (key, chosen) in [
                ("1", Some("a")),
                ("3", Some("a")),
                ("4", None),
                ("5", Some("b")),
                ("7", Some("b")),
            ] {
                let fields: Fields = [
                    ("preference.strength", key),
                    ("preference.aspect.clarity", "2"),
                ]
                .into_iter()
                .collect();
                let preference = Preference::parse(&fields, context).unwrap().unwrap();
                assert_eq!(preference.decided().map(|(c, _, _)| c.as_str()), chosen);
                assert_eq!(
                    preference.to_fields(context).get("preference.strength"),
                    Some(key)
                );
                assert_eq!(preference.signals().len(), 2);
            }
        });
    }

    #[test]
    fn a_reason_without_a_choice_is_not_silently_dropped() {
        with(&[], |context| {
            let fields: Fields = [("preference.reason", "because")].into_iter().collect();
            assert_eq!(
                Preference::parse(&fields, context),
                Err(vec![Invalid::missing("preference.strength")])
            );
            assert_eq!(Preference::parse(&Fields::default(), context), Ok(None));
        });
    }

    #[test]
    fn readings_do_not_depend_on_the_sides() {
        let one = Preference {
            left: "a".into(),
            right: "b".into(),
            strength: -2,
            both_bad: false,
            aspects: BTreeMap::new(),
            reason: String::new(),
        };
        let other = Preference {
            left: "b".into(),
            right: "a".into(),
            strength: 2,
            ..one.clone()
        };
        assert_eq!(one.readings(), other.readings());
    }
}
