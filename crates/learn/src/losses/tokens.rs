//! What a mean over tokens means, by name, and the distance between two models on given tokens.

use super::MAX_LOG_RATIO;

/// What a loss over tokens is averaged over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Each token of the step weighs the same; long responses weigh more.
    TokenMean,
    /// Each response of the step weighs the same.
    SequenceMean,
}

impl Aggregation {
    /// The aggregation of that name in settings.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "token-mean" => Some(Self::TokenMean),
            "sequence-mean" => Some(Self::SequenceMean),
            _ => None,
        }
    }
}

/// The weight of each token of each of the responses `lengths`, whose sum over the whole step is 1.
///
/// The weights are made for a whole step of the optimiser, however many parts it is computed in: that is
/// what makes k parts of b responses the same as one part of kb.
pub fn token_weights(lengths: &[usize], aggregation: Aggregation) -> Vec<f32> {
    let tokens: usize = lengths.iter().sum();
    let responses = lengths.iter().filter(|length| **length > 0).count();
    lengths
        .iter()
        .map(|&length| match aggregation {
            Aggregation::TokenMean => 1.0 / tokens.max(1) as f32,
            Aggregation::SequenceMean => 1.0 / (length.max(1) * responses.max(1)) as f32,
        })
        .collect()
}

/// Schulman's k3 estimate of `KL(π_ref ‖ π)` on one response that `π_ref` gave, in nats: the sum over its
/// tokens of `r − 1 − log r`, `r = π/π_ref`; never negative. Log-ratios are clamped to ±20.
pub fn k3(policy: &[f32], reference: &[f32]) -> f64 {
    policy
        .iter()
        .zip(reference)
        .map(|(p, q)| {
            let log_ratio = f64::from(p - q).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO);
            log_ratio.exp_m1() - log_ratio
        })
        .sum()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these are exact")]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_step_sum_to_one() {
        for aggregation in [Aggregation::TokenMean, Aggregation::SequenceMean] {
            let lengths = [3, 1, 0, 8];
            let sum: f32 = token_weights(&lengths, aggregation)
                .iter()
                .zip(lengths)
                .map(|(weight, length)| weight * length as f32)
                .sum();
            assert!((sum - 1.0).abs() < 1e-6, "{aggregation:?}: {sum}");
        }
        assert_eq!(token_weights(&[1, 3], Aggregation::SequenceMean)[0], 0.5);
        assert_eq!(token_weights(&[1, 3], Aggregation::TokenMean)[0], 0.25);
    }

    #[test]
    fn k3_is_zero_at_the_reference_and_positive_elsewhere() {
        assert_eq!(k3(&[-1.0, -2.0], &[-1.0, -2.0]), 0.0);
        assert!(k3(&[-1.0], &[-1.5]) > 0.0 && k3(&[-1.5], &[-1.0]) > 0.0);
        let third = 0.1_f64;
        let expected = third.exp() - 1.0 - third;
        assert!((k3(&[-1.0], &[-1.1]) - expected).abs() < 1e-6);
    }
}
