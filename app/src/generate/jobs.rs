//! The jobs that answer prompts: a list, and one with its progress.

use super::form::answerer;
use crate::error::{Error, Result};
use crate::text::generate as text;
use crate::ui::time;
use crate::{Cx, learning};
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::response::Response;
use domain::ids::JobId;
use domain::run::{Generate, JobKind, JobState};
use leptos::prelude::*;
use store::jobs::Job;

pub(crate) fn badge(state: JobState) -> impl IntoView {
    let class = match state {
        JobState::Done => "badge good",
        JobState::Failed => "badge bad",
        JobState::Leased => "badge gold",
        JobState::Queued | JobState::Parked | JobState::Cancelled => "badge",
    };
    view! { <span class=class>{text::state(state)}</span> }
}

/// The jobs of this project, as a table; nothing where there are none.
pub(super) async fn list(cx: &Cx) -> Result<AnyView> {
    let project = &cx.project()?.id;
    let mut jobs = cx.store().jobs(project).await?;
    jobs.retain(|it| it.kind == JobKind::Generate);
    if jobs.is_empty() {
        return Ok(().into_any());
    }
    let models = cx.store().models(project).await?;
    let rows: Vec<_> = jobs
        .iter()
        .map(|job| {
            let href = cx.at(&format!("generate/{}", job.id));
            let name = answerer(&models, job);
            view! {
                <tr>
                    <th scope="row"><a href=href dir="auto">{name}</a></th>
                    <td>{badge(job.state)}</td>
                    <td class="number">{text::progress(job.done, job.total)}</td>
                    <td>{time::minute(job.created_at)}</td>
                </tr>
            }
        })
        .collect();
    let table = view! {
        <h2>{text::JOBS}</h2>
        <div class="table" tabindex="0" role="region" aria-label=text::JOBS>
            <table>
                <thead><tr><th scope="col">{text::MODEL}</th><th scope="col">{text::STATE}</th><th scope="col" class="number">{text::RESPONSES}</th><th scope="col">{text::SINCE}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    Ok(table.into_any())
}

async fn job(cx: &Cx, id: &str) -> Result<Job> {
    let found = cx.store().job(&cx.project()?.id, &JobId::from(id)).await?;
    found
        .filter(|job| job.kind == JobKind::Generate)
        .ok_or(Error::NotFound)
}

pub(super) async fn show(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let job = job(&cx, &id).await?;
    let models = cx.store().models(&cx.project()?.id).await?;
    let standing = learning::standing(&cx).await?;
    let asked: Option<Generate> = serde_json::from_value(job.payload.clone()).ok();
    let going = matches!(job.state, JobState::Queued | JobState::Leased);
    let name = answerer(&models, &job);
    let title = text::answers(&name);
    let mut response = cx.page(&title, || {
        let bar = (job.total > 0 && going).then(|| {
            view! { <progress class="percent" max=job.total value=job.done.min(job.total) aria-label=text::PROGRESS></progress> }
        });
        let problem = job.problem.clone().map(|words| {
            view! { <div class="notice bad" role="alert"><p dir="auto">{words}</p></div> }
        });
        let tasks = asked.as_ref().is_some_and(|it| it.make_tasks);
        let some = job.done > 0;
        let cancel = going.then(|| {
            let action = cx.at(&format!("generate/{}", job.id));
            view! { <form method="post" action=action><button class="danger">{text::CANCEL}</button></form> }
        });
        view! {
            <p><a href=cx.at("generate")>{format!("← {}", text::BACK)}</a></p>
            <h1 dir="auto">{title.clone()}</h1>
            {learning::tabs(&cx)}
            {going.then(|| standing.view())}
            <section class="card">
                <p class="state" role="status">{badge(job.state)} " " {text::progress_words(job.done, job.total)}</p>
                {bar}
                {problem}
                {asked.map(|it| view! { <p class="muted">{text::sampled(&it)}</p> })}
                <div class="row">
                    {(some && tasks).then(|| view! { <a class="button primary" href=cx.at("queue")>{text::TO_QUEUE}</a> })}
                    {some.then(|| view! { <a class="button" href=cx.at("data")>{text::TO_DATA}</a> })}
                    {cancel}
                </div>
                {going.then(|| view! { <p class="muted">{text::REFRESHES}</p> })}
            </section>
        }
    });
    if going {
        let every = HeaderValue::from_static("3");
        response.headers_mut().insert("refresh", every);
    }
    Ok(response)
}

pub(super) async fn cancel(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let job = job(&cx, &id).await?;
    let (project, now) = (&cx.project()?.id, store::now_ms());
    if !cx.store().cancel_job(project, &job.id, now).await? {
        return Err(Error::Conflict(text::OVER.into()));
    }
    Ok(cx.redirect(&cx.at(&format!("generate/{}", job.id))))
}
