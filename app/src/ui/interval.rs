//! A number with its interval, as a small drawing for a table's cell. The same numbers stand beside it in
//! words: the drawing is for the eye that compares rows.

use domain::stats::Interval;
use leptos::prelude::*;

const WIDTH: f64 = 180.0;
const HEIGHT: f64 = 20.0;
const EDGE: f64 = 6.0;

/// From which number to which the drawing reaches.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Where thin lines stand, for the eye.
    pub(crate) marks: &'static [f64],
}

/// For α and κ: below 0 is worse than chance; Krippendorff's two thresholds are marked.
pub(crate) const CHANCE_CORRECTED: Axis = Axis {
    from: -0.5,
    to: 1.0,
    marks: &[0.0, 0.667, 0.8],
};
/// For shares.
pub(crate) const SHARE: Axis = Axis {
    from: 0.0,
    to: 1.0,
    marks: &[0.5],
};

impl Axis {
    /// Where a number stands; what lies outside stands at the edge.
    fn x(self, number: f64) -> f64 {
        let share = (number.clamp(self.from, self.to) - self.from) / (self.to - self.from);
        // tenths are fine enough, and keep the page small
        ((EDGE + share * (WIDTH - 2.0 * EDGE)) * 10.0).round() / 10.0
    }
}

/// The drawing. Nothing without a number.
pub(crate) fn drawing(
    axis: Axis,
    number: Option<f64>,
    interval: Option<Interval>,
) -> impl IntoView {
    let number = number?;
    let middle = HEIGHT / 2.0;
    let marks = axis.marks.iter().map(move |&mark| {
        let x = axis.x(mark);
        let class = if mark == 0.0 { "mark chance" } else { "mark" };
        view! { <line class=class x1=x x2=x y1=0 y2=HEIGHT /> }
    });
    let whisker = interval.map(move |interval| {
        let (low, high) = (axis.x(interval.low), axis.x(interval.high));
        view! {
            <line class="whisker" x1=low x2=high y1=middle y2=middle />
            <line class="whisker" x1=low x2=low y1=middle - 4.0 y2=middle + 4.0 />
            <line class="whisker" x1=high x2=high y1=middle - 4.0 y2=middle + 4.0 />
        }
    });
    Some(view! {
        <svg class="interval" viewBox=format!("0 0 {WIDTH} {HEIGHT}") aria-hidden="true" focusable="false">
            <line class="axis" x1=EDGE x2=WIDTH - EDGE y1=middle y2=middle />
            {marks.collect_view()}
            {whisker}
            <circle class="point" cx=axis.x(number) cy=middle r=4.5 />
        </svg>
    })
}

#[cfg(test)]
mod tests {
    use super::{CHANCE_CORRECTED, SHARE};

    #[test]
    fn numbers_stand_in_order_and_inside() {
        let places = [-3.0, -0.2, 0.0, 0.7, 1.0].map(|n| CHANCE_CORRECTED.x(n));
        assert!(
            places.windows(2).all(|pair| pair[0] < pair[1]),
            "{places:?}"
        );
        assert_eq!((SHARE.x(0.0), SHARE.x(1.0)), (6.0, 174.0));
    }
}
