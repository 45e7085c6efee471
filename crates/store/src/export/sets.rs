//! Training sets and tables from standing annotations of the provenances that were asked for.

use super::{PAGE, Sink, send};
use crate::annotations::{Filter, Record};
use crate::error::from_json;
use crate::{Result, Store};
use domain::csv::{self, Cell};
use domain::export::{Format, Request, completion, preference};
use domain::ids::{ProjectId, ResponseId};
use domain::prompt::{Message, plain_text};
use domain::{Annotation, Kind, annotation::Criterion};
use serde_json::json;
use sqlx::Row;
use std::collections::HashMap;

/// What a page of annotations speaks of.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) prompts: HashMap<String, Prompt>,
    /// Text and source.
    responses: HashMap<String, (String, String)>,
}

pub(crate) struct Prompt {
    pub(crate) messages: Vec<Message>,
    reference: Option<String>,
    language: Option<String>,
    pub(crate) criteria: Vec<Criterion>,
}

impl About {
    pub(crate) fn text(&self, id: &ResponseId) -> Option<&str> {
        self.responses
            .get(id.as_str())
            .map(|(text, _)| text.as_str())
    }
    fn source(&self, id: &ResponseId) -> &str {
        self.responses
            .get(id.as_str())
            .map_or("", |(_, source)| source)
    }
}

fn kind(format: Format) -> Option<Kind> {
    match format {
        Format::Preference | Format::PreferenceChat => Some(Kind::Preference),
        Format::Completion | Format::CompletionChat => Some(Kind::Refinement),
        Format::Critiques => Some(Kind::Critique),
        Format::Grades => Some(Kind::Grade),
        Format::Record | Format::Card => None,
    }
}

impl Store {
    pub(super) async fn export_set(
        &self,
        project: &ProjectId,
        request: &Request,
        sink: &Sink,
    ) -> Result<()> {
        if request.format == Format::Grades {
            let header = [
                "question",
                "reference",
                "language",
                "student",
                "answer",
                "label",
                "points",
                "criteria met",
                "feedback",
                "grader",
                "provenance",
                "at",
            ];
            // the mark tells spreadsheets that the file is UTF-8
            send(
                sink,
                format!("\u{feff}{}", csv::line(&header.map(Cell::from))),
            )
            .await?;
        }
        let mut filter = Filter {
            kind: kind(request.format),
            limit: PAGE,
            ..Filter::default()
        };
        loop {
            let mut page = self.annotations(project, &filter).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            filter.after = Some(last.id.clone());
            page.retain(|one| request.provenances.contains(&one.provenance));
            let about = self.about(project, &page).await?;
            let mut lines = String::new();
            for one in &page {
                let Some(prompt) = about.prompts.get(one.prompt.as_str()) else {
                    continue;
                };
                if request.language.is_none() || request.language == prompt.language {
                    write(request.format, one, prompt, &about, &mut lines);
                }
            }
            send(sink, lines).await?;
        }
    }

    pub(crate) async fn about(&self, project: &ProjectId, page: &[Record]) -> Result<About> {
        let mut about = About::default();
        let prompts: Vec<String> = page.iter().map(|one| one.prompt.0.clone()).collect();
        let text = "SELECT id, messages, reference, language FROM prompt WHERE project || '' = $1 AND id IN ({})";
        for row in self.by_ids(project, text, prompts.clone()).await? {
            let id: String = row.try_get("id")?;
            let prompt = Prompt {
                messages: from_json(row.try_get("messages")?, "prompt", "messages", &id)?,
                reference: row.try_get("reference")?,
                language: row.try_get("language")?,
                criteria: Vec::new(),
            };
            about.prompts.insert(id, prompt);
        }
        let text = "SELECT c.id, c.prompt, c.text, c.points FROM criterion c JOIN prompt p ON p.id = c.prompt \
                    WHERE p.project || '' = $1 AND c.removed_at IS NULL AND c.prompt IN ({}) ORDER BY c.position, c.id";
        for row in self.by_ids(project, text, prompts).await? {
            if let Some(prompt) = about.prompts.get_mut(row.try_get::<&str, _>("prompt")?) {
                prompt.criteria.push(Criterion {
                    id: row.try_get::<String, _>("id")?.into(),
                    text: row.try_get("text")?,
                    points: row.try_get("points")?,
                });
            }
        }
        let mut responses = Vec::new();
        for one in page {
            one.annotation
                .clone()
                .visit_ids(&mut |id| responses.push(id.0.clone()), &mut |_| {});
        }
        let text = "SELECT r.id, r.text, s.name FROM response r JOIN source s ON s.id = r.source \
                    WHERE r.project || '' = $1 AND r.id IN ({})";
        for row in self.by_ids(project, text, responses).await? {
            let said = (row.try_get("text")?, row.try_get("name")?);
            about.responses.insert(row.try_get("id")?, said);
        }
        Ok(about)
    }
}

/// The lines that one annotation gives: none for a tie, one for each edit or remark.
fn write(format: Format, one: &Record, prompt: &Prompt, about: &About, lines: &mut String) {
    match &one.annotation {
        Annotation::Preference(it) => {
            let pair = it
                .decided()
                .and_then(|(better, worse, _)| Some((about.text(better)?, about.text(worse)?)));
            if let Some((chosen, rejected)) = pair {
                let chat = format == Format::PreferenceChat;
                lines.push_str(&preference(&prompt.messages, chosen, rejected, chat));
            }
        }
        Annotation::Refinement(it) => {
            for edit in &it.edits {
                let chat = format == Format::CompletionChat;
                lines.push_str(&completion(&prompt.messages, &edit.text, chat));
            }
        }
        Annotation::Critique(it) => {
            for remark in &it.remarks {
                let row = json!({
                    "prompt": prompt.messages,
                    "response": about.text(&remark.response),
                    "source": about.source(&remark.response),
                    "critique": remark.text,
                    "polarity": remark.polarity,
                    "aspect": remark.aspect,
                    "error": remark.error,
                    "quote": remark.quote,
                    "annotator": one.annotator,
                    "provenance": one.provenance,
                    "at": one.created_at,
                });
                lines.push_str(&format!("{row}\n"));
            }
        }
        Annotation::Grade(it) => {
            let met: Vec<&str> = prompt
                .criteria
                .iter()
                .filter(|criterion| it.criteria.contains(&criterion.id))
                .map(|criterion| criterion.text.as_str())
                .collect();
            lines.push_str(&csv::line(&[
                plain_text(&prompt.messages).into(),
                prompt.reference.clone().unwrap_or_default().into(),
                prompt.language.clone().unwrap_or_default().into(),
                about.source(&it.response).into(),
                about.text(&it.response).unwrap_or_default().into(),
                it.label.clone().unwrap_or_default().into(),
                it.points(&prompt.criteria).into(),
                met.join("; ").into(),
                it.feedback.as_str().into(),
                one.name.as_str().into(),
                one.provenance.name().into(),
                Cell::Number(Some(one.created_at as f64)),
            ]));
        }
        Annotation::Incorporation(_) => {}
    }
}
