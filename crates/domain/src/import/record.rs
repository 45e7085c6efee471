//! Touchstone's own JSONL: everything a project holds, one record a line, history included. The same types
//! write the export, so that what is written can be read.

use super::{CriterionPart, taking, taking::Taking};
use crate::{
    Annotation, Invalid, Kind, Problem, Provenance, project::Settings, prompt::Message,
    prompt::SourceKind,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// The values of `type`.
pub(super) const TYPES: [&str; 4] = ["project", "prompt", "response", "annotation"];

/// One line of the full record. Identifiers are the file's own; an import gives new ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Record {
    /// The project itself.
    Project(ProjectRecord),
    /// A prompt.
    Prompt(PromptRecord),
    /// A response to a prompt that stood before.
    Response(ResponseRecord),
    /// What somebody said about responses that stood before.
    Annotation(AnnotationRecord),
}

/// The project.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectRecord {
    /// Its name.
    pub name: String,
    /// What it asks of people.
    pub settings: Settings,
}

/// A prompt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PromptRecord {
    /// The file's identifier.
    pub id: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// A reference answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Everything else, an object.
    pub metadata: Value,
    /// Paths in the taxonomy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
    /// The rubric.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<CriterionPart>,
}

/// Where a response comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The name of the model, person or student.
    pub name: String,
    /// What that is.
    pub kind: SourceKind,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResponseRecord {
    /// The file's identifier.
    pub id: String,
    /// The prompt's identifier in the file.
    pub prompt: String,
    /// Where it comes from.
    pub source: Source,
    /// The response.
    pub text: String,
    /// Everything else, an object.
    pub metadata: Value,
}

/// An annotation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnnotationRecord {
    /// The file's identifier.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// The prompt's identifier in the file.
    pub prompt: String,
    /// The responses' identifiers in the file, in the order in which they were shown.
    pub responses: Vec<String>,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotator: Option<String>,
    /// Person, machine or simulated.
    pub provenance: Provenance,
    /// What was said; its responses are the file's identifiers.
    pub payload: Annotation,
    /// When, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The annotation that this one replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// It was taken back, and nothing replaces it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// The annotation that this one judges (an incorporation's refinement).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Everything else, an object.
    #[serde(skip_serializing_if = "is_empty")]
    pub metadata: Value,
}

fn is_empty(metadata: &Value) -> bool {
    metadata.as_object().is_some_and(Map::is_empty)
}

pub(super) fn read(fields: Map<String, Value>) -> Result<Record, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    match row.needed("type").as_str() {
        "project" => {
            let name = row.needed("name");
            let settings = row.object("settings");
            let settings = serde_json::from_value(settings)
                .map_err(|cause| row.refuse::<()>("settings", &cause.to_string()))
                .unwrap_or_default();
            row.done(Record::Project(ProjectRecord { name, settings }))
        }
        "prompt" => {
            let record = prompt(&mut row);
            row.done(Record::Prompt(record))
        }
        "response" => {
            let record = response(&mut row);
            row.done(Record::Response(record))
        }
        "annotation" => annotation(row),
        "" => Err(row.wrong),
        other => Err(vec![Invalid::unknown("type", other)]),
    }
}

fn prompt(row: &mut Taking) -> PromptRecord {
    let messages = row.conversation("messages").unwrap_or_else(|| {
        if row.wrong.is_empty() {
            row.wrong.push(Invalid::missing("messages"));
        }
        Vec::new()
    });
    let criteria = row.value("criteria").unwrap_or(Value::Array(Vec::new()));
    let criteria: Vec<CriterionPart> = serde_json::from_value(criteria)
        .map_err(|cause| row.refuse::<()>("criteria", &cause.to_string()))
        .unwrap_or_default();
    PromptRecord {
        id: row.needed("id"),
        messages,
        reference: row.text("reference"),
        language: row.text("language"),
        metadata: row.object("metadata"),
        nodes: row.texts("nodes"),
        criteria,
    }
}

fn response(row: &mut Taking) -> ResponseRecord {
    let mut source = match row.value("source") {
        Some(Value::Object(fields)) => Taking::new(fields),
        Some(other) => Taking::new(taking::as_text(&other).map_or_else(Map::new, |name| {
            Map::from_iter([("name".to_owned(), Value::String(name))])
        })),
        None => Taking::new(Map::new()),
    };
    let name = source.text("name").unwrap_or_else(|| {
        row.wrong.push(Invalid::missing("source.name"));
        String::new()
    });
    let kind = match source.text("kind") {
        None => SourceKind::Model,
        Some(given) => SourceKind::parse(&given).unwrap_or_else(|| {
            row.wrong.push(Invalid::unknown("source.kind", given));
            SourceKind::Model
        }),
    };
    row.wrong.append(&mut source.wrong);
    ResponseRecord {
        id: row.needed("id"),
        prompt: row.needed("prompt"),
        source: Source { name, kind },
        text: row.needed("text"),
        metadata: row.object("metadata"),
    }
}

fn annotation(mut row: Taking) -> Result<Record, Vec<Invalid>> {
    let id = row.needed("id");
    let given = row.needed("kind");
    let kind = Kind::parse(&given);
    if kind.is_none() && !given.is_empty() {
        row.wrong.push(Invalid::unknown("kind", &given));
    }
    let payload = match row.value("payload") {
        Some(Value::Object(mut fields)) => {
            // the kind may stand once, beside the payload
            fields.entry("kind").or_insert(Value::String(given));
            serde_json::from_value::<Annotation>(Value::Object(fields))
                .map_err(|cause| row.refuse::<()>("payload", &cause.to_string()))
                .ok()
        }
        Some(_) => row.refuse("payload", "must be an object"),
        None => {
            row.wrong.push(Invalid::missing("payload"));
            None
        }
    };
    let responses = row.texts("responses");
    let provenance = match row.text("provenance") {
        None => {
            row.wrong.push(Invalid::missing("provenance"));
            Provenance::Person
        }
        Some(given) => Provenance::parse(&given).unwrap_or_else(|| {
            row.wrong.push(Invalid::unknown("provenance", given));
            Provenance::Person
        }),
    };
    let (prompt, annotator) = (row.needed("prompt"), row.text("annotator"));
    let (at, seconds) = (row.integer("at"), row.real("seconds"));
    let (supersedes, subject) = (row.text("supersedes"), row.text("subject"));
    let withdrawn = match row.value("withdrawn") {
        None => false,
        Some(Value::Bool(yes)) => yes,
        Some(_) => row
            .refuse("withdrawn", "must be true or false")
            .unwrap_or(false),
    };
    let metadata = row.object("metadata");
    let (Some(kind), Some(mut payload)) = (kind, payload) else {
        return Err(row.wrong);
    };
    if payload.kind() != kind {
        let sentence = format!("is a {}, not a {}", payload.kind().name(), kind.name());
        row.wrong
            .push(Invalid::new("payload", Problem::Other(sentence)));
    }
    let mut strange = None;
    payload.visit_ids(
        &mut |id| {
            if !responses.iter().any(|known| known == id.as_str()) {
                strange.get_or_insert_with(|| id.to_string());
            }
        },
        &mut |_| {},
    );
    if let Some(id) = strange {
        let sentence = format!("speaks of {id}, which is not among the responses");
        row.wrong
            .push(Invalid::new("payload", Problem::Other(sentence)));
    }
    row.done(Record::Annotation(AnnotationRecord {
        id,
        kind,
        prompt,
        responses,
        annotator,
        provenance,
        payload,
        at,
        seconds,
        supersedes,
        withdrawn,
        subject,
        metadata,
    }))
}
