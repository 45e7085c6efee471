//! By node: one ranking for each ticked node, side by side, the first three highlighted.

use super::FEW;
use super::asked::Asked;
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::{Pairs, encode};
use crate::error::Result;
use crate::text::dashboards as text;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use store::reports::standings::{Board, Node, Of};

const PAGE: &str = "dashboards/nodes";
/// At most so many rankings on a page.
const MOST: usize = 12;
/// So many of a ranking stand open.
const OPEN: usize = 10;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let mut asked = Asked::read(&cx, Fields(pairs)).await?;
    asked.node = None;
    let ticked: Vec<String> = asked.fields.all("node").map(str::to_owned).collect();
    let mut boards: Vec<(Node, Board)> = Vec::new();
    for node in asked
        .nodes
        .iter()
        .filter(|it| ticked.contains(&it.id))
        .take(MOST)
    {
        if let Some(of) = asked.of(&cx) {
            let board = cx
                .store()
                .board(Of {
                    node: &node.id,
                    ..of
                })
                .await?;
            boards.push((node.clone(), board));
        }
    }
    let sheet = sheet(&boards);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::BY_NODE, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if asked.nodes.is_empty() {
            Asked::no_tree(&cx).into_any()
        } else if boards.is_empty() {
            view! { {ticks(&cx, &asked, &ticked)}<p>{text::TICK_SOME}</p> }.into_any()
        } else {
            let cards: Vec<_> = boards
                .iter()
                .map(|(node, board)| card(&cx, &asked, node, board))
                .collect();
            view! {
                {ticks(&cx, &asked, &ticked)}
                <ul class="cards">{cards}</ul>
                <p class="muted">{text::few_note(FEW)}</p>
                {asked.save(&cx, PAGE, false)}
            }
            .into_any()
        };
        view! { {asked.head(&cx, PAGE, text::BY_NODE, text::LEAD_BY_NODE, ())}{body} }
    }))
}

/// The nodes with their boxes: those whose path holds the words, and those that are ticked.
fn ticks(cx: &Cx, asked: &Asked, ticked: &[String]) -> impl IntoView + use<> {
    let words = asked.fields.get("q").unwrap_or_default().to_lowercase();
    let boxes: Vec<_> = asked
        .nodes
        .iter()
        .filter(|it| {
            let found = words.is_empty() || it.path.to_lowercase().contains(&words);
            found || ticked.contains(&it.id)
        })
        .map(|node| {
            let n = text::thousands(node.comparisons + node.judgments);
            let checked = ticked.contains(&node.id);
            view! {
                <label>
                    <input type="checkbox" name="node" value=node.id.clone() checked=checked />
                    <span dir="auto">{node.path.clone()}</span>
                    <span class="small muted">{n}</span>
                </label>
            }
        })
        .collect();
    let none = boxes.is_empty().then(|| view! { <p>{text::NO_MATCH}</p> });
    let judge = asked.judge.as_ref().map(|it| it.id.clone());
    view! {
        <form method="get" action=cx.at(PAGE)>
            <input type="hidden" name="judge" value=judge />
            <input type="hidden" name="aspect" value=asked.aspect.clone() />
            <div class="row filters">
                <div class="field">
                    <label for="q">{text::SEARCH}</label>
                    <input id="q" name="q" type="search" value=words dir="auto" />
                </div>
                <button>{text::FIND}</button>
            </div>
            {none}
            <div class="dash-ticks" tabindex="0" role="group" aria-label=text::NODE>{boxes}</div>
            <p><button class="primary">{text::SHOW}</button></p>
        </form>
    }
}

fn card(cx: &Cx, asked: &Asked, node: &Node, board: &Board) -> impl IntoView + use<> {
    let prompts = format!(
        "{}{}",
        cx.at("dashboards/prompts"),
        asked.query(Some(&node.id))
    );
    let line = |line: &store::reports::standings::Standing| {
        let share = line.win_rate.or(line.mean);
        let href = format!("{prompts}&model={}", encode(&line.entrant.to_string()));
        let few = (line.n + line.judgments < FEW)
            .then(|| view! { " "<span class="badge">{text::FEW}</span> });
        let words = format!(
            " {} · {} {} · {}",
            text::percent(share),
            text::RANK.to_lowercase(),
            text::ranks(line.ranks),
            text::thousands(line.n + line.judgments)
        );
        view! { <li><a href=href dir="auto">{line.name.clone()}</a><span class="small muted">{words}</span>{few}</li> }
    };
    let first: Vec<_> = board.lines.iter().take(OPEN).map(line).collect();
    let rest: Vec<_> = board.lines.iter().skip(OPEN).map(line).collect();
    let none = first.is_empty().then(|| view! { <p>{text::NONE_HERE}</p> });
    let rest = (!rest.is_empty()).then(|| {
        view! { <details><summary>{text::SHOW_ALL}</summary><ol class="dash-rank" start=OPEN + 1>{rest}</ol></details> }
    });
    let href = format!("{}{}", cx.at("dashboards"), asked.query(Some(&node.id)));
    view! {
        <li class="card">
            <h2><a href=href dir="auto">{node.name.clone()}</a></h2>
            <p class="small muted" dir="auto">{node.path.clone()}</p>
            {none}
            <ol class="dash-rank">{first}</ol>
            {rest}
        </li>
    }
}

fn sheet(boards: &[(Node, Board)]) -> Sheet {
    let rows = boards.iter().flat_map(|(node, board)| {
        board.lines.iter().map(|line| {
            vec![
                node.path.as_str().into(),
                line.name.as_str().into(),
                line.ranks.map(|it| it.0 as f64).into(),
                line.ranks.map(|it| it.1 as f64).into(),
                line.win_rate.into(),
                line.score.into(),
                line.mean.into(),
                count(line.n + line.judgments),
            ]
        })
    });
    Sheet {
        name: "by-node",
        columns: vec![
            "node",
            "model",
            "rank_low",
            "rank_high",
            "win_rate",
            "score",
            "mean_score",
            "n",
        ],
        rows: rows.collect(),
        picture: None,
        title: text::BY_NODE.to_owned(),
    }
}
