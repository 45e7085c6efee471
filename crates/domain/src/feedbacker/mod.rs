//! Feedbacker's reports over a tree of nodes: where a model is weaker than its strength predicts, how evenly, where
//! models differ, which are alike, and what is traded for what. **Each comes with its uncertainty, which the
//! original lacks**; the original's rules by rank are kept beside ours and reproduce its published reports.
//!
//! Source: Feedbacker (2025), evaluation.md. Pure: the draws' seed is an argument.

mod additive;
mod board;
pub mod cluster;
pub mod difference;
pub mod failure;
pub mod narrate;
pub mod planted;
pub mod trade;
pub mod weakness;

pub use additive::{Additive, Observation, fit as additive};
pub use board::{Board, Cell, Draws, Place};
pub use weakness::Moments;
