//! Davidson's model of ties (1970, On extending the Bradley-Terry model to accommodate ties): ties are outcomes of
//! their own, likelier between equals, instead of half wins.
//!
//! P(win) : P(tie) : P(loss) = e^{d/2} : ν : e^{−d/2}, with d the difference of the strengths. Chosen before
//! Rao-Kupper because its likelihood is concave in (θ, ln ν), and because the odds of a win against a loss stay
//! those of Bradley-Terry.

use super::bradley_terry::{CENTRE, POINTS};
use super::components::{connected, strongly_connected};
use super::{Outcome, Record, Tally, records};
use crate::stats::Matrix;

/// A fit of Davidson's model.
#[derive(Clone, Debug, PartialEq)]
pub struct Davidson {
    /// Scores by model number, 1000 on average, 400 points for odds of ten to one; `None` for those that met nobody.
    pub scores: Vec<Option<f64>>,
    /// Their standard errors: sandwich, each comparison on its own.
    pub standard_errors: Vec<Option<f64>>,
    /// ν: the odds of a tie against a decision of one kind, between equals. 0 would be no ties, 1 ties as likely as
    /// wins.
    pub nu: f64,
}

impl Davidson {
    /// P(win), P(tie) and P(loss) of one model against another.
    pub fn probabilities(&self, a: usize, b: usize) -> Option<[f64; 3]> {
        let score = |model: usize| self.scores.get(model).copied().flatten();
        let difference = (score(a)? - score(b)?) / POINTS;
        Some(probabilities(difference, self.nu.ln()))
    }
}

fn probabilities(difference: f64, tie: f64) -> [f64; 3] {
    let half = difference / 2.0;
    let most = half.abs().max(tie);
    let odds = [half, tie, -half].map(|x| (x - most).exp());
    let sum: f64 = odds.iter().sum();
    odds.map(|x| x / sum)
}

/// Fits by maximum likelihood. `None` where that has no finite answer: without a tie or without a decision, where the
/// models that met are not all connected, or where some of them took every point from the others. Half wins
/// ([`super::fit`]) answer then.
pub fn davidson(models: usize, tallies: &[Tally]) -> Option<Davidson> {
    let kept: Vec<Tally> = tallies
        .iter()
        .filter(|t| t.counts(models))
        .copied()
        .collect();
    let component = connected(models, &kept);
    let first = component.get(kept.first()?.a as usize)?;
    let members: Vec<usize> = (0..models).filter(|&m| component[m] == *first).collect();
    let inside = |model: u32| members.binary_search(&(model as usize)).ok();
    let mut beaten = vec![Vec::new(); members.len()];
    for tally in &kept {
        let (a, b) = (inside(tally.a)?, inside(tally.b)?);
        match tally.outcome {
            Outcome::Win => beaten[a].push(b),
            Outcome::Loss => beaten[b].push(a),
            Outcome::Tie => {
                beaten[a].push(b);
                beaten[b].push(a);
            }
        }
    }
    let tied = kept.iter().filter(|t| t.outcome == Outcome::Tie).count();
    if tied == 0 || tied == kept.len() || !strongly_connected(&beaten) {
        return None;
    }
    // the fit takes weighted counts, the sandwich's middle squared weights
    let scaled = |power: i32| {
        let scaled = kept.iter().map(|t| Tally {
            count: t.count * t.weight.powi(power),
            ..*t
        });
        records(models, &scaled.collect::<Vec<_>>())
    };
    let (counts, squares) = (scaled(1), scaled(2));
    let n = members.len();
    let mut x = vec![0.0; n + 1];
    let mut value = loss(&members, &counts, &x);
    let mut bread = None;
    for _ in 0..200 {
        let (gradient, hessian) = slope(&members, &counts, &x);
        let factor = hessian.cholesky()?;
        let step = factor.solve(&gradient);
        let mut length = 1.0;
        let before = x.clone();
        loop {
            for ((to, from), step) in x.iter_mut().zip(&before).zip(&step) {
                *to = from - length * step;
            }
            let next = loss(&members, &counts, &x);
            if next <= value + 1e-12 * value.abs() || length < 1e-6 {
                value = next;
                break;
            }
            length *= 0.5;
        }
        bread = Some(factor);
        if step.iter().all(|step| step.abs() < 1e-11) {
            break;
        }
    }
    let bread = bread?.inverse();
    let covariance = bread.times(&middle(&members, &squares, &x)).times(&bread);
    let mut scores = vec![None; models];
    let mut standard_errors = vec![None; models];
    for (place, &model) in members.iter().enumerate() {
        scores[model] = Some(CENTRE + POINTS * x[place]);
        standard_errors[model] = Some(POINTS * covariance.at(place, place).max(0.0).sqrt());
    }
    Some(Davidson {
        scores,
        standard_errors,
        nu: x[n].exp(),
    })
}

/// Where a record's models stand among the members.
fn places(members: &[usize], record: &Record) -> Option<(usize, usize)> {
    let place = |model: u32| members.binary_search(&(model as usize)).ok();
    Some((place(record.a)?, place(record.b)?))
}

fn loss(members: &[usize], records: &[Record], x: &[f64]) -> f64 {
    let of = |record: &Record| {
        let (a, b) = places(members, record)?;
        let [win, tie, loss] = probabilities(x[a] - x[b], x[members.len()]);
        let log = |count: f64, p: f64| if count > 0.0 { -count * p.ln() } else { 0.0 };
        Some(log(record.wins, win) + log(record.ties, tie) + log(record.losses, loss))
    };
    records.iter().filter_map(of).sum()
}

/// Gradient and Hessian of the loss; the last parameter is ln ν. The strengths' direction of all ones is gauged.
fn slope(members: &[usize], records: &[Record], x: &[f64]) -> (Vec<f64>, Matrix) {
    let last = members.len();
    let mut gradient = vec![0.0; last + 1];
    let mut hessian = Matrix::zeros(last + 1);
    for record in records {
        let Some((a, b)) = places(members, record) else {
            continue;
        };
        let [win, tie, loss] = probabilities(x[a] - x[b], x[last]);
        let of = record.of();
        let off = 0.5 * (of * (win - loss) - (record.wins - record.losses));
        gradient[a] += off;
        gradient[b] -= off;
        gradient[last] += of * tie - record.ties;
        let strength = of * (0.25 * (win + loss) - 0.25 * (win - loss).powi(2));
        let cross = -0.5 * of * tie * (win - loss);
        for (i, sign_i) in [(a, 1.0), (b, -1.0)] {
            for (j, sign_j) in [(a, 1.0), (b, -1.0)] {
                hessian.add(i, j, sign_i * sign_j * strength);
            }
            hessian.add(i, last, sign_i * cross);
            hessian.add(last, i, sign_i * cross);
        }
        hessian.add(last, last, of * tie * (1.0 - tie));
    }
    let gauge = hessian.trace() / ((last + 1) * (last + 1)) as f64;
    for i in 0..last {
        for j in 0..last {
            hessian.add(i, j, gauge);
        }
    }
    (gradient, hessian)
}

/// Σ g gᵀ over comparisons.
fn middle(members: &[usize], records: &[Record], x: &[f64]) -> Matrix {
    let last = members.len();
    let mut middle = Matrix::zeros(last + 1);
    for record in records {
        let Some((a, b)) = places(members, record) else {
            continue;
        };
        let [win, tie, loss] = probabilities(x[a] - x[b], x[last]);
        let outcomes = [
            (record.wins, 0.5, 0.0),
            (record.ties, 0.0, 1.0),
            (record.losses, -0.5, 0.0),
        ];
        for (count, side, tied) in outcomes {
            let off = side - 0.5 * (win - loss);
            let vector = [(a, off), (b, -off), (last, tied - tie)];
            for (i, left) in vector {
                for (j, right) in vector {
                    middle.add(i, j, count * left * right);
                }
            }
        }
    }
    middle
}
