//! Takes a row's fields one by one, notes what is wrong with each, and keeps the rest as metadata.

use crate::{Invalid, Problem, prompt::Message};
use serde_json::{Map, Value};

/// A row in the course of being read.
pub(super) struct Taking {
    fields: Map<String, Value>,
    pub(super) wrong: Vec<Invalid>,
}

impl Taking {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self {
            fields,
            wrong: Vec::new(),
        }
    }

    /// The field's value; null counts as absent.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    /// A text as it stands; numbers and truth values are written out. Blank counts as absent.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        match as_text(&value) {
            Some(text) => Some(text).filter(|text| !text.trim().is_empty()),
            None => self.refuse(name, "must be text"),
        }
    }

    /// A text if the field is one; lists and objects are left for the metadata.
    pub(super) fn scalar(&mut self, name: &str) -> Option<String> {
        self.fields.get(name).and_then(as_text)?;
        self.text(name)
    }

    /// A text that must be there.
    pub(super) fn needed(&mut self, name: &str) -> String {
        let before = self.wrong.len();
        self.text(name).unwrap_or_else(|| {
            if self.wrong.len() == before {
                self.wrong.push(Invalid::missing(name));
            }
            String::new()
        })
    }

    /// A conversation: a list of messages, or a text that becomes the user's message.
    pub(super) fn conversation(&mut self, name: &str) -> Option<Vec<Message>> {
        let value = self.value(name)?;
        match messages(name, &value) {
            Ok(messages) => Some(messages).filter(|m| !m.is_empty()),
            Err(problem) => {
                self.wrong.push(problem);
                None
            }
        }
    }

    pub(super) fn real(&mut self, name: &str) -> Option<f64> {
        let value = self.value(name)?;
        let number = match &value {
            Value::String(text) if text.trim().is_empty() => return None,
            // a comma is the decimal mark of many languages' spreadsheets
            Value::String(text) => text.trim().replace(',', ".").parse().ok(),
            other => other.as_f64(),
        };
        match number.filter(|n: &f64| n.is_finite()) {
            Some(number) => Some(number),
            None => self.refuse(name, "must be a number"),
        }
    }

    pub(super) fn integer(&mut self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        match value.as_i64() {
            Some(number) => Some(number),
            None => self.refuse(name, "must be a whole number"),
        }
    }

    /// A list of texts; absent is empty.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let items = value
            .as_array()
            .and_then(|items| items.iter().map(as_text).collect::<Option<Vec<_>>>());
        items
            .or_else(|| self.refuse(name, "must be a list of texts"))
            .unwrap_or_default()
    }

    /// An object; absent is empty.
    pub(super) fn object(&mut self, name: &str) -> Value {
        match self.value(name) {
            None => Value::Object(Map::new()),
            Some(value @ Value::Object(_)) => value,
            Some(_) => {
                self.wrong.push(Invalid::other(name, "must be an object"));
                Value::Object(Map::new())
            }
        }
    }

    /// Notes a problem; stands where a value would.
    pub(super) fn refuse<T>(&mut self, name: &str, sentence: &str) -> Option<T> {
        self.wrong.push(Invalid::other(name, sentence));
        None
    }

    /// What nobody took: the row's metadata. A field `metadata` that is an object is merged in.
    pub(super) fn rest(&mut self) -> Value {
        let mut rest: Map<_, _> = std::mem::take(&mut self.fields)
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect();
        if let Some(Value::Object(_)) = rest.get("metadata")
            && let Some(Value::Object(inner)) = rest.remove("metadata")
        {
            for (name, value) in inner {
                rest.entry(name).or_insert(value);
            }
        }
        Value::Object(rest)
    }

    /// The row, unless something was wrong with it.
    pub(super) fn done<T>(self, row: T) -> Result<T, Vec<Invalid>> {
        if self.wrong.is_empty() {
            Ok(row)
        } else {
            Err(self.wrong)
        }
    }
}

/// A scalar as text.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A list of messages in the `OpenAI` form (or with `from` and `value`), or a text.
pub(super) fn messages(field: &str, value: &Value) -> Result<Vec<Message>, Invalid> {
    let list = match value {
        Value::Array(list) => list,
        other => {
            return match as_text(other) {
                Some(text) if text.trim().is_empty() => Err(Invalid::missing(field)),
                Some(text) => Ok(vec![Message::user(text)]),
                None => Err(Invalid::other(field, "must be text or a list of messages")),
            };
        }
    };
    list.iter()
        .enumerate()
        .map(|(n, item)| message(&format!("{field}[{n}]"), item))
        .collect()
}

fn message(field: &str, value: &Value) -> Result<Message, Invalid> {
    let Some(fields) = value.as_object() else {
        return Err(Invalid::other(
            field,
            "must be an object with role and content",
        ));
    };
    let given = fields.get("role").or_else(|| fields.get("from"));
    let role = match given.and_then(Value::as_str) {
        Some("system" | "developer") => "system",
        Some("user" | "human") => "user",
        Some("assistant" | "gpt" | "model") => "assistant",
        Some("tool" | "function" | "observation") => "tool",
        Some(other) => return Err(Invalid::unknown(format!("{field}.role"), other)),
        None => return Err(Invalid::missing(format!("{field}.role"))),
    };
    let name = format!("{field}.content");
    let content = match fields.get("content").or_else(|| fields.get("value")) {
        Some(Value::Array(parts)) => parts
            .iter()
            .map(|part| part_text(&name, part))
            .collect::<Result<Vec<_>, _>>()?
            .join("\n"),
        Some(Value::String(text)) => text.clone(),
        // a call to a tool has no content of its own
        None | Some(Value::Null) => match fields.get("tool_calls") {
            Some(calls) if !calls.is_null() => calls.to_string(),
            _ => return Err(Invalid::missing(name)),
        },
        Some(other) => {
            let sentence = "must be text or a list of text parts";
            return as_text(other)
                .map(|content| Message {
                    role: role.into(),
                    content,
                })
                .ok_or_else(|| Invalid::new(name, Problem::Other(sentence.into())));
        }
    };
    Ok(Message {
        role: role.into(),
        content,
    })
}

fn part_text(field: &str, part: &Value) -> Result<String, Invalid> {
    match (part.as_str(), part.get("text").and_then(Value::as_str)) {
        (Some(text), _) | (None, Some(text)) => Ok(text.to_owned()),
        (None, None) => Err(Invalid::other(
            field,
            "has a part that is not text; images and sound cannot be imported",
        )),
    }
}
