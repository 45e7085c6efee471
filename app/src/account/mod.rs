//! Signing in and out, the first visit, one's own account.

mod invite;
mod kept;
mod own;
mod own_page;
pub mod password;
mod sign_in;

pub(crate) use kept::ask_to_sign_in;

use crate::Cx;
use crate::access::Access;
use crate::error::Result;
use crate::form::Form;
use crate::routes::{Route, get, post};
use crate::text::account as text;
use crate::ui::{Errors, Field};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::{Fields, Invalid, Problem};
use leptos::prelude::*;

/// The addresses.
pub fn routes() -> Vec<Route> {
    vec![
        get("/sign-in", Access::Public, sign_in::page),
        // carries a form that was sent without a session, each field under a longer name
        post("/sign-in", Access::Public, sign_in::submit).limit(4 * 1024 * 1024),
        post("/sign-out", Access::SignedIn, sign_in::sign_out),
        get("/welcome", Access::Public, welcome_page),
        post("/welcome", Access::Public, welcome),
        get("/account", Access::SignedIn, own::page),
        post("/account/name", Access::SignedIn, own::rename),
        post("/account/theme", Access::SignedIn, own::theme),
        post("/account/preferences", Access::SignedIn, own::preferences),
        post("/account/password", Access::SignedIn, own::change_password),
        post("/account/sessions/end", Access::SignedIn, own::end_session),
        post(
            "/account/sessions/end-others",
            Access::SignedIn,
            own::end_others,
        ),
        get("/invite/{token}", Access::Public, invite::page),
        post("/invite/{token}", Access::Public, invite::accept),
    ]
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

/// The name of a person.
fn parse_name(fields: &Fields) -> Result<String, Invalid> {
    let name = fields.get("name").ok_or(Invalid::missing("name"))?;
    if name.chars().count() > 80 {
        return Err(Invalid::new("name", Problem::TooLong { max: 80 }));
    }
    Ok(name.to_owned())
}

/// Name, address and password of a new account.
pub fn parse_new_account(fields: &Fields) -> Result<(String, String, String), Vec<Invalid>> {
    let mut wrong = Vec::new();
    let name = parse_name(fields).unwrap_or_else(|invalid| {
        wrong.push(invalid);
        String::new()
    });
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
        Some(account) => sign_in::start(&cx, &headers, &account, "/").await,
        None => Ok(cx.redirect("/sign-in")),
    }
}
