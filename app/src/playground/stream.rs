//! One side's answer word by word, as server-sent events: `{"text"}` a piece, then `{"done"}` or
//! `{"problem"}`. Whoever goes away stops the model.

use super::ask::{Models, Side, check, conversation, request};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::playground as text;
use crate::wire::{Ask, Problem, Upstream};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use http_body_util::channel::{Channel, Sender};
use serde_json::{Value, json};

type Sink = Sender<Bytes, std::io::Error>;

pub(super) async fn stream(cx: Cx, Form(fields): Form) -> Result<Response> {
    let side = match fields.get("side") {
        Some("a") => Side::A,
        Some("b") => Side::B,
        _ => return Err(Error::BadRequest(text::NO_SIDE.into())),
    };
    let models = Models::of(&cx).await?;
    let sampling = check(&fields, &models).map_err(|errors| {
        let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Error::BadRequest(words.join("; "))
    })?;
    let (messages, _) = conversation(&cx, &fields, "text").await?;
    let (served, ask) = request(&models, &fields, side, &messages, &sampling)
        .ok_or_else(|| Error::BadRequest(text::NO_SUCH_MODEL.into()))?;
    let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(4);
    tokio::spawn(async move {
        let last = match answer(&served.upstream, &ask, &mut body).await {
            Ok(Some(finish)) => json!({ "done": finish }),
            Ok(None) => return,
            Err(problem) => json!({ "problem": problem.words() }),
        };
        let _ = say(&mut body, &last).await;
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::new(channel.fuse())).into_response())
}

/// Hands the words on; why it ended, or nothing when nobody listens any more.
async fn answer(
    upstream: &Upstream,
    ask: &Ask,
    body: &mut Sink,
) -> Result<Option<String>, Problem> {
    let mut words = upstream.stream(ask).await?;
    while let Some(piece) = words.next().await? {
        if say(body, &json!({ "text": piece })).await.is_err() {
            return Ok(None);
        }
    }
    Ok(Some(words.finish().to_owned()))
}

async fn say(body: &mut Sink, what: &Value) -> Result<(), ()> {
    let event = format!("data: {what}\n\n");
    body.send_data(event.into()).await.map_err(|_| ())
}
