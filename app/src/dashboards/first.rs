//! From a weakness to feedback about it: tasks on the prompts under a node come first in everybody's queue.

use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::{narrate as text, versions};
use axum::response::Response;
use domain::ids::NodeId;
use leptos::prelude::*;

/// Puts tasks first, or back; tasks that are missing are made before.
pub(super) async fn act(cx: Cx, Form(fields): Form) -> Result<Response> {
    let project = cx.project()?;
    let node = NodeId::from(fields.get("node").ok_or(Error::NotFound)?);
    let below = cx.store().below(&project.id, &node).await?;
    let below = below.ok_or(Error::NotFound)?;
    let first = fields.get("do") != Some("usual");
    if first {
        let now = store::now_ms();
        cx.store()
            .make_missing_tasks(&project.id, &project.settings, now)
            .await?;
    }
    let moved = cx.store().put_first(&project.id, &node, first).await?;
    let words = if first {
        text::first(moved, &below.path)
    } else {
        text::usual(moved, &below.path)
    };
    let (here, queue) = (cx.at("dashboards/first"), cx.at("queue"));
    let (run, back) = (
        cx.at(&format!("runs/new?node={node}")),
        cx.at("dashboards/weakness"),
    );
    Ok(cx.page(text::FIRST_TITLE, || {
        let undo = (first && moved > 0).then(|| {
            view! {
                <form method="post" action=here>
                    <input type="hidden" name="node" value=node.to_string() />
                    <button name="do" value="usual">{text::USUAL}</button>
                </form>
            }
        });
        view! {
            <p><a href=back>{format!("← {}", text::BACK)}</a></p>
            <h1>{text::FIRST_TITLE}</h1>
            <p role="status" dir="auto">{words}</p>
            <p>{text::FIRST_WORDS}</p>
            <div class="row">
                <a class="button primary" href=queue>{text::TO_QUEUE}</a>
                <a class="button" href=run>{versions::TRAIN}</a>
                {undo}
            </div>
        }
    }))
}

/// The ways on from a node where a model is weak: people's feedback, then a run on it.
pub(super) fn ways_on(cx: &Cx, node: &str) -> impl IntoView + use<> {
    let train = cx.at(&format!("runs/new?node={node}"));
    view! {
        <form method="post" action=cx.at("dashboards/first") class="row">
            <input type="hidden" name="node" value=node.to_owned() />
            <a href=train>{versions::TRAIN}</a>
            <button class="small">{text::FIRST}</button>
        </form>
    }
}
