//! Looking through a project's data: lists of prompts, found and filtered, and one prompt with everything
//! about it. Pages go by prompt number, so that the last page costs no more than the first.

use crate::annotations::Record;
use crate::error::from_json;
use crate::{Result, Store};
use domain::annotation::Criterion;
use domain::ids::{CriterionId, ProjectId, PromptId, ResponseId, SourceId};
use domain::prompt::{Message, SourceKind};
use domain::{Kind, Provenance};
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// Prompts on one page.
pub const PAGE: usize = 50;
/// Candidates of a search that one query looks at.
const CHUNK: usize = 500;

/// Which prompts to list; empty texts ask nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words that the prompt, its responses or its feedback hold.
    pub words: String,
    /// It has a response of this source.
    pub source: String,
    /// Its language.
    pub language: String,
    /// It stands at or below this taxonomy path.
    pub path: String,
    /// It has feedback of this kind.
    pub kind: Option<Kind>,
    /// It has feedback of this provenance (and of that kind, if both are asked).
    pub provenance: Option<Provenance>,
    /// It has feedback, or has none.
    pub feedback: Option<bool>,
    /// It stands on no node of the taxonomy.
    pub unplaced: bool,
}

/// A prompt in a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which.
    pub id: PromptId,
    /// Its number in the project: the key of pages.
    pub number: i64,
    /// The beginning of the last thing the user said.
    pub preview: String,
    /// The language.
    pub language: Option<String>,
    /// How many responses it has.
    pub responses: i64,
    /// How many annotations stand.
    pub annotations: i64,
    /// The model that wrote it, if one did.
    pub written_by: Option<String>,
}

/// A page of prompts.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// In the order in which they came.
    pub lines: Vec<Line>,
    /// Where the next page starts, if there is one.
    pub next: Option<i64>,
    /// How many prompts a search found (before other filters), if words were asked.
    pub found: Option<usize>,
}

/// What a project's filters can name.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Sources by name.
    pub sources: Vec<(SourceId, String)>,
    /// Languages.
    pub languages: Vec<String>,
    /// Taxonomy paths.
    pub paths: Vec<String>,
}

/// A response on a prompt's page.
#[derive(Clone, Debug)]
pub struct Response {
    /// Which.
    pub id: ResponseId,
    /// The name of the model, person or student.
    pub source: String,
    /// What that is.
    pub kind: SourceKind,
    /// The text.
    pub text: String,
    /// What the file said besides.
    pub metadata: Value,
}

/// A prompt with everything about it.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// Which.
    pub id: PromptId,
    /// Its number in the project.
    pub number: i64,
    /// The conversation.
    pub messages: Vec<Message>,
    /// The reference answer.
    pub reference: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// What the file said besides.
    pub metadata: Value,
    /// Taxonomy paths.
    pub paths: Vec<String>,
    /// The rubric.
    pub criteria: Vec<Criterion>,
    /// Its responses.
    pub responses: Vec<Response>,
    /// Everything said, the oldest first, history included.
    pub said: Vec<Record>,
}

impl Store {
    /// A page of the prompts that the filter lets through, after this number.
    pub async fn browse(&self, project: &ProjectId, filter: &Filter, after: i64) -> Result<Page> {
        let Some(found) = self.search(project, &filter.words).await? else {
            let (lines, next) = paged(self.lines(project, filter, after, None).await?);
            return Ok(Page {
                lines,
                next,
                found: None,
            });
        };
        let total = found.len();
        let from = found.partition_point(|&number| number <= after);
        let mut lines = Vec::new();
        for chunk in found[from..].chunks(CHUNK) {
            lines.extend(self.lines(project, filter, after, Some(chunk)).await?);
            if lines.len() > PAGE {
                break;
            }
        }
        let (lines, next) = paged(lines);
        Ok(Page {
            lines,
            next,
            found: Some(total),
        })
    }

    async fn lines(
        &self,
        project: &ProjectId,
        filter: &Filter,
        after: i64,
        among: Option<&[i64]>,
    ) -> Result<Vec<Line>> {
        let mut text = String::from(
            "SELECT p.id, p.number, p.preview, p.language, p.metadata, \
                (SELECT COUNT(*) FROM response r WHERE r.prompt = p.id) AS responses, \
                (SELECT COUNT(*) FROM annotation a WHERE a.prompt = p.id AND a.current = 1) AS annotations \
             FROM prompt p WHERE p.project = $1 AND p.number > $2",
        );
        let mut bound: Vec<&str> = Vec::new();
        let mut place = |value| {
            bound.push(value);
            format!("${}", bound.len() + 2)
        };
        if !filter.language.is_empty() {
            text += &format!(" AND p.language = {}", place(&filter.language));
        }
        if !filter.source.is_empty() {
            let source = place(&filter.source);
            text += &format!(
                " AND EXISTS (SELECT 1 FROM response r WHERE r.prompt = p.id AND r.source = {source})"
            );
        }
        if !filter.path.is_empty() {
            let path = place(&filter.path);
            text += &format!(
                " AND EXISTS (SELECT 1 FROM prompt_node x JOIN node n ON n.id = x.node WHERE x.prompt = p.id \
                 AND (n.path = {path} OR substr(n.path, 1, length({path}) + 1) = {path} || '/'))"
            );
        }
        if filter.unplaced {
            text += " AND NOT EXISTS (SELECT 1 FROM prompt_node x WHERE x.prompt = p.id)";
        }
        let mut said = String::new();
        if let Some(kind) = filter.kind {
            said += &format!(" AND a.kind = {}", place(kind.name()));
        }
        if let Some(provenance) = filter.provenance {
            said += &format!(" AND a.provenance = {}", place(provenance.name()));
        }
        let exists = format!(
            "EXISTS (SELECT 1 FROM annotation a WHERE a.prompt = p.id AND a.current = 1{said})"
        );
        match filter.feedback {
            Some(false) => text += &format!(" AND NOT {exists}"),
            None if said.is_empty() => {}
            Some(true) | None => text += &format!(" AND {exists}"),
        }
        if let Some(numbers) = among {
            let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            text += &format!(" AND p.number IN ({})", list.join(", "));
        }
        text += &format!(" ORDER BY p.number LIMIT {}", PAGE + 1);
        let mut query = sqlx::query(AssertSqlSafe(text))
            .bind(project.as_str())
            .bind(after);
        for value in bound {
            query = query.bind(value);
        }
        query
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| {
                Ok(Line {
                    id: PromptId(row.try_get("id")?),
                    number: row.try_get("number")?,
                    preview: row.try_get("preview")?,
                    language: row.try_get("language")?,
                    responses: row.try_get("responses")?,
                    annotations: row.try_get("annotations")?,
                    written_by: written_by(row)?,
                })
            })
            .collect()
    }

    /// How many prompts, responses and standing annotations a project holds.
    pub async fn data_counts(&self, project: &ProjectId) -> Result<[i64; 3]> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM prompt WHERE project = $1) AS prompts, \
                (SELECT COUNT(*) FROM response WHERE project = $1) AS responses, \
                (SELECT COUNT(*) FROM annotation WHERE project = $1 AND current = 1) AS annotations",
        )
        .bind(project.as_str())
        .fetch_one(&self.read)
        .await?;
        Ok([
            row.try_get("prompts")?,
            row.try_get("responses")?,
            row.try_get("annotations")?,
        ])
    }

    /// What a project's filters can name.
    pub async fn choices(&self, project: &ProjectId) -> Result<Choices> {
        let texts = async |text: &'static str| -> Result<Vec<String>> {
            sqlx::query(text)
                .bind(project.as_str())
                .fetch_all(&self.read)
                .await?
                .iter()
                .map(|row| Ok(row.try_get(0)?))
                .collect()
        };
        let sources = sqlx::query("SELECT id, name FROM source WHERE project = $1 ORDER BY name")
            .bind(project.as_str())
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| Ok((SourceId(row.try_get("id")?), row.try_get("name")?)))
            .collect::<Result<_>>()?;
        Ok(Choices {
            sources,
            languages: texts(
                "SELECT DISTINCT language FROM prompt WHERE project = $1 AND language IS NOT NULL ORDER BY language",
            )
            .await?,
            paths: texts("SELECT path FROM node WHERE project = $1 ORDER BY path").await?,
        })
    }

    /// A prompt of this project with everything about it.
    pub async fn prompt(&self, project: &ProjectId, id: &PromptId) -> Result<Option<Prompt>> {
        let row = sqlx::query(
            "SELECT number, messages, reference, language, metadata FROM prompt WHERE id = $1 AND project = $2",
        )
        .bind(id.as_str())
        .bind(project.as_str())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let paths = sqlx::query(
            "SELECT n.path FROM prompt_node x JOIN node n ON n.id = x.node WHERE x.prompt = $1 ORDER BY n.path",
        )
        .bind(id.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<_>>()?;
        let criteria = sqlx::query(
            "SELECT id, text, points FROM criterion WHERE prompt = $1 AND removed_at IS NULL ORDER BY position, id",
        )
        .bind(id.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(Criterion {
                id: CriterionId(row.try_get("id")?),
                text: row.try_get("text")?,
                points: row.try_get("points")?,
            })
        })
        .collect::<Result<_>>()?;
        let responses = sqlx::query(
            "SELECT r.id, s.name, s.kind, r.text, r.metadata FROM response r JOIN source s ON s.id = r.source \
             WHERE r.prompt = $1 ORDER BY r.id",
        )
        .bind(id.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(response)
        .collect::<Result<_>>()?;
        let everything = crate::annotations::Filter {
            prompt: Some(id.clone()),
            history: true,
            ..Default::default()
        };
        let mut said = self.annotations(project, &everything).await?;
        said.sort_by_key(|one| one.created_at);
        Ok(Some(Prompt {
            number: row.try_get("number")?,
            messages: from_json(row.try_get("messages")?, "prompt", "messages", id.as_str())?,
            reference: row.try_get("reference")?,
            language: row.try_get("language")?,
            metadata: from_json(row.try_get("metadata")?, "prompt", "metadata", id.as_str())?,
            paths,
            criteria,
            responses,
            said,
            id: id.clone(),
        }))
    }
}

/// The model that wrote a prompt, from its row's `id` and `metadata`.
pub(crate) fn written_by(row: &AnyRow) -> Result<Option<String>> {
    let (id, metadata): (String, String) = (row.try_get("id")?, row.try_get("metadata")?);
    let metadata: Value = from_json(&metadata, "prompt", "metadata", &id)?;
    Ok(domain::prompt::written_by(&metadata).map(str::to_owned))
}

fn paged(mut lines: Vec<Line>) -> (Vec<Line>, Option<i64>) {
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines.last().filter(|_| more).map(|line| line.number);
    (lines, next)
}

fn response(row: &AnyRow) -> Result<Response> {
    let id: String = row.try_get("id")?;
    let kind: String = row.try_get("kind")?;
    Ok(Response {
        source: row.try_get("name")?,
        kind: SourceKind::parse(&kind).unwrap_or(SourceKind::Api),
        text: row.try_get("text")?,
        metadata: from_json(row.try_get("metadata")?, "response", "metadata", &id)?,
        id: ResponseId(id),
    })
}
