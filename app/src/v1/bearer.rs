//! Who calls: a token, the account behind it, and the projects it opens. Tokens are no cookies: no browser
//! sends one by itself, so that where a request comes from does not matter.

use super::refused;
use crate::text::tokens as text;
use crate::{App, Error};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::Right;
use domain::ids::ProjectId;

/// So many requests of one token a minute are answered.
const A_MINUTE: i64 = 240;
const MINUTE_MS: i64 = 60_000;

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The projects whose models it may use.
    pub(crate) projects: Vec<ProjectId>,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Error::internal("a route without a token"))
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The check of every address for tokens, before its handler.
pub(crate) async fn let_in(app: &App, mut request: Request, next: Next) -> Response {
    match caller(app, request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => *refusal,
    }
}

async fn caller(app: &App, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let failed = |error: store::Error| Box::new(super::relay::internal(&Error::from(error)));
    let unknown = || {
        let (status, code) = (StatusCode::UNAUTHORIZED, "invalid_api_key");
        let mut response = refused(status, code, text::UNKNOWN_TOKEN);
        let scheme = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
        Box::new(response)
    };
    let now = store::now_ms();
    let secret = token(headers).ok_or_else(unknown)?;
    let bearer = app.store.bearer(secret, now).await.map_err(failed)?;
    let bearer = bearer.ok_or_else(unknown)?;
    let key = format!("token:{}", bearer.token);
    let tries = app
        .store
        .count_try(&key, MINUTE_MS, now)
        .await
        .map_err(failed)?;
    if tries.count > A_MINUTE {
        let seconds = (tries.until - now) / 1000 + 1;
        let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded");
        let mut response = refused(status, code, &text::too_many(seconds));
        if let Ok(seconds) = seconds.to_string().parse() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        return Err(Box::new(response));
    }
    let projects = match bearer.project {
        Some(project) => vec![project],
        None => {
            let own = app
                .store
                .projects_of(&bearer.account)
                .await
                .map_err(failed)?;
            own.into_iter().map(|it| it.id).collect()
        }
    };
    // the role of today counts, not that of the day when the token was made
    let mut open = Vec::new();
    for project in projects {
        let role = app.store.role_of(&project, &bearer.account).await;
        if role
            .map_err(failed)?
            .is_some_and(|role| role.may(Right::Data))
        {
            open.push(project);
        }
    }
    if open.is_empty() {
        let status = StatusCode::FORBIDDEN;
        return Err(Box::new(refused(status, "forbidden", text::NO_RIGHT)));
    }
    Ok(Caller { projects: open })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_read_from_its_header_alone() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            token(&headers).map(str::to_owned)
        };
        assert_eq!(with("Bearer ts_1").as_deref(), Some("ts_1"));
        assert_eq!(with("bearer  ts_1 ").as_deref(), Some("ts_1"));
        assert_eq!(with("Basic abc"), None);
        assert_eq!(with("ts_1"), None);
        assert_eq!(token(&HeaderMap::new()), None);
    }
}
