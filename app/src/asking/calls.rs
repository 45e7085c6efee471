//! What the pages of jobs that ask models say of their calls: what they come to, and every one with what came back.

use crate::Cx;
use crate::text::judging as text;
use leptos::prelude::*;
use store::calls::{Call, Made};
use store::jobs::Job;
use store::now_ms;

/// Calls on a page.
pub(crate) const PAGE: i64 = 50;

/// Minutes left, from the pace so far; `None` before anything is done.
pub(crate) fn left(job: &Job) -> Option<i64> {
    let spent = now_ms() - job.created_at;
    let rest = job.total - job.done;
    (job.done > 0 && rest > 0).then(|| spent * rest / job.done / 60_000)
}

/// What the calls of a job come to.
pub(crate) fn facts(made: Made, cost: Option<f64>) -> impl IntoView + use<> {
    let [read, written] = made.tokens;
    let cost = cost.map(|cost| view! { <dt>{text::COST}</dt><dd>{format!("{cost:.4}")}</dd> });
    let tokens = (read + written > 0).then(|| {
        view! { <dt>{text::TOKENS}</dt><dd>{format!("{read} + {written}")}</dd> }
    });
    let unread = (made.unread > 0).then(|| view! { <p class="hint">{text::UNREAD_HINT}</p> });
    view! {
        <dl class="facts">
            <dt>{text::CALLS}</dt><dd>{made.calls}</dd>
            <dt>{text::UNREAD}</dt><dd>{made.unread}</dd>
            {tokens}
            {cost}
        </dl>
        {unread}
    }
}

/// A page of a job's calls, at this address, whose parameters before `show` and `skip` are `with`.
pub(crate) fn list(
    cx: &Cx,
    (address, with): (&str, &str),
    calls: &[(Option<i64>, Call)],
    made: Made,
    (unread, skip): (bool, i64),
) -> impl IntoView + use<> {
    let size = usize::try_from(PAGE).unwrap_or(0);
    // some jobs' calls are about no prompt
    let about_prompts = calls.iter().any(|(_, call)| call.prompt.is_some());
    let rows: Vec<_> = calls
        .iter()
        .take(size)
        .map(|(number, call)| {
            let prompt = call.prompt.as_ref().zip(*number).map(|(prompt, number)| {
                let href = cx.at(&format!("data/prompts/{prompt}"));
                view! { <a href=href>{format!("#{number}")}</a> }
            });
            let problem = call.problem.clone().map(|words| {
                view! { <p class="small"><span class="badge bad">{text::UNREAD}</span>" "{words}</p> }
            });
            view! {
                <tr>
                    {about_prompts.then(|| view! { <td>{prompt}</td> })}
                    <th scope="row" dir="auto">{call.about.clone()}</th>
                    <td class="dash-words">
                        {problem}
                        <details><summary>{text::REPLY}</summary><pre class="verbatim" dir="auto">{call.reply.clone()}</pre></details>
                        <details><summary>{text::ASKED}</summary><pre class="verbatim" dir="auto">{call.asked.clone()}</pre></details>
                    </td>
                </tr>
            }
        })
        .collect();
    let other = (made.unread > 0).then(|| {
        let (href, words) = match unread {
            true => (format!("{address}?{with}"), text::ALL_CALLS),
            false => (format!("{address}?{with}show=unread"), text::ONLY_UNREAD),
        };
        view! { <p><a href=href>{words}</a></p> }
    });
    let older = (calls.len() > size).then(|| {
        let show = if unread { "show=unread&" } else { "" };
        let href = format!("{address}?{with}{show}skip={}", skip + PAGE);
        view! { <p><a class="button" href=href>{text::OLDER}</a></p> }
    });
    view! {
        <h2>{text::EVERY_CALL}</h2>
        {other}
        <div class="table" tabindex="0" role="region" aria-label=text::EVERY_CALL>
            <table>
                <thead><tr>{about_prompts.then(|| view! { <th scope="col">{text::PROMPT}</th> })}<th scope="col">{text::ABOUT}</th><th scope="col">{text::REPLY}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {older}
    }
}
