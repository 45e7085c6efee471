//! Whether a probability means what it says: expected calibration error over equal-width bins (Naeini et al.
//! 2015; Guo et al. 2017), with the bins for a reliability diagram.

use super::Share;

/// Predictions of about one probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// The mean probability said.
    pub said: f64,
    /// The share that came true.
    pub came: Share,
}

/// How well probabilities are calibrated.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Expected calibration error: the mean over predictions of |said − came true| of their bin; 0 is perfect.
    pub ece: f64,
    /// The mean squared error of the probabilities (Brier 1950).
    pub brier: f64,
    /// The bins that hold any, by probability.
    pub bins: Vec<Bin>,
}

/// Of `(probability, came true)`, in so many equal bins of [0, 1]. `None` without predictions.
pub fn calibration(predictions: &[(f64, bool)], bins: usize) -> Option<Calibration> {
    let mut sums = vec![(0.0, 0_usize, 0_usize); bins.max(1)];
    let mut brier = 0.0;
    for &(said, came) in predictions {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability times the number of bins"
        )]
        let place = ((said * sums.len() as f64) as usize).min(sums.len() - 1);
        let (total, hits, of) = &mut sums[place];
        *total += said;
        *hits += usize::from(came);
        *of += 1;
        brier += (said - f64::from(u8::from(came))).powi(2);
    }
    let bins: Vec<Bin> = sums
        .into_iter()
        .filter_map(|(total, hits, of)| {
            Some(Bin {
                said: total / of as f64,
                came: Share::new(hits, of)?,
            })
        })
        .collect();
    let n = predictions.len() as f64;
    (!bins.is_empty()).then(|| Calibration {
        ece: bins
            .iter()
            .map(|bin| bin.came.of as f64 / n * (bin.said - bin.came.value).abs())
            .sum(),
        brier: brier / n,
        bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_probabilities_have_no_error_and_boasts_have_theirs() {
        let honest: Vec<_> = (0..100).map(|n| (0.75, n % 4 != 0)).collect();
        let it = calibration(&honest, 10).unwrap();
        assert!(it.ece < 1e-12 && (it.brier - 0.1875).abs() < 1e-12);
        let boast: Vec<_> = (0..100).map(|n| (1.0, n % 2 == 0)).collect();
        let it = calibration(&boast, 10).unwrap();
        assert!((it.ece - 0.5).abs() < 1e-12);
        assert_eq!((it.bins.len(), it.bins[0].came.of), (1, 100));
        assert_eq!(calibration(&[], 10), None);
    }
}
