//! How good models are, and how sure one can be of it: strengths from comparisons, win rates, their length- and
//! style-controlled forms, and how far a judge can be trusted. Pure functions; the caller numbers models, prompts
//! and people from 0. Formulas, sources and what each was checked against: `docs/evaluation.md`.

mod battle;
mod bradley_terry;
pub mod change;
mod components;
pub mod course;
mod diversity;
mod judge_calibration;
mod length_control;
mod likelihood;
mod many;
mod ranks;
mod resample;
mod sandwich;
mod style;
mod style_control;
mod tie_model;
mod win_rate;

pub use battle::{Battle, Outcome, Record, Tally, average_win_rates, records, tallies};
pub use bradley_terry::{
    Clusters, Fit, Options, SEPARATED_RIDGE, State, Strength, fit, fit_tallies,
};
pub use diversity::{
    distinct, embedding_diversity, expectation_adjusted_distinct, mean_ead, n_grams,
};
pub use judge_calibration::{
    Agreement, Bin, Draws, Drift, Estimate, PositionBias, Reliability, Sure, drift, length_bias,
    position_bias, reliability, score_agreement, score_bias, self_preference, verdict_agreement,
};
pub use length_control::{Controlled, LengthControl, Row, length_control};
pub use many::{benjamini_hochberg, holm};
pub use ranks::{RankInterval, rank_intervals, separability, tied_groups};
pub use resample::{bootstrap_prompts, bootstrap_tallies};
pub use style::Style;
pub use style_control::{Effect, StyleControl, style_control};
pub use tie_model::{Davidson, davidson};
pub use win_rate::{Difference, WinRate, clustered_mean, paired_difference, points, win_rate};
