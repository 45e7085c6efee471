//! Identifiers: `UUIDv7` text, minted by the store, opaque everywhere else.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as it stands in the database and in addresses.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl From<String> for $name { fn from(id: String) -> Self { Self(id) } }
        impl From<&str> for $name { fn from(id: &str) -> Self { Self(id.to_owned()) } }
    )+};
}

id! {
    /// A person who signs in.
    UserId,
    /// A project.
    ProjectId,
    /// Where responses come from: a model, a person, a student, an API.
    SourceId,
    /// A prompt: a conversation that awaits a response.
    PromptId,
    /// One response to a prompt.
    ResponseId,
    /// A unit of work in the queue.
    TaskId,
    /// One annotation; an edit gets a new one.
    AnnotationId,
    /// A rubric item of a prompt.
    CriterionId,
    /// A file being imported.
    ImportId,
    /// A node of a taxonomy.
    NodeId,
    /// An invitation.
    InviteId,
    /// A training run.
    RunId,
    /// A model that engines can load.
    ModelId,
    /// A piece of work for an engine.
    JobId,
    /// A process that trains and generates.
    EngineId,
    /// A token with which a program calls in a person's name.
    TokenId,
    /// An outside server that speaks the `OpenAI` wire format.
    EndpointId,
}
