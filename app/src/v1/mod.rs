//! `/v1/…` for programs with an API token: the OpenAI format, answered by our engine or by an outside
//! endpoint, whichever has the model. Streams are handed on as they come.
//!
//! Models are called by their identifier or name; an endpoint's as `endpoint/model`. **Only models of the
//! token's projects exist.**

mod bearer;
mod relay;
mod serving;

pub(crate) use bearer::{Caller, let_in};
pub(crate) use serving::{Served, endpoint_model, serving};

use crate::App;
use crate::access::Access;
use crate::routes::{Route, get, post};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Conversations may be long; nothing else is.
const LARGEST: usize = 8 * 1024 * 1024;

/// The addresses.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/models", Access::Token, models),
        post("/v1/chat/completions", Access::Token, relay::relay).limit(LARGEST),
        post("/v1/completions", Access::Token, relay::relay).limit(LARGEST),
        post("/v1/embeddings", Access::Token, relay::relay).limit(LARGEST),
        post("/v1/score", Access::Token, relay::relay).limit(LARGEST),
    ]
}

/// A refusal in the format.
pub(crate) fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let kind = if status.is_server_error() {
        "server_error"
    } else {
        "invalid_request_error"
    };
    let body =
        json!({ "error": { "message": message, "type": kind, "param": null, "code": code } });
    answer(status, &body)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (status, headers, body.to_string()).into_response()
}

async fn models(State(app): State<App>, caller: Caller) -> Response {
    let served = match serving(&app, &caller.projects).await {
        Ok(served) => served,
        Err(error) => return relay::internal(&error),
    };
    let data: Vec<Value> = served
        .iter()
        .map(|it| {
            json!({
                "id": it.id, "object": "model", "created": it.created_at / 1000,
                "owned_by": if it.outside { "endpoint" } else { "touchstone" }, "name": it.name,
            })
        })
        .collect();
    answer(StatusCode::OK, &json!({ "object": "list", "data": data }))
}
