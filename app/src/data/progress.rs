//! An import under way, and what came of it. The page looks again by itself, without scripts.

use super::{file_of, preview};
use crate::error::{Error, Result};
use crate::text::data as text;
use crate::ui::csv::{self, Cell};
use crate::{App, Cx};
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::Fields;
use domain::ids::{ImportId, ProjectId};
use leptos::prelude::*;
use store::imports::{Import, KEPT_PROBLEMS, State};

/// Problems that the page lists; the file has all.
const LISTED: i64 = 50;

/// Runs an import that was started, beside the requests.
pub(super) fn run(app: &App, project: ProjectId, id: ImportId) {
    let (store, file) = (app.store.clone(), file_of(app, &id));
    tokio::spawn(async move {
        if let Err(cause) = store.run_import(&project, &id, file).await {
            tracing::error!(import = id.as_str(), %cause, "an import stopped");
        }
    });
}

/// Runs again what a stopped server left half-way; what was written already is found and left alone.
///
/// # Errors
/// When the database cannot be read.
pub async fn resume(app: &App) -> Result<(), store::Error> {
    for (project, id) in app.store.interrupted_imports().await? {
        run(app, project, id);
    }
    Ok(())
}

pub(super) async fn show(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let change = Fields(pairs).ticked("change");
    let project = &cx.project()?.id;
    let id = ImportId(id);
    let import = cx
        .store()
        .import(project, &id)
        .await?
        .ok_or(Error::NotFound)?;
    match import.state {
        State::Running => Ok(running(&cx, &import)),
        State::Done => result(&cx, import).await,
        State::Failed if !change => result(&cx, import).await,
        State::Uploaded | State::Failed => {
            preview::page(&cx, import, StatusCode::OK, Vec::new()).await
        }
    }
}

fn running(cx: &Cx, import: &Import) -> Response {
    let percent = import.bytes_read * 100 / import.bytes_total.max(1);
    let words = text::progress(import.rows_read, percent.min(100));
    let mut response = cx.page(text::RUNNING, || {
        view! {
            <section class="card narrow">
                <h1>{text::RUNNING}</h1>
                <p dir="auto">{import.file_name.clone()}</p>
                <progress class="percent" max="100" value=percent aria-label=words.clone()></progress>
                <p role="status">{words.clone()}</p>
                <p class="muted">{text::REFRESHES}</p>
            </section>
        }
    });
    // the header does what a meta element would, and needs none in the page's head
    response
        .headers_mut()
        .insert("refresh", HeaderValue::from_static("2"));
    response
}

async fn result(cx: &Cx, import: Import) -> Result<Response> {
    let found = cx.store().import_problems(&import.id, LISTED).await?;
    let failed = import.state == State::Failed;
    let title = if failed { text::FAILED } else { text::DONE };
    Ok(cx.page(title, || {
        let counts = import.counts;
        let address = cx.at(&format!("data/imports/{}", import.id));
        let row = |name: &'static str, new: u64, known: Option<u64>| {
            view! { <tr><th scope="row">{name}</th><td class="number">{new}</td><td class="number">{known}</td></tr> }
        };
        let any = !found.is_empty();
        let (import_href, data_href) = (cx.at("data/import"), cx.at("data"));
        view! {
            <section class="card">
                <h1>{title}": "<span dir="auto">{import.file_name.clone()}</span></h1>
                {import.problem.clone().map(|words| view! { <p class="notice bad">{words}</p> })}
                <div class="table">
                    <table>
                        <thead><tr><td></td><th scope="col" class="number">{text::NEW}</th><th scope="col" class="number">{text::KNOWN}</th></tr></thead>
                        <tbody>
                            {row(text::PROMPTS, counts.prompts, Some(counts.prompts_known))}
                            {row(text::RESPONSES, counts.responses, Some(counts.responses_known))}
                            {row(text::ANNOTATIONS, counts.annotations, Some(counts.annotations_known))}
                            {row(text::TASKS, counts.tasks, None)}
                        </tbody>
                    </table>
                </div>
                <dl>
                    <dt>{text::ROWS}</dt><dd>{import.rows_read}</dd>
                    <dt>{text::ROWS_BAD}</dt><dd>{counts.bad_rows}</dd>
                </dl>
                <div class="row">
                    <a class="button primary" href=data_href>{text::SEE_DATA}</a>
                    <a class="button" href=import_href>{text::ANOTHER}</a>
                    {failed.then(|| view! { <a class="button" href=format!("{address}?change=yes")>{text::CHANGE}</a> })}
                    {any.then(|| view! { <a class="button" href=format!("{address}/problems.csv")>{text::PROBLEMS_FILE}</a> })}
                </div>
            </section>
            {any.then(|| view! { <section class="card"><h2>{text::PROBLEMS}</h2>{preview::problems(found)}</section> })}
            {(failed && any).then(|| view! {
                <form class="card" method="post" action=address.clone()>
                    <input type="hidden" name="rows" value="good" />
                    <input type="hidden" name="tasks" value=import.settings.make_tasks.then_some("yes") />
                    <button class="primary" name="do" value="run">{text::ONLY_GOOD}</button>
                </form>
            })}
        }
    }))
}

pub(super) async fn problems(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let id = ImportId(id);
    let import = cx
        .store()
        .import(&cx.project()?.id, &id)
        .await?
        .ok_or(Error::NotFound)?;
    let all = i64::try_from(KEPT_PROBLEMS).unwrap_or(i64::MAX);
    let mut lines = vec![csv::line(&["line", "field", "problem"].map(Cell::from))];
    for problem in cx.store().import_problems(&import.id, all).await? {
        let line = usize::try_from(problem.line).unwrap_or(usize::MAX);
        lines.push(csv::line(&[
            line.into(),
            problem.field.into(),
            problem.reason.into(),
        ]));
    }
    Ok(csv::file("problems.csv", &lines))
}
