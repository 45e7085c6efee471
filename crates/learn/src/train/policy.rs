//! What a policy thinks of given responses.

use super::lanes::in_lanes;
use super::{Continue, Event, Session};
use crate::data::{Batch, Sequence, by_length};
use crate::losses::{TokenLogProbs, token_log_probs};
use crate::models::Llama;
use crate::{Error, Result};
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
    let mut all = vec![Vec::new(); sequences.len()];
    for part in by_length(sequences, at_once) {
        read(model, sequences, part, &mut all);
    }
    all
}

/// As [`log_probs_of`] the reference model, list by list. On a large model this takes minutes: it tells how
/// far it is after each part, and heeds the answer.
///
/// # Errors
/// A pause or a cancellation.
pub fn reference_log_probs<const N: usize>(
    model: &Llama,
    lists: [&[Sequence]; N],
    at_once: usize,
    session: &mut Session<'_>,
) -> Result<[Vec<Vec<f32>>; N]> {
    let of = lists.iter().map(|list| list.len()).sum();
    let mut done = 0;
    let mut known = lists.map(|list| vec![Vec::new(); list.len()]);
    for (list, known) in lists.into_iter().zip(&mut known) {
        for part in by_length(list, at_once) {
            done += part.len();
            read(model, list, part, known);
            let what = "reading what the base model thinks of the responses";
            match (session.tell)(Event::Preparing { what, done, of }) {
                Continue::Yes => {}
                Continue::Pause => return Err(Error::Paused),
                Continue::Cancel => return Err(Error::Cancelled),
            }
        }
    }
    Ok(known)
}

/// Puts the log-probabilities of this part of the sequences where they belong.
fn read(model: &Llama, sequences: &[Sequence], part: Vec<usize>, all: &mut [Vec<f32>]) {
    let model = model.valid();
    let device = model.device();
    let found = in_lanes(&device, &part, &model, |model, part| {
        let batch: Vec<&Sequence> = part.iter().map(|&i| &sequences[i]).collect();
        let batch = Batch::new(&batch, &device);
        if batch.lengths.iter().sum::<usize>() == 0 {
            return vec![Vec::new(); part.len()];
        }
        let rows = response_rows(model, &batch);
        let values: Vec<f32> = token_log_probs(rows, head(model), batch.targets)
            .into_data()
            .try_into_vec_as()
            .unwrap_or_default();
        let mut values = values.into_iter();
        let lengths = batch.lengths.into_iter();
        lengths
            .map(|length| values.by_ref().take(length).collect())
            .collect()
    });
    for (i, values) in part.into_iter().zip(found) {
        all[i] = values;
    }
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
