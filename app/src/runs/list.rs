//! The list of a project's runs.

use super::{names, parts};
use crate::Cx;
use crate::error::Result;
use crate::learning::{self, Standing};
use crate::text::runs as text;
use crate::ui::time;
use axum::response::Response;
use domain::Right;
use domain::ids::{ModelId, UserId};
use domain::measure::Outcome;
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::runs::Run;

/// What rows need besides the run.
struct Known {
    people: BTreeMap<UserId, String>,
    models: BTreeMap<ModelId, String>,
}

pub(super) async fn show(cx: Cx) -> Result<Response> {
    let project = &cx.project()?.id;
    let runs = cx.store().runs(project).await?;
    let models = cx.store().models(project).await?;
    let known = Known {
        people: names(&cx, &runs).await?,
        models: models.into_iter().map(|it| (it.id, it.name)).collect(),
    };
    let standing = learning::standing(&cx).await?;
    Ok(cx.page(text::RUNS, || page(&cx, standing, runs, &known)))
}

fn page(cx: &Cx, standing: Standing, runs: Vec<Run>, known: &Known) -> impl IntoView + use<> {
    let may = cx.may(Right::Data);
    let new = may.then(|| {
        view! { <a class="button primary" href=cx.at("runs/new")>{text::NEW}</a> }
    });
    let body = if runs.is_empty() {
        let words = if may {
            text::NONE_WORDS
        } else {
            text::NONE_ASK
        };
        view! { <section class="empty"><h2>{text::NONE}</h2><p>{words}</p></section> }.into_any()
    } else {
        table(cx, runs, known).into_any()
    };
    view! {
        <div class="page-head"><h1>{text::RUNS}</h1>{new}</div>
        {learning::tabs(cx)}
        {standing.view()}
        {body}
    }
}

fn table(cx: &Cx, runs: Vec<Run>, known: &Known) -> impl IntoView + use<> {
    let comparable = runs.len() > 1;
    let rows = runs
        .iter()
        .map(|run| row(cx, run, known, comparable))
        .collect_view();
    let check = comparable.then(|| {
        view! { <th scope="col"><span class="visually-hidden">{text::COMPARE}</span></th> }
    });
    let compare = comparable.then(|| {
        view! { <p class="row"><button>{text::COMPARE}</button><small class="muted">{text::COMPARE_HINT}</small></p> }
    });
    view! {
        <form method="get" action=cx.at("runs/compare")>
            <div class="table" tabindex="0" role="region" aria-label=text::RUNS>
                <table class="runs">
                    <thead><tr>
                        {check}
                        <th scope="col">{text::NAME}</th><th scope="col">{text::METHOD}</th><th scope="col">{text::BASE}</th>
                        <th scope="col">{text::STATUS}</th><th scope="col">{text::RESULT}</th>
                        <th scope="col">{text::WHO}</th><th scope="col">{text::WHEN}</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {compare}
        </form>
    }
}

fn row(cx: &Cx, run: &Run, known: &Known, comparable: bool) -> impl IntoView + use<> {
    let href = cx.at(&format!("runs/{}", run.id));
    let base = known.models.get(&run.base).cloned();
    let who = run.account.as_ref().and_then(|id| known.people.get(id));
    let who = who.cloned().unwrap_or_else(|| text::NOBODY.to_owned());
    let outcome: Outcome = serde_json::from_value(run.result.clone()).unwrap_or_default();
    let figure = outcome.figures.first().map(parts::figure_line);
    let check = comparable.then(|| {
        let words = text::choose(&run.name);
        view! { <td><input type="checkbox" name="run" value=run.id.to_string() aria-label=words /></td> }
    });
    let progress = parts::progress_words(run);
    view! {
        <tr>
            {check}
            <th scope="row"><a href=href dir="auto">{run.name.clone()}</a></th>
            <td>{text::method(run.method)}</td>
            <td dir="auto">{base.unwrap_or_else(|| text::NOBODY.to_owned())}</td>
            <td>{parts::badge(run.status)} <small class="muted">{progress}</small></td>
            <td>{figure}</td>
            <td dir="auto">{who}</td>
            <td>{time::minute(run.created_at)}</td>
        </tr>
    }
}
