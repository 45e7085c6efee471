//! Rubric items of a prompt. **Points are summed when they are read**, so that a change re-scores every answer; a
//! removed item stays in the table, so that old grades remain readable.

use crate::review::audit;
use crate::{Result, Store, new_id};
use domain::ids::{CriterionId, ProjectId, PromptId, UserId};
use sqlx::Row;

/// Which way an item moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the first.
    Up,
    /// Towards the last.
    Down,
}

impl Store {
    /// Adds an item at the end. `None` when the project has no such prompt.
    pub async fn add_criterion(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
        text: &str,
        points: f64,
        by: &UserId,
        now: i64,
    ) -> Result<Option<CriterionId>> {
        let id = new_id();
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "INSERT INTO criterion (id, prompt, position, text, points, created_at) \
             SELECT $1, p.id, (SELECT COALESCE(MAX(c.position), 0) + 1 FROM criterion c WHERE c.prompt = p.id), $2, $3, $4 \
             FROM prompt p WHERE p.id = $5 AND p.project = $6",
        )
        .bind(&id)
        .bind(text)
        .bind(points)
        .bind(now)
        .bind(prompt.as_str())
        .bind(project.as_str())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let detail = format!("{text}: {points}");
        audit(
            &mut transaction,
            project,
            by,
            "add-rubric-item",
            prompt,
            &detail,
            now,
        )
        .await?;
        crate::evaluation::grades_again(&mut transaction, project, Some(prompt.as_str())).await?;
        transaction.commit().await?;
        Ok(Some(CriterionId(id)))
    }

    /// Changes an item's text and points. `None` when the prompt has no such item.
    #[expect(clippy::too_many_arguments, reason = "one value a column")]
    pub async fn change_criterion(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
        criterion: &CriterionId,
        text: &str,
        points: f64,
        by: &UserId,
        now: i64,
    ) -> Result<Option<()>> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "UPDATE criterion SET text = $1, points = $2 WHERE id = $3 AND prompt = $4 AND removed_at IS NULL \
               AND EXISTS (SELECT 1 FROM prompt p WHERE p.id = $4 AND p.project = $5)",
        )
        .bind(text)
        .bind(points)
        .bind(criterion.as_str())
        .bind(prompt.as_str())
        .bind(project.as_str())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let detail = format!("{text}: {points}");
        audit(
            &mut transaction,
            project,
            by,
            "change-rubric-item",
            criterion,
            &detail,
            now,
        )
        .await?;
        crate::evaluation::grades_again(&mut transaction, project, Some(prompt.as_str())).await?;
        transaction.commit().await?;
        Ok(Some(()))
    }

    /// Takes an item out of the rubric. `None` when the prompt has no such item.
    pub async fn remove_criterion(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
        criterion: &CriterionId,
        by: &UserId,
        now: i64,
    ) -> Result<Option<()>> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "UPDATE criterion SET removed_at = $1 WHERE id = $2 AND prompt = $3 AND removed_at IS NULL \
               AND EXISTS (SELECT 1 FROM prompt p WHERE p.id = $3 AND p.project = $4)",
        )
        .bind(now)
        .bind(criterion.as_str())
        .bind(prompt.as_str())
        .bind(project.as_str())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        audit(
            &mut transaction,
            project,
            by,
            "remove-rubric-item",
            criterion,
            "",
            now,
        )
        .await?;
        crate::evaluation::grades_again(&mut transaction, project, Some(prompt.as_str())).await?;
        transaction.commit().await?;
        Ok(Some(()))
    }

    /// Moves an item past its neighbour. Nothing happens at the ends.
    pub async fn move_criterion(
        &self,
        project: &ProjectId,
        prompt: &PromptId,
        criterion: &CriterionId,
        direction: Direction,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        // the prompt's row is locked by writing it, so that two moves cannot interleave
        sqlx::query("UPDATE prompt SET preview = preview WHERE id = $1 AND project = $2")
            .bind(prompt.as_str())
            .bind(project.as_str())
            .execute(&mut *transaction)
            .await?;
        let rows = sqlx::query(
            "SELECT c.id FROM criterion c JOIN prompt p ON p.id = c.prompt \
             WHERE c.prompt = $1 AND p.project = $2 AND c.removed_at IS NULL ORDER BY c.position, c.id",
        )
        .bind(prompt.as_str())
        .bind(project.as_str())
        .fetch_all(&mut *transaction)
        .await?;
        let mut order = Vec::with_capacity(rows.len());
        for row in &rows {
            order.push(row.try_get::<String, _>("id")?);
        }
        let Some(place) = order.iter().position(|id| id == criterion.as_str()) else {
            return Ok(());
        };
        let other = match direction {
            Direction::Up => place.checked_sub(1),
            Direction::Down => Some(place + 1).filter(|&p| p < order.len()),
        };
        let Some(other) = other else { return Ok(()) };
        order.swap(place, other);
        for (position, id) in (1_i64..).zip(&order) {
            sqlx::query("UPDATE criterion SET position = $1 WHERE id = $2")
                .bind(position)
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
