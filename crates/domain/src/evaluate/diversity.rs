//! How varied answers are: distinct n-grams, corrected for length, and distance of embeddings. Over samples of one
//! prompt it is diversity per input, over prompts across inputs (Kirk et al. 2024).

use std::collections::BTreeSet;

/// Distinct and all n-grams of several token sequences. No n-gram crosses two sequences.
pub fn n_grams<T: Ord>(sequences: &[Vec<T>], n: usize) -> (usize, usize) {
    if n == 0 {
        return (0, 0);
    }
    let all = || sequences.iter().flat_map(|sequence| sequence.windows(n));
    (all().collect::<BTreeSet<_>>().len(), all().count())
}

/// distinct-n (Li et al. 2016): distinct n-grams among all, 0 to 1. Falls with length: see
/// [`expectation_adjusted_distinct`]. `None` without n-grams.
pub fn distinct<T: Ord>(sequences: &[Vec<T>], n: usize) -> Option<f64> {
    let (distinct, all) = n_grams(sequences, n);
    (all > 0).then(|| distinct as f64 / all as f64)
}

/// EAD (Liu et al. 2022): N / (V (1 − ((V − 1)/V)^C)), the distinct n-grams N over what C draws from a vocabulary of V
/// would be expected to bring. `None` for nothing.
pub fn expectation_adjusted_distinct(
    distinct: usize,
    all: usize,
    vocabulary: usize,
) -> Option<f64> {
    let v = vocabulary as f64;
    let expected = match vocabulary {
        0 => return None,
        1 => 1.0,
        _ => -v * (all as f64 * (-1.0 / v).ln_1p()).exp_m1(),
    };
    (all > 0).then(|| distinct as f64 / expected)
}

/// The mean of EAD over n = 1 to 5, leaving out n for which no sequence is long enough.
pub fn mean_ead<T: Ord>(sequences: &[Vec<T>], vocabulary: usize) -> Option<f64> {
    let of = |n| {
        let (distinct, all) = n_grams(sequences, n);
        expectation_adjusted_distinct(distinct, all, vocabulary)
    };
    super::win_rate::mean(&(1..=5).filter_map(of).collect::<Vec<f64>>())
}

/// 1 − the mean cosine over pairs of embeddings, 0 (all alike) to 2. `None` with fewer than two, or where one is 0 or of
/// another size.
pub fn embedding_diversity(embeddings: &[Vec<f32>]) -> Option<f64> {
    let size = embeddings.first()?.len();
    let unit = |embedding: &Vec<f32>| {
        let norm = embedding
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
            .sqrt();
        let scaled = embedding.iter().map(|x| f64::from(*x) / norm);
        (norm > 0.0 && embedding.len() == size).then(|| scaled.collect::<Vec<f64>>())
    };
    let units: Vec<Vec<f64>> = embeddings.iter().map(unit).collect::<Option<_>>()?;
    let n = units.len() as f64;
    // |Σ u|² counts every pair twice and every vector once
    let square: f64 = (0..size)
        .map(|k| units.iter().map(|u| u[k]).sum::<f64>().powi(2))
        .sum();
    (units.len() > 1).then(|| 1.0 - (square - n) / (n * (n - 1.0)))
}
