//! Members and invitations. **The last owner stays**: the database refuses to lower or remove her.

use super::tabs;
use crate::error::Result;
use crate::form::Form;
use crate::text::projects as text;
use crate::ui::{Select, time};
use crate::{Cx, Error, security};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::{Fields, Role, ids::UserId};
use leptos::prelude::*;
use store::invites::{Invite, InviteState};
use store::members::Member;

pub(super) async fn page(cx: Cx) -> Result<Response> {
    show(&cx, StatusCode::OK, None, None).await
}

/// The page; `link` is a new invitation's, shown this once.
async fn show(
    cx: &Cx,
    status: StatusCode,
    link: Option<String>,
    problem: Option<String>,
) -> Result<Response> {
    let project = cx.project()?.id.clone();
    let members = cx.store().members(&project).await?;
    let invites = cx.store().invites(&project, store::now_ms()).await?;
    Ok(cx.page_with(status, text::TAB_MEMBERS, || {
        let none = invites.is_empty();
        view! {
            <h1>{text::TAB_MEMBERS}</h1>
            {tabs(cx)}
            {problem.map(|words| view! { <div class="notice bad" role="alert"><p>{words}</p></div> })}
            {link.map(new_link)}
            <div class="table" role="region" tabindex="0" aria-label=text::TAB_MEMBERS>
                <table>
                    <thead><tr><th scope="col">{text::MEMBER}</th><th scope="col">{text::ROLE}</th><th scope="col">{text::SINCE}</th><th scope="col"><span class="visually-hidden">{text::REMOVE}</span></th></tr></thead>
                    <tbody>{members.into_iter().map(|member| member_row(cx, member)).collect_view()}</tbody>
                </table>
            </div>
            <section class="card">
                <h2>{text::INVITE}</h2>
                <p>{text::INVITE_WORDS}</p>
                <form class="row filters" method="post" action=cx.at("invites")>
                    <Select name="role" id="invite-role" label=text::ROLE choices=roles() chosen="annotator" />
                    <button class="primary">{text::MAKE_LINK}</button>
                </form>
                <dl class="roles">{Role::ALL.map(|role| view! { <dt>{text::role(role)}</dt><dd>{text::role_words(role)}</dd> }).collect_view()}</dl>
            </section>
            {(!none).then(|| view! {
                <h2>{text::INVITATIONS}</h2>
                <div class="table" role="region" tabindex="0" aria-label=text::INVITATIONS>
                    <table>
                        <thead><tr><th scope="col">{text::ROLE}</th><th scope="col">{text::MADE}</th><th scope="col">{text::STATE}</th><th scope="col"><span class="visually-hidden">{text::REVOKE}</span></th></tr></thead>
                        <tbody>{invites.into_iter().map(|invite| invite_row(cx, invite)).collect_view()}</tbody>
                    </table>
                </div>
            })}
        }
    }))
}

fn roles() -> Vec<(String, String)> {
    Role::ALL
        .map(|role| (role.name().to_owned(), text::role(role).to_owned()))
        .to_vec()
}

fn new_link(link: String) -> impl IntoView {
    view! {
        <div class="notice good" role="status">
            <label for="link"><strong>{text::LINK}</strong></label>
            <p>{text::LINK_WORDS}</p>
            <input id="link" readonly value=link autofocus />
        </div>
    }
}

fn member_row(cx: &Cx, member: Member) -> impl IntoView + use<> {
    let id = member.account.to_string();
    let own = cx
        .visitor
        .as_ref()
        .is_some_and(|user| user.id == member.account);
    let remove = if own {
        text::LEAVE.to_owned()
    } else {
        text::remove(&member.name)
    };
    view! {
        <tr>
            <th scope="row"><span dir="auto">{member.name.clone()}</span><br /><small class="muted">{member.email}</small></th>
            <td>
                <form class="row" method="post" action=cx.at("members")>
                    <input type="hidden" name="account" value=id.clone() />
                    <Select name="role" id=format!("role-{id}") label=text::role_of(&member.name) quiet=true choices=roles() chosen=member.role.name() />
                    <button>{text::CHANGE}<span class="visually-hidden">{format!(" {}", member.name)}</span></button>
                </form>
            </td>
            <td>{time::day(member.created_at)}</td>
            <td>
                <details>
                    <summary>{text::REMOVE}<span class="visually-hidden">{format!(" {}", member.name)}</span></summary>
                    <form method="post" action=cx.at("members/remove")>
                        <input type="hidden" name="account" value=id />
                        <p><small>{text::REMOVE_WORDS}</small></p>
                        <button class="danger">{remove}</button>
                    </form>
                </details>
            </td>
        </tr>
    }
}

fn invite_row(cx: &Cx, invite: Invite) -> impl IntoView + use<> {
    let open = matches!(invite.state, InviteState::Open { .. });
    let revoke = open.then(|| {
        view! {
            <form method="post" action=cx.at("invites/revoke")>
                <input type="hidden" name="invite" value=invite.id />
                <button>{text::REVOKE}</button>
            </form>
        }
    });
    let state = match invite.state {
        InviteState::Open { until } => text::open_until(&time::minute(until)),
        InviteState::Used { by } => text::used_by(&by),
        InviteState::Revoked => text::REVOKED.to_owned(),
        InviteState::Expired => text::EXPIRED.to_owned(),
    };
    view! {
        <tr>
            <td>{text::role(invite.role)}</td>
            <td dir="auto">{text::made(&time::minute(invite.created_at), &invite.by)}</td>
            <td dir="auto">{state}</td>
            <td>{revoke}</td>
        </tr>
    }
}

/// The account and the role that a form names.
fn account(fields: &Fields) -> Result<UserId> {
    let missing = || Error::BadRequest(text::NO_ACCOUNT.into());
    fields.get("account").map(UserId::from).ok_or_else(missing)
}

fn role(fields: &Fields) -> Result<Role> {
    let unknown = || Error::BadRequest(text::NO_ROLE.into());
    fields.get("role").and_then(Role::parse).ok_or_else(unknown)
}

pub(super) async fn change(cx: Cx, Form(fields): Form) -> Result<Response> {
    let (account, role) = (account(&fields)?, role(&fields)?);
    let project = &cx.project()?.id;
    match cx.store().change_role(project, &account, role).await {
        Ok(true) => {}
        Ok(false) => return Err(Error::NotFound),
        Err(store::Error::Conflict(words)) => return refused(&cx, words).await,
        Err(cause) => return Err(cause.into()),
    }
    let name = name_of(&cx, &account).await?;
    note(&cx, "change-role", &name, role.name()).await?;
    Ok(cx.redirect(&cx.at("members")))
}

pub(super) async fn remove(cx: Cx, Form(fields): Form) -> Result<Response> {
    let account = account(&fields)?;
    let project = &cx.project()?.id;
    match cx.store().remove_member(project, &account).await {
        Ok(true) => {}
        Ok(false) => return Err(Error::NotFound),
        Err(store::Error::Conflict(words)) => return refused(&cx, words).await,
        Err(cause) => return Err(cause.into()),
    }
    let name = name_of(&cx, &account).await?;
    note(&cx, "remove-member", &name, "").await?;
    let gone = cx.user_id()? == &account;
    Ok(cx.redirect(&if gone {
        "/".to_owned()
    } else {
        cx.at("members")
    }))
}

async fn refused(cx: &Cx, words: &str) -> Result<Response> {
    show(cx, StatusCode::CONFLICT, None, Some(text::refused(words))).await
}

pub(super) async fn invite(cx: Cx, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let role = role(&fields)?;
    let secret = security::random_hex(32);
    let project = &cx.project()?.id;
    let now = store::now_ms();
    cx.store()
        .create_invite(project, role, &secret, cx.user_id()?, now)
        .await?;
    note(&cx, "invite", role.name(), "").await?;
    let link = format!("{}/invite/{secret}", security::own_origin(&cx, &headers));
    show(&cx, StatusCode::OK, Some(link), None).await
}

pub(super) async fn revoke(cx: Cx, Form(fields): Form) -> Result<Response> {
    let id = fields.get("invite").unwrap_or_default();
    let project = &cx.project()?.id;
    if !cx
        .store()
        .revoke_invite(project, id, store::now_ms())
        .await?
    {
        return Err(Error::NotFound);
    }
    note(&cx, "revoke-invite", id, "").await?;
    Ok(cx.redirect(&cx.at("members")))
}

/// What the log calls somebody.
async fn name_of(cx: &Cx, account: &UserId) -> Result<String> {
    let account = cx.store().account(account).await?;
    Ok(account.map_or_else(String::new, |account| account.name))
}

async fn note(cx: &Cx, action: &str, subject: &str, detail: &str) -> Result<()> {
    let (project, user) = (&cx.project()?.id, cx.user_id()?);
    let now = store::now_ms();
    Ok(cx
        .store()
        .audit(Some(project), Some(user), action, subject, detail, now)
        .await?)
}
