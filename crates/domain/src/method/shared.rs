//! What every method that trains by gradient shares.

use super::{Choice, Method, Range, Setting, Value, ValueKind};

/// The settings of a method, those of its own first.
pub(super) fn settings(method: Method) -> Vec<Setting> {
    let _ = method;
    training()
}

fn training() -> Vec<Setting> {
    vec![
        Setting {
            name: "learning_rate",
            label: "Learning rate",
            help: "The greatest step of the optimiser, reached after the warm-up.",
            kind: ValueKind::Real(Range {
                min: 1e-9,
                max: 1.0,
            }),
            default: Value::Real(1e-4),
            advanced: false,
        },
        Setting {
            name: "epochs",
            label: "Epochs",
            help: "How often the run goes through its data.",
            kind: ValueKind::Integer(Range {
                min: 1.0,
                max: 1000.0,
            }),
            default: Value::Integer(1),
            advanced: false,
        },
        Setting {
            name: "tuning",
            label: "What is trained",
            help: "All weights, or small matrices added to the linear layers (Hu et al. 2021).",
            kind: ValueKind::Choice(&[
                Choice {
                    name: "lora",
                    label: "LoRA",
                },
                Choice {
                    name: "full",
                    label: "all weights",
                },
            ]),
            default: Value::Name("lora".to_owned()),
            advanced: false,
        },
    ]
}
