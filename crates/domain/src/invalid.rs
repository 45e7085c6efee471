//! What is wrong with an input: which field, and what about it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing wrong with one field. Parsers return all of them at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// The field as the form or the file names it, e.g. `preference.strength`.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// The ways in which a value can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// Nothing was given where something is needed.
    Missing,
    /// Shorter than allowed (characters).
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// Longer than allowed (characters).
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A number outside its range.
    OutOfRange {
        /// The range in words, e.g. `1 to 7`.
        range: String,
    },
    /// Not one of the values that may stand here.
    Unknown {
        /// What was given.
        given: String,
    },
    /// Anything else, as a short sentence without its full stop.
    Other(String),
}

impl Invalid {
    /// A field with its problem.
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self {
            field: field.into(),
            problem,
        }
    }
    /// A field left empty that must not be.
    pub fn missing(field: impl Into<String>) -> Self {
        Self::new(field, Problem::Missing)
    }
    /// A value that is none of those allowed.
    pub fn unknown(field: impl Into<String>, given: impl Into<String>) -> Self {
        Self::new(
            field,
            Problem::Unknown {
                given: given.into(),
            },
        )
    }
    /// A problem in words.
    pub fn other(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::new(field, Problem::Other(sentence.into()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is needed"),
            Self::TooShort { min } => write!(f, "needs at least {min} characters"),
            Self::TooLong { max } => write!(f, "may have at most {max} characters"),
            Self::OutOfRange { range } => write!(f, "must be {range}"),
            Self::Unknown { given } => write!(f, "“{given}” is not one of the choices"),
            Self::Other(sentence) => f.write_str(sentence),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}
