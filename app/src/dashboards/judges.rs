//! Judges beside people: agreement, biases, calibration; by node, aspect and language; and between versions.

use super::asked::{Asked, name};
use super::judge_figures::{axis, words};
use super::saved::Sheet;
use crate::Cx;
use crate::agreement::{Pairs, encode};
use crate::error::Result;
use crate::text::dashboards as common;
use crate::text::{controls, judges as text};
use crate::ui::chart::{Whisker, intervals};
use crate::ui::csv::Cell;
use crate::ui::interval::{CHANCE_CORRECTED, SHARE, drawing};
use crate::ui::{Select, time};
use axum::extract::Query;
use axum::response::Response;
use domain::evaluate::{Drift, Estimate, Reliability};
use domain::{Fields, Right};
use leptos::prelude::*;
use store::evaluation::{Derived, Judge, JudgeKind};
use store::reports::beside::{Beside, Group};
use store::reports::calibration::MOST;
use store::reports::standings::Of;

const PAGE: &str = "dashboards/judges";
/// Judges, nodes, aspects that are shown at most.
const SHOWN: usize = 30;

/// Everything about the chosen judge.
struct Found {
    beside: Beside,
    aspects: Vec<Group>,
    /// What people call the judge and the other.
    names: [String; 2],
}

impl Found {
    fn names(&self) -> [&str; 2] {
        self.names.each_ref().map(String::as_str)
    }
}

/// A line of the overview.
struct Line {
    judge: Judge,
    /// None where nothing is shared.
    group: Option<Group>,
    /// Whether the server still computes it.
    waiting: bool,
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let other = other(&asked);
    let chosen = asked.judge.clone().zip(other.clone());
    // the one that all are measured by has nothing to be measured by
    let chosen = chosen.filter(|(judge, other)| judge.id != other.id);
    let (mut found, mut waiting, mut lines) = (None, false, Vec::new());
    let mut as_of = String::new();
    if let Some((judge, other)) = &chosen {
        match about(&cx, &asked, judge, other).await? {
            Derived::Nothing => {}
            Derived::Waiting => waiting = true,
            Derived::Ready {
                result,
                computed_at,
                behind,
            } => {
                as_of = text::as_of(&time::minute(computed_at), behind);
                found = Some(result);
            }
        }
    } else if let Some(other) = &other {
        lines = overview(&cx, &asked, other).await?;
    }
    let sheet = sheet(found.as_ref(), &lines);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::TITLE, || {
        let extra = other.as_ref().map(|other| {
            let judges = asked.judges.iter().map(|it| (it.id.clone(), name(it)));
            view! { <Select name="against" label=text::AGAINST choices=judges.collect() chosen=other.id.clone() /> }
        });
        let ask = cx.may(Right::Data).then(|| {
            view! { <p><a class="button primary" href=cx.at("judging")>{text::ASK}</a></p> }
        });
        let body = match (&found, &chosen) {
            (Some(found), _) => view! {
                {(found.beside.implied).then(|| view! { <p class="notice">{text::IMPLIED}</p> })}
                {details(found)}
                {asked.walk(&cx, PAGE)}
                <p class="muted">{text::HOW}" "{text::capped(MOST)}" "{as_of}</p>
                {asked.save(&cx, PAGE, found.beside.curve.is_some())}
            }
            .into_any(),
            (None, Some(_)) if waiting => view! { <p class="notice">{controls::WAITING}</p> }.into_any(),
            (None, Some(_)) => view! {
                <section class="empty"><p>{text::NOTHING_SHARED}</p></section>
                {asked.walk(&cx, PAGE)}
            }
            .into_any(),
            _ if lines.is_empty() => view! {
                <section class="empty"><h2>{text::NONE}</h2><p>{text::NONE_WORDS}</p></section>
            }
            .into_any(),
            _ => view! {
                <h2>{text::OVERVIEW}</h2>
                {lines.iter().any(|it| it.waiting).then(|| view! { <p class="notice">{controls::WAITING}</p> })}
                {beside_table(&cx, &lines, other.as_ref())}
                <p class="muted">{text::HOW}" "{text::capped(MOST)}</p>
                {asked.save(&cx, PAGE, false)}
            }
            .into_any(),
        };
        view! { {asked.head(&cx, PAGE, text::TITLE, text::LEAD, extra)}{ask}{body} }
    }))
}

/// Whom the judge is measured by: the named one, else people, else simulated ones.
fn other(asked: &Asked) -> Option<Judge> {
    let named = asked.fields.get("against");
    let judges = &asked.judges;
    judges
        .iter()
        .find(|it| Some(it.id.as_str()) == named)
        .or_else(|| judges.iter().find(|it| it.kind == JudgeKind::People))
        .or(judges.first())
        .cloned()
}

/// What there is about the judge; aspects that are not computed yet are left out.
async fn about(cx: &Cx, asked: &Asked, judge: &Judge, other: &Judge) -> Result<Derived<Found>> {
    let (store, Some(of)) = (cx.store(), asked.of(cx)) else {
        return Ok(Derived::Nothing);
    };
    let (beside, computed_at, behind) = match store.beside(of, &other.id).await? {
        Derived::Nothing => return Ok(Derived::Nothing),
        Derived::Waiting => return Ok(Derived::Waiting),
        Derived::Ready { result, .. } if !result.any => return Ok(Derived::Nothing),
        Derived::Ready {
            result,
            computed_at,
            behind,
        } => (result, computed_at, behind),
    };
    let mut aspects = Vec::new();
    for aspect in asked.aspects.iter().take(SHOWN) {
        let of = Of {
            aspect: &aspect.name,
            ..of
        };
        let name = match aspect.name.as_str() {
            "" => common::OVERALL,
            name => name,
        };
        if let Derived::Ready { result, .. } = store.beside(of, &other.id).await?
            && let Some(all) = result.all
        {
            let name = name.to_owned();
            aspects.push(Group { name, ..all });
        }
    }
    let found = Found {
        beside: named(beside),
        aspects,
        names: [name(judge), name(other)],
    };
    Ok(Derived::Ready {
        result: found,
        computed_at,
        behind,
    })
}

/// With languages and weeks as people call them.
fn named(mut beside: Beside) -> Beside {
    for it in &mut beside.languages {
        if it.name.is_empty() {
            text::NO_LANGUAGE.clone_into(&mut it.name);
        }
    }
    for it in &mut beside.weeks {
        it.name = text::week_of(&it.name);
    }
    beside
}

/// Every other judge's agreement with this one; those that share nothing have none.
async fn overview(cx: &Cx, asked: &Asked, other: &Judge) -> Result<Vec<Line>> {
    let (store, Some(of)) = (cx.store(), asked.of(cx)) else {
        return Ok(Vec::new());
    };
    let mut lines = Vec::new();
    let judges = asked.judges.iter().filter(|it| it.id != other.id);
    for judge in judges.take(SHOWN) {
        let of = Of {
            judge: &judge.id,
            ..of
        };
        let (group, waiting) = match store.beside(of, &other.id).await? {
            Derived::Waiting => (None, true),
            Derived::Nothing => (None, false),
            Derived::Ready { result, .. } => (result.all, false),
        };
        lines.push(Line {
            judge: judge.clone(),
            group,
            waiting,
        });
    }
    Ok(lines)
}

fn share(estimate: Option<Estimate>) -> String {
    common::percent(estimate.map(|it| it.value))
}

fn number(value: f64) -> String {
    format!("{value:.3}")
}

fn between(estimate: Estimate) -> String {
    estimate.interval.map_or_else(
        || common::NONE.to_owned(),
        |it| format!("{:.3} to {:.3}", it.low, it.high),
    )
}

/// The cells that every line about agreement has.
fn cells(group: &Group) -> impl IntoView + use<> {
    let agreement = group.agreement;
    let kappa = agreement
        .kappa
        .map_or_else(|| common::NONE.to_owned(), |it| number(it.value));
    view! {
        <td class="number">{group.n}</td>
        <td class="number">{share(Some(agreement.agreement))}</td>
        <td>{common::percent_interval(agreement.agreement.interval)}" "{drawing(SHARE, Some(agreement.agreement.value), agreement.agreement.interval)}</td>
        <td class="number">{share(agreement.accuracy)}</td>
        <td class="number">{kappa}</td>
        <td>{drawing(CHANCE_CORRECTED, agreement.kappa.map(|it| it.value), agreement.kappa.and_then(|it| it.interval))}</td>
    }
}

fn heads(first: &'static str) -> impl IntoView {
    view! {
        <thead><tr>
            <th scope="col">{first}</th>
            <th scope="col" class="number">{text::SHARED}</th>
            <th scope="col" class="number">{text::AGREEMENT}</th>
            <th scope="col">{text::INTERVAL}</th>
            <th scope="col" class="number">{text::ACCURACY}</th>
            <th scope="col" class="number">{text::KAPPA}</th>
            <th scope="col">{text::DRAWN}</th>
        </tr></thead>
    }
}

fn beside_table(cx: &Cx, lines: &[Line], other: Option<&Judge>) -> impl IntoView + use<> {
    let against = other.map_or_else(String::new, |it| format!("&against={}", encode(&it.id)));
    let rows = lines.iter().map(|line| {
        let judge = &line.judge;
        let href = format!("{}?judge={}{against}", cx.at(PAGE), encode(&judge.id));
        let cells = match &line.group {
            Some(group) => cells(group).into_any(),
            None if line.waiting => view! { <td colspan="6">{common::NONE}</td> }.into_any(),
            None => view! { <td class="number">0</td><td colspan="5">{text::NOTHING_SHARED}</td> }
                .into_any(),
        };
        view! { <tr><th scope="row"><a href=href dir="auto">{name(judge)}</a></th>{cells}</tr> }
    });
    view! {
        <div class="table" tabindex="0" role="region" aria-label=text::OVERVIEW>
            <table>{heads(text::JUDGE)}<tbody>{rows.collect_view()}</tbody></table>
        </div>
    }
}

fn details(found: &Found) -> impl IntoView + use<> {
    let (it, names) = (&found.beside, found.names());
    let rows = it.figures.iter().map(|&(measure, estimate)| {
        view! {
            <tr>
                <th scope="row" dir="auto">{words(measure, names)}</th>
                <td class="number">{number(estimate.value)}</td>
                <td>{between(estimate)}</td>
                <td>{drawing(axis(measure), Some(estimate.value), estimate.interval)}</td>
                <td class="number">{estimate.n}</td>
            </tr>
        }
    });
    let groups = |title: &'static str, groups: &[Group]| {
        (groups.len() > 1).then(|| {
            let rows = groups.iter().map(|it| {
                view! { <tr><th scope="row" dir="auto">{it.name.clone()}</th>{cells(it)}</tr> }
            });
            view! {
                <h2>{title}</h2>
                <div class="table" tabindex="0" role="region" aria-label=title>
                    <table>{heads(title)}<tbody>{rows.collect_view()}</tbody></table>
                </div>
            }
        })
    };
    let many = it.nodes.len() + found.aspects.len() + it.languages.len() > 5;
    view! {
        <h2>{text::FIGURES}</h2>
        <div class="table" tabindex="0" role="region" aria-label=text::FIGURES>
            <table>
                <thead><tr><th scope="col">{text::FIGURE}</th><th scope="col" class="number">{text::VALUE}</th><th scope="col">{text::INTERVAL}</th><th scope="col">{text::DRAWN}</th><th scope="col" class="number">{text::N}</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <p class="muted">{text::LONGER_NOTE}</p>
        {it.curve.as_ref().map(curve)}
        {groups(text::BY_NODE, &it.nodes)}
        {groups(text::BY_ASPECT, &found.aspects)}
        {groups(text::BY_LANGUAGE, &it.languages)}
        {groups(text::BY_WEEK, &it.weeks)}
        {many.then(|| view! { <p class="muted">{text::GROUPS_NOTE}</p> })}
        {drift(&it.versions, names[1])}
    }
}

fn picture(curve: &Reliability) -> String {
    let rows: Vec<Whisker> = curve
        .bins
        .iter()
        .map(|bin| Whisker {
            name: format!("{:.0} % sure", 100.0 * bin.confidence),
            value: bin.right as f64 / bin.of.max(1) as f64,
            interval: Some((bin.interval.low, bin.interval.high)),
            thin: bin.of < 30,
        })
        .collect();
    intervals(text::CURVE, text::CURVE_AXIS, Some(0.5), &rows)
}

fn curve(curve: &Reliability) -> impl IntoView + use<> {
    let rows = curve.bins.iter().map(|bin| {
        let right = bin.right as f64 / bin.of.max(1) as f64;
        view! {
            <tr>
                <th scope="row" class="number">{common::percent(Some(bin.confidence))}</th>
                <td class="number">{common::percent(Some(right))}</td>
                <td>{common::percent_interval(Some(bin.interval))}</td>
                <td class="number">{bin.of}</td>
            </tr>
        }
    });
    view! {
        <h2>{text::CURVE}</h2>
        <p>{text::CURVE_NOTE}</p>
        <figure class="chart dash-plot"><div inner_html=picture(curve)></div></figure>
        <div class="table" tabindex="0" role="region" aria-label=text::CURVE>
            <table>
                <thead><tr><th scope="col" class="number">{text::CONFIDENCE}</th><th scope="col" class="number">{text::RIGHT}</th><th scope="col">{text::INTERVAL}</th><th scope="col" class="number">{text::N}</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn drift(versions: &[(String, Drift)], other: &str) -> impl IntoView + use<> {
    let change = text::change(other);
    let rows: Vec<_> = versions
        .iter()
        .map(|(version, drift)| {
            let same = drift.agreement.agreement;
            let points = drift.change.map_or_else(
                || common::NONE.to_owned(),
                |it| format!("{:+.3} ({})", it.value, between(it)),
            );
            view! {
                <tr>
                    <th scope="row" dir="auto">{version.clone()}</th>
                    <td class="number">{same.n}</td>
                    <td>{share(Some(same))}" "{drawing(SHARE, Some(same.value), same.interval)}</td>
                    <td>{points}</td>
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <h2>{text::DRIFT}</h2>
            <div class="table" tabindex="0" role="region" aria-label=text::DRIFT>
                <table>
                    <thead><tr><th scope="col">{text::OTHER_VERSION}</th><th scope="col" class="number">{text::SHARED}</th><th scope="col">{text::DRIFT_AGREEMENT}</th><th scope="col" dir="auto">{change}</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    })
}

/// The figures, or the overview's, as a file.
fn sheet(found: Option<&Found>, lines: &[Line]) -> Sheet {
    let row = |group: &str, name: &str, estimate: Estimate| -> Vec<Cell> {
        vec![
            group.into(),
            name.into(),
            Some(estimate.value).into(),
            estimate.interval.map(|it| it.low).into(),
            estimate.interval.map(|it| it.high).into(),
            estimate.n.into(),
        ]
    };
    let of_group = |group: &str, it: &Group| -> Vec<Vec<Cell>> {
        let found = it.agreement;
        let all = [
            ("agreement", Some(found.agreement)),
            ("accuracy", found.accuracy),
            ("kappa", found.kappa),
        ];
        let group = format!("{group}{}", it.name);
        let all = all.into_iter().filter_map(|(name, it)| Some((name, it?)));
        all.map(|(name, it)| row(&group, name, it)).collect()
    };
    let mut rows = Vec::new();
    for line in lines {
        if let Some(group) = &line.group {
            rows.extend(of_group(&name(&line.judge), group));
        }
    }
    if let Some(found) = found {
        let it = &found.beside;
        let figures = it.figures.iter();
        rows.extend(
            figures.map(|&(measure, estimate)| row("", &words(measure, found.names()), estimate)),
        );
        let parts = [
            ("node: ", &it.nodes),
            ("aspect: ", &found.aspects),
            ("language: ", &it.languages),
            ("", &it.weeks),
        ];
        for (what, groups) in parts {
            rows.extend(groups.iter().flat_map(|it| of_group(what, it)));
        }
    }
    Sheet {
        name: "judges",
        title: text::TITLE.to_owned(),
        columns: vec!["about", "figure", "value", "low", "high", "n"],
        rows,
        picture: found.and_then(|it| it.beside.curve.as_ref()).map(picture),
    }
}
