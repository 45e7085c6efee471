//! The binary `touchstone-engine`.

use clap::Parser;
use engine::command::Cli;

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::new(cli.log()))
        .with_ansi(false)
        .init();
    // training must not slow down pages: everything here waits for whoever answers people. Threads inherit it.
    if let Err(cause) = rustix::process::nice(10) {
        tracing::debug!("the engine's priority could not be lowered: {cause}");
    }
    // the one provider of cryptography that needs no C compiler
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = runtime.block_on(cli.run());
    // a training thread that is between two steps is not waited for: its run goes on from its checkpoint
    runtime.shutdown_background();
    done
}
