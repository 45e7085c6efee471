//! Feedback with a known right answer, to test methods, queues and dashboards honestly: a world of words
//! in which every kind of feedback can be computed ([`words`]), and a panel of simulated annotators who
//! answer a project's own tasks by a known rule ([`Panel`], after `AlpacaFarm`, Dubois et al. 2023).
//!
//! **What they say is always marked [`Provenance::Simulated`](crate::Provenance::Simulated).** Everything
//! here is a pure function of its seed.

mod annotator;
mod panel;
mod rule;
pub mod strengths;
pub mod words;

pub use annotator::{Annotator, Answer, NoAnswer, Question, seconds_of};
pub use panel::Panel;
pub use rule::Rule;

/// The length of the longest common subsequence of two lists, in time |a| · |b|.
pub fn common<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (place, y) in b.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if x == y {
                diagonal + 1
            } else {
                above.max(row[place])
            };
            diagonal = above;
        }
    }
    row[b.len()]
}
