//! Settings of best-of-n and expert iteration.

use super::{Setting, training::Pace};

pub(super) const PACE: Pace = Pace {
    learning_rate: 2e-4,
    epochs: 1,
    batch: 16,
};

pub(super) fn settings() -> Vec<Setting> {
    vec![
        Setting::integer(
            "samples",
            "Samples per prompt",
            "From how many responses the reward model picks; its errors are picked too, more the greater n is.",
            8,
            (2, 256),
        ),
        Setting::integer(
            "rounds",
            "Rounds",
            "How often the policy samples and learns from the winners; 0 only samples and picks.",
            1,
            (0, 20),
        ),
        temperature(),
        max_new_tokens(),
    ]
}

/// Shared with ILF.
pub(super) fn temperature() -> Setting {
    Setting::real(
        "temperature",
        "Temperature",
        "How varied the samples are.",
        1.0,
        (0.0, 5.0),
    )
}

/// Shared with ILF.
pub(super) fn max_new_tokens() -> Setting {
    Setting::integer(
        "max_new_tokens",
        "Longest response",
        "Tokens after which sampling stops.",
        128,
        (1, 8192),
    )
}
