//! Losses as pure functions over log-probabilities, masks and scores; one family a file.
//!
//! Every function gives one value per example (or pair), unreduced, so that the caller decides what it
//! averages over. Each is checked, value and gradient, against `tests/golden/losses.json`, which was
//! computed in float64 by the implementation that each entry names.

mod bradley_terry;
mod dpo;
mod kto;
mod log_probs;
mod tokens;

pub use bradley_terry::{bradley_terry, centring};
pub use dpo::{DpoLoss, PairLogProbs, dpo, log_odds_ratio, orpo, simpo};
pub use kto::{KtoLoss, kto, kto_baseline};
pub use log_probs::{TokenLogProbs, token_log_probs};
pub use tokens::{Aggregation, k3, token_weights};

use burn::tensor::{Tensor, activation};

/// Beyond this many nats a log-ratio is clamped before it is exponentiated.
const MAX_LOG_RATIO: f64 = 20.0;
/// Probabilities above this one count as this one where `log(1 − p)` is taken.
const MAX_PROBABILITY: f64 = 1.0 - 1e-6;

/// `log σ(z) = −softplus(−z)`, elementwise and without overflow.
pub fn log_sigmoid<const D: usize>(z: Tensor<D>) -> Tensor<D> {
    activation::softplus(z.neg(), 1.0).neg()
}

/// `log(1 − p)` for `p = exp(log_p)`, elementwise; `log_p` ≤ 0.
pub fn log1mexp<const D: usize>(log_p: Tensor<D>) -> Tensor<D> {
    // log1p(−p) is exact where p is small; where it is near 1 the clamp bounds it.
    log_p.clamp_max(MAX_PROBABILITY.ln()).exp().neg().log1p()
}
