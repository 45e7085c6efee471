//! Expectation-adjusted distinct n-grams (Liu et al. 2022; the form of Kirk et al. 2024, Understanding the
//! effects of RLHF on generalisation and diversity): EAD(n) = N / (V·(1 − ((V−1)/V)^C)) with N distinct
//! n-grams among C, averaged over n = 1 … 5. Unlike distinct-n it does not fall with length alone.

use std::collections::HashSet;

/// EAD from its counts: `distinct` n-grams of `total`, in a vocabulary of `vocabulary`. `None` when there are none.
pub fn ead(distinct: usize, total: usize, vocabulary: usize) -> Option<f64> {
    let v = vocabulary as f64;
    let expected = v * (1.0 - ((v - 1.0) / v).powf(total as f64));
    (total > 0 && vocabulary > 1).then(|| distinct as f64 / expected)
}

/// EAD of some texts together, averaged over those n from 1 to 5 for which there are n-grams.
pub fn ead_of(texts: &[&[u32]], vocabulary: usize) -> Option<f64> {
    let values: Vec<f64> = (1..=5)
        .filter_map(|n| {
            let grams = || texts.iter().flat_map(|text| text.windows(n));
            let distinct: HashSet<&[u32]> = grams().collect();
            ead(distinct.len(), grams().count(), vocabulary)
        })
        .collect();
    (!values.is_empty()).then(|| super::mean(&values))
}

/// Diversity within a prompt: EAD of the responses to one prompt, averaged over prompts.
pub fn per_input(responses: &[Vec<Vec<u32>>], vocabulary: usize) -> Option<f64> {
    let values: Vec<f64> = responses
        .iter()
        .filter_map(|of_one| {
            ead_of(
                &of_one.iter().map(Vec::as_slice).collect::<Vec<_>>(),
                vocabulary,
            )
        })
        .collect();
    (!values.is_empty()).then(|| super::mean(&values))
}

/// Diversity across prompts: EAD of one response a prompt, all together.
pub fn across_inputs(responses: &[Vec<u32>], vocabulary: usize) -> Option<f64> {
    ead_of(
        &responses.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        vocabulary,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_reference_implementation() {
        // golden vector `ead`: rlvsil's ExpectationAdjustedDistinctNgrams on 7 distinct of 10, V = 50,257
        let value = ead(7, 10, 50_257).unwrap();
        assert!((value - 0.700_062_680_120_592_8).abs() < 1e-9, "{value}");
        assert_eq!(ead(0, 0, 50_257), None);
    }

    #[test]
    fn sameness_scores_low_and_variety_high() {
        let same = vec![vec![vec![1, 2, 3, 4]; 6]];
        let varied = vec![(0..6).map(|n| (4 * n..4 * n + 4).collect()).collect()];
        let (low, high) = (
            per_input(&same, 52).unwrap(),
            per_input(&varied, 52).unwrap(),
        );
        assert!(low < 0.3 && high > 0.9, "{low} {high}");
        // a response of two tokens has 1- and 2-grams only
        assert!(across_inputs(&[vec![1, 2]], 52).is_some());
        assert_eq!(across_inputs(&[vec![]], 52), None);
    }
}
