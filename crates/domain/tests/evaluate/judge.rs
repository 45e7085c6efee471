//! Judges against people, and diversity: equal to scikit-learn, and biases are found where they were planted.

use crate::{all_close, close, golden, numbers};
use domain::evaluate::{
    Draws, Estimate, Outcome, Sure, distinct, drift, embedding_diversity,
    expectation_adjusted_distinct, length_bias, mean_ead, n_grams, position_bias, reliability,
    score_agreement, score_bias, self_preference, verdict_agreement,
};
use domain::stats::Random;
use serde_json::Value;

const DRAWS: Draws = Draws {
    count: 400,
    seed: 7,
};

fn outcomes(value: &Value) -> Vec<Outcome> {
    let outcome = |points: f64| match points {
        p if p > 0.5 => Outcome::Win,
        p if p < -0.5 => Outcome::Loss,
        _ => Outcome::Tie,
    };
    numbers(value).into_iter().map(outcome).collect()
}

fn decide(first: bool) -> Outcome {
    if first { Outcome::Win } else { Outcome::Loss }
}

#[track_caller]
fn equal(ours: Estimate, reference: &Value, what: &str) {
    close(ours.value, reference.as_f64().unwrap(), 1e-9, what);
    let interval = ours.interval.unwrap();
    assert!(
        interval.low <= ours.value && ours.value <= interval.high,
        "{what}: {ours:?}"
    );
}

#[test]
fn agreement_and_calibration_equal_scikit_learn() {
    let golden = &golden()["judges"];
    let (judge, people) = (outcomes(&golden["judge"]), outcomes(&golden["people"]));
    let verdicts: Vec<_> = (0..)
        .zip(judge)
        .zip(people)
        .map(|((n, j), p)| (n / 2, j, p))
        .collect();
    let ours = verdict_agreement(&verdicts, DRAWS).unwrap();
    equal(ours.agreement, &golden["agreement"], "agreement");
    equal(ours.accuracy.unwrap(), &golden["accuracy"], "accuracy");
    equal(ours.kappa.unwrap(), &golden["kappa"], "kappa");

    let margins = numbers(&golden["margins"])
        .into_iter()
        .zip(numbers(&golden["first"]));
    let sure = |(n, (margin, first)): (u32, (f64, f64))| {
        (n, Sure::rewards(margin, 0.0, decide(first > 0.5)).unwrap())
    };
    let verdicts: Vec<(u32, Sure)> = (0..).zip(margins).map(sure).collect();
    let ours = reliability(&verdicts, 10, DRAWS).unwrap();
    close(
        ours.error.value,
        golden["ece"].as_f64().unwrap(),
        1e-9,
        "ECE",
    );
    equal(ours.brier, &golden["brier"], "Brier");
    let bins: Vec<Vec<f64>> = golden["bins"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    assert_eq!(ours.bins.len(), bins.len());
    for (ours, reference) in ours.bins.iter().zip(bins) {
        close(ours.confidence, reference[0], 1e-9, "confidence");
        close(
            ours.right as f64 / ours.of as f64,
            reference[1],
            1e-9,
            "share",
        );
        close(ours.of as f64, reference[2], 0.0, "count");
        assert!(ours.interval.low <= reference[1] && reference[1] <= ours.interval.high);
    }
    assert_eq!(reliability(&[], 10, DRAWS), None);
    assert_eq!(reliability(&verdicts, 0, DRAWS), None);
    assert_eq!(Sure::of(0.7, Outcome::Tie), None);
    assert_eq!(Sure::of(f64::NAN, Outcome::Win), None);

    let (judge, people) = (numbers(&golden["scores"][0]), numbers(&golden["scores"][1]));
    let scores: Vec<_> = (0..)
        .zip(judge)
        .zip(people)
        .map(|((n, j), p)| (n, j, p))
        .collect();
    equal(
        score_agreement(&scores, DRAWS).unwrap(),
        &golden["qwk"],
        "QWK",
    );
    equal(score_bias(&scores, DRAWS).unwrap(), &golden["bias"], "bias");
}

#[test]
fn planted_biases_are_found_and_absent_ones_are_not() {
    let mut random = Random::seeded(4);
    let mut both = |first: f64| -> Vec<(u32, Outcome, Outcome)> {
        // a judge that has an opinion, but with this probability says "the first" whatever it reads
        let one = |n: u32| {
            let better = random.chance(0.5);
            let mut say = |truth: bool| decide(random.chance(first) || truth);
            (n / 3, say(better), say(!better))
        };
        (0..600).map(one).collect()
    };
    let biased = position_bias(&both(0.4), DRAWS).unwrap();
    let first = biased.first.unwrap();
    // where the second is better, 40 % say "the first" all the same
    close(first.value, 0.7, 0.04, "P(first)");
    close(biased.agreement.value, 0.6, 0.06, "agreement");
    assert!(first.interval.unwrap().low > 0.6);
    let fair = position_bias(&both(0.0), DRAWS).unwrap();
    close(fair.agreement.value, 1.0, 0.0, "agreement");
    close(fair.first.unwrap().value, 0.5, 0.0, "P(first)");
    assert_eq!(position_bias(&[], DRAWS), None);

    let verdicts: Vec<(u32, Outcome, f64)> = (0..400)
        .map(|n| {
            let longer = 200.0 * random.normal();
            (n, decide(random.chance(0.3) || longer > 0.0), longer)
        })
        .collect();
    let long = length_bias(&verdicts, DRAWS).unwrap();
    assert!(long.n < 400 && long.n > 300);
    close(long.value, 0.85, 0.05, "longer");
    assert_eq!(
        length_bias(&[(0, Outcome::Win, 30.0), (1, Outcome::Tie, 99.0)], DRAWS),
        None
    );

    let own = |bonus: f64, random: &mut Random| -> Vec<(u32, Outcome, Outcome)> {
        let one = |n: u32| {
            let people = decide(random.chance(0.4));
            let judge = if random.chance(bonus) {
                Outcome::Win
            } else {
                people
            };
            (n / 2, judge, people)
        };
        (0..500).map(one).collect()
    };
    let found = self_preference(&own(0.25, &mut random), DRAWS).unwrap();
    close(found.value, 0.15, 0.05, "self-preference");
    assert!(found.interval.unwrap().low > 0.05);
    close(
        self_preference(&own(0.0, &mut random), DRAWS)
            .unwrap()
            .value,
        0.0,
        0.0,
        "none",
    );

    let versions: Vec<_> = (0..400)
        .map(|n| {
            let people = decide(random.chance(0.5));
            let mut says = |right: f64| {
                if random.chance(right) {
                    people
                } else {
                    people.reversed()
                }
            };
            (n, says(0.9), says(0.7), (n % 4 > 0).then_some(people))
        })
        .collect();
    let drift = drift(&versions, DRAWS).unwrap();
    close(drift.agreement.agreement.value, 0.66, 0.06, "versions");
    let change = drift.change.unwrap();
    assert!(
        change.n == 300 && change.interval.unwrap().high < -0.08,
        "{change:?}"
    );
}

#[test]
fn diversity_equals_its_definition() {
    close(
        expectation_adjusted_distinct(7, 10, 50_257).unwrap(),
        0.700_063,
        5e-7,
        "EAD",
    );
    let golden = &golden()["diversity"];
    let texts: Vec<Vec<u64>> = golden["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| {
            text.as_array()
                .unwrap()
                .iter()
                .map(|token| token.as_u64().unwrap())
                .collect()
        })
        .collect();
    let vocabulary = 60;
    for (n, (plain, ead)) in (1..).zip(
        numbers(&golden["distinct"])
            .into_iter()
            .zip(numbers(&golden["ead"])),
    ) {
        close(distinct(&texts, n).unwrap(), plain, 1e-12, "distinct");
        let (some, all) = n_grams(&texts, n);
        close(
            expectation_adjusted_distinct(some, all, vocabulary).unwrap(),
            ead,
            1e-9,
            "EAD",
        );
    }
    close(
        mean_ead(&texts, vocabulary).unwrap(),
        golden["mean"].as_f64().unwrap(),
        1e-9,
        "mean EAD",
    );
    let vectors: Vec<Vec<f32>> = golden["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vector| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "embeddings are single precision"
            )]
            let vector = numbers(vector).into_iter().map(|x| x as f32).collect();
            vector
        })
        .collect();
    close(
        embedding_diversity(&vectors).unwrap(),
        golden["embedding"].as_f64().unwrap(),
        1e-6,
        "embeddings",
    );
    assert_eq!(distinct::<u8>(&[vec![]], 1), None);
    assert_eq!(mean_ead::<u8>(&[], 10), None);
    assert_eq!(expectation_adjusted_distinct(1, 1, 0), None);
    assert_eq!(expectation_adjusted_distinct(1, 3, 1), Some(1.0));
    assert_eq!(embedding_diversity(&[vec![1.0, 0.0]]), None);
    assert_eq!(embedding_diversity(&[vec![1.0, 0.0], vec![0.0, 0.0]]), None);
    all_close(
        &[embedding_diversity(&[vec![1.0, 0.0], vec![0.0, 2.0]]).unwrap()],
        &vec![1.0].into(),
        1e-12,
        "right angles",
    );
}
