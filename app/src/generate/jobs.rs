//! The jobs that answer prompts: a list, and one with its progress.

use super::form::answerer;
use crate::error::{Error, Result};
use crate::text::generate as text;
use crate::{Cx, jobs, learning};
use axum::extract::Path;
use axum::response::Response;
use domain::run::{Generate, JobKind};
use leptos::prelude::*;
use store::jobs::Job;

/// The jobs of this project, as a table; nothing where there are none.
pub(super) async fn list(cx: &Cx) -> Result<AnyView> {
    let all = jobs::all(cx, JobKind::Generate).await?;
    let models = cx.store().models(&cx.project()?.id).await?;
    let heads = [text::MODEL, text::RESPONSES];
    let name = |job: &Job| answerer(&models, job);
    Ok(jobs::list(cx, &all, "generate", heads, name, |_| None))
}

pub(super) async fn show(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let job = jobs::find(&cx, &id, JobKind::Generate).await?;
    let models = cx.store().models(&cx.project()?.id).await?;
    let standing = learning::standing(&cx).await?;
    let asked: Option<Generate> = serde_json::from_value(job.payload.clone()).ok();
    let going = jobs::goes_on(&job);
    let name = answerer(&models, &job);
    let title = text::answers(&name);
    let page = cx.page(&title, || {
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
                <p class="state" role="status">{jobs::badge(job.state)} " " {text::progress_words(job.done, job.total)}</p>
                {jobs::stands(&job)}
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
    Ok(jobs::watched(page, going))
}

pub(super) async fn cancel(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let job = jobs::find(&cx, &id, JobKind::Generate).await?;
    let (project, now) = (&cx.project()?.id, store::now_ms());
    if !cx.store().cancel_job(project, &job.id, now).await? {
        return Err(Error::Conflict(text::OVER.into()));
    }
    Ok(cx.redirect(&cx.at(&format!("generate/{}", job.id))))
}
