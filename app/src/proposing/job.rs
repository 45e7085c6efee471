//! One job: how far it is, what it costs, how often it is right where that is known, and what it proposes.

use super::{address, job_of, proposals, request};
use crate::Cx;
use crate::asking::calls::{self, PAGE};
use crate::error::Result;
use crate::text::{judging, proposing as text};
use crate::{jobs, learning};
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::Fields;
use domain::run::JobState;
use domain::stats::wilson;
use domain::taxonomy::place::Check;
use domain::taxonomy::{Kept, Request, Wish};
use leptos::prelude::*;
use store::jobs::Job;
use store::proposals::State;

pub(super) fn badge_open(open: i64) -> Option<impl IntoView> {
    (open > 0).then(|| view! { <span class="badge gold">{text::open(open)}</span> })
}

pub(super) async fn show(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let asked = Fields(pairs);
    let job = job_of(&cx, &id).await?;
    let (store, project) = (cx.store(), &cx.project()?.id);
    let request = request(&job);
    let kept = store.job_kept(project, &job.id).await?;
    let made = store.calls_made(project, &job.id).await?;
    let counts = store.proposal_counts(project, &job.id).await?;
    let tree = store.taxonomy(project).await?.tree;
    let going = jobs::goes_on(&job);
    // while it goes on the page watches, unless somebody asks to decide
    let watches = going && asked.get("view").is_none();
    let view = asked.get("view").unwrap_or("open");
    let skip = asked
        .number::<i64>("skip")
        .ok()
        .flatten()
        .unwrap_or(0)
        .max(0);
    let unread = asked.get("show") == Some("unread");
    let here = address(&cx, &job.id);
    let body = match view {
        "calls" => {
            let all = store
                .calls(project, &job.id, unread, (skip, PAGE + 1))
                .await?;
            calls::list(&cx, (&here, "view=calls&"), &all, made, (unread, skip)).into_any()
        }
        "left" => left(&kept).into_any(),
        view => {
            let state = State::parse(view).unwrap_or(State::Open);
            let page = (skip, proposals::PAGE + 1);
            let all = store.proposals(project, &job.id, Some(state), page).await?;
            let list = proposals::List {
                cx: &cx,
                here: &here,
                wish: request.as_ref().map(|it| &it.wish),
                tree: &tree,
                state,
                skip,
                may: !watches,
            };
            list.view(all).into_any()
        }
    };
    let standing = learning::standing(&cx).await?;
    let title = request
        .as_ref()
        .map_or_else(|| text::UNREADABLE.to_owned(), text::about);
    let page = cx.page(&title, || {
        view! {
            <p><a href=cx.at("data/taxonomy/propose")>{format!("← {}", text::BACK)}</a>" · "<a href=cx.at("data/taxonomy")>{crate::text::taxonomy::TITLE}</a></p>
            <h1 dir="auto">{title.clone()}</h1>
            {said(&asked)}
            {going.then(|| standing.view())}
            {stands(&job, request.as_ref(), &kept, going, watches, &here, calls::facts(made, request.as_ref().and_then(|it| it.cost(made.tokens))).into_any())}
            {written(&cx, request.as_ref(), counts[1])}
            {views(&here, view, counts, &kept, made.calls)}
            {body}
        }
    });
    Ok(jobs::watched(page, watches))
}

/// What came of deciding, as the address says it.
fn said(asked: &Fields) -> impl IntoView + use<> {
    let (done, refused) = (asked.get("done"), asked.get("refused").unwrap_or_default());
    let words = match done {
        Some(done) => Some(text::decided(done, refused)),
        None => asked
            .raw("nothing")
            .map(|_| text::NOTHING_TICKED.to_owned()),
    };
    let class = match done {
        Some(_) if matches!(refused, "" | "0") => "notice good",
        _ => "notice warn",
    };
    words.map(|words| view! { <div class=class role="status"><p>{words}</p></div> })
}

fn stands(
    job: &Job,
    request: Option<&Request>,
    kept: &Kept,
    going: bool,
    watches: bool,
    here: &str,
    facts: AnyView,
) -> impl IntoView + use<> {
    let left = calls::left(job).filter(|_| going).map(judging::left);
    let by = request.map(|it| text::model(&it.name));
    let places = request.is_some_and(|it| matches!(it.wish, Wish::Place { .. }));
    let check = (places && (kept.check.is_some() || !going)).then(|| checked(kept.check));
    let embeds = request.is_some_and(|it| it.wish.is_by_embedding());
    let (act, words) = match going {
        true => ("cancel", text::CANCEL),
        false => ("again", text::AGAIN),
    };
    let class = if going { "danger" } else { "" };
    let cancelled = (job.state == JobState::Cancelled)
        .then(|| view! { <p class="muted">{text::CANCELLED}</p> });
    let other = going.then(|| {
        let (href, words) = match watches {
            true => (format!("{here}?view=open"), text::DECIDE_NOW),
            false => (here.to_owned(), text::WATCH),
        };
        view! { <a class="button" href=href>{words}</a> }
    });
    view! {
        <section class="card">
            <p class="state" role="status">{jobs::badge(job.state)}" "{text::progress(job.done, job.total)}" "{left}" "<span dir="auto">{by}</span></p>
            {jobs::stands(job)}
            {cancelled}
            {check}
            {(!embeds).then_some(facts)}
            <form class="row" method="post" action=here.to_owned()>
                {other}
                <button class=class name="do" value=act>{words}</button>
            </form>
            {watches.then(|| view! { <p class="muted">{text::REFRESHES}</p> })}
        </section>
    }
}

/// How often the place was right where it is known.
fn checked(check: Option<Check>) -> impl IntoView {
    let interval = check.and_then(|it| wilson(it.right, it.of).map(|interval| (it, interval)));
    let words = match interval {
        Some((check, interval)) => text::check(&check, interval.low, interval.high),
        None => text::NO_CHECK.to_owned(),
    };
    view! { <p>{words}</p> }
}

/// Where new prompts go from here.
fn written(cx: &Cx, request: Option<&Request>, accepted: i64) -> impl IntoView + use<> {
    let writes = request.is_some_and(|it| matches!(it.wish, Wish::Write { .. }));
    (writes && accepted > 0).then(|| {
        view! {
            <div class="notice"><p>{text::NO_RESPONSES}" "<a href=cx.at("generate")>{text::TO_GENERATE}</a></p></div>
        }
    })
}

fn views(
    here: &str,
    now: &str,
    counts: [i64; 3],
    kept: &Kept,
    calls: i64,
) -> impl IntoView + use<> {
    let left = i64::try_from(kept.left.len()).unwrap_or(i64::MAX);
    let mut all: Vec<(&str, i64)> = State::ALL
        .map(State::name)
        .into_iter()
        .zip(counts)
        .collect();
    all.extend(
        [("left", left), ("calls", calls)]
            .into_iter()
            .filter(|(_, n)| *n > 0),
    );
    let links = all.into_iter().map(|(name, n)| {
        let current = (name == now).then_some("page");
        view! { <li><a href=format!("{here}?view={name}") aria-current=current>{text::view(name, n)}</a></li> }
    });
    let links = links.collect_view();
    view! { <nav aria-label=text::VIEWS><ul class="tabs">{links}</ul></nav> }
}

fn left(kept: &Kept) -> impl IntoView + use<> {
    let rows = kept.left.iter().map(|it| {
        let (about, why) = text::left(it);
        view! { <li><strong dir="auto">{about.to_owned()}</strong>": "<span dir="auto">{why}</span></li> }
    });
    let rows = rows.collect_view();
    view! { <ul class="card left-out">{rows}</ul> }
}
