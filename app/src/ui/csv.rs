//! Tables as CSV files.

pub use domain::csv::{Cell, line};

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A CSV file to be saved. The mark at its beginning tells spreadsheets that it is UTF-8.
pub fn file(name: &str, lines: &[String]) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, format!("\u{feff}{}", lines.concat())).into_response()
}
