//! A database, an artifact store and engine processes for one story.

use domain::ids::{ModelId, ProjectId, RunId, UserId};
use domain::method::{Method, Settings, Value};
use domain::project::Settings as ProjectSettings;
use domain::run::{Request, Status};
use domain::{Annotation, Provenance};
use serde_json::json;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use store::annotations::{NewAnnotation, insert};
use store::runs::{Run, Started};
use store::{Store, new_id};

pub(crate) struct Place {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    pub(crate) project: ProjectId,
    /// Its owner.
    pub(crate) account: UserId,
    /// Where models and checkpoints are.
    pub(crate) artifacts: String,
    /// What else the environment says.
    pub(crate) variables: Vec<(String, String)>,
    /// How long it waits for anything.
    pub(crate) patience: Duration,
}

/// An engine process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Tells a story on a fresh database of each kind.
pub(crate) fn on_both<F: Future<Output = ()>>(story: impl Fn(Place) -> F) {
    on(true, story);
}

/// Tells a story that takes long on the database that engines on several machines share; on SQLite where there is
/// no PostgreSQL.
pub(crate) fn on_postgres<F: Future<Output = ()>>(story: impl Fn(Place) -> F) {
    on(std::env::var("TEST_POSTGRES_URL").is_err(), story);
}

fn on<F: Future<Output = ()>>(sqlite: bool, story: impl Fn(Place) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        if sqlite {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}/story.db", folder.path().display());
            story(Place::new(&url, folder.path()).await).await;
        }
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            println!("TEST_POSTGRES_URL is not set: PostgreSQL is left out");
            return;
        };
        let name = format!("engine_{}", new_id().replace('-', ""));
        let admin = Store::open(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&admin.write)
            .await
            .unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        let folder = tempfile::tempdir().unwrap();
        story(Place::new(&format!("{server}/{name}"), folder.path()).await).await;
    });
}

impl Place {
    pub(crate) async fn new(url: &str, folder: &Path) -> Self {
        let store = Store::open(url).await.unwrap();
        let account = UserId(
            store
                .create_account("a@example.org", "A", "hash", 1)
                .await
                .unwrap()
                .0,
        );
        let project = store
            .create_project("Story", &ProjectSettings::default(), &account, 1)
            .await
            .unwrap();
        Self {
            store,
            url: url.to_owned(),
            folder: folder.to_owned(),
            project,
            account,
            artifacts: folder.join("artifacts").display().to_string(),
            variables: Vec::new(),
            patience: Duration::from_mins(3),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_touchstone-engine"));
        command
            .args(arguments)
            .env("DATABASE_URL", &self.url)
            .env("ARTIFACTS", &self.artifacts)
            .envs(self.variables.iter().cloned())
            .env("ENGINE_CACHE", self.folder.join("cache"))
            .env("DEVICE", "cpu")
            .env_remove("TOUCHSTONE_MODELS");
        command
    }

    /// Runs a command of the engine to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts an engine that works.
    pub(crate) fn engine(&self, arguments: &[&str]) -> Process {
        let address = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let listen = address.to_string();
        let all = [arguments, &["--listen", &listen]].concat();
        let child = self.command(&all).stdin(Stdio::null()).spawn().unwrap();
        Process { child, address }
    }

    /// Adds the tiny model by the command line.
    pub(crate) fn add_tiny(&self) -> ModelId {
        let folder = self.folder.join("tiny");
        super::tiny::write(&folder);
        let added = self.run(&["models", "add", folder.to_str().unwrap()]);
        let (out, errors) = (
            String::from_utf8_lossy(&added.stdout),
            String::from_utf8_lossy(&added.stderr),
        );
        assert!(added.status.success(), "{errors}");
        ModelId::from(out.split('\t').next().unwrap())
    }

    /// Writes prompts with two responses each and what people prefer: the one that says yes. The other one is
    /// criticised.
    pub(crate) async fn prefer(&self, pairs: usize) {
        let mut transaction = self.store.begin().await.unwrap();
        let source = new_id();
        sqlx::query("INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, 'old', 'model', 1)")
            .bind(&source)
            .bind(self.project.as_str())
            .execute(&mut *transaction)
            .await
            .unwrap();
        for n in 0..i64::try_from(pairs).unwrap() {
            let prompt = new_id();
            let messages = json!([{ "role": "user", "content": format!("Is {n} a number?") }]);
            sqlx::query("INSERT INTO prompt (id, project, hash, messages, preview, number, created_at) VALUES ($1, $2, $1, $3, 'Is it?', $4, 1)")
                .bind(&prompt)
                .bind(self.project.as_str())
                .bind(messages.to_string())
                .bind(n)
                .execute(&mut *transaction)
                .await
                .unwrap();
            let mut ids = Vec::new();
            for text in ["Yes, it is.", "No idea at all."] {
                let id = new_id();
                sqlx::query("INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, $3, $4, $1, $5, 1)")
                    .bind(&id)
                    .bind(self.project.as_str())
                    .bind(&prompt)
                    .bind(&source)
                    .bind(text)
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                ids.push(id);
            }
            let payload =
                json!({ "kind": "preference", "left": ids[0], "right": ids[1], "strength": -2 });
            let annotation: Annotation = serde_json::from_value(payload).unwrap();
            let payload = json!({ "kind": "critique", "remarks": [
                { "response": ids[1], "text": "Say yes or no.", "polarity": "problem" }
            ] });
            let critique: Annotation = serde_json::from_value(payload).unwrap();
            let new = [annotation, critique].map(|annotation| NewAnnotation {
                id: new_id().into(),
                prompt: prompt.clone().into(),
                task: None,
                account: None,
                annotator: "A".into(),
                provenance: Provenance::Person,
                annotation,
                shown: ids.iter().cloned().map(Into::into).collect(),
                subject: None,
                external_id: None,
                round: 0,
                seconds: Some(3.0),
                created_at: 2,
            });
            insert(&mut transaction, &self.project, &new).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    /// Starts a run of so many epochs that saves every so many steps.
    pub(crate) async fn start(
        &self,
        method: Method,
        base: &ModelId,
        epochs: i64,
        save: i64,
    ) -> RunId {
        let changes = [
            ("epochs", Value::Integer(epochs)),
            ("checkpoint_every", Value::Integer(save)),
        ];
        self.start_with(method, base, None, &changes).await
    }

    /// Starts a small run with these settings, and the reward model that judges in it.
    pub(crate) async fn start_with(
        &self,
        method: Method,
        base: &ModelId,
        reward: Option<&ModelId>,
        changes: &[(&str, Value)],
    ) -> RunId {
        let mut settings = Settings::defaults(&method.settings())
            .with("batch_size", Value::Integer(4))
            .with("evaluate_every", Value::Integer(0))
            .with("max_length", Value::Integer(96));
        for (name, value) in changes {
            settings = settings.with(name, value.clone());
        }
        let request = Request {
            method,
            name: format!("{} run", method.name()),
            base: base.clone(),
            reward: reward.cloned(),
            provenances: vec![Provenance::Person],
            node: None,
            seed: 11,
            settings,
            parent: None,
        };
        match self
            .store
            .start_run(&self.project, &request, None, store::now_ms())
            .await
        {
            Ok(Started::Run(id)) => id,
            other => panic!("not started: {other:?}"),
        }
    }

    pub(crate) async fn state(&self, id: &RunId) -> Run {
        self.store.any_run(id).await.unwrap().unwrap()
    }

    /// Waits until the run is as wanted.
    pub(crate) async fn until(&self, id: &RunId, what: &str, wanted: impl Fn(&Run) -> bool) -> Run {
        let begun = Instant::now();
        loop {
            let run = self.state(id).await;
            if wanted(&run) {
                return run;
            }
            let why = format!(
                "{what}: {:?} at {} of {}, {:?}",
                run.status, run.step, run.steps, run.problem
            );
            assert!(begun.elapsed() < self.patience, "never came to {why}");
            assert!(run.status != Status::Failed, "failed before {why}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until the run has failed; why it did.
    pub(crate) async fn problem(&self, id: &RunId) -> String {
        let begun = Instant::now();
        loop {
            let run = self.state(id).await;
            if run.status == Status::Failed {
                return run.problem.expect("a reason");
            }
            assert!(
                begun.elapsed() < self.patience,
                "never failed: {:?}",
                run.status
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Judges the next refinement that the queue hands out: every other one heeds its critique.
    pub(crate) async fn judge(&self, n: usize) {
        let account = &self.account;
        let (project, now) = (&self.project, store::now_ms());
        let task = self.store.next_task(project, account, None, 60_000, now);
        let task = task.await.unwrap().expect("a refinement to judge");
        let hold = store::queue::Hold {
            project,
            account,
            task: &task,
        };
        let item = self.store.item(hold).await.unwrap().unwrap();
        assert_eq!(item.subject.unwrap().remarks[0].text, "Say yes or no.");
        let verdict = if n.is_multiple_of(2) { "yes" } else { "no" };
        let said = json!({ "kind": "incorporation", "verdict": verdict });
        let submission = store::queue::Submission {
            hold,
            round: item.assignment.round,
            draft_version: 0,
            fields: &domain::Fields::default(),
            annotations: &[serde_json::from_value(said).unwrap()],
            seconds: 1.0,
            check_refinements: false,
        };
        let submitted = self.store.submit(submission, now).await.unwrap();
        assert!(matches!(submitted, store::queue::Submitted::Saved));
    }

    /// The weights that a run made.
    pub(crate) async fn weights(&self, run: &RunId) -> Vec<u8> {
        let model = self
            .store
            .model_of_run(run)
            .await
            .unwrap()
            .expect("a model");
        let model = self.store.any_model(&model).await.unwrap().unwrap();
        std::fs::read(
            self.folder
                .join("artifacts")
                .join(model.files)
                .join("model.safetensors"),
        )
        .unwrap()
    }
}
