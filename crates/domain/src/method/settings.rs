//! A table of settings: what may be set, within which range, and what it is when nobody says.

use crate::{Fields, Invalid, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One setting of a method: enough to draw its field, explain it and check it.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its name in forms, files and on cards, e.g. `learning_rate`.
    pub name: &'static str,
    /// Its label, e.g. `Learning rate`.
    pub label: &'static str,
    /// One sentence: what it does, in which unit.
    pub help: &'static str,
    /// What may stand in it.
    pub kind: ValueKind,
    /// What it is when nobody says.
    pub default: Value,
    /// Whether a form shows it only under "more settings".
    pub advanced: bool,
}

/// What may stand in a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// A whole number.
    Integer(Range),
    /// A real number.
    Real(Range),
    /// One of a few names.
    Choice(&'static [Choice]),
    /// Yes or no.
    Flag,
}

/// The least and the greatest value allowed, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// One of the names that a choice offers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The name in forms and files.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A name.
    Name(String),
}

/// The checked settings of a run, by name; complete, so that a card names every one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, Value>);

impl Settings {
    /// What the table says when nobody says anything.
    pub fn defaults(table: &[Setting]) -> Self {
        Self(
            table
                .iter()
                .map(|setting| (setting.name.to_owned(), setting.default.clone()))
                .collect(),
        )
    }

    /// Reads a form: what is missing takes its default, except that a flag that is not ticked is off.
    ///
    /// # Errors
    /// Every field that holds something that may not stand there.
    pub fn parse(table: &[Setting], fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut settings = Self::defaults(table);
        let mut invalid = Vec::new();
        for setting in table {
            match setting.read(fields) {
                Ok(value) => drop(settings.0.insert(setting.name.to_owned(), value)),
                Err(problem) => invalid.push(problem),
            }
        }
        if invalid.is_empty() {
            Ok(settings)
        } else {
            Err(invalid)
        }
    }

    /// Sets a value that code has chosen.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The value with this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A real number; 0 where the table has none of this name.
    pub fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Real(value)) => *value,
            Some(Value::Integer(value)) => *value as f64,
            _ => 0.0,
        }
    }

    /// A whole number that is not negative; 0 where the table has none of this name.
    pub fn integer(&self, name: &str) -> usize {
        match self.0.get(name) {
            Some(Value::Integer(value)) => usize::try_from(*value).unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether a flag is on.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Flag(true)))
    }

    /// The chosen name; empty where the table has none of this name.
    pub fn choice(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Name(value)) => value,
            _ => "",
        }
    }
}

impl Setting {
    /// A whole number from `min` to `max`.
    pub(super) fn integer(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        default: i64,
        (min, max): (i64, i64),
    ) -> Self {
        let (min, max) = (min as f64, max as f64);
        Self {
            name,
            label,
            help,
            kind: ValueKind::Integer(Range { min, max }),
            default: Value::Integer(default),
            advanced: false,
        }
    }

    /// A real number from `min` to `max`.
    pub(super) fn real(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        default: f64,
        (min, max): (f64, f64),
    ) -> Self {
        Self {
            name,
            label,
            help,
            kind: ValueKind::Real(Range { min, max }),
            default: Value::Real(default),
            advanced: false,
        }
    }

    /// One of `choices`; the first is the default.
    pub(super) fn choice(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        choices: &'static [Choice],
    ) -> Self {
        Self {
            name,
            label,
            help,
            kind: ValueKind::Choice(choices),
            default: Value::Name(choices.first().map_or("", |first| first.name).to_owned()),
            advanced: false,
        }
    }

    /// Yes or no.
    pub(super) fn flag(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        default: bool,
    ) -> Self {
        Self {
            name,
            label,
            help,
            kind: ValueKind::Flag,
            default: Value::Flag(default),
            advanced: false,
        }
    }

    /// Shown only under "more settings".
    #[must_use]
    pub(super) fn advanced(mut self) -> Self {
        self.advanced = true;
        self
    }

    fn read(&self, fields: &Fields) -> Result<Value, Invalid> {
        match &self.kind {
            ValueKind::Flag => Ok(Value::Flag(fields.ticked(self.name))),
            ValueKind::Integer(range) => match fields.number::<i64>(self.name)? {
                Some(value) => {
                    self.within(*range, value as f64)?;
                    Ok(Value::Integer(value))
                }
                None => Ok(self.default.clone()),
            },
            ValueKind::Real(range) => match fields.number::<f64>(self.name)? {
                Some(value) => {
                    self.within(*range, value)?;
                    Ok(Value::Real(value))
                }
                None => Ok(self.default.clone()),
            },
            ValueKind::Choice(choices) => match fields.get(self.name) {
                Some(given) if choices.iter().any(|choice| choice.name == given) => {
                    Ok(Value::Name(given.to_owned()))
                }
                Some(given) => Err(Invalid::unknown(self.name, given)),
                None => Ok(self.default.clone()),
            },
        }
    }

    fn within(&self, range: Range, value: f64) -> Result<(), Invalid> {
        // NaN is in no range.
        if (range.min..=range.max).contains(&value) {
            return Ok(());
        }
        Err(Invalid::new(
            self.name,
            Problem::OutOfRange {
                range: format!("{} to {}", range.min, range.max),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::Method;

    #[test]
    fn defaults_are_within_their_own_ranges() {
        for method in Method::ALL {
            let table = method.settings();
            for setting in &table {
                let mut fields = Fields::default();
                let text = match &setting.default {
                    Value::Flag(true) => "on".to_owned(),
                    Value::Flag(false) => String::new(),
                    Value::Integer(value) => value.to_string(),
                    Value::Real(value) => value.to_string(),
                    Value::Name(name) => name.clone(),
                };
                fields.set(setting.name, text);
                assert_eq!(
                    setting.read(&fields),
                    Ok(setting.default.clone()),
                    "{} of {}",
                    setting.name,
                    method.name()
                );
            }
        }
    }

    #[test]
    fn names_are_used_once_and_everything_is_explained() {
        for method in Method::ALL {
            let table = method.settings();
            for (i, setting) in table.iter().enumerate() {
                assert!(
                    table[..i].iter().all(|other| other.name != setting.name),
                    "{} stands twice in {}",
                    setting.name,
                    method.name()
                );
                assert!(setting.help.ends_with('.'), "{}", setting.name);
                assert!(!setting.label.is_empty(), "{}", setting.name);
            }
        }
    }

    #[test]
    fn names_every_field_that_is_wrong() {
        let table = Method::Dpo.settings();
        let fields = Fields(vec![
            ("learning_rate".into(), "fast".into()),
            ("epochs".into(), "0".into()),
        ]);
        let wrong: Vec<_> = Settings::parse(&table, &fields)
            .unwrap_err()
            .into_iter()
            .map(|invalid| invalid.field)
            .collect();
        assert_eq!(wrong, ["learning_rate", "epochs"]);
    }
}
