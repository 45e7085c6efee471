//! Style: counted as the Arena's regular expressions count, controlled as arena-rank and jax do.

use crate::bradley_terry::{battle, battles, errors, scores};
use crate::{all_close, golden, numbers};
use domain::evaluate::{Clusters, Options, Outcome, State, Style, fit, style_control};

#[test]
fn markdown_is_counted_as_the_arena_counts_it() {
    for case in golden()["style_features"].as_array().unwrap() {
        let text = case[0].as_str().unwrap();
        let style = Style::of(text);
        let ours = [style.length, style.headers, style.lists, style.bold].map(|n| n as f64);
        assert_eq!(
            ours.to_vec(),
            numbers(&case.as_array().unwrap()[1..].into()),
            "{text}"
        );
    }
    let long = Style {
        length: 300,
        headers: 2,
        ..Style::default()
    };
    let short = Style {
        length: 99,
        bold: 4,
        ..Style::default()
    };
    let difference = Style::difference(&long, &short);
    all_close(
        &difference,
        &vec![0.5025, 2.0 / 3.0, 0.0, -0.8].into(),
        1e-12,
        "difference",
    );
}

#[test]
fn style_control_equals_arena_rank() {
    let golden = &golden()["style_control"];
    let battles = battles(golden);
    let styles: Vec<[f64; 4]> = golden["style"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| numbers(row).try_into().unwrap())
        .collect();
    for case in golden["cases"].as_array().unwrap() {
        let ridge = case["ridge"].as_f64().unwrap();
        for (name, clusters) in [
            ("independent", Clusters::Independent),
            ("prompt", Clusters::Prompt),
        ] {
            let options = Options {
                clusters,
                ..Options::default()
            };
            let ours = style_control(6, &battles, &styles, ridge, &options).unwrap();
            all_close(&scores(&ours.fit), &case["ratings"], 1e-6, "ratings");
            let effects = ours.effects.map(Option::unwrap);
            all_close(
                &effects.map(|e| e.coefficient),
                &case["coefficients"],
                1e-6,
                "coefficients",
            );
            all_close(&errors(&ours.fit), &case[name]["ratings"], 1e-6, name);
            all_close(
                &effects.map(|e| e.standard_error),
                &case[name]["coefficients"],
                1e-6,
                name,
            );
            // longer answers were made to win
            assert!(effects[0].interval.low > 0.0);
        }
    }
}

#[test]
fn without_style_the_strengths_are_plain() {
    let all = [
        battle(0, 1, Outcome::Win),
        battle(0, 1, Outcome::Loss),
        battle(0, 1, Outcome::Win),
        battle(1, 0, Outcome::Win),
        battle(3, 3, Outcome::Win),
        battle(0, 2, Outcome::Win),
    ];
    let same = style_control(5, &all, &[[0.25; 4]; 6], 1.0, &Options::default()).unwrap();
    assert_eq!(same.effects, [None; 4]);
    let plain = fit(5, &all, &Options::default());
    for (controlled, plain) in same.fit.strengths.iter().zip(&plain.strengths) {
        assert_eq!(controlled.state, plain.state);
        assert_eq!(controlled.rank, plain.rank);
        match (controlled.score, plain.score) {
            (Some(ours), Some(plain)) => assert!((ours - plain).abs() < 1e-6),
            other => assert_eq!(other, (None, None)),
        }
    }
    assert_eq!(same.fit.strengths[2].state, State::LostEverything);
    assert_eq!(
        style_control(5, &all, &[[0.0; 4]; 5], 1.0, &Options::default()),
        None
    );
    assert_eq!(
        style_control(5, &all[4..5], &[[0.0; 4]], 1.0, &Options::default()),
        None
    );
}
