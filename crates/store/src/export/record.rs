//! The full record: the project, its prompts each with its responses, then every annotation in the order
//! in which it was written. Importing it into an empty project gives the same project again.

use super::{PAGE, Sink, send};
use crate::annotations::{Filter, Record as Annotation};
use crate::error::{from_json, to_json};
use crate::{Result, Store};
use domain::ids::ProjectId;
use domain::import::{
    AnnotationRecord, CriterionPart, ProjectRecord, PromptRecord, Record, ResponseRecord, Source,
};
use domain::prompt::SourceKind;
use sqlx::Row;
use std::collections::{HashMap, HashSet};

impl Store {
    pub(super) async fn export_record(&self, project: &ProjectId, sink: &Sink) -> Result<()> {
        if let Some(found) = self.project(project).await? {
            let record = Record::Project(ProjectRecord {
                name: found.name,
                settings: found.settings,
            });
            send(sink, to_json(&record) + "\n").await?;
        }
        let mut after = (-1, String::new());
        loop {
            let rows = sqlx::query(
                "SELECT id, number, messages, reference, language, metadata FROM prompt \
                 WHERE project = $1 AND (number > $2 OR (number = $2 AND id > $3)) ORDER BY number, id LIMIT $4",
            )
            .bind(project.as_str())
            .bind(after.0)
            .bind(&after.1)
            .bind(PAGE)
            .fetch_all(&self.read)
            .await?;
            let Some(last) = rows.last() else { break };
            after = (last.try_get("number")?, last.try_get("id")?);
            let mut prompts = Vec::new();
            for row in &rows {
                let id: String = row.try_get("id")?;
                prompts.push(PromptRecord {
                    messages: from_json(row.try_get("messages")?, "prompt", "messages", &id)?,
                    reference: row.try_get("reference")?,
                    language: row.try_get("language")?,
                    metadata: from_json(row.try_get("metadata")?, "prompt", "metadata", &id)?,
                    nodes: Vec::new(),
                    criteria: Vec::new(),
                    id,
                });
            }
            send(sink, self.prompt_lines(project, prompts).await?).await?;
        }
        self.annotation_lines(project, sink).await
    }

    /// A page of prompts with their responses, as lines.
    async fn prompt_lines(
        &self,
        project: &ProjectId,
        mut prompts: Vec<PromptRecord>,
    ) -> Result<String> {
        let ids: Vec<String> = prompts.iter().map(|prompt| prompt.id.clone()).collect();
        let places: HashMap<String, usize> = ids.iter().cloned().zip(0..).collect();
        let at = |id: &str| places.get(id).copied().unwrap_or(0);
        let text = "SELECT x.prompt, n.path FROM prompt_node x JOIN node n ON n.id = x.node \
                    WHERE n.project || '' = $1 AND x.prompt IN ({}) ORDER BY n.path";
        for row in self.by_ids(project, text, ids.clone()).await? {
            prompts[at(row.try_get("prompt")?)]
                .nodes
                .push(row.try_get("path")?);
        }
        let text = "SELECT c.id, c.prompt, c.text, c.points FROM criterion c JOIN prompt p ON p.id = c.prompt \
                    WHERE p.project || '' = $1 AND c.prompt IN ({}) ORDER BY c.position, c.id";
        for row in self.by_ids(project, text, ids.clone()).await? {
            prompts[at(row.try_get("prompt")?)]
                .criteria
                .push(CriterionPart {
                    id: row.try_get("id")?,
                    text: row.try_get("text")?,
                    points: row.try_get("points")?,
                });
        }
        let mut responses: Vec<Vec<ResponseRecord>> = prompts.iter().map(|_| Vec::new()).collect();
        let text = "SELECT r.id, r.prompt, s.name, s.kind, r.text, r.metadata FROM response r JOIN source s ON s.id = r.source \
                    WHERE r.project || '' = $1 AND r.prompt IN ({}) ORDER BY r.id";
        for row in self.by_ids(project, text, ids).await? {
            let (id, prompt): (String, String) = (row.try_get("id")?, row.try_get("prompt")?);
            let kind: String = row.try_get("kind")?;
            responses[at(&prompt)].push(ResponseRecord {
                source: Source {
                    name: row.try_get("name")?,
                    kind: SourceKind::parse(&kind).unwrap_or(SourceKind::Api),
                },
                text: row.try_get("text")?,
                metadata: from_json(row.try_get("metadata")?, "response", "metadata", &id)?,
                id,
                prompt,
            });
        }
        let mut lines = String::new();
        for (prompt, responses) in prompts.into_iter().zip(responses) {
            lines += &(to_json(&Record::Prompt(prompt)) + "\n");
            for response in responses {
                lines += &(to_json(&Record::Response(response)) + "\n");
            }
        }
        Ok(lines)
    }

    async fn annotation_lines(&self, project: &ProjectId, sink: &Sink) -> Result<()> {
        let replaced: HashSet<String> = sqlx::query(
            "SELECT supersedes FROM annotation WHERE project = $1 AND supersedes IS NOT NULL",
        )
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<_>>()?;
        let mut filter = Filter {
            history: true,
            limit: PAGE,
            ..Filter::default()
        };
        loop {
            let page = self.annotations(project, &filter).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            filter.after = Some(last.id.clone());
            let mut lines = String::new();
            for one in page {
                let withdrawn = !one.current && !replaced.contains(one.id.as_str());
                lines += &(to_json(&Record::Annotation(annotation(one, withdrawn))) + "\n");
            }
            send(sink, lines).await?;
        }
    }
}

fn annotation(one: Annotation, withdrawn: bool) -> AnnotationRecord {
    AnnotationRecord {
        id: one.id.0,
        kind: one.annotation.kind(),
        prompt: one.prompt.0,
        responses: one.shown.into_iter().map(|id| id.0).collect(),
        annotator: Some(one.annotator),
        provenance: one.provenance,
        payload: one.annotation,
        at: Some(one.created_at),
        seconds: one.seconds,
        supersedes: one.supersedes.map(|id| id.0),
        withdrawn,
        subject: one.subject.map(|id| id.0),
        metadata: one.metadata,
    }
}
