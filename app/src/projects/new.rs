//! A new project: its name and what it starts from.

use super::templates;
use crate::Cx;
use crate::error::Result;
use crate::form::Form;
use crate::text::projects as text;
use crate::ui::{Choice, Errors, Field};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Fields, Invalid, Problem};
use leptos::prelude::*;

/// The most characters of a project's name.
const MAX_NAME: usize = 80;

pub(super) async fn page(cx: Cx) -> Response {
    let fields = Fields::from_iter([("template", "compare")]);
    form(&cx, StatusCode::OK, fields, Vec::new())
}

fn form(cx: &Cx, status: StatusCode, fields: Fields, errors: Vec<Invalid>) -> Response {
    let choices = templates::ALL.map(|(name, words)| (name.to_owned(), words.to_owned()));
    cx.page_with(status, text::NEW_PROJECT, || {
        view! {
            <form class="card narrow" method="post" action="/projects/new">
                <h1>{text::NEW_PROJECT}</h1>
                <Errors errors=errors.clone() />
                <Field name="name" label=text::NAME fields=fields.clone() errors=errors.clone() />
                <Choice name="template" label=text::TEMPLATE choices=choices.to_vec() fields=fields errors=errors />
                <p class="muted">{text::TEMPLATE_HINT}</p>
                <button class="primary">{text::CREATE}</button>
            </form>
        }
    })
}

/// The name of a project.
pub(super) fn parse_name(fields: &Fields) -> Result<String, Invalid> {
    let name = fields.get("name").ok_or(Invalid::missing("name"))?;
    if name.chars().count() > MAX_NAME {
        return Err(Invalid::new("name", Problem::TooLong { max: MAX_NAME }));
    }
    Ok(name.to_owned())
}

pub(super) async fn create(cx: Cx, Form(fields): Form) -> Result<Response> {
    let name = parse_name(&fields);
    let template = fields.get("template").unwrap_or("compare");
    let settings =
        templates::settings(template).ok_or_else(|| Invalid::unknown("template", template));
    let (name, settings) = match (name, settings) {
        (Ok(name), Ok(settings)) => (name, settings),
        (name, settings) => {
            let errors = [name.err(), settings.err()].into_iter().flatten().collect();
            return Ok(form(&cx, StatusCode::UNPROCESSABLE_ENTITY, fields, errors));
        }
    };
    let now = store::now_ms();
    let user = cx.user_id()?;
    let project = cx
        .store()
        .create_project(&name, &settings, user, now)
        .await?;
    cx.store()
        .audit(Some(&project), Some(user), "create-project", &name, "", now)
        .await?;
    Ok(cx.redirect(&format!("/projects/{project}/settings")))
}
