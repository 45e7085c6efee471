//! Two projects with one of everything, and somebody of each role, for the walk over all addresses.

mod learning;

use crate::test_app::TestApp;
use domain::Role;
use domain::ids::{ProjectId, UserId};
use domain::project::Settings;
use sqlx::{Column, Row};
use std::collections::BTreeMap;

/// What somebody writes who means harm: no page may let it out of its place.
pub(crate) const HOSTILE: &str = "</textarea></title><script>alert(1)</script><img src=x onerror=\"alert(1)\">\" onfocus=\"alert(1)";

/// A project with one of everything in it.
pub(crate) struct World {
    pub(crate) project: ProjectId,
    /// Its members, one a role.
    pub(crate) members: BTreeMap<Role, UserId>,
    /// What stands for `{prompt}`, `{task}` … in addresses of this project.
    objects: BTreeMap<&'static str, String>,
}

async fn insert(app: &TestApp, table: &str, row: &[(&str, &str)]) {
    let names: Vec<_> = row.iter().map(|(name, _)| *name).collect();
    // numbers stand in the text, so that both databases see them as numbers
    let values: Vec<_> = row.iter().map(|(_, value)| *value).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&app.store.write)
        .await
        .unwrap();
}

impl World {
    pub(crate) async fn new(app: &TestApp, name: &str) -> Self {
        let mut members = BTreeMap::new();
        for role in Role::ALL {
            let account = app.account(&format!("{name}-{}", role.name())).await;
            members.insert(role, account);
        }
        let settings = Settings {
            kinds: domain::Kind::ALL.to_vec(),
            guidelines: HOSTILE.into(),
            aspects: vec![HOSTILE.into()],
            error_types: vec![HOSTILE.into()],
            skip_reasons: vec![HOSTILE.into()],
            ..Settings::default()
        };
        let owner = members[&Role::Owner].clone();
        let project = app
            .store
            .create_project(&format!("{name} {HOSTILE}"), &settings, &owner, 1)
            .await
            .unwrap();
        let mut world = Self {
            project,
            members,
            objects: BTreeMap::new(),
        };
        world.repair(app).await;
        world.fill(app, name).await;
        world
    }

    /// Makes members and project again what they were, after a form that changed them.
    pub(crate) async fn repair(&self, app: &TestApp) {
        for (role, account) in &self.members {
            app.store
                .set_member(&self.project, account, *role, 1)
                .await
                .unwrap();
        }
        // everybody but the annotator, who has answered, is working on the task
        let working = self
            .members
            .iter()
            .filter(|(role, _)| **role != Role::Annotator);
        for (_, account) in working {
            let Some(task) = self.objects.get("task") else {
                continue;
            };
            sqlx::query(
                "INSERT INTO assignment (task, account, project, state, seed, leased_until, opened_at) \
                 VALUES ($1, $2, $3, 'leased', 7, 9000000000000, 1) \
                 ON CONFLICT (task, account) DO UPDATE SET state = 'leased', leased_until = 9000000000000",
            )
            .bind(task)
            .bind(account.as_str())
            .bind(self.project.as_str())
            .execute(&app.store.write)
            .await
            .unwrap();
        }
        sqlx::query("UPDATE project SET archived_at = NULL WHERE id = $1")
            .bind(self.project.as_str())
            .execute(&app.store.write)
            .await
            .unwrap();
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one row of every table, in the order of their references"
    )]
    async fn fill(&mut self, app: &TestApp, name: &str) {
        let id = |what: &str| format!("{name}-{what}");
        let quoted = |what: &str| format!("'{name}-{what}'");
        let project = format!("'{}'", self.project);
        let annotator = format!("'{}'", self.members[&Role::Annotator]);
        let owner = format!("'{}'", self.members[&Role::Owner]);
        let (source, prompt, task) = (quoted("source"), quoted("prompt"), quoted("task"));
        let (one, two) = (quoted("one"), quoted("two"));
        let responses = format!("'[\"{}\",\"{}\"]'", id("one"), id("two"));
        let hostile = format!("'{HOSTILE}'");
        let messages =
            serde_json::to_string(&[BTreeMap::from([("role", "user"), ("content", HOSTILE)])]);
        let messages = format!("'{}'", messages.unwrap());
        let student = quoted("student");
        for (source, kind, name) in [
            (&source, "'model'", &hostile),
            (&student, "'student'", &student),
        ] {
            insert(
                app,
                "source",
                &[
                    ("id", source),
                    ("project", &project),
                    ("name", name),
                    ("kind", kind),
                    ("created_at", "1"),
                ],
            )
            .await;
        }
        insert(
            app,
            "prompt",
            &[
                ("id", &prompt),
                ("project", &project),
                ("hash", "'hash'"),
                ("messages", &messages),
                ("preview", &hostile),
                ("reference", &hostile),
                ("created_at", "1"),
            ],
        )
        .await;
        let answer = quoted("answer");
        for (response, source, text) in [
            (&one, &source, &hostile),
            (&two, &source, &messages),
            (&answer, &student, &hostile),
        ] {
            insert(
                app,
                "response",
                &[
                    ("id", response),
                    ("project", &project),
                    ("prompt", &prompt),
                    ("source", source),
                    ("hash", response),
                    ("text", text),
                    ("created_at", "1"),
                ],
            )
            .await;
        }
        insert(
            app,
            "criterion",
            &[
                ("id", &quoted("criterion")),
                ("prompt", &prompt),
                ("position", "0"),
                ("text", &hostile),
                ("points", "1.0"),
                ("created_at", "1"),
            ],
        )
        .await;
        let answers = format!("'[\"{}\"]'", id("answer"));
        let grading = quoted("grading");
        for (task, responses, kinds) in [
            (&task, &responses, "'[\"preference\"]'"),
            (&grading, &answers, "'[\"grade\"]'"),
        ] {
            insert(
                app,
                "task",
                &[
                    ("id", task),
                    ("project", &project),
                    ("prompt", &prompt),
                    ("responses", responses),
                    ("kinds", kinds),
                    ("identity", task),
                    ("position", "0"),
                    ("wanted", "4"),
                    ("open", "3"),
                    ("answered", "1"),
                    ("created_at", "1"),
                ],
            )
            .await;
        }
        insert(
            app,
            "assignment",
            &[
                ("task", &task),
                ("account", &annotator),
                ("project", &project),
                ("state", "'done'"),
                ("seed", "7"),
                ("opened_at", "1"),
                ("finished_at", "2"),
            ],
        )
        .await;
        let payload = format!(
            "'{{\"kind\":\"preference\",\"left\":\"{}\",\"right\":\"{}\",\"strength\":2,\"both_bad\":false,\"aspects\":{{}},\"reason\":{}}}'",
            id("one"),
            id("two"),
            serde_json::to_string(HOSTILE).unwrap()
        );
        insert(
            app,
            "annotation",
            &[
                ("id", &quoted("annotation")),
                ("project", &project),
                ("prompt", &prompt),
                ("task", &task),
                ("account", &annotator),
                ("annotator", &annotator),
                ("provenance", "'person'"),
                ("kind", "'preference'"),
                ("payload", &payload),
                ("shown", &responses),
                ("created_at", "2"),
            ],
        )
        .await;
        let import_settings = format!(
            "'{}'",
            serde_json::json!({
                "plan": {"layout": "lines", "format": "chat", "columns": [], "source": "a", "source_kind": "model"},
                "all_or_nothing": true, "make_tasks": true, "take_settings": false
            })
        );
        insert(
            app,
            "import",
            &[
                ("id", &quoted("import")),
                ("project", &project),
                ("file_name", &hostile),
                ("settings", &import_settings),
                ("state", "'uploaded'"),
                ("bytes_total", "1"),
                ("created_at", "1"),
            ],
        )
        .await;
        insert(
            app,
            "invite",
            &[
                ("id", &quoted("invite")),
                ("project", &project),
                ("role", "'annotator'"),
                ("token_hash", &quoted("hash")),
                ("created_by", &owner),
                ("created_at", "1"),
                ("expires_at", "9000000000000"),
            ],
        )
        .await;
        self.fill_learning(app, name).await;
        self.objects = BTreeMap::from([
            ("run", id("run")),
            ("model", id("model")),
            ("job", id("job")),
            ("judging", id("judging")),
            ("proposing", id("proposing")),
            ("endpoint", id("endpoint")),
            ("node", id("node")),
            ("prompt", id("prompt")),
            ("response", id("one")),
            ("criterion", id("criterion")),
            ("source", id("student")),
            ("task", id("task")),
            ("annotation", id("annotation")),
            ("import", id("import")),
            ("invite", id("invite")),
            ("account", self.members[&Role::Annotator].to_string()),
        ]);
    }

    /// The object of this project that stands for a parameter in an address.
    pub(crate) fn object(&self, parameter: &str) -> &str {
        self.objects.get(parameter).unwrap_or_else(|| {
            panic!(
                "the address parameter {{{parameter}}} is new: make such an object in World::fill \
                 (server/tests/it/fixture.rs) and add it to `objects`, so that the walk can try it with a foreign one"
            )
        })
    }
}

/// Every row of every table, but for what a request may always write.
pub(crate) async fn rows(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let sql = match app.store.database {
        store::Database::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        store::Database::Postgres => {
            "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let tables = sqlx::query(sql).fetch_all(&app.store.read).await.unwrap();
    let mut all = BTreeMap::new();
    for table in tables {
        let table: String = table.get("name");
        if table.starts_with('_') || table.starts_with("sqlite_") || table.contains("_fts") {
            continue;
        }
        let found = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\"")))
            .fetch_all(&app.store.read)
            .await
            .unwrap();
        let mut lines: Vec<_> = found.iter().map(line).collect();
        lines.sort();
        all.insert(table, lines);
    }
    all
}

fn line(row: &sqlx::any::AnyRow) -> String {
    let mut line = String::new();
    for column in row.columns() {
        let at = column.ordinal();
        let value = row
            .try_get::<Option<String>, _>(at)
            .map(|value| format!("{value:?}"))
            .or_else(|_| {
                row.try_get::<Option<i64>, _>(at)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get::<Option<f64>, _>(at)
                    .map(|value| format!("{value:?}"))
            })
            .unwrap_or_else(|_| "?".into());
        line.push_str(&format!("{}={value} ", column.name()));
    }
    line
}
