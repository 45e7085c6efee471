//! AlpacaEval's length-controlled win rate (Dubois et al. 2024): what a model's win rate would be if its answers were
//! as long as the baseline's.
//!
//! logit P(model wins) = φ · tanh((len₁ − len₂) / sd) + ψ · γᵢ + θ, with len₁ the baseline's answer in characters and γᵢ
//! how hard instruction i is; the rate is 100 · meanᵢ σ(ψ γᵢ + θ). Difficulties are estimated here, from all models
//! together (ψ = 1, ridge), and **joined by instruction**: the published code joins its own by row position, which
//! misplaces them for every model that lacks a row. Each model is then fitted alone, with φ drawn weakly to the
//! models' median where the published code adds answers of a "gamed" baseline that nobody else has.

use super::win_rate::mean;
use crate::stats::{Interval, Matrix, Random, bootstrap};

/// Precision of the prior on difficulties: standard deviation 1.
const DIFFICULTY_RIDGE: f64 = 1.0;
/// Precision of the prior on φ around the models' median: standard deviation 0.58.
const LENGTH_RIDGE: f64 = 3.0;
/// Keeps the other coefficients finite where a model won or lost everything.
const TINY_RIDGE: f64 = 1e-3;
/// With fewer models a difficulty would mostly repeat the very answers that it is to explain.
const FEW_MODELS: usize = 5;

/// One comparison of a model with the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The instruction's number, the same for all models.
    pub instruction: u32,
    /// The model's points, 0 to 1 ([`super::points`]).
    pub points: f64,
    /// Length of the baseline's answer, characters.
    pub baseline: f64,
    /// Length of the model's answer, characters.
    pub length: f64,
}

/// One model's length-controlled win rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controlled {
    /// The rate, percent.
    pub rate: f64,
    /// φ: below 0 where longer answers are preferred.
    pub length: f64,
    /// ψ: how much difficulty matters to this model.
    pub difficulty: f64,
    /// θ: the model against the baseline.
    pub strength: f64,
}

/// Difficulties and rates of several models against one baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthControl {
    /// γ by instruction, mean 0, higher where models do **better** against the baseline. All 0 with fewer than five
    /// models.
    pub difficulties: Vec<f64>,
    /// φ that the models have in common.
    pub common_length: f64,
    /// By model; `None` without comparisons.
    pub models: Vec<Option<Controlled>>,
}

/// Fits all models; `models[m]` are model m's comparisons, at most one an instruction.
pub fn length_control(models: &[Vec<Row>]) -> LengthControl {
    let prepared: Vec<Vec<Prepared>> = models.iter().map(|rows| prepare(rows)).collect();
    let instructions = prepared.iter().flatten().map(|row| row.instruction + 1);
    let instructions = instructions.max().unwrap_or(0);
    let known = prepared.iter().filter(|rows| !rows.is_empty()).count();
    let difficulties = match known < FEW_MODELS {
        true => vec![0.0; instructions],
        false => difficulties(&prepared, instructions),
    };
    let free = |rows: &Vec<Prepared>| {
        let rows: Vec<[f64; 4]> = features(rows, &difficulties);
        fit(&rows, [TINY_RIDGE; 3], [0.0; 3])[0]
    };
    let mut lengths: Vec<f64> = prepared
        .iter()
        .filter(|rows| !rows.is_empty())
        .map(free)
        .collect();
    lengths.sort_by(f64::total_cmp);
    let common_length = match lengths.is_empty() {
        true => 0.0,
        false => crate::stats::quantile(&lengths, 0.5),
    };
    let fitted = prepared
        .iter()
        .map(|rows| controlled(&features(rows, &difficulties), common_length));
    LengthControl {
        models: fitted.collect(),
        common_length,
        difficulties,
    }
}

impl LengthControl {
    /// The 95 % bootstrap interval of one model's rate, by drawing instructions and fitting the model again with the
    /// difficulties as they are. (AlpacaEval's own "standard error" only measures how much the predictions differ
    /// between instructions, and is far too small.)
    pub fn interval(&self, rows: &[Row], draws: usize, random: &mut Random) -> Option<Interval> {
        let rows = features(&prepare(rows), &self.difficulties);
        let mut sample = Vec::with_capacity(rows.len());
        bootstrap(rows.len(), draws, random, |drawn| {
            sample.clear();
            sample.extend(drawn.iter().map(|&row| rows[row]));
            controlled(&sample, self.common_length).map(|model| model.rate)
        })
    }
}

struct Prepared {
    instruction: usize,
    points: f64,
    length: f64,
}

/// tanh of the standardised difference of lengths.
fn prepare(rows: &[Row]) -> Vec<Prepared> {
    let kept = rows.iter().filter(|row| {
        (0.0..=1.0).contains(&row.points) && row.baseline.is_finite() && row.length.is_finite()
    });
    let differences: Vec<f64> = kept.clone().map(|row| row.baseline - row.length).collect();
    let average = mean(&differences).unwrap_or(0.0);
    let squares: f64 = differences.iter().map(|d| (d - average).powi(2)).sum();
    let deviation = (squares / (differences.len().max(2) - 1) as f64).sqrt();
    kept.zip(differences)
        .map(|(row, difference)| Prepared {
            instruction: row.instruction as usize,
            points: row.points,
            length: match deviation > 0.0 {
                true => (difference / deviation).tanh(),
                false => 0.0,
            },
        })
        .collect()
}

/// Length, difficulty, 1, and the points.
fn features(rows: &[Prepared], difficulties: &[f64]) -> Vec<[f64; 4]> {
    let difficulty = |row: &Prepared| difficulties.get(row.instruction).copied().unwrap_or(0.0);
    let rows = rows
        .iter()
        .map(|row| [row.length, difficulty(row), 1.0, row.points]);
    rows.collect()
}

fn controlled(rows: &[[f64; 4]], common_length: f64) -> Option<Controlled> {
    let ridge = [LENGTH_RIDGE, TINY_RIDGE, TINY_RIDGE];
    let [length, difficulty, strength] = fit(rows, ridge, [common_length, 0.0, 0.0]);
    let predicted = rows
        .iter()
        .map(|row| sigmoid(difficulty * row[1] + strength));
    Some(Controlled {
        rate: 100.0 * mean(&predicted.collect::<Vec<f64>>())?,
        length,
        difficulty,
        strength,
    })
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn cross_entropy(z: f64, points: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p() - points * z
}

/// Logistic regression on three columns with soft labels in the fourth, a ridge around `prior`: damped Newton.
fn fit(rows: &[[f64; 4]], ridge: [f64; 3], prior: [f64; 3]) -> [f64; 3] {
    let dot = |row: &[f64; 4], b: &[f64; 3]| row[0] * b[0] + row[1] * b[1] + row[2] * b[2];
    let loss = |b: &[f64; 3]| {
        let data: f64 = rows
            .iter()
            .map(|row| cross_entropy(dot(row, b), row[3]))
            .sum();
        let pull = (0..3).map(|k| ridge[k] * (b[k] - prior[k]).powi(2));
        data + 0.5 * pull.sum::<f64>()
    };
    let mut best = prior;
    let mut value = loss(&best);
    for _ in 0..100 {
        let mut gradient: Vec<f64> = (0..3).map(|k| ridge[k] * (best[k] - prior[k])).collect();
        let mut hessian = Matrix::zeros(3);
        (0..3).for_each(|k| hessian.add(k, k, ridge[k]));
        for row in rows {
            let p = sigmoid(dot(row, &best));
            let curve = p * (1.0 - p);
            for i in 0..3 {
                gradient[i] += (p - row[3]) * row[i];
                for j in 0..3 {
                    hessian.add(i, j, curve * row[i] * row[j]);
                }
            }
        }
        let Some(factor) = hessian.cholesky() else {
            break;
        };
        let step = factor.solve(&gradient);
        let from = best;
        let mut scale = 1.0;
        loop {
            (0..3).for_each(|k| best[k] = from[k] - scale * step[k]);
            let next = loss(&best);
            if next <= value + 1e-12 * value.abs() || scale < 1e-6 {
                value = next;
                break;
            }
            scale *= 0.5;
        }
        if step.iter().all(|s| s.abs() < 1e-10) {
            break;
        }
    }
    best
}

/// γ of all instructions with ψ = 1, by Newton's method on φ, θ of every model and all γ at once. The block of the
/// difficulties is diagonal, so that only a system of two unknowns a model is left to solve (Schur complement).
fn difficulties(models: &[Vec<Prepared>], instructions: usize) -> Vec<f64> {
    let size = 2 * models.len();
    let mut gamma = vec![0.0; instructions];
    let mut own = vec![0.0; size];
    let predict = |gamma: &[f64], own: &[f64], model: usize, row: &Prepared| {
        own[2 * model] * row.length + own[2 * model + 1] + gamma[row.instruction]
    };
    let loss = |gamma: &[f64], own: &[f64]| {
        let rows = models.iter().enumerate();
        let rows = rows.flat_map(|(model, rows)| rows.iter().map(move |row| (model, row)));
        let data = rows.map(|(m, row)| cross_entropy(predict(gamma, own, m, row), row.points));
        let squares: f64 = gamma.iter().map(|g| g * g).sum();
        let tiny: f64 = own.iter().map(|b| b * b).sum();
        data.sum::<f64>() + 0.5 * (DIFFICULTY_RIDGE * squares + TINY_RIDGE * tiny)
    };
    let mut value = loss(&gamma, &own);
    for _ in 0..100 {
        let mut slope: Vec<f64> = gamma.iter().map(|g| DIFFICULTY_RIDGE * g).collect();
        let mut curve = vec![DIFFICULTY_RIDGE; instructions];
        let mut own_slope: Vec<f64> = own.iter().map(|b| TINY_RIDGE * b).collect();
        let mut system = Matrix::zeros(size);
        (0..size).for_each(|k| system.add(k, k, TINY_RIDGE));
        let mut cross: Vec<Vec<(usize, f64)>> = vec![Vec::new(); instructions];
        for (model, rows) in models.iter().enumerate() {
            for row in rows {
                let p = sigmoid(predict(&gamma, &own, model, row));
                let (off, weight) = (p - row.points, p * (1.0 - p));
                slope[row.instruction] += off;
                curve[row.instruction] += weight;
                let columns = [(2 * model, row.length), (2 * model + 1, 1.0)];
                for (i, x) in columns {
                    own_slope[i] += off * x;
                    for (j, y) in columns {
                        system.add(i, j, weight * x * y);
                    }
                    cross[row.instruction].push((i, weight * x));
                }
            }
        }
        for (instruction, cells) in cross.iter().enumerate() {
            for &(i, x) in cells {
                own_slope[i] -= x * slope[instruction] / curve[instruction];
                for &(j, y) in cells {
                    system.add(i, j, -x * y / curve[instruction]);
                }
            }
        }
        let Some(factor) = system.cholesky() else {
            break;
        };
        let own_step = factor.solve(&own_slope);
        let step: Vec<f64> = (0..instructions)
            .map(|i| {
                let known: f64 = cross[i].iter().map(|&(k, x)| x * own_step[k]).sum();
                (slope[i] - known) / curve[i]
            })
            .collect();
        let (from, own_from) = (gamma.clone(), own.clone());
        let mut scale = 1.0;
        loop {
            (0..instructions).for_each(|i| gamma[i] = from[i] - scale * step[i]);
            (0..size).for_each(|k| own[k] = own_from[k] - scale * own_step[k]);
            let next = loss(&gamma, &own);
            if next <= value + 1e-12 * value.abs() || scale < 1e-6 {
                value = next;
                break;
            }
            scale *= 0.5;
        }
        if step.iter().chain(&own_step).all(|s| s.abs() < 1e-9) {
            break;
        }
    }
    let average = mean(&gamma).unwrap_or(0.0);
    gamma.iter().map(|g| g - average).collect()
}
