//! The engine at work: claims jobs, one heavy and one light at a time, does them, and reports itself.

use crate::artifacts::Artifacts;
use crate::device::Chosen;
use crate::held::Held;
use crate::loaded::Shelf;
use crate::turns::Turns;
use crate::{add_model, generate, train};
use domain::ids::EngineId;
use domain::run::{EngineState, JobKind};
use std::sync::Arc;
use std::time::Duration;
use store::engines;
use store::jobs::Claimed;
use store::{Store, now_ms};
use tokio::sync::watch;

/// How long an engine without work waits before it looks again.
const IDLE: Duration = Duration::from_secs(1);
/// How often it says that it is there.
const REPORT: Duration = Duration::from_secs(5);
/// What takes long and all of the device.
const HEAVY: [JobKind; 1] = [JobKind::Train];
/// What may go on beside it.
const LIGHT: [JobKind; 2] = [JobKind::Generate, JobKind::AddModel];

/// An engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// The database.
    pub store: Store,
    /// Where models and checkpoints are.
    pub artifacts: Artifacts,
    /// Its name in the database.
    pub id: EngineId,
    /// What it computes on.
    pub device: Chosen,
    /// Who computes when.
    pub turns: Turns,
    /// Models in memory.
    pub shelf: Arc<Shelf>,
    /// Set when it is to end.
    pub stop: watch::Receiver<bool>,
    /// Where models can be downloaded from.
    pub hub: String,
}

impl Engine {
    /// An engine on this database and artifact store.
    pub fn new(
        store: Store,
        artifacts: Artifacts,
        device: Chosen,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let shelf = Shelf::new(store.clone(), artifacts.clone(), device.device.clone());
        Self {
            store,
            artifacts,
            id: EngineId(store::new_id()),
            device,
            turns: Turns::default(),
            shelf: Arc::new(shelf),
            stop,
            hub: "https://huggingface.co".to_owned(),
        }
    }

    /// Whether it is to end.
    pub fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Takes and does jobs until it is told to stop; then gives back what it has.
    pub async fn work(&self) {
        tokio::join!(self.take(&HEAVY), self.take(&LIGHT), self.report_on());
        self.report(EngineState::Stopped, self.device.problem.clone())
            .await;
    }

    /// Says that it is there, as long as it is.
    pub async fn report_on(&self) {
        let mut stop = self.stop.clone();
        while !self.stopping() {
            self.report(EngineState::Ready, self.device.problem.clone())
                .await;
            // any engine may: the run is for whoever is free
            match self.store.wake_judged().await {
                Ok(0) => {}
                Ok(woken) => tracing::info!("{woken} runs go on: people have judged enough"),
                Err(error) => tracing::warn!("runs that wait could not be looked at: {error}"),
            }
            tokio::select! {
                () = tokio::time::sleep(REPORT) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    /// Says how it stands.
    pub async fn report(&self, state: EngineState, problem: Option<String>) {
        static STARTED: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
        let seen = engines::Engine {
            id: self.id.clone(),
            host: host(),
            device: self.device.words.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state,
            problem,
            started_at: *STARTED.get_or_init(now_ms),
            seen_at: now_ms(),
        };
        if let Err(error) = self.store.engine_seen(&seen).await {
            tracing::warn!("this engine could not report itself: {error}");
        }
    }

    async fn take(&self, kinds: &[JobKind]) {
        let mut stop = self.stop.clone();
        while !self.stopping() {
            if !self.take_one(kinds).await {
                tokio::select! {
                    () = tokio::time::sleep(IDLE) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            }
        }
    }

    /// Does one job of these kinds; false when there is none.
    pub async fn take_one(&self, kinds: &[JobKind]) -> bool {
        match self.store.claim_job(&self.id, kinds, now_ms()).await {
            Ok(Some(claimed)) => {
                self.process(claimed).await;
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::warn!("no job could be claimed: {error}");
                false
            }
        }
    }

    async fn process(&self, claimed: Claimed) {
        let (job, lease) = (&claimed.job, &claimed.lease);
        tracing::info!("{} {} begins", job.kind.name(), job.id);
        let held = Held::new(
            self.store.clone(),
            lease.clone(),
            job.run.clone(),
            self.stop.clone(),
        );
        let done = match job.kind {
            JobKind::Train => train::train(self, &claimed, &held.signal).await,
            JobKind::Generate => generate::generate(self, &claimed, &held.signal).await,
            JobKind::AddModel => add_model::add(self, &claimed, &held.signal).await,
            JobKind::Judge | JobKind::Embed | JobKind::Taxonomy => Err(anyhow::anyhow!(
                "this engine scores and embeds on request only"
            )),
        };
        if let Err(error) = done {
            // what went wrong is written for people; the rest of the chain is for the log
            tracing::error!("{} {} failed: {error:?}", job.kind.name(), job.id);
            let problem = format!("{error:#}");
            let failed = self.store.run_failed(lease, job, &problem, now_ms()).await;
            if let Err(error) = failed {
                tracing::error!("and that could not be written down: {error}");
            }
        }
    }
}

/// This machine's name.
fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_else(|_| "this machine".to_owned())
}
