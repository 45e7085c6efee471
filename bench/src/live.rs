//! How soon the live reward model has learned from what somebody just answered.

use anyhow::ensure;
use bench::annotator::Annotator;
use bench::figures::Times;
use bench::load::{Ledger, sequential};
use bench::process::database_url;
use bench::seed::World;
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Store, now_ms};

/// Answers that are followed.
const ANSWERS: usize = 20;

/// A person answers one at a time, at once or after a pause; each time from the moment of the answer to the end of the
/// round that counts it.
pub(crate) fn learned_after(
    database: &Path,
    world: &World,
    person: &mut Annotator,
    ledger: &Ledger,
) -> anyhow::Result<Times> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let store = runtime.block_on(Store::open(&database_url(database)))?;
    let known = || -> anyhow::Result<(i64, i64)> {
        let stand = runtime.block_on(store.live_stand(&world.project))?;
        Ok(stand.map_or((0, 0), |it| (it.answers, it.trained_at)))
    };
    let mut lags = Vec::new();
    let mut answered = settled(&known)?;
    for n in 0..ANSWERS {
        sequential(person, 0, 1, ledger)?;
        answered += 1;
        let at = now_ms();
        let begun = Instant::now();
        let learned = loop {
            let (answers, trained_at) = known()?;
            if answers >= answered {
                break trained_at;
            }
            ensure!(
                begun.elapsed() < Duration::from_mins(1),
                "the live model does not learn from it"
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        lags.push((learned - at).max(0) as f64);
        std::thread::sleep(Duration::from_millis(if n % 2 == 0 { 0 } else { 1_500 }));
    }
    runtime.block_on(store.close());
    Ok(lags.into_iter().collect())
}

/// Answers that it has learned from, when these are all there are.
fn settled(known: &impl Fn() -> anyhow::Result<(i64, i64)>) -> anyhow::Result<i64> {
    let mut before = (-1, 0);
    loop {
        std::thread::sleep(Duration::from_secs(3));
        let now = known()?;
        if now == before {
            return Ok(now.0);
        }
        before = now;
    }
}
