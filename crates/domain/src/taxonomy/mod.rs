//! A taxonomy of prompts: a forest whose roots are facets, edited by people and by proposals of a model.
//!
//! [`Outline`] is what files hold; [`Tree`] has identifiers and prompts; an [`Edit`] is planned into [`Step`]s, each
//! of which can be taken back; [`prune`] and [`build`] propose edits (`TaxBuilder` of Feedbacker); [`realmix`] writes
//! prompts for thin nodes. A prompt may stand on several nodes; it counts once for each node above them.

pub mod build;
mod edit;
mod name;
mod outline;
pub mod path;
mod prune;
pub mod realmix;
mod tree;

pub use edit::{Edit, Leaving};
pub use name::Name;
pub use outline::{Count, Entry, MOST, Outline};
pub use prune::{Layers, prune};
pub use tree::{Node, Refused, Step, Tree, inverse};
