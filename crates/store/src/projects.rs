//! Projects.

use crate::error::{from_json, to_json};
use crate::{Result, Store, new_id};
use domain::Role;
use domain::ids::{ProjectId, UserId};
use domain::project::Settings;
use sqlx::Row;

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// What it asks of people.
    pub settings: Settings,
    /// When it was put away.
    pub archived_at: Option<i64>,
}

/// A project in a person's list.
#[derive(Clone, Debug)]
pub struct ProjectSummary {
    /// Which.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Her role in it.
    pub role: Role,
    /// How many prompts it holds.
    pub prompts: i64,
    /// How many tasks it has.
    pub tasks: i64,
    /// How many of these have all the answers they want.
    pub finished: i64,
    /// How many tasks she has answered.
    pub own: i64,
}

impl Project {
    /// Names the state of name and settings: who saves them says on which state she stands.
    pub fn version(&self) -> String {
        version(&self.name, &self.settings)
    }
}

fn version(name: &str, settings: &Settings) -> String {
    crate::sha256(format!("{name}\n{}", to_json(settings)))[..16].to_owned()
}

impl Store {
    /// Makes a project with its owner.
    pub async fn create_project(
        &self,
        name: &str,
        settings: &Settings,
        owner: &UserId,
        now: i64,
    ) -> Result<ProjectId> {
        let id = new_id();
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO project (id, name, settings, created_at) VALUES ($1, $2, $3, $4)")
            .bind(&id)
            .bind(name)
            .bind(to_json(settings))
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO member (project, account, role, created_at) VALUES ($1, $2, 'owner', $3)",
        )
        .bind(&id)
        .bind(owner.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ProjectId(id))
    }

    /// Makes a project that the first account owns, or, before there is one, whoever comes first: the demo.
    pub async fn create_demo_project(&self, name: &str, now: i64) -> Result<ProjectId> {
        let id = new_id();
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO project (id, name, settings, created_at) VALUES ($1, $2, $3, $4)")
            .bind(&id)
            .bind(name)
            .bind(to_json(&Settings::default()))
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO member (project, account, role, created_at) \
             SELECT $1, id, 'owner', $2 FROM account WHERE simulated IS NULL ORDER BY created_at, id LIMIT 1",
        )
        .bind(&id)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ProjectId(id))
    }

    /// The projects of that name.
    pub async fn projects_named(&self, name: &str) -> Result<Vec<ProjectId>> {
        sqlx::query("SELECT id FROM project WHERE name = $1")
            .bind(name)
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| Ok(ProjectId(row.try_get("id")?)))
            .collect()
    }

    /// The project.
    pub async fn project(&self, id: &ProjectId) -> Result<Option<Project>> {
        let row = sqlx::query("SELECT id, name, settings, archived_at FROM project WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| {
            Ok(Project {
                id: ProjectId(row.try_get("id")?),
                name: row.try_get("name")?,
                settings: from_json(row.try_get("settings")?, "project", "settings", id.as_str())?,
                archived_at: row.try_get("archived_at")?,
            })
        })
        .transpose()
    }

    /// Stores a project's name and settings.
    pub async fn update_project(
        &self,
        id: &ProjectId,
        name: &str,
        settings: &Settings,
    ) -> Result<()> {
        sqlx::query("UPDATE project SET name = $2, settings = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(name)
            .bind(to_json(settings))
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Changes name and settings, if they still are in the state `stands_on`; otherwise says the state
    /// they are in.
    pub async fn change_project(
        &self,
        id: &ProjectId,
        stands_on: &str,
        name: &str,
        settings: &Settings,
    ) -> Result<std::result::Result<(), String>> {
        let mut transaction = self.begin().await?;
        let row =
            sqlx::query("UPDATE project SET name = name WHERE id = $1 RETURNING name, settings")
                .bind(id.as_str())
                .fetch_one(&mut *transaction)
                .await?;
        let was: Settings =
            from_json(row.try_get("settings")?, "project", "settings", id.as_str())?;
        let current = version(row.try_get("name")?, &was);
        if current != stands_on {
            return Ok(Err(current));
        }
        sqlx::query("UPDATE project SET name = $2, settings = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(name)
            .bind(to_json(settings))
            .execute(&mut *transaction)
            .await?;
        // labels and points say what grades are worth
        crate::evaluation::grades_again(&mut transaction, id, None).await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// The projects that a person is a member of, by name.
    pub async fn projects_of(&self, account: &UserId) -> Result<Vec<ProjectSummary>> {
        let rows = sqlx::query(
            "SELECT p.id, p.name, m.role, \
                (SELECT COUNT(*) FROM prompt x WHERE x.project = p.id) AS prompts, \
                COALESCE(pt.tasks, 0) AS tasks, COALESCE(pt.finished, 0) AS finished, COALESCE(mt.done, 0) AS own \
             FROM member m JOIN project p ON p.id = m.project \
             LEFT JOIN project_tally pt ON pt.project = p.id \
             LEFT JOIN person_tally mt ON mt.project = p.id AND mt.account = m.account \
             WHERE m.account = $1 AND p.archived_at IS NULL ORDER BY p.name",
        )
        .bind(account.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ProjectSummary {
                    id: ProjectId(row.try_get("id")?),
                    name: row.try_get("name")?,
                    role: crate::members::role(row)?,
                    prompts: row.try_get("prompts")?,
                    tasks: row.try_get("tasks")?,
                    finished: row.try_get("finished")?,
                    own: row.try_get("own")?,
                })
            })
            .collect()
    }

    /// Puts a project away, or takes it out again: it leaves the lists, nothing of it is lost.
    pub async fn archive_project(&self, id: &ProjectId, since: Option<i64>) -> Result<()> {
        sqlx::query("UPDATE project SET archived_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(since)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Identifiers and names of the archived projects that a person owns.
    pub async fn archived_projects_of(&self, account: &UserId) -> Result<Vec<(ProjectId, String)>> {
        let rows = sqlx::query(
            "SELECT p.id, p.name FROM member m JOIN project p ON p.id = m.project \
             WHERE m.account = $1 AND m.role = 'owner' AND p.archived_at IS NOT NULL ORDER BY p.name, p.id",
        )
        .bind(account.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| Ok((ProjectId(row.try_get("id")?), row.try_get("name")?)))
            .collect()
    }
}
