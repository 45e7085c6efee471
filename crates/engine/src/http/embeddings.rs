//! `/v1/embeddings`: a text as a vector of length 1, by an encoder; or by a language model, as the mean of what
//! it knows at each of the text's tokens.

use super::ask::{OneOrMany, read};
use super::{Problem, Wire};
use crate::loaded::Loaded;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use burn::tensor::{Int, Tensor, TensorData};
use domain::run::ModelKind;
use learn::models::{Encoder, Llama};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most texts of one request.
const MOST: usize = 256;

#[derive(Deserialize)]
struct Embed {
    model: String,
    input: OneOrMany,
    #[serde(default)]
    encoding_format: Encoding,
    dimensions: Option<usize>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Float,
    /// Little-endian f32 in base 64: what the official client asks for.
    Base64,
}

pub(super) async fn embeddings(
    State(wire): State<Wire>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let asked: Embed = read(&body)?;
    let texts = asked.input.all();
    if texts.is_empty() || texts.len() > MOST {
        return Err(Problem::invalid("input", format!("1 to {MOST} texts")));
    }
    if asked.dimensions.is_some() {
        return Err(Problem::invalid("dimensions", "are the model's own here"));
    }
    let embedder = embedder(&wire, &asked.model).await?;
    let turn = wire.engine.turns.ask();
    let place = wire.places.clone().acquire_owned().await;
    let embedded = tokio::task::spawn_blocking(move || {
        let (_turn, _place) = (turn, place);
        embedder.embed(&texts)
    })
    .await;
    let (vectors, tokens) = embedded
        .map_err(|panic| Problem::inside(&anyhow::anyhow!("the model broke off: {panic}")))?;
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| {
            let embedding = match asked.encoding_format {
                Encoding::Float => json!(vector),
                Encoding::Base64 => {
                    let bytes: Vec<u8> = vector
                        .iter()
                        .flat_map(|value| value.to_le_bytes())
                        .collect();
                    json!(base64(&bytes))
                }
            };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    Ok(Json(json!({
        "object": "list", "model": asked.model, "data": data,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })))
}

/// What turns texts into vectors.
enum Embedder {
    Encoder(Arc<Encoder>),
    Language(Arc<Loaded>),
}

async fn embedder(wire: &Wire, wanted: &str) -> Result<Embedder, Problem> {
    let id = wire.find(wanted).await?;
    let model = wire
        .engine
        .store
        .any_model(&id)
        .await
        .map_err(Problem::database)?;
    let shelf = &wire.engine.shelf;
    let found = if model.is_some_and(|model| model.kind == ModelKind::Encoder) {
        shelf.encoder(&id).await.map(Embedder::Encoder)
    } else {
        shelf.get(&id).await.map(Embedder::Language)
    };
    found.map_err(|error| Problem::inside(&error))
}

impl Embedder {
    /// The vectors, and how many tokens were read for them.
    fn embed(&self, texts: &[String]) -> (Vec<Vec<f32>>, usize) {
        match self {
            Self::Encoder(encoder) => {
                let tokens = texts.iter().map(|text| encoder.tokens(text).len()).sum();
                (encoder.embed(texts), tokens)
            }
            Self::Language(loaded) => {
                let model = loaded.backbone();
                let mut tokens = 0;
                let vectors = texts.iter().map(|text| {
                    let mut ids = loaded.words.tokenizer.encode_framed(text);
                    ids.truncate(model.config().context);
                    tokens += ids.len();
                    embed(model, &ids)
                });
                (vectors.collect(), tokens)
            }
        }
    }
}

/// The mean over the tokens of the last hidden layer, of length 1; zeros for an empty text.
fn embed(model: &Llama, tokens: &[u32]) -> Vec<f32> {
    let width = model.config().width;
    if tokens.is_empty() {
        return vec![0.0; width];
    }
    let ids: Vec<i64> = tokens.iter().map(|id| i64::from(*id)).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, tokens.len()]), &model.device());
    let mean = model.hidden(ids).mean_dim(1).reshape([width]);
    let values: Vec<f32> = mean.into_data().try_into_vec_as().unwrap_or_default();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / norm.max(1e-12)).collect()
}

/// Base 64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |n: usize| u32::from(group.get(n).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() {
                char::from(DIGITS[value as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[255, 254, 253]), "//79");
    }
}
