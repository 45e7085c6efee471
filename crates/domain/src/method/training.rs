//! What every method that trains by gradient shares: step sizes, lengths, what is trained, when it
//! stops. Learning rates are 50 to 500 times those tuned for 7B models, as small models need.

use super::{Choice, Setting};

/// Where methods differ in what they share.
pub(super) struct Pace {
    pub(super) learning_rate: f64,
    pub(super) epochs: i64,
    pub(super) batch: i64,
}

pub(super) fn settings(pace: &Pace) -> Vec<Setting> {
    vec![
        Setting::real(
            "learning_rate",
            "Learning rate",
            "The greatest step of the optimiser, reached after the warm-up; training all weights wants about a tenth of what LoRA wants.",
            pace.learning_rate,
            (1e-9, 1.0),
        ),
        Setting::integer(
            "epochs",
            "Epochs",
            "How often the run goes through its data.",
            pace.epochs,
            (1, 1000),
        ),
        Setting::choice(
            "tuning",
            "What is trained",
            "Small matrices added to the linear layers (Hu et al. 2021), or all weights.",
            &[
                Choice {
                    name: "lora",
                    label: "LoRA",
                },
                Choice {
                    name: "full",
                    label: "all weights",
                },
            ],
        ),
        Setting::integer(
            "batch_size",
            "Batch size",
            "Examples per step of the optimiser.",
            pace.batch,
            (1, 4096),
        ),
        Setting::integer(
            "max_length",
            "Longest sequence",
            "Tokens of prompt and response together; longer prompts lose their beginning, longer responses their end.",
            512,
            (8, 32768),
        ),
        Setting::real(
            "held_out",
            "Held out",
            "Share of the prompts that is kept aside to measure with, never trained on.",
            0.2,
            (0.0, 0.9),
        ),
        Setting::integer(
            "seed",
            "Seed",
            "Starts every random draw: order, split and new weights.",
            0,
            (0, 1 << 52),
        ),
        Setting::integer(
            "micro_batch",
            "Examples at once",
            "Examples that go through the model at the same time; fewer need less memory and change nothing else.",
            4,
            (1, 4096),
        )
        .advanced(),
        Setting::integer(
            "lora_rank",
            "LoRA rank",
            "The width of the added matrices.",
            8,
            (1, 1024),
        )
        .advanced(),
        Setting::real(
            "lora_alpha",
            "LoRA alpha",
            "What the added matrices contribute is multiplied by alpha divided by the rank.",
            16.0,
            (0.01, 4096.0),
        )
        .advanced(),
        Setting::real(
            "warmup",
            "Warm-up",
            "Share of the steps in which the learning rate rises from zero; afterwards it falls along a cosine.",
            0.05,
            (0.0, 1.0),
        )
        .advanced(),
        Setting::real(
            "final_rate",
            "Final rate",
            "Where the cosine ends, as a share of the learning rate; 1 keeps it constant.",
            0.1,
            (0.0, 1.0),
        )
        .advanced(),
        Setting::real(
            "weight_decay",
            "Weight decay",
            "How strongly weights are drawn to zero at each step (AdamW).",
            0.0,
            (0.0, 1.0),
        )
        .advanced(),
        Setting::real(
            "clip_norm",
            "Clip gradients at",
            "The greatest norm of all gradients together; longer ones are scaled down to it.",
            1.0,
            (1e-6, 1e6),
        )
        .advanced(),
        precision(),
        Setting::integer(
            "evaluate_every",
            "Evaluate every",
            "Steps between measurements on the held-out part; 0 measures only at the end.",
            20,
            (0, 1_000_000),
        )
        .advanced(),
        Setting::integer(
            "patience",
            "Patience",
            "Stop after this many measurements in a row without a better held-out loss, and keep the best weights; 0 never stops early.",
            0,
            (0, 1000),
        )
        .advanced(),
        Setting::integer(
            "checkpoint_every",
            "Checkpoint every",
            "Steps between checkpoints, from which an interrupted run goes on; 0 saves only when it pauses.",
            50,
            (0, 1_000_000),
        )
        .advanced(),
    ]
}

/// In which numbers matrices are multiplied.
fn precision() -> Setting {
    Setting::choice(
        "precision",
        "Precision",
        "Mixed: matrix products in numbers of half the size, where the device is quicker with them; weights, the optimiser and losses stay float32.",
        &[
            Choice {
                name: "auto",
                label: "mixed where the device has bfloat16",
            },
            Choice {
                name: "full",
                label: "float32",
            },
            Choice {
                name: "mixed",
                label: "mixed, also in float16",
            },
        ],
    )
    .advanced()
}
