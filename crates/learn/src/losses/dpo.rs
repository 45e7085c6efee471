//! Direct preference optimisation (Rafailov et al. 2023) and its variants.
//!
//! With `a = log π(y|x) − log π_ref(y|x)` summed over the response's tokens and `h = a_w − a_l`, each
//! variant is a function of `a_w`, `a_l` and `h`. Implementations disagree on what a name means, so
//! that a name here says which one: `ipo_mean` is TRL's, `ipo_sum` the authors' of DPO.

use super::{MAX_LOG_RATIO, log_sigmoid, log1mexp};
use burn::tensor::{Tensor, activation::sigmoid};

/// What a preference loss looks at; every tensor has shape `[pairs]`.
#[derive(Clone, Debug)]
pub struct PairLogProbs {
    /// `log π` of the chosen responses, summed over tokens.
    pub chosen: Tensor<1>,
    /// `log π` of the rejected responses, summed over tokens.
    pub rejected: Tensor<1>,
    /// `log π_ref` of the chosen responses; constant.
    pub reference_chosen: Tensor<1>,
    /// `log π_ref` of the rejected responses; constant.
    pub reference_rejected: Tensor<1>,
    /// How many tokens the chosen responses have.
    pub chosen_tokens: Tensor<1>,
    /// How many tokens the rejected responses have.
    pub rejected_tokens: Tensor<1>,
}

/// The variants, by the name they have in settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DpoLoss {
    /// `−log σ(βh)` (Rafailov et al. 2023); ignores label smoothing, as TRL's does.
    Sigmoid,
    /// `−(1−ε) log σ(βh) − ε log σ(−βh)` (Mitchell 2023).
    Cdpo,
    /// `[−(1−ε) log σ(βh) + ε log σ(−βh)] / (1−2ε)` (Chowdhury et al. 2024).
    Robust,
    /// `(a_w/|y_w| − a_l/|y_l| − 1/2β)²` (Azar et al. 2023, as in TRL).
    IpoMean,
    /// `(h − 1/2β)²` (Azar et al. 2023).
    IpoSum,
    /// `max(0, 1 − βh)` (Zhao et al. 2023).
    Hinge,
    /// [`simpo`] (Meng et al. 2024); needs no reference.
    Simpo,
    /// [`orpo`] (Hong et al. 2024); needs no reference.
    Orpo,
    /// `−log σ(β(a_w/|y_w| − a_l/|y_l|))`.
    SigmoidNorm,
    /// Reverse KL between the model's and the smoothed preference (Ji et al. 2024).
    ExoPair,
    /// `−log σ(βa_w) − ½ log σ(−βa_w) − ½ log σ(−βa_l)` (Chen et al. 2024).
    NcaPair,
    /// `−log σ(βa_w) − log σ(−βa_l)` (Jung et al. 2024).
    BcoPair,
    /// `(a_w − 1/2β)² + (a_l + 1/2β)²` (Wu et al. 2024).
    SppoHard,
    /// `1 − σ(βa_w) + σ(βa_l)` (D'Oosterlinck et al. 2024).
    ApoZero,
    /// `σ(βa_w) + 1 − σ(βh)` (D'Oosterlinck et al. 2024).
    ApoDown,
    /// cDPO on the batch's log-ratios, policy's and reference's sorted apart (Melnyk et al. 2024).
    Aot,
    /// cDPO on the batch's `a_w` and `a_l`, sorted apart.
    AotUnpaired,
    /// `(1−s)(−log σ(z)) + s·e^{−z}`, `z = βh`, `s = σ(z/0.05)` (Lu et al. 2024).
    Discopop,
}

impl DpoLoss {
    /// Every variant and its name.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Sigmoid, "sigmoid"),
        (Self::Cdpo, "cdpo"),
        (Self::Robust, "robust"),
        (Self::IpoMean, "ipo_mean"),
        (Self::IpoSum, "ipo_sum"),
        (Self::Hinge, "hinge"),
        (Self::Simpo, "simpo"),
        (Self::Orpo, "orpo"),
        (Self::SigmoidNorm, "sigmoid_norm"),
        (Self::ExoPair, "exo_pair"),
        (Self::NcaPair, "nca_pair"),
        (Self::BcoPair, "bco_pair"),
        (Self::SppoHard, "sppo_hard"),
        (Self::ApoZero, "apo_zero"),
        (Self::ApoDown, "apo_down"),
        (Self::Aot, "aot"),
        (Self::AotUnpaired, "aot_unpaired"),
        (Self::Discopop, "discopop"),
    ];

    /// The variant of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| *known == name)
            .map(|(variant, _)| variant)
    }

    /// Whether it looks at a reference at all.
    pub fn needs_reference(self) -> bool {
        !matches!(self, Self::Simpo | Self::Orpo)
    }
}

/// One value per pair, shape `[pairs]`.
///
/// `beta` > 0; `smoothing` in `[0, ½)` is the assumed share of wrong labels, which only the variants that
/// say so look at; `gamma` is SimPO's target margin. The two AOT variants look at the batch as a whole.
pub fn dpo(loss: DpoLoss, pairs: PairLogProbs, beta: f64, smoothing: f64, gamma: f64) -> Tensor<1> {
    let mean_chosen = pairs.chosen.clone() / pairs.chosen_tokens.clone();
    let mean_rejected = pairs.rejected.clone() / pairs.rejected_tokens.clone();
    let a_w = pairs.chosen.clone() - pairs.reference_chosen.clone();
    let a_l = pairs.rejected.clone() - pairs.reference_rejected.clone();
    let z = (a_w.clone() - a_l.clone()).mul_scalar(beta);
    let per_token =
        || a_w.clone() / pairs.chosen_tokens.clone() - a_l.clone() / pairs.rejected_tokens.clone();
    let target = 0.5 / beta;
    match loss {
        DpoLoss::Sigmoid => log_sigmoid(z).neg(),
        DpoLoss::Cdpo => smoothed(z, smoothing),
        DpoLoss::Robust => (log_sigmoid(z.clone()).mul_scalar(smoothing - 1.0)
            + log_sigmoid(z.neg()).mul_scalar(smoothing))
        .div_scalar(1.0 - 2.0 * smoothing),
        DpoLoss::IpoMean => per_token().sub_scalar(target).square(),
        DpoLoss::IpoSum => (a_w - a_l).sub_scalar(target).square(),
        DpoLoss::Hinge => z.neg().add_scalar(1.0).clamp_min(0.0),
        DpoLoss::Simpo => simpo(mean_chosen, mean_rejected, beta, gamma),
        DpoLoss::Orpo => orpo(mean_chosen, mean_rejected, beta),
        DpoLoss::SigmoidNorm => log_sigmoid(per_token().mul_scalar(beta)).neg(),
        DpoLoss::ExoPair => exo(z, smoothing),
        DpoLoss::NcaPair => {
            let (r_w, r_l) = (a_w.mul_scalar(beta), a_l.mul_scalar(beta));
            (log_sigmoid(r_w.clone())
                + (log_sigmoid(r_w.neg()) + log_sigmoid(r_l.neg())).mul_scalar(0.5))
            .neg()
        }
        DpoLoss::BcoPair => {
            (log_sigmoid(a_w.mul_scalar(beta)) + log_sigmoid(a_l.mul_scalar(beta).neg())).neg()
        }
        DpoLoss::SppoHard => a_w.sub_scalar(target).square() + a_l.add_scalar(target).square(),
        DpoLoss::ApoZero => {
            (sigmoid(a_l.mul_scalar(beta)) - sigmoid(a_w.mul_scalar(beta))).add_scalar(1.0)
        }
        DpoLoss::ApoDown => (sigmoid(a_w.mul_scalar(beta)) - sigmoid(z)).add_scalar(1.0),
        DpoLoss::Aot => {
            let policy = sorted(pairs.chosen - pairs.rejected);
            let reference = sorted(pairs.reference_chosen - pairs.reference_rejected);
            smoothed((policy - reference).mul_scalar(beta), smoothing)
        }
        DpoLoss::AotUnpaired => smoothed((sorted(a_w) - sorted(a_l)).mul_scalar(beta), smoothing),
        DpoLoss::Discopop => {
            let s = sigmoid(z.clone().div_scalar(0.05));
            // Clamped before the exponential, whose share `s` is zero there anyway.
            let exponential = z.clone().neg().clamp_max(MAX_LOG_RATIO).exp();
            log_sigmoid(z).neg() * s.clone().neg().add_scalar(1.0) + exponential * s
        }
    }
}

/// `−log σ(β(ā_w − ā_l) − γ)` with `ā` the mean log-probability per token (Meng et al. 2024).
pub fn simpo(mean_chosen: Tensor<1>, mean_rejected: Tensor<1>, beta: f64, gamma: f64) -> Tensor<1> {
    log_sigmoid(
        (mean_chosen - mean_rejected)
            .mul_scalar(beta)
            .sub_scalar(gamma),
    )
    .neg()
}

/// `−ā_w − β log σ(log-odds ratio)` from mean log-probabilities per token (Hong et al. 2024).
pub fn orpo(mean_chosen: Tensor<1>, mean_rejected: Tensor<1>, beta: f64) -> Tensor<1> {
    let odds = log_odds_ratio(mean_chosen.clone(), mean_rejected);
    mean_chosen.neg() - log_sigmoid(odds).mul_scalar(beta)
}

/// `log[p_w/(1−p_w)] − log[p_l/(1−p_l)]` from log-probabilities ≤ 0.
pub fn log_odds_ratio(log_p_w: Tensor<1>, log_p_l: Tensor<1>) -> Tensor<1> {
    (log_p_w.clone() - log_p_l.clone()) - (log1mexp(log_p_w) - log1mexp(log_p_l))
}

fn smoothed(z: Tensor<1>, smoothing: f64) -> Tensor<1> {
    log_sigmoid(z.clone()).mul_scalar(smoothing - 1.0) - log_sigmoid(z.neg()).mul_scalar(smoothing)
}

/// `Σ q (log q − log p)` over both orders, `q` the model's preference, `p = (1−ε, ε)`.
fn exo(z: Tensor<1>, smoothing: f64) -> Tensor<1> {
    let smoothing = smoothing.max(1e-6);
    let (log_w, log_l) = (log_sigmoid(z.clone()), log_sigmoid(z.clone().neg()));
    sigmoid(z.clone()) * log_w.sub_scalar((1.0 - smoothing).ln())
        + sigmoid(z.neg()) * log_l.sub_scalar(smoothing.ln())
}

/// In ascending order; equal values keep theirs, so that gradients go where the reference sends them.
fn sorted(values: Tensor<1>) -> Tensor<1> {
    let device = values.device();
    let plain: Vec<f32> = values
        .clone()
        .detach()
        .into_data()
        .try_into_vec_as()
        .unwrap_or_default();
    let mut order: Vec<usize> = (0..plain.len()).collect();
    order.sort_by(|&a, &b| plain[a].total_cmp(&plain[b]));
    let order: Vec<i32> = order
        .into_iter()
        .map(|i| i32::try_from(i).unwrap_or(i32::MAX))
        .collect();
    values.select(0, Tensor::from_ints(order.as_slice(), &device))
}
