//! Settings of supervised fine-tuning.

use super::{Choice, Setting, training::Pace};

pub(super) const PACE: Pace = Pace {
    learning_rate: 2e-4,
    epochs: 2,
    batch: 16,
};

pub(super) fn settings() -> Vec<Setting> {
    vec![
        Setting::flag(
            "chosen",
            "Chosen responses",
            "Learn from the preferred response of each pair.",
            true,
        ),
        Setting::flag(
            "refinements",
            "Refinements",
            "Learn from responses that people have improved.",
            true,
        ),
        Setting::flag(
            "demonstrations",
            "Demonstrations",
            "Learn from responses and references that people have written.",
            true,
        ),
        Setting::choice(
            "aggregation",
            "Average over",
            "Whether each token or each response weighs the same.",
            &[
                Choice {
                    name: "token-mean",
                    label: "tokens",
                },
                Choice {
                    name: "sequence-mean",
                    label: "responses",
                },
            ],
        )
        .advanced(),
        kl_limit(),
    ]
}

/// Shared with the other methods that move a policy away from a reference.
pub(super) fn kl_limit() -> Setting {
    Setting::real(
        "kl_limit",
        "KL limit",
        "Stop when the policy is this many nats per response away from where it started, estimated on held-out responses; 0 never stops.",
        0.0,
        (0.0, 1e6),
    )
    .advanced()
}
