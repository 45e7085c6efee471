//! What goes wrong, in the form that clients of the wire format understand.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error as the wire format has it.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            code: None,
            param: None,
            message: message.into(),
        }
    }

    /// The request cannot be understood or done; `param` names the culprit.
    pub fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
        }
    }

    /// No such address.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", message)
    }

    /// No such model.
    pub fn no_model(name: &str) -> Self {
        Self {
            code: Some("model_not_found"),
            param: Some("model"),
            ..Self::not_found(format!("the model `{name}` does not exist or is not ready"))
        }
    }

    /// The secret is missing or wrong.
    pub fn unauthorized() -> Self {
        Self {
            code: Some("invalid_api_key"),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_request_error",
                "the API key is missing or wrong",
            )
        }
    }

    /// Something went wrong here.
    pub fn inside(error: &anyhow::Error) -> Self {
        tracing::error!("a request failed: {error:?}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            format!("{error:#}"),
        )
    }

    /// The database failed.
    pub fn database(error: store::Error) -> Self {
        tracing::error!("a request failed: {error}");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "server_error",
            "the database does not answer",
        )
    }

    /// As it goes out.
    pub fn body(&self) -> Value {
        json!({ "error": {
            "message": self.message, "type": self.kind, "param": self.param, "code": self.code,
        }})
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
