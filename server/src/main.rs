//! The binary `touchstone`: serves the pages, and does by command what pages do.

use clap::{Parser, Subcommand};
use server::{data, serve};

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
    /// Load the demo projects, once.
    Demo(data::Demo),
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| {
                tracing_subscriber::EnvFilter::new("warn,touchstone=info,app=info,store=info")
            }),
        )
        .init();
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = store::Store::open(&cli.database_url).await?;
        match cli.command {
            Command::Serve(settings) => settings.run(store).await,
            Command::Migrate => Ok(store.close().await),
            Command::Import(files) => closing(&store, files.run(&store).await).await,
            Command::Demo(demo) => closing(&store, demo.run(&store).await).await,
        }
    })
}

/// SQLite folds its log into the file when it is closed, whatever the outcome was.
async fn closing(store: &store::Store, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    store.close().await;
    outcome
}
