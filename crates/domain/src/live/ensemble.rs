//! Several heads, each fitted to its own bootstrap resample: where they disagree, more feedback would say
//! most. The resample is drawn by prompt, since the answers about one prompt are not independent, as Poisson
//! counts (Oza and Russell 2001): a prompt's count does not change when others come, so that the next fit
//! starts close to its end. A resample alone says nothing about what was never asked, where all heads would
//! agree on 0; therefore each head is drawn towards a random point of its own, spread as the ridge's prior is
//! (Osband, Aslanides and Cassirer 2018, randomised priors).

use super::linear::sigmoid;
use super::{Head, HeadOptions, Pairs};
use crate::stats::Random;

/// How an ensemble is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnsembleOptions {
    /// Of each head.
    pub head: HeadOptions,
    /// How many resampled heads.
    pub heads: usize,
    /// Of the resamples.
    pub seed: u64,
}

impl Default for EnsembleOptions {
    fn default() -> Self {
        Self {
            head: HeadOptions::default(),
            heads: 8,
            seed: 0,
        }
    }
}

/// A head on all pairs, and the resampled ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// Fitted to every pair: the model's opinion.
    pub main: Head,
    /// Fitted to resamples: how sure it can be.
    pub heads: Vec<Head>,
}

impl Ensemble {
    /// Fits all heads, each starting from where it stood in `before`.
    pub fn fit(pairs: &Pairs, options: EnsembleOptions, before: Option<&Self>) -> Self {
        let main = Head::fit(pairs, |_| 1.0, options.head, before.map(|it| &it.main));
        let heads = (0..options.heads).map(|head| {
            let start = before.and_then(|it| it.heads.get(head)).unwrap_or(&main);
            let weight = |n: usize| count(options.seed, head, pairs.cluster(n));
            let prior = prior(options, head, pairs.dimensions());
            Head::fit_around(&prior, pairs, weight, options.head, Some(start))
        });
        let heads = heads.collect();
        Self { main, heads }
    }

    /// Each resampled head's probability that the first response of a difference is preferred.
    pub fn probabilities(&self, difference: &[f32]) -> Vec<f64> {
        self.heads
            .iter()
            .map(|head| sigmoid(head.score(difference)))
            .collect()
    }

    /// Mutual information between the answer and the head, in nats: `H(mean P) − mean H(P)`.
    pub fn disagreement(&self, difference: &[f32]) -> f64 {
        let all = self.probabilities(difference);
        if all.is_empty() {
            return 0.0;
        }
        let count = all.len() as f64;
        let mean = all.iter().sum::<f64>() / count;
        (entropy(mean) - all.iter().map(|p| entropy(*p)).sum::<f64>() / count).max(0.0)
    }
}

/// A draw from the prior that the ridge stands for: normal with variance 1/λ.
fn prior(options: EnsembleOptions, head: usize, dimensions: usize) -> Vec<f64> {
    let mut random = Random::seeded(options.seed).fork(head as u64);
    let spread = options.head.ridge.sqrt().recip();
    (0..dimensions).map(|_| random.normal() * spread).collect()
}

/// How often a cluster stands in a head's resample: Poisson with mean 1, from the hash of both.
fn count(seed: u64, head: usize, cluster: u64) -> f64 {
    let salt = Random::seeded(seed.wrapping_add(head as u64)).bits();
    let u = Random::seeded(cluster ^ salt).unit();
    let (mut k, mut share) = (0.0, (-1.0_f64).exp());
    let mut below = share;
    while u >= below && k < 12.0 {
        k += 1.0;
        share /= k;
        below += share;
    }
    k
}

fn entropy(p: f64) -> f64 {
    let part = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    part(p) + part(1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Outcome;

    #[test]
    fn resamples_count_one_on_average_and_differ() {
        let counts: Vec<f64> = (0..20_000).map(|c| count(7, 3, c)).collect();
        let mean = counts.iter().sum::<f64>() / 20_000.0;
        let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.03 && (variance - 1.0).abs() < 0.06);
        assert_ne!(
            counts[..50],
            (0..50).map(|c| count(7, 4, c)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn heads_disagree_about_what_was_never_asked() {
        // the first dimension was asked often, the second never
        let mut pairs = Pairs::new(3);
        for cluster in 0..60 {
            let wobble = if cluster % 7 == 0 {
                Outcome::Second(1)
            } else {
                Outcome::First(1)
            };
            pairs.push(&[1.0, 0.0, 0.0], &[0.0; 3], wobble, cluster);
        }
        pairs.push(&[0.0, 1.0, 0.0], &[0.0; 3], Outcome::First(1), 100);
        let options = EnsembleOptions {
            heads: 16,
            head: HeadOptions {
                ridge: 0.1,
                ..HeadOptions::default()
            },
            ..EnsembleOptions::default()
        };
        let ensemble = Ensemble::fit(&pairs, options, None);
        let often = ensemble.disagreement(&[1.0, 0.0, 0.0]);
        let once = ensemble.disagreement(&[0.0, 1.0, 0.0]);
        assert!(once > 4.0 * often, "asked often {often}, once {once}");
        let never = ensemble.disagreement(&[0.0, 0.0, 1.0]);
        assert!(never > once, "asked once {once}, never {never}");
        // a second fit from there changes nothing
        let again = Ensemble::fit(&pairs, options, Some(&ensemble));
        assert!((again.main.weights[0] - ensemble.main.weights[0]).abs() < 1e-3);
    }
}
