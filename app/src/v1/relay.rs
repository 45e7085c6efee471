//! Hands a request on to whoever serves its model, and the answer back, as it comes.

use super::serving::{called, serving};
use super::{Caller, refused};
use crate::text::tokens as text;
use crate::wire::Problem;
use crate::{App, Error};
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::{BodyExt, channel::Channel};
use serde_json::Value;

pub(super) async fn relay(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return refused(status, "too_large", text::TOO_LARGE);
    };
    let parsed = serde_json::from_slice::<Value>(&body).ok();
    let Some(mut body) = parsed.filter(Value::is_object) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_json", text::NOT_JSON);
    };
    let wanted = body["model"].as_str().unwrap_or_default().to_owned();
    let served = match serving(&app, &caller.projects).await {
        Ok(served) => served,
        Err(error) => return internal(&error),
    };
    let Some(served) = called(served, &wanted) else {
        let message = text::no_model(&wanted);
        return refused(StatusCode::NOT_FOUND, "model_not_found", &message);
    };
    body["model"] = Value::from(served.there);
    let path = uri.path().trim_start_matches("/v1/");
    match served.upstream.send(path, Some(&body)).await {
        Ok(response) => handed_on(response),
        Err(problem) => away(&problem),
    }
}

/// The upstream's answer with its status and its kind, piece by piece; none of its other headers.
fn handed_on(mut upstream: reqwest::Response) -> Response {
    let status = upstream.status();
    let kind = upstream.headers().get(header::CONTENT_TYPE).cloned();
    let kind = kind.unwrap_or(HeaderValue::from_static("application/json"));
    let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(4);
    tokio::spawn(async move {
        loop {
            match upstream.chunk().await {
                Ok(Some(bytes)) => {
                    if body.send_data(bytes).await.is_err() {
                        // whoever asked has gone: dropping the connection stops the model
                        return;
                    }
                }
                Ok(None) => return,
                Err(cause) => return body.abort(std::io::Error::other(cause)),
            }
        }
    });
    let mut response = Response::new(Body::new(channel.fuse()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn away(problem: &Problem) -> Response {
    let (status, code) = match problem {
        Problem::Slow => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
        Problem::Away { own: true } => (StatusCode::SERVICE_UNAVAILABLE, "engine_away"),
        _ => (StatusCode::BAD_GATEWAY, "upstream"),
    };
    refused(status, code, &problem.words())
}

/// Our own fault, in the format; the log has the cause.
pub(super) fn internal(error: &Error) -> Response {
    let (heading, words) = error.words();
    refused(
        error.status(),
        "internal_error",
        &format!("{heading}. {words}"),
    )
}
