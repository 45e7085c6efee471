//! A page's table and picture as files.

use crate::Cx;
use crate::ui::chart;
use crate::ui::csv::{self, Cell};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Fields;
use serde_json::{Map, Value};

/// What a page can be saved as.
pub(super) struct Sheet {
    /// The file's name without its ending.
    pub(super) name: &'static str,
    /// The picture's title.
    pub(super) title: String,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// The picture, where the page has one.
    pub(super) picture: Option<String>,
}

fn file(kind: &'static str, name: String, body: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, body.into()).into_response()
}

impl Sheet {
    /// The file that the address asks for, if it asks for one.
    pub(super) async fn asked(&self, cx: &Cx, fields: &Fields) -> Option<Response> {
        match fields.get("as")? {
            "csv" => {
                let head: Vec<Cell> = self.columns.iter().map(|&name| name.into()).collect();
                let mut lines = vec![csv::line(&head)];
                lines.extend(self.rows.iter().map(|row| csv::line(row)));
                Some(csv::file(&format!("{}.csv", self.name), &lines))
            }
            "json" => Some(file(
                "application/json",
                format!("{}.json", self.name),
                self.json(cx).to_string(),
            )),
            "svg" => Some(file(
                "image/svg+xml",
                format!("{}.svg", self.name),
                chart::file(self.picture.as_deref()?, &self.title),
            )),
            "png" => {
                let svg = chart::file(self.picture.as_deref()?, &self.title);
                let dots = tokio::task::spawn_blocking(move || chart::png(&svg));
                let name = format!("{}.png", self.name);
                Some(file("image/png", name, dots.await.ok()??))
            }
            _ => None,
        }
    }

    fn json(&self, cx: &Cx) -> Value {
        let value = |cell: &Cell| match cell {
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Number(number) => Value::from(*number),
        };
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let names = self.columns.iter().map(|&name| name.to_owned());
                Value::Object(names.zip(row.iter().map(value)).collect::<Map<_, _>>())
            })
            .collect();
        let project = cx.project().map(|project| project.name.clone());
        serde_json::json!({
            "project": project.unwrap_or_default(),
            "title": self.title,
            "rows": rows,
        })
    }
}

/// A count as a cell.
pub(super) fn count(n: i64) -> Cell {
    Cell::Number(Some(n as f64))
}

/// Whether an address asks for the picture, which some pages do not show.
pub(super) fn wants_picture(fields: &Fields) -> bool {
    matches!(fields.get("as"), Some("svg" | "png"))
}
