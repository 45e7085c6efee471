//! Trained models as folders. A reward model is its backbone as a Hugging Face folder with the head's
//! weights beside it.

use crate::words::Words;
use anyhow::Context;
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use learn::models::{Linear, Llama, RewardModel};
use serde::{Deserialize, Serialize};
use std::path::Path;

const HEAD: &str = "reward_head.json";

/// The head of a reward model: a score an aspect, without a bias.
#[derive(Serialize, Deserialize)]
struct Head {
    /// Width of the backbone, and how many scores.
    shape: [usize; 2],
    /// Row by row.
    weights: Vec<f32>,
}

/// Writes a policy.
///
/// # Errors
/// When a file cannot be written.
pub fn save_policy(folder: &Path, model: &Llama, words: &Words) -> anyhow::Result<()> {
    Ok(learn::models::save(
        folder,
        model,
        &words.tokenizer,
        words.template.as_ref(),
    )?)
}

/// Writes a reward model.
///
/// # Errors
/// When a file cannot be written.
pub fn save_reward(folder: &Path, model: &RewardModel, words: &Words) -> anyhow::Result<()> {
    save_policy(folder, &model.backbone, words)?;
    let weight = model.head.weight.val();
    let head = Head {
        shape: weight.dims(),
        weights: weight
            .into_data()
            .try_into_vec_as()
            .map_err(|why| anyhow::anyhow!("the reward head cannot be read: {why:?}"))?,
    };
    std::fs::write(folder.join(HEAD), serde_json::to_vec(&head)?)?;
    Ok(())
}

/// Reads a reward model.
///
/// # Errors
/// When a file is missing or odd.
pub fn load_reward(folder: &Path, device: &Device) -> anyhow::Result<(Words, RewardModel)> {
    let read = learn::models::load(folder, device)?;
    let text = std::fs::read(folder.join(HEAD)).with_context(|| {
        format!(
            "{} is missing: this is no reward model",
            folder.join(HEAD).display()
        )
    })?;
    let head: Head = serde_json::from_slice(&text)?;
    anyhow::ensure!(
        head.shape[0] == read.config.width && head.shape[0] * head.shape[1] == head.weights.len(),
        "the reward head does not fit its backbone"
    );
    let weights = Tensor::<2>::from_data(TensorData::new(head.weights, head.shape), device);
    let model = RewardModel {
        backbone: read.model,
        head: Linear::new(Param::from_tensor(weights), None),
    };
    let words = Words {
        tokenizer: read.tokenizer,
        template: read.template,
    };
    Ok((words, model))
}
