//! A reward model: any backbone, and a linear layer that reads one score per aspect at the response's
//! last token, where everything has been seen (Ouyang et al. 2022).

use super::{Linear, Llama};
use crate::data::{Batch, Sequence};
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// Scores responses.
#[derive(Module, Debug)]
pub struct RewardModel {
    /// Reads prompt and response.
    pub backbone: Llama,
    /// `[width, aspects]`, without a bias: only differences of scores mean something.
    pub head: Linear,
}

impl RewardModel {
    /// A new head on a backbone: zero, so that every response begins with the same score and a few steps
    /// suffice, which a random head would spend on forgetting itself.
    pub fn new(backbone: Llama, aspects: usize) -> Self {
        let shape = [backbone.config().width, aspects];
        let head = Param::from_tensor(Tensor::zeros(shape, &backbone.device()));
        Self {
            backbone,
            head: Linear::new(head, None),
        }
    }

    /// The scores of a batch, `[sequences, aspects]`.
    pub fn forward(&self, batch: &Batch) -> Tensor<2> {
        let hidden = self.backbone.hidden(batch.tokens.clone());
        let [sequences, time, width] = hidden.dims();
        let last = hidden
            .reshape([sequences * time, width])
            .select(0, batch.last.clone());
        self.head.forward(last)
    }

    /// The first aspect's score of each sequence, `at_once` at a time, without a gradient.
    pub fn score(&self, sequences: &[Sequence], at_once: usize) -> Vec<f32> {
        let model = self.valid();
        let device = model.backbone.device();
        let mut scores = vec![0.0; sequences.len()];
        for part in crate::data::by_length(sequences, at_once) {
            let batch: Vec<&Sequence> = part.iter().map(|&i| &sequences[i]).collect();
            let values = model.forward(&Batch::new(&batch, &device));
            let values: Vec<f32> = values
                .slice([0..batch.len(), 0..1])
                .into_data()
                .try_into_vec_as()
                .unwrap_or_default();
            for (i, value) in part.into_iter().zip(values) {
                scores[i] = value;
            }
        }
        scores
    }
}
