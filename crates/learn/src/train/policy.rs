//! What a policy thinks of given responses.

use crate::data::{Batch, Sequence, by_length};
use crate::losses::{TokenLogProbs, token_log_probs};
use crate::models::Llama;
use burn::module::Module;
use burn::tensor::Tensor;

/// The log-probability of every response token of a batch, with a gradient.
pub fn response_log_probs(model: &Llama, batch: &Batch) -> TokenLogProbs {
    TokenLogProbs::new(
        response_rows(model, batch),
        head(model),
        batch.targets.clone(),
    )
}

/// The log-probabilities of each sequence's response tokens, `at_once` sequences at a time, without a
/// gradient.
pub fn log_probs_of(model: &Llama, sequences: &[Sequence], at_once: usize) -> Vec<Vec<f32>> {
    let model = model.valid();
    let device = model.device();
    let mut all = vec![Vec::new(); sequences.len()];
    for part in by_length(sequences, at_once) {
        let batch: Vec<&Sequence> = part.iter().map(|&i| &sequences[i]).collect();
        let batch = Batch::new(&batch, &device);
        if batch.lengths.iter().sum::<usize>() == 0 {
            continue;
        }
        let rows = response_rows(&model, &batch);
        let values: Vec<f32> = token_log_probs(rows, head(&model), batch.targets)
            .into_data()
            .try_into_vec_as()
            .unwrap_or_default();
        let mut values = values.into_iter();
        for (i, length) in part.into_iter().zip(batch.lengths) {
            all[i] = values.by_ref().take(length).collect();
        }
    }
    all
}

/// What the model knows where it predicts a response token, `[response tokens, width]`.
fn response_rows(model: &Llama, batch: &Batch) -> Tensor<2> {
    let hidden = model.hidden(batch.tokens.clone());
    let [sequences, time, width] = hidden.dims();
    hidden
        .reshape([sequences * time, width])
        .select(0, batch.rows.clone())
}

/// `[vocabulary, width]`.
fn head(model: &Llama) -> Tensor<2> {
    match &model.lm_head {
        Some(head) => head.weight.val().transpose(),
        None => model.embed_tokens.weight.val(),
    }
}
