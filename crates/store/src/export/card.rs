//! The data card: what a project's data is, counted, with its hash, in Markdown.

use super::{Sink, send};
use crate::{Result, Store};
use domain::export::Request;
use domain::ids::ProjectId;
use domain::time::day;
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::fmt::Write;
use tokio::sync::mpsc;

impl Store {
    pub(super) async fn export_card(
        &self,
        project: &ProjectId,
        request: &Request,
        sink: &Sink,
    ) -> Result<()> {
        let Some(found) = self.project(project).await? else {
            return Ok(());
        };
        let [prompts, responses, annotations] = self.data_counts(project).await?;
        let mut card = format!(
            "# {}\n\n- Licence: {}\n- Prompts: {prompts}\n- Responses: {responses}\n- Annotations that stand: {annotations}\n",
            one_line(&found.name),
            request
                .licence
                .as_deref()
                .map_or("not stated".into(), one_line)
        );
        let dates = sqlx::query(
            "SELECT MIN(created_at) AS first, MAX(created_at) AS last FROM annotation WHERE project = $1 AND current = 1",
        )
        .bind(project.as_str())
        .fetch_one(&self.read)
        .await?;
        if let (Some(first), Some(last)) = (
            dates.try_get::<Option<i64>, _>("first")?,
            dates.try_get::<Option<i64>, _>("last")?,
        ) {
            let _ = writeln!(
                card,
                "- Annotated from {} to {} (UTC)",
                day(first),
                day(last)
            );
        }
        let _ = writeln!(
            card,
            "- SHA-256 of the full record: `{}`",
            self.record_hash(project).await?
        );
        for (heading, column, text) in [
            (
                "Annotations by kind and provenance",
                "Kind, provenance",
                "SELECT kind || ', ' || provenance AS name, COUNT(*) AS n FROM annotation \
                 WHERE project = $1 AND current = 1 GROUP BY kind, provenance ORDER BY kind, provenance",
            ),
            (
                "Annotations by annotator",
                "Annotator, provenance",
                "SELECT annotator || ', ' || provenance AS name, COUNT(*) AS n FROM annotation \
                 WHERE project = $1 AND current = 1 GROUP BY annotator, provenance ORDER BY n DESC, name LIMIT 200",
            ),
            (
                "Responses by source",
                "Source",
                "SELECT s.name || ' (' || s.kind || ')' AS name, COUNT(*) AS n FROM response r JOIN source s ON s.id = r.source \
                 WHERE r.project = $1 GROUP BY s.name, s.kind ORDER BY n DESC, name LIMIT 200",
            ),
            (
                "Prompts by language",
                "Language",
                "SELECT COALESCE(language, 'not stated') AS name, COUNT(*) AS n FROM prompt \
                 WHERE project = $1 GROUP BY language ORDER BY n DESC, name LIMIT 200",
            ),
        ] {
            let _ = write!(card, "\n## {heading}\n\n| {column} | Count |\n|---|---:|\n");
            for row in sqlx::query(text)
                .bind(project.as_str())
                .fetch_all(&self.read)
                .await?
            {
                let name = one_line(row.try_get("name")?);
                let _ = writeln!(card, "| {name} | {} |", row.try_get::<i64, _>("n")?);
            }
        }
        card += &self.agreement_lines(project, request).await?;
        let guidelines = found.settings.guidelines.trim();
        if !guidelines.is_empty() {
            let _ = write!(card, "\n## Guidelines\n\n{guidelines}\n");
        }
        send(sink, card).await
    }

    /// Agreement of the provenances that were asked for.
    async fn agreement_lines(&self, project: &ProjectId, request: &Request) -> Result<String> {
        let Some(found) = self.project(project).await? else {
            return Ok(String::new());
        };
        let readings = self
            .readings(project, &found.settings, &request.provenances)
            .await?;
        // draws thousands of samples: not on a thread that others wait for
        let report = tokio::task::spawn_blocking(move || readings.agreement(None)).await;
        let names: Vec<_> = request.provenances.iter().map(|p| p.name()).collect();
        let mut lines = format!(
            "\n## Agreement ({})\n\n| Question | Items with two answers | People | Krippendorff’s α |\n|---|---:|---:|---:|\n",
            names.join(", ")
        );
        for question in report.map(|report| report.questions).unwrap_or_default() {
            let alpha = match (question.alpha, question.interval) {
                (Some(alpha), Some(interval)) => {
                    format!("{alpha:.3} ({:.3} to {:.3})", interval.low, interval.high)
                }
                (Some(alpha), None) => format!("{alpha:.3}"),
                (None, _) => "too few".to_owned(),
            };
            let _ = writeln!(
                lines,
                "| {}: {} | {} | {} | {alpha} |",
                question.kind.name(),
                one_line(&question.question),
                question.counts.items,
                question.counts.people
            );
        }
        Ok(lines)
    }

    /// The hash of what the full record's file holds.
    async fn record_hash(&self, project: &ProjectId) -> Result<String> {
        let (sink, mut lines) = mpsc::channel(4);
        let mut hash = Sha256::new();
        let (written, ()) = tokio::join!(
            async move {
                let outcome = self.export_record(project, &sink).await;
                drop(sink);
                outcome
            },
            async {
                while let Some(text) = lines.recv().await {
                    hash.update(text.as_bytes());
                }
            }
        );
        written?;
        Ok(hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }
}

/// A name in a table's cell or a list's item.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|")
}
