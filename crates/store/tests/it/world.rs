//! A small project to tell stories about.

use domain::annotation::{Context, Shown};
use domain::ids::{ProjectId, PromptId, TaskId, UserId};
use domain::project::Settings;
use domain::{Annotation, Fields, Role};
use sqlx::Row;
use store::queue::{Hold, Item, Submission, Submitted};
use store::{Store, new_id};

pub(crate) const LEASE: i64 = 30 * 60_000;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) project: ProjectId,
    pub(crate) settings: Settings,
    pub(crate) people: Vec<UserId>,
}

impl World {
    /// A project with so many prompts of so many responses each, and so many annotators.
    pub(crate) async fn new(
        store: &Store,
        settings: Settings,
        prompts: usize,
        responses: usize,
        people: usize,
    ) -> Self {
        let mut accounts = Vec::new();
        for n in 0..people {
            let email = format!("{}@example.org", new_id());
            accounts.push(
                store
                    .create_account(&email, &format!("P{n}"), "hash", 1)
                    .await
                    .unwrap(),
            );
        }
        let project = store
            .create_project("Story", &settings, &accounts[0], 1)
            .await
            .unwrap();
        for account in &accounts[1..] {
            store
                .set_member(&project, account, Role::Annotator, 1)
                .await
                .unwrap();
        }
        let world = Self {
            store: store.clone(),
            project,
            settings,
            people: accounts,
        };
        world.add_prompts(prompts, responses).await;
        world
    }

    pub(crate) async fn add_prompts(&self, prompts: usize, responses: usize) -> u64 {
        let mut transaction = self.store.begin().await.unwrap();
        let source = new_id();
        sqlx::query("INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, $1, 'model', 1)")
            .bind(&source)
            .bind(self.project.as_str())
            .execute(&mut *transaction)
            .await
            .unwrap();
        for number in 0..i64::try_from(prompts).unwrap() {
            let prompt = new_id();
            sqlx::query("INSERT INTO prompt (id, project, hash, messages, preview, number, created_at) VALUES ($1, $2, $1, $3, 'Why?', $4, 1)")
                .bind(&prompt)
                .bind(self.project.as_str())
                .bind(r#"[{"role":"user","content":"Why?"}]"#)
                .bind(number)
                .execute(&mut *transaction)
                .await
                .unwrap();
            for n in 0..responses {
                let id = new_id();
                sqlx::query("INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, $3, $4, $1, $5, 1)")
                    .bind(&id)
                    .bind(self.project.as_str())
                    .bind(&prompt)
                    .bind(&source)
                    .bind(format!("because {n}"))
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
            }
        }
        transaction.commit().await.unwrap();
        self.store
            .make_missing_tasks(&self.project, &self.settings, 1)
            .await
            .unwrap()
    }

    /// A source of that name.
    pub(crate) async fn add_source(&self, name: &str) -> String {
        let id = new_id();
        sqlx::query("INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, $3, 'model', 1)")
            .bind(&id)
            .bind(self.project.as_str())
            .bind(name)
            .execute(&self.store.write)
            .await
            .unwrap();
        id
    }

    /// A response of one letter.
    pub(crate) async fn add_response(&self, prompt: &PromptId, source: &str) -> String {
        let id = new_id();
        sqlx::query("INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, $3, $4, $1, 'x', 1)")
            .bind(&id)
            .bind(self.project.as_str())
            .bind(prompt.as_str())
            .bind(source)
            .execute(&self.store.write)
            .await
            .unwrap();
        id
    }

    /// The prompts' identifiers, in order.
    pub(crate) async fn prompts(&self) -> Vec<PromptId> {
        let rows = sqlx::query("SELECT id FROM prompt WHERE project = $1 ORDER BY number")
            .bind(self.project.as_str())
            .fetch_all(&self.store.read)
            .await
            .unwrap();
        rows.iter()
            .map(|row| PromptId(row.try_get("id").unwrap()))
            .collect()
    }

    pub(crate) fn hold<'a>(&'a self, person: usize, task: &'a TaskId) -> Hold<'a> {
        Hold {
            project: &self.project,
            account: &self.people[person],
            task,
        }
    }

    pub(crate) async fn next(&self, person: usize, now: i64) -> Option<TaskId> {
        self.store
            .next_task(&self.project, &self.people[person], None, LEASE, now)
            .await
            .unwrap()
    }

    pub(crate) async fn item(&self, person: usize, task: &TaskId) -> Item {
        self.store
            .item(self.hold(person, task))
            .await
            .unwrap()
            .unwrap()
    }

    /// Submits these fields as the person's form would.
    pub(crate) async fn submit(
        &self,
        person: usize,
        task: &TaskId,
        fields: &[(&str, &str)],
        now: i64,
    ) -> Submitted {
        let item = self.item(person, task).await;
        let version = item.draft.as_ref().map_or(0, |draft| draft.version);
        self.submit_as(person, &item, item.assignment.round, version, fields, now)
            .await
    }

    pub(crate) async fn submit_as(
        &self,
        person: usize,
        item: &Item,
        round: i64,
        draft_version: i64,
        fields: &[(&str, &str)],
        now: i64,
    ) -> Submitted {
        let fields: Fields = fields.iter().copied().collect();
        let annotations = self.parse(item, &fields);
        let submission = Submission {
            hold: self.hold(person, &item.task.id),
            round,
            draft_version,
            fields: &fields,
            annotations: &annotations,
            seconds: 5.0,
            check_refinements: true,
        };
        self.store.submit(submission, now).await.unwrap()
    }

    pub(crate) fn parse(&self, item: &Item, fields: &Fields) -> Vec<Annotation> {
        let shown: Vec<Shown> = item.responses.iter().map(|it| it.shown.clone()).collect();
        let context = Context {
            responses: &shown,
            settings: &self.settings,
            criteria: &item.criteria,
        };
        Annotation::parse_all(&item.task.kinds, fields, context).unwrap()
    }

    /// Places, tallies and answers agree with what assignments and annotations say.
    pub(crate) async fn consistent(&self) {
        let wrong: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM task t WHERE t.closed_at IS NULL AND (t.open <> t.wanted - \
                (SELECT COUNT(*) FROM assignment a WHERE a.task = t.id AND a.holds = 1 AND a.state IN ('reserved', 'leased', 'done')) \
                OR t.answered <> (SELECT COUNT(*) FROM assignment a WHERE a.task = t.id AND a.state = 'done'))",
        )
        .fetch_one(&self.store.read)
        .await
        .unwrap();
        assert_eq!(wrong, 0, "open places or answers are out of step");
        let wrong: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM project_tally p WHERE p.open_tasks <> (SELECT COUNT(*) FROM task t WHERE t.project = p.project AND t.open > 0) \
                OR p.tasks <> (SELECT COUNT(*) FROM task t WHERE t.project = p.project)",
        )
        .fetch_one(&self.store.read)
        .await
        .unwrap();
        assert_eq!(wrong, 0, "the project's tally is out of step");
        let wrong: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM person_tally p WHERE p.done <> (SELECT COUNT(*) FROM assignment a WHERE a.project = p.project AND a.account = p.account AND a.state = 'done') \
                OR p.skipped <> (SELECT COUNT(*) FROM assignment a WHERE a.project = p.project AND a.account = p.account AND a.state = 'skipped')",
        )
        .fetch_one(&self.store.read)
        .await
        .unwrap();
        assert_eq!(wrong, 0, "a person's tally is out of step");
    }
}
