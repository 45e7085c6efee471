//! Prompts: what a response answers.

use serde::{Deserialize, Serialize};

/// One message of a conversation, in the `OpenAI` chat form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// The text.
    pub content: String,
}

impl Message {
    /// A user's message.
    pub fn user(content: impl Into<String>) -> Self {
        Self {
            role: "user".into(),
            content: content.into(),
        }
    }
}

/// The conversation as one searchable text, messages separated by a blank line.
pub fn plain_text(messages: &[Message]) -> String {
    messages
        .iter()
        .map(|m| m.content.as_str())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The beginning of the last thing the user said, for lists: at most [`PREVIEW`] characters.
pub fn preview(messages: &[Message]) -> String {
    let last = messages
        .iter()
        .rev()
        .find(|m| m.role == "user")
        .or(messages.last());
    last.map_or_else(String::new, |m| m.content.chars().take(PREVIEW).collect())
}

/// Characters of a preview.
pub const PREVIEW: usize = 300;

/// The field of a prompt's metadata that says which model wrote it.
pub const WRITTEN_BY: &str = "written_by_model";

/// The model that wrote a prompt, if its metadata says that one did.
pub fn written_by(metadata: &serde_json::Value) -> Option<&str> {
    metadata[WRITTEN_BY].as_str()
}

/// Where responses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A language model.
    Model,
    /// A person.
    Person,
    /// A student, whose name graders do not see.
    Student,
    /// An outside service.
    Api,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Model, Self::Person, Self::Student, Self::Api];

    /// The name in the database and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Person => "person",
            Self::Student => "student",
            Self::Api => "api",
        }
    }
    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
