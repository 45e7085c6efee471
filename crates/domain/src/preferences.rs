//! What a person sets for herself: keys, single-key shortcuts, time left.

mod form;

pub use form::{ANSWERS, key_field, keyed};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What keys can do besides choosing an answer, each with its default key.
pub const ACTIONS: [(&str, &str); 8] = [
    ("submit", "ctrl+enter"),
    ("save", "ctrl+s"),
    ("skip", "k"),
    ("flag", "f"),
    ("undo", "u"),
    ("guidelines", "g"),
    ("critique", "c"),
    ("edit", "e"),
];

/// A person's own settings, kept as JSON with her account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Keys she chose, by action (see [`ACTIONS`]) or, for answers, by the default key.
    pub keys: BTreeMap<String, String>,
    /// Whether shortcuts do anything at all.
    pub shortcuts: bool,
    /// Whether the queue says how much time is left.
    pub time_left: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            keys: BTreeMap::new(),
            shortcuts: true,
            time_left: false,
        }
    }
}

impl Preferences {
    /// Reads the account's JSON; what cannot be read counts as not set.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
    /// The key for an action, or for the answer with this default key.
    pub fn key<'a>(&'a self, action: &'a str) -> &'a str {
        self.keys.get(action).map_or_else(
            || {
                ACTIONS
                    .iter()
                    .find(|(name, _)| *name == action)
                    .map_or(action, |(_, key)| key)
            },
            String::as_str,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_keys_replace_defaults_and_unreadable_settings_are_defaults() {
        let own = Preferences::read(r#"{"keys":{"skip":"shift+k"},"time_left":true}"#);
        assert_eq!(own.key("skip"), "shift+k");
        assert_eq!(own.key("submit"), "ctrl+enter");
        assert_eq!(own.key("3"), "3");
        assert!(own.shortcuts && own.time_left);
        assert_eq!(Preferences::read("nonsense"), Preferences::default());
    }
}
