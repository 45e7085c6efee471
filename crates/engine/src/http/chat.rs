//! `/v1/chat/completions`, whole or streamed.

use super::ask::{Ask, SentMessage, chance, messages, read};
use super::say::{Speech, usage};
use super::{Problem, Wire};
use crate::generate::finish;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use learn::generate::{Completion, Text};
use learn::models::Tokenizer;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use store::now_ms;
use tokio::sync::mpsc;

/// The most alternatives to a token that are reported.
const MOST_ALTERNATIVES: usize = 20;

#[derive(Deserialize)]
struct Chat {
    #[serde(flatten)]
    ask: Ask,
    messages: Vec<SentMessage>,
    #[serde(default)]
    logprobs: bool,
    #[serde(default)]
    top_logprobs: usize,
}

pub(super) async fn chat(State(wire): State<Wire>, body: Bytes) -> Result<Response, Problem> {
    let mut chat: Chat = read(&body)?;
    let (samples, sampling) = chat.ask.sampling(chance())?;
    let messages = messages(chat.messages)?;
    if chat.top_logprobs > MOST_ALTERNATIVES {
        let words = format!("must be at most {MOST_ALTERNATIVES}");
        return Err(Problem::invalid("top_logprobs", words));
    }
    if chat.ask.stream && chat.logprobs {
        return Err(Problem::invalid(
            "logprobs",
            "come with whole answers only: turn streaming off",
        ));
    }
    let loaded = wire.model(&chat.ask.model).await?;
    let prompt = loaded
        .words
        .prompt(&messages, now_ms())
        .map_err(|why| Problem::invalid("messages", why.to_string()))?;
    let prompt_tokens = prompt.len();
    let speech = Speech {
        loaded: loaded.clone(),
        prompts: vec![prompt],
        samples,
        sampling,
        alternatives: if chat.logprobs {
            chat.top_logprobs.max(1)
        } else {
            0
        },
    };
    let head = Head {
        id: format!("chatcmpl-{}", store::new_id()),
        created: now_ms() / 1000,
        model: chat.ask.model.clone(),
    };
    if chat.ask.stream {
        let usage = chat.ask.wants_usage();
        return Ok(stream(wire, speech, head, samples, usage, prompt_tokens));
    }
    let texts = wire.speak(speech, None).await?;
    let choices: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, it)| {
            let logprobs = chat
                .logprobs
                .then(|| json!({ "content": logprobs(&loaded.words.tokenizer, &it.completion, chat.top_logprobs) }));
            json!({
                "index": index,
                "message": { "role": "assistant", "content": it.text },
                "logprobs": logprobs,
                "finish_reason": finish(it.completion.finish),
            })
        })
        .collect();
    let mut answer = head.with("chat.completion", choices);
    answer["usage"] = usage(prompt_tokens, &texts);
    Ok(Json(answer).into_response())
}

/// What every piece of an answer repeats.
struct Head {
    id: String,
    created: i64,
    model: String,
}

impl Head {
    fn with(&self, object: &str, choices: Vec<Value>) -> Value {
        json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model,
            "choices": choices,
        })
    }

    fn chunk(&self, index: usize, delta: &Value, finish: Option<&str>) -> Value {
        let choice = json!({ "index": index, "delta": delta, "finish_reason": finish });
        self.with("chat.completion.chunk", vec![choice])
    }
}

fn stream(
    wire: Wire,
    speech: Speech,
    head: Head,
    samples: usize,
    with_usage: bool,
    prompt_tokens: usize,
) -> Response {
    let (pieces, mut heard) = mpsc::channel(64);
    let (out, mut events) = mpsc::channel::<Value>(64);
    tokio::spawn(async move {
        for index in 0..samples {
            let begins = head.chunk(index, &json!({ "role": "assistant", "content": "" }), None);
            if out.send(begins).await.is_err() {
                return;
            }
        }
        let relay = async {
            while let Some((index, text)) = heard.recv().await {
                let piece = head.chunk(index, &json!({ "content": text }), None);
                if out.send(piece).await.is_err() {
                    // nobody listens: the model hears of it with its next word
                    heard.close();
                }
            }
        };
        let (said, ()) = tokio::join!(wire.speak(speech, Some(pieces)), relay);
        let last: Vec<Value> = match said {
            Err(problem) => vec![problem.body()],
            Ok(texts) => {
                let mut last: Vec<Value> = texts
                    .iter()
                    .enumerate()
                    .map(|(index, it)| ends(&head, index, it))
                    .collect();
                if with_usage {
                    let mut summary = head.with("chat.completion.chunk", Vec::new());
                    summary["usage"] = usage(prompt_tokens, &texts);
                    last.push(summary);
                }
                last
            }
        };
        for value in last {
            let _ = out.send(value).await;
        }
    });
    let events = async_stream(move |turn| {
        let next = events.poll_recv(turn);
        next.map(|value| value.map(|value| Event::default().data(value.to_string())))
    });
    Sse::new(events).into_response()
}

fn ends(head: &Head, index: usize, text: &Text) -> Value {
    head.chunk(index, &json!({}), Some(finish(text.completion.finish)))
}

/// The events that `next` gives, then `[DONE]`.
pub(super) fn async_stream(
    mut next: impl FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<Event>>,
) -> impl futures_util::Stream<Item = Result<Event, Infallible>> {
    let mut over = false;
    futures_util::stream::poll_fn(move |turn| {
        if over {
            return std::task::Poll::Ready(None);
        }
        next(turn).map(|event| {
            Some(Ok(event.unwrap_or_else(|| {
                over = true;
                Event::default().data("[DONE]")
            })))
        })
    })
}

/// Each token's log-probability with the likeliest alternatives.
fn logprobs(tokenizer: &Tokenizer, said: &Completion, alternatives: usize) -> Vec<Value> {
    let one = |token: u32, logprob: f32| {
        let text = tokenizer.decode_all(&[token]);
        json!({ "token": text, "logprob": logprob, "bytes": text.as_bytes() })
    };
    said.tokens
        .iter()
        .zip(&said.logprobs)
        .enumerate()
        .map(|(at, (&token, &logprob))| {
            let others = said
                .alternatives
                .get(at)
                .into_iter()
                .flatten()
                .take(alternatives);
            let others: Vec<Value> = others
                .map(|&(token, logprob)| one(token, logprob))
                .collect();
            let mut entry = one(token, logprob);
            entry["top_logprobs"] = json!(others);
            entry
        })
        .collect()
}
