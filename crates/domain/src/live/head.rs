//! One head: Bradley and Terry's (1952) model of comparisons, linear in the features. Minimises
//! `Σ wᵢ ℓᵢ + λ/2 ‖θ‖²` with `ℓ = −log σ(θ·x − m (strength − 1))` for a decided answer and
//! `ℓ = −½ log σ(θ·x) − ½ log σ(−θ·x)` for a tie, by Newton's method whose steps come from conjugate
//! gradients (Lin, Weng and Keerthi 2008). Without margin it is scikit-learn's logistic regression without
//! intercept and `C = 1/λ` (`tests/golden/live.json`).

use super::Pairs;
use super::linear::{add_scaled, dot, sigmoid, softplus};
use super::pairs::difference;
use crate::stats::Random;

/// How a head is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadOptions {
    /// λ of the ridge, above 0.
    pub ridge: f64,
    /// By how much more the scores must differ for each further step of strength.
    pub margin: f64,
    /// The gradient's largest entry at which it is good enough.
    pub tolerance: f64,
}

impl Default for HeadOptions {
    fn default() -> Self {
        Self {
            ridge: 1.0,
            margin: 0.5,
            tolerance: 1e-4,
        }
    }
}

/// Newton steps before it is left as it is; ten are many.
const STEPS: usize = 50;

/// A fitted head: a response's score is θ·φ.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// θ.
    pub weights: Vec<f64>,
}

impl Head {
    /// Fits to the pairs, each counted `weight(n)` times, starting from `start` (or from 0).
    pub fn fit(
        pairs: &Pairs,
        weight: impl Fn(usize) -> f64,
        options: HeadOptions,
        start: Option<&Self>,
    ) -> Self {
        let prior = vec![0.0; pairs.dimensions()];
        Self::fit_around(&prior, pairs, weight, options, start)
    }

    /// The same, with the ridge drawing θ towards `prior` rather than towards 0.
    pub fn fit_around(
        prior: &[f64],
        pairs: &Pairs,
        weight: impl Fn(usize) -> f64,
        options: HeadOptions,
        start: Option<&Self>,
    ) -> Self {
        let problem = Problem::new(prior, pairs, weight, options);
        let mut theta = match start {
            Some(start) if start.weights.len() == pairs.dimensions() => start.weights.clone(),
            _ => prior.to_vec(),
        };
        let mut scores = problem.scores(&theta);
        for _ in 0..STEPS {
            let slope = problem.slope(&theta, &scores);
            let largest = slope.gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
            if largest <= options.tolerance {
                break;
            }
            let step = problem.step(&slope, options.tolerance);
            if !problem.advance(&mut theta, &mut scores, &step, &slope.gradient) {
                break;
            }
        }
        Self { weights: theta }
    }

    /// The score of features, or of a difference of features.
    pub fn score(&self, features: &[f32]) -> f64 {
        self.weights
            .iter()
            .zip(features)
            .map(|(w, x)| w * f64::from(*x))
            .sum()
    }

    /// The probability that the first of two responses is preferred, by the features that both have.
    pub fn probability(&self, first: &[f32], second: &[f32]) -> f64 {
        let both = self.weights.iter().zip(difference(first, second));
        sigmoid(both.map(|(w, x)| w * x).sum())
    }
}

struct Problem<'a> {
    prior: &'a [f64],
    pairs: &'a Pairs,
    /// Rows that count, and how much.
    rows: Vec<(usize, f64)>,
    options: HeadOptions,
}

struct Slope {
    gradient: Vec<f64>,
    /// Second derivative of each row's loss by its score, weighted.
    curvature: Vec<f64>,
    /// The Hessian's diagonal.
    diagonal: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(
        prior: &'a [f64],
        pairs: &'a Pairs,
        weight: impl Fn(usize) -> f64,
        options: HeadOptions,
    ) -> Self {
        let rows = (0..pairs.len()).map(|n| (n, weight(n)));
        Self {
            prior,
            pairs,
            rows: rows.filter(|(_, weight)| *weight > 0.0).collect(),
            options,
        }
    }

    fn margin(&self, row: usize) -> f64 {
        self.options.margin * f64::from(self.pairs.strength(row).saturating_sub(1))
    }

    fn scores(&self, theta: &[f64]) -> Vec<f64> {
        self.rows
            .iter()
            .map(|&(row, _)| dot(self.pairs.row(row), theta))
            .collect()
    }

    fn loss(&self, theta: &[f64], scores: impl Iterator<Item = f64>) -> f64 {
        let fit: f64 = self
            .rows
            .iter()
            .zip(scores)
            .map(|(&(row, weight), z)| {
                weight
                    * match self.pairs.strength(row) {
                        0 => 0.5 * (softplus(-z) + softplus(z)),
                        _ => softplus(self.margin(row) - z),
                    }
            })
            .sum();
        let away: f64 = theta
            .iter()
            .zip(self.prior)
            .map(|(t, p)| (t - p) * (t - p))
            .sum();
        fit + 0.5 * self.options.ridge * away
    }

    fn slope(&self, theta: &[f64], scores: &[f64]) -> Slope {
        let mut gradient: Vec<f64> = theta
            .iter()
            .zip(self.prior)
            .map(|(t, p)| self.options.ridge * (t - p))
            .collect();
        let mut diagonal = vec![self.options.ridge; theta.len()];
        let mut curvature = Vec::with_capacity(scores.len());
        for (&(row, weight), &z) in self.rows.iter().zip(scores) {
            let (p, target) = match self.pairs.strength(row) {
                0 => (sigmoid(z), 0.5),
                _ => (sigmoid(z - self.margin(row)), 1.0),
            };
            let bend = weight * p * (1.0 - p);
            curvature.push(bend);
            let x = self.pairs.row(row);
            add_scaled(&mut gradient, weight * (p - target), x);
            for (d, x) in diagonal.iter_mut().zip(x) {
                *d += bend * x * x;
            }
        }
        Slope {
            gradient,
            curvature,
            diagonal,
        }
    }

    /// The Hessian times a vector, in one pass over the rows.
    fn bend(&self, curvature: &[f64], vector: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = vector.iter().map(|v| self.options.ridge * v).collect();
        for (&(row, _), bend) in self.rows.iter().zip(curvature) {
            let x = self.pairs.row(row);
            add_scaled(&mut out, bend * dot(x, vector), x);
        }
        out
    }

    /// Newton's step, by preconditioned conjugate gradients, no more exact than it need be.
    fn step(&self, slope: &Slope, tolerance: f64) -> Vec<f64> {
        let mut step = vec![0.0; slope.gradient.len()];
        let mut residual: Vec<f64> = slope.gradient.iter().map(|g| -g).collect();
        let precondition =
            |r: &[f64]| -> Vec<f64> { r.iter().zip(&slope.diagonal).map(|(r, d)| r / d).collect() };
        let mut scaled = precondition(&residual);
        let mut direction = scaled.clone();
        let mut product = dot(&residual, &scaled);
        let size = dot(&residual, &residual).sqrt();
        // quadratic convergence near the end, cheap steps before
        let enough = (size.sqrt().min(0.1) * size).max(0.1 * tolerance);
        for _ in 0..slope.gradient.len().min(200) {
            let bent = self.bend(&slope.curvature, &direction);
            let alpha = product / dot(&direction, &bent);
            add_scaled(&mut step, alpha, &direction);
            add_scaled(&mut residual, -alpha, &bent);
            if dot(&residual, &residual).sqrt() <= enough {
                break;
            }
            scaled = precondition(&residual);
            let next = dot(&residual, &scaled);
            let beta = next / product;
            product = next;
            for (d, s) in direction.iter_mut().zip(&scaled) {
                *d = s + beta * *d;
            }
        }
        step
    }

    /// Goes along the step, half as far as long as that is no better; false when nothing is gained.
    fn advance(
        &self,
        theta: &mut Vec<f64>,
        scores: &mut [f64],
        step: &[f64],
        gradient: &[f64],
    ) -> bool {
        let along = self.scores(step);
        let now = self.loss(theta, scores.iter().copied());
        let expected = dot(gradient, step);
        let mut length = 1.0;
        for _ in 0..30 {
            let mut there = theta.clone();
            add_scaled(&mut there, length, step);
            let moved = scores.iter().zip(&along).map(|(z, d)| z + length * d);
            let loss = self.loss(&there, moved);
            if loss <= now + 1e-4 * length * expected || (now - loss).abs() <= 1e-14 * now.abs() {
                for (z, d) in scores.iter_mut().zip(&along) {
                    *z += length * d;
                }
                *theta = there;
                return true;
            }
            length *= 0.5;
        }
        false
    }
}

/// The ridges that are tried, strongest first.
const RIDGES: [f64; 6] = [10.0, 3.0, 1.0, 0.3, 0.1, 0.03];
const FOLDS: u64 = 4;

/// The ridge under which a head says most of answers to prompts that it has not seen (fourfold, by prompt).
pub fn choose_ridge(pairs: &Pairs, options: HeadOptions, seed: u64) -> f64 {
    let fold = |n: usize| Random::seeded(pairs.cluster(n) ^ seed).bits() % FOLDS;
    let mut losses = [0.0; RIDGES.len()];
    for held in 0..FOLDS {
        let mut head: Option<Head> = None;
        for (ridge, total) in RIDGES.into_iter().zip(&mut losses) {
            let options = HeadOptions {
                ridge,
                tolerance: 1e-3,
                ..options
            };
            let weight = |n: usize| if fold(n) == held { 0.0 } else { 1.0 };
            let fitted = Head::fit(pairs, weight, options, head.as_ref());
            let rest = (0..pairs.len()).filter(|&n| fold(n) == held);
            // the model's own probability, without margin: what is asked of it is who wins
            *total += rest
                .map(|n| (dot(pairs.row(n), &fitted.weights), pairs.strength(n)))
                .map(|(z, strength)| match strength {
                    0 => 0.5 * (softplus(z) + softplus(-z)),
                    _ => softplus(-z),
                })
                .sum::<f64>();
            head = Some(fitted);
        }
    }
    let mut best = 0;
    for n in 1..losses.len() {
        if losses[n] < losses[best] {
            best = n;
        }
    }
    RIDGES[best]
}
