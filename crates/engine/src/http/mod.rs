//! The engine's loopback address: the `OpenAI` wire format, so that a local model is called like any other
//! server, and `/v1/score` for reward models. Whoever calls must know the engine's secret, if it has one.

mod ask;
mod chat;
mod completions;
mod embeddings;
mod problem;
mod say;
mod score;

use crate::loaded::Loaded;
use crate::worker::Engine;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::ids::ModelId;
use domain::run::ModelState;
pub use problem::Problem;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Requests that are computed at the same time; the others wait in the order in which they came. Two, for
/// two models side by side.
const AT_ONCE: usize = 2;
/// The most bytes of a request.
const LARGEST: usize = 8 << 20;

/// What every handler needs. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    engine: Engine,
    places: Arc<Semaphore>,
    secret: Arc<str>,
}

/// The routes. With an empty `secret` nobody is asked for one.
pub fn router(engine: Engine, secret: &str) -> Router {
    let wire = Wire {
        engine,
        places: Arc::new(Semaphore::new(AT_ONCE)),
        secret: secret.into(),
    };
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/models/{id}", get(one_model))
        .route("/v1/chat/completions", post(chat::chat))
        .route("/v1/completions", post(completions::completions))
        .route("/v1/embeddings", post(embeddings::embeddings))
        .route("/v1/score", post(score::score))
        .fallback(async || Problem::not_found("there is no such address; see /v1/models"))
        .layer(from_fn_with_state(wire.clone(), known))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(wire)
}

/// Lets in whoever shows the secret.
async fn known(
    State(wire): State<Wire>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let shown = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .unwrap_or_default();
    // hashes are compared, so that the time it takes tells nothing
    if wire.secret.is_empty() || store::sha256(shown) == store::sha256(wire.secret.as_bytes()) {
        Ok(next.run(request).await)
    } else {
        Err(Problem::unauthorized())
    }
}

impl Wire {
    /// The model of this identifier, or the newest one of this name.
    async fn model(&self, wanted: &str) -> Result<Arc<Loaded>, Problem> {
        let found = self.find(wanted).await?;
        self.engine
            .shelf
            .get(&found)
            .await
            .map_err(|error| Problem::inside(&error))
    }

    async fn find(&self, wanted: &str) -> Result<ModelId, Problem> {
        let id = ModelId::from(wanted);
        let by_id = self
            .engine
            .store
            .any_model(&id)
            .await
            .map_err(Problem::database)?;
        if by_id.is_some_and(|model| model.state == ModelState::Ready) {
            return Ok(id);
        }
        let ready = self
            .engine
            .store
            .ready_models()
            .await
            .map_err(Problem::database)?;
        let named = ready.into_iter().rev().find(|model| model.name == wanted);
        named
            .map(|model| model.id)
            .ok_or_else(|| Problem::no_model(wanted))
    }
}

fn listed(model: &store::models::Model) -> Value {
    json!({
        "id": model.id,
        "object": "model",
        "created": model.created_at / 1000,
        "owned_by": "touchstone",
        "name": model.name,
        "kind": model.kind,
    })
}

async fn models(State(wire): State<Wire>) -> Result<Json<Value>, Problem> {
    let ready = wire
        .engine
        .store
        .ready_models()
        .await
        .map_err(Problem::database)?;
    let data: Vec<_> = ready.iter().map(listed).collect();
    Ok(Json(json!({ "object": "list", "data": data })))
}

async fn one_model(
    State(wire): State<Wire>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = wire.find(&id).await?;
    let model = wire
        .engine
        .store
        .any_model(&id)
        .await
        .map_err(Problem::database)?;
    model
        .map(|it| Json(listed(&it)))
        .ok_or_else(|| Problem::no_model(id.as_str()))
}
