//! Strengths: equal to arena-rank, statsmodels and jax; what happens where maximum likelihood has no answer.

use crate::{all_close, close, golden, numbers};
use domain::evaluate::{
    Battle, Clusters, Fit, Options, Outcome, State, Tally, average_win_rates, bootstrap_prompts,
    bootstrap_tallies, davidson, fit, fit_tallies, rank_intervals, records, separability, tallies,
    tied_groups,
};
use domain::stats::{Interval, Matrix, Random, Z};
use serde_json::Value;

fn outcome(points: f64) -> Outcome {
    match points {
        p if p > 0.75 => Outcome::Win,
        p if p < 0.25 => Outcome::Loss,
        _ => Outcome::Tie,
    }
}

pub(crate) fn battle(a: u32, b: u32, outcome: Outcome) -> Battle {
    Battle {
        a,
        b,
        outcome,
        weight: 1.0,
        prompt: 0,
        judge: 0,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small whole numbers"
)]
pub(crate) fn battles(case: &Value) -> Vec<Battle> {
    let rows = case["battles"].as_array().unwrap().iter().map(numbers);
    rows.map(|row| Battle {
        prompt: row[3] as u32,
        judge: row[4] as u32,
        ..battle(row[0] as u32, row[1] as u32, outcome(row[2]))
    })
    .collect()
}

pub(crate) fn scores(fit: &Fit) -> Vec<f64> {
    fit.strengths.iter().map(|s| s.score.unwrap()).collect()
}

pub(crate) fn errors(fit: &Fit) -> Vec<f64> {
    let errors = fit.strengths.iter().map(|s| s.standard_error.unwrap());
    errors.collect()
}

fn clustered(clusters: Clusters) -> Options {
    Options {
        clusters,
        ..Options::default()
    }
}

#[test]
fn strengths_and_sandwich_equal_arena_rank() {
    for case in golden()["strengths"].as_array().unwrap() {
        let models = numbers(&case["arena"]["ratings"]).len();
        let plain = battles(case);
        let weights = numbers(&case["weights"]);
        let weighted: Vec<Battle> = plain
            .iter()
            .zip(weights)
            .map(|(battle, weight)| Battle { weight, ..*battle })
            .collect();
        for (battles, reference) in [(&plain, &case["arena"]), (&weighted, &case["reweighted"])] {
            let ours = fit(models, battles, &clustered(Clusters::Independent));
            let counted = tallies(models, battles);
            assert!(counted.len() <= battles.len());
            let collapsed = fit_tallies(models, &counted, &Options::default());
            assert_eq!(ours, collapsed);
            // points of a scale of hundreds: 1e-6 of them, relatively far less
            all_close(&scores(&ours), &reference["ratings"], 1e-6, "ratings");
            all_close(&errors(&ours), &reference["errors"], 1e-6, "errors");
            let ends = |end: fn(Interval) -> f64| -> Vec<f64> {
                let intervals = ours.strengths.iter().map(|s| s.interval.unwrap());
                intervals.map(end).collect()
            };
            all_close(&ends(|i| i.low), &reference["low"], 1e-6, "low");
            all_close(&ends(|i| i.high), &reference["high"], 1e-6, "high");
        }
    }
}

#[test]
fn clustered_errors_equal_statsmodels() {
    for case in golden()["strengths"].as_array().unwrap() {
        let reference = &case["clustered"];
        let models = numbers(&reference["ratings"]).len();
        let battles = battles(case);
        for (name, clusters) in [
            ("prompt", Clusters::Prompt),
            ("judge", Clusters::Judge),
            ("both", Clusters::PromptAndJudge),
        ] {
            let ours = fit(models, &battles, &clustered(clusters));
            all_close(&scores(&ours), &reference["ratings"], 1e-6, "ratings");
            all_close(&errors(&ours), &reference[name], 1e-6, name);
            let first = ours.strengths[0];
            let half = first.interval.unwrap().high - first.score.unwrap();
            let quantile = half / first.standard_error.unwrap();
            let wanted = reference["quantile"][name].as_f64().unwrap();
            close(quantile, wanted, 1e-9, "quantile");
        }
    }
}

#[test]
fn the_ridge_and_davidsons_ties_equal_independent_fits() {
    for case in golden()["strengths"].as_array().unwrap() {
        let reference = &case["davidson"];
        let models = numbers(&reference["ratings"]).len();
        let counted = tallies(models, &battles(case));
        let options = Options {
            ridge: case["ridge"]["penalty"].as_f64(),
            ..Options::default()
        };
        let ours = fit_tallies(models, &counted, &options);
        all_close(&scores(&ours), &case["ridge"]["ratings"], 1e-6, "ridge");

        let ours = davidson(models, &counted).unwrap();
        let known = |values: &[Option<f64>]| values.iter().map(|v| v.unwrap()).collect::<Vec<_>>();
        all_close(&known(&ours.scores), &reference["ratings"], 1e-6, "ratings");
        all_close(
            &known(&ours.standard_errors),
            &reference["errors"],
            1e-6,
            "errors",
        );
        close(ours.nu, reference["nu"].as_f64().unwrap(), 1e-8, "nu");
        let [win, tie, loss] = ours.probabilities(0, 1).unwrap();
        close(win + tie + loss, 1.0, 1e-12, "probabilities");
        let odds = (ours.scores[0].unwrap() - ours.scores[1].unwrap()) / 400.0;
        close((win / loss).log10(), odds, 1e-9, "odds");
    }
}

#[test]
fn two_models_have_a_known_answer() {
    let won = |count, outcome| Tally {
        a: 0,
        b: 1,
        outcome,
        weight: 1.0,
        count,
    };
    let fit = fit_tallies(
        2,
        &[won(10.0, Outcome::Win), won(1.0, Outcome::Loss)],
        &Options::default(),
    );
    // odds of ten to one are 400 points
    let [first, second] = [0, 1].map(|model| fit.strengths[model]);
    close(first.score.unwrap(), 1200.0, 1e-9, "score");
    close(second.score.unwrap(), 800.0, 1e-9, "score");
    close(fit.probability(0, 1).unwrap(), 10.0 / 11.0, 1e-12, "P");
    // Var(log-odds) = 1/10 + 1/1
    let (difference, error, interval) = fit.difference(0, 1).unwrap();
    let expected = 400.0 / 10_f64.ln() * 1.1_f64.sqrt();
    close(difference, 400.0, 1e-9, "difference");
    close(error, expected, 1e-9, "error");
    close(interval.low, 400.0 - Z * expected, 1e-9, "interval");
    let anchored = Options {
        anchor: Some((1, 1000.0)),
        ..Options::default()
    };
    let fit = fit_tallies(
        2,
        &[won(10.0, Outcome::Win), won(1.0, Outcome::Loss)],
        &anchored,
    );
    close(fit.strengths[0].score.unwrap(), 1400.0, 1e-9, "anchored");
    assert_eq!(fit.strengths[0].standard_error, first.standard_error);
}

#[test]
fn without_a_maximum_the_answer_is_finite_and_says_so() {
    // 0 won everything, 3 lost everything; 1 and 2 are even; 4 and 5 met only each other; 6 met nobody
    let all = [
        battle(0, 1, Outcome::Win),
        battle(2, 0, Outcome::Loss),
        battle(1, 2, Outcome::Tie),
        battle(1, 3, Outcome::Win),
        battle(2, 3, Outcome::Win),
        battle(4, 5, Outcome::Win),
        battle(5, 4, Outcome::Win),
        battle(6, 6, Outcome::Win),
    ];
    let fit = fit(7, &all, &Options::default());
    let states: Vec<State> = fit.strengths.iter().map(|s| s.state).collect();
    assert_eq!(
        states,
        [
            State::WonEverything,
            State::Separated,
            State::Separated,
            State::LostEverything,
            State::Estimated,
            State::Estimated,
            State::Unmet
        ]
    );
    assert_eq!(fit.components, 2);
    let ranks: Vec<Option<usize>> = fit.strengths.iter().map(|s| s.rank).collect();
    assert_eq!(
        ranks,
        [Some(1), Some(2), Some(2), Some(4), Some(1), Some(1), None]
    );
    assert_eq!(fit.strengths[6].score, None);
    assert_eq!(fit.difference(0, 4), None);
    assert_eq!(fit.probability(6, 6), None);
    for strength in &fit.strengths[..6] {
        let interval = strength.interval.unwrap();
        assert!(
            interval.low.is_finite() && interval.high - interval.low > 300.0,
            "{strength:?}"
        );
        // models of the other component may stand anywhere
        assert!(strength.ranks.unwrap().worst >= 3);
    }
    assert_eq!(davidson(7, &tallies(7, &all)), None);
}

#[test]
fn few_clusters_are_not_trusted() {
    let mut random = Random::seeded(5);
    let mut all: Vec<Battle> = (0..400)
        .map(|n| {
            let won = if random.chance(0.6) {
                Outcome::Win
            } else {
                Outcome::Loss
            };
            Battle {
                prompt: n / 4,
                ..battle(n % 3, (n + 1) % 3, won)
            }
        })
        .collect();
    let by_prompt = fit(3, &all, &clustered(Clusters::Prompt));
    // one judge, or four, say nothing about others: the same as without them
    for judges in [1, 4] {
        for (n, battle) in (0..).zip(&mut all) {
            battle.judge = n % judges;
        }
        assert_eq!(fit(3, &all, &Options::default()), by_prompt);
    }
    for (n, battle) in (0..).zip(&mut all) {
        battle.judge = n % 5;
    }
    let wider = fit(3, &all, &Options::default());
    let half =
        |fit: &Fit| fit.strengths[0].interval.unwrap().high - fit.strengths[0].score.unwrap();
    assert!(half(&wider) > half(&by_prompt));
    // with five judges never below what single comparisons say
    let independent = fit(3, &all, &clustered(Clusters::Independent));
    for (five, single) in errors(&wider).iter().zip(errors(&independent)) {
        assert!(*five >= single * (1.0 - 1e-12));
    }
}

#[test]
fn the_bootstrap_agrees_with_the_sandwich() {
    let case = &golden()["strengths"][0];
    let battles = battles(case);
    let counted = tallies(12, &battles);
    let options = clustered(Clusters::Independent);
    let single = fit(12, &battles, &options);
    let drawn = bootstrap_tallies(12, &counted, &options, 400, &mut Random::seeded(1));
    let by_prompt = fit(12, &battles, &clustered(Clusters::Prompt));
    let prompts = bootstrap_prompts(12, &battles, &options, 400, &mut Random::seeded(2));
    for (fit, drawn) in [(single, drawn), (by_prompt, prompts)] {
        for (strength, drawn) in fit.strengths.iter().zip(drawn) {
            let (sandwich, drawn) = (strength.interval.unwrap(), drawn.unwrap());
            let width = (drawn.high - drawn.low) / (sandwich.high - sandwich.low);
            assert!((0.85..1.2).contains(&width), "{strength:?}: {drawn:?}");
            close(drawn.low, sandwich.low, 12.0, "low");
        }
    }
    assert_eq!(
        bootstrap_prompts(
            2,
            &[battle(0, 1, Outcome::Win)],
            &options,
            9,
            &mut Random::seeded(1)
        ),
        [None, None]
    );
}

#[test]
fn ranks_groups_and_separability_follow_the_intervals() {
    let interval = |low, high| Interval { low, high };
    let some = [
        interval(9.0, 11.0),
        interval(7.0, 9.5),
        interval(5.0, 8.0),
        interval(1.0, 2.0),
    ];
    let ranks = rank_intervals(&some.map(Some), 4);
    let ranks: Vec<_> = ranks.iter().flatten().map(|r| (r.best, r.worst)).collect();
    assert_eq!(ranks, [(1, 2), (1, 3), (2, 3), (4, 4)]);
    // somebody without an interval may stand anywhere
    let ranks = rank_intervals(&[Some(some[0]), None, Some(some[3])], 3);
    assert_eq!(ranks[1], None);
    assert_eq!(ranks[0].map(|r| (r.best, r.worst)), Some((1, 2)));
    let scored = some.map(|i| (f64::midpoint(i.low, i.high), Some(i)));
    assert_eq!(tied_groups(&scored), [vec![0, 1], vec![2], vec![3]]);
    assert_eq!(separability(&some), Some(4.0 / 6.0));
    assert_eq!(separability(&some[..1]), None);
}

#[test]
fn records_and_average_win_rates_count_opponents_equally() {
    let mut all = vec![battle(1, 0, Outcome::Loss); 9];
    all.extend([
        battle(0, 1, Outcome::Tie),
        battle(0, 2, Outcome::Loss),
        battle(7, 0, Outcome::Win),
    ]);
    let records = records(4, &tallies(4, &all));
    assert_eq!(records.len(), 2);
    assert_eq!(
        (records[0].wins, records[0].ties, records[0].losses),
        (9.0, 1.0, 0.0)
    );
    assert_eq!(records[0].rate(), Some(0.95));
    let interval = records[0].interval().unwrap();
    assert!(interval.low > 0.6 && interval.high < 1.0);
    let rates = average_win_rates(4, &records);
    assert_eq!(rates[0], Some(0.95 / 2.0));
    assert_eq!(rates[2..], [Some(1.0), None]);
}

#[test]
fn matrices_solve_and_become_positive() {
    let mut random = Random::seeded(3);
    let mut root = Matrix::zeros(6);
    for i in 0..6 {
        for j in 0..6 {
            root.add(i, j, random.normal());
        }
    }
    let mut square = Matrix::zeros(6);
    for i in 0..6 {
        for j in 0..6 {
            let dot: f64 = root
                .row(i)
                .iter()
                .zip(root.row(j))
                .map(|(a, b)| a * b)
                .sum();
            square.add(i, j, dot);
        }
    }
    let identity = square.times(&square.cholesky().unwrap().inverse());
    for i in 0..6 {
        for j in 0..6 {
            close(
                identity.at(i, j),
                f64::from(u8::from(i == j)),
                1e-9,
                "identity",
            );
        }
    }
    assert_eq!(square.clone().positive_part(), square);
    let shifted = {
        let mut shifted = square.clone();
        (0..6).for_each(|i| shifted.add(i, i, -2.0));
        shifted
    };
    let (before, _) = shifted.eigen();
    let (mut after, _) = shifted.clone().positive_part().eigen();
    let mut wanted: Vec<f64> = before.iter().map(|v| v.max(0.0)).collect();
    assert!(before.iter().any(|v| *v < -0.1));
    wanted.sort_by(f64::total_cmp);
    after.sort_by(f64::total_cmp);
    for (wanted, after) in wanted.iter().zip(after) {
        close(after, *wanted, 1e-9, "eigenvalue");
    }
}
