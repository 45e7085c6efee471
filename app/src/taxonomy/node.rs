//! One node: where it stands, its prompts, and the forms that change it.

use super::tree::{counted, line, notice};
use super::{address, tree_with};
use crate::Cx;
use crate::error::Result;
use crate::text::{proposing, taxonomy as text};
use crate::ui::{Errors, Field, TextArea};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::NodeId;
use domain::taxonomy::{Task, Tree};
use domain::{Fields, Invalid, Right};
use leptos::prelude::*;
use store::taxonomy::Placed;

/// Prompts of a node that its page lists.
const LISTED: usize = 200;

pub(super) async fn show(
    cx: Cx,
    Path((_, node)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    page(
        &cx,
        StatusCode::OK,
        &NodeId(node),
        Fields(pairs),
        Vec::new(),
    )
    .await
}

pub(super) async fn page(
    cx: &Cx,
    status: StatusCode,
    node: &NodeId,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let tree = tree_with(cx, node).await?;
    let placed = cx.store().placed(&cx.project()?.id, node).await?;
    let name = tree
        .get(node)
        .map(|node| node.name.to_string())
        .unwrap_or_default();
    let title = format!("{name} · {}", text::TITLE);
    Ok(cx.page_with(status, &title, || {
        let may = cx.may(Right::Data);
        let counted = counted(&tree);
        view! {
            {way(cx, &tree, node)}
            <div class="page-head">
                <div>
                    <h1 dir="auto">{name}</h1>
                    <p class="muted">{text::below(placed.len(), counted.of(node))}</p>
                </div>
                {may.then(|| actions(cx, &tree, node))}
            </div>
            {notice(&fields)}
            <Errors errors=errors.clone() />
            {below(cx, &tree, node)}
            {prompts(cx, node, placed, may)}
            {may.then(|| forms(cx, &tree, node, fields, errors))}
        }
    }))
}

/// What can be done about its prompts: by hand, or by a model.
fn actions(cx: &Cx, tree: &Tree, node: &NodeId) -> impl IntoView + use<> {
    let assign = format!("{}/assign", address(cx, node));
    let leaf = tree.below(Some(node)).is_empty();
    let (task, words) = match leaf {
        true => (Task::Insert, proposing::LINK),
        false => (Task::Place, proposing::LINK_PLACE),
    };
    let propose = format!(
        "{}?do={}&node={node}",
        cx.at("data/taxonomy/propose"),
        task.name()
    );
    view! {
        <div class="row">
            <a class="button" href=propose>{words}</a>
            <a class="button primary" href=assign>{text::ASSIGN}</a>
        </div>
    }
}

/// From the tree down to the node.
pub(super) fn way(cx: &Cx, tree: &Tree, node: &NodeId) -> impl IntoView + use<> {
    let line = tree.line(node);
    let above = line[..line.len().saturating_sub(1)].iter().map(|id| {
        let name = tree
            .get(id)
            .map(|node| node.name.to_string())
            .unwrap_or_default();
        view! { <li><a href=address(cx, id) dir="auto">{name}</a></li> }
    });
    view! {
        <nav aria-label=text::WAY>
            <ol class="way">
                <li><a href=cx.at("data/taxonomy")>{text::TITLE}</a></li>
                {above.collect_view()}
            </ol>
        </nav>
    }
}

fn below(cx: &Cx, tree: &Tree, node: &NodeId) -> impl IntoView + use<> {
    let counted = counted(tree);
    let children = tree.below(Some(node));
    let rows = children.iter().map(|child| {
        let name = tree
            .get(child)
            .map(|node| node.name.to_string())
            .unwrap_or_default();
        line(cx, child, &name, counted.of(child))
    });
    let rows = rows.collect_view();
    (!children.is_empty()).then(|| view! { <section class="card"><h2>{text::BELOW}</h2><ul class="nodes">{rows}</ul></section> })
}

fn prompts(cx: &Cx, node: &NodeId, placed: Vec<Placed>, may: bool) -> impl IntoView + use<> {
    let all = placed.len();
    let rows = placed.into_iter().take(LISTED).map(|it| {
        let href = cx.at(&format!("data/prompts/{}", it.id));
        let label = text::place_prompt(it.number);
        let tick = may.then(|| view! { <input type="checkbox" name="prompt" value=it.id.to_string() aria-label=label /> });
        view! {
            <li>
                <span class="number">{tick} " " {it.number}</span>
                <a href=href dir="auto">{it.preview}</a>
                <span class="badges">
                    {it.written_by.map(|model| view! { <span class="badge gold" title=model>{crate::text::data::WRITTEN}</span> })}
                    <span class="badge">{text::origin(&it.origin)}</span>
                </span>
            </li>
        }
    });
    let rows = rows.collect_view();
    let list = if all == 0 {
        view! { <p class="muted">{text::HERE_NONE}</p> }.into_any()
    } else {
        view! {
            <form method="post" action=format!("{}/take", address(cx, node))>
                {(all > LISTED).then(|| view! { <p>{text::first(LISTED, all)}</p> })}
                <ol class="prompts">{rows}</ol>
                {may.then(|| view! { <button>{text::TAKE}</button> })}
            </form>
        }
        .into_any()
    };
    view! { <section class="card"><h2>{text::HERE}</h2>{list}</section> }
}

/// Every form posts to the same address and says in `act` what it does.
fn forms(
    cx: &Cx,
    tree: &Tree,
    node: &NodeId,
    fields: Fields,
    errors: Vec<Invalid>,
) -> impl IntoView + use<> {
    let action = address(cx, node);
    let act = fields.get("act").unwrap_or_default().to_owned();
    // what was typed goes back into the form it came from, and into no other
    let typed = |of: &str| {
        if act == of {
            (fields.clone(), errors.clone())
        } else {
            (Fields::default(), Vec::new())
        }
    };
    let mut name = typed("rename");
    if act != "rename" {
        name.0.set(
            "name",
            tree.get(node)
                .map(|node| node.name.to_string())
                .unwrap_or_default(),
        );
    }
    let (add, to, into, split) = (typed("add"), typed("move"), typed("merge"), typed("split"));
    let leaf = tree.below(Some(node)).is_empty();
    let facet = tree.line(node).len() == 1;
    let paths = tree
        .in_order()
        .into_iter()
        .map(|(id, ..)| view! { <option value=tree.path(id)></option> });
    let paths = paths.collect_view();
    let open = |of: &str| act == of;
    view! {
        <section class="card changes">
            <h2>{text::CHANGE}</h2>
            <datalist id="paths">{paths}</datalist>
            <details open=open("add")>
                <summary>{text::ADD_BELOW}</summary>
                <form method="post" action=action.clone()>
                    <input type="hidden" name="act" value="add" />
                    <Field name="below" label=text::NAME fields=add.0 errors=add.1 />
                    <button>{text::ADD}</button>
                </form>
            </details>
            <details open=open("rename")>
                <summary>{text::RENAME}</summary>
                <form method="post" action=action.clone()>
                    <input type="hidden" name="act" value="rename" />
                    <Field name="name" label=text::NAME fields=name.0 errors=name.1 />
                    <button>{text::RENAME}</button>
                </form>
            </details>
            <details open=open("move")>
                <summary>{text::MOVE}</summary>
                <form method="post" action=action.clone()>
                    <input type="hidden" name="act" value="move" />
                    {path_field("to", text::MOVE_TO, text::MOVE_HINT, false, &to.0, &to.1)}
                    <button>{text::MOVE}</button>
                </form>
            </details>
            <details open=open("merge")>
                <summary>{text::MERGE}</summary>
                <form method="post" action=action.clone()>
                    <input type="hidden" name="act" value="merge" />
                    {path_field("into", text::MERGE_INTO, text::MERGE_HINT, true, &into.0, &into.1)}
                    <button>{text::MERGE}</button>
                </form>
            </details>
            {leaf.then(|| view! {
                <details open=open("split")>
                    <summary>{text::SPLIT}</summary>
                    <form method="post" action=action.clone()>
                        <input type="hidden" name="act" value="split" />
                        <TextArea name="parts" label=text::SPLIT_INTO hint=text::SPLIT_HINT fields=split.0 errors=split.1 />
                        <button>{text::SPLIT}</button>
                    </form>
                </details>
            })}
            {(!leaf).then(|| view! {
                <details>
                    <summary>{text::PRUNE}</summary>
                    <form method="post" action=action.clone()>
                        <input type="hidden" name="act" value="prune" />
                        <p>{text::PRUNE_WORDS}</p>
                        <button>{text::PRUNE}</button>
                    </form>
                </details>
            })}
            <details open=open("delete")>
                <summary>{text::DELETE}</summary>
                <form method="post" action=action>
                    <input type="hidden" name="act" value="delete" />
                    <p>{text::DELETE_WORDS}</p>
                    {(!facet).then(|| view! {
                        <label class="choice"><input type="radio" name="leaving" value="parent" checked=true /> <span>{text::LEAVE_PARENT}</span></label>
                    })}
                    <label class="choice"><input type="radio" name="leaving" value="unplaced" checked=facet /> <span>{text::LEAVE_NONE}</span></label>
                    <button class="danger">{text::DELETE}</button>
                </form>
            </details>
        </section>
    }
}

/// A path, chosen from all of them by typing.
fn path_field(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    required: bool,
    fields: &Fields,
    errors: &[Invalid],
) -> impl IntoView + use<> {
    let value = fields.raw(name).unwrap_or_default().to_owned();
    let wrong = errors
        .iter()
        .find(|it| it.field == name)
        .map(|it| it.problem.to_string());
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described = match wrong {
        Some(_) => format!("{hint_id} {error_id}"),
        None => hint_id.clone(),
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <small id=hint_id class="hint">{hint}</small>
            <input
                id=name name=name list="paths" value=value required=required dir="auto" autocomplete="off"
                aria-invalid=wrong.is_some().then_some("true") aria-describedby=described
            />
            {wrong.map(|words| view! { <small id=error_id class="error">{words}</small> })}
        </div>
    }
}
