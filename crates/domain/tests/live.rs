//! The live model's head against scikit-learn and scipy (`scripts/reference_live.py`), its speed, and what
//! active choice does in a small world with a known utility.

use domain::live::{Head, HeadOptions, Outcome, Pairs};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|it| it.as_f64().unwrap()).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "multiples of 1/64 are exact"
)]
fn features(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|x| x as f32).collect()
}

#[test]
fn a_head_is_what_scikit_learn_and_scipy_find() {
    let golden: Value = serde_json::from_str(include_str!("golden/live.json")).unwrap();
    let strengths: Vec<u8> = serde_json::from_value(golden["strength"].clone()).unwrap();
    let mut pairs = Pairs::new(7);
    for (n, &strength) in strengths.iter().enumerate() {
        let [better, worse] = ["better", "worse"].map(|side| features(&golden[side][n]));
        // who stands first must not matter
        match (strength == 0, n % 2) {
            (true, _) => pairs.push(&better, &worse, Outcome::Tie, n as u64),
            (false, 0) => pairs.push(&better, &worse, Outcome::First(strength), n as u64),
            (false, _) => pairs.push(&worse, &better, Outcome::Second(strength), n as u64),
        }
    }
    let counts = numbers(&golden["count"]);
    for case in golden["cases"].as_array().unwrap() {
        let counted = case["counted"].as_bool().unwrap();
        let options = HeadOptions {
            ridge: case["ridge"].as_f64().unwrap(),
            margin: case["margin"].as_f64().unwrap(),
            tolerance: 1e-10,
        };
        let weight = |n: usize| if counted { counts[n] } else { 1.0 };
        let wanted = numbers(&case["weights"]);
        let far = Head {
            weights: vec![1.5; 7],
        };
        for start in [None, Some(&far)] {
            let head = Head::fit(&pairs, weight, options, start);
            for (ours, theirs) in head.weights.iter().zip(&wanted) {
                assert!(
                    (ours - theirs).abs() < 1e-6,
                    "{options:?}: {ours} and {theirs}"
                );
            }
        }
    }
}
