//! Models in memory: those that were used last stay.

use crate::artifacts::Artifacts;
use crate::files;
use crate::words::Words;
use anyhow::Context;
use burn::tensor::Device;
use domain::ids::ModelId;
use domain::run::{ModelKind, ModelState};
use learn::models::{Encoder, Llama, RewardModel};
use std::sync::Arc;
use store::Store;
use store::models::Model;
use tokio::sync::Mutex;

/// How many models stay in memory.
const STAY: usize = 3;

/// A model in memory.
#[derive(Debug)]
pub struct Loaded {
    /// What the database says about it.
    pub row: Model,
    /// Text to tokens and back.
    pub words: Words,
    /// Its weights.
    pub weights: Weights,
}

/// What a model is made of.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are a few, and they are held behind a pointer"
)]
pub enum Weights {
    /// It answers prompts.
    Policy(Llama),
    /// It gives responses a score.
    Reward(RewardModel),
}

impl Loaded {
    /// The model if it answers prompts.
    ///
    /// # Errors
    /// Says that it does not.
    pub fn policy(&self) -> anyhow::Result<&Llama> {
        match &self.weights {
            Weights::Policy(model) => Ok(model),
            Weights::Reward(_) => Err(anyhow::anyhow!(
                "{} is a reward model: it scores responses and writes none",
                self.row.name
            )),
        }
    }

    /// What reads the text, whatever the model is for.
    pub fn backbone(&self) -> &Llama {
        match &self.weights {
            Weights::Policy(model) => model,
            Weights::Reward(model) => &model.backbone,
        }
    }

    /// The model if it scores responses.
    ///
    /// # Errors
    /// Says that it does not.
    pub fn reward(&self) -> anyhow::Result<&RewardModel> {
        match &self.weights {
            Weights::Reward(model) => Ok(model),
            Weights::Policy(_) => Err(anyhow::anyhow!(
                "{} writes responses: it is no reward model and has no scores to give",
                self.row.name
            )),
        }
    }
}

/// The models in memory, the one used last at the end.
#[derive(Debug)]
pub struct Shelf {
    store: Store,
    artifacts: Artifacts,
    device: Device,
    models: Mutex<Vec<Arc<Loaded>>>,
    /// The one encoder that was used last: a project has rarely two.
    encoder: Mutex<Option<(ModelId, Arc<Encoder>)>>,
}

impl Shelf {
    /// An empty one.
    pub fn new(store: Store, artifacts: Artifacts, device: Device) -> Self {
        Self {
            store,
            artifacts,
            device,
            models: Mutex::default(),
            encoder: Mutex::default(),
        }
    }

    /// The model, read from its files if it is not in memory.
    ///
    /// # Errors
    /// When there is none, it is not ready, or its files cannot be read.
    pub async fn get(&self, id: &ModelId) -> anyhow::Result<Arc<Loaded>> {
        // held while reading: two requests for one model read it once
        let mut models = self.models.lock().await;
        if let Some(at) = models.iter().position(|it| it.row.id == *id) {
            let found = models.remove(at);
            models.push(found.clone());
            return Ok(found);
        }
        if models.len() >= STAY {
            models.remove(0);
        }
        let loaded = Arc::new(self.read(id).await?);
        models.push(loaded.clone());
        Ok(loaded)
    }

    /// An encoder, read from its files if it is not in memory.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn encoder(&self, id: &ModelId) -> anyhow::Result<Arc<Encoder>> {
        let mut kept = self.encoder.lock().await;
        if let Some((known, encoder)) = kept.as_ref()
            && known == id
        {
            return Ok(encoder.clone());
        }
        let row = self.ready(id).await?;
        let folder = self.artifacts.folder(&row.files).await?;
        let device = self.device.clone();
        let read = tokio::task::spawn_blocking(move || Encoder::load(&folder, &device));
        let encoder = Arc::new(read.await??);
        *kept = Some((id.clone(), encoder.clone()));
        Ok(encoder)
    }

    async fn ready(&self, id: &ModelId) -> anyhow::Result<Model> {
        let row = self
            .store
            .any_model(id)
            .await?
            .context("there is no such model")?;
        anyhow::ensure!(
            row.state == ModelState::Ready,
            "the model {} is not ready",
            row.name
        );
        Ok(row)
    }

    /// The model read anew, for one who will change it.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn read(&self, id: &ModelId) -> anyhow::Result<Loaded> {
        let row = self
            .store
            .any_model(id)
            .await?
            .context("there is no such model")?;
        anyhow::ensure!(
            row.state == ModelState::Ready,
            "the model {} is not ready",
            row.name
        );
        let folder = self.artifacts.folder(&row.files).await?;
        let device = self.device.clone();
        tokio::task::spawn_blocking(move || {
            let (words, weights) = match row.kind {
                ModelKind::Policy => {
                    let read = learn::models::load(&folder, &device)?;
                    let words = Words {
                        tokenizer: read.tokenizer,
                        template: read.template,
                    };
                    (words, Weights::Policy(read.model))
                }
                ModelKind::Reward => {
                    let (words, model) = files::load_reward(&folder, &device)?;
                    (words, Weights::Reward(model))
                }
                ModelKind::Encoder => anyhow::bail!(
                    "{} is an encoder: it turns texts into vectors, and neither writes nor scores",
                    row.name
                ),
            };
            Ok(Loaded {
                row,
                words,
                weights,
            })
        })
        .await?
    }
}
