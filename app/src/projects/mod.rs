//! Projects: the list, a new one, settings, guidelines, members, the audit log.

mod audit;
mod guidelines;
mod list;
mod members;
mod new;
mod settings;
mod templates;

use crate::Cx;
use crate::access::Access;
use crate::routes::{Route, get, post};
use crate::text::projects as text;
use domain::Right;
use leptos::prelude::*;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let manage = Access::Project(Right::Manage);
    vec![
        get("/", Access::SignedIn, list::page),
        get("/projects/new", Access::SignedIn, new::page),
        post("/projects/new", Access::SignedIn, new::create),
        get(
            "/projects/{project}/guidelines",
            Access::Project(Right::Annotate),
            guidelines::page,
        ),
        get("/projects/{project}/settings", manage, settings::page),
        post("/projects/{project}/settings", manage, settings::save),
        post("/projects/{project}/archive", manage, settings::archive),
        get("/projects/{project}/members", manage, members::page),
        post("/projects/{project}/members", manage, members::change),
        post(
            "/projects/{project}/members/remove",
            manage,
            members::remove,
        ),
        post("/projects/{project}/invites", manage, members::invite),
        post(
            "/projects/{project}/invites/revoke",
            manage,
            members::revoke,
        ),
        get("/projects/{project}/audit", manage, audit::page),
    ]
}

/// The pages that an owner manages a project with.
fn tabs(cx: &Cx) -> impl IntoView + use<> {
    let pages = [
        (text::TAB_SETTINGS, "settings"),
        (text::TAB_MEMBERS, "members"),
        (text::TAB_AUDIT, "audit"),
    ];
    let links = pages.map(|(words, page)| {
        let href = cx.at(page);
        // an invitation's answer stands at another address but on the members' page
        let here =
            cx.path.starts_with(&href) || (page == "members" && cx.path.ends_with("/invites"));
        view! { <li><a href=href aria-current=here.then_some("page")>{words}</a></li> }
    });
    view! { <nav aria-label=text::TABS><ul class="tabs">{links.collect_view()}</ul></nav> }
}
