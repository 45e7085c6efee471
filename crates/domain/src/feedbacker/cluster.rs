//! Which models are alike in what they are good at: average linkage (UPGMA) on 1 − correlation of the residuals of
//! their scores on nodes. Deterministic: of equal distances the earliest pair is joined first.

use super::Board;
use super::trade::{correlation, residuals};
use crate::stats::Random;

/// Two clusters become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Join {
    /// The one: a model's number, or the number of models plus that of an earlier join.
    pub one: usize,
    /// The other; greater than `one`.
    pub other: usize,
    /// Their mean distance, 0 (alike) to 2 (opposite).
    pub distance: f64,
    /// Models in it.
    pub size: usize,
    /// The share of bootstrap draws over nodes in which exactly these models are a cluster.
    pub support: f64,
}

/// Joins all models; draws of nodes with replacement tell how sure each cluster is. Two models that share fewer than
/// three nodes, or of which one does not vary, have distance 1: nothing is known of them.
pub fn cluster(board: &Board, places: &[usize], draws: usize, random: &mut Random) -> Vec<Join> {
    let rows = residuals(board, places);
    let models = board.models.len();
    let all: Vec<usize> = (0..rows.len()).collect();
    let mut joins = linkage(distances(&rows, &all, models));
    let found = members(&joins, models);
    let mut seen = vec![0_usize; joins.len()];
    for _ in 0..draws {
        let sample: Vec<usize> = all.iter().map(|_| random.below(rows.len())).collect();
        let drawn = members(&linkage(distances(&rows, &sample, models)), models);
        for (seen, cluster) in seen.iter_mut().zip(&found) {
            *seen += usize::from(drawn.contains(cluster));
        }
    }
    for (join, seen) in joins.iter_mut().zip(seen) {
        join.support = seen as f64 / draws.max(1) as f64;
    }
    joins
}

fn distances(rows: &[Vec<Option<f64>>], sample: &[usize], models: usize) -> Vec<Vec<f64>> {
    let mut table = vec![vec![0.0; models]; models];
    for a in 0..models {
        for b in a + 1..models {
            let both = sample
                .iter()
                .filter_map(|row| Some((rows[*row][a]?, rows[*row][b]?)));
            let both: Vec<(f64, f64)> = both.collect();
            let alike = correlation(&both).filter(|_| both.len() > 2).unwrap_or(0.0);
            (table[a][b], table[b][a]) = (1.0 - alike, 1.0 - alike);
        }
    }
    table
}

/// Average linkage over a table of distances; the numbers of clusters are scipy's.
pub fn linkage(mut table: Vec<Vec<f64>>) -> Vec<Join> {
    let models = table.len();
    // slot → the cluster that stands there and its size
    let mut slots: Vec<Option<(usize, usize)>> =
        (0..models).map(|model| Some((model, 1))).collect();
    let mut joins = Vec::new();
    for next in models..(2 * models).saturating_sub(1) {
        let mut nearest: Option<(f64, usize, usize)> = None;
        for a in 0..models {
            for b in a + 1..models {
                let open = slots[a].is_some() && slots[b].is_some();
                if open && nearest.is_none_or(|(distance, ..)| table[a][b] < distance) {
                    nearest = Some((table[a][b], a, b));
                }
            }
        }
        let Some((distance, a, b)) = nearest else {
            break;
        };
        let (Some(left), Some(right)) = (slots[a], slots[b]) else {
            break;
        };
        let size = left.1 + right.1;
        let absorbed = table[b].clone();
        for (other, distance) in absorbed.into_iter().enumerate() {
            let sum = table[a][other] * left.1 as f64 + distance * right.1 as f64;
            (table[a][other], table[other][a]) = (sum / size as f64, sum / size as f64);
        }
        (slots[a], slots[b]) = (Some((next, size)), None);
        let (one, other) = (left.0.min(right.0), left.0.max(right.0));
        joins.push(Join {
            one,
            other,
            distance,
            size,
            support: 0.0,
        });
    }
    joins
}

/// The models of every join, sorted.
pub fn members(joins: &[Join], models: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = (0..models).map(|model| vec![model]).collect();
    for join in joins {
        let mut both = [all[join.one].clone(), all[join.other].clone()].concat();
        both.sort_unstable();
        all.push(both);
    }
    all.split_off(models)
}

/// Every model's group when the joins at more than `distance` are undone: groups are numbered by their first model.
pub fn groups(joins: &[Join], models: usize, distance: f64) -> Vec<usize> {
    let mut group: Vec<usize> = (0..models).collect();
    for (join, members) in joins.iter().zip(members(joins, models)) {
        if join.distance <= distance {
            for &member in &members {
                group[member] = members[0];
            }
        }
    }
    group
}
