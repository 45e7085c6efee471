//! Writes down what a training thread tells: measurements in batches, checkpoints before training goes on.

use crate::device::memory;
use crate::held::{Go, Signal};
use crate::people::Want;
use crate::worker::Engine;
use anyhow::Context;
use domain::measure::MEMORY;
use std::path::Path;
use std::time::Duration;
use store::jobs::Lease;
use store::metrics::{Metric, Sample};
use store::now_ms;
use store::runs::Run;
use tokio::sync::{mpsc, oneshot};

/// How often measurements are written.
const WRITE: Duration = Duration::from_millis(700);

/// What the training thread tells.
pub(crate) enum Told {
    /// Measurements of a step.
    Metrics {
        step: usize,
        of: usize,
        values: Vec<(String, f64)>,
    },
    /// A checkpoint stands in the workplace; training waits until it is kept.
    Checkpoint {
        step: usize,
        kept: oneshot::Sender<bool>,
    },
    /// What goes on before the first step.
    Preparing(String),
    /// What the model says to the fixed prompts.
    Samples(Vec<Sample>),
    /// Something that a person should know.
    Notice(String),
    /// What a run wants that asks people; training waits until it is done.
    Want {
        want: Want,
        done: oneshot::Sender<bool>,
    },
}

/// What is left to know when the thread has ended.
#[derive(Debug, Default)]
pub(crate) struct Wrote {
    /// The notices it gave.
    pub(crate) notices: Vec<String>,
    /// Whether the run now waits for people, its lease ended.
    pub(crate) waits: bool,
}

/// Copies a folder of checkpoints.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        // unfinished ones begin with a dot
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(name);
        if path.is_dir() {
            copy(&path, &target)?;
        } else if std::fs::hard_link(&path, &target).is_err() {
            // files of checkpoints are replaced, never changed: a link is as good as a copy, where it can be
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Writes down what the training thread tells.
pub(crate) struct Writer<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) run: &'a Run,
    pub(crate) lease: &'a Lease,
    pub(crate) signal: &'a Signal,
    /// Where the thread works.
    pub(crate) folder: &'a Path,
    /// The run's last checkpoint in the artifact store.
    pub(crate) last: Option<String>,
    /// What the refinements that people are asked about are by.
    pub(crate) base: &'a str,
}

impl Writer<'_> {
    /// Until the thread ends; what is left to know then.
    pub(crate) async fn write(mut self, mut told: mpsc::UnboundedReceiver<Told>) -> Wrote {
        let mut wrote = Wrote::default();
        let mut waiting: Vec<Metric> = Vec::new();
        let mut at = (0, 0);
        let mut stage: Option<String> = None;
        let mut tick = tokio::time::interval(WRITE);
        loop {
            tokio::select! {
                next = told.recv() => match next {
                    None => break,
                    Some(Told::Metrics { step, of, values }) => {
                        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
                        at = (number(step), number(of));
                        stage = None;
                        let memory = memory().map(|bytes| (MEMORY.to_owned(), bytes as f64));
                        for (name, value) in values.into_iter().chain(memory) {
                            waiting.push(Metric { step: at.0, name, value });
                        }
                    }
                    Some(Told::Checkpoint { step, kept }) => {
                        self.flush(at, &mut waiting).await;
                        let _ = kept.send(self.keep(step).await);
                    }
                    Some(Told::Preparing(words)) => stage = Some(words),
                    Some(Told::Samples(samples)) => {
                        let written = self.engine.store.write_samples(self.lease, &self.run.id, &samples).await;
                        self.heed(written);
                    }
                    Some(Told::Notice(words)) => wrote.notices.push(words),
                    Some(Told::Want { want, done }) => {
                        self.flush(at, &mut waiting).await;
                        wrote.waits |= !matches!(want, Want::Choose(_));
                        let _ = done.send(self.want(want).await);
                    }
                },
                _ = tick.tick() => {
                    self.flush(at, &mut waiting).await;
                    if let Some(words) = stage.take() {
                        let store = &self.engine.store;
                        let written = store.run_stage(self.lease, &self.run.id, &words).await;
                        self.heed(written);
                    }
                }
            }
        }
        self.flush(at, &mut waiting).await;
        wrote
    }

    async fn flush(&self, at: (i64, i64), waiting: &mut Vec<Metric>) {
        if waiting.is_empty() {
            return;
        }
        let store = &self.engine.store;
        let written = store
            .run_progress(self.lease, &self.run.id, at, waiting, now_ms())
            .await;
        // what could not be written now is written with the next
        if self.heed(written) {
            waiting.clear();
        }
    }

    /// Keeps the workplace as it stands under a name of its own, and only then forgets the checkpoint before:
    /// there is always one to go on from.
    async fn keep(&mut self, step: usize) -> bool {
        let (engine, run) = (self.engine, self.run);
        let place = format!("runs/{}/{}-{step}", run.id, self.lease.fence);
        let kept = async {
            copy(self.folder, &engine.artifacts.workplace(&place)?)?;
            engine.artifacts.keep(&place).await?;
            let step = i64::try_from(step)?;
            let store = &engine.store;
            anyhow::Ok(
                store
                    .run_checkpoint(self.lease, &run.id, step, &place)
                    .await?,
            )
        };
        match kept.await {
            Ok(true) => {
                if let Some(before) = self.last.replace(place) {
                    let _ = engine.artifacts.forget(&before).await;
                }
                true
            }
            Ok(false) => {
                self.signal.set(Go::Lost);
                false
            }
            Err(error) => {
                tracing::warn!("a checkpoint could not be kept: {error:#}");
                false
            }
        }
    }

    /// Does what a run wants that asks people. When it waits for them, the lease has ended.
    async fn want(&self, want: Want) -> bool {
        let (store, run, lease) = (&self.engine.store, self.run, self.lease);
        let done = match want {
            Want::Ask { round, sampled } => {
                store
                    .ask_people(lease, run, self.base, round, &sampled, now_ms())
                    .await
            }
            Want::Wait => store.run_waits(lease, &run.id, now_ms()).await,
            Want::Choose(chosen) => store.choose(lease, &run.id, &chosen, now_ms()).await,
        };
        self.heed(done)
    }

    fn heed(&self, written: store::Result<bool>) -> bool {
        match written {
            Ok(true) => true,
            Ok(false) => {
                self.signal.set(Go::Lost);
                false
            }
            Err(error) => {
                tracing::warn!("measurements could not be written: {error}");
                false
            }
        }
    }
}
