//! `touchstone import` of a large file: rows a second, and how much memory it takes at most.

use crate::{Options, prepare};
use anyhow::{Context, ensure};
use bench::annotator::Annotator;
use bench::figures::{Table, Times};
use bench::process::{Server, database_url, memory};
use bench::seed::{World, write_rows};
use bench::words::word;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Imports as many rows as there are tasks, twice: the second time nothing may change.
pub(crate) fn measure(options: &Options) -> anyhow::Result<usize> {
    let folder = tempfile::tempdir()?;
    // a project with one prompt, which is not among the file's
    let world = prepare(folder.path(), 1, 1)?;
    let database = folder.path().join("bench.db");
    let file = folder.path().join("rows.jsonl");
    write_rows(&file, 1, options.tasks)?;
    let small = folder.path().join("small.jsonl");
    write_rows(&small, 1, options.tasks / 10)?;

    let project = world.project.as_str();
    let (_, least) = run(&options.server, &database, project, &small)?;
    let (first, peak) = run(&options.server, &database, project, &file)?;
    let (second, _) = run(&options.server, &database, project, &file)?;
    let mut table = Table::begin(&format!("touchstone import, {} rows", options.tasks));
    let rate = |seconds: f64| format!("{:.0} rows/s", options.tasks as f64 / seconds);
    table.note(
        "prompts with two responses each, a task made for each",
        rate(first),
    );
    table.note("the same file again", rate(second));
    // bounded: ten times the rows may not take much more
    table.line(
        "peak memory",
        format!("{peak:.0} MiB (with a tenth of the rows {least:.0})"),
        "twice that of a tenth",
        peak <= 2.0 * least,
    );
    search(options, &world, &database, &mut table)?;
    Ok(table.missed())
}

/// Words from common to rare, one after the other, over what was imported.
fn search(
    options: &Options,
    world: &World,
    database: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let server = Server::start(&options.server, database, &options.site)?;
    let mut owner = Annotator::sign_in(server.address, &world.project, 0)?;
    let mut times = Vec::new();
    for n in 0..200 {
        let (common, rare) = (word(10 + n % 90), word(200 + n * 60));
        let wanted = if n % 3 == 0 { common } else { rare };
        let begun = Instant::now();
        let path = format!("/projects/{}/data?words={wanted}", world.project);
        let answer = owner.client.get(&path)?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let times: Times = times.into_iter().collect();
    table.note(
        "searching these prompts and responses, a page of finds",
        times,
    );
    Ok(())
}

/// Seconds and peak memory of one import.
fn run(server: &Path, database: &Path, project: &str, file: &Path) -> anyhow::Result<(f64, f64)> {
    let begun = Instant::now();
    let mut child = Command::new(server)
        .args(["import", "--project", project])
        .arg(file)
        .env("DATABASE_URL", database_url(database))
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .context("cannot start the import")?;
    let mut peak = 0.0_f64;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if let Ok(memory) = memory(child.id()) {
            peak = peak.max(memory.peak);
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    ensure!(status.success(), "the import failed: {status}");
    Ok((begun.elapsed().as_secs_f64(), peak))
}
