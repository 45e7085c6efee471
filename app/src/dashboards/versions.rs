//! Two versions of a model: which nodes the new one improved or hurt, and the way to training on them.

use super::asked::Asked;
use super::first::ways_on;
use super::saved::Sheet;
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::text::dashboards::WHOLE;
use crate::text::versions as text;
use crate::ui::Select;
use crate::ui::chart::{Chart, Guide, Series, Whisker, intervals};
use crate::ui::csv::Cell;
use crate::ui::interval::{Axis, drawing};
use axum::extract::Query;
use axum::response::Response;
use domain::evaluate::change::{Change, compared, scored};
use domain::stats::wilson;
use domain::{Fields, Right};
use leptos::prelude::*;
use store::reports::standings::{Board, Standing};
use store::reports::versions::{Versions, Week};

const PAGE: &str = "dashboards/versions";
/// Weeks that are drawn.
const WEEKS: i64 = 26;
const WEEK_MS: i64 = 7 * 24 * 3_600_000;
const AXIS: Axis = Axis {
    from: -0.5,
    to: 0.5,
    marks: &[0.0],
};

/// The two families of tests.
struct Found {
    versions: Versions,
    compared: Vec<Change>,
    scored: Vec<Change>,
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let mut asked = Asked::read(&cx, Fields(pairs)).await?;
    asked.node = None;
    let board = match asked.whole(&cx) {
        Some(of) => cx.store().board(of).await?,
        None => Board::default(),
    };
    let chosen = chosen(&cx, &asked, &board).await?;
    let (mut found, mut weeks) = (None, Vec::new());
    if let (Some((new, old)), Some(of)) = (chosen, asked.whole(&cx)) {
        let versions = cx.store().versions(of, new.entrant, old.entrant).await?;
        let both = [new.entrant, old.entrant];
        weeks = cx.store().weeks(of, both, WEEKS, store::now_ms()).await?;
        let tested = tokio::task::spawn_blocking(move || {
            let lies = |prompt: u32| versions.lies[prompt as usize].clone();
            Found {
                compared: compared(&versions.points, lies),
                scored: scored(&versions.differences, lies),
                versions,
            }
        });
        found = Some(tested.await.map_err(Error::internal)?);
    }
    let sheet = sheet(found.as_ref());
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::TITLE, || {
        let extra = (board.lines.len() > 1).then(|| choices(&board, chosen));
        let body = match (&found, chosen) {
            _ if asked.judge.is_none() => Asked::empty(&cx).into_any(),
            (Some(found), Some((new, old))) => view! {
                {tables(&cx, &asked, found)}
                {over_time(&weeks, [new, old])}
            }
            .into_any(),
            _ => nothing_yet(&cx, asked.fields.get("made")).into_any(),
        };
        view! { {asked.head(&cx, PAGE, text::TITLE, text::LEAD, extra)}{body} }
    }))
}

/// The two versions: as the address says (two of them, or what a run made), else the newest trained model and what it was trained from, else the first
/// two of the board.
async fn chosen<'a>(
    cx: &Cx,
    asked: &Asked,
    board: &'a Board,
) -> Result<Option<(&'a Standing, &'a Standing)>> {
    let number = |name: &str| asked.fields.get(name).and_then(|n| n.parse::<i64>().ok());
    let by_number = |n: i64| board.lines.iter().find(|it| it.entrant == n);
    let named = [number("new"), number("old")].map(|n| n.and_then(by_number));
    if let [Some(new), Some(old)] = named {
        return Ok((new.entrant != old.entrant).then_some((new, old)));
    }
    let by_name = |name: &str| board.lines.iter().find(|it| it.name == name);
    let made = asked.fields.get("made");
    let trained = cx.store().trained_pairs(&cx.project()?.id).await?;
    let mut trained = trained
        .iter()
        .filter(|(name, _)| made.is_none_or(|made| made == name))
        .filter_map(|(made, base)| Some((by_name(made)?, by_name(base)?)));
    if made.is_some() {
        return Ok(trained.next());
    }
    let first = board.lines.first().zip(board.lines.get(1));
    Ok(trained.next().or(first))
}

/// What is missing: two models, or anything said about the one that a run made.
fn nothing_yet(cx: &Cx, made: Option<&str>) -> impl IntoView + use<> {
    let words = made.map_or_else(|| text::NEEDS_TWO.to_owned(), text::nothing_of);
    let ways = cx.may(Right::Data).then(|| ways(cx));
    view! { <section class="empty"><p dir="auto">{words}</p>{ways}</section> }
}

fn ways(cx: &Cx) -> impl IntoView + use<> {
    view! { <p><a class="button primary" href=cx.at("generate")>{text::TO_GENERATE}</a>" "<a class="button" href=cx.at("judging")>{text::TO_JUDGE}</a></p> }
}

fn choices(board: &Board, chosen: Option<(&Standing, &Standing)>) -> impl IntoView + use<> {
    let models: Vec<_> = board
        .lines
        .iter()
        .map(|it| (it.entrant.to_string(), it.name.clone()))
        .collect();
    let number = |it: Option<&Standing>| it.map_or_else(String::new, |it| it.entrant.to_string());
    let new = number(chosen.map(|it| it.0));
    let old = number(chosen.map(|it| it.1));
    view! {
        <Select name="new" label=text::NEW choices=models.clone() chosen=new />
        <Select name="old" label=text::OLD choices=models chosen=old />
    }
}

fn tables(cx: &Cx, asked: &Asked, found: &Found) -> impl IntoView + use<> {
    if found.compared.is_empty() && found.scored.is_empty() {
        let buttons = cx.may(Right::Data).then(|| ways(cx));
        return view! { <section class="empty"><p>{text::NOTHING}</p>{buttons}</section> }
            .into_any();
    }
    let one = |title: &'static str, changes: &[Change], shares: bool| {
        (!changes.is_empty()).then(|| {
            view! {
                <h2>{title}</h2>
                <p>{counts(changes)}</p>
                {table(cx, asked, found, title, changes, shares)}
            }
        })
    };
    view! {
        {one(text::COMPARED, &found.compared, true)}
        {one(text::SCORED, &found.scored, false)}
        <p class="muted">{text::HOW}</p>
        {asked.save(cx, PAGE, picture(found).is_some())}
    }
    .into_any()
}

fn counts(changes: &[Change]) -> String {
    let shown = |better: bool| {
        let of = changes
            .iter()
            .filter(|it| it.is_shown() && (it.difference > 0.0) == better);
        of.count()
    };
    let tested = changes.iter().filter(|it| it.p.is_some()).count();
    text::counted(shown(true), shown(false), tested)
}

/// The whole project first, then what is shown to differ, the largest loss first.
fn in_order(changes: &[Change]) -> Vec<&Change> {
    let mut all: Vec<&Change> = changes.iter().collect();
    all.sort_by(|a, b| {
        let key = |it: &Change| (it.place != 0, !it.is_shown(), it.p.is_none());
        key(a)
            .cmp(&key(b))
            .then_with(|| a.difference.total_cmp(&b.difference))
    });
    all
}

fn said(it: &Change) -> (&'static str, &'static str) {
    match (it.p, it.is_shown(), it.difference > 0.0) {
        (None, ..) => ("badge", text::FEW),
        (_, true, true) => ("badge good", text::BETTER),
        (_, true, false) => ("badge bad", text::WORSE),
        _ => ("badge", text::NEITHER),
    }
}

fn table(
    cx: &Cx,
    asked: &Asked,
    found: &Found,
    title: &'static str,
    changes: &[Change],
    shares: bool,
) -> impl IntoView + use<> {
    let may_train = cx.may(Right::Data);
    let rows: Vec<_> = in_order(changes)
        .into_iter()
        .map(|it| {
            let (id, path) = &found.versions.nodes[it.place];
            let whole = it.place == 0;
            let name = if whole {
                WHOLE.to_owned()
            } else {
                path.clone()
            };
            let node = (!whole).then_some(id.as_str());
            let href = format!("{}{}", cx.at("dashboards/prompts"), asked.query(node));
            let (class, word) = said(it);
            let (value, interval) = if shares {
                (
                    text::share(it.difference),
                    text::share_interval(it.interval),
                )
            } else {
                (text::points(it.difference), text::interval(it.interval))
            };
            let hurt = may_train && !whole && it.difference < 0.0;
            let train = hurt.then(|| ways_on(cx, id));
            view! {
                <tr>
                    <th scope="row"><a href=href dir="auto">{name}</a></th>
                    <td><span class=class>{word}</span></td>
                    <td class="number">{value}</td>
                    <td>{interval}" "{drawing(AXIS, Some(it.difference), it.interval)}</td>
                    <td class="number">{it.prompts}</td>
                    <td>{train}</td>
                </tr>
            }
        })
        .collect();
    let head = if shares {
        text::POINTS
    } else {
        text::DIFFERENCE
    };
    view! {
        <div class="table" tabindex="0" role="region" aria-label=title>
            <table>
                <thead><tr>
                    <th scope="col">{text::NODE}</th>
                    <th scope="col">{text::SHOWN_TO_BE}</th>
                    <th scope="col" class="number">{head}</th>
                    <th scope="col">{text::INTERVAL}</th>
                    <th scope="col" class="number">{text::PROMPTS}</th>
                    <th scope="col">{text::NEXT}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn over_time(weeks: &[Week], both: [&Standing; 2]) -> impl IntoView + use<> {
    let now = store::now_ms() / WEEK_MS;
    let series = both.iter().enumerate().map(|(tone, model)| {
        let mine: Vec<&Week> = weeks
            .iter()
            .filter(|it| it.entrant == model.entrant && it.n > 0)
            .collect();
        let at = |it: &Week| (it.begins / WEEK_MS - now) as f64;
        let share = |it: &Week| it.points / it.n as f64;
        let band = mine.iter().filter_map(|it| {
            let n = usize::try_from(it.n).ok()?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and n"
            )]
            let interval = wilson(it.points.round() as usize, n)?;
            Some((at(it), interval.low, interval.high))
        });
        Series {
            band: band.collect(),
            ..Series::new(
                model.name.clone(),
                tone,
                mine.iter().map(|it| (at(it), share(it))).collect(),
            )
        }
    });
    let chart = Chart {
        title: text::WIN_RATE.into(),
        x: text::WEEKS.into(),
        series: series.collect(),
        guides: vec![Guide::Level(0.5, "½".into())],
        range: Some((0.0, 1.0)),
        note: None,
    };
    // a single week is no course
    let several = chart.series.iter().any(|it| it.points.len() > 1);
    several.then(|| {
        view! { <h2>{text::OVER_TIME}</h2><div class="dash-course">{chart.view()}</div><p class="muted">{text::OVER_TIME_NOTE}</p> }
    })
}

fn sheet(found: Option<&Found>) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    if let Some(found) = found {
        let families = [("compared", &found.compared), ("scored", &found.scored)];
        for (family, changes) in families {
            rows.extend(in_order(changes).into_iter().map(|it| {
                vec![
                    family.into(),
                    found.versions.nodes[it.place].1.as_str().into(),
                    said(it).1.into(),
                    Some(it.difference).into(),
                    it.interval.map(|it| it.low).into(),
                    it.interval.map(|it| it.high).into(),
                    it.p.into(),
                    it.adjusted.into(),
                    it.prompts.into(),
                ]
            }));
        }
    }
    Sheet {
        name: "versions",
        title: text::TITLE.to_owned(),
        columns: vec![
            "family",
            "node",
            "shown",
            "difference",
            "low",
            "high",
            "p",
            "p_adjusted",
            "prompts",
        ],
        rows,
        picture: found.and_then(picture),
    }
}

/// What is shown to differ, the largest loss first; everything tested where nothing is.
fn picture(found: &Found) -> Option<String> {
    let changes = if found.compared.is_empty() {
        &found.scored
    } else {
        &found.compared
    };
    let any = changes.iter().any(Change::is_shown);
    let shown: Vec<Whisker> = in_order(changes)
        .into_iter()
        .filter(|it| it.place == 0 || !any || it.is_shown())
        .take(super::board::DRAWN)
        .map(|it| Whisker {
            name: match it.place {
                0 => WHOLE.to_owned(),
                place => found.versions.nodes[place].1.clone(),
            },
            value: 100.0 * it.difference,
            interval: it.interval.map(|it| (100.0 * it.low, 100.0 * it.high)),
            thin: it.p.is_none(),
        })
        .collect();
    let drawn = intervals(text::TITLE, text::AXIS, Some(0.0), &shown);
    (!drawn.is_empty()).then_some(drawn)
}
