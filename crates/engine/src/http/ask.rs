//! Requests as clients send them. What we cannot do is refused by name, never silently left out.

use super::Problem;
use domain::prompt::Message;
use domain::run::Sampling;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The most choices of one request.
const MOST_CHOICES: usize = 16;

/// Settings that chat and plain completions share.
#[derive(Debug, Deserialize)]
pub(super) struct Ask {
    pub(super) model: String,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<usize>,
    min_p: Option<f64>,
    repetition_penalty: Option<f64>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    max_tokens: Option<usize>,
    max_completion_tokens: Option<usize>,
    n: Option<usize>,
    seed: Option<i64>,
    stop: Option<OneOrMany>,
    #[serde(default)]
    pub(super) stream: bool,
    stream_options: Option<StreamOptions>,
    tools: Option<Vec<Value>>,
    response_format: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// A text or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn all(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(all) => all,
        }
    }
}

/// A message as clients send it: its content may be in parts.
#[derive(Debug, Deserialize)]
pub(super) struct SentMessage {
    role: String,
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

/// Reads a request's body.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|why| Problem::invalid("body", format!("the request cannot be read: {why}")))
}

/// The conversation, texts only.
pub(super) fn messages(sent: Vec<SentMessage>) -> Result<Vec<Message>, Problem> {
    if sent.is_empty() {
        return Err(Problem::invalid(
            "messages",
            "at least one message is needed",
        ));
    }
    sent.into_iter()
        .map(|message| {
            let content = match message.content {
                Content::Text(text) => text,
                Content::Parts(parts) => {
                    if let Some(part) = parts.iter().find(|part| part.kind != "text") {
                        let words =
                            format!("a part of type {} cannot be read: texts only", part.kind);
                        return Err(Problem::invalid("messages", words));
                    }
                    parts.into_iter().filter_map(|part| part.text).collect()
                }
            };
            Ok(Message {
                role: message.role,
                content,
            })
        })
        .collect()
}

impl Ask {
    /// How many answers, and how they are sampled; without a seed, from `chance`.
    pub(super) fn sampling(&mut self, chance: u64) -> Result<(usize, Sampling), Problem> {
        if self.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            return Err(Problem::invalid("tools", "local models cannot call tools"));
        }
        let text = |format: &Value| format["type"] == "text";
        if self
            .response_format
            .as_ref()
            .is_some_and(|format| !text(format))
        {
            return Err(Problem::invalid(
                "response_format",
                "only the format `text` is spoken",
            ));
        }
        for (name, value) in [
            ("frequency_penalty", self.frequency_penalty),
            ("presence_penalty", self.presence_penalty),
        ] {
            if value.is_some_and(|value| value != 0.0) {
                return Err(Problem::invalid(
                    name,
                    "is not known here; repetition_penalty is",
                ));
            }
        }
        let within = |name: &'static str, value: Option<f64>, usual: f64, least: f64, most: f64| {
            let value = value.unwrap_or(usual);
            if (least..=most).contains(&value) {
                Ok(value)
            } else {
                Err(Problem::invalid(name, format!("must be {least} to {most}")))
            }
        };
        let samples = self.n.unwrap_or(1);
        if !(1..=MOST_CHOICES).contains(&samples) {
            return Err(Problem::invalid(
                "n",
                format!("must be 1 to {MOST_CHOICES}"),
            ));
        }
        let max_tokens = self
            .max_completion_tokens
            .or(self.max_tokens)
            .unwrap_or(512);
        if max_tokens == 0 {
            return Err(Problem::invalid("max_tokens", "must be at least 1"));
        }
        let stop = self.stop.take().map(OneOrMany::all).unwrap_or_default();
        if stop.len() > 8 || stop.iter().any(String::is_empty) {
            return Err(Problem::invalid(
                "stop",
                "up to eight texts, none of them empty",
            ));
        }
        let sampling = Sampling {
            temperature: within("temperature", self.temperature, 1.0, 0.0, 5.0)?,
            top_p: within("top_p", self.top_p, 1.0, 1e-6, 1.0)?,
            top_k: self.top_k.unwrap_or(0),
            min_p: within("min_p", self.min_p, 0.0, 0.0, 1.0)?,
            repetition_penalty: within(
                "repetition_penalty",
                self.repetition_penalty,
                1.0,
                0.1,
                10.0,
            )?,
            max_tokens,
            stop,
            seed: self.seed.map_or(chance, i64::cast_unsigned),
        };
        Ok((samples, sampling))
    }

    /// Whether the stream ends with what was used.
    pub(super) fn wants_usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .is_some_and(|it| it.include_usage)
    }
}

/// A number to draw from where the client gives no seed.
pub(super) fn chance() -> u64 {
    let hex = store::sha256(store::new_id());
    u64::from_str_radix(&hex[..15], 16).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(body: &Value) -> Result<(usize, Sampling), Problem> {
        read::<Ask>(body.to_string().as_bytes())?.sampling(9)
    }

    fn culprit(problem: &Problem) -> String {
        problem.body()["error"]["param"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        let (n, sampling) = asked(&json!({"model": "m", "stop": "END", "n": 2})).unwrap();
        assert_eq!((n, sampling.seed, sampling.temperature), (2, 9, 1.0));
        assert_eq!(sampling.stop, ["END"]);
        let refused = [
            (json!({"model": "m", "temperature": 9}), "temperature"),
            (json!({"model": "m", "n": 0}), "n"),
            (json!({"model": "m", "tools": [{}]}), "tools"),
            (
                json!({"model": "m", "presence_penalty": 0.5}),
                "presence_penalty",
            ),
            (json!({"model": "m", "max_tokens": 0}), "max_tokens"),
            (
                json!({"model": "m", "response_format": {"type": "json_object"}}),
                "response_format",
            ),
            (json!({"temperature": 1}), "body"),
        ];
        for (body, param) in refused {
            assert_eq!(culprit(&asked(&body).unwrap_err()), param, "{body}");
        }
    }

    #[test]
    fn content_may_come_in_parts_of_text() {
        let sent = json!([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]);
        let sent: Vec<SentMessage> = serde_json::from_value(sent).unwrap();
        assert_eq!(messages(sent).unwrap()[0].content, "ab");
        let sent = json!([{"role": "user", "content": [{"type": "image_url"}]}]);
        let sent: Vec<SentMessage> = serde_json::from_value(sent).unwrap();
        assert_eq!(culprit(&messages(sent).unwrap_err()), "messages");
    }
}
