//! Settings of the reward model.

use super::{Setting, training::Pace};

pub(super) const PACE: Pace = Pace {
    learning_rate: 3e-4,
    epochs: 2,
    batch: 16,
};

pub(super) fn settings() -> Vec<Setting> {
    vec![
        Setting::real(
            "margin",
            "Margin by strength",
            "How far apart the scores of a pair should be for each degree of preference beyond 'slightly' (Touvron et al. 2023); 0 ignores the strength.",
            0.0,
            (0.0, 10.0),
        ),
        Setting::flag(
            "ties",
            "Learn from ties",
            "Pairs judged equally good pull their two scores together.",
            true,
        ),
        Setting::real(
            "centring",
            "Centring",
            "How strongly scores are drawn towards a mean of zero (Eisenstein et al. 2023).",
            0.01,
            (0.0, 1.0),
        )
        .advanced(),
    ]
}
