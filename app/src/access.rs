//! Who may come in: one check, before every handler.
//!
//! A route cannot be made without naming its [`Access`]; the check runs before the handler and hands it
//! its [`Cx`]. Objects below a project are always looked up *with* the project's id, so that a foreign
//! one does not exist.

use crate::{App, Cx, Error, cx::Here, security};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Right, ids::ProjectId};
use leptos::prelude::*;
use std::net::IpAddr;
use std::sync::Arc;

/// What a route asks of who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// An account.
    SignedIn,
    /// This right in the project of the address, `/projects/{project}/…`.
    Project(Right),
    /// An API token, for programs; no cookie counts. See [`crate::v1`].
    Token,
}

/// The name of the session's cookie. `__Host-` cookies need TLS, so plain loopback has a plain name.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure {
        "__Host-touchstone"
    } else {
        "touchstone"
    }
}

/// The check. Also puts the page around an error's bare words.
pub(crate) async fn check(
    State((app, access)): State<(App, Access)>,
    mut request: Request,
    next: Next,
) -> Response {
    let path: Arc<str> = request.uri().path().into();
    let address = security::address(&request, app.settings.behind_proxy);
    let mut cx = match context(app, request.headers().clone(), path, address).await {
        Ok(cx) => cx,
        Err(error) => return error.into_response(),
    };
    if access == Access::Token {
        let response = crate::v1::let_in(&cx.app, request, next).await;
        return security::secured(&cx, response);
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let admitted = if writes && !security::same_origin(request.headers()) {
        Err(Error::BadRequest(crate::text::common::WRONG_ORIGIN.into()))
    } else {
        admit(access, &mut cx).await
    };
    let response = match admitted {
        Ok(()) => {
            request.extensions_mut().insert(cx.clone());
            next.run(request).await
        }
        Err(Error::Unauthenticated) => crate::account::ask_to_sign_in(cx.clone(), request).await,
        Err(error) => error.into_response(),
    };
    let error = response.extensions().get::<Error>().cloned();
    let response = error.map_or(response, |error| dressed(&cx, &error));
    security::secured(&cx, response)
}

/// Everything about the request that does not depend on the route.
async fn context(
    app: App,
    headers: HeaderMap,
    path: Arc<str>,
    address: IpAddr,
) -> Result<Cx, Error> {
    let secret = security::cookie(&headers, cookie_name(app.settings.secure_cookies));
    let visitor = match &secret {
        Some(secret) => app
            .store
            .session(secret, store::now_ms())
            .await?
            .map(Arc::new),
        None => None,
    };
    Ok(Cx {
        app,
        visitor,
        secret: secret.map(Arc::from),
        here: None,
        nonce: security::random_hex(16).into(),
        path,
        address,
        theme: match security::cookie(&headers, "theme").as_deref() {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "",
        },
    })
}

async fn admit(access: Access, cx: &mut Cx) -> Result<(), Error> {
    if access != Access::Public && cx.visitor.is_none() {
        return Err(Error::Unauthenticated);
    }
    if let Access::Project(right) = access {
        let id = ProjectId::from(cx.path.split('/').nth(2).unwrap_or_default());
        let role = cx
            .store()
            .role_of(&id, cx.user_id()?)
            .await?
            .ok_or(Error::NotFound)?;
        let project = cx.store().project(&id).await?.ok_or(Error::NotFound)?;
        cx.here = Some(Here {
            project: Arc::new(project),
            role,
        });
        if !role.may(right) {
            return Err(Error::Forbidden);
        }
    }
    Ok(())
}

/// The page for an error, with a way on.
fn dressed(cx: &Cx, error: &Error) -> Response {
    let (heading, words) = error.words();
    let mut response = cx.page_with(error.status(), heading, || {
        view! {
            <section class="card narrow">
                <h1>{heading}</h1>
                <p>{words}</p>
                <p><a class="button" href="/">{crate::text::common::PROJECTS}</a></p>
            </section>
        }
    });
    if let Error::TooMany(minutes) = error {
        let seconds = (minutes * 60).to_string();
        if let Ok(value) = seconds.parse() {
            response.headers_mut().insert("retry-after", value);
        }
    }
    response
}
