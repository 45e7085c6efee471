//! A person's last ten items, each with the way back to it.

use crate::Cx;
use crate::error::Result;
use crate::text::annotate as text;
use crate::ui::time;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use store::queue::{Entry, UNDO};

/// The list.
pub(super) async fn list(cx: Cx) -> Result<Response> {
    page(&cx, StatusCode::OK, None).await
}

/// The list with a sentence above it.
pub(super) async fn page(
    cx: &Cx,
    status: StatusCode,
    notice: Option<&'static str>,
) -> Result<Response> {
    let entries = cx
        .store()
        .history(&cx.project()?.id, cx.user_id()?, UNDO)
        .await?;
    Ok(cx.page_with(status, text::LAST_TEN, || {
        let undo = cx.at("undo");
        let body = if entries.is_empty() {
            view! { <section class="empty"><h2>{text::NO_HISTORY}</h2></section> }.into_any()
        } else {
            let rows = entries.into_iter().map(|entry| row(entry, undo.clone())).collect_view();
            view! {
                <p>{text::HISTORY_WORDS}</p>
                <div class="table">
                    <table>
                        <thead><tr><th scope="col">{text::WHAT}</th><th scope="col">{text::ASKED}</th><th scope="col">{text::WHEN}</th><td></td></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
            .into_any()
        };
        view! {
            <div class="page-head">
                <h1>{text::LAST_TEN}</h1>
                <a class="button primary" href=cx.at("queue")>{text::GO_ON}</a>
            </div>
            {notice.map(|words| view! { <p class="notice warn" role="status">{words}</p> })}
            {body}
        }
    }))
}

fn row(entry: Entry, undo: String) -> impl IntoView {
    let kinds = entry
        .kinds
        .iter()
        .map(|&kind| text::kind_short(kind))
        .collect::<Vec<_>>()
        .join(", ");
    let skipped = entry.skipped.then(|| {
        let words = text::skipped_because(entry.reason.as_deref().unwrap_or_default());
        view! { " " <span class="badge" dir="auto">{words}</span> }
    });
    view! {
        <tr>
            <th scope="row"><span dir="auto">{entry.preview}</span>{skipped}</th>
            <td>{kinds}</td>
            <td>{time::minute(entry.finished_at)}</td>
            <td>
                <form method="post" action=undo>
                    <button name="undo" value=entry.task.to_string()>{text::OPEN_AGAIN}</button>
                </form>
            </td>
        </tr>
    }
}
