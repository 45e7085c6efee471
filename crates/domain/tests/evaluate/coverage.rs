//! Intervals hold planted strengths at their rate: a small version of `examples/coverage.rs`.

use domain::evaluate::{Clusters, Options};
use domain::simulate::strengths::{Planted, coverage};
use domain::stats::Random;

#[test]
fn clustered_intervals_cover_and_others_do_not() {
    let planted = Planted {
        strengths: vec![-0.9, -0.3, 0.0, 0.2, 1.0],
        prompts: 150,
        judges: 30,
        judges_each: 3,
        pairs_each: 3,
        by_prompt: 0.6,
        by_judge: 0.0,
    };
    let with = |clusters| {
        let options = Options {
            clusters,
            ..Options::default()
        };
        coverage(&planted, 120, &options, 3)
    };
    let by_prompt = with(Clusters::Prompt);
    assert!((0.92..0.98).contains(&by_prompt.scores), "{by_prompt:?}");
    assert!(
        (0.92..0.98).contains(&by_prompt.differences),
        "{by_prompt:?}"
    );
    assert!(by_prompt.ranks > 0.95, "{by_prompt:?}");
    let alone = with(Clusters::Independent);
    assert!(alone.scores < by_prompt.scores - 0.04, "{alone:?}");
    assert!(alone.half_width < by_prompt.half_width);
}

#[test]
fn expected_points_are_the_planted_ones() {
    let planted = Planted {
        strengths: vec![0.8, 0.0],
        prompts: 4000,
        judges: 4000,
        judges_each: 2,
        pairs_each: 1,
        by_prompt: 0.4,
        by_judge: 0.4,
    };
    let battles = planted.battles(&mut Random::seeded(8));
    let points = battles.iter().map(|battle| match battle.a {
        0 => battle.outcome.points(),
        _ => 1.0 - battle.outcome.points(),
    });
    let share = points.sum::<f64>() / battles.len() as f64;
    // σ(0.8), within three standard errors
    assert!((share - 0.690).abs() < 0.02, "{share}");
}
