//! Distributions: by how much models won and lost, and how their scores spread. Small bars, each with its numbers.

use super::asked::Asked;
use super::saved::{Sheet, count, wants_picture};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::dashboards as text;
use crate::ui::chart::escape;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use store::reports::standings::{Board, Spread, Standing};

const PAGE: &str = "dashboards/spread";

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let (board, spreads) = match asked.of(&cx) {
        Some(of) => (cx.store().board(of).await?, cx.store().spreads(of).await?),
        None => (Board::default(), BTreeMap::new()),
    };
    let of = |line: &Standing| spreads.get(&line.entrant).cloned().unwrap_or_default();
    let lines: Vec<(&Standing, Spread)> = board.lines.iter().map(|it| (it, of(it))).collect();
    let sheet = sheet(&asked, &lines);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::SPREAD, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if lines.is_empty() {
            view! { {asked.walk(&cx, PAGE)}<p>{text::NONE_HERE}</p> }.into_any()
        } else {
            let outcomes = (board.basis.comparisons > 0).then(|| outcomes(&lines));
            let scores = (board.basis.judgments > 0).then(|| scores(&lines));
            view! {
                {asked.walk(&cx, PAGE)}
                {Asked::basis(&board.basis, lines.len())}
                {outcomes}
                {scores}
                {asked.save(&cx, PAGE, true)}
            }
            .into_any()
        };
        view! { {asked.head(&cx, PAGE, text::SPREAD, text::LEAD_SPREAD, ())}{body} }
    }))
}

/// Bars of a height by share of the largest; nothing without counts.
fn bars(counts: &[i64]) -> String {
    const WIDTH: f64 = 144.0;
    const HEIGHT: f64 = 26.0;
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    let each = WIDTH / counts.len() as f64;
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-hidden=\"true\" focusable=\"false\">");
    for (n, count) in counts.iter().enumerate() {
        // what is there is seen
        let share = *count as f64 / most as f64;
        let height = if *count > 0 {
            (share * HEIGHT).max(1.0)
        } else {
            0.0
        };
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
            n as f64 * each,
            HEIGHT - height,
            each - 1.0
        );
    }
    svg.push_str("</svg>");
    svg
}

fn outcomes(lines: &[(&Standing, Spread)]) -> impl IntoView + use<> {
    let head = text::WON_BY.map(|words| view! { <th scope="col" class="number">{words}</th> });
    let rows: Vec<_> = lines
        .iter()
        .filter(|(line, _)| line.n > 0)
        .map(|(line, spread)| {
            let cells = spread.margins.map(|n| {
                view! { <td class="number">{text::thousands(n)}</td> }
            });
            view! {
                <tr>
                    <th scope="row" dir="auto">{line.name.clone()}</th>
                    <td class="chart-cell dash-bars" inner_html=bars(&spread.margins)></td>
                    {cells.collect_view()}
                </tr>
            }
        })
        .collect();
    view! {
        <h2>{text::OUTCOMES}</h2>
        <div class="table dash-table chart" tabindex="0" role="region" aria-label=text::OUTCOMES>
            <table>
                <thead><tr><th scope="col">{text::MODEL}</th><th scope="col">{text::DRAWN}</th>{head.collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// Fifths of the scale: four bins of the twenty.
fn fifths(scores: &[i64; 20]) -> [i64; 5] {
    std::array::from_fn(|n| scores[n * 4..n * 4 + 4].iter().sum())
}

fn scores(lines: &[(&Standing, Spread)]) -> impl IntoView + use<> {
    let head = ["0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %"]
        .map(|words| view! { <th scope="col" class="number">{words}</th> });
    let rows: Vec<_> = lines
        .iter()
        .filter(|(line, _)| line.judgments > 0)
        .map(|(line, spread)| {
            let cells = fifths(&spread.scores)
                .map(|n| view! { <td class="number">{text::thousands(n)}</td> });
            view! {
                <tr>
                    <th scope="row" dir="auto">{line.name.clone()}</th>
                    <td class="chart-cell dash-bars" inner_html=bars(&spread.scores)></td>
                    <td class="number">{text::percent(line.mean)}</td>
                    {cells.collect_view()}
                </tr>
            }
        })
        .collect();
    view! {
        <h2>{text::SCORES}</h2>
        <div class="table dash-table chart" tabindex="0" role="region" aria-label=text::SCORES>
            <table>
                <thead><tr><th scope="col">{text::MODEL}</th><th scope="col">{text::DRAWN}</th>
                    <th scope="col" class="number">{text::MEAN}</th>{head.collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn sheet(asked: &Asked, lines: &[(&Standing, Spread)]) -> Sheet {
    let rows = lines.iter().map(|(line, spread)| {
        let mut cells = vec![line.name.as_str().into()];
        cells.extend(spread.margins.map(count));
        cells.extend(fifths(&spread.scores).map(count));
        cells
    });
    let title = format!("{}: {}", text::SPREAD, asked.place());
    let picture = wants_picture(&asked.fields).then(|| picture(&title, lines));
    Sheet {
        name: "distributions",
        columns: vec![
            "model",
            "lost_far",
            "lost_clearly",
            "lost_slightly",
            "tied",
            "won_slightly",
            "won_clearly",
            "won_far",
            "scores_0_20",
            "scores_20_40",
            "scores_40_60",
            "scores_60_80",
            "scores_80_100",
        ],
        rows: rows.collect(),
        picture,
        title,
    }
}

/// Every model's bars in one picture.
fn picture(title: &str, lines: &[(&Standing, Spread)]) -> String {
    let row = 34.0;
    let height = row * lines.len() as f64 + 10.0;
    let mut svg = format!(
        "<svg viewBox=\"0 0 480 {height}\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    );
    for (n, (line, spread)) in lines.iter().enumerate() {
        let y = n as f64 * row + 4.0;
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"150\" y=\"{}\" text-anchor=\"end\">{}</text>",
            y + 18.0,
            escape(&line.name)
        );
        for (x, bars) in [(160, bars(&spread.margins)), (320, bars(&spread.scores))] {
            let _ = write!(
                svg,
                "{}",
                bars.replacen(
                    "<svg ",
                    &format!("<svg x=\"{x}\" y=\"{y}\" width=\"144\" height=\"26\" "),
                    1
                )
            );
        }
    }
    svg.push_str("</svg>");
    svg
}
