//! Runs: the list, starting one, watching it, comparing some.
//!
//! **Everything that changes while a run goes stands in parts** (`[data-part]`) of the run's page. The same
//! functions draw them for the page and for the stream of events; the island `Live` swaps the parts that
//! changed. Without scripts the page is loaded again, by a link or every five seconds.

mod act;
mod choose;
mod compare;
mod curves;
mod form;
mod list;
mod live;
mod parts;
mod snapshot;
mod watch;

use crate::Cx;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::routes::{Route, get, post};
use domain::Right;
use domain::ids::{RunId, UserId};
use std::collections::BTreeMap;
use store::runs::Run;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let read = Access::Project(Right::Read);
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/runs", read, list::show),
        get("/projects/{project}/runs/new", data, choose::show),
        post("/projects/{project}/runs/new", data, form::start),
        get("/projects/{project}/runs/compare", read, compare::show),
        get("/projects/{project}/runs/{run}", read, watch::show),
        get("/projects/{project}/runs/{run}/events", read, live::events),
        get(
            "/projects/{project}/runs/{run}/metrics.csv",
            read,
            curves::file,
        ),
        post("/projects/{project}/runs/{run}", data, act::act),
    ]
}

/// The run of an address.
async fn run(cx: &Cx, id: &str) -> Result<Run> {
    let found = cx.store().run(&cx.project()?.id, &RunId::from(id)).await?;
    found.ok_or(Error::NotFound)
}

/// The names of those who started these runs.
async fn names(cx: &Cx, runs: &[Run]) -> Result<BTreeMap<UserId, String>> {
    let mut names = BTreeMap::new();
    for account in runs.iter().filter_map(|run| run.account.as_ref()) {
        if !names.contains_key(account)
            && let Some(found) = cx.store().account(account).await?
        {
            names.insert(account.clone(), found.name);
        }
    }
    Ok(names)
}
