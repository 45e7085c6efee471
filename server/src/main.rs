//! The binary `touchstone`: serves the pages, and does by command what pages do.

use anyhow::Context;
use clap::{Parser, Subcommand};
use server::{data, logs, models, serve, simulate, user};
use std::path::PathBuf;

/// A password's hash takes 19 MiB for a moment. glibc keeps such pieces in every thread's arena, some
/// 140 MiB after a few people signed in; mimalloc gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Teach language models by telling them what is wrong, and see what the teaching did.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// `sqlite://path/to/file.db` (created when missing) or `postgres://…`.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://data/touchstone.db",
        hide_env_values = true,
        global = true
    )]
    database_url: String,
    /// A file that holds the database's address, for addresses with a password in them.
    #[arg(long, env = "DATABASE_URL_FILE", global = true)]
    database_url_file: Option<PathBuf>,
    /// How the log looks.
    #[arg(long, env = "LOG_FORMAT", default_value = "text", global = true)]
    log_format: logs::Format,
    /// What is logged, e.g. `warn,request=info`.
    #[arg(
        long,
        env = "RUST_LOG",
        default_value = "",
        hide_default_value = true,
        global = true
    )]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages.
    Serve(serve::Serve),
    /// Set up the database or bring it up to date, and stop.
    Migrate,
    /// Bring files into a project.
    Import(data::ImportFiles),
    /// Write a project's data to a file.
    Export(data::Export),
    /// Load the demo projects, once.
    Demo(data::Demo),
    /// Let simulated annotators answer open tasks.
    Simulate(simulate::Simulate),
    /// Models: add, list.
    #[command(subcommand)]
    Models(models::Models),
    /// Accounts: add, password, disable, list.
    #[command(subcommand)]
    User(user::User),
}

impl Cli {
    /// The database's address: from the file, if one is named.
    fn database_url(&self) -> anyhow::Result<String> {
        let Some(file) = &self.database_url_file else {
            return Ok(self.database_url.clone());
        };
        let url = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read DATABASE_URL_FILE {}", file.display()))?;
        Ok(url.trim().to_owned())
    }
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    logs::start(cli.log_format, &cli.log);
    let url = cli.database_url()?;
    if let Command::Serve(settings) = &cli.command {
        settings.check()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = store::Store::open(&url).await?;
        match cli.command {
            Command::Serve(settings) => settings.run(store, &url).await,
            Command::Migrate => closing(&store, Ok(())).await,
            Command::Import(files) => closing(&store, files.run(&store).await).await,
            Command::Export(export) => closing(&store, export.run(&store).await).await,
            Command::Models(models) => closing(&store, models.run(&store, &url).await).await,
            Command::User(user) => closing(&store, user.run(&store).await).await,
            Command::Demo(demo) => closing(&store, demo.run(&store).await).await,
            Command::Simulate(simulate) => closing(&store, simulate.run(&store).await).await,
        }
    })
}

/// SQLite folds its log into the file when it is closed, whatever the outcome was.
async fn closing(store: &store::Store, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    store.close().await;
    outcome
}
