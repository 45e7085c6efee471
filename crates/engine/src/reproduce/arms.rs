//! What every experiment stands on: a base model for each seed, its feedback, the settings of fine-tuning,
//! and the arms that all of them show (the base itself, and fine-tuning on its own samples).

use super::claims::Outcome;
use burn::tensor::Device;
use domain::method::{Method, Settings, Value};
use domain::simulate::words::{self, Setup};
use domain::stats::Random;
use learn::data::Demonstration;
use learn::methods::sft;
use learn::models::Llama;
use learn::train::{Continue, Session};
use learn::world::{Feedback, Test, feedback, measure, pretrain};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

pub(super) const BASE: &str = "base";
pub(super) const OWN: &str = "SFT on own samples";
pub(super) const GOLD: &str = "SFT on refinements by people";

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// Sequences of the pretraining.
    pub(super) pretrain: usize,
    /// Prompts with feedback.
    pub(super) prompts: usize,
    /// Responses sampled for each.
    pub(super) samples: usize,
    /// Prompts to measure on, and as many longer ones.
    pub(super) test: usize,
    /// Steps of every fine-tuning.
    pub(super) steps: usize,
    /// Samples a prompt for the curve of best of n.
    pub(super) curve: usize,
}

impl Scale {
    /// What is reported.
    pub(super) const FULL: Self = Self {
        pretrain: 64_000,
        prompts: 512,
        samples: 6,
        test: 192,
        steps: 96,
        curve: 24,
    };
    /// What only shows that everything runs.
    pub(super) const SMALL: Self = Self {
        pretrain: 1_280,
        prompts: 24,
        samples: 3,
        test: 8,
        steps: 4,
        curve: 16,
    };
}

/// Examples in each step of a fine-tuning.
const BATCH: usize = 32;

/// One seed's world.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) scale: Scale,
    pub(super) base: Llama,
    pub(super) feedback: Feedback,
    pub(super) test: Test,
    /// What several experiments show is computed once.
    shared: RefCell<BTreeMap<&'static str, Outcome>>,
}

impl World {
    /// Pretrains the base of this number, or finds it in the folder, and has its samples judged.
    pub(super) fn new(scale: Scale, seed: u64, base: u64, folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join(format!("base-{}-{base}", scale.pretrain));
        let device = Device::flex();
        let base = in_folder(&folder, |session| {
            pretrain(scale.pretrain, base, &device, session)
        })?;
        let mut random = Random::seeded(seed).fork(3);
        let prompts: Vec<_> = (0..scale.prompts)
            .map(|_| words::prompt(Setup::USUAL, &mut random))
            .collect();
        Ok(Self {
            seed,
            scale,
            feedback: feedback(&base, &prompts, scale.samples, seed),
            test: Test::new(scale.test, seed),
            base,
            shared: RefCell::default(),
        })
    }

    /// The settings of a method on so many examples: all weights, the same number of steps for every arm, nothing
    /// held out where a test set stands apart.
    pub(super) fn settings(&self, method: Method, rate: f64, examples: usize) -> Settings {
        let integer = |value: usize| Value::Integer(i64::try_from(value).unwrap_or(1));
        let per_epoch = examples.div_ceil(BATCH).max(1);
        Settings::defaults(&method.settings())
            .with("tuning", Value::Name("full".into()))
            .with("learning_rate", Value::Real(rate))
            .with("epochs", integer(self.scale.steps.div_ceil(per_epoch)))
            .with("batch_size", integer(BATCH))
            .with("micro_batch", integer(BATCH))
            .with("held_out", Value::Real(0.0))
            .with("evaluate_every", Value::Integer(0))
            .with("checkpoint_every", Value::Integer(0))
            .with("seed", integer(usize::try_from(self.seed).unwrap_or(0)))
    }

    /// Measures a policy as an arm that took so many seconds.
    pub(super) fn outcome(&self, arm: &str, policy: &Llama, seconds: f64) -> Outcome {
        tracing::info!(seed = self.seed, arm, seconds, "measured");
        Outcome {
            arm: arm.to_owned(),
            measured: measure(policy, &self.base, &self.test, self.seed),
            seconds,
            extra: BTreeMap::new(),
        }
    }

    /// The base, and the control that every method must beat: fine-tuning on the base's own samples.
    pub(super) fn controls(&self) -> anyhow::Result<Vec<Outcome>> {
        let own = self.once(OWN, || self.imitate(OWN, &self.feedback.own_samples()))?;
        Ok(vec![self.base()?, own])
    }

    /// The base as it is.
    pub(super) fn base(&self) -> anyhow::Result<Outcome> {
        self.once(BASE, || Ok(self.outcome(BASE, &self.base, 0.0)))
    }

    /// The control that no method can beat: fine-tuning on what people would have written.
    pub(super) fn gold(&self) -> anyhow::Result<Outcome> {
        self.once(GOLD, || self.imitate(GOLD, &self.feedback.refinements()))
    }

    fn once(
        &self,
        arm: &'static str,
        run: impl FnOnce() -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        if let Some(known) = self.shared.borrow().get(arm) {
            return Ok(known.clone());
        }
        let outcome = run()?;
        self.shared.borrow_mut().insert(arm, outcome.clone());
        Ok(outcome)
    }

    /// Supervised fine-tuning on these.
    pub(super) fn imitate(&self, arm: &str, examples: &[Demonstration]) -> anyhow::Result<Outcome> {
        let begun = Instant::now();
        let settings = self.settings(Method::Sft, IMITATION_RATE, examples.len());
        let trained =
            in_session(|session| sft::train(self.base.clone(), examples, &settings, session))?;
        Ok(self.outcome(arm, &trained.model, begun.elapsed().as_secs_f64()))
    }
}

/// The learning rate of every imitation.
pub(super) const IMITATION_RATE: f64 = 1e-3;

/// Runs a training with a folder that is gone afterwards.
pub(super) fn in_session<T>(
    run: impl FnOnce(Session<'_>) -> learn::Result<T>,
) -> anyhow::Result<T> {
    let folder = std::env::temp_dir().join(format!("reproduce-{}", store::new_id()));
    let outcome = in_folder(&folder, run);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// Runs a training with a folder that stays.
fn in_folder<T>(
    folder: &Path,
    run: impl FnOnce(Session<'_>) -> learn::Result<T>,
) -> anyhow::Result<T> {
    std::fs::create_dir_all(folder)?;
    let begun = Instant::now();
    let clock = || begun.elapsed().as_secs_f64();
    let outcome = run(Session {
        folder,
        clock: &clock,
        tell: &mut |_| Continue::Yes,
    });
    Ok(outcome?)
}
