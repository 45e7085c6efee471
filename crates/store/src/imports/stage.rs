//! Items of a file laid out as rows of our tables, still without our identifiers.

use crate::sha256;
use domain::import::{
    AnnotationRecord, CriterionPart, Example, FeedbackPart, Item, ProjectRecord, PromptPart,
    Record, ResponsePart, place_of,
};
use domain::prompt::{SourceKind, preview};
use domain::{Annotation, Provenance};
use serde_json::Value;

/// What one transaction will write.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) project: Option<ProjectRecord>,
    pub(super) prompts: Vec<StagedPrompt>,
    pub(super) responses: Vec<StagedResponse>,
    pub(super) annotations: Vec<StagedAnnotation>,
    /// Rows that came, and the bytes of their texts.
    pub(super) rows: u64,
    pub(super) bytes: usize,
}

pub(super) struct StagedPrompt {
    pub(super) key: Option<String>,
    pub(super) hash: String,
    pub(super) messages: String,
    pub(super) preview: String,
    pub(super) reference: Option<String>,
    pub(super) language: Option<String>,
    pub(super) metadata: String,
    pub(super) nodes: Vec<String>,
    pub(super) criteria: Vec<CriterionPart>,
}

/// What a response or annotation speaks of.
pub(super) enum To {
    /// Staged in this batch, at this place.
    Staged(usize),
    /// Under the file's identifier.
    Key(String),
}

pub(super) struct StagedResponse {
    pub(super) line: u64,
    pub(super) key: Option<String>,
    pub(super) prompt: To,
    pub(super) source: String,
    pub(super) kind: SourceKind,
    pub(super) hash: String,
    pub(super) text: String,
    pub(super) metadata: String,
}

pub(super) struct StagedAnnotation {
    pub(super) line: u64,
    pub(super) key: Option<String>,
    pub(super) prompt: To,
    /// In the order in which they were shown; `#0` of the payload is the first.
    pub(super) responses: Vec<To>,
    pub(super) annotator: String,
    pub(super) provenance: Provenance,
    /// Names responses by their place in `responses`.
    pub(super) payload: Annotation,
    pub(super) at: Option<i64>,
    pub(super) seconds: Option<f64>,
    pub(super) supersedes: Option<String>,
    pub(super) withdrawn: bool,
    pub(super) subject: Option<String>,
    pub(super) metadata: String,
}

/// Who said it, where a file does not say.
const UNNAMED: &str = "unnamed";

impl Batch {
    pub(super) fn add(&mut self, line: u64, item: Item) {
        match item {
            Item::Example(example) => self.example(line, *example),
            Item::Record(record) => self.record(line, *record),
        }
        self.rows += 1;
    }

    fn example(&mut self, line: u64, example: Example) {
        let prompt = self.prompt(example.prompt);
        let first = self.responses.len();
        for response in example.responses {
            self.response(line, To::Staged(prompt), response);
        }
        for feedback in example.feedback {
            let FeedbackPart {
                annotator,
                provenance,
                payload,
                at,
                seconds,
                metadata,
            } = feedback;
            self.bytes += 400;
            let shown = shown(&payload);
            let mut payload = payload;
            payload.visit_ids(
                &mut |id| {
                    let place = place_of(id).and_then(|n| shown.iter().position(|&s| s == n));
                    *id = domain::import::place(place.unwrap_or(0));
                },
                &mut |_| {},
            );
            self.annotations.push(StagedAnnotation {
                line,
                key: None,
                prompt: To::Staged(prompt),
                responses: shown.into_iter().map(|n| To::Staged(first + n)).collect(),
                annotator: annotator.unwrap_or_else(|| UNNAMED.to_owned()),
                provenance,
                payload,
                at,
                seconds,
                supersedes: None,
                withdrawn: false,
                subject: None,
                metadata: metadata.to_string(),
            });
        }
    }

    fn record(&mut self, line: u64, record: Record) {
        match record {
            Record::Project(project) => self.project = Some(project),
            Record::Prompt(prompt) => {
                self.prompt(PromptPart {
                    key: Some(prompt.id),
                    messages: prompt.messages,
                    reference: prompt.reference,
                    language: prompt.language,
                    metadata: prompt.metadata,
                    nodes: prompt.nodes,
                    criteria: prompt.criteria,
                });
            }
            Record::Response(response) => {
                let part = ResponsePart {
                    key: Some(response.id),
                    source: response.source.name,
                    source_kind: response.source.kind,
                    text: response.text,
                    metadata: response.metadata,
                };
                self.response(line, To::Key(response.prompt), part);
            }
            Record::Annotation(annotation) => self.annotation(line, annotation),
        }
    }

    fn annotation(&mut self, line: u64, mut annotation: AnnotationRecord) {
        self.bytes += 400;
        let shown = &annotation.responses;
        annotation.payload.visit_ids(
            &mut |id| {
                let place = shown.iter().position(|s| s == id.as_str());
                *id = domain::import::place(place.unwrap_or(0));
            },
            &mut |_| {},
        );
        self.annotations.push(StagedAnnotation {
            line,
            key: Some(annotation.id),
            prompt: To::Key(annotation.prompt),
            responses: annotation.responses.into_iter().map(To::Key).collect(),
            annotator: annotation.annotator.unwrap_or_else(|| UNNAMED.to_owned()),
            provenance: annotation.provenance,
            payload: annotation.payload,
            at: annotation.at,
            seconds: annotation.seconds,
            supersedes: annotation.supersedes,
            withdrawn: annotation.withdrawn,
            subject: annotation.subject,
            metadata: annotation.metadata.to_string(),
        });
    }

    fn prompt(&mut self, prompt: PromptPart) -> usize {
        let messages = serde_json::to_string(&prompt.messages).unwrap_or_default();
        let hash = prompt_hash(prompt.key.as_deref(), &messages);
        self.bytes += messages.len();
        self.prompts.push(StagedPrompt {
            hash,
            preview: preview(&prompt.messages),
            messages,
            key: prompt.key,
            reference: prompt.reference,
            language: prompt.language,
            metadata: match prompt.metadata {
                Value::Null => "{}".to_owned(),
                other => other.to_string(),
            },
            nodes: prompt.nodes,
            criteria: prompt.criteria,
        });
        self.prompts.len() - 1
    }

    fn response(&mut self, line: u64, prompt: To, response: ResponsePart) {
        self.bytes += response.text.len();
        self.responses.push(StagedResponse {
            line,
            key: response.key,
            prompt,
            source: response.source,
            kind: response.source_kind,
            hash: sha256(&response.text),
            text: response.text,
            metadata: response.metadata.to_string(),
        });
    }
}

/// What makes two prompts the same: the conversation, and the file's identifier if it has one (two items
/// of a file may ask the same).
fn prompt_hash(key: Option<&str>, messages: &str) -> String {
    match key {
        Some(key) => sha256(format!("{key}\n{messages}")),
        None => sha256(messages),
    }
}

/// The places on the row that a payload speaks of, in its order: the responses that were shown.
fn shown(payload: &Annotation) -> Vec<usize> {
    let mut places = Vec::new();
    payload.clone().visit_ids(
        &mut |id| {
            if let Some(place) = place_of(id)
                && !places.contains(&place)
            {
                places.push(place);
            }
        },
        &mut |_| {},
    );
    places
}
