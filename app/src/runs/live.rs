//! The parts of a run's page that change, as HTML by name; and the stream that sends those that changed.

use super::{curves, parts, run};
use crate::Cx;
use crate::error::Result;
use crate::ui::Chart;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::measure::CURVES;
use domain::run::{JobState, Status};
use http_body_util::{BodyExt, channel::Channel};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use store::runs::Run;
use store::waiting::Progress;
use store::{Store, now_ms};

/// How often a watched run is looked at.
const EVERY: Duration = Duration::from_millis(1500);
/// A connection is given up after so long, and the browser makes another: a server that stops does not
/// wait for those who watch.
const LONGEST: Duration = Duration::from_mins(5);
/// The part that holds curves of names that are in no chart of their own.
pub(super) const OTHER: &str = "curves-other";

/// The name of a curve's part.
pub(super) fn part_of(curve: usize) -> String {
    format!("curve-{curve}")
}

/// Every part by its name, as HTML. A curve that nothing was measured for is empty.
pub(super) async fn drawn(store: &Store, run: &Run) -> Result<BTreeMap<String, String>> {
    let metrics = store.metrics(&run.id, 0).await?;
    let samples = store.samples(&run.id).await?;
    let before = match run.status {
        Status::Queued => waiting_before(store, run).await?,
        _ => None,
    };
    let people = match parts::for_people(run) {
        true => Progress::of(&store.asked(run).await?),
        false => None,
    };
    let mut charts = curves::charts(&metrics);
    let own: Vec<Chart> = charts
        .split_off(CURVES.len())
        .into_iter()
        .flatten()
        .collect();
    let owner = Owner::new();
    let drawn = owner.with(|| {
        let mut drawn = BTreeMap::from([
            (
                "state".to_owned(),
                parts::state(run, &metrics, before, people).to_html(),
            ),
            ("outcome".to_owned(), parts::outcome(run).to_html()),
            (
                "samples".to_owned(),
                parts::samples(run, &samples).to_html(),
            ),
            (
                OTHER.to_owned(),
                own.iter().map(|chart| chart.view().to_html()).collect(),
            ),
        ]);
        for (n, chart) in charts.iter().enumerate() {
            let html = chart.as_ref().map(|chart| chart.view().to_html());
            drawn.insert(part_of(n), html.unwrap_or_default());
        }
        drawn
    });
    Ok(drawn)
}

/// How many of the project's runs wait before this one.
async fn waiting_before(store: &Store, run: &Run) -> Result<Option<usize>> {
    let runs = store.runs(&run.project).await?;
    let before = runs
        .iter()
        .filter(|it| it.status == Status::Queued || it.status == Status::Running)
        .filter(|it| it.created_at < run.created_at)
        .count();
    let jobs = store.jobs(&run.project).await?;
    let other = jobs
        .iter()
        .filter(|it| matches!(it.state, JobState::Queued | JobState::Leased))
        .filter(|it| it.created_at < run.created_at)
        .count();
    Ok(Some(before + other))
}

/// The parts that changed since the last event, as JSON by name, for as long as the run goes on.
pub(super) async fn events(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let run = run(&cx, &id).await?;
    let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(2);
    let store = cx.store().clone();
    tokio::spawn(async move {
        let until = tokio::time::Instant::now() + LONGEST;
        let mut known = BTreeMap::new();
        let (project, id) = (run.project.clone(), run.id.clone());
        let mut last = (String::new(), 0);
        let mut run = Some(run);
        while let Some(it) = run {
            // counting is cheaper than drawing
            let judged = match parts::for_people(&it) {
                true => store
                    .asked(&it)
                    .await
                    .ok()
                    .as_deref()
                    .and_then(Progress::of),
                false => None,
            };
            let now = (
                format!("{:?}{:?}{:?}{judged:?}", it.status, it.wish, it.problem),
                it.step,
            );
            if now != last {
                last = now;
                match drawn(&store, &it).await {
                    Ok(parts) => {
                        let event = event(&parts, &known, it.status);
                        known = parts;
                        if body.send_data(event.into()).await.is_err() {
                            return;
                        }
                    }
                    Err(_) => return,
                }
            } else if body
                .send_data(Bytes::from_static(b": here\n\n"))
                .await
                .is_err()
            {
                // a comment finds out whether somebody still listens
                return;
            }
            if it.status.is_over() || tokio::time::Instant::now() > until {
                return;
            }
            tokio::time::sleep(EVERY).await;
            run = store.run(&project, &id).await.ok().flatten();
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        // a proxy that gathers would hold events back
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::new(channel.fuse())).into_response())
}

/// One event: what changed, whether it is over, and the time.
fn event(
    parts: &BTreeMap<String, String>,
    known: &BTreeMap<String, String>,
    status: Status,
) -> String {
    let changed: BTreeMap<&String, &String> = parts
        .iter()
        .filter(|(name, html)| known.get(*name) != Some(html))
        .collect();
    let data = serde_json::json!({
        "parts": changed,
        "status": crate::text::runs::status(status),
        "over": status.is_over(),
        "at": now_ms(),
    });
    format!("event: run\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_holds_what_changed_in_one_line() {
        let of = |text: &str| {
            BTreeMap::from([
                ("a".to_owned(), text.to_owned()),
                ("b".into(), "same".into()),
            ])
        };
        let event = event(&of("new\nline"), &of("old"), Status::Running);
        let data: Vec<&str> = event.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(data.len(), 2, "{event}");
        assert!(
            event.contains("new\\nline") && !event.contains("same"),
            "{event}"
        );
        assert!(event.ends_with("\n\n"));
    }
}
