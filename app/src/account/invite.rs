//! An invitation's link: whoever has it may join, with the account she has or with a new one.

use super::{parse_new_account, password, sign_in};
use crate::error::Result;
use crate::form::Form;
use crate::text::{account as text, projects};
use crate::ui::{Errors, Field};
use crate::{Cx, Error};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::invites::Invitation;

pub(super) async fn page(cx: Cx, Path(secret): Path<String>) -> Result<Response> {
    let Some(invitation) = cx.store().invitation(&secret, store::now_ms()).await? else {
        return Ok(over(&cx));
    };
    Ok(show(
        &cx,
        StatusCode::OK,
        invitation,
        Fields::default(),
        Vec::new(),
    ))
}

/// The link is used, revoked, expired, or never was one: which of these is nobody's business.
fn over(cx: &Cx) -> Response {
    cx.page_with(StatusCode::NOT_FOUND, text::INVITATION_OVER, || {
        view! {
            <section class="card narrow">
                <h1>{text::INVITATION_OVER}</h1>
                <p>{text::INVITATION_OVER_WORDS}</p>
                <p><a class="button" href="/">{crate::text::common::PROJECTS}</a></p>
            </section>
        }
    })
}

fn show(
    cx: &Cx,
    status: StatusCode,
    invitation: Invitation,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Response {
    let here = cx.path.to_string();
    let role = projects::role(invitation.role);
    cx.page_with(status, text::INVITED, || {
        let form = if let Some(user) = &cx.visitor {
            view! {
                <form method="post" action=here>
                    <input type="hidden" name="join" value="1" />
                    <button class="primary">{text::join_as(&user.name)}</button>
                </form>
            }
            .into_any()
        } else {
                let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
                view! {
                    <p><a href=format!("/sign-in?next={next}")>{text::HAVE_ACCOUNT}</a></p>
                    <form method="post" action=here>
                        <h2>{text::NEW_ACCOUNT}</h2>
                        <Errors errors=errors.clone() />
                        <Field name="name" label=text::NAME hint=text::NAME_HINT complete="name" fields=fields.clone() errors=errors.clone() />
                        <Field name="email" label=text::EMAIL kind="email" complete="username" fields=fields.clone() errors=errors.clone() />
                        <Field name="password" label=text::PASSWORD hint=text::PASSWORD_HINT kind="password" complete="new-password" fields=fields errors=errors />
                        <button class="primary">{text::CREATE_AND_JOIN}</button>
                    </form>
                }
                .into_any()
        };
        view! {
            <section class="card narrow">
                <h1>{text::INVITED}</h1>
                <p dir="auto">{text::invited_words(&invitation.by, &invitation.project_name, role)}</p>
                <p class="muted">{projects::role_words(invitation.role)}</p>
                {form}
            </section>
        }
    })
}

pub(super) async fn accept(
    cx: Cx,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let now = store::now_ms();
    let Some(invitation) = cx.store().invitation(&secret, now).await? else {
        return Ok(over(&cx));
    };
    let entrance = format!("/projects/{}/guidelines", invitation.project);
    if let Some(user) = &cx.visitor {
        return match cx.store().accept_invite(&secret, &user.id, now).await {
            Ok(Some(project)) => {
                let (role, by) = (invitation.role.name(), &invitation.by);
                cx.store()
                    .audit(Some(&project), Some(&user.id), "join", role, by, now)
                    .await?;
                Ok(cx.redirect(&entrance))
            }
            Ok(None) => Ok(over(&cx)),
            // a member already: the link stays open for somebody else
            Err(store::Error::Conflict(_)) => Ok(cx.redirect(&entrance)),
            Err(cause) => Err(cause.into()),
        };
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let (name, email, given) = match parse_new_account(&fields) {
        Ok(parts) => parts,
        Err(errors) => return Ok(show(&cx, unprocessable, invitation, fields, errors)),
    };
    let hash = password::hash(given).await?;
    let made = cx
        .store()
        .accept_invite_as_new(&secret, &email, &name, &hash, now)
        .await;
    match made {
        Ok(Some((project, account))) => {
            let (role, by) = (invitation.role.name(), &invitation.by);
            cx.store()
                .audit(Some(&project), Some(&account), "join", role, by, now)
                .await?;
            sign_in::start(&cx, &headers, &account, &entrance).await
        }
        Ok(None) => Ok(over(&cx)),
        Err(store::Error::Conflict(words)) => {
            let errors = vec![Invalid::other("email", words)];
            Ok(show(&cx, unprocessable, invitation, fields, errors))
        }
        Err(cause) => Err(Error::from(cause)),
    }
}
