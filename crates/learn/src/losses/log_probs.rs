//! Log-probabilities of given tokens, without ever holding the logits of all of them.
//!
//! `log p(y) = (h·E)_y − logsumexp(h·E)`, in chunks of rows. The backward pass is written by hand,
//! since a graph over the vocabulary would keep several copies of it: with `p = softmax(h·E)` and `g`
//! the loss's gradient by `log p(y)`, `∂h = g (E_y − p·E)` and `∂E = Σ g (1_y − p) hᵀ`. `p` is kept for it
//! where it is small enough, and computed a second time where it is not.

use burn::tensor::{Gradients, IndexingUpdateOp, Int, Tensor, activation::softmax};

/// Logits that exist at the same time: 128 MiB of them. Every chunk reads all of the head anew.
const CHUNK: usize = 1 << 25;
/// Probabilities that are kept from the forward to the backward pass: 256 MiB of them.
const KEPT: usize = 1 << 26;

/// `log p(target)` of each row, shape `[rows]`, without a gradient. `hidden` is `[rows, width]`, `head`
/// `[vocabulary, width]`, `targets` `[rows]`.
pub fn token_log_probs(hidden: Tensor<2>, head: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    let at_once = at_once(head.dims()[0]);
    by_chunk(at_once, &hidden, &head, &targets.without_autodiff(), |_| {})
}

/// `with` gets the probabilities of each chunk in turn.
fn by_chunk(
    at_once: usize,
    hidden: &Tensor<2>,
    head: &Tensor<2>,
    targets: &Tensor<1, Int>,
    mut with: impl FnMut(Tensor<2>),
) -> Tensor<1> {
    let hidden = hidden.clone().without_autodiff();
    let head = head.clone().without_autodiff().transpose();
    let parts: Vec<Tensor<1>> = chunks(hidden.dims()[0], at_once)
        .map(|rows| {
            let logits = hidden.clone().slice(rows.clone()).matmul(head.clone());
            let target = targets.clone().slice(rows).unsqueeze_dim(1);
            let (target, most) = (logits.clone().gather(1, target), logits.clone().max_dim(1));
            // The likeliest token's probability is 1 / Σ exp(l − most): the sum needs no pass of its own.
            let p = softmax(logits, 1);
            let total = most - p.clone().max_dim(1).log();
            with(p);
            (target - total).squeeze_dim(1)
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
    /// Rows in a chunk.
    at_once: usize,
    /// Of each chunk `[rows, vocabulary]`, or none at all.
    kept: Vec<Tensor<2>>,
}

impl TokenLogProbs {
    /// Shapes as in [`token_log_probs`]; at least one row. `hidden` and `head` carry the graph below them.
    pub fn new(hidden: Tensor<2>, head: Tensor<2>, targets: Tensor<1, Int>) -> Self {
        let [rows, vocabulary] = [hidden.dims()[0], head.dims()[0]];
        let keep = rows * vocabulary <= KEPT;
        Self::keeping(keep, at_once(vocabulary), hidden, head, targets)
    }

    fn keeping(
        keep: bool,
        at_once: usize,
        hidden: Tensor<2>,
        head: Tensor<2>,
        targets: Tensor<1, Int>,
    ) -> Self {
        let targets = targets.without_autodiff();
        let mut kept = Vec::new();
        let plain = by_chunk(at_once, &hidden, &head, &targets, |p| {
            if keep {
                kept.push(p);
            }
        });
        Self {
            hidden,
            head,
            targets,
            log_probs: Tensor::from_inner(plain).require_grad(),
            at_once,
            kept,
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
        let mut by_head: Option<Tensor<2>> = None;
        let mut kept = self.kept.into_iter();
        let by_hidden: Vec<Tensor<2>> = chunks(hidden.dims()[0], self.at_once)
            .map(|rows| {
                let h = hidden.clone().slice(rows.clone());
                let target = self.targets.clone().slice(rows.clone());
                let g = by_log_prob.clone().slice(rows).unsqueeze_dim::<2>(1);
                let p = kept
                    .next()
                    .unwrap_or_else(|| softmax(h.clone().matmul(head.clone().transpose()), 1));
                if trains_head {
                    let h = h * g.clone();
                    let all = p.clone().transpose().matmul(h.clone().neg());
                    let all = match by_head.take() {
                        Some(sum) => sum + all,
                        None => all,
                    };
                    let add = IndexingUpdateOp::Add;
                    by_head = Some(all.select_assign(0, target.clone(), h, add));
                }
                (head.clone().select(0, target) - p.matmul(head.clone())) * g
            })
            .collect();
        // A sum whose gradients are the ones computed above carries them through the graph below.
        let mut carrier = (self.hidden * Tensor::from_inner(Tensor::cat(by_hidden, 0))).sum();
        let Some(by_head) = by_head else {
            return carrier.backward();
        };
        if !self.head.is_require_grad() {
            carrier = carrier + (self.head * Tensor::from_inner(by_head)).sum();
            return carrier.backward();
        }
        // There is no graph below the weight itself: its gradient is added to what the embedding gave it.
        let mut gradients = carrier.backward();
        let sum = match self.head.grad_remove(&mut gradients) {
            Some(below) => by_head + below,
            None => by_head,
        };
        self.head.grad_replace(&mut gradients, sum);
        gradients
    }
}

/// Rows whose logits are [`CHUNK`] together.
fn at_once(vocabulary: usize) -> usize {
    (CHUNK / vocabulary.max(1)).max(1)
}

fn chunks(rows: usize, at_once: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..rows)
        .step_by(at_once)
        .map(move |start| start..(start + at_once).min(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};

    #[test]
    fn neither_keeping_nor_chunks_change_a_gradient() {
        let device = Device::flex().autodiff();
        device.seed(4);
        let random = |shape| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let (hidden, head) = (random([200, 6]), random([30, 6]));
        let targets = Tensor::from_ints([7; 200], &device);
        let [whole, kept, again] = [(true, 200), (true, 64), (false, 64)].map(|(keep, at_once)| {
            let (hidden, head) = (
                hidden.clone().detach().require_grad(),
                head.clone().detach().require_grad(),
            );
            let targets = targets.clone();
            let scored =
                TokenLogProbs::keeping(keep, at_once, hidden.clone(), head.clone(), targets);
            let loss = scored.log_probs().square().sum();
            let mut gradients = scored.backward(&loss);
            [hidden, head].map(|leaf| leaf.grad_remove(&mut gradients).unwrap().into_data())
        });
        for ((whole, kept), again) in whole.into_iter().zip(kept).zip(again) {
            kept.assert_approx_eq::<f32>(&again, Tolerance::relative(1e-5));
            kept.assert_approx_eq::<f32>(&whole, Tolerance::relative(1e-4));
        }
    }
}
