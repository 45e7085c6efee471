//! The numbers as files.

use super::{Asked, Pairs, report};
use crate::Cx;
use crate::error::{Error, Result};
use crate::ui::csv::{self, Cell};
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Fields;
use domain::stats::Interval;
use store::reports::agreement::SEED;

/// One line a number: what it measures, of whom, its value, its interval, what it stands on.
pub(super) async fn csv(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::from(&Fields(pairs));
    let (report, gold) = report(&cx, &asked).await?;
    let header = [
        "provenance",
        "kind",
        "question",
        "measure",
        "of",
        "value",
        "low",
        "high",
        "items",
    ];
    let mut lines = vec![csv::line(&header.map(Cell::from))];
    let mut line = |question: (&str, &str),
                    measure: &str,
                    of: String,
                    value,
                    i: Option<Interval>,
                    items: usize| {
        lines.push(csv::line(&[
            asked.provenance_name().into(),
            question.0.into(),
            question.1.into(),
            measure.into(),
            of.into(),
            Cell::Number(value),
            i.map(|i| i.low).into(),
            i.map(|i| i.high).into(),
            items.into(),
        ]));
    };
    for q in report.questions.iter().filter(|q| q.counts.items > 0) {
        let (name, items) = ((q.kind.name(), q.question.as_str()), q.counts.items);
        line(
            name,
            "krippendorff_alpha",
            String::new(),
            q.alpha,
            q.interval,
            items,
        );
        line(name, "fleiss_kappa", String::new(), q.fleiss, None, items);
        line(name, "same_answer", String::new(), q.same, None, items);
        for p in &q.pairs {
            let of = format!("{} / {}", p.one.name, p.other.name);
            line(name, "cohen_kappa", of, p.kappa, p.interval, p.items);
        }
        for w in &q.weeks {
            line(
                name,
                "alpha_of_week",
                crate::ui::time::day(w.start),
                w.alpha,
                w.interval,
                w.items,
            );
        }
        for w in &q.without {
            line(
                name,
                "alpha_without",
                w.person.name.clone(),
                w.alpha,
                None,
                items,
            );
        }
    }
    for g in &gold.people {
        let share = g.right as f64 / g.of as f64;
        line(
            ("", ""),
            "gold_share",
            g.person.name.clone(),
            Some(share),
            g.interval,
            g.of,
        );
    }
    Ok(csv::file("agreement.csv", &lines))
}

pub(super) async fn json(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::from(&Fields(pairs));
    let (report, gold) = report(&cx, &asked).await?;
    let whole = serde_json::json!({
        "project": cx.project()?.name,
        "provenance": asked.provenance_name(),
        "interval": "95 %, items drawn again (bootstrap, percentiles); Wilson for shares",
        "seed": SEED,
        "agreement": report,
        "gold": gold,
    });
    let text = serde_json::to_string_pretty(&whole).map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"agreement.json\"",
        ),
    ];
    Ok((headers, text).into_response())
}
