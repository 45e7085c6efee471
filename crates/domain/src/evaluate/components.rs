//! Which models can be compared at all: components of the graph of comparisons, and whether a maximum-likelihood
//! fit exists within one (Ford 1957: if and only if every model is reached from every other along "took points
//! from").

use super::Tally;

/// For each model the number of its component; models that met nobody have one of their own.
pub(super) fn connected(models: usize, tallies: &[Tally]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..models).collect();
    for tally in tallies {
        let (a, b) = (tally.a as usize, tally.b as usize);
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    }
    let mut numbers = vec![usize::MAX; models];
    let mut next = 0;
    for model in 0..models {
        let top = root(&mut parent, model);
        if numbers[top] == usize::MAX {
            numbers[top] = next;
            next += 1;
        }
        numbers[model] = numbers[top];
    }
    numbers
}

fn root(parent: &mut [usize], mut model: usize) -> usize {
    while parent[model] != model {
        parent[model] = parent[parent[model]];
        model = parent[model];
    }
    model
}

/// Whether every one of these models (numbered from 0) is reached from every other along `beaten[winner]`.
pub(super) fn strongly_connected(beaten: &[Vec<usize>]) -> bool {
    let mut reverse = vec![Vec::new(); beaten.len()];
    for (winner, losers) in beaten.iter().enumerate() {
        for &loser in losers {
            reverse[loser].push(winner);
        }
    }
    reaches_all(beaten) && reaches_all(&reverse)
}

fn reaches_all(edges: &[Vec<usize>]) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut open: Vec<usize> = (0..edges.len().min(1)).collect();
    seen.iter_mut().take(1).for_each(|first| *first = true);
    while let Some(model) = open.pop() {
        for &next in &edges[model] {
            if !std::mem::replace(&mut seen[next], true) {
                open.push(next);
            }
        }
    }
    seen.into_iter().all(|seen| seen)
}
