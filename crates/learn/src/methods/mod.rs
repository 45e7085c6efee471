//! The learning methods, each a file to be read beside its paper. A method is a plain function: base
//! model, examples, settings and a [`Session`](crate::train::Session) in, a trained model with its card
//! out, the training loop in plain sight in between.

pub mod best_of_n;
pub mod dpo;
pub mod ilf;
pub mod kto;
pub mod reward_model;
mod rounds;
pub mod sft;

use crate::{Error, Result};

/// Fewer examples than this are not worth a step.
const LEAST: usize = 4;

/// Stands beside a KL that was estimated on given responses.
const KL_REMARK: &str =
    "KL is estimated on the held-out responses, which stand for samples of the base model.";

fn enough(what: &str, has: usize) -> Result<()> {
    if has < LEAST {
        return Err(Error::TooLittleData {
            what: what.to_owned(),
            has,
            needs: LEAST,
        });
    }
    Ok(())
}

/// Whose gradients are learnt: LoRA beside frozen weights, or all weights.
pub fn trainable(base: crate::models::Llama, plan: &crate::train::Plan) -> crate::models::Llama {
    use burn::module::Module;
    let model = base.valid().train();
    if plan.lora {
        model.with_lora(plan.lora_rank, plan.lora_alpha, plan.seed)
    } else {
        model.set_require_grad(true)
    }
}

/// The prompts at these places, each once.
fn distinct(prompts: &[u64], places: &[usize]) -> Vec<u64> {
    let mut found = pick(prompts, places);
    found.sort_unstable();
    found.dedup();
    found
}

/// The elements of `all` at these places.
fn pick<T>(all: &[T], places: &[usize]) -> Vec<T>
where
    T: Clone,
{
    places.iter().map(|&i| all[i].clone()).collect()
}

/// The share of margins that are positive; equal scores count half.
fn accuracy(margins: &[f64]) -> f64 {
    mean(margins.iter().map(|margin| match margin.partial_cmp(&0.0) {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Equal) => 0.5,
        _ => 0.0,
    }))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

fn plain(tensor: burn::tensor::Tensor<1>) -> Vec<f64> {
    let values: Vec<f32> = tensor.into_data().try_into_vec_as().unwrap_or_default();
    values.into_iter().map(f64::from).collect()
}
