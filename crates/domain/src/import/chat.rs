//! `OpenAI` chat messages, fine-tuning files included: `{"messages": [{"role", "content"}, …]}`. Also
//! `{"conversations": [{"from", "value"}, …]}`.
//!
//! When the conversation ends with the assistant's message, that message is the response and what stands
//! before it is the prompt; otherwise all of it is a prompt that awaits a response.

use super::{Example, Plan, PromptPart, ResponsePart, taking::Taking};
use crate::{Invalid, Problem};
use serde_json::{Map, Value, json};

pub(super) fn read(fields: Map<String, Value>, plan: &Plan) -> Result<Example, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    let name = if row.has("messages") {
        "messages"
    } else {
        "conversations"
    };
    let mut messages = match row.conversation(name) {
        Some(messages) => messages,
        None if row.wrong.is_empty() => return Err(vec![Invalid::missing("messages")]),
        None => return Err(row.wrong),
    };
    let answer = messages.pop_if(|last| last.role == "assistant");
    if messages.is_empty() {
        row.wrong.push(Invalid::new(
            name,
            Problem::Other("has an answer but nothing before it".into()),
        ));
    }
    if answer.as_ref().is_some_and(|a| a.content.trim().is_empty()) {
        row.refuse::<()>(name, "ends with an empty answer");
    }
    let source = row.text("model").unwrap_or_else(|| plan.source.clone());
    let prompt = PromptPart::from_row(&mut row, messages);
    let responses = answer.map(|answer| ResponsePart {
        key: None,
        source,
        source_kind: plan.source_kind,
        text: answer.content,
        metadata: json!({}),
    });
    row.done(Example {
        prompt,
        responses: responses.into_iter().collect(),
        feedback: Vec::new(),
    })
}
