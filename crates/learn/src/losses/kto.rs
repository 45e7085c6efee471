//! Kahneman-Tversky optimisation (Ethayarajh et al. 2024): single responses, called good or bad.
//!
//! With `a = log π(y|x) − log π_ref(y|x)`, a good response's loss is `λ_D (1 − σ(β(a − z)))`, a bad
//! one's `λ_U (1 − σ(β(z − a)))`. `z` estimates `KL(π ‖ π_ref)` on mismatched pairs and has no gradient.

use burn::tensor::{Tensor, activation::sigmoid};

/// What gains and losses are measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KtoLoss {
    /// From the estimated distance to the reference, [`kto_baseline`].
    Kto,
    /// From zero (D'Oosterlinck et al. 2024, unpaired).
    ApoZeroUnpaired,
}

impl KtoLoss {
    /// The variant of that name in settings.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "kto" => Some(Self::Kto),
            "apo_zero_unpaired" => Some(Self::ApoZeroUnpaired),
            _ => None,
        }
    }
}

/// `z = max(0, mean(log π(y'|x) − log π_ref(y'|x)))` over pairs of a prompt with another prompt's response,
/// detached, shape `[1]`. Both arguments have shape `[pairs]`, which must not be zero.
pub fn kto_baseline(mismatched: Tensor<1>, reference: Tensor<1>) -> Tensor<1> {
    (mismatched - reference).mean().clamp_min(0.0).detach()
}

/// One value per response. `log_ratio` and `desirable` (1 good, 0 bad) have shape `[responses]`; `baseline`
/// has shape `[1]` and is not looked at by [`KtoLoss::ApoZeroUnpaired`].
pub fn kto(
    loss: KtoLoss,
    log_ratio: Tensor<1>,
    desirable: Tensor<1>,
    baseline: Tensor<1>,
    beta: f64,
    (desirable_weight, undesirable_weight): (f64, f64),
) -> Tensor<1> {
    let gain = match loss {
        KtoLoss::Kto => log_ratio - baseline,
        KtoLoss::ApoZeroUnpaired => log_ratio,
    }
    .mul_scalar(beta);
    let bad = desirable.clone().neg().add_scalar(1.0);
    let good = sigmoid(gain.clone().neg()).mul_scalar(desirable_weight);
    sigmoid(gain).mul_scalar(undesirable_weight) * bad + good * desirable
}
