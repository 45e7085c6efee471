//! The whole tree, folded, with counts; thin nodes; the last change with its undoing.

use super::address;
use crate::Cx;
use crate::error::Result;
use crate::text::{proposing, taxonomy as text};
use crate::ui::{Errors, Field, time};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::NodeId;
use domain::taxonomy::{Tree, realmix};
use domain::{Fields, Invalid, Right};
use leptos::prelude::*;
use std::collections::HashMap;
use store::taxonomy::{Last, Taxonomy};

/// Names in a list that may be long.
const LISTED: usize = 50;

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    page(&cx, StatusCode::OK, Fields(pairs), Vec::new()).await
}

pub(super) async fn page(
    cx: &Cx,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let project = cx.project()?.id.clone();
    let Taxonomy { tree, last } = cx.store().taxonomy(&project).await?;
    let all = cx.store().data_counts(&project).await?[0];
    let waiting = cx.store().open_proposals(&project).await?;
    Ok(cx.page_with(status, text::TITLE, || {
        let counted = counted(&tree);
        let may = cx.may(Right::Data);
        view! {
            <div class="page-head">
                <div>
                    <h1>{text::TITLE}</h1>
                    <p class="muted">{text::counts(tree.outline().count(), counted.placed, all)}</p>
                </div>
                {actions(cx, tree.is_empty())}
            </div>
            <p class="lead">{text::LEAD}</p>
            {notice(&fields)}
            {(may && waiting > 0).then(|| proposed(cx, waiting))}
            {last.filter(|_| may).map(|last| undo(cx, last))}
            <Errors errors=errors.clone() />
            {if tree.is_empty() { nothing(may).into_any() } else { body(cx, &tree, &counted, &fields).into_any() }}
            {may.then(|| add(cx, fields, errors))}
        }
    }))
}

fn actions(cx: &Cx, empty: bool) -> impl IntoView + use<> {
    let (json, csv) = (cx.at("data/taxonomy.json"), cx.at("data/taxonomy.csv"));
    let import = cx.may(Right::Data).then(|| cx.at("data/taxonomy/import"));
    let propose = (cx.may(Right::Data) && !empty).then(|| cx.at("data/taxonomy/propose"));
    view! {
        <div class="row">
            {propose.map(|href| view! { <a class="button" href=href>{proposing::LINK}</a> })}
            {(!empty).then(|| view! {
                <a class="button" href=json>{text::SAVE_JSON}</a>
                <a class="button" href=csv>{text::SAVE_CSV}</a>
            })}
            {import.map(|href| view! { <a class="button primary" href=href>{text::IMPORT}</a> })}
        </div>
    }
}

pub(super) fn notice(fields: &Fields) -> impl IntoView + use<> {
    let words = if fields.raw("done").is_some() {
        Some(text::DONE)
    } else {
        fields.raw("undone").is_some().then_some(text::UNDONE)
    };
    words.map(|words| view! { <div class="notice good" role="status"><p>{words}</p></div> })
}

/// Proposals that nobody decided on.
fn proposed(cx: &Cx, waiting: i64) -> impl IntoView + use<> {
    let href = cx.at("data/taxonomy/propose");
    view! { <div class="notice"><p><a href=href>{proposing::open(waiting)}</a></p></div> }
}

fn undo(cx: &Cx, last: Last) -> impl IntoView + use<> {
    view! {
        <form class="notice row" method="post" action=cx.at("data/taxonomy/undo")>
            <input type="hidden" name="edit" value=last.id />
            <span>
                {text::LAST} " " <span dir="auto">{last.what}</span> ", " <span dir="auto">{last.who}</span> ", "
                {time::minute(last.at)}
            </span>
            <button>{text::UNDO}</button>
        </form>
    }
}

fn nothing(may: bool) -> impl IntoView {
    let words = if may {
        text::EMPTY_WORDS
    } else {
        text::EMPTY_ASK
    };
    view! { <section class="empty"><h2>{text::EMPTY}</h2><p>{words}</p></section> }
}

/// How many prompts stand on a node or below it, each once.
pub(super) struct Counted {
    below: HashMap<NodeId, usize>,
    placed: usize,
}

impl Counted {
    pub(super) fn of(&self, node: &NodeId) -> usize {
        self.below.get(node).copied().unwrap_or(0)
    }
}

pub(super) fn counted(tree: &Tree) -> Counted {
    let mut counted = Counted {
        below: HashMap::new(),
        placed: 0,
    };
    // a set for each node on the way up, merged from below, smaller into larger
    let mut sets: HashMap<&NodeId, std::collections::HashSet<&str>> = HashMap::new();
    let mut all = std::collections::HashSet::new();
    for (id, node, _) in tree.in_order().into_iter().rev() {
        let mut set = sets.remove(id).unwrap_or_default();
        set.extend(node.prompts.iter().map(domain::ids::PromptId::as_str));
        counted.below.insert(id.clone(), set.len());
        match &node.parent {
            Some(parent) => {
                let above = sets.entry(parent).or_default();
                if above.len() < set.len() {
                    std::mem::swap(above, &mut set);
                }
                above.extend(set);
            }
            None => all.extend(set),
        }
    }
    counted.placed = all.len();
    counted
}

fn body(cx: &Cx, tree: &Tree, counted: &Counted, fields: &Fields) -> impl IntoView + use<> {
    let enough = fields.number("enough").ok().flatten();
    let enough = enough
        .and_then(|n: i64| usize::try_from(n).ok())
        .unwrap_or(realmix::ENOUGH);
    view! {
        {finder(cx, tree, counted, fields)}
        <section class="card">
            <h2>{text::TREE}</h2>
            {level(cx, tree, counted, tree.below(None).iter().collect(), 0, enough)}
        </section>
        {thin(cx, tree, enough)}
    }
}

fn finder(cx: &Cx, tree: &Tree, counted: &Counted, fields: &Fields) -> impl IntoView + use<> {
    let words = fields.get("find").unwrap_or_default().to_owned();
    let folded = words.to_lowercase();
    let found = tree
        .in_order()
        .into_iter()
        .filter(|(_, node, _)| node.name.folded().contains(&folded));
    let found: Vec<AnyView> = match folded.is_empty() {
        true => Vec::new(),
        false => found
            .map(|(id, ..)| line(cx, id, &tree.path(id), counted.of(id)).into_any())
            .collect(),
    };
    let none = !folded.is_empty() && found.is_empty();
    let any = !found.is_empty();
    view! {
        <form class="find-node" method="get" action=cx.at("data/taxonomy")>
            <label for="find">{text::FIND}</label>
            <input id="find" name="find" type="search" value=words dir="auto" />
            <button>{text::FIND_BUTTON}</button>
        </form>
        {none.then(|| view! { <p role="status">{text::FOUND_NONE}</p> })}
        {any.then(|| view! { <ul class="nodes card">{found}</ul> })}
    }
}

/// A node in a list, by its path.
pub(super) fn line(cx: &Cx, id: &NodeId, path: &str, prompts: usize) -> impl IntoView + use<> {
    view! {
        <li>
            <a href=address(cx, id) dir="auto">{path.to_owned()}</a>
            " "
            <span class="badge">{text::prompts(prompts)}</span>
        </li>
    }
}

fn level(
    cx: &Cx,
    tree: &Tree,
    counted: &Counted,
    nodes: Vec<&NodeId>,
    depth: usize,
    enough: usize,
) -> AnyView {
    let items = nodes.into_iter().filter_map(|id| {
        let node = tree.get(id).ok()?;
        let prompts = counted.of(id);
        let name = node.name.to_string();
        let href = address(cx, id);
        let count = view! { <span class="badge">{text::prompts(prompts)}</span> };
        if node.children.is_empty() {
            let thin = (prompts < enough).then(|| view! { <span class="badge gold">{text::THIN_BADGE}</span> });
            return Some(view! { <li class="leaf"><a href=href dir="auto">{name}</a> " " {count} " " {thin}</li> }.into_any());
        }
        let below = level(cx, tree, counted, node.children.iter().collect(), depth + 1, enough);
        let nodes = tree.subtree(id).len() - 1;
        Some(view! {
            <li>
                <details open=depth == 0>
                    // a link inside a summary would be a button inside a button
                    <summary><span dir="auto">{name.clone()}</span> " " {count} " " <span class="muted">{text::nodes(nodes)}</span></summary>
                    <a class="whole" href=href dir="auto">{text::open(&name)}</a>
                    {below}
                </details>
            </li>
        }
        .into_any())
    });
    view! { <ul class="nodes">{items.collect::<Vec<_>>()}</ul> }.into_any()
}

fn thin(cx: &Cx, tree: &Tree, enough: usize) -> impl IntoView + use<> {
    let thin = realmix::thin(tree, enough);
    let leaves = tree.outline().count().leaves;
    let all = thin.len();
    let rows = thin
        .into_iter()
        .take(LISTED)
        .map(|thin| line(cx, &thin.node, &tree.path(&thin.node), thin.prompts));
    let rows = rows.collect_view();
    let write = (cx.may(Right::Data) && all > 0).then(|| {
        format!(
            "{}?do=write&enough={enough}",
            cx.at("data/taxonomy/propose")
        )
    });
    view! {
        <section class="card" id="thin">
            <h2>{text::THIN}</h2>
            <p>{text::THIN_WORDS}</p>
            <form class="find-node" method="get" action=format!("{}#thin", cx.at("data/taxonomy"))>
                <label for="enough">{text::ENOUGH}</label>
                <input id="enough" name="enough" type="number" min="0" max="100000" value=enough />
                <button>{text::SHOW}</button>
            </form>
            <p role="status">{text::thin(all, leaves, enough)} {(all > LISTED).then(|| format!(" {}", text::first(LISTED, all)))}</p>
            <ul class="nodes">{rows}</ul>
            {write.map(|href| view! { <p><a class="button" href=href>{proposing::LINK_WRITE}</a></p> })}
        </section>
    }
}

fn add(cx: &Cx, fields: Fields, errors: Vec<Invalid>) -> impl IntoView + use<> {
    view! {
        <form class="card narrow" method="post" action=cx.at("data/taxonomy/add")>
            <h2>{text::FACET}</h2>
            <Field name="name" label=text::NAME fields=fields errors=errors />
            <button>{text::ADD}</button>
        </form>
    }
}
