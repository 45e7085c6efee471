//! What goes out: Touchstone's full record, training sets in TRL's documented formats, tables.
//!
//! Each function makes one line; nothing here knows where lines come from or go.

use crate::Provenance;
use crate::prompt::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Everything, history included, as JSONL that an import reads.
    Record,
    /// TRL preference, texts.
    Preference,
    /// TRL preference, lists of messages.
    PreferenceChat,
    /// TRL prompt-completion from refinements, texts.
    Completion,
    /// TRL prompt-completion from refinements, lists of messages.
    CompletionChat,
    /// Critiques as JSONL.
    Critiques,
    /// Grades as CSV.
    Grades,
    /// The data card: what the data is, in Markdown.
    Card,
}

impl Format {
    /// All of them, in the order in which the page lists them.
    pub const ALL: [Self; 8] = [
        Self::Record,
        Self::Preference,
        Self::PreferenceChat,
        Self::Completion,
        Self::CompletionChat,
        Self::Critiques,
        Self::Grades,
        Self::Card,
    ];
    /// The name in forms and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Preference => "preference",
            Self::PreferenceChat => "preference-chat",
            Self::Completion => "completion",
            Self::CompletionChat => "completion-chat",
            Self::Critiques => "critiques",
            Self::Grades => "grades",
            Self::Card => "card",
        }
    }
    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
    /// The name of its file.
    pub fn file_name(self) -> String {
        let ending = match self {
            Self::Grades => "csv",
            Self::Card => "md",
            _ => "jsonl",
        };
        format!("{}.{ending}", self.name())
    }
}

/// What to put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The kind of file.
    pub format: Format,
    /// Whose feedback. **People's only unless somebody asks otherwise.** The full record ignores it: each
    /// of its lines says its provenance.
    pub provenances: Vec<Provenance>,
    /// Only prompts of this language.
    pub language: Option<String>,
    /// The licence that the card names.
    pub licence: Option<String>,
}

impl Request {
    /// People's feedback, all languages.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            provenances: vec![Provenance::Person],
            language: None,
            licence: None,
        }
    }
}

/// A conversation as one text, for formats that know texts only: a single question as it stands, else
/// one paragraph a message, each after its role.
fn transcript(messages: &[Message]) -> String {
    match messages {
        [only] if only.role == "user" => only.content.clone(),
        all => all
            .iter()
            .map(|message| format!("{}: {}", message.role, message.content))
            .collect::<Vec<_>>()
            .join("\n\n"),
    }
}

fn answer(text: &str) -> Value {
    json!([{ "role": "assistant", "content": text }])
}

/// TRL preference: `prompt`, `chosen`, `rejected`.
pub fn preference(prompt: &[Message], chosen: &str, rejected: &str, chat: bool) -> String {
    let row = if chat {
        json!({ "prompt": prompt, "chosen": answer(chosen), "rejected": answer(rejected) })
    } else {
        json!({ "prompt": transcript(prompt), "chosen": chosen, "rejected": rejected })
    };
    format!("{row}\n")
}

/// TRL prompt-completion: `prompt`, `completion`.
pub fn completion(prompt: &[Message], text: &str, chat: bool) -> String {
    let row = if chat {
        json!({ "prompt": prompt, "completion": answer(text) })
    } else {
        json!({ "prompt": transcript(prompt), "completion": text })
    };
    format!("{row}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Item, Plan, Reader};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_out_comes_in(question in "w\\PC{0,30}", good in "w\\PC{0,30}", bad in "v\\PC{0,30}", chat: bool) {
            let prompt = [Message::user(question)];
            let line = preference(&prompt, &good, &bad, chat);
            let plan = Plan::guess(line.as_bytes(), "f").unwrap();
            let item = Reader::new(line.as_bytes(), &plan).next().unwrap().1.unwrap();
            let Item::Example(read) = item else { panic!("no example") };
            prop_assert_eq!(read.prompt.messages, prompt);
            prop_assert_eq!((&read.responses[0].text, &read.responses[1].text), (&good, &bad));
        }
    }
}
