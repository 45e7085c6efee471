//! How a file is read: its layout, its format, what its columns mean. Guessed from its first bytes, shown
//! to the person, kept with the import as JSON.

use super::{Item, alpaca, chat, columns, record, rows::Rows, trl};
use crate::{Invalid, Problem, Provenance, prompt::SourceKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use super::columns::{Column, Role};

/// How rows are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One JSON object a line.
    Lines,
    /// A JSON array of objects, or objects one after another over several lines.
    Array,
    /// A table with this byte between fields.
    Table(u8),
}

/// What rows mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `messages`, or `conversations`.
    Chat,
    /// `prompt`, `chosen`, `rejected`.
    Preference,
    /// `prompt` and perhaps `completion`.
    Completion,
    /// `instruction`, `output`, `generator`.
    AlpacaOutputs,
    /// `instruction`, two outputs, `preference`.
    AlpacaAnnotations,
    /// Touchstone's own export.
    Record,
    /// Columns that the person maps.
    Columns,
}

impl Format {
    /// All of them, in the order in which the page lists them.
    pub const ALL: [Self; 7] = [
        Self::Columns,
        Self::Chat,
        Self::Preference,
        Self::Completion,
        Self::AlpacaOutputs,
        Self::AlpacaAnnotations,
        Self::Record,
    ];
    /// The name in forms, on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Preference => "preference",
            Self::Completion => "completion",
            Self::AlpacaOutputs => "alpaca-outputs",
            Self::AlpacaAnnotations => "alpaca-annotations",
            Self::Record => "record",
            Self::Columns => "columns",
        }
    }
    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How rows are written down.
    pub layout: Layout,
    /// What rows mean.
    pub format: Format,
    /// The columns that the first rows have, each with what it means (used by [`Format::Columns`]).
    pub columns: Vec<Column>,
    /// The source of responses whose row names none.
    pub source: String,
    /// What kind of source that is.
    pub source_kind: SourceKind,
    /// Where the feedback in the file comes from; `None` takes the format's usual.
    pub provenance: Option<Provenance>,
}

/// How many rows a guess looks at.
const SAMPLE: usize = 20;

impl Plan {
    /// Guesses from the first bytes (64 kB are plenty). `source` names what the responses come from when
    /// the file does not say, usually the file's name without its ending.
    ///
    /// # Errors
    /// When the file is empty or not text.
    pub fn guess(head: &[u8], source: &str) -> Result<Self, Invalid> {
        let layout = layout(head)?;
        let mut rows = Rows::new(head, layout);
        let mut names: Vec<String> = Vec::new();
        let mut first = None;
        for (_, row) in rows.by_ref().take(SAMPLE) {
            let Ok(row) = row else { continue };
            // a table's columns come in its own order
            names.extend(
                row.keys()
                    .filter(|k| !names.contains(k))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            first.get_or_insert(row);
        }
        if !rows.columns().is_empty() {
            names = rows.columns().to_vec();
        }
        let columns = columns::guess(&names);
        let format = match (layout, first) {
            (Layout::Table(_), _) | (_, None) => Format::Columns,
            (Layout::Lines | Layout::Array, Some(row)) => format(&row, &columns),
        };
        let student = columns.iter().any(|column| column.role == Role::Student);
        Ok(Self {
            layout,
            format,
            columns,
            source: source.to_owned(),
            source_kind: if student {
                SourceKind::Student
            } else {
                SourceKind::Model
            },
            provenance: None,
        })
    }

    /// What keeps the plan from making sense.
    ///
    /// # Errors
    /// Each with the form's field.
    pub fn check(&self) -> Result<(), Vec<Invalid>> {
        let mut wrong = Vec::new();
        if self.source.trim().is_empty() {
            wrong.push(Invalid::missing("source"));
        }
        if self.format == Format::Columns {
            wrong.extend(columns::check(&self.columns));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self, row: Map<String, Value>) -> Result<Item, Vec<Invalid>> {
        let example = match self.format {
            Format::Chat => chat::read(row, self),
            Format::Preference => trl::preference(row, self),
            Format::Completion => trl::completion(row, self),
            Format::AlpacaOutputs => alpaca::outputs(row),
            Format::AlpacaAnnotations => alpaca::annotations(row, self),
            Format::Columns => columns::read(row, self),
            Format::Record => {
                return record::read(row).map(|record| Item::Record(Box::new(record)));
            }
        };
        example.map(|example| Item::Example(Box::new(example)))
    }
}

fn layout(head: &[u8]) -> Result<Layout, Invalid> {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        let sentence = "is UTF-16 text; save it as UTF-8";
        return Err(Invalid::new("file", Problem::Other(sentence.into())));
    }
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
    let text = head.trim_ascii();
    let Some(first) = text.first() else {
        return Err(Invalid::other("file", "is empty"));
    };
    if text.contains(&0) {
        return Err(Invalid::other(
            "file",
            "is not text; JSON Lines, JSON and CSV can be imported",
        ));
    }
    Ok(match first {
        b'[' => Layout::Array,
        b'{' => {
            let line = text.split(|&b| b == b'\n').next().unwrap_or(text);
            let whole = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
            // an object over several lines, as pretty-printers write it
            if !whole && line.trim_ascii_end() == b"{" {
                Layout::Array
            } else {
                Layout::Lines
            }
        }
        _ => Layout::Table(separator(text)),
    })
}

/// Of comma, semicolon and tab, the one that stands most often outside quotes on the first line.
fn separator(text: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for &byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            other => {
                for (separator, count) in &mut counts {
                    *count += usize::from(*separator == other);
                }
            }
        }
    }
    // the first of equals wins: max_by_key would take the last
    counts
        .into_iter()
        .rev()
        .max_by_key(|&(_, n)| n)
        .map_or(b',', |(s, _)| s)
}

fn format(row: &Map<String, Value>, columns: &[Column]) -> Format {
    let has = |names: &[&str]| names.iter().all(|name| row.contains_key(*name));
    let typed = row.get("type").and_then(Value::as_str);
    if typed.is_some_and(|name| record::TYPES.contains(&name)) {
        return Format::Record;
    }
    let list = |name: &str| row.get(name).is_some_and(Value::is_array);
    if list("messages") || list("conversations") {
        return Format::Chat;
    }
    if has(&["instruction", "output_1", "output_2", "preference"]) {
        return Format::AlpacaAnnotations;
    }
    if has(&["instruction", "output", "generator"]) {
        return Format::AlpacaOutputs;
    }
    if has(&["chosen", "rejected"]) || has(&["preferred_output", "non_preferred_output"]) {
        return Format::Preference;
    }
    let told = |role| columns.iter().any(|column| column.role == role);
    let only_prompt = !Role::ALL
        .into_iter()
        .filter(|role| !role.describes_the_prompt())
        .any(told);
    if has(&["prompt", "completion"]) || (has(&["prompt"]) && only_prompt) {
        return Format::Completion;
    }
    Format::Columns
}
