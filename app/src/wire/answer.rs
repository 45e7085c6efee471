//! What is asked and what comes back.

use domain::prompt::Message;
use domain::run::Sampling;
use serde_json::{Value, json};

/// A request for one answer.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The model's name there.
    pub model: String,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// How it is sampled.
    pub sampling: Sampling,
}

impl Ask {
    /// The body of the request. Settings that only some servers know go to our own engine alone: others
    /// refuse what they do not know.
    pub(super) fn body(&self, own: bool, stream: bool) -> Value {
        let it = &self.sampling;
        let mut body = json!({
            "model": self.model,
            "messages": self.messages,
            "temperature": it.temperature,
            "top_p": it.top_p,
            "max_tokens": it.max_tokens,
            "seed": it.seed,
            "stream": stream,
        });
        if !it.stop.is_empty() {
            body["stop"] = json!(it.stop);
        }
        if own {
            body["top_k"] = json!(it.top_k);
            body["min_p"] = json!(it.min_p);
            body["repetition_penalty"] = json!(it.repetition_penalty);
        }
        body
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Why it ended: `stop`, or `length` when it was cut off.
    pub finish: String,
    /// Tokens read and written, as the server counts; 0 where it does not say.
    pub tokens: [i64; 2],
}

impl Answer {
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let choice = answer["choices"].get(0)?;
        Some(Self {
            text: choice["message"]["content"].as_str()?.to_owned(),
            finish: choice["finish_reason"].as_str().unwrap_or("").to_owned(),
            tokens: ["prompt_tokens", "completion_tokens"]
                .map(|name| answer["usage"][name].as_i64().unwrap_or(0).max(0)),
        })
    }
}

/// A reward model's verdict on one response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// The reward.
    pub reward: f64,
    /// Parts of the response in their order, and what each adds: how far the reward falls without it.
    pub parts: Vec<(String, f64)>,
    /// How the parts' shares were found, e.g. `occlusion`.
    pub by: String,
}

impl Score {
    pub(super) fn read(answer: &Value) -> Option<Vec<Self>> {
        let one = |value: &Value| {
            let parts = value["parts"].as_array().map_or(&[][..], Vec::as_slice);
            Some(Self {
                reward: value["score"].as_f64()?,
                parts: parts
                    .iter()
                    .filter_map(|part| {
                        Some((part["text"].as_str()?.to_owned(), part["effect"].as_f64()?))
                    })
                    .collect(),
                by: answer["parts_by"].as_str().unwrap_or_default().to_owned(),
            })
        };
        answer["data"].as_array()?.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_servers_are_sent_nothing_they_may_not_know() {
        let ask = Ask {
            model: "m".into(),
            messages: vec![Message::user("hello")],
            sampling: Sampling::default(),
        };
        assert!(ask.body(true, true)["min_p"].is_number());
        let outside = ask.body(false, false);
        for name in ["top_k", "min_p", "repetition_penalty", "stop"] {
            assert!(outside.get(name).is_none(), "{name}");
        }
        assert_eq!(outside["messages"][0]["content"], "hello");
    }
}
