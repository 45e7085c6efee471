//! The job that works on a run. The method trains in a thread of its own; what it measures is written down
//! in batches, and what it saves is kept before it goes on, so that a run that is killed at any moment is
//! continued from its last checkpoint by whoever claims it next.

use crate::device::memory;
use crate::examples::Tokenised;
use crate::files;
use crate::held::{Go, Signal};
use crate::loaded::{Loaded, Weights};
use crate::sampled;
use crate::samples;
use crate::turns::Turns;
use crate::worker::Engine;
use anyhow::{Context, bail};
use domain::ids::ModelId;
use domain::measure::MEMORY;
use domain::method::{Method, Value};
use domain::run::{ModelKind, Wish};
use learn::methods;
use learn::train::{Card, Continue, Ended, Event, Session};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::jobs::{Claimed, Lease};
use store::metrics::{Metric, Sample};
use store::models::NewModel;
use store::now_ms;
use store::runs::Run;
use store::training::Training;
use tokio::sync::{mpsc, oneshot};

/// How often measurements are written.
const WRITE: Duration = Duration::from_millis(700);

/// What the training thread tells.
enum Told {
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
    Samples(Vec<Sample>),
    Notice(String),
}

/// What came of training.
enum Came {
    /// A model in its workplace.
    Model { kind: ModelKind, card: Box<Card> },
    /// A checkpoint: it goes on later.
    Checkpoint,
}

/// Works on a run until it is done, paused, cancelled or lost.
///
/// # Errors
/// Why the run cannot go on, and what to do, in words for people.
pub async fn train(engine: &Engine, claimed: &Claimed, signal: &Signal) -> anyhow::Result<()> {
    let (store, lease) = (&engine.store, &claimed.lease);
    let id = claimed.job.run.as_ref().context("the job names no run")?;
    let run = store.any_run(id).await?.context("the run is gone")?;
    let training = store.training_of(&run).await?;
    if training.data.hash != run.data.hash {
        bail!("some of the annotations that the run was started on are gone: start a new one");
    }
    let counts = training.data.examples;
    counts.enough_for(run.method).map_err(anyhow::Error::msg)?;

    // a workplace belongs to one claim: an engine that is only late cannot spoil the files of the next one
    let folder = engine
        .artifacts
        .workplace(&format!("runs/{id}/{}", lease.fence))?;
    let step = match &run.checkpoint {
        Some(from) => restore(engine, from, &folder).await?,
        None => 0,
    };
    if !store.rewind_run(lease, id, i64::try_from(step)?).await? {
        return Ok(());
    }
    let first = store.samples(id).await?.is_empty();
    let base = engine.shelf.read(&run.base).await?;
    let reward = match &run.reward {
        Some(reward) => Some(engine.shelf.read(reward).await?),
        None => None,
    };
    let made = ModelId(store::new_id());
    let made_files = format!("models/{made}");
    let made_folder = engine.artifacts.workplace(&made_files)?;

    let (tell, told) = mpsc::unbounded_channel();
    let work = Work {
        run: run.clone(),
        training,
        base,
        reward,
        first,
        folder: folder.clone(),
        made: made_folder,
        tell,
        signal: signal.clone(),
        turns: engine.turns.clone(),
    };
    let training = tokio::task::spawn_blocking(move || match work.train() {
        // nothing to save: it goes on where it began
        Err(error) if matches!(error.downcast_ref(), Some(learn::Error::Paused)) => {
            Ok(Came::Checkpoint)
        }
        came => came,
    });
    let writer = Writer {
        engine,
        run: &run,
        lease,
        signal,
        folder: &folder,
        last: run.checkpoint.clone(),
    };
    let notices = writer.write(told).await;
    let came = training.await;
    if signal.go() == Go::Lost {
        return Ok(());
    }
    match came.map_err(panicked)? {
        Err(_) | Ok(Came::Checkpoint) if signal.go() == Go::Cancel => {
            store.run_stopped(lease, id, Wish::Cancel, now_ms()).await?;
            engine.artifacts.forget(&format!("runs/{id}")).await?;
        }
        Err(_) | Ok(Came::Checkpoint) if matches!(signal.go(), Go::Leave) => {
            store.run_stopped(lease, id, Wish::Run, now_ms()).await?;
        }
        Err(error) => return Err(advised(error, &run)),
        Ok(Came::Checkpoint) => {
            // perhaps it was resumed while it was being saved
            let wish = if signal.go() == Go::On {
                Wish::Run
            } else {
                Wish::Pause
            };
            store.run_stopped(lease, id, wish, now_ms()).await?;
        }
        Ok(Came::Model { kind, mut card }) => {
            let bytes = engine.artifacts.keep(&made_files).await?;
            for notice in notices {
                if !card.outcome.remarks.contains(&notice) {
                    card.outcome.remarks.push(notice);
                }
            }
            let model = new_model(engine, &run, made, kind, made_files, &card, bytes).await?;
            let result = serde_json::to_value(&card.outcome)?;
            if store
                .run_done(lease, &run, &model, &result, now_ms())
                .await?
            {
                engine.artifacts.forget(&format!("runs/{id}")).await?;
            }
            return Ok(());
        }
    }
    let _ = engine.artifacts.forget(&made_files).await;
    Ok(())
}

async fn new_model(
    engine: &Engine,
    run: &Run,
    id: ModelId,
    kind: ModelKind,
    files: String,
    card: &Card,
    bytes: u64,
) -> anyhow::Result<NewModel> {
    let base = engine.store.any_model(&run.base).await?;
    let mut said = serde_json::to_value(card)?;
    said["snapshot"] = serde_json::to_value(&run.data)?;
    said["seed"] = json!(run.seed);
    said["run"] = json!(run.id);
    said["base"] = json!(base.as_ref().map(|it| &it.name));
    said["device"] = json!(engine.device.words);
    said["version"] = json!(env!("CARGO_PKG_VERSION"));
    Ok(NewModel {
        id,
        name: run.name.clone(),
        kind,
        files,
        // training changes no shape
        config: base.map(|it| it.config).unwrap_or_default(),
        card: said,
        bytes: i64::try_from(bytes)?,
    })
}

/// Puts the last checkpoint into the new workplace; the step it was made after.
async fn restore(engine: &Engine, from: &str, to: &Path) -> anyhow::Result<usize> {
    let kept = engine.artifacts.folder(from).await?;
    copy(&kept, to)?;
    let latest = learn::train::latest(to);
    let checkpoint =
        latest.context("the run's last checkpoint is not whole: clone the run to start anew")?;
    Ok(checkpoint.step)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
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
struct Writer<'a> {
    engine: &'a Engine,
    run: &'a Run,
    lease: &'a Lease,
    signal: &'a Signal,
    /// Where the thread works.
    folder: &'a Path,
    /// The run's last checkpoint in the artifact store.
    last: Option<String>,
}

impl Writer<'_> {
    /// Until the thread ends; the notices it gave.
    async fn write(mut self, mut told: mpsc::UnboundedReceiver<Told>) -> Vec<String> {
        let mut notices = Vec::new();
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
                    Some(Told::Notice(words)) => notices.push(words),
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
        notices
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

/// Everything that the training thread needs.
struct Work {
    run: Run,
    training: Training,
    base: Loaded,
    reward: Option<Loaded>,
    first: bool,
    folder: PathBuf,
    made: PathBuf,
    tell: mpsc::UnboundedSender<Told>,
    signal: Signal,
    turns: Turns,
}

impl Work {
    fn train(self) -> anyhow::Result<Came> {
        let now = self.run.created_at;
        let seed = Value::Integer(self.run.seed);
        let settings = self.run.settings.clone().with("seed", seed);
        let Weights::Policy(model) = &self.base.weights else {
            bail!("a run starts from a model that answers prompts, not from a reward model");
        };
        let model = model.clone();
        let words = &self.base.words;
        let prompts = samples::prompts(&self.training.examples);
        if self.first && self.run.method != Method::RewardModel {
            self.preparing("letting the base model answer the fixed prompts");
            let go_on = || self.signal.go() == Go::On;
            let said = samples::say(&model, words, &prompts, now, &go_on)?;
            if !go_on() {
                // half a sample would stand there for ever: whoever goes on samples anew
                return Ok(Came::Checkpoint);
            }
            self.say(&prompts, said, |text| (Some(text), None));
        }
        let examples = Tokenised::new(&self.training.examples, words, &settings, now)?;
        let begun = Instant::now();
        let clock = || begun.elapsed().as_secs_f64();
        let mut tell = |event: Event| self.event(event);
        let session = Session {
            folder: &self.folder,
            clock: &clock,
            tell: &mut tell,
        };
        let (policy, ended, card) = match self.run.method {
            Method::RewardModel => {
                let trained =
                    methods::reward_model::train(model, &examples.pairs(), &settings, session)?;
                if trained.ended != Ended::Paused {
                    files::save_reward(&self.made, &trained.model, words)?;
                }
                (None, trained.ended, trained.card)
            }
            Method::Sft => {
                let demonstrations = examples.demonstrations(&settings);
                let trained = methods::sft::train(model, &demonstrations, &settings, session)?;
                (Some(trained.model), trained.ended, trained.card)
            }
            Method::Dpo => {
                let trained = methods::dpo::train(model, &examples.pairs(), &settings, session)?;
                (Some(trained.model), trained.ended, trained.card)
            }
            Method::Kto => {
                let trained = methods::kto::train(model, &examples.judged(), &settings, session)?;
                (Some(trained.model), trained.ended, trained.card)
            }
            Method::BestOfN => {
                let judge = self
                    .reward
                    .as_ref()
                    .context("the run names no reward model")?;
                let trained =
                    sampled::best_of_n(model, words, judge, &examples, &settings, session)?;
                (Some(trained.model), trained.ended, trained.card)
            }
            Method::Ilf => {
                let judge = self.reward.as_ref();
                let trained =
                    sampled::ilf(model, words, judge, &examples, &settings, now, session)?;
                (Some(trained.model), trained.ended, trained.card)
            }
        };
        if ended == Ended::Paused {
            return Ok(Came::Checkpoint);
        }
        if let Some(lost) = examples.lost() {
            let _ = self.tell.send(Told::Notice(lost.to_string()));
        }
        let Some(policy) = policy else {
            let kind = ModelKind::Reward;
            return Ok(Came::Model {
                kind,
                card: Box::new(card),
            });
        };
        // a pause comes too late here: the run is as good as done
        self.preparing("letting the trained model answer the fixed prompts");
        let go_on = || !matches!(self.signal.go(), Go::Cancel | Go::Lost);
        let said = samples::say(&policy, words, &prompts, now, &go_on)?;
        self.say(&prompts, said, |text| (None, Some(text)));
        files::save_policy(&self.made, &policy, words)?;
        let kind = ModelKind::Policy;
        Ok(Came::Model {
            kind,
            card: Box::new(card),
        })
    }

    fn say(
        &self,
        prompts: &[Vec<domain::prompt::Message>],
        said: Vec<String>,
        place: impl Fn(String) -> (Option<String>, Option<String>),
    ) {
        let samples = prompts.iter().zip(said).map(|(prompt, text)| {
            let (before, after) = place(text);
            Sample {
                prompt: prompt.clone(),
                before,
                after,
            }
        });
        let _ = self.tell.send(Told::Samples(samples.collect()));
    }

    fn preparing(&self, words: impl Into<String>) {
        let _ = self.tell.send(Told::Preparing(words.into()));
    }

    /// Hands an event on and says whether to go on. Those who wait for an answer go first.
    fn event(&self, event: Event) -> Continue {
        match event {
            Event::Metrics { step, of, values } => {
                self.turns.stand_back();
                let _ = self.tell.send(Told::Metrics { step, of, values });
            }
            Event::Checkpoint { step, .. } => {
                let (kept, done) = oneshot::channel();
                let _ = self.tell.send(Told::Checkpoint { step, kept });
                let _ = done.blocking_recv();
            }
            Event::Preparing { what, done, of } => {
                self.turns.stand_back();
                self.preparing(format!("{what}: {done} of {of}"));
            }
            Event::Notice(words) => drop(self.tell.send(Told::Notice(words))),
        }
        match self.signal.go() {
            Go::On => Continue::Yes,
            Go::Pause | Go::Leave => Continue::Pause,
            Go::Cancel | Go::Lost => Continue::Cancel,
        }
    }
}

/// What went wrong, with what to do about it.
fn advised(error: anyhow::Error, run: &Run) -> anyhow::Error {
    if let Some(learn::Error::Diverged { .. }) = error.downcast_ref() {
        let rate = run.settings.real("learning_rate");
        return anyhow::anyhow!(
            "{error}. Clone the run with a lower learning rate (it was {rate}), or clip gradients more"
        );
    }
    error
}

fn panicked(error: tokio::task::JoinError) -> anyhow::Error {
    let Ok(panic) = error.try_into_panic() else {
        return anyhow::anyhow!("the training thread was stopped");
    };
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason was given");
    let lower = words.to_lowercase();
    if lower.contains("memory") || lower.contains("alloc") {
        return anyhow::anyhow!(
            "out of memory ({words}): lower the examples at once or the longest sequence, train LoRA matrices only, or take a smaller model"
        );
    }
    anyhow::anyhow!("the training broke off: {words}")
}
