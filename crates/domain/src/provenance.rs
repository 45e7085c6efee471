//! Where an annotation comes from. **Never mixed silently**: every report and export says which it used.

use serde::{Deserialize, Serialize};

/// Who, or what, said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// A person, in Touchstone or in the data a project imported.
    Person,
    /// A model or a program acting as judge.
    Machine,
    /// A simulated annotator with a known rule.
    Simulated,
}

impl Provenance {
    /// All of them, in the order in which pages list them.
    pub const ALL: [Self; 3] = [Self::Person, Self::Machine, Self::Simulated];

    /// The name in the database and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
            Self::Simulated => "simulated",
        }
    }
    /// The provenance of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}
