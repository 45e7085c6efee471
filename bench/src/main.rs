//! `make bench`: measures the server against its limits, prints Markdown tables, and fails when a limit
//! was missed.

mod beside;
mod dashboards;
mod importing;
mod live;
mod peer;
mod strengths;

use anyhow::Context;
use bench::annotator::Annotator;
use bench::figures::{Table, Times};
use bench::load::{Ledger, sequential, together};
use bench::process::{Server, database_url};
use bench::seed::{World, seed};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::Store;

/// How many people work at once.
const PEOPLE: usize = 8;
/// How many items somebody has answered before she is measured as an old hand.
const EXPERIENCE: usize = 5000;

/// Measures the server against its limits.
#[derive(Parser)]
struct Options {
    /// The server, built for release.
    #[arg(long, env = "TOUCHSTONE")]
    server: PathBuf,
    /// The built style sheet and scripts.
    #[arg(long, env = "SITE_ROOT")]
    site: PathBuf,
    /// The engine, for what is measured while it trains.
    #[arg(long, env = "TOUCHSTONE_ENGINE")]
    engine: Option<PathBuf>,
    /// The models it begins with.
    #[arg(long, env = "TOUCHSTONE_MODELS")]
    models: Option<PathBuf>,
    /// Tasks in the database.
    #[arg(long, default_value_t = 100_000)]
    tasks: u64,
    /// Cycles of the sequential measurement.
    #[arg(long, default_value_t = 3000)]
    cycles: usize,
    /// Seconds of the parallel measurement.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Comparisons behind the dashboards.
    #[arg(long, default_value_t = 1_000_000)]
    comparisons: usize,
    /// Only these parts, e.g. `--only queue`; all when left out.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// A part of the run.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Start, submit and next, people in parallel, memory.
    Queue,
    /// The same where three people answer each task.
    Overlap,
    /// The same while the engine trains.
    Beside,
    /// A large file.
    Import,
    /// The dashboards over a million comparisons.
    Dashboards,
    /// The weight of scripts.
    Weight,
    /// Bradley-Terry beside arena-rank, where that is installed.
    Strengths,
    /// Label Studio, where it is installed.
    Peer,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut missed = 0;
    let mut ours = None;
    if wanted(Part::Queue) {
        let figures = queue(&options, 1)?;
        missed += figures.missed;
        ours = Some(figures);
    }
    if wanted(Part::Overlap) {
        missed += queue(&options, 3)?.missed;
    }
    if wanted(Part::Beside) {
        missed += beside::measure(&options)?;
    }
    if wanted(Part::Import) {
        missed += importing::measure(&options)?;
    }
    if wanted(Part::Dashboards) {
        missed += dashboards::measure(&options)?;
    }
    if wanted(Part::Weight) {
        missed += weight(&options.site)?;
    }
    if wanted(Part::Strengths) {
        missed += strengths::measure()?;
    }
    if wanted(Part::Peer) {
        peer::compare(ours.as_ref())?;
    }
    anyhow::ensure!(missed == 0, "{missed} limits were missed");
    println!("\nEvery limit was kept.");
    Ok(())
}

/// What the comparison needs of a run.
struct Figures {
    missed: usize,
    start: f64,
    times: Times,
    rate: f64,
    handed: (usize, usize),
    memory: f64,
}

fn prepare(folder: &Path, tasks: u64, overlap: u32) -> anyhow::Result<World> {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let world = runtime.block_on(async {
        let store = Store::open(&database_url(&folder.join("bench.db"))).await?;
        let world = seed(&store, folder, tasks, PEOPLE + 1, overlap).await?;
        store.close().await;
        anyhow::Ok(world)
    })?;
    eprintln!(
        "{tasks} tasks made in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(world)
}

/// The queue, with so many answers wanted for each task.
fn queue(options: &Options, overlap: u32) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir()?;
    let world = prepare(folder.path(), options.tasks, overlap)?;
    let database = folder.path().join("bench.db");
    let server = Server::start(&options.server, &database, &options.site)?;
    let idle = server.memory()?.resident;
    let ledger = Ledger::default();
    let mut table = Table::begin(&format!(
        "{} tasks, {overlap} {} each",
        options.tasks,
        if overlap == 1 { "answer" } else { "answers" }
    ));
    let start = server.started_in.as_secs_f64();
    table.line("start", format!("{start:.2} s"), "1 s", start <= 1.0);

    // person 0 works alone first
    let mut first = Annotator::sign_in(server.address, &world.project, 0)?;
    sequential(&mut first, 0, 100, &ledger)?;
    let lags = live::learned_after(&database, &world, &mut first, &ledger)?;
    table.line(
        "the live reward model has learned from an answer after",
        &lags,
        "p95 2 s",
        lags.percentile(95) <= 2_000.0,
    );
    let times = sequential(&mut first, 0, options.cycles, &ledger)?;
    table.line(
        "submit + next, one person",
        &times,
        "p95 10 ms",
        times.percentile(95) <= 10.0,
    );
    first.compressed = true;
    let packed = sequential(&mut first, 0, options.cycles / 3, &ledger)?;
    table.line(
        "the same, compressed for the browser",
        &packed,
        "p95 10 ms",
        packed.percentile(95) <= 10.0,
    );
    first.compressed = false;

    let used = server.processor_seconds()?;
    let length = Duration::from_secs(options.seconds);
    let together = together(
        server.address,
        &world.project,
        1..PEOPLE + 1,
        length,
        &ledger,
    )?;
    let used = server.processor_seconds()? - used;
    table.line(
        &format!("{PEOPLE} people at once, {} s", options.seconds),
        format!("{:.0} cycles/s", together.rate),
        "300 cycles/s",
        together.rate >= 300.0,
    );
    table.note("their submit + next", &together.times);
    table.note(
        "the server's processor time for one cycle",
        format!("{:.2} ms", used * 1000.0 / together.times.count() as f64),
    );
    table.line("errors", together.errors, "0", together.errors == 0);
    if let Some(words) = &together.first_error {
        eprintln!("first error: {words}");
    }

    if overlap > 1 {
        let done = options.cycles + options.cycles / 3 + 100;
        sequential(&mut first, 0, EXPERIENCE.saturating_sub(done), &ledger)?;
        let times = sequential(&mut first, 0, options.cycles, &ledger)?;
        table.line(
            &format!("submit + next, after {EXPERIENCE} answers of hers"),
            &times,
            "p95 10 ms",
            times.percentile(95) <= 10.0,
        );
    }
    let handed = ledger.count(overlap as usize);
    table.line(
        &format!("of {} hand-outs, beyond the overlap", handed.0),
        handed.1,
        "0",
        handed.1 == 0,
    );
    let memory = server.memory()?;
    table.line(
        "resident memory after this",
        format!(
            "{:.0} MiB (idle {idle:.0}, peak {:.0})",
            memory.resident, memory.peak
        ),
        "80 MiB",
        memory.resident <= 80.0,
    );
    Ok(Figures {
        missed: table.missed(),
        start,
        times,
        rate: together.rate,
        handed,
        memory: memory.resident,
    })
}

/// What a queue page loads besides itself.
fn weight(site: &Path) -> anyhow::Result<usize> {
    let manifest = site.join("assets.json");
    let manifest: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(&manifest)
            .with_context(|| format!("{} is missing", manifest.display()))?,
    )?;
    let kilobytes = |name: &str| -> anyhow::Result<f64> {
        let file = manifest[name].as_str().unwrap_or_default();
        let file = site.join("pkg").join(format!("{file}.br"));
        let meta =
            std::fs::metadata(&file).with_context(|| format!("{} is missing", file.display()))?;
        Ok(meta.len() as f64 / 1000.0)
    };
    let (wasm, js, css) = (kilobytes("wasm")?, kilobytes("js")?, kilobytes("css")?);
    let mut table = Table::begin("what a queue page loads");
    table.line(
        "wasm and JS, brotli",
        format!("{:.0} kB ({wasm:.0} + {js:.0})", wasm + js),
        "250 kB",
        wasm + js <= 250.0,
    );
    table.note("style sheet, brotli", format!("{css:.0} kB"));
    Ok(table.missed())
}
