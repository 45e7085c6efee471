//! Dashboards about models: from a rank to what to fix. Every page reads standings and tallies, holds its choice
//! in its address, works without scripts, and gives its table and picture as files at the same address (`as=csv`).
//!
//! **One judge at a time**: people, simulated annotators and automatic judges are never counted together, and each
//! page says which it shows and what it leaves out.

mod asked;
mod board;
mod controls;
mod course;
mod first;
mod judge_figures;
mod judges;
mod map;
mod matrix;
mod models;
mod narrate;
mod nodes;
mod phrases;
mod prompts;
mod report_tables;
mod reports;
mod saved;
mod spread;
mod versions;
mod weakness;

use crate::access::Access;
use crate::routes::{Route, get, post};
use domain::Right;

/// Fewer comparisons than this are marked.
const FEW: i64 = 30;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let read = Access::Project(Right::Read);
    vec![
        get("/projects/{project}/dashboards", read, board::show),
        get("/projects/{project}/dashboards/matrix", read, matrix::show),
        get("/projects/{project}/dashboards/spread", read, spread::show),
        get("/projects/{project}/dashboards/models", read, models::show),
        get("/projects/{project}/dashboards/nodes", read, nodes::show),
        get("/projects/{project}/dashboards/map", read, map::show),
        get(
            "/projects/{project}/dashboards/weakness",
            read,
            weakness::show,
        ),
        post(
            "/projects/{project}/dashboards/weakness/narrate",
            Access::Project(Right::Data),
            narrate::ask,
        ),
        post(
            "/projects/{project}/dashboards/first",
            Access::Project(Right::Data),
            first::act,
        ),
        get("/projects/{project}/dashboards/time", read, course::show),
        get(
            "/projects/{project}/dashboards/prompts",
            read,
            prompts::list,
        ),
        get(
            "/projects/{project}/dashboards/prompts/{prompt}",
            read,
            prompts::one,
        ),
        get(
            "/projects/{project}/dashboards/phrases",
            read,
            phrases::show,
        ),
        get(
            "/projects/{project}/dashboards/reports",
            read,
            reports::show,
        ),
        get("/projects/{project}/dashboards/judges", read, judges::show),
        get(
            "/projects/{project}/dashboards/versions",
            read,
            versions::show,
        ),
    ]
}
