//! By model: the taxonomy as one collapsible tree with a column for each chosen model, so that columns stay side by
//! side and scroll together without scripts.

use super::FEW;
use super::asked::{Asked, ticks};
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::{Pairs, encode};
use crate::error::Result;
use crate::text::dashboards as text;
use crate::ui::chart::escape;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;
use store::reports::spots::Spot;
use store::reports::standings::{Board, Of, Standing};

const PAGE: &str = "dashboards/models";
/// So many are chosen at first, the best.
const FIRST: usize = 4;
/// At most so many side by side.
const MOST: usize = 8;

/// The chosen models: those the address names, else the best.
fn chosen<'a>(asked: &Asked, board: &'a Board) -> Vec<&'a Standing> {
    let named: Vec<&str> = asked.fields.all("model").collect();
    let is_named = |line: &&Standing| named.contains(&line.entrant.to_string().as_str());
    let found: Vec<_> = board.lines.iter().filter(is_named).take(MOST).collect();
    if found.is_empty() {
        board.lines.iter().take(FIRST).collect()
    } else {
        found
    }
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let mut asked = Asked::read(&cx, Fields(pairs)).await?;
    // the tree is the whole one
    asked.node = None;
    let board = match asked.of(&cx) {
        Some(of) => cx.store().board(of).await?,
        None => Board::default(),
    };
    let models = chosen(&asked, &board);
    let entrants: Vec<i64> = models.iter().map(|it| it.entrant).collect();
    let spots = match asked.of(&cx) {
        Some(Of {
            project,
            judge,
            aspect,
            ..
        }) => cx.store().spots(project, judge, aspect, &entrants).await?,
        None => Arc::default(),
    };
    let spots: HashMap<(&str, i64), &Spot> = spots
        .iter()
        .map(|it| ((it.node.as_str(), it.entrant), it))
        .collect();
    let sheet = sheet(&asked, &models, &spots);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::BY_MODEL, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if asked.nodes.is_empty() {
            Asked::no_tree(&cx).into_any()
        } else {
            let tree = tree(&cx, &asked, &models, &spots);
            view! {
                {Asked::basis(&board.basis, board.lines.len())}
                <div class="dash-tree" tabindex="0" role="region" aria-label=text::BY_MODEL inner_html=tree></div>
                {asked.save(&cx, PAGE, false)}
            }
            .into_any()
        };
        let ticked = |entrant: i64| entrants.contains(&entrant);
        let boxes = (!board.lines.is_empty() && !asked.nodes.is_empty())
            .then(|| ticks(&board, "model", text::MODEL, true, &ticked));
        view! { {asked.head(&cx, PAGE, text::BY_MODEL, text::LEAD_BY_MODEL, boxes)}{body} }
    }))
}

/// What a spot says in a few characters.
fn words(spot: Option<&&Spot>) -> String {
    let Some(spot) = spot else {
        return text::NONE.to_owned();
    };
    let few = if spot.n < FEW { " *" } else { "" };
    let share = spot.win_rate.or(spot.mean);
    format!(
        "<strong>{}</strong> <span class=\"small muted\">#{} · {}{few}</span>",
        share.map_or_else(
            || text::NONE.to_owned(),
            |it| format!("{:.0} %", it * 100.0)
        ),
        text::ranks(spot.ranks),
        text::thousands(spot.n)
    )
}

/// Written as text: thousands of elements, each with nothing but numbers and a link.
fn tree(
    cx: &Cx,
    asked: &Asked,
    models: &[&Standing],
    spots: &HashMap<(&str, i64), &Spot>,
) -> String {
    let mut children: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    let known: HashSet<&str> = asked.nodes.iter().map(|it| it.id.as_str()).collect();
    for (n, node) in asked.nodes.iter().enumerate() {
        let parent = node
            .parent
            .as_deref()
            .filter(|parent| known.contains(*parent));
        children.entry(parent).or_default().push(n);
    }
    let board = format!("{}{}", cx.at("dashboards"), asked.query(None));
    let mut html =
        String::from("<ul><li><div class=\"dash-line dash-leaf\"><span class=\"node muted\">");
    let _ = write!(html, "{}</span>", text::NODE);
    for model in models {
        let _ = write!(
            html,
            "<span class=\"spot\" dir=\"auto\"><strong>{}</strong></span>",
            escape(&model.name)
        );
    }
    html.push_str("</div></li><li><div class=\"dash-line dash-leaf\">");
    let _ = write!(
        html,
        "<span class=\"node\"><a href=\"{}\">{}</a></span>",
        escape(&board),
        text::WHOLE
    );
    let whole = cx.project().map(|it| it.id.to_string()).unwrap_or_default();
    for model in models {
        let spot = spots.get(&(whole.as_str(), model.entrant));
        let _ = write!(html, "<span class=\"spot\">{}</span>", words(spot));
    }
    html.push_str("</div></li>");
    let draw = Draw {
        asked,
        models,
        spots,
        children: &children,
        board: &board,
    };
    for &root in children.get(&None).into_iter().flatten() {
        draw.node(&mut html, root, 0);
    }
    html.push_str("</ul>");
    html
}

struct Draw<'a> {
    asked: &'a Asked,
    models: &'a [&'a Standing],
    spots: &'a HashMap<(&'a str, i64), &'a Spot>,
    children: &'a BTreeMap<Option<&'a str>, Vec<usize>>,
    board: &'a str,
}

impl Draw<'_> {
    fn node(&self, html: &mut String, n: usize, depth: usize) {
        let node = &self.asked.nodes[n];
        let below = self.children.get(&Some(node.id.as_str()));
        // a tree of people's own making has an end; this only guards against a ring
        let open = depth < 20 && below.is_some();
        html.push_str(if open {
            "<li><details><summary><span class=\"dash-line\">"
        } else {
            "<li><div class=\"dash-line dash-leaf\">"
        });
        let link = |words: &str| {
            format!(
                "<a href=\"{}&amp;node={}\" dir=\"auto\">{}</a>",
                escape(self.board),
                encode(&node.id),
                escape(words)
            )
        };
        // a link inside what opens the node would be a control within a control
        let name = if open {
            format!("<span dir=\"auto\">{}</span>", escape(&node.name))
        } else {
            link(&node.name)
        };
        let _ = write!(html, "<span class=\"node\">{name}</span>");
        for model in self.models {
            let spot = self.spots.get(&(node.id.as_str(), model.entrant));
            let _ = write!(html, "<span class=\"spot\">{}</span>", words(spot));
        }
        if open {
            let board = link(&text::board_of(&node.name));
            let _ = write!(
                html,
                "</span></summary><ul><li><div class=\"dash-leaf\">{board}</div></li>"
            );
            for &child in below.into_iter().flatten() {
                self.node(html, child, depth + 1);
            }
            html.push_str("</ul></details></li>");
        } else {
            html.push_str("</div></li>");
        }
    }
}

fn sheet(asked: &Asked, models: &[&Standing], spots: &HashMap<(&str, i64), &Spot>) -> Sheet {
    let mut rows = Vec::new();
    if matches!(asked.fields.get("as"), Some("csv" | "json")) {
        for node in &asked.nodes {
            for model in models {
                let Some(spot) = spots.get(&(node.id.as_str(), model.entrant)) else {
                    continue;
                };
                rows.push(vec![
                    node.path.as_str().into(),
                    model.name.as_str().into(),
                    spot.win_rate.into(),
                    spot.score.into(),
                    spot.mean.into(),
                    spot.ranks.map(|it| it.0 as f64).into(),
                    spot.ranks.map(|it| it.1 as f64).into(),
                    count(spot.n),
                ]);
            }
        }
    }
    Sheet {
        name: "by-model",
        columns: vec![
            "node",
            "model",
            "win_rate",
            "score",
            "mean_score",
            "rank_low",
            "rank_high",
            "n",
        ],
        rows,
        picture: None,
        title: text::BY_MODEL.to_owned(),
    }
}
