//! The gradebook: students' short answers by question, with every grade and the one that counts.
//!
//! **Only grades of the provenances that the caller names count** (pages: people, unless somebody asks otherwise); the
//! others are shown as what they are. Of several, a reviewer's own counts before an accepted one, and that before the
//! latest.

use super::readings::provenance;
use crate::error::from_json;
use crate::{Result, Store};
use domain::Provenance;
use domain::annotation::{Annotation, Context, Criterion, Grade};
use domain::ids::{AnnotationId, ProjectId, PromptId, ResponseId, SourceId, TaskId, UserId};
use domain::project::Settings;
use domain::short_answer::normalised;
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};

/// One grade that somebody gave.
#[derive(Clone, Debug)]
pub struct GivenGrade {
    /// Which.
    pub annotation: AnnotationId,
    /// Whose; none when it came from a file.
    pub account: Option<UserId>,
    /// The name.
    pub grader: String,
    /// Person, machine or simulated.
    pub provenance: Provenance,
    /// What was given.
    pub grade: Grade,
    /// When.
    pub created_at: i64,
    /// Whether its provenance is one of those asked for.
    pub counts: bool,
    /// 2 a reviewer's own, 1 accepted by a reviewer, 0 neither.
    standing: i64,
}

/// One student's answer to one question.
#[derive(Clone, Debug)]
pub struct StudentAnswer {
    /// Which.
    pub response: ResponseId,
    /// The question.
    pub prompt: PromptId,
    /// The task that asks for its grade.
    pub task: Option<TaskId>,
    /// The student.
    pub student: SourceId,
    /// The student's name: only for pages that may show it.
    pub name: String,
    /// The answer.
    pub text: String,
    /// Every grade that stands, the oldest first.
    pub grades: Vec<GivenGrade>,
}

impl StudentAnswer {
    /// The grade that counts.
    pub fn counting(&self) -> Option<&GivenGrade> {
        self.grades
            .iter()
            .filter(|g| g.counts)
            .max_by_key(|g| (g.standing, g.created_at))
    }
    /// Points by the rubric as it stands.
    pub fn points(&self, rubric: &[Criterion]) -> Option<f64> {
        self.counting()?.grade.points(rubric)
    }
    /// Worth from 0 to 1.
    pub fn worth(&self, settings: &Settings, rubric: &[Criterion]) -> Option<f64> {
        let context = Context {
            responses: &[],
            settings,
            criteria: rubric,
        };
        self.counting()?.grade.worth(context)
    }
}

/// One question with its answers.
#[derive(Clone, Debug)]
pub struct GradedQuestion {
    /// The question.
    pub prompt: PromptId,
    /// Its beginning.
    pub preview: String,
    /// The reference answer.
    pub reference: Option<String>,
    /// The rubric as it stands.
    pub rubric: Vec<Criterion>,
    /// The answers, in the order in which they came.
    pub answers: Vec<StudentAnswer>,
}

impl GradedQuestion {
    /// How many answers have a grade that counts.
    pub fn graded(&self) -> usize {
        self.answers
            .iter()
            .filter(|a| a.counting().is_some())
            .count()
    }
    /// How many standing grades tick this rubric item.
    pub fn ticks(&self, criterion: &str) -> usize {
        let counting = self.answers.iter().filter_map(StudentAnswer::counting);
        counting
            .filter(|g| g.grade.criteria.iter().any(|c| c.as_str() == criterion))
            .count()
    }
    /// Labels (or points) of the counting grades, with how many answers have each.
    pub fn distribution(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for answer in &self.answers {
            let Some(given) = answer.counting() else {
                continue;
            };
            let name = given.grade.label.clone().or_else(|| {
                let points = given.grade.points(&self.rubric)?;
                Some(format!("{points}"))
            });
            *counts.entry(name.unwrap_or_default()).or_default() += 1;
        }
        counts.into_iter().collect()
    }
    /// Answers that say the same, by what they say: groups of two and more, the largest first.
    pub fn groups(&self) -> Vec<Vec<&StudentAnswer>> {
        let mut groups: BTreeMap<String, Vec<&StudentAnswer>> = BTreeMap::new();
        for answer in &self.answers {
            groups
                .entry(normalised(&answer.text))
                .or_default()
                .push(answer);
        }
        let mut groups: Vec<_> = groups.into_values().filter(|g| g.len() > 1).collect();
        groups.sort_by_key(|g| std::cmp::Reverse(g.len()));
        groups
    }
}

impl Store {
    /// The questions of a project that are graded, each with its answers; or only one of them. Grades count if they
    /// are of a provenance in `counted`.
    pub async fn gradebook(
        &self,
        project: &ProjectId,
        prompt: Option<&PromptId>,
        counted: &[Provenance],
    ) -> Result<Vec<GradedQuestion>> {
        let prompt = prompt.map(PromptId::as_str);
        let (tasks, grades) = (
            self.grade_tasks(project, prompt).await?,
            self.grades(project, prompt, counted).await?,
        );
        let rows = sqlx::query(
            "SELECT p.id AS prompt, p.preview, p.reference, r.id, r.text, s.id AS source, s.name \
             FROM prompt p JOIN response r ON r.prompt = p.id JOIN source s ON s.id = r.source \
             WHERE p.project = $1 AND (CAST($2 AS TEXT) IS NULL OR p.id = $2) \
               AND (EXISTS (SELECT 1 FROM task t WHERE t.prompt = p.id AND t.kinds LIKE '%\"grade\"%') \
                 OR EXISTS (SELECT 1 FROM annotation a WHERE a.prompt = p.id AND a.kind = 'grade')) \
             ORDER BY p.created_at, p.id, r.created_at, r.id",
        )
        .bind(project.as_str())
        .bind(prompt)
        .fetch_all(&self.read)
        .await?;
        let mut rubrics = self.rubrics(project).await?;
        let mut grades = grades;
        let mut questions: Vec<GradedQuestion> = Vec::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            let (task, given) = (tasks.get(&id), grades.remove(&id).unwrap_or_default());
            if task.is_none() && given.is_empty() {
                continue;
            }
            let prompt: String = row.try_get("prompt")?;
            if questions.last().is_none_or(|q| q.prompt.as_str() != prompt) {
                questions.push(GradedQuestion {
                    preview: row.try_get("preview")?,
                    reference: row.try_get("reference")?,
                    rubric: rubrics.remove(&prompt).unwrap_or_default(),
                    prompt: PromptId(prompt.clone()),
                    answers: Vec::new(),
                });
            }
            let answer = StudentAnswer {
                response: ResponseId(id),
                prompt: PromptId(prompt),
                task: task.cloned(),
                student: SourceId(row.try_get("source")?),
                name: row.try_get("name")?,
                text: row.try_get("text")?,
                grades: given,
            };
            if let Some(question) = questions.last_mut() {
                question.answers.push(answer);
            }
        }
        Ok(questions)
    }

    /// The task that asks for a response's grade, by response.
    async fn grade_tasks(
        &self,
        project: &ProjectId,
        prompt: Option<&str>,
    ) -> Result<HashMap<String, TaskId>> {
        let rows = sqlx::query(
            "SELECT id, responses FROM task WHERE project = $1 AND kinds LIKE '%\"grade\"%' \
               AND (CAST($2 AS TEXT) IS NULL OR prompt = $2) ORDER BY position DESC",
        )
        .bind(project.as_str())
        .bind(prompt)
        .fetch_all(&self.read)
        .await?;
        let mut tasks = HashMap::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get("id")?;
            let responses: Vec<String> =
                from_json(row.try_get("responses")?, "task", "responses", &id)?;
            if let Some(response) = responses.into_iter().next() {
                tasks.insert(response, TaskId(id));
            }
        }
        Ok(tasks)
    }

    /// The grades that stand, by response, the oldest first.
    async fn grades(
        &self,
        project: &ProjectId,
        prompt: Option<&str>,
        counted: &[Provenance],
    ) -> Result<HashMap<String, Vec<GivenGrade>>> {
        let rows = sqlx::query(
            "SELECT a.id, a.account, COALESCE(u.name, a.annotator) AS name, a.provenance, a.payload, a.created_at, \
                CAST(COALESCE((SELECT MAX(CASE WHEN r.decision = 'override' THEN 2 ELSE 1 END) FROM review r \
                    WHERE r.annotation = a.id AND r.decision IN ('accept', 'override') \
                      AND r.created_at = (SELECT MAX(x.created_at) FROM review x WHERE x.task = r.task \
                          AND x.kind = 'grade' AND x.decision <> 'comment')), 0) AS BIGINT) AS standing \
             FROM annotation a LEFT JOIN account u ON u.id = a.account \
             WHERE a.project = $1 AND a.kind = 'grade' AND a.current = 1 \
               AND (CAST($2 AS TEXT) IS NULL OR a.prompt = $2) ORDER BY a.created_at, a.id",
        )
        .bind(project.as_str())
        .bind(prompt)
        .fetch_all(&self.read)
        .await?;
        let mut grades: HashMap<String, Vec<GivenGrade>> = HashMap::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            let said = from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
            let Annotation::Grade(grade) = said else {
                continue;
            };
            let account: Option<String> = row.try_get("account")?;
            let provenance = provenance(row, &id)?;
            let given = GivenGrade {
                counts: counted.contains(&provenance),
                account: account.map(UserId),
                grader: row.try_get("name")?,
                provenance,
                created_at: row.try_get("created_at")?,
                standing: row.try_get("standing")?,
                annotation: AnnotationId(id),
                grade,
            };
            let response = given.grade.response.0.clone();
            grades.entry(response).or_default().push(given);
        }
        Ok(grades)
    }
}

impl Store {
    /// A prompt's messages. `None` when the project has no such prompt.
    pub async fn prompt_messages(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
    ) -> Result<Option<Vec<domain::prompt::Message>>> {
        let row = sqlx::query("SELECT messages FROM prompt WHERE id = $1 AND project = $2")
            .bind(prompt.as_str())
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| {
            from_json(
                row.try_get("messages")?,
                "prompt",
                "messages",
                prompt.as_str(),
            )
        })
        .transpose()
    }
}
