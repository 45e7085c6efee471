//! What a method has done: true reward, distance from the reference, diversity, win rate, calibration, the
//! length-only baseline, a selector's accuracy. Pure functions of numbers and tokens, so that a page, a
//! run and a reproduction say the same; every share and mean comes with its interval.

mod calibration;
mod compare;
mod diversity;
mod selector;

pub use calibration::{Bin, Calibration, calibration};
pub use compare::{Paired, length_baseline, mean, paired, standard_error, win_rate};
pub use diversity::{across_inputs, ead, ead_of, per_input};
pub use selector::{Preferring, Selection, preferring, selection};

use domain::stats::{Interval, wilson};

/// A share with its 95 % interval (Wilson).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// How many did.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// `hits / of`.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

impl Share {
    /// `None` when there are none to take a share of.
    pub fn new(hits: usize, of: usize) -> Option<Self> {
        Some(Self {
            hits,
            of,
            value: hits as f64 / of as f64,
            interval: wilson(hits, of)?,
        })
    }
}

/// An estimate of KL(π‖π₀) in nats a response: the mean of log π(y) − log π₀(y) over responses y drawn from π at
/// temperature 1. Unbiased; a single draw may be negative. `None` without responses.
pub fn kl(policy: &[f64], reference: &[f64]) -> Option<f64> {
    let differences: Vec<f64> = policy.iter().zip(reference).map(|(p, q)| p - q).collect();
    (!differences.is_empty()).then(|| mean(&differences))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_of_the_kl_divergence_is_the_divergence() {
        // two coins: exact divergence against the mean over draws weighted as they fall
        let (p, q) = ([0.75_f64, 0.25], [0.5_f64, 0.5]);
        let exact: f64 = p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum();
        let draws = [0, 0, 0, 1];
        let log = |dist: [f64; 2]| draws.map(|d| dist[d].ln());
        let estimate = kl(&log(p), &log(q)).unwrap();
        assert!((estimate - exact).abs() < 1e-12);
        assert_eq!(kl(&[], &[]), None);
        assert_eq!(Share::new(0, 0), None);
    }
}
