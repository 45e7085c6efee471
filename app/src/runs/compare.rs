//! Several runs: their curves over each other, their results side by side, and which settings differ.

use super::{curves, parts, run, watch};
use crate::Cx;
use crate::error::Result;
use crate::learning;
use crate::text::runs as text;
use crate::ui::chart::TONES;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use domain::measure::Outcome;
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use store::runs::Run;

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let fields = Fields(pairs);
    let mut wanted: Vec<&str> = Vec::new();
    for id in fields.all("run") {
        if !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    let too_many = wanted.len() > TONES;
    wanted.truncate(TONES);
    let mut runs = Vec::new();
    let mut measured = Vec::new();
    for id in wanted {
        let run = run(&cx, id).await?;
        let metrics = cx.store().metrics(&run.id, 0).await?;
        measured.push((run.name.clone(), metrics));
        runs.push(run);
    }
    numbered(&mut measured);
    let models = cx.store().models(&cx.project()?.id).await?;
    let base = |run: &Run| {
        let found = models.iter().find(|it| it.id == run.base);
        found.map_or_else(|| text::NOBODY.to_owned(), |it| it.name.clone())
    };
    let about: Vec<BTreeMap<String, String>> = runs
        .iter()
        .map(|run| {
            let mut about = watch::labelled(run);
            about.insert(text::METHOD.into(), text::method(run.method).into());
            about.insert(text::BASE.into(), base(run));
            about.insert(
                text::BY.into(),
                super::choose::listed(&run.data.provenances),
            );
            about.insert(text::ANNOTATIONS.into(), run.data.annotations.to_string());
            about
        })
        .collect();
    Ok(cx.page(text::COMPARISON, || {
        let few = runs.len() < 2;
        let names: Vec<String> = measured.iter().map(|(name, _)| name.clone()).collect();
        let charts = curves::over_each_other(&measured);
        let charts = charts.iter().map(crate::ui::chart::Chart::view).collect_view();
        view! {
            <p><a href=cx.at("runs")>{format!("← {}", text::BACK)}</a></p>
            <h1>{text::COMPARISON}</h1>
            {learning::tabs(&cx)}
            {too_many.then(|| view! { <p class="notice">{text::too_many(TONES)}</p> })}
            {if few {
                view! { <section class="empty"><h2>{text::TOO_FEW}</h2><p>{text::TOO_FEW_WORDS}</p></section> }.into_any()
            } else {
                view! {
                    {summary(&cx, &runs, &names)}
                    {differing(&names, &about)}
                    <h2>{text::CURVES}</h2>
                    <div class="charts">{charts}</div>
                }.into_any()
            }}
        }
    }))
}

/// Runs of one name are told apart by a number.
fn numbered(runs: &mut [(String, Vec<store::metrics::Metric>)]) {
    let names: Vec<String> = runs.iter().map(|(name, _)| name.clone()).collect();
    for (n, (name, _)) in runs.iter_mut().enumerate() {
        let before = names[..n].iter().filter(|it| *it == name).count();
        if names.iter().filter(|it| *it == name).count() > 1 {
            *name = format!("{name} ({})", before + 1);
        }
    }
}

fn summary(cx: &Cx, runs: &[Run], names: &[String]) -> impl IntoView + use<> {
    let rows = runs
        .iter()
        .zip(names)
        .enumerate()
        .map(|(n, (run, name))| {
            let outcome: Outcome = serde_json::from_value(run.result.clone()).unwrap_or_default();
            let figures: Vec<String> = outcome.figures.iter().map(parts::figure_line).collect();
            let href = cx.at(&format!("runs/{}", run.id));
            view! {
                <tr>
                    <th scope="row"><span class=format!("swatch tone-{n}") aria-hidden="true"></span><a href=href dir="auto">{name.clone()}</a></th>
                    <td>{parts::badge(run.status)} <small class="muted">{parts::progress_words(run)}</small></td>
                    <td>{figures.join("; ")}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table" tabindex="0" role="region" aria-label=text::RUNS>
            <table>
                <thead><tr><th scope="col">{text::NAME}</th><th scope="col">{text::STATUS}</th><th scope="col">{text::RESULT}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The settings in which the runs differ, then those that are the same.
fn differing(names: &[String], about: &[BTreeMap<String, String>]) -> impl IntoView + use<> {
    let labels: BTreeSet<&String> = about.iter().flat_map(BTreeMap::keys).collect();
    let (mut different, mut same) = (Vec::new(), Vec::new());
    for label in labels {
        let values: Vec<String> = about
            .iter()
            .map(|it| {
                it.get(label)
                    .cloned()
                    .unwrap_or_else(|| text::NOBODY.into())
            })
            .collect();
        if values.iter().all(|it| *it == values[0]) {
            same.push((label.clone(), values[0].clone()));
        } else {
            different.push((label.clone(), values));
        }
    }
    let none = different.is_empty();
    let head = names
        .iter()
        .map(|name| view! { <th scope="col" dir="auto">{name.clone()}</th> })
        .collect_view();
    let rows = different
        .into_iter()
        .map(|(label, values)| {
            let cells = values
                .into_iter()
                .map(|it| view! { <td dir="auto">{it}</td> });
            view! { <tr><th scope="row">{label}</th>{cells.collect_view()}</tr> }
        })
        .collect_view();
    let same = same
        .into_iter()
        .map(|(label, value)| view! { <dt>{label}</dt><dd dir="auto">{value}</dd> })
        .collect_view();
    let table = if none {
        view! { <p>{text::SAME}</p> }.into_any()
    } else {
        view! {
            <div class="table" tabindex="0" role="region" aria-label=text::DIFFERENT>
                <table>
                    <thead><tr><th scope="col">{text::SETTING}</th>{head}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <h2>{text::DIFFERENT}</h2>
        {table}
        <details><summary>{text::SAME_IN_ALL}</summary><dl>{same}</dl></details>
    }
}
