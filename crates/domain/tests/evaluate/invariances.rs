//! What must hold of any comparisons.

use crate::bradley_terry::battle;
use domain::evaluate::{
    Battle, Clusters, Options, Outcome, State, fit, records, tallies, tied_groups,
};
use proptest::prelude::*;

const MODELS: usize = 5;

fn some() -> impl Strategy<Value = Vec<Battle>> {
    let outcome = prop_oneof![Just(Outcome::Win), Just(Outcome::Tie), Just(Outcome::Loss)];
    let one = (0..5_u32, 0..5_u32, outcome, 0..12_u32, 0..7_u32);
    let one = one.prop_map(|(a, b, outcome, prompt, judge)| Battle {
        prompt,
        judge,
        ..battle(a, b, outcome)
    });
    proptest::collection::vec(one, 0..80)
}

fn clusters() -> impl Strategy<Value = Options> {
    let all = [
        Clusters::Independent,
        Clusters::Prompt,
        Clusters::Judge,
        Clusters::PromptAndJudge,
    ];
    proptest::sample::select(all.to_vec()).prop_map(|clusters| Options {
        clusters,
        ..Options::default()
    })
}

proptest! {
    #[test]
    fn numbers_are_finite_and_ranks_in_order(battles in some(), options in clusters()) {
        let fit = fit(MODELS, &battles, &options);
        for strength in &fit.strengths {
            prop_assert_eq!(strength.state == State::Unmet, strength.score.is_none());
            let Some(score) = strength.score else { continue };
            let (interval, ranks) = (strength.interval.unwrap(), strength.ranks.unwrap());
            prop_assert!(score.is_finite() && interval.low.is_finite() && interval.high.is_finite());
            prop_assert!(interval.low <= score && score <= interval.high);
            prop_assert!(1 <= ranks.best && ranks.best <= ranks.worst && ranks.worst <= MODELS);
            prop_assert!(ranks.best <= strength.rank.unwrap());
        }
        // within a component the mean is 1000, and σ of the difference is the fitted probability
        for component in 0..MODELS {
            let own = fit.strengths.iter().filter(|s| s.component == component);
            let own: Vec<f64> = own.filter_map(|s| s.score).collect();
            if !own.is_empty() {
                let mean = own.iter().sum::<f64>() / own.len() as f64;
                prop_assert!((mean - 1000.0).abs() < 1e-6, "{mean}");
            }
        }
        let scored: Vec<_> = fit.strengths.iter().map(|s| (s.score.unwrap_or(0.0), s.interval)).collect();
        let members: usize = tied_groups(&scored).iter().map(Vec::len).sum();
        prop_assert_eq!(members, scored.iter().filter(|(_, interval)| interval.is_some()).count());
    }

    #[test]
    fn it_does_not_matter_who_is_named_first_or_what_came_first(battles in some(), options in clusters()) {
        let straight = fit(MODELS, &battles, &options);
        let turned: Vec<Battle> = battles.iter().rev().map(|battle| Battle {
            a: battle.b,
            b: battle.a,
            outcome: battle.outcome.reversed(),
            ..*battle
        }).collect();
        let turned_fit = fit(MODELS, &turned, &options);
        for (one, other) in straight.strengths.iter().zip(&turned_fit.strengths) {
            prop_assert_eq!(one.state, other.state);
            let near = |x: Option<f64>, y: Option<f64>| match (x, y) {
                (Some(x), Some(y)) => (x - y).abs() < 1e-4 * x.abs().max(1.0),
                (x, y) => x == y,
            };
            prop_assert!(near(one.score, other.score), "{one:?} {other:?}");
            prop_assert!(near(one.standard_error, other.standard_error), "{one:?} {other:?}");
        }
        let [one, other] = [&battles, &turned].map(|b| records(MODELS, &tallies(MODELS, b)));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn maximum_likelihood_gives_every_model_the_points_it_took(battles in some()) {
        let fit = fit(MODELS, &battles, &Options::default());
        let records = records(MODELS, &tallies(MODELS, &battles));
        for strength in fit.strengths.iter().filter(|s| s.state == State::Estimated) {
            let model = strength.model;
            let (mut taken, mut expected) = (0.0, 0.0);
            for record in &records {
                let seen = if record.a as usize == model { *record } else { record.reversed() };
                if seen.a as usize == model {
                    taken += seen.wins + 0.5 * seen.ties;
                    expected += seen.of() * fit.probability(model, seen.b as usize).unwrap();
                }
            }
            prop_assert!((taken - expected).abs() < 1e-7, "{taken} {expected}");
        }
    }
}
