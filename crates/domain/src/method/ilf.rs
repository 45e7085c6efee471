//! Settings of imitation learning from language feedback.

use super::{
    Choice, Setting,
    best_of_n::{max_new_tokens, temperature},
    training::Pace,
};

pub(super) const PACE: Pace = Pace {
    learning_rate: 2e-4,
    epochs: 2,
    batch: 16,
};

pub(super) fn settings() -> Vec<Setting> {
    vec![
        Setting::integer(
            "samples",
            "Refinements per critique",
            "How many refinements are sampled for each critique.",
            5,
            (1, 64),
        ),
        Setting::choice(
            "selector",
            "Who selects",
            "How the refinement to imitate is picked. A model selects only if it beats chance on refinements that people judged. People are asked in the queue, and the run waits for them.",
            &[
                Choice {
                    name: "reward-model",
                    label: "a reward model",
                },
                Choice {
                    name: "ensemble",
                    label: "yes/no questions to the model itself",
                },
                Choice {
                    name: "person",
                    label: "people, in the queue",
                },
                Choice {
                    name: "random",
                    label: "chance (the control)",
                },
            ],
        ),
        Setting::integer(
            "rounds",
            "Rounds",
            "How often the policy refines and learns.",
            1,
            (1, 20),
        ),
        temperature(),
        max_new_tokens(),
    ]
}
