//! Over time: chosen models' shares of the points and scores, by week, by day or by equal numbers of comparisons.

use super::asked::{Asked, ticks};
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::{controls, course as text, dashboards as common};
use crate::ui::chart::{Chart, Guide, Series, TONES};
use crate::ui::csv::Cell;
use crate::ui::{Select, time};
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use domain::evaluate::course::{By, Period, Stand};
use domain::stats::Interval;
use leptos::prelude::*;
use store::evaluation::{Courses, Derived, What};
use store::reports::standings::{Board, Standing};

const PAGE: &str = "dashboards/time";
/// So many are chosen at first, the best.
const FIRST: usize = 4;
const DAY: f64 = 86_400_000.0;

/// What is drawn.
#[derive(Clone, Copy, PartialEq)]
enum Measure {
    Rate,
    Score,
}

impl Measure {
    fn of(self, stand: &Stand) -> (Option<f64>, Option<Interval>) {
        match self {
            Self::Rate => (stand.win_rate, stand.win_interval),
            Self::Score => (stand.score, stand.interval),
        }
    }

    fn words(self, stand: Option<&Stand>) -> (String, String) {
        let (value, interval) = stand.map_or((None, None), |it| self.of(it));
        match self {
            Self::Rate => (common::percent(value), common::percent_interval(interval)),
            Self::Score => (common::score(value), common::score_interval(interval)),
        }
    }
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let by = asked
        .fields
        .get("by")
        .and_then(By::parse)
        .unwrap_or_default();
    let measure = match asked.fields.get("measure") {
        Some("score") => Measure::Score,
        _ => Measure::Rate,
    };
    let (board, found) = match asked.of(&cx) {
        Some(of) => (
            cx.store().board(of).await?,
            cx.store().derived(of, What::Course(by)).await?,
        ),
        None => (Board::default(), Derived::<Courses>::Nothing),
    };
    let models = chosen(&asked, &board);
    let ready = match &found {
        Derived::Ready { result, .. } => Some(result),
        _ => None,
    };
    let chart = ready.map(|courses| chart(courses, &models, by, measure));
    let sheet = sheet(&asked, ready, &models, chart.as_ref());
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::TITLE, || {
        let extra = (!board.lines.is_empty()).then(|| choices(&board, &models, by, measure));
        let body = match &found {
            _ if asked.judge.is_none() => Asked::empty(&cx).into_any(),
            Derived::Nothing => {
                view! { {asked.walk(&cx, PAGE)}<p>{common::NONE_HERE}</p> }.into_any()
            }
            Derived::Waiting => {
                view! { {asked.walk(&cx, PAGE)}<p class="notice">{controls::WAITING}</p> }
                    .into_any()
            }
            Derived::Ready {
                result,
                computed_at,
                behind,
            } => {
                let minute = time::minute(*computed_at);
                let all = board.basis.comparisons;
                let one = (result.periods.len() < 2 && by != By::Block).then(|| {
                    let href = format!("{}{}&by=block", cx.at(PAGE), asked.query(Some(asked.node_id())));
                    view! { <p class="notice">{text::ONE_PERIOD}" "<a href=href>{text::TO_BLOCKS}</a></p> }
                });
                view! {
                    {asked.walk(&cx, PAGE)}
                    <p class="dash-facts">{controls::as_of(&minute, result.comparisons, all, *behind)}</p>
                    {one}
                    {(result.periods.len() > 1).then(|| view! { <div class="dash-course">{chart.as_ref().map(Chart::view)}</div> })}
                    {table(result, &models, measure)}
                    <p class="muted">{text::NOTE}</p>
                    {asked.save(&cx, PAGE, true)}
                }
                .into_any()
            }
        };
        view! { {asked.head(&cx, PAGE, text::TITLE, text::LEAD, extra)}{body} }
    }))
}

/// Those the address names, else the best.
fn chosen<'a>(asked: &Asked, board: &'a Board) -> Vec<&'a Standing> {
    let named: Vec<&str> = asked.fields.all("model").collect();
    let is_named = |line: &&Standing| named.contains(&line.entrant.to_string().as_str());
    let found: Vec<_> = board.lines.iter().filter(is_named).take(TONES).collect();
    if found.is_empty() {
        board.lines.iter().take(FIRST).collect()
    } else {
        found
    }
}

fn choices(board: &Board, models: &[&Standing], by: By, measure: Measure) -> impl IntoView + use<> {
    let words = |by: By| match by {
        By::Week => text::WEEK,
        By::Day => text::DAY,
        By::Block => text::BLOCK,
    };
    let parts = By::ALL.map(|by| (by.name().to_owned(), words(by).to_owned()));
    let measures = [("rate", text::RATE), ("score", text::SCORE)];
    let measures = measures.map(|(name, words)| (name.to_owned(), words.to_owned()));
    let shown = match measure {
        Measure::Rate => "rate",
        Measure::Score => "score",
    };
    let ticked = |entrant: i64| models.iter().any(|it| it.entrant == entrant);
    view! {
        <Select name="by" label=text::BY choices=parts.to_vec() chosen=by.name() />
        <Select name="measure" label=text::MEASURE choices=measures.to_vec() chosen=shown />
        {ticks(board, "model", common::MODEL, false, &ticked)}
    }
}

fn stand<'a>(courses: &Courses, period: &'a Period, entrant: i64) -> Option<&'a Stand> {
    period
        .models
        .iter()
        .find(|it| courses.entrants.get(it.model as usize) == Some(&entrant))
}

fn chart(courses: &Courses, models: &[&Standing], by: By, measure: Measure) -> Chart {
    let now = courses.periods.last().map_or(0, |it| it.begins);
    let at = |period: &Period| match by {
        By::Block => period.before as f64,
        By::Week => (period.begins - now) as f64 / DAY / 7.0,
        By::Day => (period.begins - now) as f64 / DAY,
    };
    let series = models.iter().enumerate().map(|(tone, model)| {
        let mine: Vec<(f64, f64, Option<Interval>)> = courses
            .periods
            .iter()
            .filter_map(|period| {
                let (value, interval) = measure.of(stand(courses, period, model.entrant)?);
                Some((at(period), value?, interval))
            })
            .collect();
        let band = mine
            .iter()
            .filter_map(|(x, _, interval)| interval.map(|it| (*x, it.low, it.high)));
        Series {
            band: band.collect(),
            ..Series::new(
                model.name.clone(),
                tone,
                mine.iter().map(|it| (it.0, it.1)).collect(),
            )
        }
    });
    let (title, guide, range) = match measure {
        Measure::Rate => (text::RATE, Guide::Level(0.5, "½".into()), Some((0.0, 1.0))),
        Measure::Score => (text::SCORE, Guide::Level(1000.0, "1000".into()), None),
    };
    let x = match by {
        By::Block => text::SO_FAR,
        By::Week => text::WEEKS_AGO,
        By::Day => text::DAYS_AGO,
    };
    Chart {
        title: title.into(),
        x: x.into(),
        series: series.collect(),
        guides: vec![guide],
        range,
        note: None,
    }
}

/// The newest period first.
fn table(courses: &Courses, models: &[&Standing], measure: Measure) -> impl IntoView + use<> {
    let head: Vec<_> = models
        .iter()
        .map(|it| view! { <th scope="col" class="number" dir="auto">{it.name.clone()}</th> })
        .collect();
    let rows: Vec<_> = courses
        .periods
        .iter()
        .rev()
        .map(|period| {
            let cells: Vec<_> = models
                .iter()
                .map(|model| {
                    let stand = stand(courses, period, model.entrant);
                    let (value, interval) = measure.words(stand);
                    let few = stand.is_some_and(|it| it.n < 30).then_some("number few");
                    view! { <td class=few.unwrap_or("number")>{value}<br /><small class="muted">{interval}</small></td> }
                })
                .collect();
            // a period ends just before the next begins
            let (begins, ends) = (time::day(period.begins), time::day((period.ends - 1).max(period.begins)));
            view! {
                <tr>
                    <th scope="row">{text::period(&begins, &ends)}</th>
                    <td class="number">{period.comparisons}</td>
                    {cells}
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table dash-table" tabindex="0" role="region" aria-label=text::TITLE>
            <table>
                <thead><tr>
                    <th scope="col">{text::PERIOD}</th>
                    <th scope="col" class="number">{text::COMPARISONS}</th>
                    {head}
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn sheet(
    asked: &Asked,
    courses: Option<&Courses>,
    models: &[&Standing],
    chart: Option<&Chart>,
) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    if let Some(courses) = courses {
        for period in &courses.periods {
            for model in models {
                let Some(it) = stand(courses, period, model.entrant) else {
                    continue;
                };
                rows.push(vec![
                    time::day(period.begins).as_str().into(),
                    time::day((period.ends - 1).max(period.begins))
                        .as_str()
                        .into(),
                    model.name.as_str().into(),
                    count(i64::try_from(it.n).unwrap_or(0)),
                    it.win_rate.into(),
                    it.win_interval.map(|it| it.low).into(),
                    it.win_interval.map(|it| it.high).into(),
                    it.score.into(),
                    it.interval.map(|it| it.low).into(),
                    it.interval.map(|it| it.high).into(),
                    count(i64::try_from(period.before).unwrap_or(0)),
                ]);
            }
        }
    }
    Sheet {
        name: "over-time",
        title: format!("{}: {}", text::TITLE, asked.place()),
        columns: vec![
            "begins",
            "ends",
            "model",
            "comparisons",
            "win_rate",
            "win_rate_low",
            "win_rate_high",
            "score",
            "score_low",
            "score_high",
            "comparisons_so_far",
        ],
        rows,
        picture: chart.filter(|it| !it.is_empty()).map(Chart::drawing),
    }
}
