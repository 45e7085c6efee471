//! A person's settings as a form. Fields: `shortcuts`, `time_left`, and `key:<action>` for each key.

use super::{ACTIONS, Preferences};
use crate::{Fields, Invalid};
use std::collections::BTreeMap;

/// The keys that choose an answer or tick a rubric item, each of which can be another one.
pub const ANSWERS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

/// Everything that has a key, with its usual one, in the order of the form.
pub fn keyed() -> impl Iterator<Item = (&'static str, &'static str)> {
    ACTIONS.into_iter().chain(ANSWERS.map(|key| (key, key)))
}

/// The name of the field with the key of an action.
pub fn key_field(action: &str) -> String {
    format!("key:{action}")
}

impl Preferences {
    /// Reads the form. A key left empty is the usual one.
    ///
    /// # Errors
    /// Keys that cannot be pressed or do two things.
    pub fn parse(fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut keys = BTreeMap::new();
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for (action, usual) in keyed() {
            let field = key_field(action);
            let key = match fields.get(&field).map(key) {
                None => usual.to_owned(),
                Some(Some(key)) => key,
                Some(None) => {
                    let sentence = "is no key. Write one character, or e.g. shift+k or ctrl+enter";
                    wrong.push(Invalid::other(field, sentence));
                    continue;
                }
            };
            if let Some(other) = taken.get(&key) {
                wrong.push(Invalid::other(
                    field,
                    format!("“{key}” is the key for “{other}” already"),
                ));
                continue;
            }
            taken.insert(key.clone(), action);
            if key != usual {
                keys.insert(action.to_owned(), key);
            }
        }
        if wrong.is_empty() {
            Ok(Self {
                keys,
                shortcuts: fields.ticked("shortcuts"),
                time_left: fields.ticked("time_left"),
            })
        } else {
            Err(wrong)
        }
    }

    /// The form that says these settings.
    pub fn to_fields(&self) -> Fields {
        let mut fields = Fields::default();
        for (action, _) in keyed() {
            fields.push(key_field(action), self.key(action));
        }
        for (name, ticked) in [("shortcuts", self.shortcuts), ("time_left", self.time_left)] {
            if ticked {
                fields.push(name, "on");
            }
        }
        fields
    }
}

/// A key as pages name it: `k`, `?`, `shift+k`, `ctrl+enter`. Keys that move, delete or leave are not
/// for the taking, and plain Enter presses the button that has the focus.
fn key(typed: &str) -> Option<String> {
    let typed = typed.to_lowercase();
    let (ctrl, rest) = match typed.strip_prefix("ctrl+") {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, typed.as_str()),
    };
    let (shift, rest) = match rest.strip_prefix("shift+") {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, rest),
    };
    let mut characters = rest.chars();
    let single = match (characters.next(), characters.next()) {
        (Some(one), None) => !one.is_whitespace() && !one.is_control(),
        _ => false,
    };
    let named = rest == "enter" && (ctrl || shift);
    // Shift with a sign only makes the sign
    let letter = rest.chars().all(char::is_alphabetic);
    if !(single || named) || (shift && !letter) {
        return None;
    }
    Some(format!(
        "{}{}{rest}",
        if ctrl { "ctrl+" } else { "" },
        if shift { "shift+" } else { "" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_read_as_pages_name_them() {
        for (typed, read) in [
            ("K", Some("k")),
            ("?", Some("?")),
            ("Ctrl+Enter", Some("ctrl+enter")),
            ("ctrl+shift+s", Some("ctrl+shift+s")),
            ("ß", Some("ß")),
            ("+", Some("+")),
            ("ctrl++", Some("ctrl++")),
            ("enter", None),
            ("backspace", None),
            ("escape", None),
            ("shift+1", None),
            ("kk", None),
        ] {
            assert_eq!(key(typed).as_deref(), read, "{typed}");
        }
    }

    #[test]
    fn a_key_that_does_two_things_is_refused_and_two_may_change_places() {
        let mut fields = Preferences::default().to_fields();
        fields.set("key:skip", "u");
        let wrong = Preferences::parse(&fields).unwrap_err();
        assert_eq!(wrong.len(), 1);
        fields.set("key:undo", "k");
        let own = Preferences::parse(&fields).unwrap();
        assert_eq!((own.key("skip"), own.key("undo")), ("u", "k"));
        fields.set("key:1", "a");
        assert_eq!(Preferences::parse(&fields).unwrap().key("1"), "a");
        fields.set("key:undo", "");
        assert_eq!(Preferences::parse(&fields).unwrap_err().len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_accepted_survives_another_round(
            typed in proptest::collection::vec((0..keyed().count(), "\\PC{0,3}|(ctrl\\+|shift\\+)?[a-z?#]"), 0..6),
            shortcuts: bool,
        ) {
            let mut fields = Preferences::default().to_fields();
            if !shortcuts { fields.0.retain(|(name, _)| name != "shortcuts"); }
            for (at, key) in typed {
                let (action, _) = keyed().nth(at).unwrap_or(("skip", "k"));
                fields.set(key_field(action), key);
            }
            if let Ok(own) = Preferences::parse(&fields) {
                prop_assert_eq!(own.shortcuts, shortcuts);
                prop_assert_eq!(Preferences::parse(&own.to_fields()), Ok(own));
            }
        }
    }
}
