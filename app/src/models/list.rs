//! The list: each model below the one it was trained from.

use super::add;
use crate::Cx;
use crate::error::Result;
use crate::learning;
use crate::text::models as text;
use crate::ui::time;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::run::ModelState;
use domain::{Fields, Invalid, Right};
use leptos::prelude::*;
use store::models::Model;

/// Lineages may be as deep as somebody trains; the page is not.
const DEEPEST: usize = 12;

pub(super) async fn show(cx: Cx) -> Result<Response> {
    page(&cx, StatusCode::OK, Fields::default(), Vec::new()).await
}

pub(super) async fn page(
    cx: &Cx,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let models = cx.store().models(&cx.project()?.id).await?;
    let standing = learning::standing(cx).await?;
    // a model on its way in is there in a moment; a half-filled form is not thrown away for it
    let waiting = models.iter().any(|it| it.state == ModelState::Adding) && errors.is_empty();
    let mut response = cx.page_with(status, text::MODELS, || {
        let none = models.is_empty();
        let may = cx.may(Right::Data);
        let roots = models
            .iter()
            .rev()
            .filter(|it| !models.iter().any(|other| Some(&other.id) == it.base.as_ref()))
            .map(|it| branch(cx, it, &models, 0))
            .collect_view();
        view! {
            <h1>{text::MODELS}</h1>
            {learning::tabs(cx)}
            {standing.view()}
            <p class="lead">{text::LEAD}</p>
            {none.then(|| view! { <section class="empty"><h2>{text::NONE}</h2><p>{if may { text::NONE_WORDS } else { text::NONE_ASK }}</p></section> })}
            {(!none).then(|| view! { <ul class="lineage">{roots}</ul> })}
            {may.then(|| add::form(cx, fields, errors, none))}
        }
    });
    if waiting {
        let every = HeaderValue::from_static("5");
        response.headers_mut().insert("refresh", every);
    }
    Ok(response)
}

fn branch(cx: &Cx, model: &Model, all: &[Model], depth: usize) -> AnyView {
    let children: Vec<AnyView> = all
        .iter()
        .rev()
        .filter(|it| it.base.as_ref() == Some(&model.id) && depth < DEEPEST)
        .map(|it| branch(cx, it, all, depth + 1))
        .collect();
    let href = cx.at(&format!("models/{}", model.id));
    let run = model.run.as_ref().map(|run| {
        let href = cx.at(&format!("runs/{run}"));
        view! { " " <a class="small" href=href>{text::ITS_RUN}<span class="visually-hidden" dir="auto">{format!(": {}", model.name)}</span></a> }
    });
    let shared = model
        .project
        .is_none()
        .then(|| view! { " " <span class="badge">{text::EVERYBODYS}</span> });
    let problem = model
        .problem
        .clone()
        .map(|words| view! { <p class="notice bad" dir="auto">{words}</p> });
    let size = (model.bytes > 0).then(|| text::size(model.bytes));
    view! {
        <li>
            <div class="model">
                <a href=href dir="auto"><strong>{model.name.clone()}</strong></a>
                " " <span class="badge">{text::kind(model.kind)}</span>
                " " {state(model.state)} {shared} {run}
                " " <small class="muted">{size} " " {time::day(model.created_at)}</small>
            </div>
            {problem}
            {(!children.is_empty()).then(|| view! { <ul class="lineage">{children}</ul> })}
        </li>
    }
    .into_any()
}

/// Whether it can be used; nothing where it can.
pub(super) fn state(state: ModelState) -> impl IntoView {
    let (class, words) = match state {
        ModelState::Ready => return None,
        ModelState::Adding => ("badge gold", text::ADDING),
        ModelState::Failed => ("badge bad", text::FAILED),
    };
    Some(view! { <span class=class>{words}</span> })
}
