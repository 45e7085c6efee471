//! One run: its state, its curves, what it stands on, what came of it.

use super::{live, names, parts, run, snapshot};
use crate::Cx;
use crate::agreement::encode;
use crate::error::Result;
use crate::islands::Live;
use crate::learning;
use crate::text::runs as text;
use crate::ui::time;
use axum::extract::{Path, Query};
use axum::http::HeaderValue;
use axum::response::Response;
use domain::measure::CURVES;
use domain::method::Value;
use domain::run::{Status, Wish};
use domain::{Fields, Right};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::models::Model;
use store::runs::Run;

pub(super) async fn show(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let again = Fields(pairs).ticked("again");
    let run = run(&cx, &id).await?;
    let drawn = live::drawn(cx.store(), &run).await?;
    let models = cx.store().models(&run.project).await?;
    let made = models.iter().find(|it| it.run.as_ref() == Some(&run.id));
    let base = cx.store().any_model(&run.base).await?;
    let parent = match &run.parent {
        Some(parent) => cx.store().run(&run.project, parent).await?,
        None => None,
    };
    let names = names(&cx, std::slice::from_ref(&run)).await?;
    let who = run.account.as_ref().and_then(|id| names.get(id)).cloned();
    let standing = learning::standing(&cx).await?;
    let going = !run.status.is_over();
    let mut response = cx.page(&run.name.clone(), || {
        let part = |name: &str| {
            let html = drawn.get(name).cloned().unwrap_or_default();
            view! { <div data-part=name.to_owned() inner_html=html></div> }
        };
        let curves = (0..CURVES.len())
            .map(|n| part(&live::part_of(n)))
            .collect_view();
        let here = cx.at(&format!("runs/{}", run.id));
        let events = going.then(|| format!("{here}/events"));
        // what waits for an engine is better read beside how the engine stands
        let standing = (run.status == Status::Queued || run.status == Status::Running)
            .then(|| standing.view());
        view! {
            <p><a href=cx.at("runs")>{format!("← {}", text::BACK)}</a></p>
            <div class="page-head">
                <h1 dir="auto">{run.name.clone()}</h1>
                {actions(&cx, &run)}
            </div>
            {learning::tabs(&cx)}
            {standing}
            <div class="run" data-events=events>
                <section class="card">
                    {part("state")}
                    {going.then(|| refresh(&here, again))}
                    {about(&cx, &run, base.as_ref(), parent.as_ref(), who)}
                </section>
                {part("outcome")}
                {made.map(|model| the_model(&cx, &run, model))}
                <div class="page-head">
                    <h2>{text::CURVES}</h2>
                    <a href=format!("{here}/metrics.csv")>{text::NUMBERS_FILE}</a>
                </div>
                <div class="charts">{curves} {part(live::OTHER)}</div>
                {part("samples")}
                <section class="card">
                    <h2>{text::DATA}</h2>
                    <p class="muted">{text::DATA_WORDS}</p>
                    {snapshot::facts(&run.data)}
                </section>
                {settings(&run)}
            </div>
            {going.then(|| view! { <Live /> })}
        }
    });
    if again && going {
        response
            .headers_mut()
            .insert("refresh", HeaderValue::from_static("5"));
    }
    Ok(response)
}

/// Looking again without scripts; the island hides it.
fn refresh(here: &str, again: bool) -> impl IntoView + use<> {
    let (keep, words) = if again {
        (here.to_owned(), text::STOP_REFRESHING)
    } else {
        (format!("{here}?again=yes"), text::KEEP_REFRESHING)
    };
    view! {
        <p class="row" data-without-scripts>
            <a class="button" href=here.to_owned()>{text::REFRESH}</a>
            <a href=keep>{words}</a>
        </p>
    }
}

fn actions(cx: &Cx, run: &Run) -> impl IntoView + use<> {
    let here = cx.at(&format!("runs/{}", run.id));
    let button = |shown: bool, what: &'static str, words: &'static str, class: &'static str| {
        shown.then(|| view! { <button class=class name="do" value=what>{words}</button> })
    };
    let (status, wish) = (run.status, run.wish);
    let pausing = status == Status::Running && wish == Wish::Pause;
    let pause = matches!(status, Status::Queued | Status::Running) && wish == Wish::Run;
    let retry = match status {
        Status::Failed => text::RETRY,
        _ if parts::for_people(run) => text::WITH_WHAT_IS_THERE,
        _ => text::RESUME,
    };
    let resume = matches!(status, Status::Paused | Status::Failed) || pausing;
    let cancel = !status.is_over() && wish != Wish::Cancel;
    let clone = cx.at(&format!("runs/new?clone={}", run.id));
    cx.may(Right::Data).then(|| {
        view! {
            <form class="row" method="post" action=here>
                {button(pause, "pause", text::PAUSE, "")}
                {button(resume, "resume", retry, "primary")}
                {button(cancel, "cancel", text::CANCEL, "danger")}
                <a class="button" href=clone>{text::CLONE}</a>
            </form>
        }
    })
}

fn about(
    cx: &Cx,
    run: &Run,
    base: Option<&Model>,
    parent: Option<&Run>,
    who: Option<String>,
) -> impl IntoView + use<> {
    let base = base.map(|it| {
        let href = cx.at(&format!("models/{}", it.id));
        view! { <div><dt>{text::BASE}</dt><dd><a href=href dir="auto">{it.name.clone()}</a></dd></div> }
    });
    let parent = parent.map(|it| {
        let href = cx.at(&format!("runs/{}", it.id));
        view! { <div><dt>{text::PARENT}</dt><dd><a href=href dir="auto">{it.name.clone()}</a></dd></div> }
    });
    view! {
        <dl class="facts">
            <div><dt>{text::METHOD}</dt><dd>{text::method(run.method)}</dd></div>
            {base}
            {parent}
            <div><dt>{text::WHO}</dt><dd dir="auto">{who.unwrap_or_else(|| text::NOBODY.to_owned())}</dd></div>
            <div><dt>{text::WHEN}</dt><dd>{time::minute(run.created_at)}</dd></div>
        </dl>
    }
}

fn the_model(cx: &Cx, run: &Run, model: &Model) -> impl IntoView + use<> {
    let card = cx.at(&format!("models/{}", model.id));
    let playground = cx.at(&format!("playground?a={}&b={}", run.base, model.id));
    let policy = model.kind == domain::run::ModelKind::Policy;
    let versions = cx.at(&format!("dashboards/versions?made={}", encode(&model.name)));
    view! {
        <section class="card">
            <h2>{text::MODEL}</h2>
            <p dir="auto"><strong>{model.name.clone()}</strong></p>
            <p class="row">
                <a class="button" href=card>{text::SEE_CARD}</a>
                {policy.then(|| view! { <a class="button" href=playground>{text::TRY_IT}</a> })}
                {policy.then(|| view! { <a class="button" href=versions>{text::WHAT_CHANGED}</a> })}
            </p>
        </section>
    }
}

/// The settings by their labels, all of them.
pub(super) fn labelled(run: &Run) -> BTreeMap<String, String> {
    let table = run.method.settings();
    let settings = run.settings.iter().map(|(name, value)| {
        let label = table.iter().find(|it| it.name == name);
        let label = label.map_or_else(|| name.to_owned(), |it| it.label.to_owned());
        (label, words(value))
    });
    settings
        .chain([(text::SEED.to_owned(), run.seed.to_string())])
        .collect()
}

fn words(value: &Value) -> String {
    match value {
        Value::Flag(true) => text::YES.to_owned(),
        Value::Flag(false) => text::NO.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Name(name) => name.clone(),
    }
}

fn settings(run: &Run) -> impl IntoView + use<> {
    let rows = labelled(run)
        .into_iter()
        .map(|(label, value)| view! { <dt>{label}</dt><dd>{value}</dd> })
        .collect_view();
    let version = (!run.version.is_empty()).then(|| {
        view! { <dt>{text::VERSION}</dt><dd>{run.version.clone()}</dd> }
    });
    view! {
        <details class="card">
            <summary><h2>{text::ITS_SETTINGS}</h2></summary>
            <dl>{rows}{version}</dl>
        </details>
    }
}
