//! A job while an engine has it: its lease is kept, what people want of it is looked up, and whoever works
//! on it asks here whether to go on.

use domain::ids::RunId;
use domain::run::Wish;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use store::jobs::{LEASE_MS, Lease};
use store::{Store, now_ms};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often people's wishes are looked up.
const LOOK: Duration = Duration::from_millis(500);

/// Whether to go on with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Yes.
    On,
    /// Write a checkpoint and end the lease: people want it to wait.
    Pause,
    /// Stop: people no longer want it.
    Cancel,
    /// Write a checkpoint if it is cheap and give the job back: this engine is being stopped.
    Leave,
    /// Stop at once: another engine has it, nothing may be written any more.
    Lost,
}

const ALL: [Go; 5] = [Go::On, Go::Pause, Go::Cancel, Go::Leave, Go::Lost];

/// Says whether to go on; cheap to clone and to ask.
#[derive(Clone, Debug, Default)]
pub struct Signal(Arc<AtomicU8>);

impl Signal {
    /// Whether to go on.
    pub fn go(&self) -> Go {
        ALL[usize::from(self.0.load(Ordering::Relaxed)).min(ALL.len() - 1)]
    }

    /// Says so; a lease that is lost stays lost.
    pub fn set(&self, go: Go) {
        let number = ALL.iter().position(|one| *one == go).unwrap_or(0);
        let number = u8::try_from(number).unwrap_or(0);
        if self.go() != Go::Lost {
            self.0.store(number, Ordering::Relaxed);
        }
    }
}

/// A lease that is being kept until this is dropped.
#[derive(Debug)]
pub struct Held {
    /// Whether to go on.
    pub signal: Signal,
    keeper: JoinHandle<()>,
}

impl Held {
    /// Keeps a lease from now on.
    pub fn new(
        store: Store,
        lease: Lease,
        run: Option<RunId>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let signal = Signal::default();
        let keeper = tokio::spawn(keep(store, lease, run, stop, signal.clone()));
        Self { signal, keeper }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn keep(
    store: Store,
    lease: Lease,
    run: Option<RunId>,
    stop: watch::Receiver<bool>,
    signal: Signal,
) {
    let mut until = now_ms() + LEASE_MS;
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        let now = now_ms();
        if now + LEASE_MS * 2 / 3 > until {
            match store.renew_job(&lease, now).await {
                Ok(true) => until = now + LEASE_MS,
                Ok(false) => {
                    signal.set(Go::Lost);
                    return;
                }
                // the database may be back before the lease runs out; if not, somebody else goes on
                Err(error) => tracing::warn!("the lease could not be kept: {error}"),
            }
        }
        let wish = match &run {
            Some(run) => store.run_wish(run).await.unwrap_or(Wish::Run),
            None => Wish::Run,
        };
        signal.set(match wish {
            Wish::Pause => Go::Pause,
            Wish::Cancel => Go::Cancel,
            Wish::Run if *stop.borrow() => Go::Leave,
            Wish::Run => Go::On,
        });
    }
}
