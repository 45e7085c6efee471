//! TRL's data sets: preference (`prompt`, `chosen`, `rejected`; as texts or as lists of messages; the
//! prompt may be implicit, the beginning that both share), prompt-completion and prompt-only; and
//! `OpenAI`'s preference files (`input.messages`, `preferred_output`, `non_preferred_output`).
//!
//! A preference says which is better but not by how much: it is read as *clearly* better (strength 2).

use super::{
    Example, FeedbackPart, Plan, PromptPart, ResponsePart, place, taking::Taking, transcript,
};
use crate::{
    Annotation, Invalid, Provenance,
    annotation::Preference,
    prompt::{Message, SourceKind},
};
use serde_json::{Map, Value, json};

/// How much better the chosen response is taken to be.
const STRENGTH: i8 = -2;

pub(super) fn preference(fields: Map<String, Value>, plan: &Plan) -> Result<Example, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    let (prompt_name, chosen_name, rejected_name) = if row.has("chosen") || row.has("rejected") {
        ("prompt", "chosen", "rejected")
    } else {
        ("input", "preferred_output", "non_preferred_output")
    };
    let prompt = row.value(prompt_name).map(|value| match value {
        Value::Object(mut inner) => inner.remove("messages").unwrap_or(Value::Object(inner)),
        other => other,
    });
    let (chosen, rejected) = (row.value(chosen_name), row.value(rejected_name));
    let (Some(chosen), Some(rejected)) = (&chosen, &rejected) else {
        for (name, value) in [(chosen_name, &chosen), (rejected_name, &rejected)] {
            if value.is_none() {
                row.wrong.push(Invalid::missing(name));
            }
        }
        return Err(row.wrong);
    };
    let read = match &prompt {
        Some(prompt) => explicit(
            (prompt_name, prompt),
            (chosen_name, chosen),
            (rejected_name, rejected),
        ),
        None => implicit((chosen_name, chosen), (rejected_name, rejected)),
    };
    let (messages, better, worse) = read.map_err(|problem| vec![problem])?;
    if better == worse {
        row.refuse::<()>(rejected_name, "is the same as the chosen response");
    }
    let responses = [(better, "chosen"), (worse, "rejected")].map(|(text, part)| {
        // names that common data sets give the models behind the two
        let named = [format!("{part}_model"), format!("{part}-model")]
            .iter()
            .find_map(|name| row.text(name));
        let score = row.real(&format!("score_{part}"));
        ResponsePart {
            key: None,
            source: named.unwrap_or_else(|| plan.source.clone()),
            source_kind: plan.source_kind,
            text,
            metadata: score.map_or_else(|| json!({}), |score| json!({ "score": score })),
        }
    });
    let annotator = row.text("annotator");
    let prompt = PromptPart::from_row(&mut row, messages);
    row.done(Example {
        prompt,
        responses: responses.into(),
        feedback: vec![FeedbackPart {
            annotator,
            provenance: plan.provenance.unwrap_or(Provenance::Person),
            payload: Annotation::Preference(Preference {
                left: place(0),
                right: place(1),
                strength: STRENGTH,
                both_bad: false,
                aspects: std::collections::BTreeMap::new(),
                reason: String::new(),
            }),
            at: None,
            seconds: None,
            metadata: json!({}),
        }],
    })
}

type Named<'a> = (&'a str, &'a Value);
type Split = (Vec<Message>, String, String);

fn explicit(prompt: Named<'_>, chosen: Named<'_>, rejected: Named<'_>) -> Result<Split, Invalid> {
    let messages = conversation(prompt.0, prompt.1)?;
    let one = answer(chosen, &messages)?;
    let other = answer(rejected, &messages)?;
    Ok((messages, one, other))
}

fn implicit(chosen: Named<'_>, rejected: Named<'_>) -> Result<Split, Invalid> {
    if let (Some(one), Some(other)) = (chosen.1.as_str(), rejected.1.as_str()) {
        if let (Some(mut one), Some(mut other)) =
            (transcript::messages(one), transcript::messages(other))
        {
            let (Some(better), Some(worse)) = (one.pop(), other.pop()) else {
                return Err(Invalid::missing(chosen.0));
            };
            return shared(chosen.0, one, &other, better.content, worse.content);
        }
        let (prompt, better, worse) = transcript::split(one, other);
        let prompt = conversation("prompt", &json!(prompt.trim())).map_err(|_| {
            Invalid::other(
                "prompt",
                "is missing, and chosen and rejected do not begin alike",
            )
        })?;
        let (better, worse) = (better.trim().to_owned(), worse.trim().to_owned());
        for (name, text) in [(chosen.0, &better), (rejected.0, &worse)] {
            if text.is_empty() {
                return Err(Invalid::other(
                    name,
                    "holds nothing after the shared prompt",
                ));
            }
        }
        return Ok((prompt, better, worse));
    }
    let mut one = super::taking::messages(chosen.0, chosen.1)?;
    let mut other = super::taking::messages(rejected.0, rejected.1)?;
    let (Some(better), Some(worse)) = (one.pop(), other.pop()) else {
        return Err(Invalid::missing(chosen.0));
    };
    shared(chosen.0, one, &other, better.content, worse.content)
}

fn shared(
    field: &str,
    one: Vec<Message>,
    other: &[Message],
    better: String,
    worse: String,
) -> Result<Split, Invalid> {
    if one != other || one.is_empty() {
        let sentence = "and the rejected one do not answer the same conversation";
        return Err(Invalid::other(field, sentence));
    }
    Ok((one, better, worse))
}

/// The prompt's messages; a text that is a whole dialogue becomes its turns.
fn conversation(field: &str, value: &Value) -> Result<Vec<Message>, Invalid> {
    let turns = value.as_str().and_then(transcript::messages);
    let mut messages = match turns {
        Some(messages) => messages,
        None => super::taking::messages(field, value)?,
    };
    // "…Assistant:" at the end asks for the answer, it is none
    messages.pop_if(|last| last.role == "assistant" && last.content.is_empty());
    if messages.is_empty() {
        return Err(Invalid::missing(field));
    }
    Ok(messages)
}

/// The answer's text: a text as it stands, or the one message after the prompt (which may be repeated).
fn answer((field, value): Named<'_>, prompt: &[Message]) -> Result<String, Invalid> {
    let list = match value {
        Value::Array(_) => super::taking::messages(field, value)?,
        other => match super::taking::as_text(other) {
            Some(text) if !text.trim().is_empty() => return Ok(text),
            Some(_) => return Err(Invalid::missing(field)),
            None => return Err(Invalid::other(field, "must be text or a list of messages")),
        },
    };
    let rest = match list.strip_prefix(prompt) {
        Some(rest) => rest,
        // the prompt field of some data sets holds the last question only
        None => match list.split_last() {
            Some((_, before)) if !before.is_empty() && before.ends_with(prompt) => {
                &list[before.len()..]
            }
            _ => &list,
        },
    };
    match rest {
        [only] if !only.content.trim().is_empty() => Ok(only.content.clone()),
        [] | [_] => Err(Invalid::missing(field)),
        more => Err(Invalid::other(
            field,
            format!(
                "has {} messages after the prompt, one is needed",
                more.len()
            ),
        )),
    }
}

pub(super) fn completion(fields: Map<String, Value>, plan: &Plan) -> Result<Example, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    let Some(prompt) = row.value("prompt") else {
        return Err(vec![Invalid::missing("prompt")]);
    };
    let messages = conversation("prompt", &prompt).map_err(|problem| vec![problem])?;
    let text = match row.value("completion") {
        None => None,
        Some(value) => {
            Some(answer(("completion", &value), &messages).map_err(|problem| vec![problem])?)
        }
    };
    // the thumb of TRL's unpaired preferences: no kind of annotation yet, but not to be lost
    let metadata = match row.value("label") {
        Some(label) if text.is_some() => json!({ "label": label }),
        _ => json!({}),
    };
    let source = row.text("model").unwrap_or_else(|| plan.source.clone());
    let prompt = PromptPart::from_row(&mut row, messages);
    let source_kind: SourceKind = plan.source_kind;
    row.done(Example {
        prompt,
        responses: text
            .map(|text| ResponsePart {
                key: None,
                source,
                source_kind,
                text,
                metadata,
            })
            .into_iter()
            .collect(),
        feedback: Vec::new(),
    })
}
