//! The leaderboard: ranks as intervals, tied groups, win rates, how much each stands on.

use super::FEW;
use super::asked::Asked;
use super::controls::{Scores, Shown, choices};
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::{Pairs, encode};
use crate::error::Result;
use crate::text::dashboards as text;
use crate::ui::chart::{Whisker, intervals};
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use domain::evaluate::tied_groups;
use domain::stats::Interval;
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::reports::standings::{Board, Standing};

pub(super) const PAGE: &str = "dashboards";
/// So many are drawn; the table has them all.
pub(super) const DRAWN: usize = 40;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let board = match asked.of(&cx) {
        Some(of) => cx.store().board(of).await?,
        None => Board::default(),
    };
    let title = format!("{}: {}", text::BOARD, asked.place());
    let scores = Scores::asked(&asked.fields, &board);
    let shown = Shown::read(&cx, &asked, &board, scores).await?;
    let sheet = match &shown {
        Some(shown) => shown.sheet(&asked),
        None => sheet(&board, title, &asked),
    };
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::BOARD, || {
        let extra = choices(scores, &board);
        let none = asked.judge.is_none();
        let body = if none {
            Asked::empty(&cx).into_any()
        } else if board.lines.is_empty() {
            view! { {asked.walk(&cx, PAGE)}<p>{text::NONE_HERE}</p> }.into_any()
        } else if let Some(shown) = &shown {
            view! {
                {asked.walk(&cx, PAGE)}
                {Asked::basis(&board.basis, board.lines.len())}
                {shown.view(&cx, &asked, sheet.picture.as_deref())}
            }
            .into_any()
        } else {
            view! {
                {asked.walk(&cx, PAGE)}
                {Asked::basis(&board.basis, board.lines.len())}
                {table(&cx, &asked, &board)}
                <p class="muted">{text::TIED_NOTE}" "{text::few_note(FEW)}</p>
                {plot(sheet.picture.as_deref(), compares(&board), board.lines.len())}
                {asked.save(&cx, PAGE, true)}
            }
            .into_any()
        };
        view! { {asked.head(&cx, PAGE, text::BOARD, scores.lead(), extra)}{body} }
    }))
}

/// Whether it ranks by comparisons; else by scores.
fn compares(board: &Board) -> bool {
    board.basis.comparisons > 0
}

fn picture(board: &Board, title: &str) -> Option<String> {
    let by_score = compares(board);
    let rows: Vec<Whisker> = board
        .lines
        .iter()
        .filter_map(|line| {
            let (value, interval) = if by_score {
                (line.score, line.interval)
            } else {
                (line.mean, line.mean_interval)
            };
            Some(Whisker {
                name: line.name.clone(),
                value: value?,
                interval: interval.map(|it| (it.low, it.high)),
                thin: line.n + line.judgments < FEW,
            })
        })
        .take(DRAWN)
        .collect();
    let (axis, guide) = if by_score {
        (text::AXIS, Some(1000.0))
    } else {
        (text::AXIS_MEAN, None)
    };
    (!rows.is_empty()).then(|| intervals(title, axis, guide, &rows))
}

fn sheet(board: &Board, title: String, asked: &Asked) -> Sheet {
    let rows = board.lines.iter().map(|line| {
        let low = |it: Option<Interval>| it.map(|it| it.low).into();
        let high = |it: Option<Interval>| it.map(|it| it.high).into();
        let rank = |n: Option<i64>| n.map(|n| n as f64).into();
        vec![
            line.name.as_str().into(),
            rank(line.ranks.map(|it| it.0)),
            rank(line.ranks.map(|it| it.1)),
            line.score.into(),
            low(line.interval),
            high(line.interval),
            line.state.as_str().into(),
            line.win_rate.into(),
            low(line.win_interval),
            high(line.win_interval),
            count(line.n),
            count(line.wins),
            count(line.ties),
            count(line.opponents),
            line.mean.into(),
            low(line.mean_interval),
            high(line.mean_interval),
            count(line.judgments),
            asked.place().into(),
            asked.aspect.as_str().into(),
        ]
    });
    Sheet {
        name: "leaderboard",
        columns: vec![
            "model",
            "rank_low",
            "rank_high",
            "score",
            "score_low",
            "score_high",
            "state",
            "win_rate",
            "win_rate_low",
            "win_rate_high",
            "comparisons",
            "wins",
            "ties",
            "opponents",
            "mean_score",
            "mean_score_low",
            "mean_score_high",
            "judgments",
            "node",
            "aspect",
        ],
        rows: rows.collect(),
        picture: picture(board, &title),
        title,
    }
}

fn plot(svg: Option<&str>, by_score: bool, all: usize) -> impl IntoView + use<> {
    let heading = if by_score {
        text::PLOT
    } else {
        text::PLOT_MEAN
    };
    let cut = (all > DRAWN).then(|| view! { <p class="muted">{text::some_of(DRAWN, all)}</p> });
    svg.map(|svg| {
        view! {
            <figure class="chart dash-plot">
                <figcaption><h2>{heading}</h2></figcaption>
                <div inner_html=svg.to_owned()></div>
                {cut}
            </figure>
        }
    })
}

/// The lines that close a group of models that cannot be told apart.
fn closing(lines: &[Standing]) -> BTreeSet<usize> {
    let scores: Vec<(f64, Option<Interval>)> = lines
        .iter()
        .map(|line| {
            let interval = line.interval.or(line.mean_interval);
            (line.score.or(line.mean).unwrap_or(f64::MIN), interval)
        })
        .collect();
    tied_groups(&scores)
        .iter()
        .filter_map(|group| group.iter().max().copied())
        .collect()
}

fn table(cx: &Cx, asked: &Asked, board: &Board) -> impl IntoView + use<> {
    let (by_score, by_mean) = (compares(board), board.basis.judgments > 0);
    let closing = closing(&board.lines);
    let prompts = format!(
        "{}{}",
        cx.at("dashboards/prompts"),
        asked.query(Some(asked.node_id()))
    );
    let rows = board.lines.iter().enumerate().map(|(n, line)| {
        let href = format!("{prompts}&model={}", encode(&line.entrant.to_string()));
        let few = line.n + line.judgments < FEW;
        let class = match (closing.contains(&n), few) {
            (true, true) => "tied-last few",
            (true, false) => "tied-last",
            (false, true) => "few",
            (false, false) => "",
        };
        let few = few.then(|| view! { " "<span class="badge">{text::FEW}</span> });
        let state = text::state(&line.state)
            .filter(|_| by_score)
            .map(|words| view! { " "<span class="badge gold">{words}</span> });
        let scored = by_score.then(|| {
            view! {
                <td class="number">{text::score(line.score)}{state}</td>
                <td>{text::score_interval(line.interval)}</td>
                <td class="number">{text::percent(line.win_rate)}</td>
                <td>{text::percent_interval(line.win_interval)}</td>
                <td class="number">{text::thousands(line.n)}</td>
                <td class="number">{line.opponents}</td>
            }
        });
        let meant = by_mean.then(|| {
            view! {
                <td class="number">{text::percent(line.mean)}</td>
                <td>{text::percent_interval(line.mean_interval)}</td>
                <td class="number">{text::thousands(line.judgments)}</td>
            }
        });
        view! {
            <tr class=class>
                <td class="number">{text::ranks(line.ranks)}</td>
                <th scope="row"><a href=href dir="auto">{line.name.clone()}</a>{few}</th>
                {scored}
                {meant}
            </tr>
        }
    });
    let scored = by_score.then(|| {
        view! {
            <th scope="col" class="number">{text::SCORE}</th>
            <th scope="col">{text::INTERVAL}</th>
            <th scope="col" class="number">{text::WIN_RATE}</th>
            <th scope="col">{text::INTERVAL}</th>
            <th scope="col" class="number">{text::COMPARISONS}</th>
            <th scope="col" class="number">{text::OPPONENTS}</th>
        }
    });
    let meant = by_mean.then(|| {
        view! {
            <th scope="col" class="number">{text::MEAN}</th>
            <th scope="col">{text::INTERVAL}</th>
            <th scope="col" class="number">{text::JUDGMENTS}</th>
        }
    });
    view! {
        <div class="table dash-table" tabindex="0" role="region" aria-label=text::BOARD>
            <table>
                <thead><tr>
                    <th scope="col" class="number">{text::RANK}</th>
                    <th scope="col">{text::MODEL}</th>
                    {scored}
                    {meant}
                </tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
