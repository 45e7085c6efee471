//! Letting models answer a project's prompts: the form, the jobs, their progress. What comes of it are
//! responses and, if wanted, tasks in the queue.

mod form;
mod jobs;
mod outside;

use crate::access::Access;
use crate::routes::{Route, get, post};
use domain::Right;

pub(crate) use outside::answer;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/generate", data, form::show),
        post("/projects/{project}/generate", data, form::start),
        get("/projects/{project}/generate/{job}", data, jobs::show),
        post("/projects/{project}/generate/{job}", data, jobs::cancel),
    ]
}
