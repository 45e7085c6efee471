//! `touchstone models …`: models brought in from the command line. An engine does the work: one that runs, or the
//! engine's own command where none does.

use crate::supervise::{Which, binary};
use anyhow::{Context, bail};
use clap::Subcommand;
use domain::ids::{ModelId, ProjectId};
use domain::run::{EngineState, ModelKind, ModelState};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::jobs::Job;
use store::{Store, now_ms};

/// An engine that was seen so lately is there.
const ALIVE_MS: i64 = 15_000;
/// How often we look how far it is.
const LOOK: Duration = Duration::from_millis(500);

/// Models.
#[derive(Subcommand)]
pub enum Models {
    /// Bring a model in: a Hugging Face folder, a GGUF file, or a hub name (OWNER/MODEL, OWNER/MODEL:FILE.gguf).
    Add(Add),
    /// List those that can be used.
    List,
}

/// Where a model comes from, and what for.
#[derive(clap::Args)]
pub struct Add {
    /// Where it is. A folder or file must be on the engine's machine.
    origin: String,
    /// What to call it; unset: the origin's last part.
    #[arg(long)]
    name: Option<String>,
    /// What it is for: policy, reward or encoder.
    #[arg(long, default_value = "policy", value_parser = kind)]
    kind: ModelKind,
    /// For one project only: its identifier.
    #[arg(long)]
    project: Option<String>,
    /// Do not wait until it can be used.
    #[arg(long)]
    no_wait: bool,
    /// The engine that does it where none runs: `off`, `auto`, or the program's path.
    #[arg(long, env = "TOUCHSTONE_ENGINE", default_value = "auto")]
    engine: Which,
    /// Where the engine was built.
    #[arg(long, env = "ENGINE_DIR")]
    engine_dir: Option<PathBuf>,
    /// Where the data is.
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Where models and checkpoints are. Unset: in the data folder.
    #[arg(long, env = "ARTIFACTS")]
    artifacts: Option<String>,
}

fn kind(text: &str) -> Result<ModelKind, String> {
    ModelKind::parse(text).ok_or_else(|| "policy, reward or encoder".to_owned())
}

impl Models {
    /// Does it.
    ///
    /// # Errors
    /// With a sentence that says what is wrong.
    pub async fn run(self, store: &Store, database_url: &str) -> anyhow::Result<()> {
        match self {
            Self::List => {
                for model in store.ready_models().await? {
                    let (id, kind, name) = (model.id, model.kind.name(), model.name);
                    println!("{id}\t{kind}\t{name}\t{} bytes", model.bytes);
                }
                Ok(())
            }
            Self::Add(add) => add.run(store, database_url).await,
        }
    }
}

impl Add {
    async fn run(self, store: &Store, database_url: &str) -> anyhow::Result<()> {
        let project = self.project.clone().map(ProjectId::from);
        if let Some(project) = &project {
            let found = store.project(project).await?;
            found.with_context(|| format!("there is no project {project}"))?;
        }
        let seen = store.engines(now_ms() - ALIVE_MS).await?;
        let runs = seen.iter().any(|it| it.state == EngineState::Ready);
        if !runs && let Some(engine) = binary(&self.engine, self.engine_dir.as_deref()) {
            return self.by_itself(&engine, database_url);
        }
        let path = Path::new(&self.origin);
        let origin = match path.exists() {
            true => std::path::absolute(path)?.display().to_string(),
            false => self.origin.clone(),
        };
        let last = origin.trim_end_matches('/').rsplit('/').next();
        let name = self.name.as_deref().or(last).unwrap_or(&origin).to_owned();
        let added = store.add_model(project.as_ref(), &name, self.kind, &origin, None, now_ms());
        let (id, job) = added.await?;
        store
            .audit(
                project.as_ref(),
                None,
                "add-model",
                &name,
                &origin,
                now_ms(),
            )
            .await?;
        if !runs {
            println!("{id}\t{}\t{name}", self.kind.name());
            eprintln!(
                "No engine is running: the model waits for one. Start it with make run, or touchstone-engine work."
            );
            return Ok(());
        }
        if !self.no_wait {
            wait(store, &id, &job).await?;
        }
        println!("{id}\t{}\t{name}", self.kind.name());
        Ok(())
    }

    /// Lets the engine's own command do it.
    fn by_itself(&self, engine: &Path, database_url: &str) -> anyhow::Result<()> {
        let usual = || self.data_dir.join("artifacts").display().to_string();
        let mut command = std::process::Command::new(engine);
        command
            .args(["models", "add", &self.origin, "--kind", self.kind.name()])
            .env("DATABASE_URL", database_url)
            .env("ARTIFACTS", self.artifacts.clone().unwrap_or_else(usual));
        for (option, value) in [("--name", &self.name), ("--project", &self.project)] {
            if let Some(value) = value {
                command.args([option, value]);
            }
        }
        let status = command
            .status()
            .with_context(|| format!("{} cannot be started", engine.display()))?;
        if !status.success() {
            bail!("the model was not added");
        }
        Ok(())
    }
}

/// Waits until an engine has brought it in.
async fn wait(store: &Store, id: &ModelId, job: &domain::ids::JobId) -> anyhow::Result<()> {
    let mut told = 0;
    loop {
        let model = store.any_model(id).await?.context("the model is gone")?;
        match model.state {
            ModelState::Ready => return Ok(()),
            ModelState::Failed => bail!("{}", model.problem.unwrap_or_default()),
            ModelState::Adding => {}
        }
        let at: Option<Job> = store.any_job(job).await?;
        if let Some(at) = at.filter(|it| it.done > told) {
            told = at.done;
            let of = match at.total {
                0 => String::new(),
                total => format!(" of {}", total / 1_000_000),
            };
            eprintln!("{}{of} MB", told / 1_000_000);
        }
        tokio::time::sleep(LOOK).await;
    }
}
