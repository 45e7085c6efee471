//! The win matrix: who took which share of the points from whom. The table is the heat map.

use super::asked::Asked;
use super::saved::{Sheet, count, wants_picture};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::dashboards as text;
use crate::ui::chart::{escape, heat, step};
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use std::collections::HashMap;
use std::fmt::Write;
use store::reports::standings::{Board, Met};

const PAGE: &str = "dashboards/matrix";
/// So many of the best are shown until somebody asks for all.
const SHOWN: usize = 24;

/// What one did against another.
#[derive(Clone, Copy)]
struct Cell {
    wins: i64,
    ties: i64,
    losses: i64,
    share: f64,
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let board = match asked.of(&cx) {
        Some(of) => cx.store().board(of).await?,
        None => Board::default(),
    };
    let all = asked.fields.get("show") == Some("all");
    let order: Vec<(i64, String)> = board
        .lines
        .iter()
        .filter(|line| line.n > 0)
        .map(|line| (line.entrant, line.name.clone()))
        .take(if all { usize::MAX } else { SHOWN })
        .collect();
    let entrants: Vec<i64> = order.iter().map(|(entrant, _)| *entrant).collect();
    let met = match asked.of(&cx) {
        Some(of) => cx.store().met(of, &entrants).await?,
        None => Vec::new(),
    };
    let cells = cells(&met);
    let sheet = sheet(&asked, &order, &cells);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::MATRIX, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if order.is_empty() {
            view! { {asked.walk(&cx, PAGE)}<p>{text::NONE_HERE}</p> }.into_any()
        } else {
            let models = board.lines.len();
            let more = (order.len() < models).then(|| {
                let href = format!("{}{}&show=all", cx.at(PAGE), asked.query(Some(asked.node_id())));
                view! { <p>{text::some_of(order.len(), models)}" "<a href=href>{text::SHOW_ALL}</a></p> }
            });
            let table = table(&order, &cells);
            view! {
                {asked.walk(&cx, PAGE)}
                {Asked::basis(&board.basis, models)}
                {more}
                {legend()}
                <div class="table" tabindex="0" role="region" aria-label=text::MATRIX inner_html=table></div>
                {asked.save(&cx, PAGE, true)}
            }
            .into_any()
        };
        view! { {asked.head(&cx, PAGE, text::MATRIX, text::LEAD_MATRIX, ())}{body} }
    }))
}

/// What the seven colours mean.
pub(super) fn legend() -> impl IntoView {
    let steps = text::LEGEND.iter().enumerate().map(|(n, words)| {
        view! { <td class=format!("step-{n}")>{*words}</td> }
    });
    view! { <div class="table"><table class="dash-matrix" role="presentation"><tbody><tr>{steps.collect_view()}</tr></tbody></table></div> }
}

fn cells(met: &[Met]) -> HashMap<(i64, i64), Cell> {
    let mut cells = HashMap::with_capacity(met.len() * 2);
    for it in met {
        let n = (it.wins + it.ties + it.losses) as f64;
        let forth = Cell {
            wins: it.wins,
            ties: it.ties,
            losses: it.losses,
            share: it.points / n,
        };
        let back = Cell {
            wins: it.losses,
            ties: it.ties,
            losses: it.wins,
            share: 1.0 - it.points / n,
        };
        cells.insert((it.a, it.b), forth);
        cells.insert((it.b, it.a), back);
    }
    cells
}

/// Written as text: ten thousand cells are too many for a tree of elements.
fn table(order: &[(i64, String)], cells: &HashMap<(i64, i64), Cell>) -> String {
    let mut html = format!(
        "<table class=\"dash-matrix\"><thead><tr><th scope=\"col\">{}</th>",
        text::MODEL
    );
    for (n, (_, name)) in order.iter().enumerate() {
        let _ = write!(
            html,
            "<th scope=\"col\"><abbr title=\"{}\">{}</abbr></th>",
            escape(name),
            n + 1
        );
    }
    html.push_str("</tr></thead><tbody>");
    for (n, (row, name)) in order.iter().enumerate() {
        let _ = write!(
            html,
            "<tr><th scope=\"row\" dir=\"auto\">{}. {}</th>",
            n + 1,
            escape(name)
        );
        for (column, _) in order {
            match cells.get(&(*row, *column)) {
                Some(cell) => {
                    let _ = write!(
                        html,
                        "<td class=\"step-{}\" title=\"{}/{}/{}\">{:.0}</td>",
                        step(cell.share),
                        cell.wins,
                        cell.ties,
                        cell.losses,
                        cell.share * 100.0
                    );
                }
                None => html.push_str("<td></td>"),
            }
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    html
}

fn sheet(asked: &Asked, order: &[(i64, String)], cells: &HashMap<(i64, i64), Cell>) -> Sheet {
    let mut rows = Vec::new();
    for (row, name) in order {
        for (column, other) in order {
            if let Some(cell) = cells.get(&(*row, *column)) {
                rows.push(vec![
                    name.as_str().into(),
                    other.as_str().into(),
                    count(cell.wins),
                    count(cell.ties),
                    count(cell.losses),
                    Some(cell.share).into(),
                ]);
            }
        }
    }
    let title = format!("{}: {}", text::MATRIX, asked.place());
    let names: Vec<String> = order.iter().map(|(_, name)| name.clone()).collect();
    let shares: Vec<Vec<Option<f64>>> = order
        .iter()
        .map(|(row, _)| {
            let share =
                |(column, _): &(i64, String)| cells.get(&(*row, *column)).map(|it| it.share);
            order.iter().map(share).collect()
        })
        .collect();
    // the page shows the table; only the file needs the picture
    let picture = wants_picture(&asked.fields).then(|| heat(&title, &names, &shares));
    Sheet {
        name: "win-matrix",
        columns: vec!["model", "against", "wins", "ties", "losses", "share"],
        rows,
        picture,
        title,
    }
}
