//! The pairwise loss of a reward model (Bradley and Terry 1952; Ouyang et al. 2022):
//! `−log σ(r_w − r_l − margin)`, with margins from the strength of the preference (Touvron et al. 2023).

use super::log_sigmoid;
use burn::tensor::Tensor;

/// One value per pair; every argument has shape `[pairs]`.
///
/// `margin` ≥ 0 is how far apart the scores should be. `tie` is 1 where the two were judged equal, whose
/// loss is the mean of both orders without a margin (least, ln 2, at equal scores), and 0 elsewhere.
pub fn bradley_terry(
    chosen: Tensor<1>,
    rejected: Tensor<1>,
    margin: Tensor<1>,
    tie: Tensor<1>,
) -> Tensor<1> {
    let difference = chosen - rejected;
    let preferred = log_sigmoid(difference.clone() - margin).neg();
    let equal = (log_sigmoid(difference.clone()) + log_sigmoid(difference.neg())).mul_scalar(-0.5);
    preferred * tie.clone().neg().add_scalar(1.0) + equal * tie
}

/// `(r_w + r_l)²` per pair: draws the scores' mean to zero, where the Bradley-Terry loss leaves it free
/// (Eisenstein et al. 2023). To be weighted by the caller.
pub fn centring(chosen: Tensor<1>, rejected: Tensor<1>) -> Tensor<1> {
    (chosen + rejected).square()
}
