//! What a file brings in: rows of JSONL, a JSON array or a table, read one at a time into [`Item`]s.
//!
//! **A reader never holds more than one row** ([`MAX_ROW`] bytes), never panics, and goes on after a bad
//! row: each row is an item or the list of its [`RowProblem`]s. [`Plan`] says how the file is read; it is
//! guessed from the first bytes and may be changed by the person who imports.

mod alpaca;
mod chat;
mod columns;
mod feedback;
mod plan;
mod record;
mod rows;
mod table;
mod taking;
mod transcript;
mod trl;

#[cfg(test)]
mod tests;

pub use plan::{Column, Format, Layout, Plan, Role};
pub use record::{AnnotationRecord, ProjectRecord, PromptRecord, Record, ResponseRecord, Source};
pub use rows::{MAX_ROW, Row, Rows};

use crate::{
    Annotation, Invalid, Problem, Provenance, ids::ResponseId, project::Settings, prompt::Message,
    prompt::SourceKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt, io::BufRead};

/// What one row holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A prompt with its responses and what was said about them.
    Example(Box<Example>),
    /// One record of Touchstone's own format.
    Record(Box<Record>),
}

/// A prompt with its responses and what was said about them, all on one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What was asked.
    pub prompt: PromptPart,
    /// What was answered, in the file's order.
    pub responses: Vec<ResponsePart>,
    /// What was said about the answers.
    pub feedback: Vec<FeedbackPart>,
}

/// A prompt as a file brings it.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptPart {
    /// The file's own identifier.
    pub key: Option<String>,
    /// The conversation, at least one message.
    pub messages: Vec<Message>,
    /// A reference answer.
    pub reference: Option<String>,
    /// The language, as the file names it.
    pub language: Option<String>,
    /// Everything else the row says, an object.
    pub metadata: Value,
    /// Paths in the taxonomy, e.g. `Writing/Email`.
    pub nodes: Vec<String>,
    /// The rubric.
    pub criteria: Vec<CriterionPart>,
}

/// A rubric item as a file brings it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CriterionPart {
    /// The file's identifier, which grades in the same file may name.
    pub id: String,
    /// What it asks for.
    pub text: String,
    /// Points it adds when met.
    pub points: f64,
}

/// A response as a file brings it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsePart {
    /// The file's own identifier.
    pub key: Option<String>,
    /// The name of the model, person or student.
    pub source: String,
    /// What that is.
    pub source_kind: SourceKind,
    /// The response.
    pub text: String,
    /// Everything else, an object.
    pub metadata: Value,
}

/// Feedback as a file brings it. Its payload names responses by their place on the row: `#0`, `#1`.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackPart {
    /// Who said it, as the file names them.
    pub annotator: Option<String>,
    /// Person, machine or simulated.
    pub provenance: Provenance,
    /// What was said.
    pub payload: Annotation,
    /// When, in epoch milliseconds.
    pub at: Option<i64>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// Everything else, an object.
    pub metadata: Value,
}

/// The identifier that stands for the response at a place of the row.
pub fn place(n: usize) -> ResponseId {
    ResponseId(format!("#{n}"))
}

/// The place that [`place`] wrote.
pub fn place_of(id: &ResponseId) -> Option<usize> {
    id.as_str().strip_prefix('#')?.parse().ok()
}

/// One thing wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The field, as the file names it.
    pub field: String,
    /// What is wrong, as a short sentence without its full stop.
    pub reason: String,
}

impl RowProblem {
    /// A problem with its line.
    pub fn new(line: u64, problem: Invalid) -> Self {
        Self {
            line,
            field: problem.field,
            reason: problem.problem.to_string(),
        }
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.field, self.reason)
    }
}

impl Item {
    /// The item, unless the project's settings have something against its annotations.
    ///
    /// # Errors
    /// One problem an annotation that does not fit.
    pub fn allowed(self, line: u64, settings: &Settings) -> Result<Self, Vec<RowProblem>> {
        let said: Vec<&Annotation> = match &self {
            Self::Example(example) => example.feedback.iter().map(|f| &f.payload).collect(),
            Self::Record(record) => match &**record {
                Record::Annotation(annotation) => vec![&annotation.payload],
                Record::Project(_) | Record::Prompt(_) | Record::Response(_) => Vec::new(),
            },
        };
        let wrong: Vec<RowProblem> = said
            .into_iter()
            .filter_map(|annotation| allowed(annotation, settings).err())
            .map(|problem| RowProblem::new(line, problem))
            .collect();
        if wrong.is_empty() {
            Ok(self)
        } else {
            Err(wrong)
        }
    }
}

/// What the project's settings have against an annotation from a file.
/// A grade's label must be one of the project's, or it could not be worth anything.
fn allowed(annotation: &Annotation, settings: &Settings) -> Result<(), Invalid> {
    match annotation {
        Annotation::Grade(grade) => match &grade.label {
            Some(label) if !settings.grade_labels.contains(label) => {
                Err(Invalid::unknown("label", label))
            }
            _ => Ok(()),
        },
        Annotation::Preference(preference) => {
            let sizes = preference.aspects.values().chain([&preference.strength]);
            if sizes.into_iter().any(|s| !(-3..=3).contains(s)) {
                let range = "-3 to 3".into();
                return Err(Invalid::new("strength", Problem::OutOfRange { range }));
            }
            Ok(())
        }
        Annotation::Critique(_) | Annotation::Refinement(_) | Annotation::Incorporation(_) => {
            Ok(())
        }
    }
}

/// Reads a file row by row as its plan says.
pub struct Reader<'a, R> {
    rows: Rows<R>,
    plan: &'a Plan,
}

impl<'a, R: BufRead> Reader<'a, R> {
    /// A reader at the start of the file.
    pub fn new(input: R, plan: &'a Plan) -> Self {
        Self {
            rows: Rows::new(input, plan.layout),
            plan,
        }
    }
}

impl<R: BufRead> Iterator for Reader<'_, R> {
    /// The line on which the row begins, and what it holds.
    type Item = (u64, Result<Item, Vec<RowProblem>>);

    fn next(&mut self) -> Option<Self::Item> {
        let (line, row) = self.rows.next()?;
        let item = row
            .map_err(|problem| vec![problem])
            .and_then(|row| self.plan.read(row))
            .map_err(|wrong| {
                wrong
                    .into_iter()
                    .map(|problem| RowProblem::new(line, problem))
                    .collect()
            });
        Some((line, item))
    }
}

impl PromptPart {
    /// A prompt with what the row says about it under the usual names; the rest becomes metadata.
    fn from_row(row: &mut taking::Taking, messages: Vec<Message>) -> Self {
        let mut first = |names: [&str; 2]| row.scalar(names[0]).or_else(|| row.scalar(names[1]));
        Self {
            key: first(["id", "prompt_id"]),
            messages,
            reference: first(["reference", "reference_answer"]),
            language: first(["language", "lang"]),
            metadata: row.rest(),
            nodes: Vec::new(),
            criteria: Vec::new(),
        }
    }
}
