//! What annotators should know, for every member.

use crate::Cx;
use crate::error::Result;
use crate::text::projects as text;
use crate::ui::Markdown;
use axum::response::Response;
use leptos::prelude::*;

pub(super) async fn page(cx: Cx) -> Result<Response> {
    let project = cx.project()?;
    let (name, guidelines) = (project.name.clone(), project.settings.guidelines.clone());
    let edit = cx
        .may(domain::Right::Manage)
        .then(|| cx.at("settings#guidelines"));
    Ok(cx.page(text::GUIDELINES, || {
        let empty = guidelines.trim().is_empty();
        view! {
            <div class="page-head">
                <h1>{text::GUIDELINES}</h1>
                {edit.map(|href| view! { <a class="button" href=href>{text::EDIT}</a> })}
            </div>
            <article class="card">
                <p class="muted" dir="auto">{name}</p>
                {if empty {
                    view! { <p>{text::NO_GUIDELINES}</p> }.into_any()
                } else {
                    view! { <Markdown text=guidelines /> }.into_any()
                }}
            </article>
        }
    }))
}
