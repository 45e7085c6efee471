//! Handing out: one's own work first, then the next open task; leases that ran out come back.

use super::{Hold, RESERVE_MS, SWEEP_MS, give_place, is_race, random_seed, take_place};
use crate::{Result, Store, Transaction};
use domain::ids::{ProjectId, PromptId, TaskId, UserId};
use sqlx::Row;
use std::sync::atomic::Ordering;

/// How often a lost race is tried again before saying that there is nothing.
const TRIES: usize = 30;
/// The place of a search is stored when it has moved so far, which is some ten prompts: a scan over
/// fewer costs nothing.
const STRIDE: i64 = 100_000;
/// Expired leases taken back in one transaction.
const SWEEP_ROWS: i64 = 500;

/// A candidate for a claim.
struct Candidate {
    task: TaskId,
    priority: i64,
    position: i64,
    /// Where the stored place of this priority stands.
    stored: Option<i64>,
    /// The policy that chose it, when its position did not.
    chosen_by: Option<String>,
}

/// The priority of tasks that nobody has put first or last: a policy may put these in another order.
const ORDINARY: i64 = 0;

const FREE: &str = "AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task = t.id AND a.account = $2 AND a.state <> 'expired')";

impl Store {
    /// The next task for a person, held for her from now on: work of hers that was returned, then what she
    /// has begun, then the next open one. `None` when there is nothing left for her.
    pub async fn next_task(
        &self,
        project: &ProjectId,
        account: &UserId,
        prompt: Option<&PromptId>,
        lease_ms: i64,
        now: i64,
    ) -> Result<Option<TaskId>> {
        self.sweep(now, false).await?;
        for task in self.own(project, account, prompt).await? {
            let hold = Hold {
                project,
                account,
                task: &task,
            };
            if self.hold_task(hold, true, lease_ms, now).await? {
                return Ok(Some(task));
            }
        }
        if let Some(task) = self
            .claim(project, account, prompt, Some(lease_ms), now)
            .await?
        {
            return Ok(Some(task));
        }
        // before saying that nothing is left, look at every lease
        if self.sweep(now, true).await? > 0 {
            return self
                .claim(project, account, prompt, Some(lease_ms), now)
                .await;
        }
        Ok(None)
    }

    /// The task that [`Store::next_task`] will hand out after `current`, reserved so that its page can be
    /// loaded ahead. Being reserved does not count as having been seen.
    pub async fn peek_task(
        &self,
        project: &ProjectId,
        account: &UserId,
        current: Option<&TaskId>,
        now: i64,
    ) -> Result<Option<TaskId>> {
        let own = self.own(project, account, None).await?;
        if let Some(task) = own.into_iter().find(|task| Some(task) != current) {
            return Ok(Some(task));
        }
        self.claim(project, account, None, None, now).await
    }

    /// What this person has in hand, in the order in which it is handed out.
    async fn own(
        &self,
        project: &ProjectId,
        account: &UserId,
        prompt: Option<&PromptId>,
    ) -> Result<Vec<TaskId>> {
        let rows = sqlx::query(
            "SELECT a.task, t.prompt, CASE WHEN a.note IS NOT NULL THEN 0 WHEN a.state = 'leased' THEN 1 WHEN a.state = 'reserved' THEN 2 ELSE 3 END AS rank, \
                COALESCE(a.opened_at, 0) AS opened \
             FROM assignment a JOIN task t ON t.id = a.task \
             WHERE a.account = $1 AND a.project = $2 AND a.state IN ('leased', 'reserved', 'expired') AND (a.state <> 'expired' OR (a.leased_until > 0 \
                AND t.open > 0 AND EXISTS (SELECT 1 FROM draft d WHERE d.task = a.task AND d.account = a.account))) \
             ORDER BY rank, opened, a.task LIMIT 20",
        )
        .bind(account.as_str())
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        let mut own = Vec::with_capacity(rows.len());
        for row in rows {
            let of: &str = row.try_get("prompt")?;
            if prompt.is_none_or(|prompt| prompt.as_str() == of) {
                own.push(TaskId(row.try_get("task")?));
            }
        }
        Ok(own)
    }

    /// Takes up a task that this person has an assignment for: renews its lease, or takes a place again
    /// when it ran out. With `need_place` an expired one is only taken up when a place is free; without,
    /// she may go on beyond the overlap. False when she has none, or it is finished.
    pub async fn hold_task(
        &self,
        hold: Hold<'_>,
        need_place: bool,
        lease_ms: i64,
        now: i64,
    ) -> Result<bool> {
        let renewed = sqlx::query(
            "UPDATE assignment SET state = 'leased', leased_until = CASE WHEN leased_until > $4 THEN leased_until ELSE $4 END, \
                opened_at = COALESCE(opened_at, $5) \
             WHERE task = $1 AND account = $2 AND project = $3 AND state IN ('leased', 'reserved')",
        )
        .bind(hold.task.as_str())
        .bind(hold.account.as_str())
        .bind(hold.project.as_str())
        .bind(now + lease_ms)
        .bind(now)
        .execute(&self.write)
        .await?;
        if renewed.rows_affected() == 1 {
            return Ok(true);
        }
        let mut transaction = self.begin().await?;
        let back = sqlx::query(
            "UPDATE assignment SET state = 'leased', leased_until = $4, opened_at = COALESCE(opened_at, $5) \
             WHERE task = $1 AND account = $2 AND project = $3 AND state = 'expired'",
        )
        .bind(hold.task.as_str())
        .bind(hold.account.as_str())
        .bind(hold.project.as_str())
        .bind(now + lease_ms)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        if back.rows_affected() == 0 {
            return Ok(false);
        }
        let placed = take_place(&mut transaction, hold).await?;
        if !placed && need_place {
            return Ok(false);
        }
        sqlx::query("UPDATE assignment SET holds = $3 WHERE task = $1 AND account = $2")
            .bind(hold.task.as_str())
            .bind(hold.account.as_str())
            .bind(i64::from(placed))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Claims the next open task, as leased for `lease_ms`, or as reserved.
    async fn claim(
        &self,
        project: &ProjectId,
        account: &UserId,
        prompt: Option<&PromptId>,
        lease_ms: Option<i64>,
        now: i64,
    ) -> Result<Option<TaskId>> {
        for _ in 0..TRIES {
            let mut transaction = self.begin().await?;
            let found = match prompt {
                Some(prompt) => of_prompt(&mut transaction, project, account, prompt).await?,
                None => candidate(&mut transaction, project, account).await?,
            };
            let Some(found) = found else { return Ok(None) };
            let hold = Hold {
                project,
                account,
                task: &found.task,
            };
            match assign(&mut transaction, hold, &found, lease_ms, now).await {
                Ok(true) => {
                    transaction.commit().await?;
                    return Ok(Some(found.task));
                }
                Ok(false) => {} // somebody else was faster
                Err(error) if is_race(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Gives back the places of leases that ran out; says how many. Unless `thorough`, at most every
    /// [`SWEEP_MS`].
    pub async fn sweep(&self, now: i64, thorough: bool) -> Result<u64> {
        let last = self.swept_at.load(Ordering::Relaxed);
        if !thorough && now < last + SWEEP_MS {
            return Ok(0);
        }
        if self
            .swept_at
            .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
            .is_err()
            && !thorough
        {
            return Ok(0);
        }
        let rows = sqlx::query(
            "SELECT task, account, project, holds FROM assignment \
             WHERE state IN ('reserved', 'leased') AND leased_until < $1 ORDER BY task, account LIMIT $2",
        )
        .bind(now)
        .bind(SWEEP_ROWS)
        .fetch_all(&self.read)
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut expired = 0;
        let mut transaction = self.begin().await?;
        let mut freed = Vec::new();
        for row in &rows {
            let (task, account) = (
                TaskId(row.try_get("task")?),
                UserId(row.try_get("account")?),
            );
            let holds: i64 = row.try_get("holds")?;
            let done = sqlx::query(
                "UPDATE assignment SET state = 'expired', holds = 0 \
                 WHERE task = $1 AND account = $2 AND state IN ('reserved', 'leased') AND leased_until < $3 AND holds = $4",
            )
            .bind(task.as_str())
            .bind(account.as_str())
            .bind(now)
            .bind(holds)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            expired += done;
            if done == 1 && holds == 1 {
                freed.push((ProjectId(row.try_get("project")?), account, task));
            }
        }
        for (project, account, task) in &freed {
            give_place(
                &mut transaction,
                Hold {
                    project,
                    account,
                    task,
                },
            )
            .await?;
        }
        transaction.commit().await?;
        Ok(expired)
    }
}

/// The next open task of a prompt that this person has nothing to do with yet.
async fn of_prompt(
    transaction: &mut Transaction,
    project: &ProjectId,
    account: &UserId,
    prompt: &PromptId,
) -> Result<Option<Candidate>> {
    let sql = format!(
        "SELECT t.id, t.priority, t.position FROM task t WHERE t.project = $1 AND t.prompt = $3 AND t.open > 0 {FREE} \
         ORDER BY t.priority DESC, t.position LIMIT 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(project.as_str())
        .bind(account.as_str())
        .bind(prompt.as_str())
        .fetch_optional(&mut **transaction)
        .await?;
    row.map(|row| {
        let position = row.try_get("position")?;
        // no place is stored: this search says nothing about the queue as a whole
        Ok(Candidate {
            task: TaskId(row.try_get("id")?),
            priority: row.try_get("priority")?,
            position,
            stored: Some(position),
            chosen_by: None,
        })
    })
    .transpose()
}

/// The next open task, priority by priority, a policy's choice first, else each from where this person's last search ended; when that
/// finds nothing, from the beginning, since leases before that place may have come back.
async fn candidate(
    transaction: &mut Transaction,
    project: &ProjectId,
    account: &UserId,
) -> Result<Option<Candidate>> {
    let rows =
        sqlx::query("SELECT priority, position FROM place WHERE project = $1 AND account = $2")
            .bind(project.as_str())
            .bind(account.as_str())
            .fetch_all(&mut **transaction)
            .await?;
    let mut places = Vec::with_capacity(rows.len());
    for row in rows {
        places.push((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?));
    }
    let seek = format!(
        "SELECT t.id, t.position FROM task t WHERE t.project = $1 AND t.open > 0 AND t.priority = $3 AND t.position >= $4 {FREE} \
         ORDER BY t.position LIMIT 1"
    );
    for from_start in [false, true] {
        if from_start && places.is_empty() {
            break;
        }
        let mut below = i64::MAX;
        loop {
            let top: Option<i64> = sqlx::query(
                "SELECT MAX(priority) FROM task WHERE project = $1 AND open > 0 AND priority < $2",
            )
            .bind(project.as_str())
            .bind(below)
            .fetch_one(&mut **transaction)
            .await?
            .try_get(0)?;
            let Some(priority) = top else { break };
            if priority == ORDINARY
                && let Some(chosen) = chosen(transaction, project, account).await?
            {
                return Ok(Some(chosen));
            }
            let stored = places
                .iter()
                .find(|place| place.0 == priority)
                .map(|place| place.1);
            let from = if from_start { 0 } else { stored.unwrap_or(0) };
            let row = sqlx::query(sqlx::AssertSqlSafe(seek.as_str()))
                .bind(project.as_str())
                .bind(account.as_str())
                .bind(priority)
                .bind(from)
                .fetch_optional(&mut **transaction)
                .await?;
            if let Some(row) = row {
                return Ok(Some(Candidate {
                    task: TaskId(row.try_get("id")?),
                    priority,
                    position: row.try_get("position")?,
                    stored,
                    chosen_by: None,
                }));
            }
            below = priority;
        }
    }
    Ok(None)
}

/// The first open task of the order that the project's policy chose ([`crate::live`]); a short list.
async fn chosen(
    transaction: &mut Transaction,
    project: &ProjectId,
    account: &UserId,
) -> Result<Option<Candidate>> {
    let sql = format!(
        "SELECT t.id, t.position, q.chosen_by FROM live_queue q JOIN task t ON t.id = q.task \
         WHERE q.project = $1 AND t.open > 0 AND t.priority = $3 {FREE} ORDER BY q.rank LIMIT 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(project.as_str())
        .bind(account.as_str())
        .bind(ORDINARY)
        .fetch_optional(&mut **transaction)
        .await?;
    row.map(|row| {
        let position = row.try_get("position")?;
        Ok(Candidate {
            task: TaskId(row.try_get("id")?),
            priority: ORDINARY,
            position,
            // it says nothing about how far the search by position has come
            stored: Some(position),
            chosen_by: row.try_get("chosen_by")?,
        })
    })
    .transpose()
}

/// Writes the assignment and takes the place; false when either was refused, and then all of it must be
/// rolled back.
async fn assign(
    transaction: &mut Transaction,
    hold: Hold<'_>,
    found: &Candidate,
    lease_ms: Option<i64>,
    now: i64,
) -> Result<bool> {
    // who comes back to an expired one keeps its sides and its round: her draft stands on them
    let assigned = sqlx::query(
        "INSERT INTO assignment (task, account, project, state, seed, leased_until, opened_at, chosen_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (task, account) DO UPDATE SET state = excluded.state, leased_until = excluded.leased_until, chosen_by = excluded.chosen_by, \
            opened_at = COALESCE(assignment.opened_at, excluded.opened_at), holds = 1 \
         WHERE assignment.state = 'expired'",
    )
    .bind(hold.task.as_str())
    .bind(hold.account.as_str())
    .bind(hold.project.as_str())
    .bind(if lease_ms.is_some() { "leased" } else { "reserved" })
    .bind(random_seed())
    .bind(now + lease_ms.unwrap_or(RESERVE_MS))
    .bind(lease_ms.map(|_| now))
    .bind(&found.chosen_by)
    .execute(&mut **transaction)
    .await?;
    if assigned.rows_affected() == 0 || !take_place(transaction, hold).await? {
        return Ok(false);
    }
    if found
        .stored
        .is_none_or(|stored| (found.position - stored).abs() > STRIDE || found.position < stored)
    {
        sqlx::query(
            "INSERT INTO place (project, account, priority, position) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (project, account, priority) DO UPDATE SET position = excluded.position",
        )
        .bind(hold.project.as_str())
        .bind(hold.account.as_str())
        .bind(found.priority)
        .bind(found.position)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(true)
}
