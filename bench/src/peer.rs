//! The same cycle on Label Studio, in the same run on the same machine.

use crate::Figures;
use bench::figures::Table;
use std::process::{Command, Stdio};

/// Runs `bench/label_studio.py` and prints its figures beside ours; says so when it is not installed.
pub(crate) fn compare(ours: Option<&Figures>) -> anyhow::Result<()> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/label_studio.py");
    let output = Command::new("python3")
        .arg(script)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        println!("\nLabel Studio was not measured.");
        return Ok(());
    }
    let peer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let number = |path: &str| {
        peer.pointer(path)
            .and_then(serde_json::Value::as_f64)
            .unwrap_or(f64::NAN)
    };
    let mut table = Table::begin(&format!(
        "Label Studio {} with {} tasks",
        peer["version"].as_str().unwrap_or("?"),
        peer["tasks"]
    ));
    let mut line = |what: &str, theirs: f64, unit: &str, ratio: Option<f64>| {
        let ratio = ratio.map_or_else(String::new, |ratio| format!(" — {ratio:.0} times ours"));
        table.note(what, format!("{theirs:.1} {unit}{ratio}"));
    };
    let ratio_to = |path: &str, of: fn(&Figures) -> f64| ours.map(|ours| number(path) / of(ours));
    line(
        "start",
        number("/start_s"),
        "s",
        ratio_to("/start_s", |o| o.start),
    );
    line(
        "submit + next, one person, p50",
        number("/sequential/p50_ms"),
        "ms",
        ratio_to("/sequential/p50_ms", |o| o.times.percentile(50)),
    );
    line(
        "submit + next, one person, p95",
        number("/sequential/p95_ms"),
        "ms",
        ratio_to("/sequential/p95_ms", |o| o.times.percentile(95)),
    );
    let rate = number("/parallel/cycles_per_s");
    let ratio = ours.map_or_else(String::new, |ours| {
        format!(" — we do {:.0} times as many", ours.rate / rate)
    });
    table.note("8 people at once", format!("{rate:.1} cycles/s{ratio}"));
    let (handed, twice) = (
        number("/parallel/handed_out"),
        number("/parallel/duplicates"),
    );
    let us = ours.map_or_else(String::new, |ours| {
        format!(" — ours: {} of {}", ours.handed.1, ours.handed.0)
    });
    table.note("handed out twice", format!("{twice} of {handed}{us}"));
    let memory = number("/memory_mib");
    let ratio = ours.map_or_else(String::new, |ours| {
        format!(" — {:.1} times ours", memory / ours.memory)
    });
    table.note("resident memory", format!("{memory:.0} MiB{ratio}"));
    Ok(())
}
