//! Models as judges: the form, the jobs with every call they made, and the worker that asks. What judges say stands
//! with what people say, on the same dashboards, never counted together.

mod form;
mod jobs;
mod work;

use crate::access::Access;
use crate::routes::{Route, get, post};
use domain::Right;

pub(crate) use work::judge;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/judging", data, form::show),
        post("/projects/{project}/judging", data, form::start),
        get("/projects/{project}/judging/{judging}", data, jobs::show),
        post("/projects/{project}/judging/{judging}", data, jobs::act),
    ]
}
