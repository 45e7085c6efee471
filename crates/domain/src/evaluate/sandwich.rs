//! The middle of the sandwich H⁻¹ Σ H⁻¹: how much the score vectors of independent units vary. Units are single
//! comparisons, or clusters of them, or clusters two ways (Cameron, Gelbach and Miller 2011: prompts plus judges less
//! their intersection).

use super::likelihood::expected;
use super::{Battle, Clusters, Tally};
use crate::stats::{Matrix, Z, t_quantile};

/// Fewer judges than these do not stand for other judges: the interval is then about these alone.
const FEW_JUDGES: usize = 5;
/// With fewer clusters the clustered variance is itself too uncertain to be allowed below the unclustered one.
const FEW_CLUSTERS: usize = 10;

/// Σ over comparisons of g gᵀ, with g = w (y − p) (eᵢ − eⱼ): each comparison is its own unit, as the Arena has it.
pub(super) fn independent(models: usize, tallies: &[Tally], theta: &[f64]) -> Matrix {
    let mut meat = Matrix::zeros(models);
    for tally in tallies {
        let (a, b) = (tally.a as usize, tally.b as usize);
        let g = tally.weight * (tally.outcome.points() - expected(theta, a, b));
        let square = tally.count * g * g;
        meat.add(a, a, square);
        meat.add(b, b, square);
        meat.add(a, b, -square);
        meat.add(b, a, -square);
    }
    meat
}

/// Writes one comparison's score vector as pairs of place and value: Bradley-Terry's g = w (y − p) (eᵢ − eⱼ).
pub(super) fn score(theta: &[f64]) -> impl Fn(&Battle, usize, &mut Vec<(usize, f64)>) + use<> {
    // a table of all probabilities: an exponential a comparison would be most of the time
    let size = theta.len();
    let cells = (0..size).flat_map(|a| (0..size).map(move |b| (a, b)));
    let table: Vec<f64> = cells.map(|(a, b)| expected(theta, a, b)).collect();
    move |battle: &Battle, _, to: &mut Vec<(usize, f64)>| {
        let (a, b) = (battle.a as usize, battle.b as usize);
        let g = battle.weight * (battle.outcome.points() - table[a * size + b]);
        to.extend([(a, g), (b, -g)]);
    }
}

/// The places in the order of their keys. Keys are sorted beside the places: looking each up in the battles at every
/// comparison of the sort takes several times as long.
fn ordered(places: &[u32], key: impl Fn(u32) -> u64) -> Vec<u32> {
    let mut keyed: Vec<(u64, u32)> = places.iter().map(|&place| (key(place), place)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, place)| place).collect()
}

/// Σ over clusters of g gᵀ · G/(G − 1), with g the sum over a cluster's comparisons, and G, the number of clusters.
/// `order` lists the battles so that those with the same key stand together.
fn clustered<K: PartialEq>(
    size: usize,
    battles: &[Battle],
    order: &[u32],
    score: &impl Fn(&Battle, usize, &mut Vec<(usize, f64)>),
    key: impl Fn(&Battle) -> K,
) -> (Matrix, usize) {
    let mut meat = Matrix::zeros(size);
    let mut sum = vec![0.0; size];
    let (mut touched, mut cells): (Vec<usize>, Vec<(usize, f64)>) = (Vec::new(), Vec::new());
    let mut clusters = 0;
    for group in order.chunk_by(|&x, &y| key(&battles[x as usize]) == key(&battles[y as usize])) {
        for &place in group {
            score(&battles[place as usize], place as usize, &mut cells);
            for (parameter, value) in cells.drain(..) {
                sum[parameter] += value;
                touched.push(parameter);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for &i in &touched {
            for &j in &touched {
                meat.add(i, j, sum[i] * sum[j]);
            }
        }
        touched.drain(..).for_each(|model| sum[model] = 0.0);
        clusters += 1;
    }
    if clusters > 1 {
        let scale = 1.0 / (clusters as f64 - 1.0);
        meat = meat.clone().plus(scale, &meat);
    }
    (meat, clusters)
}

/// The middle of the sandwich over all parameters.
pub(super) struct Meat {
    pub(super) matrix: Matrix,
    /// Those below whose errors its own may not fall.
    pub(super) floors: Vec<Matrix>,
    /// The quantile that intervals take: the normal one, or Student's.
    pub(super) critical: f64,
}

impl Meat {
    pub(super) fn of(
        size: usize,
        battles: &[Battle],
        places: &[u32],
        score: &impl Fn(&Battle, usize, &mut Vec<(usize, f64)>),
        clusters: Clusters,
        plain: impl Fn() -> Matrix,
    ) -> Self {
        let at = |place: u32| &battles[place as usize];
        let independent = |plain: Matrix| Self {
            matrix: plain,
            floors: Vec::new(),
            critical: Z,
        };
        if places.is_empty() || clusters == Clusters::Independent {
            return independent(plain());
        }
        let mut by_prompt = None;
        let mut cells = None;
        if clusters != Clusters::Judge {
            let key = |p| u64::from(at(p).prompt) << 32 | u64::from(at(p).judge);
            let places = ordered(places, key);
            let (meat, n) = clustered(size, battles, &places, score, |b| b.prompt);
            by_prompt = (n > 1).then_some((meat, n));
            if clusters == Clusters::PromptAndJudge && by_prompt.is_some() {
                let key = |b: &Battle| (b.prompt, b.judge);
                cells = Some(clustered(size, battles, &places, score, key).0);
            }
        }
        let mut by_judge = None;
        if clusters != Clusters::Prompt {
            let places = ordered(places, |p| u64::from(at(p).judge));
            let (meat, n) = clustered(size, battles, &places, score, |b| b.judge);
            by_judge = (n >= FEW_JUDGES).then_some((meat, n));
        }
        let (matrix, mut floors, n) = match (by_prompt, by_judge, cells) {
            (Some((prompts, n)), Some((judges, m)), Some(cells)) => {
                let both = prompts.clone().plus(1.0, &judges).plus(-1.0, &cells);
                (both, vec![prompts, judges], n.min(m))
            }
            (Some((one, n)), _, _) | (None, Some((one, n)), _) => (one, Vec::new(), n),
            (None, None, _) => return independent(plain()),
        };
        if n < FEW_CLUSTERS {
            floors.push(plain());
        }
        Self {
            matrix,
            floors,
            critical: t_quantile(0.975, (n - 1) as f64),
        }
    }
}

/// The covariance with every standard error raised to at least the floor's; correlations stay.
pub(super) fn at_least(covariance: Matrix, floor: &Matrix) -> Matrix {
    let n = covariance.size();
    let raised = |i: usize| floor.at(i, i).max(0.0) > covariance.at(i, i);
    if (0..n).all(raised) {
        return floor.clone();
    }
    let ratio = |i: usize| match covariance.at(i, i) {
        own if own > 0.0 && raised(i) => (floor.at(i, i) / own).sqrt(),
        _ => 1.0,
    };
    let mut result = Matrix::zeros(n);
    for i in 0..n {
        for j in 0..n {
            let own = match covariance.at(i, i) > 0.0 || i != j {
                true => covariance.at(i, j) * ratio(i) * ratio(j),
                false => floor.at(i, i),
            };
            result.add(i, j, own);
        }
    }
    result
}

/// Without the direction of all ones, on both sides.
pub(super) fn centred(matrix: &Matrix) -> Matrix {
    let n = matrix.size();
    let means: Vec<f64> = (0..n)
        .map(|i| matrix.row(i).iter().sum::<f64>() / n as f64)
        .collect();
    let all = means.iter().sum::<f64>() / n as f64;
    let mut result = matrix.clone();
    for i in 0..n {
        for j in 0..n {
            result.add(i, j, all - means[i] - means[j]);
        }
    }
    result
}
