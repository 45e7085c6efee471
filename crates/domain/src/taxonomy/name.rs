//! What a node is called.

use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most characters of a name.
const LONGEST: usize = 200;

/// A name: trimmed, 1 to 200 characters, without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The name, or what is wrong with it.
    pub fn parse(name: &str) -> Result<Self, Problem> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Problem::Missing);
        }
        if name.chars().count() > LONGEST {
            return Err(Problem::TooLong { max: LONGEST });
        }
        if name.chars().any(char::is_control) {
            return Err(Problem::Other("has a control character".into()));
        }
        Ok(Self(name.to_owned()))
    }
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// As siblings are told apart: without heed to capitals.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}
impl TryFrom<String> for Name {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name).map_err(|problem| problem.to_string())
    }
}
