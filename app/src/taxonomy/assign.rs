//! Prompts put on a node from a list that is searched, one by one or a page at once, and taken from it.

use super::node::way;
use super::{address, done, edit, tree_with};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::taxonomy as text;
use crate::ui::{Check, Field};
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::Fields;
use domain::ids::{NodeId, PromptId};
use domain::taxonomy::Edit;
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::browse::{Filter, Page};

pub(super) async fn show(
    cx: Cx,
    Path((_, node)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let (node, fields) = (NodeId(node), Fields(pairs));
    let tree = tree_with(&cx, &node).await?;
    let filter = Filter {
        words: fields.get("words").unwrap_or_default().to_owned(),
        unplaced: fields.ticked("unplaced"),
        ..Filter::default()
    };
    let after = fields.number("after").ok().flatten().unwrap_or(-1);
    let found = cx.store().browse(&cx.project()?.id, &filter, after).await?;
    let here = tree
        .get(&node)
        .map(|node| node.prompts.clone())
        .unwrap_or_default();
    let name = tree
        .get(&node)
        .map(|node| node.name.to_string())
        .unwrap_or_default();
    Ok(cx.page(text::ASSIGN, || {
        let action = format!("{}/assign", address(&cx, &node));
        view! {
            {way(&cx, &tree, &node)}
            <h1>{text::ASSIGN} ": " <a href=address(&cx, &node) dir="auto">{name}</a></h1>
            <form class="card row" method="get" action=action.clone()>
                <Field name="words" label=text::WORDS required=false fields=fields.clone() />
                <Check name="unplaced" label=text::ONLY_UNPLACED fields=fields.clone() />
                <button>{text::SHOW}</button>
            </form>
            {list(&cx, &action, &fields, found, &here)}
        }
    }))
}

fn list(
    cx: &Cx,
    action: &str,
    fields: &Fields,
    found: Page,
    here: &BTreeSet<PromptId>,
) -> impl IntoView + use<> {
    let none = found.lines.is_empty();
    let next = found.next.map(|number| {
        let mut next = fields.clone();
        next.set("after", number.to_string());
        format!("{action}?{}", crate::data::query(&next))
    });
    let rows = found.lines.into_iter().map(|line| {
        let id = line.id.to_string();
        let there = here.contains(&line.id);
        let href = cx.at(&format!("data/prompts/{id}"));
        let tick = (!there).then(|| view! {
            <input type="hidden" name="listed" value=id.clone() />
            <input type="checkbox" name="prompt" value=id.clone() aria-label=text::place_prompt(line.number) />
        });
        view! {
            <li>
                <span class="number">{tick} " " {line.number}</span>
                <a href=href dir="auto">{line.preview}</a>
                <span class="badges">{there.then(|| view! { <span class="badge good">{text::IS_HERE}</span> })}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    if none {
        return view! { <section class="empty"><h2>{text::NOTHING_FOUND}</h2></section> }
            .into_any();
    }
    view! {
        <form method="post" action=action.to_owned()>
            <ol class="prompts">{rows}</ol>
            <div class="row">
                <button class="primary" name="which" value="ticked">{text::PUT_TICKED}</button>
                <button name="which" value="all">{text::PUT_ALL}</button>
                {next.map(|href| view! { <a class="button" href=href rel="next">{text::NEXT_PAGE}</a> })}
            </div>
        </form>
    }
    .into_any()
}

/// The prompts that a form names, of this project.
async fn named(cx: &Cx, fields: &Fields, field: &str) -> Result<BTreeSet<PromptId>> {
    let ids: Vec<String> = fields.all(field).map(str::to_owned).collect();
    let prompts = cx.store().prompts_among(&cx.project()?.id, &ids).await?;
    if prompts.is_empty() {
        return Err(Error::BadRequest(text::NO_ROOM.into()));
    }
    Ok(prompts)
}

pub(super) async fn place(
    cx: Cx,
    Path((_, node)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let node = NodeId(node);
    let path = tree_with(&cx, &node).await?.path(&node);
    let field = if fields.get("which") == Some("all") {
        "listed"
    } else {
        "prompt"
    };
    let prompts = named(&cx, &fields, field).await?;
    let what = text::placed(prompts.len(), &path);
    // those that are there already may have been put there meanwhile: nothing is to be done
    edit(
        &cx,
        &Edit::Place {
            prompts,
            node: node.clone(),
        },
        &what,
    )
    .await?;
    Ok(done(&cx, &address(&cx, &node)))
}

pub(super) async fn take(
    cx: Cx,
    Path((_, node)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let node = NodeId(node);
    let path = tree_with(&cx, &node).await?.path(&node);
    let prompts = named(&cx, &fields, "prompt").await?;
    let what = text::taken(prompts.len(), &path);
    edit(
        &cx,
        &Edit::Take {
            prompts,
            node: node.clone(),
        },
        &what,
    )
    .await?;
    Ok(done(&cx, &address(&cx, &node)))
}
