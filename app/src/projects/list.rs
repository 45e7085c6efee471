//! One's own projects.

use crate::Cx;
use crate::error::Result;
use crate::text::projects as text;
use axum::response::Response;
use leptos::prelude::*;
use store::projects::ProjectSummary;

pub(super) async fn page(cx: Cx) -> Result<Response> {
    let projects = cx.store().projects_of(cx.user_id()?).await?;
    let archived = cx.store().archived_projects_of(cx.user_id()?).await?;
    Ok(cx.page(text::YOUR_PROJECTS, || {
        let empty = projects.is_empty();
        let archived_links = archived.iter().map(|(id, name)| {
            view! { <li><a href=format!("/projects/{id}/settings") dir="auto">{name.clone()}</a></li> }
        });
        let archived_links = archived_links.collect_view();
        view! {
            <div class="page-head">
                <h1>{text::YOUR_PROJECTS}</h1>
                <a class="button primary" href="/projects/new">{text::NEW_PROJECT}</a>
            </div>
            {empty.then(|| view! { <section class="empty"><h2>{text::NONE}</h2><p>{text::NONE_WORDS}</p></section> })}
            <ul class="cards">{projects.into_iter().map(card).collect_view()}</ul>
            {(!archived.is_empty()).then(|| view! {
                <details class="archived"><summary>{text::ARCHIVED}</summary><ul>{archived_links}</ul></details>
            })}
        }
    }))
}

fn card(project: ProjectSummary) -> impl IntoView {
    let progress = text::progress(project.finished, project.tasks);
    view! {
        <li class="card">
            <h2><a href=format!("/projects/{}/queue", project.id) dir="auto">{project.name}</a></h2>
            <p class="muted">{text::role(project.role)}</p>
            <progress max=project.tasks.max(1) value=project.finished aria-label=progress.clone()></progress>
            <p>{progress}</p>
            {(project.own > 0).then(|| view! { <p class="muted">{text::own(project.own)}</p> })}
        </li>
    }
}
