//! One grade for many answers that say the same: all of them in one transaction.

use crate::error::to_json;
use crate::review::audit;
use crate::{Result, Store, new_id};
use domain::annotation::{Annotation, Grade};
use domain::ids::{ProjectId, ResponseId, TaskId, UserId};

/// What became of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Answers that got the grade.
    pub graded: usize,
    /// Answers left as they were: graded by this person already, or in somebody else's hands.
    pub left: usize,
}

impl Store {
    /// Gives every one of these answers the same grade, as if it had been graded in the queue.
    ///
    /// An answer that this person has graded, or whose places are all taken, is left as it is; its unfinished draft
    /// by this person is thrown away only if it gets the grade.
    pub async fn grade_group(
        &self,
        project: &ProjectId,
        account: &UserId,
        answers: &[(TaskId, ResponseId)],
        grade: &Grade,
        now: i64,
    ) -> Result<Applied> {
        let mut applied = Applied::default();
        let mut transaction = self.begin().await?;
        for (task, response) in answers {
            if !self
                .take_place(&mut transaction, project, task, account, now)
                .await?
            {
                applied.left += 1;
                continue;
            }
            let said = Annotation::Grade(Grade {
                response: response.clone(),
                ..grade.clone()
            });
            sqlx::query(
                "INSERT INTO annotation (id, project, prompt, task, account, annotator, provenance, kind, payload, shown, round, created_at) \
                 SELECT $1, t.project, t.prompt, t.id, $2, $2, 'person', 'grade', $3, $4, a.round, $5 \
                 FROM task t JOIN assignment a ON a.task = t.id AND a.account = $2 WHERE t.id = $6",
            )
            .bind(new_id())
            .bind(account.as_str())
            .bind(to_json(&said))
            .bind(to_json(&[response]))
            .bind(now)
            .bind(task.as_str())
            .execute(&mut *transaction)
            .await?;
            sqlx::query("DELETE FROM draft WHERE task = $1 AND account = $2")
                .bind(task.as_str())
                .bind(account.as_str())
                .execute(&mut *transaction)
                .await?;
            applied.graded += 1;
        }
        let detail = format!("{} graded, {} left", applied.graded, applied.left);
        audit(
            &mut transaction,
            project,
            account,
            "grade-group",
            "",
            &detail,
            now,
        )
        .await?;
        transaction.commit().await?;
        Ok(applied)
    }

    /// Takes one place of a task and marks it done: a place this person holds, else a free one. Whether that
    /// worked is for the database to say.
    async fn take_place(
        &self,
        transaction: &mut crate::Transaction,
        project: &ProjectId,
        task: &TaskId,
        account: &UserId,
        now: i64,
    ) -> Result<bool> {
        let held = sqlx::query(
            "UPDATE assignment SET state = 'done', finished_at = $1 WHERE task = $2 AND account = $3 AND project = $4 \
               AND state IN ('reserved', 'leased') \
               AND EXISTS (SELECT 1 FROM task t WHERE t.id = $2 AND t.kinds = '[\"grade\"]')",
        )
        .bind(now)
        .bind(task.as_str())
        .bind(account.as_str())
        .bind(project.as_str())
        .execute(&mut **transaction)
        .await?
        .rows_affected()
            > 0;
        let open = if held { 0_i64 } else { 1 };
        let counted = sqlx::query(
            "UPDATE task SET open = open - $1, answered = answered + 1, \
                closed_at = CASE WHEN answered + 1 >= wanted THEN $2 ELSE closed_at END \
             WHERE id = $3 AND project = $4 AND open >= $1 AND kinds = '[\"grade\"]' \
               AND ($1 = 0 OR NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task = $3 AND a.account = $5 AND a.state IN ('done', 'excluded')))",
        )
        .bind(open)
        .bind(now)
        .bind(task.as_str())
        .bind(project.as_str())
        .bind(account.as_str())
        .execute(&mut **transaction)
        .await?;
        if counted.rows_affected() == 0 {
            return Ok(false);
        }
        if !held {
            sqlx::query(
                "INSERT INTO assignment (task, account, project, state, seed, finished_at) VALUES ($1, $2, $3, 'done', 0, $4) \
                 ON CONFLICT (task, account) DO UPDATE SET state = 'done', finished_at = excluded.finished_at, reason = NULL",
            )
            .bind(task.as_str())
            .bind(account.as_str())
            .bind(project.as_str())
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        }
        Ok(true)
    }
}
