//! One grade for many answers that say the same: all of them in one transaction.

use crate::error::to_json;
use crate::queue::{Hold, answer_directly};
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
            let hold = Hold {
                project,
                account,
                task,
            };
            if !only_grade(&mut transaction, hold).await?
                || !answer_directly(&mut transaction, hold, now).await?
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
}

/// Whether the task asks for a grade and nothing else.
async fn only_grade(transaction: &mut crate::Transaction, hold: Hold<'_>) -> Result<bool> {
    let row =
        sqlx::query("SELECT 1 FROM task WHERE id = $1 AND project = $2 AND kinds = '[\"grade\"]'")
            .bind(hold.task.as_str())
            .bind(hold.project.as_str())
            .fetch_optional(&mut **transaction)
            .await?;
    Ok(row.is_some())
}
