//! Settings of Kahneman-Tversky optimisation.

use super::{Choice, Setting, sft::kl_limit, training::Pace};

pub(super) const PACE: Pace = Pace {
    learning_rate: 5e-5,
    epochs: 2,
    batch: 16,
};

pub(super) fn settings() -> Vec<Setting> {
    vec![
        Setting::choice(
            "loss",
            "Loss",
            "Whether gains and losses are measured from the policy's distance to the reference, or from zero.",
            &[
                Choice {
                    name: "kto",
                    label: "KTO",
                },
                Choice {
                    name: "apo_zero_unpaired",
                    label: "APO-zero, unpaired",
                },
            ],
        ),
        Setting::real(
            "beta",
            "Beta",
            "How strongly the policy is held to the reference: smaller moves further.",
            0.1,
            (1e-4, 100.0),
        ),
        Setting::real(
            "desirable_weight",
            "Weight of good responses",
            "Raise it where good responses are few.",
            1.0,
            (0.0, 100.0),
        ),
        Setting::real(
            "undesirable_weight",
            "Weight of bad responses",
            "Raise it where bad responses are few.",
            1.0,
            (0.0, 100.0),
        ),
        kl_limit(),
    ]
}
