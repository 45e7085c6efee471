//! What the figures about a judge are called, and the axis each is drawn on.

use crate::text::judges as text;
use crate::ui::interval::{Axis, CHANCE_CORRECTED, SHARE};
use store::reports::beside::Measure;

/// A difference of shares, either way.
const DIFFERENCE: Axis = Axis {
    from: -0.5,
    to: 0.5,
    marks: &[0.0],
};
/// An error that is 0 at best.
const ERROR: Axis = Axis {
    from: 0.0,
    to: 0.5,
    marks: &[0.0],
};

/// A figure's name; `names` are the judge's and the other's.
pub(super) fn words(of: Measure, names: [&str; 2]) -> String {
    let words = match of {
        Measure::Agreement => text::AGREEMENT,
        Measure::Accuracy => text::ACCURACY,
        Measure::Kappa => text::KAPPA,
        Measure::Steady => text::STEADY,
        Measure::First => text::FIRST,
        Measure::Longer => return text::longer(names[0]),
        Measure::OtherLonger => return text::longer(names[1]),
        Measure::SelfPreference => text::SELF,
        Measure::ScoreBias => text::SCORE_BIAS,
        Measure::ScoreKappa => text::QWK,
        Measure::CalibrationError => text::ECE,
        Measure::Brier => text::BRIER,
    };
    words.to_owned()
}

/// What it is drawn on.
pub(super) fn axis(of: Measure) -> Axis {
    match of {
        Measure::Kappa | Measure::ScoreKappa => CHANCE_CORRECTED,
        Measure::SelfPreference | Measure::ScoreBias => DIFFERENCE,
        Measure::CalibrationError | Measure::Brier => ERROR,
        _ => SHARE,
    }
}
