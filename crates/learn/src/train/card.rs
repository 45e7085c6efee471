//! What a trained model carries with it: how it came to be and what it can do, as data.

use super::{Ended, Plan, Position};
use crate::data::fingerprint;
use burn::module::Module;
use domain::measure::Outcome;
use domain::method::{Method, Settings};
use serde::{Deserialize, Serialize};

/// A model and where it comes from.
#[derive(Clone, Debug)]
pub struct Trained<M> {
    /// For use: LoRA is merged into the weights, and nothing records gradients. After a pause it holds what
    /// was learnt so far.
    pub model: M,
    /// How the run ended.
    pub ended: Ended,
    /// Its card.
    pub card: Card,
    /// Prompts that it was not trained on, sorted.
    pub held_out: Vec<u64>,
}

/// How a model was made. With the base model's name it suffices to make it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The method.
    pub method: Method,
    /// All its settings.
    pub settings: Settings,
    /// SHA-256 of the examples' tokens and labels, in their order.
    pub data: String,
    /// Examples trained on.
    pub examples: usize,
    /// Examples held out.
    pub held_out: usize,
    /// Weights in the model.
    pub parameters: usize,
    /// Steps of the optimiser.
    pub steps: usize,
    /// Tokens that went through it in training.
    pub tokens: usize,
    /// Seconds spent in training steps.
    pub seconds: f64,
    /// What was measured on held-out examples.
    pub outcome: Outcome,
}

impl Card {
    pub(crate) fn new<M: Module>(
        method: Method,
        settings: &Settings,
        data: &impl Serialize,
        (examples, held_out): (usize, usize),
        model: &M,
        position: &Position,
    ) -> Self {
        Self {
            method,
            settings: settings.clone(),
            data: fingerprint(data),
            examples,
            held_out,
            parameters: model.num_params(),
            steps: position.step,
            tokens: position.tokens,
            seconds: position.seconds,
            outcome: Outcome::default(),
        }
    }
}

impl Plan {
    /// Steps of a run over so many steps an epoch.
    pub fn steps(&self, per_epoch: usize) -> usize {
        self.epochs * per_epoch
    }
}
