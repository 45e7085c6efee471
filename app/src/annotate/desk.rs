//! Coming to the next item, looking at one, loading one ahead.

use super::page::{self, Above};
use crate::Cx;
use crate::error::{Error, Result};
use crate::live::Expected;
use crate::text::annotate as text;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ids::{PromptId, TaskId};
use domain::{Fields, Right};
use leptos::prelude::*;
use serde::Deserialize;
use store::queue::{Hold, Item, Left};

/// What the addresses take.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// Only tasks of this prompt.
    prompt: Option<String>,
    /// The item on the page that loads another one ahead.
    after: Option<String>,
    /// What has just been done to this item.
    said: Option<String>,
    /// What the live model had expected of the item before.
    expected: Option<String>,
}

/// How long an item stays with one person.
pub(super) fn lease_ms(cx: &Cx) -> Result<i64> {
    Ok(i64::from(cx.project()?.settings.lease_minutes.max(1)) * 60_000)
}

/// What the island asks for, if it is the island that asks.
pub(super) fn island_asks(headers: &HeaderMap, what: &str) -> bool {
    headers
        .get("x-touchstone")
        .is_some_and(|value| value == what)
}

/// The next item: its address, or the page that says why there is none.
pub(super) async fn next(cx: Cx, Query(asked): Query<Asked>) -> Result<Response> {
    match take(&cx, asked.prompt.as_deref()).await? {
        Some(task) => Ok(cx.redirect(&address(&cx, &task, asked.prompt.as_deref()))),
        None => nothing(&cx).await,
    }
}

/// Takes the next task.
async fn take(cx: &Cx, prompt: Option<&str>) -> Result<Option<TaskId>> {
    let prompt = prompt.filter(|it| !it.is_empty()).map(PromptId::from);
    Ok(cx
        .store()
        .next_task(
            &cx.project()?.id,
            cx.user_id()?,
            prompt.as_ref(),
            lease_ms(cx)?,
            store::now_ms(),
        )
        .await?)
}

fn address(cx: &Cx, task: &TaskId, prompt: Option<&str>) -> String {
    let only = prompt
        .filter(|it| !it.is_empty())
        .map(|it| format!("?prompt={it}"));
    cx.at(&format!("queue/{task}{}", only.unwrap_or_default()))
}

/// What follows a finished item: for the island the page itself, else a redirect to it.
pub(super) async fn onward(
    cx: &Cx,
    headers: &HeaderMap,
    only: Option<&str>,
    expected: Option<Expected>,
) -> Result<Response> {
    let next = take(cx, only).await?;
    if !island_asks(headers, "swap") {
        return Ok(match next {
            Some(task) => {
                let mut to = address(cx, &task, only);
                if let Some(expected) = expected {
                    let sign = if to.contains('?') { '&' } else { '?' };
                    to.push_str(&format!("{sign}expected={}", expected.code()));
                }
                cx.redirect(&to)
            }
            None => cx.redirect(&cx.at("queue")),
        });
    }
    let (mut response, location) = match next {
        Some(task) => {
            let hold = Hold {
                project: &cx.project()?.id,
                account: cx.user_id()?,
                task: &task,
            };
            let item = cx.store().item(hold).await?.ok_or(Error::NotFound)?;
            let above = Above {
                only: only.map(str::to_owned),
                expected: expected.map(Expected::words),
                ..Above::default()
            };
            (as_kept(cx, &item, above).await?, address(cx, &task, only))
        }
        None => (nothing(cx).await?, cx.at("queue")),
    };
    if let Ok(value) = HeaderValue::from_str(&location) {
        response
            .headers_mut()
            .insert("x-touchstone-location", value);
    }
    Ok(response)
}

/// The item with the draft as it is kept.
pub(super) async fn as_kept(cx: &Cx, item: &Item, above: Above) -> Result<Response> {
    let (fields, version, seconds) = match &item.draft {
        Some(draft) => (draft.fields.clone(), draft.version, draft.seconds),
        None => (Fields::default(), 0, 0.0),
    };
    page::item(cx, item, StatusCode::OK, &fields, version, seconds, above).await
}

/// An item: the form for who holds it; what became of it for who has finished it.
pub(super) async fn show(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let task = TaskId(task);
    let hold = Hold {
        project: &cx.project()?.id,
        account: cx.user_id()?,
        task: &task,
    };
    let Some(item) = cx.store().item(hold).await? else {
        // a colleague's link: the item exists, but not for her
        cx.store()
            .task(hold.project, hold.task)
            .await?
            .ok_or(Error::NotFound)?;
        return Ok(not_yours(&cx));
    };
    let late = match item.assignment.state.as_str() {
        "done" => return Ok(finished(&cx, &task, text::ANSWERED, None)),
        "skipped" => return Ok(finished(&cx, &task, text::SKIPPED, None)),
        state => state == "expired",
    };
    cx.store()
        .hold_task(hold, false, lease_ms(&cx)?, store::now_ms())
        .await?;
    let notice = match asked.said.as_deref() {
        Some("saved") => Some(text::SAVED),
        Some("flagged") => Some(text::FLAG_NOTED),
        _ if late => Some(text::LATE),
        _ => None,
    };
    let above = Above {
        notice: notice.map(str::to_owned),
        expected: asked
            .expected
            .and_then(|code| Expected::decode(&code))
            .map(Expected::words),
        only: asked.prompt,
        ..Above::default()
    };
    as_kept(&cx, &item, above).await
}

/// The page of an item that somebody else answers, or nobody yet. Nothing of it is shown.
fn not_yours(cx: &Cx) -> Response {
    cx.page(text::NOT_YOURS, || {
        view! {
            <section class="card narrow">
                <h1>{text::NOT_YOURS}</h1>
                <p>{text::NOT_YOURS_WORDS}</p>
                <p><a class="button primary" href=cx.at("queue")>{text::GO_ON}</a></p>
            </section>
        }
    })
}

/// The page of an item that is finished, with the way back and the way on. `typed` is what another tab
/// has sent for it in vain.
pub(super) fn finished(
    cx: &Cx,
    task: &TaskId,
    heading: &'static str,
    typed: Option<&Fields>,
) -> Response {
    let (status, words) = match typed {
        Some(_) => (StatusCode::CONFLICT, Some(text::OTHER_ANSWER_WORDS)),
        None => (StatusCode::OK, None),
    };
    let task = task.to_string();
    cx.page_with(status, heading, || {
        let typed = typed.map(|fields| page::other_version(text::TYPED_HERE, fields));
        view! {
            <section class="card narrow">
                <h1>{heading}</h1>
                {words.map(|words| view! { <p>{words}</p> })}
                <form method="post" action=cx.at("undo") class="row">
                    <input type="hidden" name="undo" value=task />
                    <button>{text::OPEN_AGAIN}</button>
                    <a class="button primary" href=cx.at("queue")>{text::GO_ON}</a>
                </form>
            </section>
            {typed}
        }
    })
}

/// The page of the item that comes after, loaded ahead. Nothing of it counts as seen.
pub(super) async fn peek(cx: Cx, Query(asked): Query<Asked>) -> Result<Response> {
    let (project, account) = (&cx.project()?.id, cx.user_id()?);
    let current = asked.after.map(TaskId);
    let next = cx
        .store()
        .peek_task(project, account, current.as_ref(), store::now_ms())
        .await?;
    let Some(task) = next else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let hold = Hold {
        project,
        account,
        task: &task,
    };
    match cx.store().item(hold).await? {
        Some(item) => as_kept(&cx, &item, Above::default()).await,
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Why there is nothing to do, and the way on.
async fn nothing(cx: &Cx) -> Result<Response> {
    let left = cx
        .store()
        .what_is_left(&cx.project()?.id, cx.user_id()?)
        .await?;
    let progress = cx
        .store()
        .progress(&cx.project()?.id, cx.user_id()?)
        .await?;
    let (heading, words) = match left {
        Left::Nothing => (text::ALL_DONE, text::ALL_DONE_WORDS.to_owned()),
        Left::Held { until } => {
            let minutes = (until - store::now_ms()).max(0) / 60_000 + 1;
            (text::HELD, text::held_words(minutes))
        }
        Left::NoTasks if cx.may(Right::Data) => (text::NO_TASKS, text::NO_TASKS_DATA.to_owned()),
        Left::NoTasks => (text::NO_TASKS, text::NO_TASKS_WAIT.to_owned()),
    };
    let to_data = left == Left::NoTasks && cx.may(Right::Data);
    Ok(cx.page(heading, || {
        let data = to_data
            .then(|| view! { <a class="button primary" href=cx.at("data")>{text::TO_DATA}</a> });
        let again = matches!(left, Left::Held { .. })
            .then(|| view! { <a class="button primary" href=cx.at("queue")>{text::TRY_AGAIN}</a> });
        let history = (progress.done + progress.skipped > 0)
            .then(|| view! { <a class="button" href=cx.at("queue/history")>{text::LAST_TEN}</a> });
        let done = (progress.done > 0)
            .then(|| view! { <p>{text::progress(progress.done, progress.left)}</p> });
        view! {
            <section class="empty">
                <h1>{heading}</h1>
                <p>{words}</p>
                {done}
                <p class="row">{data}{again}{history}</p>
            </section>
        }
    }))
}
