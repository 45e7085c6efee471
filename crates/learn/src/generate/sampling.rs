//! How the next token is drawn: repetition penalty (Keskar et al. 2019), temperature, then top-k,
//! top-p (Holtzman et al. 2020) and min-p (Nguyen et al. 2024), in the order of `transformers`.

use domain::stats::Random;

/// Settings of generation.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// 0 takes the most probable token; 1 samples from the model as it is.
    pub temperature: f32,
    /// The smallest set of tokens with at least this probability together; 1 keeps all.
    pub top_p: f32,
    /// At most so many tokens; 0 keeps all.
    pub top_k: usize,
    /// Tokens with at least this part of the best one's probability; 0 keeps all.
    pub min_p: f32,
    /// Divides the logits of tokens that stand in the prompt or were said; 1 changes nothing.
    pub repetition_penalty: f32,
    /// The most new tokens.
    pub max_tokens: usize,
    /// Completions of each prompt.
    pub samples: usize,
    /// Tokens after which a completion is whole.
    pub ends: Vec<u32>,
    /// How many of the most probable tokens are reported with each token.
    pub alternatives: usize,
    /// Sequences that are generated at the same time.
    pub rows: usize,
}

impl Default for Sampling {
    /// One sample from the model as it is, of at most 256 tokens, 16 sequences at a time.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            max_tokens: 256,
            samples: 1,
            ends: Vec::new(),
            alternatives: 0,
            rows: 16,
        }
    }
}

impl Sampling {
    /// Whether tokens that were said are made less probable.
    #[expect(clippy::float_cmp, reason = "exactly 1 means that nobody asked for it")]
    pub(super) fn penalises(&self) -> bool {
        self.repetition_penalty != 1.0
    }

    /// The most probable token each time, at most `max_tokens` of them.
    pub fn greedy(max_tokens: usize, ends: &[u32]) -> Self {
        Self {
            temperature: 0.0,
            max_tokens,
            ends: ends.to_vec(),
            ..Self::default()
        }
    }
}

/// A token with what the model thought of it.
pub(super) struct Draw {
    pub(super) token: u32,
    pub(super) logprob: f32,
    pub(super) alternatives: Vec<(u32, f32)>,
}

pub(super) struct Sampler<'a>(&'a Sampling);

impl<'a> Sampler<'a> {
    pub(super) fn new(sampling: &'a Sampling) -> Self {
        Self(sampling)
    }

    pub(super) fn most_tokens(&self) -> usize {
        self.0.max_tokens
    }

    pub(super) fn alternatives(&self) -> usize {
        self.0.alternatives
    }

    pub(super) fn is_end(&self, token: u32) -> bool {
        self.0.ends.contains(&token)
    }

    /// Draws from one row of logits, which is changed on the way. `seen` is what the repetition
    /// penalty falls on. NaN counts as −∞.
    pub(super) fn draw(&self, logits: &mut [f32], seen: &[u32], random: &mut Random) -> Draw {
        let settings = self.0;
        let most = maximum(logits);
        let total = most
            + logits
                .iter()
                .map(|logit| exp(logit - most))
                .sum::<f32>()
                .ln();
        let alternatives = match settings.alternatives {
            0 => Vec::new(),
            count => best(logits, count)
                .into_iter()
                .map(|token| (token, logits[token as usize] - total))
                .collect(),
        };
        let raw = |token: u32, penalised: f32| match seen.contains(&token) {
            true => penalised_back(penalised, settings.repetition_penalty),
            false => penalised,
        };
        if settings.penalises() {
            penalise(logits, seen, settings.repetition_penalty);
        }
        let token = self.choose(logits, random);
        Draw {
            token,
            logprob: raw(token, logits[token as usize]) - total,
            alternatives,
        }
    }

    fn choose(&self, logits: &[f32], random: &mut Random) -> u32 {
        let settings = self.0;
        if settings.temperature <= 0.0 {
            return best(logits, 1)[0];
        }
        let most = maximum(logits);
        let weight = |logit: f32| exp((logit - most) / settings.temperature);
        let filters = settings.top_k > 0 || settings.top_p < 1.0 || settings.min_p > 0.0;
        if !filters {
            let total = logits
                .iter()
                .map(|logit| f64::from(weight(*logit)))
                .sum::<f64>();
            let mut left = unit(random) * total;
            let mut last = 0;
            for (token, logit) in (0..).zip(logits) {
                let weight = f64::from(weight(*logit));
                if weight > 0.0 {
                    last = token;
                }
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
            return last;
        }
        let mut kept = if settings.top_k > 0 {
            let kept = best(logits, settings.top_k);
            kept.into_iter()
                .map(|token| (token, weight(logits[token as usize])))
                .collect()
        } else {
            let all = (0_u32..).zip(logits.iter().map(|logit| weight(*logit)));
            let mut all = all.collect::<Vec<_>>();
            // Tokens below this cannot matter: together they have less than 1 − top_p.
            let total = all.iter().map(|(_, weight)| weight).sum::<f32>();
            let least = settings
                .min_p
                .max((1.0 - settings.top_p) * total / all.len() as f32 * 0.5);
            all.retain(|(_, weight)| *weight >= least);
            if settings.top_p < 1.0 {
                sort(&mut all);
            }
            all
        };
        if settings.top_p < 1.0 {
            // The share is of what top-k left, or of the whole vocabulary.
            let total = match settings.top_k {
                0 => logits.iter().map(|logit| weight(*logit)).sum::<f32>(),
                _ => kept.iter().map(|(_, weight)| weight).sum::<f32>(),
            };
            let mut sum = 0.0;
            let inside = kept.iter().take_while(|(_, weight)| {
                let before = sum;
                sum += weight;
                before < settings.top_p * total
            });
            let inside = inside.count().max(1);
            kept.truncate(inside);
        }
        // The best token's weight is 1.
        kept.retain(|(_, weight)| *weight >= settings.min_p);
        let total = kept
            .iter()
            .map(|(_, weight)| f64::from(*weight))
            .sum::<f64>();
        let mut left = unit(random) * total;
        for (token, weight) in &kept {
            left -= f64::from(*weight);
            if left < 0.0 {
                return *token;
            }
        }
        kept.last()
            .map_or_else(|| best(logits, 1)[0], |(token, _)| *token)
    }
}

fn exp(x: f32) -> f32 {
    if x.is_nan() { 0.0 } else { x.exp() }
}

fn maximum(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The first `count` tokens by logit, ties by number; at least one.
fn best(logits: &[f32], count: usize) -> Vec<u32> {
    let count = count.clamp(1, logits.len());
    let mut tokens = (0_u32..).zip(logits.iter().copied()).collect::<Vec<_>>();
    for (_, logit) in &mut tokens {
        if logit.is_nan() {
            *logit = f32::NEG_INFINITY;
        }
    }
    if count == 1 {
        let first = tokens
            .into_iter()
            .reduce(|a, b| if b.1 > a.1 { b } else { a });
        return first.map(|(token, _)| token).into_iter().collect();
    }
    if count < tokens.len() {
        tokens.select_nth_unstable_by(count - 1, by_weight);
        tokens.truncate(count);
    }
    sort(&mut tokens);
    tokens.into_iter().map(|(token, _)| token).collect()
}

fn sort(tokens: &mut [(u32, f32)]) {
    tokens.sort_unstable_by(by_weight);
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "sorting hands on references"
)]
fn by_weight(left: &(u32, f32), right: &(u32, f32)) -> std::cmp::Ordering {
    right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
}

/// Positive logits are divided, negative ones multiplied, each token once.
fn penalise(logits: &mut [f32], seen: &[u32], penalty: f32) {
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for token in seen {
        if let Some(logit) = logits.get_mut(token as usize) {
            *logit = if *logit > 0.0 {
                *logit / penalty
            } else {
                *logit * penalty
            };
        }
    }
}

/// The logit before [`penalise`].
fn penalised_back(logit: f32, penalty: f32) -> f32 {
    if logit > 0.0 {
        logit * penalty
    } else {
        logit / penalty
    }
}

/// In `[0, 1)`.
fn unit(random: &mut Random) -> f64 {
    (random.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities .5, .25, .125, .125 in mixed order.
    fn logits() -> Vec<f32> {
        [0.125_f32, 0.5, 0.125, 0.25]
            .iter()
            .map(|p| p.ln() + 3.0)
            .collect()
    }

    fn shares(settings: &Sampling, seen: &[u32]) -> Vec<f64> {
        let mut random = Random::seeded(7);
        let mut counts = vec![0.0; 4];
        for _ in 0..20_000 {
            let draw = Sampler::new(settings).draw(&mut logits(), seen, &mut random);
            counts[draw.token as usize] += 1.0 / 20_000.0;
        }
        counts
    }

    fn near(found: &[f64], expected: [f64; 4]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 0.015,
                "{found} is not {expected}"
            );
        }
    }

    #[test]
    fn shares_are_those_of_the_settings() {
        let with = |change: fn(&mut Sampling)| {
            let mut settings = Sampling::default();
            change(&mut settings);
            settings
        };
        let two = [0.0, 2.0 / 3.0, 0.0, 1.0 / 3.0];
        let one = [0.0, 1.0, 0.0, 0.0];
        let sharper = [1.0 / 22.0, 16.0 / 22.0, 1.0 / 22.0, 4.0 / 22.0];
        for (settings, expected) in [
            (with(|_| ()), [0.125, 0.5, 0.125, 0.25]),
            (with(|it| it.temperature = 0.5), sharper),
            (with(|it| it.top_k = 2), two),
            (with(|it| it.top_p = 0.7), two),
            (with(|it| it.top_p = 0.4), one),
            (with(|it| it.min_p = 0.4), two),
            (with(|it| (it.top_k, it.top_p) = (3, 0.8)), two),
            (with(|it| it.temperature = 0.0), one),
        ] {
            near(&shares(&settings, &[]), expected);
        }
    }

    #[test]
    fn a_penalty_moves_the_choice_and_not_the_reported_probability() {
        let settings = Sampling {
            temperature: 0.0,
            repetition_penalty: 1.5,
            ..Sampling::default()
        };
        let mut random = Random::seeded(1);
        let draw = Sampler::new(&settings).draw(&mut logits(), &[1, 1], &mut random);
        // ln .5 + 3 = 2.31 becomes 1.54, below ln .25 + 3 = 1.61.
        assert_eq!(draw.token, 3);
        assert!((draw.logprob - 0.25_f32.ln()).abs() < 1e-5);
        let draw = Sampler::new(&settings).draw(&mut logits(), &[0, 1, 2, 3], &mut random);
        assert_eq!(draw.token, 1);
        assert!((draw.logprob - 0.5_f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn alternatives_are_the_best_in_order_and_nan_never_wins() {
        let settings = Sampling {
            alternatives: 3,
            temperature: 0.0,
            ..Sampling::default()
        };
        let mut random = Random::seeded(1);
        let draw = Sampler::new(&settings).draw(&mut logits(), &[], &mut random);
        let tokens = draw
            .alternatives
            .iter()
            .map(|(token, _)| *token)
            .collect::<Vec<_>>();
        assert_eq!(tokens, [1, 3, 0]);
        assert!((draw.alternatives[1].1 - 0.25_f32.ln()).abs() < 1e-5);
        let draw = Sampler::new(&settings).draw(&mut [f32::NAN, 1.0, 2.0], &[], &mut random);
        assert_eq!(draw.token, 2);
        let hot = Sampling {
            top_p: 0.9,
            ..Sampling::default()
        };
        let draw = Sampler::new(&hot).draw(&mut [f32::NAN; 3], &[], &mut random);
        assert!(draw.token < 3);
    }
}
