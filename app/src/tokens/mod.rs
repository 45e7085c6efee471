//! API tokens: a program calls `/v1/…` in a person's name, within one project. The token is shown once.

use crate::access::Access;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::routes::{Route, get, post};
use crate::text::tokens as text;
use crate::ui::{Errors, Field, time};
use crate::{Cx, learning, security};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::ids::TokenId;
use domain::{Fields, Invalid, Problem, Right};
use leptos::prelude::*;
use store::tokens::Token;

/// The most characters of a token's name.
const MAX_NAME: usize = 80;
/// Says what a secret is, so that one that leaked is recognised for what it is.
const PREFIX: &str = "ts_";

/// The addresses.
pub fn routes() -> Vec<Route> {
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/tokens", data, page),
        post("/projects/{project}/tokens", data, create),
        post("/projects/{project}/tokens/revoke", data, revoke),
    ]
}

async fn page(cx: Cx, headers: HeaderMap) -> Result<Response> {
    let fields = Fields::default();
    show(&cx, &headers, StatusCode::OK, None, fields, Vec::new()).await
}

/// The page; `secret` is a new token, shown this once.
async fn show(
    cx: &Cx,
    headers: &HeaderMap,
    status: StatusCode,
    secret: Option<String>,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let project = &cx.project()?.id;
    let mut tokens = cx.store().tokens(cx.user_id()?).await?;
    tokens.retain(|it| it.project.as_ref().is_none_or(|its| its == project));
    let base = format!("{}/v1", security::own_origin(cx, headers));
    Ok(cx.page_with(status, text::TOKENS, || {
        view! {
            <h1>{text::TOKENS}</h1>
            {learning::tabs(cx)}
            <p class="lead">{text::LEAD}</p>
            {secret.clone().map(new_one)}
            <form class="card" method="post" action=cx.at("tokens")>
                <h2>{text::NEW}</h2>
                <Errors errors=errors.clone() />
                <Field name="name" label=text::NAME hint=text::NAME_HINT fields=fields errors=errors />
                <button class="primary">{text::CREATE}</button>
            </form>
            {list(cx, tokens)}
            <section class="card">
                <h2>{text::HOW}</h2>
                <p>{text::HOW_WORDS}</p>
                <pre class="code" tabindex="0"><code>{text::example(&base)}</code></pre>
            </section>
        }
    }))
}

fn new_one(secret: String) -> impl IntoView {
    view! {
        <div class="notice good" role="status">
            <label for="token"><strong>{text::THE_TOKEN}</strong></label>
            <p>{text::ONCE}</p>
            <input id="token" readonly value=secret autocomplete="off" spellcheck="false" autofocus />
        </div>
    }
}

fn list(cx: &Cx, tokens: Vec<Token>) -> impl IntoView + use<> {
    if tokens.is_empty() {
        return view! { <p class="muted">{text::NONE}</p> }.into_any();
    }
    let action = cx.at("tokens/revoke");
    let rows = tokens
        .into_iter()
        .map(|it| {
            let used = it.used_at.map_or_else(|| text::NEVER.to_owned(), time::minute);
            view! {
                <tr>
                    <th scope="row" dir="auto">{it.name.clone()}</th>
                    <td>{time::minute(it.created_at)}</td>
                    <td>{used}</td>
                    <td>
                        <form method="post" action=action.clone()>
                            <input type="hidden" name="id" value=it.id.to_string() />
                            <button class="danger">{text::REVOKE}<span class="visually-hidden">{format!(" {}", it.name)}</span></button>
                        </form>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table" role="region" tabindex="0" aria-label=text::YOURS>
            <table>
                <caption>{text::YOURS}</caption>
                <thead><tr><th scope="col">{text::NAME}</th><th scope="col">{text::MADE}</th><th scope="col">{text::USED}</th><th scope="col"><span class="visually-hidden">{text::REVOKE}</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

async fn create(cx: Cx, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let name = fields.get("name").unwrap_or_default().to_owned();
    let problem = match name.chars().count() {
        0 => Some(Invalid::missing("name")),
        n if n > MAX_NAME => Some(Invalid::new("name", Problem::TooLong { max: MAX_NAME })),
        _ => None,
    };
    if let Some(problem) = problem {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&cx, &headers, status, None, fields, vec![problem]).await;
    }
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    let secret = format!("{PREFIX}{}", security::random_hex(24));
    cx.store()
        .create_token(user, Some(project), &name, &secret, now)
        .await?;
    cx.store()
        .audit(Some(project), Some(user), "create-token", &name, "", now)
        .await?;
    let fields = Fields::default();
    show(
        &cx,
        &headers,
        StatusCode::OK,
        Some(secret),
        fields,
        Vec::new(),
    )
    .await
}

async fn revoke(cx: Cx, Form(fields): Form) -> Result<Response> {
    let id = TokenId::from(fields.get("id").unwrap_or_default());
    let (user, now) = (cx.user_id()?, store::now_ms());
    if !cx.store().revoke_token(user, &id, now).await? {
        return Err(Error::NotFound);
    }
    let project = &cx.project()?.id;
    cx.store()
        .audit(
            Some(project),
            Some(user),
            "revoke-token",
            id.as_str(),
            "",
            now,
        )
        .await?;
    Ok(cx.redirect(&cx.at("tokens")))
}
