//! Evaluation statistics against the packages that the field uses (`golden/evaluate.json`, made by
//! `scripts/reference_evaluate.py`), and what must hold of any data.

mod bradley_terry;
mod coverage;
mod invariances;
mod judge;
mod style;
mod win_rate;

use domain::stats::{normal_cdf, t_cdf, t_quantile};
use serde_json::Value;

pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/evaluate.json")).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).collect()
}

#[track_caller]
pub(crate) fn close(ours: f64, reference: f64, within: f64, what: &str) {
    assert!(
        (ours - reference).abs() <= within,
        "{what}: {ours}, but the reference says {reference}"
    );
}

#[track_caller]
pub(crate) fn all_close(ours: &[f64], reference: &Value, within: f64, what: &str) {
    let reference = numbers(reference);
    assert_eq!(ours.len(), reference.len(), "{what}");
    for (ours, reference) in ours.iter().zip(reference) {
        close(*ours, reference, within, what);
    }
}

#[test]
fn distributions_equal_scipy() {
    let golden = golden();
    for case in golden["distributions"]["normal"].as_array().unwrap() {
        let (z, reference) = (numbers(case)[0], numbers(case)[1]);
        close(normal_cdf(z) / reference, 1.0, 1e-9, "normal");
    }
    for case in golden["distributions"]["t"].as_array().unwrap() {
        let case = numbers(case);
        let ours = t_quantile(case[0], case[1]);
        close(ours / case[2], 1.0, 1e-9, "t");
        close(t_cdf(ours, case[1]), case[0], 1e-12, "t");
    }
}
