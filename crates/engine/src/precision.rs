//! In which numbers a run computes: matrix products in a type of half the size where the device is good at it,
//! and everything that must stay exact in float32 (weights, optimiser, normalisation, losses).

use crate::device::Chosen;
use burn::tensor::FloatDType;

/// What was chosen for a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// The type of matrix products; none: float32.
    pub half: Option<FloatDType>,
    /// What the run's settings say from then on: `float32`, `bfloat16`, `float16`.
    pub name: &'static str,
    /// What people should know about it.
    pub words: &'static str,
}

const FULL: Precision = Precision {
    half: None,
    name: "float32",
    words: "",
};

/// Chooses for a run that asks for `auto`, `full` or `mixed`.
pub fn choose(wanted: &str, device: &Chosen) -> Precision {
    // the CPU multiplies float32 faster than anything smaller
    let on_cpu = device.words.starts_with("CPU");
    decide(wanted, on_cpu, |half| device.device.supports_dtype(half))
}

/// `auto` takes bfloat16, which has the range of float32; float16 loses what is very small or very large, so that
/// losses are scaled for it, and somebody must want it.
fn decide(wanted: &str, on_cpu: bool, supports: impl Fn(FloatDType) -> bool) -> Precision {
    match wanted {
        "full" | "" => FULL,
        _ if on_cpu => Precision {
            words: "All numbers are float32: on a CPU smaller ones are no quicker.",
            ..FULL
        },
        _ if supports(FloatDType::BF16) => Precision {
            half: Some(FloatDType::BF16),
            name: "bfloat16",
            words: "Mixed precision: matrix products in bfloat16; weights, optimiser and losses in float32.",
        },
        "mixed" if supports(FloatDType::F16) => Precision {
            half: Some(FloatDType::F16),
            name: "float16",
            words: "Mixed precision: matrix products in float16, with scaled losses; weights, optimiser and losses in float32.",
        },
        "mixed" => Precision {
            words: "All numbers are float32: this device computes in nothing smaller.",
            ..FULL
        },
        _ => Precision {
            words: "All numbers are float32: this device does not compute in bfloat16.",
            ..FULL
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device;

    #[test]
    fn takes_what_the_device_is_good_at_and_says_what_it_took() {
        let bf16 = |half| half == FloatDType::BF16;
        let f16 = |half| half == FloatDType::F16;
        let name = |it: Precision| it.name;
        assert_eq!(name(decide("auto", false, bf16)), "bfloat16");
        assert_eq!(name(decide("mixed", false, |_| true)), "bfloat16");
        assert_eq!(name(decide("mixed", false, f16)), "float16");
        assert_eq!(name(decide("auto", false, f16)), "float32");
        assert_eq!(name(decide("full", false, bf16)), "float32");
        let none = decide("mixed", false, |_| false);
        assert!(none.half.is_none() && none.words.contains("nothing smaller"));
        let cpu = choose("mixed", &device::choose(device::Wanted::Cpu));
        assert!(cpu.half.is_none() && cpu.words.contains("on a CPU"));
    }
}
