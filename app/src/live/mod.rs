//! The live reward model: its page, what its encoder reads, and what it had expected of a comparison, said after the
//! answer only.

mod encode;
mod expected;
mod page;

pub use encode::encode;
pub(crate) use expected::Expected;

use crate::access::Access;
use crate::routes::{Route, get};
use domain::Right;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let read = Access::Project(Right::Read);
    vec![get("/projects/{project}/live", read, page::show)]
}
