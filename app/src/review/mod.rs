//! Review: what several people answered, side by side; a reviewer accepts one answer, gives an own one, or returns
//! one to its author. **The history is kept**: every decision is one more line, nothing is overwritten.
//!
//! Annotators are numbered unless the reviewer asks for names with `?names=show`.

mod decide;
mod list;
mod own;
pub(crate) mod said;
mod task;

use crate::access::Access;
use crate::routes::{Route, get, post};
use domain::Right;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let review = Access::Project(Right::Review);
    vec![
        get("/projects/{project}/review", review, list::show),
        get("/projects/{project}/review/{task}", review, task::show),
        post(
            "/projects/{project}/review/{task}/accept",
            review,
            decide::accept,
        ),
        post("/projects/{project}/review/{task}/own", review, decide::own),
        post(
            "/projects/{project}/review/{task}/return",
            review,
            decide::send_back,
        ),
        post(
            "/projects/{project}/review/{task}/comment",
            review,
            decide::comment,
        ),
    ]
}
