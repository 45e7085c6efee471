//! Form bodies, urlencoded, as [`Fields`].

use crate::Error;
use axum::extract::{FromRequest, Request};
use domain::Fields;

/// The fields of a posted form, in order, names may repeat.
pub struct Form(pub Fields);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, state)
            .await
            .map_err(|cause| {
                use axum::extract::rejection::FormRejection;
                match cause {
                    FormRejection::BytesRejection(_) => Error::TooLarge,
                    other => Error::BadRequest(other.body_text()),
                }
            })?;
        Ok(Self(Fields(pairs.0)))
    }
}
