//! A form that was sent without a session is not lost: the sign-in page carries it, and after signing
//! in the person sends it with one more click. **It is never sent by itself**: another person may have
//! signed in meanwhile.

use super::sign_in;
use crate::text::account as text;
use crate::{Cx, Error, security};
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Fields;
use leptos::prelude::*;

/// The most bytes of a form that are carried.
const LIMIT: usize = 2 * 1024 * 1024;
/// Before the names of the carried fields.
const PREFIX: &str = "kept:";
/// The field with the address that the form was sent to.
const TARGET: &str = "kept-target";

/// What a request without a session gets instead of its page.
pub(crate) async fn ask_to_sign_in(cx: Cx, request: Request) -> Response {
    match cx.store().has_accounts().await {
        Ok(true) => {}
        Ok(false) => return cx.redirect("/welcome"),
        Err(cause) => return Error::from(cause).into_response(),
    }
    let target = request
        .uri()
        .path_and_query()
        .map_or_else(|| cx.path.to_string(), ToString::to_string);
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let next: String = form_urlencoded::byte_serialize(target.as_bytes()).collect();
        return cx.redirect(&format!("/sign-in?next={next}"));
    }
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    // what scripts send: they keep their own copy and ask for the sign-in themselves
    if cx.path.ends_with("/draft") || kind.starts_with("application/json") {
        return (StatusCode::UNAUTHORIZED, text::SIGN_IN).into_response();
    }
    let mut fields = Fields::default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let Ok(body) = to_bytes(request.into_body(), LIMIT).await else {
            return Error::TooLarge.into_response();
        };
        let sent: Vec<_> = form_urlencoded::parse(&body)
            .filter(|(name, _)| !name.contains("password"))
            .collect();
        if !sent.is_empty() {
            fields.set(TARGET, target);
        }
        for (name, value) in sent {
            fields.push(format!("{PREFIX}{name}"), value);
        }
    }
    sign_in::form(&cx, StatusCode::UNAUTHORIZED, fields, Vec::new())
}

/// Whether the sign-in carries a form.
pub(super) fn is_kept(fields: &Fields) -> bool {
    target(fields).is_some()
}

fn target(fields: &Fields) -> Option<&str> {
    fields.get(TARGET).filter(|path| security::is_local(path))
}

/// The carried form, for the sign-in page to carry on.
pub(super) fn hidden(fields: &Fields) -> impl IntoView + use<> {
    let carried = fields.0.iter();
    carried
        .filter(|(name, _)| name.starts_with(PREFIX) || name == TARGET)
        .cloned()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view()
}

/// After signing in: the form as it was sent, with a button that sends it.
pub(super) fn page(cx: &Cx, fields: &Fields) -> Response {
    let target = target(fields).unwrap_or("/").to_owned();
    let kept: Vec<_> = fields
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone())))
        .collect();
    let words = kept
        .iter()
        .filter(|(_, value)| value.chars().count() > 1)
        .map(|(name, value)| view! { <dt>{name.clone()}</dt><dd class="written" dir="auto">{value.clone()}</dd> })
        .collect_view();
    let inputs = kept
        .iter()
        .map(
            |(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone() /> },
        )
        .collect_view();
    let who = cx.visitor.as_ref().map(|user| user.name.clone());
    cx.page(text::KEPT, || {
        view! {
            <form class="card narrow" method="post" action=target>
                <h1>{text::KEPT}</h1>
                <p>{text::kept_words(&who.unwrap_or_default())}</p>
                {inputs}
                <details><summary>{text::KEPT_SHOW}</summary><dl>{words}</dl></details>
                <button class="primary" autofocus>{text::KEPT_SEND}</button>
                <a class="button quiet" href="/">{text::KEPT_DISCARD}</a>
            </form>
        }
    })
}
