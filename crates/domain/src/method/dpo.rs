//! Settings of direct preference optimisation and its named variants.

use super::{Choice, Setting, sft::kl_limit, training::Pace};

pub(super) const PACE: Pace = Pace {
    learning_rate: 5e-5,
    epochs: 2,
    batch: 16,
};

const fn named(name: &'static str, label: &'static str) -> Choice {
    Choice { name, label }
}

const LOSSES: &[Choice] = &[
    named("sigmoid", "DPO (sigmoid)"),
    named("cdpo", "cDPO: some labels are wrong"),
    named("robust", "Robust DPO: unbiased under wrong labels"),
    named("ipo_mean", "IPO, mean over tokens"),
    named("ipo_sum", "IPO, sum over tokens"),
    named("hinge", "Hinge (SLiC)"),
    named("simpo", "SimPO: no reference"),
    named("orpo", "ORPO: no reference"),
    named("sigmoid_norm", "DPO, mean over tokens"),
    named("exo_pair", "EXO"),
    named("nca_pair", "NCA"),
    named("bco_pair", "BCO"),
    named("sppo_hard", "SPPO"),
    named("apo_zero", "APO-zero"),
    named("apo_down", "APO-down"),
    named("aot", "AOT, paired"),
    named("aot_unpaired", "AOT, unpaired"),
    named("discopop", "DiscoPOP"),
];

pub(super) fn settings() -> Vec<Setting> {
    vec![
        Setting::choice(
            "loss",
            "Loss",
            "Which function of the log-ratios is minimised.",
            LOSSES,
        ),
        Setting::real(
            "beta",
            "Beta",
            "How strongly the policy is held to the reference: smaller moves further. SimPO wants about 2.",
            0.1,
            (1e-4, 100.0),
        ),
        Setting::real(
            "label_smoothing",
            "Share of wrong labels",
            "What cDPO, robust DPO, EXO and AOT assume about the preferences.",
            0.1,
            (0.0, 0.499),
        ),
        Setting::real(
            "gamma",
            "Target margin",
            "SimPO only: by how much the chosen response should win.",
            0.5,
            (0.0, 100.0),
        )
        .advanced(),
        Setting::real(
            "sft_weight",
            "Weight of imitation",
            "Adds this much of the chosen responses' mean loss per token, which keeps their probability from falling.",
            0.0,
            (0.0, 100.0),
        ),
        kl_limit(),
    ]
}
