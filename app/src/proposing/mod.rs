//! Models propose for the tree: names find their place, levels are tidied, prompts find their leaves, prompts are
//! written for thin nodes. The form, the job with its proposals, and the worker that asks. **Nothing is done before
//! somebody accepts it**, and what is accepted together is one edit that can be taken back.

mod build;
mod decide;
mod form;
mod job;
mod place;
mod proposals;
mod work;
mod write;

use crate::Cx;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::routes::{Route, get, post};
use domain::Right;
use domain::ids::JobId;
use domain::run::JobKind;
use domain::taxonomy::Request;
use store::jobs::Job;

pub(crate) use work::propose;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let data = Access::Project(Right::Data);
    let form = "/projects/{project}/data/taxonomy/propose";
    let job = "/projects/{project}/data/taxonomy/proposals/{proposing}";
    vec![
        get(form, data, form::show),
        post(form, data, form::start),
        get(job, data, job::show),
        post(job, data, decide::act),
    ]
}

/// What a job was asked; none where an earlier version wrote something else.
fn request(job: &Job) -> Option<Request> {
    serde_json::from_value(job.payload.clone()).ok()
}

async fn job_of(cx: &Cx, id: &str) -> Result<Job> {
    let found = cx.store().job(&cx.project()?.id, &JobId::from(id)).await?;
    found
        .filter(|job| job.kind == JobKind::Taxonomy)
        .ok_or(Error::NotFound)
}

fn address(cx: &Cx, job: &JobId) -> String {
    cx.at(&format!("data/taxonomy/proposals/{job}"))
}
