//! Exports, streamed: rows are read page by page and handed on as they come, so that a project of any size
//! goes out in bounded memory.

mod card;
mod record;
mod sets;

pub(crate) use sets::About;

use crate::imports::sql::select_in;
use crate::{Error, Result, Store};
use domain::export::{Format, Request};
use domain::ids::ProjectId;
use sqlx::any::AnyRow;
use tokio::sync::mpsc;

/// Annotations, and prompts, read at a time.
const PAGE: i64 = 200;

/// Where the lines go; one text holds any number of lines.
pub type Sink = mpsc::Sender<String>;

/// Hands a text on; an error when nobody listens any more, which ends the export.
async fn send(sink: &Sink, text: String) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    sink.send(text)
        .await
        .map_err(|_| Error::Conflict("the download was broken off"))
}

impl Store {
    /// Writes an export into the sink.
    pub async fn export(&self, project: &ProjectId, request: &Request, sink: Sink) -> Result<()> {
        match request.format {
            Format::Record => self.export_record(project, &sink).await,
            Format::Card => self.export_card(project, request, &sink).await,
            Format::Preference
            | Format::PreferenceChat
            | Format::Completion
            | Format::CompletionChat
            | Format::Critiques
            | Format::Grades => self.export_set(project, request, &sink).await,
        }
    }

    /// Rows of this project by identifiers; see [`select_in`].
    pub(crate) async fn by_ids(
        &self,
        project: &ProjectId,
        text: &str,
        mut ids: Vec<String>,
    ) -> Result<Vec<AnyRow>> {
        ids.sort();
        ids.dedup();
        let mut connection = self.read.acquire().await?;
        select_in(&mut connection, text, project.as_str(), &ids).await
    }
}
