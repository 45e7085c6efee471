//! What the pages of jobs share: the job itself, the list of jobs, how far one is, what went wrong, the page that loads
//! itself again while it goes on.

use crate::Cx;
use crate::error::{Error, Result};
use crate::text::generate as text;
use crate::ui::time;
use axum::http::HeaderValue;
use axum::response::Response;
use domain::ids::JobId;
use domain::run::{JobKind, JobState};
use leptos::prelude::*;
use store::jobs::Job;

/// Seconds after which a page with a job that goes on is loaded again.
const AGAIN: &str = "3";

/// A job's state in a word.
pub(crate) fn badge(state: JobState) -> impl IntoView {
    let class = match state {
        JobState::Done => "badge good",
        JobState::Failed => "badge bad",
        JobState::Leased => "badge gold",
        JobState::Queued | JobState::Parked | JobState::Cancelled => "badge",
    };
    view! { <span class=class>{text::state(state)}</span> }
}

/// Whether it waits or is at work.
pub(crate) fn goes_on(job: &Job) -> bool {
    matches!(job.state, JobState::Queued | JobState::Leased)
}

/// A job of this project and kind.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub(crate) async fn find(cx: &Cx, id: &str, kind: JobKind) -> Result<Job> {
    let found = cx.store().job(&cx.project()?.id, &JobId::from(id)).await?;
    found.filter(|job| job.kind == kind).ok_or(Error::NotFound)
}

/// The project's jobs of a kind, the newest first.
pub(crate) async fn all(cx: &Cx, kind: JobKind) -> Result<Vec<Job>> {
    let mut jobs = cx.store().jobs(&cx.project()?.id).await?;
    jobs.retain(|it| it.kind == kind);
    Ok(jobs)
}

/// How far it is, while it goes on, and what went wrong.
pub(crate) fn stands(job: &Job) -> impl IntoView + use<> {
    let bar = (job.total > 0 && goes_on(job)).then(|| {
        view! { <progress class="percent" max=job.total value=job.done.min(job.total) aria-label=text::PROGRESS></progress> }
    });
    let problem = job.problem.clone().map(|words| {
        view! { <div class="notice bad" role="alert"><p dir="auto">{words}</p></div> }
    });
    view! { {bar}{problem} }
}

/// Jobs as a table; nothing where there are none. `heads` names the first column
/// and what is counted; `at` is where their pages are; `mark` may follow the state.
pub(crate) fn list(
    cx: &Cx,
    jobs: &[Job],
    at: &str,
    heads: [&'static str; 2],
    name: impl Fn(&Job) -> String,
    mark: impl Fn(&Job) -> Option<AnyView>,
) -> AnyView {
    if jobs.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = jobs
        .iter()
        .map(|job| {
            let href = cx.at(&format!("{at}/{}", job.id));
            view! {
                <tr>
                    <th scope="row"><a href=href dir="auto">{name(job)}</a></th>
                    <td>{badge(job.state)}" "{mark(job)}</td>
                    <td class="number">{text::progress(job.done, job.total)}</td>
                    <td>{time::minute(job.created_at)}</td>
                </tr>
            }
        })
        .collect();
    let [named, counted] = heads;
    view! {
        <h2>{text::JOBS}</h2>
        <div class="table" tabindex="0" role="region" aria-label=text::JOBS>
            <table>
                <thead><tr><th scope="col">{named}</th><th scope="col">{text::STATE}</th><th scope="col" class="number">{counted}</th><th scope="col">{text::SINCE}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A page that is loaded again after a while, if `again`.
pub(crate) fn watched(mut response: Response, again: bool) -> Response {
    if again {
        let every = HeaderValue::from_static(AGAIN);
        response.headers_mut().insert("refresh", every);
    }
    response
}
