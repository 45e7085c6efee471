//! The list of projects; making one.

use crate::Cx;
use crate::access::Access;
use crate::error::Result;
use crate::form::Form;
use crate::routes::{Route, get, post};
use crate::text::projects as text;
use crate::ui::{Errors, Field};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Fields, Invalid, project::Settings};
use leptos::prelude::*;
use store::projects::ProjectSummary;

/// The addresses.
pub fn routes() -> Vec<Route> {
    vec![
        get("/", Access::SignedIn, list),
        get("/projects/new", Access::SignedIn, new),
        post("/projects/new", Access::SignedIn, create),
    ]
}

async fn list(cx: Cx) -> Result<Response> {
    let projects = cx.store().projects_of(cx.user_id()?).await?;
    Ok(cx.page(text::YOUR_PROJECTS, || {
        let empty = projects.is_empty();
        view! {
            <div class="page-head">
                <h1>{text::YOUR_PROJECTS}</h1>
                <a class="button primary" href="/projects/new">{text::NEW_PROJECT}</a>
            </div>
            {empty.then(|| view! { <section class="empty"><h2>{text::NONE}</h2><p>{text::NONE_WORDS}</p></section> })}
            <ul class="cards">{projects.into_iter().map(card).collect_view()}</ul>
        }
    }))
}

fn card(project: ProjectSummary) -> impl IntoView {
    let progress = text::progress(project.finished, project.tasks);
    view! {
        <li class="card">
            <h2><a href=format!("/projects/{}/queue", project.id) dir="auto">{project.name}</a></h2>
            <p class="muted">{project.role.name()}</p>
            <progress max=project.tasks.max(1) value=project.finished aria-label=progress.clone()></progress>
            <p>{progress}</p>
        </li>
    }
}

async fn new(cx: Cx) -> Response {
    form(&cx, StatusCode::OK, Fields::default(), Vec::new())
}

fn form(cx: &Cx, status: StatusCode, fields: Fields, errors: Vec<Invalid>) -> Response {
    cx.page_with(status, text::NEW_PROJECT, || {
        view! {
            <form class="card narrow" method="post" action="/projects/new">
                <h1>{text::NEW_PROJECT}</h1>
                <Errors errors=errors.clone() />
                <Field name="name" label=text::NAME fields=fields errors=errors />
                <button class="primary">{text::CREATE}</button>
            </form>
        }
    })
}

async fn create(cx: Cx, Form(fields): Form) -> Result<Response> {
    let Some(name) = fields.get("name") else {
        return Ok(form(
            &cx,
            StatusCode::UNPROCESSABLE_ENTITY,
            fields,
            vec![Invalid::missing("name")],
        ));
    };
    let now = store::now_ms();
    let project = cx
        .store()
        .create_project(name, &Settings::default(), cx.user_id()?, now)
        .await?;
    cx.store()
        .audit(
            Some(&project),
            Some(cx.user_id()?),
            "create-project",
            name,
            "",
            now,
        )
        .await?;
    Ok(cx.redirect(&format!("/projects/{project}/settings")))
}
