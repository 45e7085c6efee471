//! Line charts drawn by the server as SVG: pure functions from numbers to markup. Every chart has its
//! numbers in a table behind it, its series are labelled where they end, and colours and dashes come from
//! the style sheet, so that light, dark and forced colours all work.

mod draw;
mod picture;
#[cfg(feature = "ssr")]
mod png;
mod scale;
mod table;
mod tree;

pub use picture::{Area, Whisker, escape, file, heat, intervals, step, treemap};
#[cfg(feature = "ssr")]
pub use png::png;
pub use scale::{short, ticks};
pub use tree::{Branch, dendrogram};

use crate::text::chart as text;
use leptos::prelude::*;

/// A chart of lines over one horizontal axis.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What it shows; also its name for those who hear the page.
    pub title: String,
    /// What the horizontal axis counts, e.g. `step`.
    pub x: String,
    /// The lines.
    pub series: Vec<Series>,
    /// Levels to compare with.
    pub guides: Vec<Guide>,
    /// The vertical axis, where it is known beforehand (a share reaches from 0 to 1).
    pub range: Option<(f64, f64)>,
    /// A sentence below the title.
    pub note: Option<String>,
}

/// One line.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Where it goes, by rising x. What is not finite leaves a gap.
    pub points: Vec<(f64, f64)>,
    /// Its interval: x, low, high.
    pub band: Vec<(f64, f64, f64)>,
    /// Which of the [`TONES`] it is drawn in, so that one run has one colour on all charts.
    pub tone: usize,
}

/// A thin line to compare with.
#[derive(Clone, Debug)]
pub enum Guide {
    /// The same value everywhere, with its name.
    Level(f64, String),
    /// Where y equals x: perfect calibration.
    Diagonal(String),
}

/// How many colours with dashes of their own the style sheet has.
pub const TONES: usize = 8;

impl Series {
    /// A line without an interval.
    pub fn new(name: impl Into<String>, tone: usize, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.into(),
            points,
            band: Vec::new(),
            tone: tone % TONES,
        }
    }

    fn finite(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let finite = |point: &&(f64, f64)| point.0.is_finite() && point.1.is_finite();
        self.points.iter().filter(finite).copied()
    }
}

impl Chart {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.series
            .iter()
            .all(|series| series.finite().next().is_none())
    }

    /// What the chart shows, in words.
    fn summary(&self) -> String {
        let lines = self.series.iter().filter_map(|series| {
            let (first, last) = (series.finite().next()?, series.finite().last()?);
            Some(text::course(
                &series.name,
                &short(first.1),
                &short(last.1),
                &self.x,
                &short(last.0),
            ))
        });
        format!("{}. {}", self.title, lines.collect::<Vec<_>>().join(" "))
    }

    /// The drawing alone, for [`file`]; empty where there is nothing to draw.
    pub fn drawing(&self) -> String {
        draw::svg(self, &self.summary())
    }

    /// The chart with its title and the table behind it.
    pub fn view(&self) -> impl IntoView + use<> {
        let empty = self.is_empty();
        let drawing = (!empty).then(|| {
            let svg = draw::svg(self, &self.summary());
            view! { <div class="drawing" inner_html=svg></div> }
        });
        let behind = (!empty).then(|| table::view(self));
        view! {
            <figure class="chart">
                <figcaption>
                    <strong>{self.title.clone()}</strong>
                    {self.note.clone().map(|note| view! { <small class="muted">{note}</small> })}
                </figcaption>
                {drawing}
                {empty.then(|| view! { <p class="muted">{text::NOTHING_YET}</p> })}
                {behind}
            </figure>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart {
        Chart {
            title: "Loss".into(),
            x: "step".into(),
            series: vec![Series::new("training", 0, points)],
            ..Chart::default()
        }
    }

    #[test]
    fn what_is_not_finite_leaves_a_gap_and_never_reaches_the_markup() {
        let gap = chart(vec![
            (0.0, 1.0),
            (1.0, f64::NAN),
            (2.0, 3.0),
            (3.0, 2.0),
            (f64::INFINITY, 1.0),
        ]);
        let html = gap.view().to_html();
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        let nothing = chart(vec![(0.0, f64::NAN)]);
        assert!(nothing.is_empty());
        assert!(nothing.view().to_html().contains(text::NOTHING_YET));
    }

    #[test]
    fn names_are_escaped_in_the_drawing_and_in_the_table() {
        let mut hostile = chart(vec![(0.0, 1.0), (1.0, 2.0)]);
        hostile.series[0].name = "<script>alert(1)</script>\"".into();
        hostile
            .series
            .push(Series::new("b & c", 1, vec![(0.0, 2.0)]));
        let html = hostile.view().to_html();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("b &amp; c"), "{html}");
    }

    #[test]
    fn the_summary_says_where_a_line_begins_and_ends() {
        let words = chart(vec![(0.0, 0.693), (400.0, 0.31)]).summary();
        for part in ["Loss", "training", "0.693", "0.31", "step 400"] {
            assert!(words.contains(part), "{words}");
        }
    }
}
