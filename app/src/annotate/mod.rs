//! The queue's pages: one task at a time, its form, what was done before.
//!
//! # Adding a kind of annotation
//! Its payload stands in `domain/src/annotation/<kind>.rs` (see there). Here: write `<kind>.rs` with
//! `form(work, fields, errors)`, plain HTML whose field names start with the kind's name and a dot, and add
//! its arm to [`part`]; the compiler says so. Nothing else changes: drafts, submit, undo, the difference
//! between two tabs and the shortcuts work on field names and on `data-key`.
//!
//! # What the page promises to the island
//! The island `Desk` finds its way by these; without it everything works by plain forms.
//! - `form#work` with its `action`, `data-draft` (where drafts are posted) and `data-peek` (the next item's
//!   page), and the hidden fields `round`, `draft.version`, `seconds`.
//! - `[data-key]`: a control and the key that works it, the person's own choice already applied; absent
//!   when she switched shortcuts off, and then `[data-shortcuts=off]` stands on the desk.
//! - `[data-response=ID][data-label=A]` holds a response as rendered; `template[data-raw=ID]` its raw text.
//! - `[data-diff-for=NAME][data-of=ID]` shows how the field differs from that response.
//! - `[data-row=N]` is one numbered row of fields; `[data-sync-scroll]` panes may scroll together.
//! - `[data-actions]` is the bar at the bottom, `[data-save-state]` in it says what is saved.
//! - `[data-tool=…][hidden]` buttons do nothing without the island, which shows them.
//! - With the header `x-touchstone: swap` a submit answers with the next item's page itself and names its
//!   address in `x-touchstone-location`.

mod act;
mod critique;
mod desk;
mod grade;
mod history;
mod incorporation;
mod page;
mod parts;
mod preference;
mod refinement;
pub(crate) mod work;

use crate::access::Access;
use crate::routes::{Route, get, post};
use domain::{Fields, Invalid, Kind, Right};
use leptos::prelude::*;
use work::Work;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let may = Access::Project(Right::Annotate);
    vec![
        get("/projects/{project}/queue", may, desk::next),
        get("/projects/{project}/queue/peek", may, desk::peek),
        get("/projects/{project}/queue/history", may, history::list),
        get("/projects/{project}/queue/{task}", may, desk::show),
        post("/projects/{project}/queue/{task}", may, act::act),
        post("/projects/{project}/queue/{task}/draft", may, act::draft),
        post("/projects/{project}/undo", may, act::undo),
    ]
}

/// One kind's part of the form; also where a reviewer answers.
pub(crate) fn part(kind: Kind, work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> AnyView {
    match kind {
        Kind::Preference => preference::form(work, fields, errors).into_any(),
        Kind::Critique => critique::form(work, fields, errors).into_any(),
        Kind::Refinement => refinement::form(work, fields, errors).into_any(),
        Kind::Incorporation => incorporation::form(work, fields, errors).into_any(),
        Kind::Grade => grade::form(work, fields, errors).into_any(),
    }
}
