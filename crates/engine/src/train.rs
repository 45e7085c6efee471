//! The job that works on a run. The method trains in a thread of its own; what it measures is written down
//! in batches, and what it saves is kept before it goes on, so that a run that is killed at any moment is
//! continued from its last checkpoint by whoever claims it next.

use crate::advice::{advised, panicked};
use crate::device::Chosen;
use crate::examples::Tokenised;
use crate::files;
use crate::held::{Go, Signal};
use crate::loaded::{Loaded, Weights};
use crate::memory;
use crate::people::People;
use crate::precision;
use crate::sampled;
use crate::samples;
use crate::turns::Turns;
use crate::versus::Match;
use crate::worker::Engine;
use crate::writer::{Told, Writer, copy};
use anyhow::{Context, bail};
use domain::Provenance;
use domain::ids::ModelId;
use domain::method::{Method, Value};
use domain::run::{ModelKind, Wish};
use domain::simulate::Annotator;
use learn::methods;
use learn::models::Llama;
use learn::train::{Card, Continue, Ended, Event, Session, Trained};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::jobs::Claimed;
use store::metrics::Sample;
use store::models::NewModel;
use store::now_ms;
use store::runs::{Run, Waits};
use store::training::Training;
use store::waiting::Asked;
use tokio::sync::{mpsc, oneshot};

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
    let judge = known_rule(engine, &run).await?;
    let by = base.row.name.clone();
    let asked = store.asked(&run).await?;
    let made = ModelId(store::new_id());
    let made_files = format!("models/{made}");
    let made_folder = engine.artifacts.workplace(&made_files)?;

    let (tell, told) = mpsc::unbounded_channel();
    let work = Work {
        run: run.clone(),
        training,
        asked,
        base,
        reward,
        judge,
        device: engine.device.clone(),
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
        base: &by,
    };
    let wrote = writer.write(told).await;
    let came = training.await;
    if wrote.waits {
        let _ = engine.artifacts.forget(&made_files).await;
        return Ok(());
    }
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
            for notice in wrote.notices {
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

/// The annotator whose rule all of the run's feedback follows, where simulated annotators of this project
/// gave all of it: of several, the one that answered most.
async fn known_rule(engine: &Engine, run: &Run) -> anyhow::Result<Option<Annotator>> {
    let mut sources = run.data.by_provenance.keys();
    if !sources.all(|source| *source == Provenance::Simulated) {
        return Ok(None);
    }
    let seated = engine.store.simulated(&run.project).await?;
    let at_work = seated.into_iter().filter(|it| it.done > 0);
    Ok(at_work.max_by_key(|it| it.done).map(|it| it.model))
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

/// Everything that the training thread needs.
struct Work {
    run: Run,
    training: Training,
    asked: Vec<Asked>,
    base: Loaded,
    reward: Option<Loaded>,
    judge: Option<Annotator>,
    device: Chosen,
    first: bool,
    folder: PathBuf,
    made: PathBuf,
    tell: mpsc::UnboundedSender<Told>,
    signal: Signal,
    turns: Turns,
}

/// A policy and what is known of it: the model, how the run ended, its card, the prompts held out.
type Policy = (Option<Llama>, Ended, Card, Vec<u64>);

fn policy_of(trained: Trained<Llama>) -> Policy {
    let Trained {
        model,
        ended,
        card,
        held_out,
    } = trained;
    (Some(model), ended, card, held_out)
}

impl Work {
    fn train(self) -> anyhow::Result<Came> {
        let now = self.run.created_at;
        let seed = Value::Integer(self.run.seed);
        let precision = precision::choose(self.run.settings.choice("precision"), &self.device);
        let settings = self.run.settings.clone();
        let settings = settings
            .with("seed", seed)
            .with("precision", Value::Name(precision.name.into()));
        let Weights::Policy(model) = &self.base.weights else {
            bail!("a run starts from a model that answers prompts, not from a reward model");
        };
        let (base, model) = (model, model.clone());
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
        if let Some(free) = self.device.free() {
            let longest = examples.longest(self.run.method, &settings);
            memory::check(model.config(), self.run.method, &settings, longest, free)
                .map_err(anyhow::Error::msg)?;
        }
        let model = model.in_half(precision.half);
        if !precision.words.is_empty() {
            let _ = self.tell.send(Told::Notice(precision.words.into()));
        }
        let begun = Instant::now();
        let clock = || begun.elapsed().as_secs_f64();
        let mut tell = |event: Event| self.event(event);
        let session = Session {
            folder: &self.folder,
            clock: &clock,
            tell: &mut tell,
        };
        let (policy, ended, mut card, held_out) = match self.run.method {
            Method::RewardModel => {
                let trained =
                    methods::reward_model::train(model, &examples.pairs(), &settings, session)?;
                if trained.ended != Ended::Paused {
                    files::save_reward(&self.made, &trained.model, words)?;
                }
                (None, trained.ended, trained.card, Vec::new())
            }
            Method::Sft => {
                let demonstrations = examples.demonstrations(&settings);
                policy_of(methods::sft::train(
                    model,
                    &demonstrations,
                    &settings,
                    session,
                )?)
            }
            Method::Dpo => {
                let pairs = examples.pairs();
                policy_of(methods::dpo::train(model, &pairs, &settings, session)?)
            }
            Method::Kto => {
                let judged = examples.judged();
                policy_of(methods::kto::train(model, &judged, &settings, session)?)
            }
            Method::BestOfN => {
                let judge = self
                    .reward
                    .as_ref()
                    .context("the run names no reward model")?;
                let trained =
                    sampled::best_of_n(model, words, judge, &examples, &settings, session)?;
                policy_of(trained)
            }
            Method::Ilf => {
                let want = |want| {
                    let (done, heeded) = oneshot::channel();
                    let _ = self.tell.send(Told::Want { want, done });
                    heeded.blocking_recv().unwrap_or(false)
                };
                let notice = |words| drop(self.tell.send(Told::Notice(words)));
                let people = People {
                    asked: &self.asked,
                    goes_on: self.run.waits == Waits::NoLonger,
                    want: &want,
                    notice: &notice,
                };
                let selects = sampled::Selects {
                    judge: self.reward.as_ref(),
                    people: &people,
                };
                let trained =
                    sampled::ilf(model, words, &selects, &examples, &settings, now, session)?;
                policy_of(trained)
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
        if let Some(judge) = &self.judge {
            let told = |done: usize, of: usize| {
                self.preparing(format!(
                    "asking both models held-out prompts: {done} of {of} answers"
                ));
                go_on()
            };
            let play = Match {
                base,
                policy: &policy,
                words,
                prompts: &examples.conversations(&held_out),
                judge,
                seed: self.run.seed.unsigned_abs(),
                now,
            };
            play.play(&mut card.outcome, &told)?;
        }
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
