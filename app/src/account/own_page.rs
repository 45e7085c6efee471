//! The page of one's own account.

use crate::Cx;
use crate::error::Result;
use crate::text::account as text;
use crate::ui::{Check, Choice, Errors, Field, time};
use axum::http::StatusCode;
use axum::response::Response;
use domain::preferences::{Preferences, key_field, keyed};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::sessions::Session;

/// Which form of the page was sent with a mistake.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    None,
    Name,
    Preferences,
    Password,
}

pub(super) async fn show(
    cx: &Cx,
    status: StatusCode,
    saved: bool,
    sent: Form,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let user = cx.user()?;
    let sessions = cx.store().sessions(&user.id, store::now_ms()).await?;
    let own = store::sha256(cx.secret.as_deref().unwrap_or_default());
    // the form that was sent keeps what was typed, the others show what is saved
    let part = |form: Form, saved: Fields| {
        if form == sent {
            (fields.clone(), errors.clone())
        } else {
            (saved, Vec::new())
        }
    };
    let name = part(
        Form::Name,
        Fields::from_iter([("name", user.name.as_str())]),
    );
    let working = part(
        Form::Preferences,
        Preferences::read(&user.settings).to_fields(),
    );
    let password = part(Form::Password, Fields::default());
    let theme = if cx.theme.is_empty() {
        "system"
    } else {
        cx.theme
    };
    let email = user.email.clone();
    Ok(cx.page_with(status, text::ACCOUNT, || {
        view! {
            <h1>{text::ACCOUNT}</h1>
            {saved.then(|| view! { <div class="notice good" role="status"><p>{text::SAVED}</p></div> })}
            <div class="account">
                <div>
                    <form class="card" method="post" action="/account/name">
                        <h2>{text::WHO}</h2>
                        <Errors errors=name.1.clone() />
                        <p class="muted">{email}</p>
                        <Field name="name" label=text::NAME hint=text::NAME_HINT complete="name" fields=name.0 errors=name.1 />
                        <button>{text::SAVE_NAME}</button>
                    </form>
                    {look(theme)}
                    {new_password(password)}
                    {open_sessions(sessions, &own)}
                </div>
                {keys(working)}
            </div>
        }
    }))
}

fn look(theme: &str) -> impl IntoView + use<> {
    let choices = [
        ("system", text::THEME_SYSTEM),
        ("light", text::THEME_LIGHT),
        ("dark", text::THEME_DARK),
    ];
    let choices = choices.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let fields = Fields::from_iter([("theme", theme)]);
    view! {
        <form class="card" method="post" action="/account/theme">
            <h2>{text::LOOK}</h2>
            <Choice name="theme" label=text::THEME choices=choices.to_vec() fields=fields />
            <button>{text::SAVE_LOOK}</button>
        </form>
    }
}

fn new_password((fields, errors): (Fields, Vec<Invalid>)) -> impl IntoView {
    view! {
        <form class="card" method="post" action="/account/password">
            <h2>{text::PASSWORD}</h2>
            <p>{text::PASSWORD_WORDS}</p>
            <Errors errors=errors.clone() />
            <Field name="current_password" label=text::CURRENT_PASSWORD kind="password" complete="current-password" fields=fields.clone() errors=errors.clone() />
            <Field name="password" label=text::NEW_PASSWORD hint=text::PASSWORD_HINT kind="password" complete="new-password" fields=fields errors=errors />
            <button>{text::CHANGE_PASSWORD}</button>
        </form>
    }
}

fn open_sessions(sessions: Vec<Session>, own: &str) -> impl IntoView + use<> {
    let others = sessions.len() > 1;
    let rows = sessions.into_iter().map(|session| {
        let here = session.id == own;
        let seen = text::seen(&time::minute(session.created_at), &time::minute(session.seen_at));
        let agent = if session.agent.is_empty() { text::UNKNOWN_BROWSER.to_owned() } else { session.agent };
        let action = if here {
            view! { <span class="badge good">{text::THIS_BROWSER}</span> }.into_any()
        } else {
            view! {
                <form method="post" action="/account/sessions/end">
                    <input type="hidden" name="session" value=session.id />
                    <button>{text::END_SESSION}</button>
                </form>
            }
            .into_any()
        };
        view! { <li><span><span class="agent">{agent}</span><br /><small class="muted">{seen}</small></span>{action}</li> }
    });
    let rows = rows.collect_view();
    view! {
        <section class="card">
            <h2>{text::SESSIONS}</h2>
            <p>{text::SESSIONS_WORDS}</p>
            <ul class="sessions">{rows}</ul>
            {others.then(|| view! {
                <form method="post" action="/account/sessions/end-others"><button class="danger">{text::END_OTHERS}</button></form>
            })}
        </section>
    }
}

fn keys((fields, errors): (Fields, Vec<Invalid>)) -> impl IntoView {
    let inputs = keyed().map(|(action, usual)| {
        let name = key_field(action);
        let value = fields.raw(&name).unwrap_or_default().to_owned();
        let error = errors
            .iter()
            .find(|invalid| invalid.field == name)
            .map(|invalid| invalid.problem.to_string());
        let error_id = format!("{name}-error");
        view! {
            <li>
                <label for=name.clone()>{text::key_of(action)}</label>
                <input id=name.clone() name=name value=value placeholder=usual autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="20"
                    aria-invalid=error.is_some().then_some("true") aria-describedby=error.is_some().then(|| error_id.clone()) />
                {error.map(|error| view! { <small id=error_id class="error">{error}</small> })}
            </li>
        }
    });
    let inputs = inputs.collect_view();
    view! {
        <form class="card" method="post" action="/account/preferences" id="keys">
            <h2>{text::WORKING}</h2>
            <Errors errors=errors.clone() />
            <Check name="time_left" label=text::TIME_LEFT fields=fields.clone() />
            <Check name="shortcuts" label=text::SHORTCUTS hint=text::SHORTCUTS_HINT fields=fields />
            <fieldset>
                <legend>{text::KEYS}</legend>
                <p>{text::KEYS_WORDS}</p>
                <ul class="keys">{inputs}</ul>
            </fieldset>
            <p class="row">
                <button class="primary">{text::SAVE_KEYS}</button>
                <button name="reset" value="1">{text::RESET_KEYS}</button>
            </p>
        </form>
    }
}
