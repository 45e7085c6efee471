//! A taxonomy of prompts: a forest whose roots are facets, edited by people and by proposals of a model.
//!
//! [`Outline`] is what files hold; [`Tree`] has identifiers and prompts; an [`Edit`] is planned into [`Step`]s, each
//! of which can be taken back; [`prune`] and [`build`] propose edits (`TaxBuilder` of Feedbacker); [`realmix`] writes
//! prompts for thin nodes; [`place`] and [`nearest`] find a prompt's leaf. What models say becomes [`Proposed`] changes,
//! which a person accepts. A prompt may stand on several nodes; it counts once for each node above them.

pub mod build;
mod edit;
mod name;
pub mod nearest;
mod outline;
pub mod path;
pub mod place;
mod proposed;
mod prune;
pub mod realmix;
mod request;
mod tags;
mod tree;

pub use build::Proposal;
pub use edit::{Edit, Leaving};
pub use name::Name;
pub use outline::{Count, Entry, MOST, Outline};
pub use proposed::{Kept, Machine, Proposed};
pub use prune::{Layers, prune};
pub use request::{MOST_CHECKED, MOST_NAMES, Placing, Request, Task, Wish};
pub use tags::tags;
pub use tree::{Node, Refused, Step, Tree, inverse};
