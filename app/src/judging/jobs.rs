//! Judging jobs: a list, and one with its progress, what it cost, and every call with what came back.

use super::form::enqueue;
use crate::asking::calls::{self, PAGE};
use crate::error::{Error, Result};
use crate::form::Form;
use crate::generate::badge;
use crate::text::judging as text;
use crate::ui::time;
use crate::{Cx, learning};
use axum::extract::{Path, Query};
use axum::http::HeaderValue;
use axum::response::Response;
use domain::Fields;
use domain::ids::JobId;
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
    let mut jobs = cx.store().jobs(&cx.project()?.id).await?;
    jobs.retain(|it| it.kind == JobKind::Judge);
    if jobs.is_empty() {
        return Ok(().into_any());
    }
    let rows: Vec<_> = jobs
        .iter()
        .map(|job| {
            let href = cx.at(&format!("judging/{}", job.id));
            view! {
                <tr>
                    <th scope="row"><a href=href dir="auto">{name(job)}</a></th>
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
                <thead><tr><th scope="col">{text::BY}</th><th scope="col">{text::STATE}</th><th scope="col" class="number">{text::PROMPTS}</th><th scope="col">{text::SINCE}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    Ok(table.into_any())
}

async fn job(cx: &Cx, id: &str) -> Result<Job> {
    let found = cx.store().job(&cx.project()?.id, &JobId::from(id)).await?;
    found
        .filter(|job| job.kind == JobKind::Judge)
        .ok_or(Error::NotFound)
}

pub(super) async fn show(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let asked = Fields(pairs);
    let job = job(&cx, &id).await?;
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
    let going = matches!(job.state, JobState::Queued | JobState::Leased);
    let title = name(&job);
    let mut response = cx.page(&title, || {
        let bar = (job.total > 0 && going).then(|| {
            view! { <progress class="percent" max=job.total value=job.done.min(job.total) aria-label=text::PROGRESS></progress> }
        });
        let problem = job.problem.clone().map(|words| {
            view! { <div class="notice bad" role="alert"><p dir="auto">{words}</p></div> }
        });
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
                <p class="state" role="status">{badge(job.state)} " " {text::progress_words(job.done, job.total, over)} " " {left}</p>
                {bar}
                {problem}
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
    if going {
        let every = HeaderValue::from_static("3");
        response.headers_mut().insert("refresh", every);
    }
    Ok(response)
}

pub(super) async fn act(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let job = job(&cx, &id).await?;
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
