//! Corrections for many comparisons at once: where every node of a tree is tested, some look significant by chance.

/// Holm's adjusted p-values (1979), in the order given: below 0.05 means that, with 95 % probability, none of those
/// called different is called so by mistake. Holds for any dependence.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let order = sorted(p);
    let mut adjusted = vec![0.0; p.len()];
    let mut highest = 0.0_f64;
    for (rank, &place) in order.iter().enumerate() {
        highest = highest.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = highest;
    }
    adjusted
}

/// Benjamini and Hochberg's adjusted p-values (1995), in the order given: of those below 0.05, at most 5 % are expected
/// to be mistakes (the false discovery rate). Holds for independent and for positively dependent tests.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let order = sorted(p);
    let mut adjusted = vec![0.0; p.len()];
    let mut lowest = 1.0_f64;
    for (rank, &place) in order.iter().enumerate().rev() {
        lowest = lowest.min(p[place] * p.len() as f64 / (rank + 1) as f64);
        adjusted[place] = lowest;
    }
    adjusted
}

fn sorted(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&x, &y| p[x].total_cmp(&p[y]));
    order
}
