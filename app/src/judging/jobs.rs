//! Judging jobs: a list, and one with its progress, what it cost, and every call with what came back.

use super::form::enqueue;
use crate::asking::calls::{self, PAGE};
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::judging as text;
use crate::{Cx, jobs, learning};
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::Fields;
use domain::judge::Judging;
use domain::run::{JobKind, JobState};
use leptos::prelude::*;
use store::jobs::Job;

fn judging(job: &Job) -> Option<Judging> {
    serde_json::from_value(job.payload.clone()).ok()
}

fn name(job: &Job) -> String {
    judging(job).map_or_else(
        || text::UNREADABLE.to_owned(),
        |it| text::judge(&it.name, &it.full_version(), &it.aspect),
    )
}

/// The jobs of this project, as a table; nothing where there are none.
pub(super) async fn list(cx: &Cx) -> Result<AnyView> {
    let all = jobs::all(cx, JobKind::Judge).await?;
    let heads = [text::BY, text::PROMPTS];
    Ok(jobs::list(cx, &all, "judging", heads, name, |_| None))
}

pub(super) async fn show(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let asked = Fields(pairs);
    let job = jobs::find(&cx, &id, JobKind::Judge).await?;
    let (store, project) = (cx.store(), &cx.project()?.id);
    let wanted = judging(&job);
    let made = store.calls_made(project, &job.id).await?;
    let unread = asked.get("show") == Some("unread");
    let skip = asked.number::<i64>("skip").ok().flatten();
    let skip = skip.unwrap_or(0).max(0);
    let made_calls = store.calls(project, &job.id, unread, (skip, PAGE + 1));
    let made_calls = made_calls.await?;
    let judges = store.judges(project).await?;
    let judge = judges.iter().find(|it| {
        let version = wanted.as_ref().map(Judging::full_version);
        let named = wanted.as_ref().map(|it| it.name.as_str());
        Some(it.name.as_str()) == named && Some(&it.version) == version.as_ref()
    });
    let judge = judge.map(|it| it.id.clone());
    let standing = learning::standing(&cx).await?;
    let going = jobs::goes_on(&job);
    let title = name(&job);
    let page = cx.page(&title, || {
        let over = job.state == JobState::Done;
        let left = calls::left(&job).filter(|_| going).map(text::left);
        let action = cx.at(&format!("judging/{}", job.id));
        let act = if going {
            Some(view! { <button class="danger" name="do" value="cancel">{text::CANCEL}</button> }.into_any())
        } else {
            (!over || made.unread > 0).then(|| view! { <button name="do" value="again">{text::AGAIN}</button> }.into_any())
        };
        let act = act.map(|button| view! { <form method="post" action=action>{button}</form> });
        let to = judge.filter(|_| job.done > 0).map(|judge| {
            let board = format!("{}?judge={judge}", cx.at("dashboards"));
            let judges = format!("{}?judge={judge}", cx.at("dashboards/judges"));
            view! {
                <a class="button primary" href=board>{text::TO_BOARD}</a>
                <a class="button" href=judges>{text::TO_JUDGES}</a>
            }
        });
        view! {
            <p><a href=cx.at("judging")>{format!("← {}", text::BACK)}</a></p>
            <h1 dir="auto">{title.clone()}</h1>
            {going.then(|| standing.view())}
            <section class="card">
                <p class="state" role="status">{jobs::badge(job.state)} " " {text::progress_words(job.done, job.total, over)} " " {left}</p>
                {jobs::stands(&job)}
                {calls::facts(made, wanted.as_ref().and_then(|it| it.cost(made.tokens[0], made.tokens[1])))}
                <div class="row">{to}{act}</div>
                {going.then(|| view! { <p class="muted">{text::REFRESHES}</p> })}
            </section>
            {(made.calls > 0).then(|| {
                let address = cx.at(&format!("judging/{}", job.id));
                calls::list(&cx, (&address, ""), &made_calls, made, (unread, skip))
            })}
        }
    });
    Ok(jobs::watched(page, going))
}

pub(super) async fn act(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let job = jobs::find(&cx, &id, JobKind::Judge).await?;
    if fields.get("do") == Some("again") {
        let wanted = judging(&job).ok_or_else(|| Error::BadRequest(text::UNREADABLE.into()))?;
        return enqueue(&cx, &wanted).await;
    }
    let (project, now) = (&cx.project()?.id, store::now_ms());
    if !cx.store().cancel_job(project, &job.id, now).await? {
        return Err(Error::Conflict(text::OVER.into()));
    }
    Ok(cx.redirect(&cx.at(&format!("judging/{}", job.id))))
}
