//! The weakness reporter: nodes where a model does worse, or better, than its strength predicts.

use super::asked::Asked;
use super::saved::Sheet;
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::text::weakness as text;
use crate::ui::Select;
use crate::ui::interval::{Axis, drawing};
use axum::extract::Query;
use axum::response::Response;
use domain::feedbacker::narrate::Facts;
use domain::feedbacker::weakness::Finding;
use domain::feedbacker::{self, Cell, Place};
use domain::{Fields, Right};
use leptos::prelude::*;
use std::collections::HashMap;
use store::reports::standings::Board;
use store::reports::weakness::Compared;

const PAGE: &str = "dashboards/weakness";
/// Rows on the page; the files have all.
const SHOWN: usize = 200;
/// Half of all points either way.
const AXIS: Axis = Axis {
    from: -0.5,
    to: 0.5,
    marks: &[0.0],
};

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let (board, compared) = match asked.whole(&cx) {
        Some(of) => (cx.store().board(of).await?, cx.store().compared(of).await?),
        None => (Board::default(), Compared::default()),
    };
    // a fit and thousands of tests: not on the threads that answer requests
    let (compared, findings) = tokio::task::spawn_blocking(move || {
        let findings = compared.findings();
        (compared, findings)
    })
    .await
    .map_err(Error::internal)?;
    let model = asked
        .fields
        .get("model")
        .and_then(|n| n.parse::<i64>().ok());
    let model = model.and_then(|entrant| compared.entrants.iter().position(|it| *it == entrant));
    let known = known(&asked, &board, &compared);
    let all = asked.fields.get("show") == Some("all");
    let mut rows: Vec<Finding> = findings
        .iter()
        .copied()
        .filter(|it| model.is_none_or(|model| it.model == model))
        .collect();
    rows.sort_by(|a, b| a.difference.total_cmp(&b.difference));
    let sheet = sheet(&known, &rows);
    if let Some(file) = sheet.asked(&cx, &asked.fields) {
        return Ok(file);
    }
    let tested = rows.len();
    rows.retain(|it| all || it.worse || it.better);
    Ok(cx.page(text::TITLE, || {
        let extra = choices(&known, &compared, model, all);
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if tested == 0 {
            view! { <p>{text::NOTHING_TESTED}</p> }.into_any()
        } else {
            let facts = model.map(|model| Facts { board: &known, model, findings: &findings, unit: text::UNIT });
            let said = facts.map(|facts| facts.summary());
            let said = said.map(|said| {
                let lines: Vec<_> = said.into_iter().map(|line| view! { <li dir="auto">{line}</li> }).collect();
                view! { <section class="card"><h2>{text::SUMMARY}</h2><ul>{lines}</ul></section> }
            });
            view! {
                {compared.capped.then(|| view! { <p class="notice warn">{text::CAPPED}</p> })}
                {said}
                <p>{text::reported(rows.iter().filter(|it| it.worse).count(), rows.iter().filter(|it| it.better).count(), tested)}</p>
                {table(&cx, &asked, &known, &compared, &rows)}
                {asked.save(&cx, PAGE, false)}
            }
            .into_any()
        };
        view! { {asked.head(&cx, PAGE, text::TITLE, text::LEAD, extra)}{body} }
    }))
}

/// Names and overall scores, as the narration wants them.
fn known(asked: &Asked, board: &Board, compared: &Compared) -> feedbacker::Board {
    let lines: HashMap<i64, _> = board
        .lines
        .iter()
        .map(|line| (line.entrant, line))
        .collect();
    let paths: HashMap<&str, &str> = asked
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node.path.as_str()))
        .collect();
    let name = |entrant: &i64| {
        lines
            .get(entrant)
            .map_or_else(|| entrant.to_string(), |line| line.name.clone())
    };
    let overall = |entrant: &i64| {
        let line = lines.get(entrant)?;
        let error = line
            .interval
            .map(|it| (it.high - it.low) / (2.0 * domain::stats::Z));
        Some(Cell {
            score: line.score?,
            error,
            prompts: usize::try_from(line.n).unwrap_or(0),
        })
    };
    let place = |(n, id): (usize, &String)| Place {
        path: paths.get(id.as_str()).map_or_else(
            || crate::text::dashboards::WHOLE.to_owned(),
            ToString::to_string,
        ),
        parent: (n > 0).then_some(0),
    };
    let mut cells = vec![vec![None; compared.entrants.len()]; compared.places.len().max(1)];
    cells[0] = compared.entrants.iter().map(overall).collect();
    feedbacker::Board {
        models: compared.entrants.iter().map(name).collect(),
        places: compared.places.iter().enumerate().map(place).collect(),
        cells,
    }
}

fn choices(
    known: &feedbacker::Board,
    compared: &Compared,
    model: Option<usize>,
    all: bool,
) -> impl IntoView + use<> {
    let mut models: Vec<(String, String)> = compared
        .entrants
        .iter()
        .zip(&known.models)
        .map(|(entrant, name)| (entrant.to_string(), name.clone()))
        .collect();
    models.sort_by(|a, b| a.1.cmp(&b.1));
    models.insert(0, (String::new(), text::ALL_MODELS.to_owned()));
    let chosen = model.map_or_else(String::new, |model| compared.entrants[model].to_string());
    let which = vec![
        (String::new(), text::ONLY_REPORTED.to_owned()),
        ("all".to_owned(), text::ALL_TESTED.to_owned()),
    ];
    view! {
        <Select name="model" label=text::MODEL choices=models chosen=chosen />
        <Select name="show" label=text::WHICH choices=which chosen=if all { "all" } else { "" } />
    }
}

fn table(
    cx: &Cx,
    asked: &Asked,
    known: &feedbacker::Board,
    compared: &Compared,
    rows: &[Finding],
) -> impl IntoView + use<> {
    let may_train = cx.may(Right::Data);
    let train = |node: &str| {
        let href = cx.at(&format!("runs/new?node={node}"));
        may_train.then(|| view! { <a href=href>{crate::text::versions::TRAIN}</a> })
    };
    let lines = rows.iter().take(SHOWN).map(|it| {
        let href = format!("{}{}", cx.at("dashboards/prompts"), asked.query(Some(&compared.places[it.place])));
        let (class, word) = match (it.worse, it.better) {
            (true, _) => ("badge bad", text::WEAKER),
            (_, true) => ("badge good", text::STRONGER),
            _ => ("badge", text::NOT_SHOWN),
        };
        view! {
            <tr>
                <th scope="row"><a href=href dir="auto">{known.places[it.place].path.clone()}</a></th>
                <td dir="auto">{known.models[it.model].clone()}</td>
                <td><span class=class>{word}</span></td>
                <td class="number">{text::points(it.difference)}</td>
                <td>{text::between(it.interval)} {drawing(AXIS, Some(it.difference), Some(it.interval))}</td>
                <td class="number">{it.inside}</td>
                <td>{train(&compared.places[it.place])}</td>
            </tr>
        }
    });
    let more = rows.len() > SHOWN;
    view! {
        {more.then(|| view! { <p>{text::first(SHOWN, rows.len())}</p> })}
        <div class="table" tabindex="0" role="region" aria-label=text::TITLE>
            <table>
                <thead><tr>
                    <th scope="col">{text::NODE}</th>
                    <th scope="col">{text::MODEL}</th>
                    <th scope="col">{text::SHOWN_TO_BE}</th>
                    <th scope="col" class="number">{text::DIFFERENCE}</th>
                    <th scope="col">{text::INTERVAL}</th>
                    <th scope="col" class="number">{text::PROMPTS}</th>
                    <th scope="col">{crate::text::versions::NEXT}</th>
                </tr></thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
        <p class="muted">{text::HOW}</p>
    }
}

fn sheet(known: &feedbacker::Board, rows: &[Finding]) -> Sheet {
    let reported = |it: &Finding| {
        if it.worse {
            "weaker"
        } else if it.better {
            "stronger"
        } else {
            ""
        }
    };
    let row = |it: &Finding| {
        vec![
            known.places[it.place].path.as_str().into(),
            known.models[it.model].as_str().into(),
            reported(it).into(),
            Some(it.difference).into(),
            Some(it.interval.low).into(),
            Some(it.interval.high).into(),
            Some(it.p_worse).into(),
            it.inside.into(),
            it.outside.into(),
        ]
    };
    Sheet {
        name: "weaknesses",
        title: text::TITLE.to_owned(),
        columns: vec![
            "node",
            "model",
            "reported",
            "difference",
            "low",
            "high",
            "p_worse",
            "prompts",
            "prompts_elsewhere",
        ],
        rows: rows.iter().map(row).collect(),
        picture: None,
    }
}
