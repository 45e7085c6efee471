//! Bootstrap intervals of Bradley-Terry scores: multinomial over unique outcomes as the Arena draws them, or drawing
//! whole prompts with everything judged on them. The second is the honest one where prompts have several comparisons.

use super::bradley_terry::{CENTRE, POINTS};
use super::likelihood::Points;
use super::{Battle, Options, Tally, tallies};
use crate::stats::{Interval, Random, quantile};

/// Each score's 95 % percentile interval from `draws` draws of as many comparisons as there are, each unique outcome as
/// often as it occurred. `None` for models that met nobody, and where more than a tenth of the draws fell into
/// other components than the data. [`Options::clusters`] plays no part.
pub fn bootstrap_tallies(
    models: usize,
    tallies: &[Tally],
    options: &Options,
    draws: usize,
    random: &mut Random,
) -> Vec<Option<Interval>> {
    let kept: Vec<Tally> = tallies
        .iter()
        .filter(|t| t.counts(models))
        .copied()
        .collect();
    let alias = Alias::new(&kept.iter().map(|tally| tally.count).collect::<Vec<f64>>());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of comparisons"
    )]
    let size = kept.iter().map(|tally| tally.count).sum::<f64>().round() as usize;
    percentiles(models, &kept, options, draws, |counts| {
        for _ in 0..size {
            counts[alias.draw(random)] += 1.0;
        }
    })
}

/// The same by drawing prompts, as many as there are, each with all its comparisons.
pub fn bootstrap_prompts(
    models: usize,
    battles: &[Battle],
    options: &Options,
    draws: usize,
    random: &mut Random,
) -> Vec<Option<Interval>> {
    let unique = tallies(models, battles);
    let key = |t: &Tally| (t.a, t.b, t.outcome, t.weight.to_bits());
    let mut placed: Vec<(u32, usize)> = battles
        .iter()
        .filter(|battle| Tally::from(*battle).counts(models))
        .filter_map(|battle| {
            let wanted = key(&Tally::from(battle));
            let place = unique
                .binary_search_by(|tally| key(tally).cmp(&wanted))
                .ok()?;
            Some((battle.prompt, place))
        })
        .collect();
    placed.sort_unstable();
    let prompts: Vec<&[(u32, usize)]> = placed.chunk_by(|x, y| x.0 == y.0).collect();
    if prompts.len() < 2 {
        return vec![None; models];
    }
    percentiles(models, &unique, options, draws, |counts| {
        for _ in 0..prompts.len() {
            let drawn = prompts[random.below(prompts.len())];
            for (_, place) in drawn {
                counts[*place] += 1.0;
            }
        }
    })
}

/// Fits every draw, from the whole data's answer on.
fn percentiles(
    models: usize,
    unique: &[Tally],
    options: &Options,
    draws: usize,
    mut draw: impl FnMut(&mut [f64]),
) -> Vec<Option<Interval>> {
    let whole = Points::fit(models, unique, options.ridge, None);
    let met: Vec<bool> = (0..models)
        .map(|model| {
            unique
                .iter()
                .any(|t| t.a as usize == model || t.b as usize == model)
        })
        .collect();
    let mut scores: Vec<Vec<f64>> = vec![Vec::with_capacity(draws); models];
    let mut counts = vec![0.0; unique.len()];
    for _ in 0..draws {
        counts.fill(0.0);
        draw(&mut counts);
        let drawn = unique
            .iter()
            .zip(&counts)
            .filter(|(_, count)| **count > 0.0);
        let drawn: Vec<Tally> = drawn
            .map(|(tally, &count)| Tally { count, ..*tally })
            .collect();
        let points = Points::fit(models, &drawn, options.ridge, Some(&whole.theta));
        // scores are relative to the component's mean: of other components they would mean something else
        if points.component != whole.component {
            continue;
        }
        for model in (0..models).filter(|&model| met[model]) {
            let anchor = options.anchor.filter(|(anchor, _)| {
                whole.component.get(*anchor as usize) == Some(&whole.component[model])
            });
            let shift = anchor.map_or(CENTRE, |(anchor, score)| {
                score - POINTS * points.theta[anchor as usize]
            });
            scores[model].push(shift + POINTS * points.theta[model]);
        }
    }
    let interval = |mut scores: Vec<f64>| {
        scores.sort_by(f64::total_cmp);
        (!scores.is_empty() && scores.len() * 10 >= draws * 9).then(|| Interval {
            low: quantile(&scores, 0.025),
            high: quantile(&scores, 0.975),
        })
    };
    scores.into_iter().map(interval).collect()
}

/// Draws a place with the probability of its weight in constant time (Walker 1977, Vose 1991).
struct Alias {
    keep: Vec<f64>,
    other: Vec<usize>,
}

impl Alias {
    fn new(weights: &[f64]) -> Self {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut keep: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut other: Vec<usize> = (0..weights.len()).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&place| keep[place] < 1.0);
        while let (Some(&below), Some(&above)) = (small.last(), large.last()) {
            small.pop();
            other[below] = above;
            keep[above] -= 1.0 - keep[below];
            if keep[above] < 1.0 {
                large.pop();
                small.push(above);
            }
        }
        // what is left is 1 but for rounding
        small
            .into_iter()
            .chain(large)
            .for_each(|place| keep[place] = 1.0);
        Self { keep, other }
    }

    fn draw(&self, random: &mut Random) -> usize {
        let place = random.below(self.keep.len());
        match random.unit() < self.keep[place] {
            true => place,
            false => self.other[place],
        }
    }
}
