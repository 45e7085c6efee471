//! The queue while the engine trains on the same processors: what an annotator waits with and without it.

use crate::{Options, prepare};
use anyhow::{Context, bail, ensure};
use bench::annotator::Annotator;
use bench::figures::{Table, Times};
use bench::load::{Ledger, sequential};
use bench::process::{Server, database_url};
use bench::seed::World;
use domain::Provenance;
use domain::ids::RunId;
use domain::method::{Method, Settings};
use domain::run::{ModelKind, ModelState, Request, Status};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use store::models::Model;
use store::runs::Started;
use store::{Store, now_ms};

/// Tasks in the database: the run's length does not depend on them.
const TASKS: u64 = 20_000;
/// How long a model may take to be brought in, and a run to be taken up.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long it has been at work when the queue is measured.
const WARM: Duration = Duration::from_secs(45);
/// So often the engine is held and let go, each time for a part of the cycles: a machine that is faster for a while, and a
/// live model that has more and more to learn from, then weigh on both sides alike.
const TURNS: usize = 8;

pub(crate) fn measure(options: &Options) -> anyhow::Result<usize> {
    let (Some(engine), Some(models)) = (&options.engine, &options.models) else {
        println!(
            "\nThe queue beside training is not measured: it needs an engine and its models (scripts/engine.sh, scripts/models.sh)."
        );
        return Ok(0);
    };
    let folder = tempfile::tempdir()?;
    let world = prepare(folder.path(), TASKS, 1)?;
    let database = folder.path().join("bench.db");
    let settings = [
        ("TOUCHSTONE_ENGINE", engine.as_os_str()),
        ("TOUCHSTONE_MODELS", models.as_os_str()),
        ("ENGINE_URL", "http://127.0.0.1:3019/v1".as_ref()),
    ];
    let server = Server::start_with(&options.server, &database, &options.site, &settings)?;
    let ledger = Ledger::default();
    let mut person = Annotator::sign_in(server.address, &world.project, 0)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let (store, base) = runtime.block_on(base(&database, &world))?;
    // what the run learns from
    sequential(&mut person, 0, 100 + options.cycles, &ledger)?;
    let run = runtime.block_on(train(&store, &world, &base))?;
    let engine = server.child()?;
    let (mut idle, mut busy) = (Times::default(), Times::default());
    for _ in 0..TURNS {
        signal(engine, "STOP")?;
        idle.add(sequential(&mut person, 0, options.cycles / TURNS, &ledger)?);
        signal(engine, "CONT")?;
        std::thread::sleep(Duration::from_millis(500));
        busy.add(sequential(&mut person, 0, options.cycles / TURNS, &ledger)?);
    }
    ensure!(
        runtime.block_on(stands(&store, &world, &run))? == Status::Running,
        "the run ended before the queue was measured beside it"
    );
    let mut table = Table::begin(&format!(
        "submit + next while the engine trains {}",
        base.name
    ));
    table.note("the engine is held", &idle);
    table.note("it trains", &busy);
    for percent in [50, 95] {
        let ratio = ratio(&busy, &idle, percent);
        table.line(
            &format!("p{percent}: ratio"),
            format!("{ratio:.2}"),
            "1.5",
            ratio <= 1.5,
        );
    }
    Ok(table.missed())
}

/// Holds a process, or lets it go on.
fn signal(process: u32, name: &str) -> anyhow::Result<()> {
    let status = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()?;
    ensure!(status.success(), "the engine could not be held");
    Ok(())
}

fn ratio(busy: &Times, idle: &Times, percent: usize) -> f64 {
    busy.percentile(percent) / idle.percentile(percent)
}

/// The policy that the engine brings in from its folder.
async fn base(database: &Path, world: &World) -> anyhow::Result<(Store, Model)> {
    let store = Store::open(&database_url(database)).await?;
    let begun = Instant::now();
    loop {
        let models = store.models(&world.project).await?;
        let ready = |it: &Model| it.kind == ModelKind::Policy && it.state == ModelState::Ready;
        if let Some(model) = models.into_iter().find(ready) {
            return Ok((store, model));
        }
        ensure!(begun.elapsed() < PATIENCE, "the engine brings no model in");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// A run on what was just answered, when it has been at work for a while.
async fn train(store: &Store, world: &World, base: &Model) -> anyhow::Result<RunId> {
    let request = Request {
        method: Method::Sft,
        name: "Beside the queue".into(),
        base: base.id.clone(),
        reward: None,
        provenances: vec![Provenance::Person],
        node: None,
        seed: 1,
        settings: Settings::defaults(&Method::Sft.settings()),
        parent: None,
    };
    let run = match store
        .start_run(&world.project, &request, None, now_ms())
        .await?
    {
        Started::Run(run) => run,
        Started::Refused(why) => bail!("the run is refused: {why:?}"),
    };
    let begun = Instant::now();
    let mut running = None;
    loop {
        match stands(store, world, &run).await? {
            // it computes as hard before its first step as in it
            Status::Running => {
                if running.get_or_insert_with(Instant::now).elapsed() > WARM {
                    return Ok(run);
                }
            }
            Status::Queued => {}
            ended => bail!("the run is {ended:?}"),
        }
        ensure!(begun.elapsed() < PATIENCE, "no engine takes the run");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn stands(store: &Store, world: &World, run: &RunId) -> anyhow::Result<Status> {
    let run = store
        .run(&world.project, run)
        .await?
        .context("the run is gone")?;
    Ok(run.status)
}
