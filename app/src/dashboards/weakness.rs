//! The weakness reporter: nodes where a model does worse, or better, than its strength predicts.

use super::asked::Asked;
use super::first::ways_on;
use super::narrate::Written;
use super::saved::Sheet;
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::{controls, narrate, weakness as text};
use crate::ui::chart::{Whisker, intervals};
use crate::ui::interval::{Axis, drawing};
use crate::ui::{Select, time};
use axum::extract::Query;
use axum::response::Response;
use domain::feedbacker::narrate::Facts;
use domain::feedbacker::weakness::Finding;
use domain::feedbacker::{self, Cell, Place};
use domain::{Fields, Right};
use leptos::prelude::*;
use std::collections::HashMap;
use store::evaluation::{Derived, What};
use store::reports::standings::Board;
use store::reports::weakness::Weaknesses;

pub(super) const PAGE: &str = "dashboards/weakness";
/// Rows on the page; the files have all.
const SHOWN: usize = 200;
/// Half of all points either way.
const AXIS: Axis = Axis {
    from: -0.5,
    to: 0.5,
    marks: &[0.0],
};

/// What the reporter found, if it has: of the whole project.
pub(super) async fn found(cx: &Cx, asked: &Asked) -> Result<Derived<Weaknesses>> {
    match asked.whole(cx) {
        Some(of) => Ok(cx.store().derived(of, What::Weakness).await?),
        None => Ok(Derived::Nothing),
    }
}

/// The model that an address or a form names, by its entrant's number.
pub(super) fn entrant(fields: &Fields) -> Option<i64> {
    fields.get("model").and_then(|n| n.parse::<i64>().ok())
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let derived = found(&cx, &asked).await?;
    let (mut found, mut of) = (Weaknesses::default(), None);
    let waiting = derived == Derived::Waiting;
    if let Derived::Ready {
        result,
        computed_at,
        behind,
    } = derived
    {
        (found, of) = (result, Some((computed_at, behind)));
    }
    let model = entrant(&asked.fields);
    let model = model.and_then(|entrant| found.entrants.iter().position(|it| *it == entrant));
    let known = known(&cx, &asked, &found).await?;
    let written = match model {
        Some(model) => Some(Written::read(&cx, &asked, found.entrants[model]).await?),
        None => None,
    };
    let all = asked.fields.get("show") == Some("all");
    let mut rows: Vec<Finding> = found
        .findings
        .iter()
        .copied()
        .filter(|it| model.is_none_or(|model| it.model == model))
        .filter(|it| known.is_there(it.place))
        .collect();
    rows.sort_by(|a, b| a.difference.total_cmp(&b.difference));
    let sheet = sheet(&known.0, &rows);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    let tested = rows.len();
    rows.retain(|it| all || it.worse || it.better);
    Ok(cx.page(text::TITLE, || {
        let extra = choices(&known.0, &found, model, all);
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if waiting {
            view! { <p class="notice">{controls::WAITING}</p> }.into_any()
        } else if tested == 0 {
            view! { <p>{text::NOTHING_TESTED}</p> }.into_any()
        } else {
            let said = model.map(|model| known.facts(model, &found).summary());
            let said = said.map(|said| {
                let lines: Vec<_> = said.into_iter().map(|line| view! { <li dir="auto">{line}</li> }).collect();
                view! { <section class="card"><h2>{text::SUMMARY}</h2><ul>{lines}</ul></section> }
            });
            let written = match (&written, model) {
                (Some(written), Some(model)) => written.view(&cx, &asked, found.entrants[model]).into_any(),
                _ => view! { <p class="muted">{narrate::CHOOSE}</p> }.into_any(),
            };
            let of = of.map(|(at, behind)| {
                let of = i64::try_from(found.comparisons).unwrap_or(i64::MAX);
                let words = controls::as_of(&time::minute(at), found.comparisons, of, behind);
                view! { <p class="dash-facts">{words}</p> }
            });
            view! {
                {of}
                {found.capped.then(|| view! { <p class="notice warn">{text::CAPPED}</p> })}
                {said}
                {written}
                <p>{text::reported(rows.iter().filter(|it| it.worse).count(), rows.iter().filter(|it| it.better).count(), tested)}</p>
                {(!rows.is_empty()).then(|| table(&cx, &asked, &known.0, &found, &rows))}
                {asked.save(&cx, PAGE, sheet.picture.is_some())}
            }
            .into_any()
        };
        view! { {asked.head(&cx, PAGE, text::TITLE, text::LEAD, extra)}{body} }
    }))
}

/// Names and overall scores, as the narration wants them.
pub(super) struct Known(feedbacker::Board);

impl Known {
    /// What is narrated of one model.
    pub(super) fn facts<'a>(&'a self, model: usize, found: &'a Weaknesses) -> Facts<'a> {
        Facts {
            board: &self.0,
            model,
            findings: &found.findings,
            unit: text::UNIT,
        }
    }

    /// A node may be gone since.
    fn is_there(&self, place: usize) -> bool {
        place == 0 || !self.0.places[place].path.is_empty()
    }
}

/// Gathers them.
pub(super) async fn known(cx: &Cx, asked: &Asked, found: &Weaknesses) -> Result<Known> {
    let board = match asked.whole(cx) {
        Some(of) => cx.store().board(of).await?,
        None => Board::default(),
    };
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
        path: match n {
            0 => crate::text::dashboards::WHOLE.to_owned(),
            _ => paths
                .get(id.as_str())
                .map(ToString::to_string)
                .unwrap_or_default(),
        },
        parent: (n > 0).then_some(0),
    };
    let mut cells = vec![vec![None; found.entrants.len()]; found.places.len().max(1)];
    cells[0] = found.entrants.iter().map(overall).collect();
    Ok(Known(feedbacker::Board {
        models: found.entrants.iter().map(name).collect(),
        places: found.places.iter().enumerate().map(place).collect(),
        cells,
    }))
}

fn choices(
    known: &feedbacker::Board,
    found: &Weaknesses,
    model: Option<usize>,
    all: bool,
) -> impl IntoView + use<> {
    let mut models: Vec<(String, String)> = found
        .entrants
        .iter()
        .zip(&known.models)
        .map(|(entrant, name)| (entrant.to_string(), name.clone()))
        .collect();
    models.sort_by(|a, b| a.1.cmp(&b.1));
    models.insert(0, (String::new(), text::ALL_MODELS.to_owned()));
    let chosen = model.map_or_else(String::new, |model| found.entrants[model].to_string());
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
    found: &Weaknesses,
    rows: &[Finding],
) -> impl IntoView + use<> {
    let may_train = cx.may(Right::Data);
    let train = |it: &Finding| {
        let weak = may_train && !it.better;
        weak.then(|| ways_on(cx, &found.places[it.place]))
    };
    let lines = rows.iter().take(SHOWN).map(|it| {
        let href = format!("{}{}", cx.at("dashboards/prompts"), asked.query(Some(&found.places[it.place])));
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
                <td>{train(it)}</td>
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
        picture: picture(known, rows),
    }
}

/// What is reported, the largest weakness first.
fn picture(known: &feedbacker::Board, rows: &[Finding]) -> Option<String> {
    let shown: Vec<Whisker> = rows
        .iter()
        .filter(|it| it.worse || it.better)
        .take(super::board::DRAWN)
        .map(|it| Whisker {
            name: text::whisker(&known.models[it.model], &known.places[it.place].path),
            value: 100.0 * it.difference,
            interval: Some((100.0 * it.interval.low, 100.0 * it.interval.high)),
            thin: false,
        })
        .collect();
    let drawn = intervals(text::TITLE, text::DIFFERENCE, Some(0.0), &shown);
    (!drawn.is_empty()).then_some(drawn)
}
