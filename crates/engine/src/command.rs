//! `touchstone-engine work | serve | models | reproduce`.

use crate::artifacts::Artifacts;
use crate::device::{self, Wanted};
use crate::http;
use crate::reproduce::Reproduce;
use crate::worker::Engine;
use anyhow::{Context, bail};
use clap::{Parser, Subcommand, ValueEnum};
use domain::run::{EngineState, JobKind, ModelKind, ModelState};
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use store::{Store, now_ms};
use tokio::sync::watch;

/// How often a folder of models is looked at.
const LOOK: std::time::Duration = std::time::Duration::from_secs(10);

/// Trains, generates and scores for Touchstone.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    /// `sqlite://path/to/file.db` or `postgres://…`, the server's.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://data/touchstone.db",
        hide_env_values = true,
        global = true
    )]
    database_url: String,
    /// Where models and checkpoints are: a folder, or `s3://bucket/path`. The same for all engines.
    #[arg(
        long,
        env = "ARTIFACTS",
        default_value = "data/artifacts",
        global = true
    )]
    artifacts: String,
    /// Where copies of what is far away are kept.
    #[arg(
        long,
        env = "ENGINE_CACHE",
        default_value = "data/engine-cache",
        global = true
    )]
    cache: PathBuf,
    /// What is computed on: auto, cpu or gpu.
    #[arg(long, env = "DEVICE", default_value = "auto", global = true)]
    device: Wanted,
    /// The most megabytes of memory that it may take: runs that would need more say so and do not begin. Unset:
    /// what is free.
    #[arg(long, env = "ENGINE_MEMORY_MB", global = true)]
    memory_mb: Option<u64>,
    /// Where models are downloaded from.
    #[arg(
        long,
        env = "HF_ENDPOINT",
        default_value = "https://huggingface.co",
        global = true
    )]
    hub: String,
    /// What is logged.
    #[arg(
        long,
        env = "RUST_LOG",
        default_value = "warn,engine=info",
        hide_default_value = true,
        global = true
    )]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take jobs, and answer requests.
    Work(Serving),
    /// Answer requests only.
    Serve(Serving),
    /// Add and list models.
    #[command(subcommand)]
    Models(Models),
    /// Check the methods against what their papers claim; needs no database.
    Reproduce(Reproduce),
}

/// Where and for whom.
#[derive(clap::Args)]
struct Serving {
    /// Where to answer in the `OpenAI` wire format. Loopback unless you say otherwise.
    #[arg(long, env = "ENGINE_LISTEN", default_value = "127.0.0.1:3010")]
    listen: SocketAddr,
    /// What whoever calls must show as a bearer token. Unset: nothing.
    #[arg(
        long,
        env = "ENGINE_SECRET",
        hide_env_values = true,
        default_value = ""
    )]
    secret: String,
    /// A folder with a folder a model: those that are not known yet are added.
    #[arg(long, env = "TOUCHSTONE_MODELS")]
    models: Option<PathBuf>,
    /// End when standard input does: whoever started this is gone.
    #[arg(long)]
    with_parent: bool,
}

#[derive(Subcommand)]
enum Models {
    /// Bring a model in: a Hugging Face folder, a GGUF file, or a hub name (OWNER/MODEL, OWNER/MODEL:FILE.gguf).
    Add {
        /// Where it is.
        origin: String,
        /// What to call it; unset: the origin's last part.
        #[arg(long)]
        name: Option<String>,
        /// What it is for.
        #[arg(long, value_enum, default_value = "policy")]
        kind: Kind,
        /// For one project only: its identifier.
        #[arg(long)]
        project: Option<String>,
    },
    /// List those that can be used.
    List,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Policy,
    Reward,
    Encoder,
}

impl Cli {
    /// What is logged.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Does what was asked for.
    ///
    /// # Errors
    /// With a sentence that says what is wrong.
    pub async fn run(self) -> anyhow::Result<()> {
        if let Command::Reproduce(reproduce) = self.command {
            return tokio::task::spawn_blocking(move || reproduce.run()).await?;
        }
        let store = Store::open(&self.database_url)
            .await
            .context("the database cannot be opened")?;
        let artifacts = Artifacts::open(&self.artifacts, &self.cache)?;
        let (stop, stopped) = watch::channel(false);
        let mut device = device::choose(match self.command {
            Command::Models(_) => Wanted::Cpu,
            _ => self.device,
        });
        device.limit = self.memory_mb.map(|megabytes| megabytes << 20);
        let mut engine = Engine::new(store.clone(), artifacts, device, stopped);
        engine.hub = self.hub.trim_end_matches('/').to_owned();
        let done = match self.command {
            Command::Work(serving) => Box::pin(serve(engine, serving, stop, true)).await,
            Command::Serve(serving) => Box::pin(serve(engine, serving, stop, false)).await,
            Command::Models(models) => models.run(&engine).await,
            Command::Reproduce(_) => Ok(()),
        };
        store.close().await;
        done
    }
}

async fn serve(
    engine: Engine,
    serving: Serving,
    stop: watch::Sender<bool>,
    works: bool,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(serving.listen)
        .await
        .with_context(|| format!("cannot listen on {}", serving.listen))?;
    if !serving.listen.ip().is_loopback() && serving.secret.is_empty() {
        bail!(
            "listening on {} without ENGINE_SECRET would let anybody use the models",
            serving.listen
        );
    }
    tracing::info!(
        "{} on http://{}",
        engine.device.words,
        listener.local_addr()?
    );
    if let Some(problem) = &engine.device.problem {
        tracing::warn!("{problem}");
    }
    // models may still be downloading when the engine is there already
    let found = serving.models.map(|folder| {
        let engine = engine.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = add_found(&engine, &folder).await {
                    tracing::warn!("models of {} cannot be added: {error:#}", folder.display());
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    });
    let ended = tokio::spawn(until_end(serving.with_parent, stop));
    let mut stopped = engine.stop.clone();
    let answering = axum::serve(listener, http::router(engine.clone(), &serving.secret))
        .with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        });
    let working = async {
        if works {
            Box::pin(engine.work()).await;
        } else {
            engine.report_on().await;
            engine.report(EngineState::Stopped, None).await;
        }
    };
    let (answered, ()) = tokio::join!(answering.into_future(), working);
    ended.abort();
    if let Some(found) = found {
        found.abort();
    }
    Ok(answered?)
}

/// Sets `stop` when a signal comes, or when whoever started us is gone.
async fn until_end(with_parent: bool, stop: watch::Sender<bool>) {
    let parent = async {
        if with_parent {
            let (gone, hear) = tokio::sync::oneshot::channel();
            // a thread that only waits; it ends with the process
            std::thread::spawn(move || {
                let _ = std::io::stdin().read_to_end(&mut Vec::new());
                let _ = gone.send(());
            });
            let _ = hear.await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = parent => {}
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    let _ = stop.send(true);
}

/// Asks for the models of a folder that nobody has added yet.
async fn add_found(engine: &Engine, folder: &Path) -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir() && !hidden(path) && has_weights(path))
        .collect();
    folders.sort();
    for path in folders {
        let path = std::path::absolute(&path)?;
        let origin = path.display().to_string();
        if engine.store.model_from(&origin).await?.is_some() {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let kind = kind_of(&path);
        engine
            .store
            .add_model(None, &name, kind, &origin, None, now_ms())
            .await?;
    }
    Ok(())
}

fn has_weights(folder: &Path) -> bool {
    let weights = |path: PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == "gguf" || ending == "safetensors")
    };
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .filter_map(Result::ok)
            .any(|entry| weights(entry.path()))
    })
}

fn hidden(path: &Path) -> bool {
    path.file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with('.'))
}

/// What a folder's model is for, by its `config.json`.
fn kind_of(folder: &Path) -> ModelKind {
    let text = std::fs::read_to_string(folder.join("config.json")).unwrap_or_default();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    if config["model_type"] == "bert" {
        ModelKind::Encoder
    } else {
        ModelKind::Policy
    }
}

impl Models {
    async fn run(self, engine: &Engine) -> anyhow::Result<()> {
        match self {
            Self::List => {
                for model in engine.store.ready_models().await? {
                    println!(
                        "{}\t{}\t{}\t{} bytes",
                        model.id,
                        model.kind.name(),
                        model.name,
                        model.bytes
                    );
                }
                Ok(())
            }
            Self::Add {
                origin,
                name,
                kind,
                project,
            } => {
                let kind = match kind {
                    Kind::Policy => ModelKind::Policy,
                    Kind::Reward => ModelKind::Reward,
                    Kind::Encoder => ModelKind::Encoder,
                };
                let path = Path::new(&origin);
                let origin = if path.exists() {
                    std::path::absolute(path)?.display().to_string()
                } else {
                    origin
                };
                let last = origin
                    .trim_end_matches('/')
                    .rsplit('/')
                    .next()
                    .unwrap_or(&origin);
                let name = name.unwrap_or_else(|| last.to_owned());
                let project = project.map(domain::ids::ProjectId::from);
                if let Some(project) = &project {
                    let found = engine.store.project(project).await?;
                    found.with_context(|| format!("there is no project {project}"))?;
                }
                let added =
                    engine
                        .store
                        .add_model(project.as_ref(), &name, kind, &origin, None, now_ms());
                let (id, _) = added.await?;
                // another engine may take it, which is as good
                loop {
                    engine.take_one(&[JobKind::AddModel]).await;
                    let model = engine
                        .store
                        .any_model(&id)
                        .await?
                        .context("the model is gone")?;
                    match model.state {
                        ModelState::Ready => {
                            println!("{id}\t{}\t{name}", kind.name());
                            return Ok(());
                        }
                        ModelState::Failed => bail!("{}", model.problem.unwrap_or_default()),
                        ModelState::Adding => {
                            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                        }
                    }
                }
            }
        }
    }
}
