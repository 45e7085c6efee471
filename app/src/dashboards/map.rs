//! The map: a treemap of the nodes below one node, sized by what was said, coloured by a model's strength there.

use super::asked::Asked;
use super::matrix::legend;
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::dashboards as text;
use crate::ui::Select;
use crate::ui::chart::{Area, treemap};
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use store::reports::spots::Spot;
use store::reports::standings::{Board, Of};

const PAGE: &str = "dashboards/map";

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let board = match asked.of(&cx) {
        Some(Of {
            project,
            judge,
            aspect,
            ..
        }) => {
            let node = project.as_str();
            cx.store()
                .board(Of {
                    project,
                    node,
                    judge,
                    aspect,
                })
                .await?
        }
        None => Board::default(),
    };
    let model = asked
        .fields
        .get("model")
        .and_then(|n| n.parse::<i64>().ok());
    let model = board
        .lines
        .iter()
        .find(|line| Some(line.entrant) == model)
        .or(board.lines.first());
    let spots = match (asked.of(&cx), model) {
        (Some(of), Some(model)) => {
            let entrants = [model.entrant];
            cx.store()
                .spots(of.project, of.judge, of.aspect, &entrants)
                .await?
        }
        _ => Arc::default(),
    };
    let spots: HashMap<&str, &Spot> = spots.iter().map(|it| (it.node.as_str(), it)).collect();
    let name = model.map(|it| it.name.clone()).unwrap_or_default();
    let areas = areas(&cx, &asked, model.map(|it| it.entrant), &spots);
    let title = format!("{}: {name}, {}", text::MAP, asked.place());
    let picture = (!areas.is_empty()).then(|| treemap(&title, &areas));
    let sheet = sheet(&asked, &name, &areas, picture.clone(), title);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::MAP, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if asked.nodes.is_empty() {
            Asked::no_tree(&cx).into_any()
        } else {
            view! {
                {asked.walk(&cx, PAGE)}
                {picture.map_or_else(|| view! { <p>{text::NONE_HERE}</p> }.into_any(), |svg| view! {
                    {legend()}
                    <figure class="chart dash-plot"><figcaption><h2 dir="auto">{name}</h2></figcaption><div inner_html=svg></div></figure>
                    {table(&areas)}
                    {asked.save(&cx, PAGE, true)}
                }.into_any())}
            }
            .into_any()
        };
        let choices: Vec<_> = board.lines.iter().map(|it| (it.entrant.to_string(), it.name.clone())).collect();
        let chosen = model.map(|it| it.entrant.to_string()).unwrap_or_default();
        let pick = (!choices.is_empty() && !asked.nodes.is_empty())
            .then(|| view! { <Select name="model" label=text::MODEL choices=choices chosen=chosen /> });
        view! { {asked.head(&cx, PAGE, text::MAP, text::LEAD_MAP, pick)}{body} }
    }))
}

/// The nodes directly below the chosen one; a node with nothing below leads to its prompts.
fn areas(cx: &Cx, asked: &Asked, model: Option<i64>, spots: &HashMap<&str, &Spot>) -> Vec<Area> {
    let here = asked.node.map(|n| asked.nodes[n].id.as_str());
    let model = model.map_or_else(String::new, |it| format!("&model={it}"));
    asked
        .nodes
        .iter()
        .filter(|node| node.parent.as_deref() == here && node.comparisons + node.judgments > 0)
        .map(|node| {
            let deeper = asked
                .nodes
                .iter()
                .any(|it| it.parent.as_deref() == Some(&node.id));
            let page = if deeper { PAGE } else { "dashboards/prompts" };
            let share = spots
                .get(node.id.as_str())
                .and_then(|it| it.win_rate.or(it.mean));
            let n = node.comparisons + node.judgments;
            Area {
                name: node.name.clone(),
                href: format!("{}{}{model}", cx.at(page), asked.query(Some(&node.id))),
                size: n as f64,
                share,
                note: text::area(n, share),
            }
        })
        .collect()
}

fn table(areas: &[Area]) -> impl IntoView + use<> {
    let rows: Vec<_> = areas
        .iter()
        .map(|area| {
            view! {
                <tr>
                    <th scope="row"><a href=area.href.clone() dir="auto">{area.name.clone()}</a></th>
                    <td>{area.note.clone()}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <details open=areas.len() <= 12>
            <summary>{text::AS_LIST}" "{areas.len()}</summary>
            <div class="table" tabindex="0" role="region" aria-label=text::MAP><table><tbody>{rows}</tbody></table></div>
        </details>
    }
}

fn sheet(
    asked: &Asked,
    model: &str,
    areas: &[Area],
    picture: Option<String>,
    title: String,
) -> Sheet {
    #[expect(clippy::cast_possible_truncation, reason = "a count of comparisons")]
    let rows = areas.iter().map(|area| {
        vec![
            asked.place().into(),
            area.name.as_str().into(),
            model.into(),
            area.share.into(),
            count(area.size as i64),
        ]
    });
    Sheet {
        name: "map",
        columns: vec!["below", "node", "model", "share", "n"],
        rows: rows.collect(),
        picture,
        title,
    }
}
