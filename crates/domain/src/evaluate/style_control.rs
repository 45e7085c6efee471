//! The Arena's style control (Li et al. 2024, Does style matter?): Bradley-Terry with the differences of length, headers,
//! lists and bold beside the models, so that strengths are those of answers that look alike.
//!
//! logit P(i beats j) = θᵢ − θⱼ + β · z, with z the normalised differences ([`super::Style::difference`]), each less its
//! mean and divided by its standard deviation over all comparisons; ridge λ/2 Σ β².

use super::bradley_terry::{place, strengths};
use super::likelihood::Points;
use super::sandwich::{Meat, at_least};
use super::{Battle, Fit, Options, Tally, tallies};
use crate::stats::{Interval, Matrix};

const FEATURES: usize = 4;

/// What one trait of style does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// β: the change of the log-odds of winning for one standard deviation more than the other answer.
    pub coefficient: f64,
    /// Its standard error, clustered as the strengths are.
    pub standard_error: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// Strengths with style held equal, and what style does.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleControl {
    /// As of [`super::fit`].
    pub fit: Fit,
    /// Of length, headers, lists and bold. `None` for a trait in which no two answers differ in another way than all do.
    pub effects: [Option<Effect>; FEATURES],
}

/// Fits; `styles[k]` is how battle k's first answer differs from its second. `ridge` is λ, in units of comparisons: the
/// `reg` of `arena-rank` times the number of comparisons. `None` where the two slices differ in length, a style is not
/// finite, or nothing can be compared.
pub fn style_control(
    models: usize,
    battles: &[Battle],
    styles: &[[f64; FEATURES]],
    ridge: f64,
    options: &Options,
) -> Option<StyleControl> {
    let finite = styles.iter().flatten().all(|value| value.is_finite());
    if battles.len() != styles.len() || !finite {
        return None;
    }
    let kept = |n: &usize| Tally::from(&battles[*n]).counts(models);
    let places: Vec<usize> = (0..battles.len()).filter(kept).collect();
    let tallies = tallies(models, battles);
    let mut points = Points::fit(models, &tallies, options.ridge, None);
    if points.groups.is_empty() {
        return None;
    }
    let (scaled, varies) = standardised(styles, &places);
    let size = models + FEATURES;
    let mut penalty = vec![0.0; size];
    for group in &points.groups {
        group
            .members
            .iter()
            .for_each(|&model| penalty[model] = group.ridge);
    }
    // what never varies, and models that met nobody, have no curvature of their own: any ridge keeps them at 0
    let floor = 1e-9;
    let met: Vec<bool> = (0..models)
        .map(|model| points.groups.iter().any(|g| g.members.contains(&model)))
        .collect();
    (0..models)
        .filter(|&m| !met[m])
        .for_each(|m| penalty[m] = 1.0);
    for (k, varies) in varies.iter().enumerate() {
        penalty[models + k] = if *varies { ridge.max(floor) } else { 1.0 };
    }
    let problem = Problem {
        battles,
        places: &places,
        scaled: &scaled,
        penalty,
        models,
    };
    let mut x = points.theta.clone();
    x.resize(size, 0.0);
    problem.newton(&points, &mut x);

    let (_, hessian) = problem.slope(&points, &x);
    let bread = hessian.cholesky()?.inverse();
    let order: Vec<u32> = places
        .iter()
        .filter_map(|&n| u32::try_from(n).ok())
        .collect();
    let score = |battle: &Battle, n: usize, to: &mut Vec<(usize, f64)>| {
        let g = battle.weight * (battle.outcome.points() - sigmoid(problem.logit(n, &x)));
        to.extend([(battle.a as usize, g), (battle.b as usize, -g)]);
        to.extend((0..FEATURES).map(|k| (models + k, g * scaled[n][k])));
    };
    let plain = || problem.independent(&score);
    let meat = Meat::of(size, battles, &order, &score, options.clusters, plain);
    let sandwich = |middle: &Matrix| bread.times(middle).times(&bread);
    let mut covariance = sandwich(&meat.matrix).positive_part();
    for middle in &meat.floors {
        covariance = at_least(covariance, &sandwich(middle));
    }
    if points.groups.iter().any(|group| group.separated) {
        covariance = at_least(covariance, &bread);
    }
    let effect = |k: usize| {
        let coefficient = x[models + k];
        let standard_error = covariance.at(models + k, models + k).max(0.0).sqrt();
        let half = meat.critical * standard_error;
        let interval = Interval {
            low: coefficient - half,
            high: coefficient + half,
        };
        varies[k].then_some(Effect {
            coefficient,
            standard_error,
            interval,
        })
    };
    let effects = std::array::from_fn(effect);
    x.truncate(models);
    points.theta = x;
    let mut strengths = strengths(models, &tallies, &points);
    let critical = vec![meat.critical; models];
    place(&mut strengths, &points, &covariance, &critical, options);
    let fit = Fit {
        strengths,
        components: points.groups.len(),
        theta: points.theta,
        covariance,
        critical,
    };
    Some(StyleControl { fit, effects })
}

/// Less the mean, divided by the population's standard deviation; and which traits vary at all.
fn standardised(
    styles: &[[f64; FEATURES]],
    places: &[usize],
) -> (Vec<[f64; FEATURES]>, [bool; FEATURES]) {
    let n = places.len() as f64;
    let mean: [f64; FEATURES] =
        std::array::from_fn(|k| places.iter().map(|&p| styles[p][k]).sum::<f64>() / n);
    let deviation: [f64; FEATURES] = std::array::from_fn(|k| {
        let squares: f64 = places
            .iter()
            .map(|&p| (styles[p][k] - mean[k]).powi(2))
            .sum();
        (squares / n).sqrt()
    });
    let varies = deviation.map(|d| d > 1e-12);
    let scale = |style: &[f64; FEATURES]| {
        std::array::from_fn(|k| {
            if varies[k] {
                (style[k] - mean[k]) / deviation[k]
            } else {
                0.0
            }
        })
    };
    (styles.iter().map(scale).collect(), varies)
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

struct Problem<'a> {
    battles: &'a [Battle],
    places: &'a [usize],
    scaled: &'a [[f64; FEATURES]],
    penalty: Vec<f64>,
    models: usize,
}

impl Problem<'_> {
    fn logit(&self, n: usize, x: &[f64]) -> f64 {
        let battle = &self.battles[n];
        let style = self.scaled[n].iter().zip(&x[self.models..]);
        x[battle.a as usize] - x[battle.b as usize] + style.map(|(z, b)| z * b).sum::<f64>()
    }

    fn loss(&self, x: &[f64]) -> f64 {
        let one = |&n: &usize| {
            let (z, battle) = (self.logit(n, x), &self.battles[n]);
            let softplus = z.max(0.0) + (-z.abs()).exp().ln_1p();
            battle.weight * (softplus - battle.outcome.points() * z)
        };
        let squares = x.iter().zip(&self.penalty).map(|(x, p)| p * x * x);
        self.places.iter().map(one).sum::<f64>() + 0.5 * squares.sum::<f64>()
    }

    /// Gradient and Hessian; each component's strengths are gauged along all ones.
    fn slope(&self, points: &Points, x: &[f64]) -> (Vec<f64>, Matrix) {
        let size = x.len();
        let mut gradient: Vec<f64> = x.iter().zip(&self.penalty).map(|(x, p)| p * x).collect();
        let mut hessian = Matrix::zeros(size);
        (0..size).for_each(|k| hessian.add(k, k, self.penalty[k]));
        for &n in self.places {
            let battle = &self.battles[n];
            let p = sigmoid(self.logit(n, x));
            let off = battle.weight * (p - battle.outcome.points());
            let curve = battle.weight * p * (1.0 - p);
            let mut cells = [
                (battle.a as usize, 1.0),
                (battle.b as usize, -1.0),
                (0, 0.0),
                (0, 0.0),
                (0, 0.0),
                (0, 0.0),
            ];
            for (k, z) in self.scaled[n].iter().enumerate() {
                cells[2 + k] = (self.models + k, *z);
            }
            for (i, left) in cells {
                gradient[i] += off * left;
                for (j, right) in cells {
                    hessian.add(i, j, curve * left * right);
                }
            }
        }
        for group in &points.groups {
            let own = group.members.iter().map(|&m| hessian.at(m, m)).sum::<f64>();
            let gauge = own / (group.members.len() * group.members.len()) as f64;
            for &i in &group.members {
                for &j in &group.members {
                    hessian.add(i, j, gauge);
                }
            }
        }
        (gradient, hessian)
    }

    fn newton(&self, points: &Points, x: &mut [f64]) {
        let mut value = self.loss(x);
        for _ in 0..100 {
            let (gradient, hessian) = self.slope(points, x);
            let Some(factor) = hessian.cholesky() else {
                break;
            };
            let step = factor.solve(&gradient);
            let from = x.to_vec();
            let mut scale = 1.0;
            loop {
                for ((to, from), step) in x.iter_mut().zip(&from).zip(&step) {
                    *to = from - scale * step;
                }
                let next = self.loss(x);
                if next <= value + 1e-12 * value.abs() || scale < 1e-6 {
                    value = next;
                    break;
                }
                scale *= 0.5;
            }
            if step.iter().all(|s| s.abs() < 1e-11) {
                break;
            }
        }
    }

    /// Σ g gᵀ over single comparisons.
    fn independent(&self, score: &impl Fn(&Battle, usize, &mut Vec<(usize, f64)>)) -> Matrix {
        let mut middle = Matrix::zeros(self.penalty.len());
        let mut cells = Vec::new();
        for &n in self.places {
            score(&self.battles[n], n, &mut cells);
            for &(i, left) in &cells {
                for &(j, right) in &cells {
                    middle.add(i, j, left * right);
                }
            }
            cells.clear();
        }
        middle
    }
}
