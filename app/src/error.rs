//! What a handler can answer instead of a page. Causes are logged once, under a reference that the
//! page shows; nothing of the database's own words reaches the browser.

use crate::text::common as text;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What a handler can answer instead of a page.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("not signed in")]
    Unauthenticated,
    /// Signed in, but the role does not allow it.
    #[error("forbidden")]
    Forbidden,
    /// No such thing, or not in a project of hers.
    #[error("not found")]
    NotFound,
    /// The request makes no sense: a broken form, an unknown value in an address.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// Somebody else was faster.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Larger than the server takes.
    #[error("too large")]
    TooLarge,
    /// Too many tries; wait so many minutes.
    #[error("too many tries")]
    TooMany(i64),
    /// Our fault; the log has the cause under this reference.
    #[error("internal error {reference}")]
    Internal {
        /// What the log calls it.
        reference: String,
    },
}

/// The result of a handler.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Logs an unexpected cause and gives it a reference.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let reference = store::new_id()[24..].to_owned();
        tracing::error!(reference, %cause, "internal error");
        Self::Internal { reference }
    }

    /// The status with which it is answered.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The page's heading and its words.
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Self::Unauthenticated => (crate::text::account::SIGN_IN, String::new()),
            Self::Forbidden => (text::FORBIDDEN, text::FORBIDDEN_WORDS.into()),
            Self::NotFound => (text::NOT_FOUND, text::NOT_FOUND_WORDS.into()),
            Self::BadRequest(what) => (text::PLEASE_MEND, what.clone()),
            Self::Conflict(what) => (text::CONFLICT, what.clone()),
            Self::TooLarge => (text::TOO_LARGE, text::TOO_LARGE_WORDS.into()),
            Self::TooMany(minutes) => (text::TOO_MANY, text::too_many_words(*minutes)),
            Self::Internal { reference } => (text::INTERNAL, text::internal_words(reference)),
        }
    }
}

impl From<store::Error> for Error {
    fn from(cause: store::Error) -> Self {
        match cause {
            store::Error::Conflict(what) => Self::Conflict(what.to_owned()),
            other => Self::internal(other),
        }
    }
}

impl IntoResponse for Error {
    /// Bare words; [`crate::access`] puts the page around them, since it knows who asks.
    fn into_response(self) -> Response {
        let (heading, words) = self.words();
        let mut response = (self.status(), format!("{heading}\n{words}\n")).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
