//! Signing in, throttled by account and by address; signing out.
//!
//! **Nothing tells whether an address has an account**: neither the words nor the time it takes, and the
//! lock counts tries for addresses without one just the same.

use super::{kept, password};
use crate::access::cookie_name;
use crate::error::Result;
use crate::form::Form;
use crate::security::{self, random_hex};
use crate::text::account as text;
use crate::ui::{Errors, Field};
use crate::{Cx, Error};
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::{Fields, Invalid, ids::UserId};
use leptos::prelude::*;
use std::net::IpAddr;
use std::sync::Arc;
use store::accounts::Account;

/// Tries are counted for so long.
const WINDOW_MS: i64 = 15 * 60_000;
/// So many failures lock an account …
const ACCOUNT_TRIES: i64 = 5;
/// … and so many an address, behind which a whole class may sit.
const ADDRESS_TRIES: i64 = 30;

pub(super) async fn page(cx: Cx, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let fields: Fields = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "next")
        .collect();
    if cx.visitor.is_some() {
        return cx.redirect(next(&fields));
    }
    form(&cx, StatusCode::OK, fields, Vec::new())
}

/// Where to go after signing in; only places of ours.
fn next(fields: &Fields) -> &str {
    fields
        .get("next")
        .filter(|path| security::is_local(path))
        .unwrap_or("/")
}

/// The form. What came with it, a place to go to and a form that was sent without a session, stays.
pub(super) fn form(cx: &Cx, status: StatusCode, fields: Fields, errors: Vec<Invalid>) -> Response {
    let onward = fields.get("next").map(|_| next(&fields).to_owned());
    let has_kept = kept::is_kept(&fields);
    cx.page_with(status, text::SIGN_IN, || {
        view! {
            <form class="card narrow" method="post" action="/sign-in">
                <h1>{text::SIGN_IN}</h1>
                {has_kept.then(|| view! { <p role="status">{text::SESSION_ENDED_KEPT}</p> })}
                <Errors errors=errors.clone() />
                <Field name="email" label=text::EMAIL kind="email" complete="username" fields=fields.clone() errors=errors.clone() />
                <Field name="password" label=text::PASSWORD kind="password" complete="current-password" fields=fields.clone() errors=errors />
                {onward.map(|path| view! { <input type="hidden" name="next" value=path /> })}
                {kept::hidden(&fields)}
                <button class="primary">{text::SIGN_IN}</button>
            </form>
        }
    })
}

pub(super) async fn submit(cx: Cx, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let email = fields.get("email").unwrap_or_default().to_lowercase();
    let given = fields.raw("password").unwrap_or_default().to_owned();
    let account = cx.store().account_by_email(&email).await?;
    let keys = Keys::new(&email, cx.address);
    if let Some(minutes) = keys.locked(&cx, account.as_ref()).await? {
        let errors = vec![Invalid::other("email", text::locked(minutes))];
        return Ok(form(&cx, StatusCode::TOO_MANY_REQUESTS, fields, errors));
    }
    let account = account.filter(|account| account.disabled_at.is_none());
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = password::verify(given.clone(), hash).await;
    let Some(account) = account.filter(|_| right) else {
        cx.store()
            .audit(
                None,
                None,
                "sign-in-failed",
                &email,
                &cx.address.to_string(),
                store::now_ms(),
            )
            .await?;
        let errors = vec![Invalid::other("password", text::WRONG)];
        return Ok(form(&cx, StatusCode::UNPROCESSABLE_ENTITY, fields, errors));
    };
    keys.forget(&cx).await?;
    if password::is_outdated(&account.password_hash) {
        let hash = password::hash(given).await?;
        cx.store().set_password_hash(&account.id, &hash).await?;
    }
    // a session that was open in this browser ends: the new one has a secret of its own
    if let Some(secret) = &cx.secret {
        cx.store().close_session(secret).await?;
    }
    let secret = open_session(&cx, &headers, &account.id).await?;
    let mut response = if kept::is_kept(&fields) {
        let mut cx = cx.clone();
        let session = cx.store().session(&secret, store::now_ms()).await?;
        cx.visitor = session.map(Arc::new);
        kept::page(&cx, &fields)
    } else {
        cx.redirect(next(&fields))
    };
    set_session_cookie(&cx, &mut response, &secret);
    Ok(response)
}

/// Under which names tries are counted.
struct Keys {
    account: String,
    address: String,
}

impl Keys {
    fn new(email: &str, address: IpAddr) -> Self {
        // one IPv6 customer has a whole /64
        let network = match address {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
                || format!("{:x?}", &v6.segments()[..4]),
                |v4| v4.to_string(),
            ),
        };
        Self {
            account: format!("account:{}", store::sha256(email)),
            address: format!("address:{network}"),
        }
    }

    /// Counts this try; how many minutes to wait when there were too many.
    async fn locked(&self, cx: &Cx, account: Option<&Account>) -> Result<Option<i64>> {
        for (key, most) in [
            (&self.address, ADDRESS_TRIES),
            (&self.account, ACCOUNT_TRIES),
        ] {
            let now = store::now_ms();
            let tries = cx.store().count_try(key, WINDOW_MS, now).await?;
            if tries.count > most {
                if tries.count == most + 1 {
                    let who = account.map(|account| &account.id);
                    let from = cx.address.to_string();
                    cx.store()
                        .audit(None, who, "sign-in-locked", key, &from, now)
                        .await?;
                }
                return Ok(Some((tries.until - now).max(0) / 60_000 + 1));
            }
        }
        Ok(None)
    }

    async fn forget(&self, cx: &Cx) -> Result<()> {
        let ended = store::now_ms() - WINDOW_MS;
        cx.store().forget_tries(&self.account, ended).await?;
        Ok(cx.store().uncount_try(&self.address).await?)
    }
}

pub(super) async fn sign_out(cx: Cx) -> Result<Response> {
    if let Some(secret) = &cx.secret {
        cx.store().close_session(secret).await?;
    }
    let mut response = cx.redirect("/sign-in");
    let secure = cx.app.settings.secure_cookies;
    security::set_cookie(&mut response, cookie_name(secure), "", 0, secure);
    Ok(response)
}

/// Opens a session and answers with the way on.
pub(super) async fn start(
    cx: &Cx,
    headers: &HeaderMap,
    account: &UserId,
    to: &str,
) -> Result<Response, Error> {
    let secret = open_session(cx, headers, account).await?;
    let mut response = cx.redirect(to);
    set_session_cookie(cx, &mut response, &secret);
    Ok(response)
}

async fn open_session(cx: &Cx, headers: &HeaderMap, account: &UserId) -> Result<String> {
    let secret = random_hex(32);
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let now = store::now_ms();
    cx.store()
        .open_session(&secret, account, agent, now)
        .await?;
    let from = cx.address.to_string();
    cx.store()
        .audit(None, Some(account), "sign-in", &from, agent, now)
        .await?;
    Ok(secret)
}

fn set_session_cookie(cx: &Cx, response: &mut Response, secret: &str) {
    let secure = cx.app.settings.secure_cookies;
    let seconds = store::sessions::SESSION_MS / 1000;
    security::set_cookie(response, cookie_name(secure), secret, seconds, secure);
}
