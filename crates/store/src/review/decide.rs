//! Decisions: one transaction each, one more line of the history, one of the audit log.

use super::Decision;
use crate::error::to_json;
use crate::{Result, Store, new_id};
use domain::annotation::{Annotation, Kind};
use domain::ids::{AnnotationId, ProjectId, ResponseId, TaskId, UserId};

impl Store {
    /// Accepts an answer, or remarks on it. `None` when the task of this project has no such standing answer.
    pub async fn accept_answer(
        &self,
        project: &ProjectId,
        task: &TaskId,
        reviewer: &UserId,
        annotation: &AnnotationId,
        note: &str,
        now: i64,
    ) -> Result<Option<()>> {
        let mut transaction = self.begin().await?;
        // one statement: an answer that is withdrawn at this moment is not accepted
        let done = sqlx::query(
            "INSERT INTO review (id, project, task, reviewer, decision, annotation, kind, note, created_at) \
             SELECT $1, a.project, t.id, $2, 'accept', a.id, a.kind, $3, $4 FROM annotation a JOIN task t ON t.prompt = a.prompt \
             WHERE a.id = $5 AND t.id = $6 AND a.project = $7 AND a.current = 1 AND (a.task = t.id OR a.task IS NULL)",
        )
        .bind(new_id())
        .bind(reviewer.as_str())
        .bind(note)
        .bind(now)
        .bind(annotation.as_str())
        .bind(task.as_str())
        .bind(project.as_str())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        self.retire_overrides(&mut transaction, task, None, annotation)
            .await?;
        audit(
            &mut transaction,
            project,
            reviewer,
            "accept-answer",
            task,
            note,
            now,
        )
        .await?;
        transaction.commit().await?;
        Ok(Some(()))
    }

    /// The reviewer's own answer stands. `shown` is the order in which the form showed the responses.
    #[expect(clippy::too_many_arguments, reason = "one value a column")]
    pub async fn override_answers(
        &self,
        project: &ProjectId,
        task: &TaskId,
        reviewer: &UserId,
        said: &Annotation,
        shown: &[ResponseId],
        note: &str,
        now: i64,
    ) -> Result<Option<AnnotationId>> {
        let (id, kind) = (AnnotationId(new_id()), said.kind());
        let mut transaction = self.begin().await?;
        self.retire_overrides(&mut transaction, task, Some(kind), &id)
            .await?;
        let done = sqlx::query(
            "INSERT INTO annotation (id, project, prompt, account, annotator, provenance, kind, payload, shown, subject, created_at) \
             SELECT $1, t.project, t.prompt, $2, $2, 'person', $3, $4, $5, t.subject, $6 FROM task t \
             WHERE t.id = $7 AND t.project = $8",
        )
        .bind(id.as_str())
        .bind(reviewer.as_str())
        .bind(kind.name())
        .bind(to_json(said))
        .bind(to_json(&shown))
        .bind(now)
        .bind(task.as_str())
        .bind(project.as_str())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query(
            "INSERT INTO review (id, project, task, reviewer, decision, annotation, kind, note, created_at) \
             VALUES ($1, $2, $3, $4, 'override', $5, $6, $7, $8)",
        )
        .bind(new_id())
        .bind(project.as_str())
        .bind(task.as_str())
        .bind(reviewer.as_str())
        .bind(id.as_str())
        .bind(kind.name())
        .bind(note)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        audit(
            &mut transaction,
            project,
            reviewer,
            "override-answers",
            task,
            note,
            now,
        )
        .await?;
        transaction.commit().await?;
        Ok(Some(id))
    }

    /// An earlier own answer of a reviewer no longer stands once there is a later decision on its kind.
    async fn retire_overrides(
        &self,
        transaction: &mut crate::Transaction,
        task: &TaskId,
        kind: Option<Kind>,
        decided: &AnnotationId,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE annotation SET current = 0 WHERE current = 1 AND task IS NULL \
               AND kind = COALESCE($2, (SELECT d.kind FROM annotation d WHERE d.id = $3)) \
               AND id IN (SELECT r.annotation FROM review r WHERE r.task = $1 AND r.decision = 'override')",
        )
        .bind(task.as_str())
        .bind(kind.map(Kind::name))
        .bind(decided.as_str())
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }

    /// A remark on a task, for its history.
    pub async fn comment_on_task(
        &self,
        project: &ProjectId,
        task: &TaskId,
        reviewer: &UserId,
        kind: Kind,
        note: &str,
        now: i64,
    ) -> Result<Option<()>> {
        self.note_decision(project, task, reviewer, Decision::Comment, kind, note, now)
            .await
    }

    /// A line of history that stands for no answer: a remark, or a return (see [`Store::return_work`]).
    #[expect(clippy::too_many_arguments, reason = "one value a column")]
    pub async fn note_decision(
        &self,
        project: &ProjectId,
        task: &TaskId,
        reviewer: &UserId,
        decision: Decision,
        kind: Kind,
        note: &str,
        now: i64,
    ) -> Result<Option<()>> {
        let done = sqlx::query(
            "INSERT INTO review (id, project, task, reviewer, decision, kind, note, created_at) \
             SELECT $1, t.project, t.id, $2, $8, $3, $4, $5 FROM task t WHERE t.id = $6 AND t.project = $7",
        )
        .bind(new_id())
        .bind(reviewer.as_str())
        .bind(kind.name())
        .bind(note)
        .bind(now)
        .bind(task.as_str())
        .bind(project.as_str())
        .bind(decision.name())
        .execute(&self.write)
        .await?;
        Ok((done.rows_affected() > 0).then_some(()))
    }
}

/// Notes a decision in the audit log, in the same transaction.
pub(crate) async fn audit(
    transaction: &mut crate::Transaction,
    project: &ProjectId,
    account: &UserId,
    action: &str,
    subject: impl std::fmt::Display,
    detail: &str,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit (id, project, account, action, subject, detail, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new_id())
    .bind(project.as_str())
    .bind(account.as_str())
    .bind(action)
    .bind(subject.to_string())
    .bind(detail)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
