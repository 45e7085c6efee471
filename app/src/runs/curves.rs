//! What a run measured, as charts and as a file.

use super::run;
use crate::Cx;
use crate::error::Result;
use crate::text::runs as text;
use crate::ui::chart::TONES;
use crate::ui::csv::{self, Cell};
use crate::ui::{Chart, Guide, Series};
use axum::extract::Path;
use axum::response::Response;
use domain::measure::{self, CURVES, Curve, HELD_OUT};
use std::collections::{BTreeMap, BTreeSet};
use store::metrics::Metric;

/// Measured, but said in words rather than drawn.
const NOT_DRAWN: [&str; 2] = [measure::SECONDS_LEFT, measure::MEMORY];

/// The values of each name, by step.
pub(super) fn by_name(metrics: &[Metric]) -> BTreeMap<&str, Vec<(f64, f64)>> {
    let mut names: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for metric in metrics {
        let points = names.entry(metric.name.as_str()).or_default();
        points.push((metric.step as f64, metric.value));
    }
    names
}

/// The charts of one run: those that every run may have, each `None` until something was measured, then
/// one of its own for any other name.
pub(super) fn charts(metrics: &[Metric]) -> Vec<Option<Chart>> {
    let mut values = by_name(metrics);
    let mut charts: Vec<Option<Chart>> = CURVES
        .iter()
        .map(|curve| chart(curve, &mut values))
        .collect();
    for (name, points) in values {
        if !NOT_DRAWN.contains(&name) {
            charts.push(Some(own(name, points)));
        }
    }
    charts
}

fn chart(curve: &Curve, values: &mut BTreeMap<&str, Vec<(f64, f64)>>) -> Option<Chart> {
    let mut series = Vec::new();
    for (tone, (name, label)) in curve.names.iter().enumerate() {
        if let Some(points) = values.remove(*name) {
            series.push(Series::new(*label, tone, points));
        }
        let held_out = format!("{HELD_OUT}{name}");
        if let Some(points) = values.remove(held_out.as_str()) {
            let tone = curve.names.len() + tone;
            series.push(Series::new(text::held_out_of(label), tone, points));
        }
    }
    let guides = if curve.names[0].0 == measure::ACCURACY {
        vec![Guide::Level(0.5, text::CHANCE.into())]
    } else {
        Vec::new()
    };
    (!series.is_empty()).then(|| Chart {
        title: curve.title.into(),
        note: (!curve.unit.is_empty()).then(|| curve.unit.to_owned()),
        x: text::STEP.into(),
        series,
        guides,
        range: curve.share.then_some((0.0, 1.0)),
    })
}

fn own(name: &str, points: Vec<(f64, f64)>) -> Chart {
    let (label, title) = match name.strip_prefix(HELD_OUT) {
        Some(rest) => (text::HELD_OUT, text::held_out_of(&text::figure(rest))),
        None => (text::TRAINING, text::figure(name)),
    };
    Chart {
        title,
        x: text::STEP.into(),
        series: vec![Series::new(label, 0, points)],
        ..Chart::default()
    }
}

/// The curves of several runs over each other: a chart for each name that two of them measured, or one.
/// Runs have their colour by their place.
pub(super) fn over_each_other(runs: &[(String, Vec<Metric>)]) -> Vec<Chart> {
    let values: Vec<_> = runs.iter().map(|(_, metrics)| by_name(metrics)).collect();
    let names: BTreeSet<&str> = values.iter().flat_map(|it| it.keys().copied()).collect();
    let place = |name: &&str| {
        let bare = name.strip_prefix(HELD_OUT).unwrap_or(name);
        let curve = CURVES
            .iter()
            .position(|curve| curve.names.iter().any(|(it, _)| *it == bare));
        // what was held out tells more, so it stands first
        (
            curve.unwrap_or(usize::MAX),
            !name.starts_with(HELD_OUT),
            (*name).to_owned(),
        )
    };
    let mut names: Vec<&str> = names
        .into_iter()
        .filter(|name| !NOT_DRAWN.contains(name))
        .collect();
    names.sort_by_key(place);
    names
        .into_iter()
        .map(|name| {
            let series = values.iter().zip(runs).enumerate();
            let series = series.filter_map(|(n, (values, (run, _)))| {
                let points = values.get(name)?.clone();
                Some(Series::new(run.clone(), n % TONES, points))
            });
            let (title, unit, share) = titled(name);
            Chart {
                title,
                note: (!unit.is_empty()).then(|| unit.to_owned()),
                x: text::STEP.into(),
                series: series.collect(),
                range: share.then_some((0.0, 1.0)),
                ..Chart::default()
            }
        })
        .collect()
}

fn titled(name: &str) -> (String, &'static str, bool) {
    let bare = name.strip_prefix(HELD_OUT).unwrap_or(name);
    let curve = CURVES.iter().find_map(|curve| {
        let found = curve.names.iter().find(|(it, _)| *it == bare)?;
        Some((curve, found.1))
    });
    let (title, unit, share) = match curve {
        Some((curve, label)) if curve.names.len() > 1 => {
            (format!("{}: {label}", curve.title), curve.unit, curve.share)
        }
        Some((curve, _)) => (curve.title.to_owned(), curve.unit, curve.share),
        None => (text::figure(bare), "", false),
    };
    if name.starts_with(HELD_OUT) {
        (text::held_out_of(&title), unit, share)
    } else {
        (title, unit, share)
    }
}

/// Every number that a run measured.
pub(super) async fn file(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let run = run(&cx, &id).await?;
    let metrics = cx.store().metrics(&run.id, 0).await?;
    let mut lines = vec![csv::line(&["step", "name", "value"].map(Cell::from))];
    for metric in metrics {
        let step = usize::try_from(metric.step).unwrap_or(0);
        lines.push(csv::line(&[
            step.into(),
            metric.name.into(),
            Cell::Number(Some(metric.value)),
        ]));
    }
    Ok(csv::file("metrics.csv", &lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(step: i64, name: &str, value: f64) -> Metric {
        Metric {
            step,
            name: name.into(),
            value,
        }
    }

    #[test]
    fn chosen_and_rejected_stand_apart_in_one_chart_and_unknown_names_get_their_own() {
        let metrics = [
            metric(1, "chosen", 0.1),
            metric(1, "rejected", -0.2),
            metric(1, "held_out.chosen", 0.05),
            metric(1, "wobble_of_things", 3.0),
            metric(1, "memory", 1e9),
        ];
        let charts: Vec<Chart> = charts(&metrics).into_iter().flatten().collect();
        let names = |n: usize| -> Vec<String> {
            charts[n].series.iter().map(|it| it.name.clone()).collect()
        };
        assert_eq!(charts.len(), 2);
        assert_eq!(names(0), ["chosen", "chosen, held out", "rejected"]);
        assert_eq!(charts[1].title, "Wobble of things");
    }

    #[test]
    fn runs_keep_their_colour_on_every_chart() {
        let runs = [
            ("one".to_owned(), vec![metric(1, "loss", 0.7)]),
            (
                "two".to_owned(),
                vec![metric(1, "loss", 0.6), metric(1, "kl", 0.1)],
            ),
        ];
        let charts = over_each_other(&runs);
        let tones: Vec<Vec<usize>> = charts
            .iter()
            .map(|chart| chart.series.iter().map(|it| it.tone).collect())
            .collect();
        assert_eq!(tones, [vec![0, 1], vec![1]]);
    }
}
