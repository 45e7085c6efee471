//! Signing in and out, the first visit.

pub mod password;

use crate::access::{Access, cookie_name};
use crate::error::Result;
use crate::form::Form;
use crate::routes::{Route, get, post};
use crate::security::random_hex;
use crate::text::account as text;
use crate::ui::{Errors, Field};
use crate::{Cx, Error};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::{Fields, Invalid, Problem, ids::UserId};
use leptos::prelude::*;

/// The addresses.
pub fn routes() -> Vec<Route> {
    vec![
        get("/sign-in", Access::Public, sign_in_page),
        post("/sign-in", Access::Public, sign_in),
        post("/sign-out", Access::SignedIn, sign_out),
        get("/welcome", Access::Public, welcome_page),
        post("/welcome", Access::Public, welcome),
    ]
}

/// What a request without a session gets instead of its page.
pub(crate) async fn ask_to_sign_in(cx: Cx, _request: Request) -> Response {
    match cx.store().has_accounts().await {
        Ok(true) => cx.redirect("/sign-in"),
        Ok(false) => cx.redirect("/welcome"),
        Err(cause) => axum::response::IntoResponse::into_response(Error::from(cause)),
    }
}

async fn sign_in_page(cx: Cx) -> Response {
    sign_in_form(&cx, StatusCode::OK, Fields::default(), Vec::new())
}

fn sign_in_form(cx: &Cx, status: StatusCode, fields: Fields, errors: Vec<Invalid>) -> Response {
    cx.page_with(status, text::SIGN_IN, || {
        view! {
            <form class="card narrow" method="post" action="/sign-in">
                <h1>{text::SIGN_IN}</h1>
                <Errors errors=errors.clone() />
                <Field name="email" label=text::EMAIL kind="email" complete="username" fields=fields.clone() errors=errors.clone() />
                <Field name="password" label=text::PASSWORD kind="password" complete="current-password" fields=fields errors=errors />
                <button class="primary">{text::SIGN_IN}</button>
            </form>
        }
    })
}

async fn sign_in(cx: Cx, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let (email, given) = (
        fields.get("email").unwrap_or_default(),
        fields.raw("password").unwrap_or_default(),
    );
    let account = cx
        .store()
        .account_by_email(email)
        .await?
        .filter(|account| account.disabled_at.is_none());
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = password::verify(given.to_owned(), hash).await;
    match account {
        Some(account) if right => start_session(&cx, &headers, &account.id, "/").await,
        _ => {
            let errors = vec![Invalid::other("password", text::WRONG)];
            Ok(sign_in_form(
                &cx,
                StatusCode::UNPROCESSABLE_ENTITY,
                fields,
                errors,
            ))
        }
    }
}

async fn sign_out(cx: Cx) -> Result<Response> {
    if let Some(secret) = &cx.secret {
        cx.store().close_session(secret).await?;
    }
    let mut response = cx.redirect("/sign-in");
    set_cookie(&cx, &mut response, "", 0);
    Ok(response)
}

async fn start_session(
    cx: &Cx,
    headers: &HeaderMap,
    account: &UserId,
    to: &str,
) -> Result<Response> {
    let secret = random_hex(32);
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let now = store::now_ms();
    cx.store()
        .open_session(&secret, account, agent, now)
        .await?;
    cx.store()
        .audit(None, Some(account), "sign-in", "", agent, now)
        .await?;
    let mut response = cx.redirect(to);
    set_cookie(
        cx,
        &mut response,
        &secret,
        store::sessions::SESSION_MS / 1000,
    );
    Ok(response)
}

fn set_cookie(cx: &Cx, response: &mut Response, secret: &str, seconds: i64) {
    let secure = cx.app.settings.secure_cookies;
    let tls = if secure { "; Secure" } else { "" };
    let cookie = format!(
        "{}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{tls}",
        cookie_name(secure)
    );
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

async fn welcome_page(cx: Cx) -> Result<Response> {
    if cx.store().has_accounts().await? {
        return Ok(cx.redirect("/sign-in"));
    }
    Ok(welcome_form(
        &cx,
        StatusCode::OK,
        Fields::default(),
        Vec::new(),
    ))
}

fn welcome_form(cx: &Cx, status: StatusCode, fields: Fields, errors: Vec<Invalid>) -> Response {
    cx.page_with(status, text::FIRST_VISIT, || {
        view! {
            <form class="card narrow" method="post" action="/welcome">
                <h1>{text::FIRST_VISIT}</h1>
                <p>{text::FIRST_VISIT_WORDS}</p>
                <Errors errors=errors.clone() />
                <Field name="name" label=text::NAME hint=text::NAME_HINT complete="name" fields=fields.clone() errors=errors.clone() />
                <Field name="email" label=text::EMAIL kind="email" complete="username" fields=fields.clone() errors=errors.clone() />
                <Field name="password" label=text::PASSWORD hint=text::PASSWORD_HINT kind="password" complete="new-password" fields=fields errors=errors />
                <button class="primary">{text::CREATE_OWNER}</button>
            </form>
        }
    })
}

/// Name, address and password of a new account.
pub(crate) fn parse_new_account(fields: &Fields) -> Result<(String, String, String), Vec<Invalid>> {
    let mut wrong = Vec::new();
    let name = fields.get("name").unwrap_or_default().to_owned();
    if name.is_empty() {
        wrong.push(Invalid::missing("name"));
    } else if name.chars().count() > 80 {
        wrong.push(Invalid::new("name", Problem::TooLong { max: 80 }));
    }
    let email = fields.get("email").unwrap_or_default().to_lowercase();
    if !email
        .split_once('@')
        .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        || email.len() > 254
    {
        wrong.push(Invalid::other(
            "email",
            "does not look like an e-mail address",
        ));
    }
    let given = fields.raw("password").unwrap_or_default().to_owned();
    wrong.extend(password::check(&given, &email));
    if wrong.is_empty() {
        Ok((name, email, given))
    } else {
        Err(wrong)
    }
}

async fn welcome(cx: Cx, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let (name, email, given) = match parse_new_account(&fields) {
        Ok(parts) => parts,
        Err(errors) => {
            return Ok(welcome_form(
                &cx,
                StatusCode::UNPROCESSABLE_ENTITY,
                fields,
                errors,
            ));
        }
    };
    let hash = password::hash(given).await?;
    match cx
        .store()
        .create_first_account(&email, &name, &hash, store::now_ms())
        .await?
    {
        Some(account) => start_session(&cx, &headers, &account, "/").await,
        None => Ok(cx.redirect("/sign-in")),
    }
}
