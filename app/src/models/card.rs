//! A model's card: where it came from, what it stands on, what it can do, its files.

use super::{files, list, model};
use crate::Cx;
use crate::agreement::encode;
use crate::error::Result;
use crate::learning;
use crate::text::models as text;
use crate::ui::time;
use axum::extract::Path;
use axum::response::Response;
use domain::Right;
use domain::run::{ModelKind, ModelState};
use leptos::prelude::*;
use serde_json::Value;
use store::models::Model;

/// How deep a card's objects are unfolded before they stand as they are.
const DEEPEST: usize = 4;

pub(super) async fn show(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let model = model(&cx, &id).await?;
    let project = &cx.project()?.id;
    let line = cx.store().lineage(project, &model.id).await?;
    let children = cx.store().trained_from(project, &model.id).await?;
    let files = if cx.may(Right::Data) {
        files::listed(&cx, &model).await
    } else {
        files::Listed::Hidden
    };
    Ok(cx.page(&model.name.clone(), || {
        view! {
            <p><a href=cx.at("models")>{format!("← {}", text::BACK)}</a></p>
            <div class="page-head">
                <h1 dir="auto">{model.name.clone()}</h1>
                {actions(&cx, &model)}
            </div>
            {learning::tabs(&cx)}
            <section class="card">
                {model.problem.clone().map(|words| view! { <div class="notice bad"><p dir="auto">{words}</p></div> })}
                <dl class="facts">
                    <div><dt>{text::KIND}</dt><dd>{text::kind(model.kind)} " " {list::state(model.state)}</dd></div>
                    {(!model.origin.is_empty()).then(|| view! { <div><dt>{text::ORIGIN}</dt><dd dir="auto">{model.origin.clone()}</dd></div> })}
                    {(model.bytes > 0).then(|| view! { <div><dt>{text::SIZE}</dt><dd>{text::size(model.bytes)}</dd></div> })}
                    <div><dt>{text::SINCE}</dt><dd>{time::minute(model.created_at)}</dd></div>
                </dl>
                {lineage(&cx, &line, &model)}
                {trained(&cx, &children)}
            </section>
            {object(text::CARD, &model.card, true)}
            {object(text::ARCHITECTURE, &model.config, false)}
            {files.view(&cx, &model)}
        }
    }))
}

fn actions(cx: &Cx, model: &Model) -> impl IntoView + use<> {
    let ready = model.state == ModelState::Ready;
    let own = model.project.is_some();
    let learns = ready && model.kind == ModelKind::Policy;
    let runs = cx.at("runs/new");
    let generate = cx.at(&format!("generate?model={}", model.id));
    let playground = cx.at(&format!("playground?b={}", model.id));
    let remove = cx.at(&format!("models/{}/remove", model.id));
    let made = ready && model.run.is_some() && model.kind == ModelKind::Policy;
    let versions = cx.at(&format!("dashboards/versions?made={}", encode(&model.name)));
    let may = cx.may(Right::Data);
    view! {
        <div class="row">
            {learns.then(|| view! { <a class="button" href=playground>{text::PLAYGROUND}</a> })}
            {made.then(|| view! { <a class="button" href=versions>{crate::text::runs::WHAT_CHANGED}</a> })}
            {(learns && may).then(|| view! { <a class="button" href=generate>{text::GENERATE}</a> })}
            {(learns && may).then(|| view! { <a class="button" href=runs>{text::TRAIN}</a> })}
            {(own && may).then(|| view! {
                <details class="removal">
                    <summary class="button">{text::REMOVE}</summary>
                    <form method="post" action=remove><p>{text::REMOVE_WORDS}</p><button class="danger">{text::REMOVE_NOW}</button></form>
                </details>
            })}
        </div>
    }
}

/// Base → run → model, as far back as it is known.
fn lineage(cx: &Cx, line: &[Model], model: &Model) -> impl IntoView + use<> {
    let steps = line
        .iter()
        .map(|it| {
            let run = it.run.as_ref().map(|run| {
                let href = cx.at(&format!("runs/{run}"));
                view! { <li><a href=href>{text::RUN}</a></li> }
            });
            let href = cx.at(&format!("models/{}", it.id));
            let name = it.name.clone();
            let here = it.id == model.id;
            let name = if here {
                view! { <strong dir="auto">{name}</strong> }.into_any()
            } else {
                view! { <a href=href dir="auto">{name}</a> }.into_any()
            };
            view! { {run} <li>{name}</li> }
        })
        .collect_view();
    let any = line.len() > 1 || model.run.is_some();
    any.then(|| view! { <h2>{text::LINEAGE}</h2><ol class="steps">{steps}</ol> })
}

fn trained(cx: &Cx, children: &[Model]) -> impl IntoView + use<> {
    let links = children
        .iter()
        .map(|it| {
            let href = cx.at(&format!("models/{}", it.id));
            view! { <li><a href=href dir="auto">{it.name.clone()}</a></li> }
        })
        .collect_view();
    (!children.is_empty()).then(|| view! { <h2>{text::TRAINED}</h2><ul>{links}</ul> })
}

fn object(title: &'static str, value: &Value, open: bool) -> impl IntoView + use<> {
    let any = value.as_object().is_some_and(|it| !it.is_empty());
    any.then(|| {
        let body = unfolded(value, 0);
        view! { <details class="card" open=open><summary><h2>{title}</h2></summary>{body}</details> }
    })
}

/// A JSON value as lists of names and values.
fn unfolded(value: &Value, depth: usize) -> AnyView {
    match value {
        Value::Object(fields) if depth < DEEPEST => {
            let rows: Vec<_> = fields
                .iter()
                .map(|(name, value)| {
                    let name = name.replace('_', " ");
                    view! { <dt dir="auto">{name}</dt><dd>{unfolded(value, depth + 1)}</dd> }
                })
                .collect();
            view! { <dl class="unfolded">{rows}</dl> }.into_any()
        }
        Value::Array(items) if depth < DEEPEST && items.iter().any(Value::is_object) => {
            let items: Vec<_> = items
                .iter()
                .map(|it| view! { <li>{unfolded(it, depth + 1)}</li> })
                .collect();
            view! { <ul>{items}</ul> }.into_any()
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            view! { <span dir="auto">{items.join(", ")}</span> }.into_any()
        }
        other => view! { <span dir="auto">{plain(other)}</span> }.into_any(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Bool(true) => text::YES.to_owned(),
        Value::Bool(false) => text::NO.to_owned(),
        other => other.to_string(),
    }
}
