//! The taxonomy's pages: the tree, a node with its prompts, files in and out, prompts put on nodes. Every change is
//! an edit that is kept and can be taken back.

mod assign;
mod change;
mod files;
mod node;
mod tree;

use crate::Cx;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::routes::{Route, get, post};
use axum::response::Response;
use domain::Right;
use domain::ids::NodeId;
use domain::taxonomy::{Edit, Refused, Tree};
use store::taxonomy::{By, Edited, Origin};

/// The addresses.
pub fn routes() -> Vec<Route> {
    let (read, data) = (Access::Project(Right::Read), Access::Project(Right::Data));
    vec![
        get("/projects/{project}/data/taxonomy", read, tree::show),
        get("/projects/{project}/data/taxonomy.json", read, files::json),
        get("/projects/{project}/data/taxonomy.csv", read, files::csv),
        get(
            "/projects/{project}/data/taxonomy/import",
            data,
            files::show,
        ),
        post(
            "/projects/{project}/data/taxonomy/import",
            data,
            files::receive,
        ),
        post("/projects/{project}/data/taxonomy/add", data, change::add),
        post("/projects/{project}/data/taxonomy/undo", data, change::undo),
        get(
            "/projects/{project}/data/taxonomy/nodes/{node}",
            read,
            node::show,
        ),
        post(
            "/projects/{project}/data/taxonomy/nodes/{node}",
            data,
            change::change,
        ),
        get(
            "/projects/{project}/data/taxonomy/nodes/{node}/assign",
            data,
            assign::show,
        ),
        post(
            "/projects/{project}/data/taxonomy/nodes/{node}/assign",
            data,
            assign::place,
        ),
        post(
            "/projects/{project}/data/taxonomy/nodes/{node}/take",
            data,
            assign::take,
        ),
    ]
}

/// The address of a node's page.
fn address(cx: &Cx, node: &NodeId) -> String {
    cx.at(&format!("data/taxonomy/nodes/{node}"))
}

/// The project's tree with this node in it.
async fn tree_with(cx: &Cx, node: &NodeId) -> Result<Tree> {
    let tree = cx.store().taxonomy(&cx.project()?.id).await?.tree;
    if tree.get(node).is_err() {
        return Err(Error::NotFound);
    }
    Ok(tree)
}

/// Does an edit; the refusal, if there is one.
async fn edit(cx: &Cx, edit: &Edit, what: &str) -> Result<Option<Refused>> {
    let by = by(cx)?;
    refusal(
        cx.store()
            .edit_taxonomy(&cx.project()?.id, edit, what, by)
            .await?,
    )
}

fn refusal(edited: Edited) -> Result<Option<Refused>> {
    match edited {
        Edited::Done(_) => Ok(None),
        Edited::Refused(Refused::NoNode) => Err(Error::NotFound),
        Edited::Refused(refused) => Ok(Some(refused)),
        Edited::NotNewest => Err(Error::Conflict(crate::text::taxonomy::NOT_NEWEST.into())),
    }
}

fn by(cx: &Cx) -> Result<By<'_>> {
    Ok(By {
        account: cx.user_id()?,
        origin: Origin::Hand,
        now: store::now_ms(),
    })
}

fn done(cx: &Cx, to: &str) -> Response {
    cx.redirect(&format!("{to}?done"))
}
