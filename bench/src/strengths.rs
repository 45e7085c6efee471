//! Bradley-Terry on a million comparisons of a hundred models, beside `arena-rank` on the same comparisons in the same
//! run: from comparisons in memory to scores with sandwich intervals.

use anyhow::Context;
use bench::figures::Table;
use domain::evaluate::{Battle, Clusters, Fit, Options, fit};
use domain::simulate::strengths::Planted;
use domain::stats::Random;
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

const MODELS: usize = 100;
/// Limits: seconds of a fit, and how many times faster than arena-rank.
const SECONDS: f64 = 1.0;
const RATIO: f64 = 10.0;
/// The best of so many counts, on both sides.
const TIMES: usize = 3;

/// Prints the table; returns how many limits were missed.
pub(crate) fn measure() -> anyhow::Result<usize> {
    let mut random = Random::seeded(1);
    let planted = Planted {
        strengths: (0..MODELS).map(|_| 0.8 * random.normal()).collect(),
        prompts: 100_000,
        judges: 2_000,
        judges_each: 5,
        pairs_each: 2,
        by_prompt: 0.3,
        by_judge: 0.1,
    };
    let battles = planted.battles(&mut random);
    let mut table = Table::begin(&format!(
        "Bradley-Terry, {} comparisons, {MODELS} models",
        battles.len()
    ));
    let (plain, ours) = best(&battles, Clusters::Independent);
    let (clustered, _) = best(&battles, Clusters::PromptAndJudge);
    let mut limit = |what: &str, seconds: f64| {
        let ok = seconds <= SECONDS;
        table.line(what, format!("{seconds:.3} s"), &format!("{SECONDS} s"), ok);
    };
    limit("fit and sandwich, each comparison alone", plain);
    limit("the same, clustered by prompt and person", clustered);
    let Some(theirs) = arena_rank(&battles)? else {
        table.note("arena-rank", "not installed, not measured");
        return Ok(table.missed());
    };
    let number = |key: &str| theirs[key].as_f64().context("arena-rank's figures");
    let seconds = number("seconds")?;
    let version = theirs["version"].as_str().unwrap_or("?");
    let what = format!("arena-rank {version}, each comparison alone");
    let first = number("first")?;
    table.note(
        &what,
        format!("{seconds:.2} s (the first time, compiling, {first:.2} s)"),
    );
    let ratio = seconds / plain;
    let wanted = format!("{RATIO:.0} times");
    table.line(
        "we are faster",
        format!("{ratio:.0} times"),
        &wanted,
        ratio >= RATIO,
    );
    let ratings = theirs["ratings"]
        .as_array()
        .context("arena-rank's ratings")?;
    let furthest = ours
        .strengths
        .iter()
        .zip(ratings)
        .filter_map(|(ours, theirs)| Some((ours.score? - theirs.as_f64()?).abs()));
    let furthest = furthest.fold(0.0, f64::max);
    table.note(
        "largest difference of two scores",
        format!("{furthest:.4} points"),
    );
    Ok(table.missed())
}

/// Seconds of the quickest of some fits.
fn best(battles: &[Battle], clusters: Clusters) -> (f64, Fit) {
    let options = Options {
        clusters,
        ..Options::default()
    };
    let once = || {
        let begun = Instant::now();
        let fit = fit(MODELS, battles, &options);
        (begun.elapsed().as_secs_f64(), fit)
    };
    let mut quickest = once();
    for _ in 1..TIMES {
        let next = once();
        if next.0 < quickest.0 {
            quickest = next;
        }
    }
    quickest
}

/// What `bench/arena_rank_peer.py` measured, if the Python named by `ARENA_RANK_PYTHON` (or `python3`) has the package.
fn arena_rank(battles: &[Battle]) -> anyhow::Result<Option<serde_json::Value>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("battles.csv");
    let mut text = String::from("model_a,model_b,points\n");
    for battle in battles {
        writeln!(
            text,
            "{},{},{}",
            battle.a,
            battle.b,
            battle.outcome.points()
        )?;
    }
    std::fs::write(&path, text)?;
    let python = std::env::var("ARENA_RANK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/arena_rank_peer.py"))
        .arg(&path)
        .arg(TIMES.to_string())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}
