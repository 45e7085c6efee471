//! The Bradley-Terry likelihood, component by component: its maximum by Newton's method and its curvature there.
//!
//! Loss of a component: Σ over pairs of w·ln(1 + eᵈ) − s·d, d = θᵢ − θⱼ, with w the weight of the comparisons and s
//! the first model's weighted points, plus λ/2 Σ θ². It is convex.

use super::components::{connected, strongly_connected};
use super::sandwich::{Meat, at_least, centred};
use super::{SEPARATED_RIDGE, Tally};
use crate::stats::Matrix;

/// One connected component with at least two models.
pub(super) struct Group {
    pub(super) members: Vec<usize>,
    pub(super) ridge: f64,
    /// Whether maximum likelihood has no finite answer.
    pub(super) separated: bool,
}

/// Point estimates of all components.
pub(super) struct Points {
    pub(super) theta: Vec<f64>,
    pub(super) component: Vec<usize>,
    pub(super) groups: Vec<Group>,
    pairs: Vec<Pair>,
}

/// Everything two models' comparisons say about θ: the weight, and the weighted points of the first.
struct Pair {
    a: usize,
    b: usize,
    weight: f64,
    points: f64,
}

impl Points {
    /// Maximum likelihood, component by component. `start` is where to begin, near the answer.
    pub(super) fn fit(
        models: usize,
        tallies: &[Tally],
        ridge: Option<f64>,
        start: Option<&[f64]>,
    ) -> Self {
        let component = connected(models, tallies);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); models];
        for (model, &number) in component.iter().enumerate() {
            members[number].push(model);
        }
        members.retain(|members| members.len() > 1);
        let pairs = pairs(tallies);
        let mut theta = start.map_or_else(|| vec![0.0; models], <[f64]>::to_vec);
        let groups = members.into_iter().map(|members| {
            let group = Group::new(members, &pairs, ridge);
            group.newton(&pairs, &mut theta);
            group
        });
        Self {
            groups: groups.collect(),
            theta,
            component,
            pairs,
        }
    }
}

/// In the order of the first model, then the second; `a` < `b`.
fn pairs(tallies: &[Tally]) -> Vec<Pair> {
    let mut sorted: Vec<Pair> = tallies
        .iter()
        .map(|tally| {
            let (a, b) = (tally.a as usize, tally.b as usize);
            let (weight, points) = (tally.weight * tally.count, tally.outcome.points());
            let points = weight * if a < b { points } else { 1.0 - points };
            let (a, b) = (a.min(b), a.max(b));
            Pair {
                a,
                b,
                weight,
                points,
            }
        })
        .collect();
    sorted.sort_by_key(|pair| (pair.a, pair.b));
    sorted.dedup_by(|next, kept| {
        let same = (next.a, next.b) == (kept.a, kept.b);
        if same {
            kept.weight += next.weight;
            kept.points += next.points;
        }
        same
    });
    sorted
}

impl Group {
    fn new(members: Vec<usize>, pairs: &[Pair], ridge: Option<f64>) -> Self {
        let mut beaten = vec![Vec::new(); members.len()];
        for pair in pairs {
            let found = (
                members.binary_search(&pair.a),
                members.binary_search(&pair.b),
            );
            let (Ok(a), Ok(b)) = found else { continue };
            if pair.points > 0.0 {
                beaten[a].push(b);
            }
            if pair.points < pair.weight {
                beaten[b].push(a);
            }
        }
        let separated = !strongly_connected(&beaten);
        let given = ridge.filter(|r| *r > 0.0).unwrap_or(0.0);
        Self {
            members,
            ridge: if separated {
                given.max(SEPARATED_RIDGE)
            } else {
                given
            },
            separated,
        }
    }

    fn place(&self, model: usize) -> Option<usize> {
        self.members.binary_search(&model).ok()
    }

    /// Σ θ = 0 after every step: H has the direction of all ones as its null space, which the gauge fills.
    fn newton(&self, pairs: &[Pair], theta: &mut [f64]) {
        let mean = self.members.iter().map(|&m| theta[m]).sum::<f64>() / self.members.len() as f64;
        self.members.iter().for_each(|&m| theta[m] -= mean);
        let mut loss = self.loss(pairs, theta);
        for _ in 0..200 {
            let (gradient, hessian) = self.slope(pairs, theta);
            let Some(factor) = hessian.cholesky() else {
                break;
            };
            let step = factor.solve(&gradient);
            let before = theta.to_vec();
            let mut length = 1.0;
            loop {
                for (&model, step) in self.members.iter().zip(&step) {
                    theta[model] = before[model] - length * step;
                }
                let next = self.loss(pairs, theta);
                // the last steps are below what the loss can show
                if next <= loss + 1e-12 * loss.abs() || length < 1e-6 {
                    loss = next;
                    break;
                }
                length *= 0.5;
            }
            if step.iter().all(|step| step.abs() < 1e-11) {
                break;
            }
        }
    }

    fn loss(&self, pairs: &[Pair], theta: &[f64]) -> f64 {
        let of = |pair: &Pair| {
            let d = theta[pair.a] - theta[pair.b];
            pair.weight * (d.max(0.0) + (-d.abs()).exp().ln_1p()) - pair.points * d
        };
        let own = pairs.iter().filter(|pair| self.place(pair.a).is_some());
        let squares: f64 = self.members.iter().map(|&m| theta[m] * theta[m]).sum();
        own.map(of).sum::<f64>() + 0.5 * self.ridge * squares
    }

    /// The loss's gradient and Hessian, the latter with a gauge of its own size along all ones.
    fn slope(&self, pairs: &[Pair], theta: &[f64]) -> (Vec<f64>, Matrix) {
        let size = self.members.len();
        let mut gradient = vec![0.0; size];
        let mut hessian = Matrix::zeros(size);
        for pair in pairs {
            let (Some(a), Some(b)) = (self.place(pair.a), self.place(pair.b)) else {
                continue;
            };
            let p = expected(theta, pair.a, pair.b);
            let off = pair.weight * p - pair.points;
            gradient[a] += off;
            gradient[b] -= off;
            let curve = pair.weight * p * (1.0 - p);
            hessian.add(a, a, curve);
            hessian.add(b, b, curve);
            hessian.add(a, b, -curve);
            hessian.add(b, a, -curve);
        }
        for (place, &model) in self.members.iter().enumerate() {
            gradient[place] += self.ridge * theta[model];
            hessian.add(place, place, self.ridge);
        }
        let gauge = hessian.trace() / (size * size) as f64;
        hessian.add_everywhere(gauge);
        (gradient, hessian)
    }

    /// The covariance of θ within the component, and the quantile that its intervals take.
    pub(super) fn covariance(&self, points: &Points, meat: Meat) -> (Matrix, f64) {
        let n = self.members.len();
        let (_, hessian) = self.slope(&points.pairs, &points.theta);
        let Some(factor) = hessian.cholesky() else {
            return (Matrix::zeros(n), meat.critical);
        };
        let bread = factor.inverse();
        let sandwich = |meat: &Matrix| {
            let mut own = Matrix::zeros(n);
            for (i, &row) in self.members.iter().enumerate() {
                for (j, &column) in self.members.iter().enumerate() {
                    own.add(i, j, meat.at(row, column));
                }
            }
            bread.times(&own).times(&bread)
        };
        let mut covariance = sandwich(&meat.matrix).positive_part();
        for floor in &meat.floors {
            covariance = at_least(covariance, &sandwich(floor));
        }
        if self.separated {
            // residuals vanish where a model won everything: there the prior and the curvature say how little is known
            covariance = at_least(covariance, &centred(&bread));
        }
        (covariance, meat.critical)
    }
}

/// P(a beats b).
pub(super) fn expected(theta: &[f64], a: usize, b: usize) -> f64 {
    1.0 / (1.0 + (theta[b] - theta[a]).exp())
}
