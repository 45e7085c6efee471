//! `/v1/completions`: the model goes on with a text, without a chat template.

use super::ask::{Ask, OneOrMany, chance, read};
use super::chat::async_stream;
use super::say::{Piece, Speech, usage};
use super::{Problem, Wire};
use crate::generate::finish;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use learn::generate::Completion;
use learn::models::Tokenizer;
use serde::Deserialize;
use serde_json::{Value, json};
use store::now_ms;
use tokio::sync::mpsc;

/// The most prompts of one request.
const MOST_PROMPTS: usize = 32;
/// The most alternatives to a token that are reported.
const MOST_ALTERNATIVES: usize = 5;

#[derive(Deserialize)]
struct Complete {
    #[serde(flatten)]
    ask: Ask,
    prompt: OneOrMany,
    logprobs: Option<usize>,
    #[serde(default)]
    echo: bool,
}

pub(super) async fn completions(
    State(wire): State<Wire>,
    body: Bytes,
) -> Result<Response, Problem> {
    let mut asked: Complete = read(&body)?;
    let (samples, sampling) = asked.ask.sampling(chance())?;
    if asked.echo {
        return Err(Problem::invalid("echo", "is not known here"));
    }
    let texts = asked.prompt.all();
    if texts.is_empty() || texts.len() > MOST_PROMPTS {
        return Err(Problem::invalid(
            "prompt",
            format!("1 to {MOST_PROMPTS} texts"),
        ));
    }
    if asked.logprobs.is_some_and(|n| n > MOST_ALTERNATIVES) {
        return Err(Problem::invalid(
            "logprobs",
            format!("must be at most {MOST_ALTERNATIVES}"),
        ));
    }
    if asked.ask.stream && asked.logprobs.is_some() {
        return Err(Problem::invalid(
            "logprobs",
            "come with whole answers only: turn streaming off",
        ));
    }
    let loaded = wire.model(&asked.ask.model).await?;
    let prompts: Vec<_> = texts
        .iter()
        .map(|text| loaded.words.tokenizer.encode_framed(text))
        .collect();
    let prompt_tokens = prompts.iter().map(Vec::len).sum();
    let head = json!({
        "id": format!("cmpl-{}", store::new_id()),
        "object": "text_completion",
        "created": now_ms() / 1000,
        "model": asked.ask.model,
    });
    let speech = Speech {
        loaded: loaded.clone(),
        prompts,
        samples,
        sampling,
        alternatives: asked.logprobs.map_or(0, |n| n.max(1)),
    };
    if asked.ask.stream {
        return Ok(stream(wire, speech, head));
    }
    let said = wire.speak(speech, None).await?;
    let choices: Vec<Value> = said
        .iter()
        .enumerate()
        .map(|(index, it)| {
            json!({
                "index": index,
                "text": it.text,
                "logprobs": asked.logprobs.map(|n| logprobs(&loaded.words.tokenizer, &it.completion, n)),
                "finish_reason": finish(it.completion.finish),
            })
        })
        .collect();
    let mut answer = head;
    answer["choices"] = json!(choices);
    answer["usage"] = usage(prompt_tokens, &said);
    Ok(Json(answer).into_response())
}

fn stream(wire: Wire, speech: Speech, head: Value) -> Response {
    let (pieces, mut heard) = mpsc::channel::<Piece>(64);
    let (out, mut events) = mpsc::channel::<Value>(64);
    tokio::spawn(async move {
        let chunk = |index: usize, text: &str, finish: Option<&str>| {
            let mut chunk = head.clone();
            chunk["choices"] = json!([{ "index": index, "text": text, "logprobs": null, "finish_reason": finish }]);
            chunk
        };
        let relay = async {
            while let Some((index, text)) = heard.recv().await {
                if out.send(chunk(index, &text, None)).await.is_err() {
                    heard.close();
                }
            }
        };
        let (said, ()) = tokio::join!(wire.speak(speech, Some(pieces)), relay);
        match said {
            Err(problem) => drop(out.send(problem.body()).await),
            Ok(texts) => {
                for (index, it) in texts.iter().enumerate() {
                    let last = chunk(index, "", Some(finish(it.completion.finish)));
                    let _ = out.send(last).await;
                }
            }
        }
    });
    let events = async_stream(move |turn| {
        let next = events.poll_recv(turn);
        next.map(|value| value.map(|value| Event::default().data(value.to_string())))
    });
    Sse::new(events).into_response()
}

fn logprobs(tokenizer: &Tokenizer, said: &Completion, alternatives: usize) -> Value {
    let texts: Vec<String> = said
        .tokens
        .iter()
        .map(|token| tokenizer.decode_all(&[*token]))
        .collect();
    let mut at = 0;
    let offsets: Vec<usize> = texts
        .iter()
        .map(|text| {
            let here = at;
            at += text.chars().count();
            here
        })
        .collect();
    let others: Vec<Value> = said
        .alternatives
        .iter()
        .map(|all| {
            let all = all.iter().take(alternatives);
            all.map(|(token, logprob)| (tokenizer.decode_all(&[*token]), json!(logprob)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
        .collect();
    json!({
        "tokens": texts, "token_logprobs": said.logprobs, "top_logprobs": others, "text_offset": offsets,
    })
}
