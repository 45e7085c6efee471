//! Data in and out: browsing, one prompt with everything about it, importing, exporting.
//!
//! **While a project is blind, names are for those who manage its data**: whoever also answers the queue
//! sees neither who wrote a response nor who said what about it.

mod browse;
mod export;
mod preview;
mod progress;
mod prompt;
mod said;
mod upload;

pub(crate) use browse::query;

use crate::access::Access;
use crate::routes::{Route, get, post};
use crate::{App, Cx};
use domain::Right;
use domain::ids::ImportId;
use std::path::PathBuf;

pub use progress::resume;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let read = Access::Project(Right::Read);
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/data", read, browse::show),
        get(
            "/projects/{project}/data/prompts/{prompt}",
            read,
            prompt::show,
        ),
        get("/projects/{project}/data/export", data, export::show),
        get(
            "/projects/{project}/data/export/file",
            data,
            export::download,
        ),
        get("/projects/{project}/data/import", data, upload::show),
        // streamed to disk under the server's own limit
        post("/projects/{project}/data/import", data, upload::receive).limit(usize::MAX),
        get(
            "/projects/{project}/data/imports/{import}",
            data,
            progress::show,
        ),
        post(
            "/projects/{project}/data/imports/{import}",
            data,
            preview::change,
        ),
        get(
            "/projects/{project}/data/imports/{import}/problems.csv",
            data,
            progress::problems,
        ),
    ]
}

/// Whether names are to be hidden from who asks.
pub(crate) fn hides_names(cx: &Cx) -> bool {
    cx.project().is_ok_and(|project| project.settings.blind) && !cx.may(Right::Data)
}

/// Where an import's file is kept.
fn file_of(app: &App, import: &ImportId) -> PathBuf {
    app.settings.data_dir.join("imports").join(import.as_str())
}
