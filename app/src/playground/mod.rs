//! The playground: two models answer one prompt side by side, and one key says which did better. What was
//! said so becomes a prompt, two responses and a preference, like any other feedback.
//!
//! One form holds everything: models, prompt, sampling, the answers and what they answered. **A post that
//! fails comes back with all of it.** The island `Playground` streams the answers into the same form.

mod ask;
mod heat;
mod prefer;
mod stream;
mod view;

use crate::access::Access;
use crate::routes::{Route, get, post};
use domain::Right;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let review = Access::Project(Right::Review);
    vec![
        get("/projects/{project}/playground", review, view::show),
        post("/projects/{project}/playground", review, view::answer),
        post(
            "/projects/{project}/playground/stream",
            review,
            stream::stream,
        ),
        post(
            "/projects/{project}/playground/prefer",
            review,
            prefer::prefer,
        ),
    ]
}
