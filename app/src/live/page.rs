//! The page: what the live model knows, how good it is, and whether the order it chose helps.

use crate::Cx;
use crate::error::Result;
use crate::text::live as text;
use crate::ui::chart::{Chart, Guide, Series};
use crate::ui::interval::{SHARE, drawing};
use crate::ui::time;
use crate::v1::serving;
use axum::response::Response;
use domain::live::evaluate::{Accuracy, Calibration};
use domain::live::{ENOUGH, Order, Report};
use domain::{Kind, Right};
use leptos::prelude::*;
use store::live::Stand;

pub(super) async fn show(cx: Cx) -> Result<Response> {
    let project = cx.project()?;
    let stand = cx.store().live_stand(&project.id).await?;
    let compares = project.settings.kinds.contains(&Kind::Preference);
    let encoder = Encoder::of(&cx).await?;
    Ok(cx.page(text::TITLE, || {
        let body = match stand {
            _ if !compares => nothing(&cx, text::NO_COMPARISONS, text::NO_COMPARISONS_WORDS).into_any(),
            None => nothing(&cx, text::NOT_YET, text::NOT_YET_WORDS).into_any(),
            Some(stand) => known(stand, &encoder).into_any(),
        };
        let settings = (compares && cx.may(Right::Manage))
            .then(|| view! { <a class="button" href=cx.at("settings#queue_order")>{text::TO_SETTINGS}</a> });
        let from = text::provenance(project.settings.learn_simulated);
        view! {
            <div class="page-head"><h1>{text::TITLE}</h1>{settings}</div>
            {crate::learning::tabs(&cx)}
            <p class="lead">{text::LEAD}</p>
            {compares.then(|| view! { <p class="notice">{from}</p> })}
            {body}
            {compares.then(how)}
        }
    }))
}

fn nothing(cx: &Cx, heading: &'static str, words: &'static str) -> impl IntoView + use<> {
    view! {
        <section class="empty">
            <h2>{heading}</h2>
            <p>{words}</p>
            <p><a class="button primary" href=cx.at("queue")>{text::TO_QUEUE}</a></p>
        </section>
    }
}

/// The encoder that the settings name.
struct Encoder {
    /// What people call it.
    name: Option<String>,
    problem: Option<String>,
}

impl Encoder {
    async fn of(cx: &Cx) -> Result<Self> {
        let project = cx.project()?;
        let id = project.settings.encoder.as_str();
        if id.is_empty() {
            let (name, problem) = (None, None);
            return Ok(Self { name, problem });
        }
        let served = serving(&cx.app, std::slice::from_ref(&project.id)).await?;
        let served = served.into_iter().find(|it| it.id == id);
        Ok(Self {
            name: Some(served.map_or_else(|| id.to_owned(), |it| it.name)),
            problem: cx.store().encoder_problem(&project.id, id).await?,
        })
    }

    /// What there is to say about it, above everything else.
    fn notice(&self, report: &Report) -> Option<impl IntoView + use<>> {
        let encoded = report.encoded.as_ref()?;
        let of = report.learned + report.held_out;
        match &self.problem {
            Some(problem) => Some(("notice warn", text::encoder_problem(problem))),
            None if encoded.answers < of => Some(("notice", text::reading(encoded.answers, of))),
            None => None,
        }
        .map(|(class, words)| view! { <p class=class>{words}</p> })
    }
}

fn known(stand: Stand, encoder: &Encoder) -> impl IntoView + use<> {
    let report = stand.report.clone();
    let early = (report.learned < ENOUGH)
        .then(|| view! { <p class="notice warn">{text::needs(report.learned, ENOUGH)}</p> });
    let charts = (report.accuracy.is_some()).then(|| {
        let (curves, calibration) = (
            curves(&report),
            report.calibration.as_ref().map(calibration),
        );
        view! { <div class="charts live">{curves.view()}{calibration.map(|it| it.view())}</div> }
    });
    let sure = report
        .calibration
        .as_ref()
        .map(|it| view! { <p class="muted">{text::calibration(it.error, it.log_loss)}</p> });
    view! {
        {early}
        {encoder.notice(&report)}
        {measured(&report)}
        {helps(&report)}
        {charts}
        {sure}
        {facts(&stand, encoder)}
    }
}

fn measured(report: &Report) -> impl IntoView + use<> {
    let figure = |label: &'static str, it: &Accuracy| {
        view! {
            <p class="figure">
                <span class="label">{label}</span>
                <strong>{text::percent(it.share)}</strong>
                <span>{text::accuracy(it)}</span>
                {drawing(SHARE, Some(it.share), Some(it.interval))}
            </p>
        }
    };
    let model = report.accuracy.as_ref().map(|it| {
        view! {
            {figure(text::ACCURACY, it)}
            <p>{text::meaning(it, report.length_only.as_ref())}</p>
        }
    });
    let length = report
        .length_only
        .as_ref()
        .map(|it| figure(text::LENGTH_ONLY, it));
    let none = (report.accuracy.is_none() && report.learned >= ENOUGH)
        .then(|| view! { <p>{text::NO_HELD_OUT}</p> });
    view! { <section class="card"><h2>{text::GOOD}</h2>{model}{length}{none}</section> }
}

fn helps(report: &Report) -> impl IntoView + use<> {
    let words = match (report.order, &report.compared) {
        (Order::Imported, _) => text::HELPS_IMPORTED.to_owned(),
        (Order::Random, _) => text::HELPS_RANDOM.to_owned(),
        (_, None) => text::HELPS_EARLY.to_owned(),
        (order, Some(compared)) => text::helps(order, compared),
    };
    let simulated = (!matches!(report.order, Order::Imported | Order::Random))
        .then(|| view! { <p class="muted">{text::SIMULATED}</p> });
    view! { <section class="card"><h2>{text::HELPS}</h2><p>{words}</p>{simulated}</section> }
}

fn curves(report: &Report) -> Chart {
    let series = report.curves.iter().map(|curve| {
        let points = curve.points.iter();
        Series {
            name: text::curve(curve.by).to_owned(),
            points: points
                .clone()
                .map(|point| (point.labels as f64, point.accuracy.share))
                .collect(),
            band: points
                .map(|point| {
                    let interval = point.accuracy.interval;
                    (point.labels as f64, interval.low, interval.high)
                })
                .collect(),
            // a policy keeps its colour whatever else is drawn
            tone: Order::ALL
                .iter()
                .position(|it| *it == curve.by)
                .unwrap_or(0),
        }
    });
    Chart {
        title: text::CURVES.to_owned(),
        x: text::CURVES_X.to_owned(),
        series: series.collect(),
        guides: vec![Guide::Level(0.5, text::CHANCE.to_owned())],
        range: Some((0.3, 1.0)),
        note: Some(text::CURVES_NOTE.to_owned()),
    }
}

fn calibration(it: &Calibration) -> Chart {
    let points = it.bins.iter();
    Chart {
        title: text::CALIBRATION.to_owned(),
        x: text::CALIBRATION_X.to_owned(),
        series: vec![Series {
            name: text::CAME.to_owned(),
            points: points
                .clone()
                .map(|bin| (bin.expected, bin.accuracy.share))
                .collect(),
            band: points
                .map(|bin| {
                    let interval = bin.accuracy.interval;
                    (bin.expected, interval.low, interval.high)
                })
                .collect(),
            tone: 0,
        }],
        guides: vec![Guide::Diagonal(text::PERFECT.to_owned())],
        range: Some((0.0, 1.0)),
        note: Some(text::CALIBRATION_NOTE.to_owned()),
    }
}

fn facts(stand: &Stand, encoder: &Encoder) -> impl IntoView + use<> {
    let report = &stand.report;
    let lag = stand
        .lag_ms
        .map_or_else(|| text::NOBODY_WAITED.to_owned(), text::milliseconds);
    let rows = [
        (text::ORDER, text::order(report.order).to_owned()),
        (text::LEARNED, report.learned.to_string()),
        (text::HELD_OUT, report.held_out.to_string()),
        (text::QUEUED, stand.queued.to_string()),
        (text::TRAINED, time::minute(stand.trained_at)),
        (text::TOOK, text::milliseconds(stand.took_ms)),
        (text::LAG, lag),
        (
            text::FEATURES,
            text::features(&report.features, encoder.name.as_deref(), report.dimensions),
        ),
    ];
    let of = report.learned + report.held_out;
    let read = report
        .encoded
        .as_ref()
        .map(|it| (text::READ, text::read(it.answers, of)));
    let rows = rows
        .into_iter()
        .chain(read)
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <section class="card"><h2>{text::NOW}</h2><dl class="facts">{rows.collect_view()}</dl></section> }
}

fn how() -> impl IntoView {
    let words = text::HOW_WORDS.map(|words| view! { <li>{words}</li> });
    view! { <details class="card live-how"><summary>{text::HOW}</summary><ul>{words.collect_view()}</ul></details> }
}
