//! Feedbacker's reports over this project's own numbers: where a model's rank shifts, how
//! evenly, where models differ, which are alike, what is traded for what. Scores are win rates (means of judgments
//! where nothing was compared); **every line has its interval or its test beside it**.

use super::asked::{Asked, ticks};
use super::report_tables::{clusters, differences, failures, ranks, trades};
use super::saved::Sheet;
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::text::dashboards as text;
use crate::text::reports as words;
use crate::ui::Select;
use crate::ui::csv::Cell;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use domain::feedbacker::{Board, Cell as Score, Place};
use domain::stats::Interval;
use leptos::prelude::*;
use std::collections::HashMap;
use store::reports::spots::Spot;
use store::reports::standings::{Board as Standings, Of, Standing};

const PAGE: &str = "dashboards/reports";
/// Models in a report, the best unless others are ticked.
const FIRST: usize = 12;
/// At most so many.
const MOST: usize = 26;

/// One of the reports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    Ranks,
    Failure,
    Difference,
    Cluster,
    Trade,
}

impl Report {
    const ALL: [(Self, &'static str, &'static str, &'static str); 5] = [
        (Self::Ranks, "ranks", words::SHIFTS, words::SHIFTS_LEAD),
        (
            Self::Failure,
            "failure",
            words::FAILURE,
            words::FAILURE_LEAD,
        ),
        (
            Self::Difference,
            "difference",
            words::DIFFERENCE,
            words::DIFFERENCE_LEAD,
        ),
        (
            Self::Cluster,
            "cluster",
            words::CLUSTER,
            words::CLUSTER_LEAD,
        ),
        (Self::Trade, "trade", words::TRADE, words::TRADE_LEAD),
    ];
}

/// A report as a table: its heads and lines, in words; and what is said above.
pub(super) struct Found {
    pub(super) columns: Vec<&'static str>,
    pub(super) lines: Vec<Vec<String>>,
    /// By line: the node it leads to, if it is about one.
    pub(super) nodes: Vec<Option<usize>>,
    pub(super) note: String,
    /// The picture, where there is something to draw.
    pub(super) picture: Option<String>,
}

/// Everything a report is made from.
pub(super) struct Given {
    pub(super) board: Board,
    /// The identifiers of the places' nodes, the project's first.
    pub(super) ids: Vec<String>,
    /// The model in question, by its place on the board.
    pub(super) model: usize,
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let mut asked = Asked::read(&cx, Fields(pairs)).await?;
    asked.node = None;
    let named = asked.fields.get("report");
    let (report, name, heading, lead) = Report::ALL
        .into_iter()
        .find(|(_, name, ..)| Some(*name) == named)
        .unwrap_or(Report::ALL[0]);
    let standings = match asked.of(&cx) {
        Some(of) => cx.store().board(of).await?,
        None => Standings::default(),
    };
    let models = chosen(&asked, &standings);
    let found = match asked.of(&cx) {
        Some(of) if models.len() > 1 && !asked.nodes.is_empty() => {
            let entrants: Vec<i64> = models.iter().map(|it| it.entrant).collect();
            let spots = cx
                .store()
                .spots(of.project, of.judge, of.aspect, &entrants)
                .await?;
            let given = given(&asked, &of, &models, &spots);
            Some(
                tokio::task::spawn_blocking(move || made(report, &given))
                    .await
                    .map_err(Error::internal)?,
            )
        }
        _ => None,
    };
    let sheet = found.as_ref().map(|found| Sheet {
        name,
        title: heading.to_owned(),
        columns: found.columns.clone(),
        rows: found
            .lines
            .iter()
            .map(|line| line.iter().map(|it| Cell::Text(it.clone())).collect())
            .collect(),
        picture: found.picture.clone(),
    });
    if let Some(sheet) = &sheet
        && let Some(file) = sheet.asked(&cx, &asked.fields).await
    {
        return Ok(file);
    }
    let picture = sheet.and_then(|sheet| sheet.picture);
    let drawn = picture.is_some();
    Ok(cx.page(heading, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if asked.nodes.is_empty() {
            Asked::no_tree(&cx).into_any()
        } else {
            match found {
                None => view! { <p>{words::NEEDS_MODELS}</p> }.into_any(),
                Some(found) => view! {
                    {Asked::basis(&standings.basis, standings.lines.len())}
                    {table(&cx, &asked, heading, found)}
                    {picture.map(|svg| view! {
                        <figure class="chart dash-plot">
                            <figcaption>{heading}</figcaption>
                            <div inner_html=svg></div>
                        </figure>
                    })}
                    {asked.save(&cx, PAGE, drawn)}
                }
                .into_any(),
            }
        };
        let links = Report::ALL.map(|(_, key, heading, _)| {
            let href = format!("{}{}&report={key}", cx.at(PAGE), asked.query(None));
            let here = (key == name).then_some("true");
            view! { <li><a href=href aria-current=here>{heading}</a></li> }
        });
        view! {
            {asked.head(&cx, PAGE, heading, lead, pick(&asked, &standings, &models, name, report))}
            <ul class="dash-legend">{links.collect_view()}</ul>
            {body}
        }
    }))
}

/// The ticked models, else the best; at most [`MOST`].
fn chosen<'a>(asked: &Asked, board: &'a Standings) -> Vec<&'a Standing> {
    let named: Vec<&str> = asked.fields.all("among").collect();
    let of = asked.fields.get("of").unwrap_or_default();
    let is = |line: &Standing, names: &[&str]| names.contains(&line.entrant.to_string().as_str());
    let mut found: Vec<&Standing> = board
        .lines
        .iter()
        .filter(|line| is(line, &named))
        .take(MOST)
        .collect();
    if found.len() < 2 {
        found = board.lines.iter().take(FIRST).collect();
    }
    // the model in question is always among them
    if let Some(line) = board.lines.iter().find(|line| is(line, &[of]))
        && !found.iter().any(|it| it.entrant == line.entrant)
    {
        found.push(line);
    }
    found
}

fn given(asked: &Asked, of: &Of<'_>, models: &[&Standing], spots: &[Spot]) -> Given {
    let mut ids = vec![of.project.to_string()];
    ids.extend(asked.nodes.iter().map(|it| it.id.clone()));
    let places: HashMap<&str, usize> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| (id.as_str(), n))
        .collect();
    let mut nodes = vec![Place {
        path: text::WHOLE.to_owned(),
        parent: None,
    }];
    nodes.extend(asked.nodes.iter().map(|it| {
        Place {
            path: it.path.clone(),
            // facets stand below the whole
            parent: Some(
                it.parent
                    .as_ref()
                    .and_then(|id| places.get(id.as_str()))
                    .copied()
                    .unwrap_or(0),
            ),
        }
    }));
    let columns: HashMap<i64, usize> = models
        .iter()
        .enumerate()
        .map(|(n, it)| (it.entrant, n))
        .collect();
    let mut cells = vec![vec![None; models.len()]; ids.len()];
    for spot in spots {
        if let (Some(&row), Some(&column)) =
            (places.get(spot.node.as_str()), columns.get(&spot.entrant))
        {
            cells[row][column] = score(spot);
        }
    }
    let of_entrant = asked.fields.get("of").and_then(|it| it.parse::<i64>().ok());
    Given {
        model: of_entrant
            .and_then(|it| columns.get(&it))
            .copied()
            .unwrap_or(0),
        board: Board {
            models: models.iter().map(|it| it.name.clone()).collect(),
            places: nodes,
            cells,
        },
        ids,
    }
}

fn score(spot: &Spot) -> Option<Score> {
    let error = |interval: Option<Interval>| {
        interval.map(|it| (it.high - it.low) / (2.0 * domain::stats::Z))
    };
    let (score, error) = match spot.win_rate {
        Some(rate) => (rate, error(spot.win_interval)),
        None => (spot.mean?, error(spot.mean_interval)),
    };
    Some(Score {
        score,
        error,
        prompts: usize::try_from(spot.n).unwrap_or(0),
    })
}

fn made(report: Report, given: &Given) -> Found {
    match report {
        Report::Ranks => ranks(given),
        Report::Failure => failures(given),
        Report::Difference => differences(given),
        Report::Cluster => clusters(given),
        Report::Trade => trades(given),
    }
}

fn pick(
    asked: &Asked,
    board: &Standings,
    models: &[&Standing],
    name: &'static str,
    report: Report,
) -> impl IntoView + use<> {
    let about = matches!(report, Report::Ranks | Report::Failure).then(|| {
        let choices = board
            .lines
            .iter()
            .map(|it| (it.entrant.to_string(), it.name.clone()));
        let first = models
            .first()
            .map(|it| it.entrant.to_string())
            .unwrap_or_default();
        let chosen = asked.fields.get("of").map_or(first, str::to_owned);
        view! { <Select name="of" label=text::MODEL choices=choices.collect() chosen=chosen /> }
    });
    let ticked = |entrant: i64| models.iter().any(|it| it.entrant == entrant);
    let boxes =
        (board.lines.len() > 2).then(|| ticks(board, "among", words::AMONG, false, &ticked));
    view! { <input type="hidden" name="report" value=name />{about}{boxes} }
}

fn table(cx: &Cx, asked: &Asked, heading: &'static str, found: Found) -> impl IntoView + use<> {
    let prompts = |node: usize| {
        let id = node.checked_sub(1).map(|n| asked.nodes[n].id.as_str());
        format!("{}{}", cx.at("dashboards/prompts"), asked.query(id))
    };
    let head = found
        .columns
        .iter()
        .map(|words| view! { <th scope="col">{*words}</th> })
        .collect_view();
    let rows: Vec<_> = found
        .lines
        .iter()
        .zip(&found.nodes)
        .map(|(line, node)| {
            let href = node.map(prompts);
            let cells: Vec<_> = line
                .iter()
                .enumerate()
                .map(|(n, words)| {
                    let words = words.clone();
                    match (n, &href) {
                        (0, Some(href)) => view! { <th scope="row"><a href=href.clone() dir="auto">{words}</a></th> }.into_any(),
                        (0, None) => view! { <th scope="row" dir="auto">{words}</th> }.into_any(),
                        _ => view! { <td dir="auto">{words}</td> }.into_any(),
                    }
                })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let none = rows.is_empty().then(|| view! { <p>{words::NOTHING}</p> });
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="table" tabindex="0" role="region" aria-label=heading>
                <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
            </div>
        }
    });
    view! { <p class="dash-facts">{found.note}</p>{none}{table} }
}
