//! Matrix products in half the size: the same way down, weights that stay float32, and losses that are scaled so
//! that small gradients survive.

use crate::support::{base, furthest, integer, name, pairs, run, settings, weights};
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use domain::method::Method;
use learn::methods::dpo;

fn hidden(half: Option<FloatDType>) -> Vec<f32> {
    let model = base().in_half(half);
    let tokens: Vec<i32> = (0..24).map(|n| (n * 7 + 3) % 26).collect();
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(tokens, [2, 12]), &Device::flex());
    model.hidden(tokens).into_data().try_into_vec().unwrap()
}

#[test]
fn halves_are_close_and_not_the_same() {
    let full = hidden(None);
    let largest = full.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    // the digits that each type has: 8 and 11 bits
    for (half, digits) in [(FloatDType::BF16, 256.0), (FloatDType::F16, 2048.0)] {
        let half = hidden(Some(half));
        let apart = full.iter().zip(&half).map(|(a, b)| (a - b).abs());
        let apart = apart.fold(0.0, f32::max);
        assert!(apart > 0.0, "nothing was computed in it");
        assert!(apart < 8.0 * largest / digits, "{apart} of {largest}");
    }
}

#[test]
fn a_run_in_halves_goes_the_way_of_float32_and_keeps_its_weights_in_it() {
    let data = pairs(64, 5);
    let changes = [("tuning", name("full")), ("epochs", integer(2))];
    let of = |precision: &str, half| {
        let settings = settings(Method::Dpo, &changes).with("precision", name(precision));
        let base = base().in_half(half);
        run(|session| dpo::train(base, &data, &settings, session))
    };
    let (full, exact) = of("float32", None);
    for (precision, half) in [("bfloat16", FloatDType::BF16), ("float16", FloatDType::F16)] {
        let (trained, curves) = of(precision, Some(half));
        for ((step, loss), (_, wanted)) in curves["loss"].iter().zip(&exact["loss"]) {
            assert!(
                (loss - wanted).abs() < 0.02,
                "{precision}, step {step}: {loss} and {wanted}"
            );
        }
        // the scaled loss changes no gradient: norms are those of float32, as far as the digits go
        let norms = curves["gradient_norm"].iter().zip(&exact["gradient_norm"]);
        for ((step, norm), (_, wanted)) in norms.take(4) {
            assert!(
                (norm - wanted).abs() < 0.05 * wanted,
                "{precision}, step {step}: {norm} and {wanted}"
            );
        }
        let apart = furthest(&trained.model, &full.model);
        assert!(apart > 0.0 && apart < 0.02, "{precision}: {apart}");
        let weights = weights(&trained.model);
        let digits = |value: &f32| value.to_bits() & 0xFFF != 0;
        assert!(
            weights.values().flatten().any(digits),
            "weights lost their digits"
        );
    }
}
