//! Log-probabilities of given tokens, without ever holding the logits of all of them.
//!
//! `log p(y) = (h·E)_y − logsumexp(h·E)`, in chunks of rows. The backward pass is written by hand,
//! since a graph over the vocabulary would keep several copies of it: with `p = softmax(h·E)` and `g`
//! the loss's gradient by `log p(y)`, `∂h = g (E_y − p·E)` and `∂E = Σ g (1_y − p) hᵀ`. The logits are
//! computed a second time there, which costs less than keeping them.

use burn::tensor::{
    Gradients, IndexingUpdateOp, Int, Tensor,
    activation::{log_softmax, softmax},
};

/// Rows whose logits exist at the same time.
const CHUNK: usize = 128;

/// `log p(target)` of each row, shape `[rows]`, without a gradient. `hidden` is `[rows, width]`, `head`
/// `[vocabulary, width]`, `targets` `[rows]`.
pub fn token_log_probs(hidden: Tensor<2>, head: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    let (hidden, head) = (
        hidden.without_autodiff(),
        head.without_autodiff().transpose(),
    );
    let targets = targets.without_autodiff();
    let parts: Vec<Tensor<1>> = chunks(hidden.dims()[0])
        .map(|rows| {
            let logits = hidden.clone().slice(rows.clone()).matmul(head.clone());
            let target = targets.clone().slice(rows).unsqueeze_dim(1);
            log_softmax(logits, 1).gather(1, target).squeeze_dim(1)
        })
        .collect();
    Tensor::cat(parts, 0)
}

/// The same, with a gradient: a loss is computed from [`Self::log_probs`] and handed to
/// [`Self::backward`].
#[derive(Debug)]
pub struct TokenLogProbs {
    hidden: Tensor<2>,
    head: Tensor<2>,
    targets: Tensor<1, Int>,
    log_probs: Tensor<1>,
}

impl TokenLogProbs {
    /// Shapes as in [`token_log_probs`]; at least one row. `hidden` and `head` carry the graph below them.
    pub fn new(hidden: Tensor<2>, head: Tensor<2>, targets: Tensor<1, Int>) -> Self {
        let plain = token_log_probs(hidden.clone(), head.clone(), targets.clone());
        let log_probs = Tensor::from_inner(plain).require_grad();
        let targets = targets.without_autodiff();
        Self {
            hidden,
            head,
            targets,
            log_probs,
        }
    }

    /// `[rows]`; a leaf of the loss's graph.
    pub fn log_probs(&self) -> Tensor<1> {
        self.log_probs.clone()
    }

    /// The gradients of everything below `hidden` and `head`. `loss` has shape `[1]`.
    pub fn backward(self, loss: &Tensor<1>) -> Gradients {
        let by_log_prob = self
            .log_probs
            .grad_remove(&mut loss.backward())
            .unwrap_or_else(|| self.log_probs.clone().without_autodiff().zeros_like());
        let hidden = self.hidden.clone().without_autodiff();
        let head = self.head.clone().without_autodiff();
        let trains_head = self.head.is_tracked();
        let mut by_head = trains_head.then(|| head.zeros_like());
        let by_hidden: Vec<Tensor<2>> = chunks(hidden.dims()[0])
            .map(|rows| {
                let h = hidden.clone().slice(rows.clone());
                let target = self.targets.clone().slice(rows.clone());
                let g = by_log_prob.clone().slice(rows).unsqueeze_dim::<2>(1);
                let p = softmax(h.clone().matmul(head.clone().transpose()), 1);
                if let Some(sum) = by_head.take() {
                    let h = h * g.clone();
                    by_head = Some(
                        sum.select_assign(0, target.clone(), h.clone(), IndexingUpdateOp::Add)
                            - p.clone().transpose().matmul(h),
                    );
                }
                (head.clone().select(0, target) - p.matmul(head.clone())) * g
            })
            .collect();
        // A sum whose gradients are the ones computed above carries them through the graph below.
        let mut carrier = (self.hidden * Tensor::from_inner(Tensor::cat(by_hidden, 0))).sum();
        if let Some(by_head) = by_head {
            carrier = carrier + (self.head * Tensor::from_inner(by_head)).sum();
        }
        carrier.backward()
    }
}

fn chunks(rows: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..rows)
        .step_by(CHUNK)
        .map(move |start| start..(start + CHUNK).min(rows))
}
