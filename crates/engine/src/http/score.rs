//! `/v1/score`: what a reward model makes of responses, and, when asked, what each word adds: how far the
//! reward falls when the word is left out (occlusion; Zeiler and Fergus 2014).

use super::ask::{OneOrMany, SentMessage, messages, read};
use super::{Problem, Wire};
use crate::loaded::Loaded;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use domain::occlusion::{without, words};
use domain::prompt::Message;
use learn::data::Cut;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::now_ms;

/// The most responses of one request.
const MOST: usize = 64;
/// The most words of a response that are left out one by one; a longer one is taken in larger parts.
const MOST_PARTS: usize = 160;
/// Sequences that go through the model at once.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
struct Score {
    model: String,
    messages: Option<Vec<SentMessage>>,
    prompt: Option<String>,
    #[serde(alias = "response")]
    responses: OneOrMany,
    #[serde(default)]
    parts: bool,
}

pub(super) async fn score(State(wire): State<Wire>, body: Bytes) -> Result<Json<Value>, Problem> {
    let asked: Score = read(&body)?;
    let conversation = match (asked.messages, asked.prompt) {
        (Some(sent), None) => messages(sent)?,
        (None, Some(text)) => vec![Message::user(text)],
        _ => {
            return Err(Problem::invalid(
                "messages",
                "give either `messages` or `prompt`",
            ));
        }
    };
    let responses = asked.responses.all();
    if responses.is_empty() || responses.len() > MOST {
        return Err(Problem::invalid("responses", format!("1 to {MOST} texts")));
    }
    let loaded = wire.model(&asked.model).await?;
    loaded
        .reward()
        .map_err(|why| Problem::invalid("model", why.to_string()))?;
    let turn = wire.engine.turns.ask();
    let place = wire.places.clone().acquire_owned().await;
    let parts = asked.parts;
    let scored = tokio::task::spawn_blocking(move || {
        let (_turn, _place) = (turn, place);
        responses
            .iter()
            .map(|text| one(&loaded, &conversation, text, parts))
            .collect::<anyhow::Result<Vec<_>>>()
    })
    .await;
    let scored = match scored {
        Ok(scored) => scored.map_err(|error| Problem::inside(&error))?,
        Err(panic) => {
            return Err(Problem::inside(&anyhow::anyhow!(
                "the model broke off: {panic}"
            )));
        }
    };
    let data: Vec<Value> = scored
        .into_iter()
        .enumerate()
        .map(|(index, mut value)| {
            value["index"] = json!(index);
            value["object"] = json!("score");
            value
        })
        .collect();
    Ok(Json(json!({
        "object": "list", "model": asked.model, "parts_by": "occlusion", "data": data,
    })))
}

fn one(
    loaded: &Arc<Loaded>,
    conversation: &[Message],
    response: &str,
    with_parts: bool,
) -> anyhow::Result<Value> {
    let model = loaded.reward()?;
    let prompt = loaded.words.prompt(conversation, now_ms())?;
    let longest = model.backbone.config().context;
    let parts = if with_parts {
        words(response, MOST_PARTS)
    } else {
        Vec::new()
    };
    // the whole response first, then each part left out
    let mut texts = vec![response.to_owned()];
    texts.extend((0..parts.len()).map(|n| without(&parts, n)));
    let mut cut = Cut::default();
    let sequences: Vec<_> = texts
        .iter()
        .map(|text| loaded.words.sequence(&prompt, text, longest, &mut cut))
        .collect();
    let scores = model.score(&sequences, AT_ONCE);
    let whole = f64::from(scores[0]);
    let parts: Vec<Value> = parts
        .iter()
        .zip(&scores[1..])
        .map(|(text, without)| json!({ "text": text, "effect": whole - f64::from(*without) }))
        .collect();
    Ok(json!({ "score": whole, "parts": parts }))
}
