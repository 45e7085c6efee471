//! Incorporation: whether a refinement does what its critique asked for, judged by another person.

use super::{Context, Reading, text_of};
use crate::{Fields, Invalid};
use serde::{Deserialize, Serialize};

/// The judgment on one refinement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incorporation {
    /// Yes, partly, no.
    pub verdict: Verdict,
    /// What is missing, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Whether the critique was heeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All of it.
    Yes,
    /// Some of it.
    Partly,
    /// None of it.
    No,
}

impl Verdict {
    /// All, the best first.
    pub const ALL: [Self; 3] = [Self::Yes, Self::Partly, Self::No];
    /// The name in forms and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
        }
    }
    /// 1, ½, 0.
    pub fn worth(self) -> f64 {
        match self {
            Self::Yes => 1.0,
            Self::Partly => 0.5,
            Self::No => 0.0,
        }
    }
}

impl Incorporation {
    /// Fields: `incorporation.verdict`, `incorporation.note`.
    pub(super) fn parse(fields: &Fields, _: Context<'_>) -> Result<Option<Self>, Vec<Invalid>> {
        let note = text_of(
            "incorporation.note",
            fields.get("incorporation.note").unwrap_or_default(),
        )
        .map_err(|problem| vec![problem])?;
        match fields.get("incorporation.verdict") {
            None if note.is_empty() => Ok(None),
            None => Err(vec![Invalid::missing("incorporation.verdict")]),
            Some(given) => match Verdict::ALL.into_iter().find(|v| v.name() == given) {
                Some(verdict) => Ok(Some(Self { verdict, note })),
                None => Err(vec![Invalid::unknown("incorporation.verdict", given)]),
            },
        }
    }

    pub(super) fn to_fields(&self) -> Fields {
        [
            ("incorporation.verdict", self.verdict.name()),
            ("incorporation.note", &self.note),
        ]
        .into_iter()
        .collect()
    }

    pub(super) fn readings(&self) -> Vec<Reading> {
        vec![Reading {
            question: "overall".into(),
            value: self.verdict.worth(),
            category: self.verdict.name().into(),
        }]
    }
}
