//! One's own account: name, look, keys, password, sessions. Each is a form of its own.

use super::own_page::{Form as Part, show};
use super::password;
use crate::error::Result;
use crate::form::Form;
use crate::text::account as text;
use crate::{Cx, Error, security};
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use domain::preferences::Preferences;
use domain::{Fields, Invalid};

/// Wrong guesses of the current password, before one has to wait.
const TRIES: i64 = 5;
/// They are counted for so long.
const WINDOW_MS: i64 = 15 * 60_000;
/// How long the browser keeps the look: a year.
const THEME_SECONDS: i64 = 365 * 24 * 3600;

pub(super) async fn page(cx: Cx, RawQuery(query): RawQuery) -> Result<Response> {
    let saved = query.is_some_and(|query| query == "saved");
    show(
        &cx,
        StatusCode::OK,
        saved,
        Part::None,
        Fields::default(),
        Vec::new(),
    )
    .await
}

fn done(cx: &Cx) -> Response {
    cx.redirect("/account?saved")
}

async fn again(cx: &Cx, part: Part, fields: Fields, errors: Vec<Invalid>) -> Result<Response> {
    show(
        cx,
        StatusCode::UNPROCESSABLE_ENTITY,
        false,
        part,
        fields,
        errors,
    )
    .await
}

pub(super) async fn rename(cx: Cx, Form(fields): Form) -> Result<Response> {
    match super::parse_name(&fields) {
        Ok(name) => {
            cx.store().rename_account(cx.user_id()?, &name).await?;
            Ok(done(&cx))
        }
        Err(invalid) => again(&cx, Part::Name, fields, vec![invalid]).await,
    }
}

pub(super) async fn theme(cx: Cx, Form(fields): Form) -> Result<Response> {
    let theme = match fields.get("theme") {
        Some(theme @ ("light" | "dark")) => theme,
        Some("system") => "",
        _ => return Err(Error::BadRequest(text::NO_THEME.into())),
    };
    let mut response = cx.redirect("/account?saved");
    let secure = cx.app.settings.secure_cookies;
    let seconds = if theme.is_empty() { 0 } else { THEME_SECONDS };
    security::set_cookie(&mut response, "theme", theme, seconds, secure);
    Ok(response)
}

pub(super) async fn preferences(cx: Cx, Form(fields): Form) -> Result<Response> {
    let parsed = if fields.ticked("reset") {
        let mut usual = Preferences::default().to_fields();
        usual.0.retain(|(name, _)| name.starts_with("key:"));
        for (name, value) in fields
            .0
            .iter()
            .filter(|(name, _)| !name.starts_with("key:"))
        {
            usual.push(name, value);
        }
        Preferences::parse(&usual)
    } else {
        Preferences::parse(&fields)
    };
    match parsed {
        Ok(preferences) => {
            let json = serde_json::to_string(&preferences).map_err(Error::internal)?;
            cx.store()
                .set_account_settings(cx.user_id()?, &json)
                .await?;
            Ok(done(&cx))
        }
        Err(errors) => again(&cx, Part::Preferences, fields, errors).await,
    }
}

pub(super) async fn change_password(cx: Cx, Form(fields): Form) -> Result<Response> {
    let user = cx.user()?;
    let current = fields
        .raw("current_password")
        .unwrap_or_default()
        .to_owned();
    let given = fields.raw("password").unwrap_or_default().to_owned();
    if let Some(invalid) = password::check(&given, &user.email) {
        return again(&cx, Part::Password, fields, vec![invalid]).await;
    }
    // somebody at a browser that was left open must not guess on
    let key = format!("password:{}", user.id);
    let now = store::now_ms();
    let tries = cx.store().count_try(&key, WINDOW_MS, now).await?;
    if tries.count > TRIES {
        return Err(Error::TooMany((tries.until - now) / 60_000 + 1));
    }
    let account = cx.store().account(&user.id).await?.ok_or(Error::NotFound)?;
    if !password::verify(current, Some(account.password_hash)).await {
        let errors = vec![Invalid::other("current_password", text::WRONG_CURRENT)];
        return again(&cx, Part::Password, fields, errors).await;
    }
    let hash = password::hash(given).await?;
    let secret = cx.secret.clone().ok_or(Error::Unauthenticated)?;
    cx.store().change_password(&user.id, &hash, &secret).await?;
    cx.store().forget_tries(&key, now - WINDOW_MS).await?;
    cx.store()
        .audit(None, Some(&user.id), "change-password", "", "", now)
        .await?;
    Ok(done(&cx))
}

pub(super) async fn end_session(cx: Cx, Form(fields): Form) -> Result<Response> {
    let session = fields.get("session").unwrap_or_default();
    if !cx.store().end_session(cx.user_id()?, session).await? {
        return Err(Error::NotFound);
    }
    Ok(done(&cx))
}

pub(super) async fn end_others(cx: Cx) -> Result<Response> {
    let secret = cx.secret.clone().ok_or(Error::Unauthenticated)?;
    cx.store()
        .close_other_sessions(cx.user_id()?, &secret)
        .await?;
    Ok(done(&cx))
}
