//! What the forms post: edits of the tree, and undoing.

use super::{address, by, done, edit, node, refusal, tree, tree_with};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::taxonomy as text;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::NodeId;
use domain::taxonomy::{Edit, Layers, Leaving, Name, Refused, Tree, path, prune};
use domain::{Fields, Invalid};

const MISTAKE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// A new facet.
pub(super) async fn add(cx: Cx, Form(fields): Form) -> Result<Response> {
    let wrong = match name(&fields, "name") {
        Err(wrong) => wrong,
        Ok(name) => {
            let what = text::added(name.as_str(), None);
            match edit(&cx, &Edit::Add { parent: None, name }, &what).await? {
                None => return Ok(done(&cx, &cx.at("data/taxonomy"))),
                Some(refused) => Invalid::other("name", text::refused(&refused)),
            }
        }
    };
    tree::page(&cx, MISTAKE, fields, vec![wrong]).await
}

pub(super) async fn undo(cx: Cx, Form(fields): Form) -> Result<Response> {
    let which = fields.get("edit").unwrap_or_default();
    let undone = cx
        .store()
        .undo_taxonomy(&cx.project()?.id, which, by(&cx)?)
        .await?;
    match refusal(undone)? {
        None => Ok(cx.redirect(&cx.at("data/taxonomy?undone"))),
        Some(refused) => Err(Error::Conflict(text::refused(&refused))),
    }
}

/// What a form asks for.
enum Wish {
    /// An edit, its words, and whether the node is there afterwards.
    Edit(Edit, String, bool),
    /// Pruning below the node.
    Prune,
}

/// One of a node's forms.
pub(super) async fn change(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let id = NodeId(id);
    let tree = tree_with(&cx, &id).await?;
    let (refused, stays) = match wish(&tree, &id, &fields)? {
        Err(wrong) => return node::page(&cx, MISTAKE, &id, fields, vec![wrong]).await,
        Ok(Wish::Edit(wanted, what, stays)) => (edit(&cx, &wanted, &what).await?, stays),
        Ok(Wish::Prune) => (pruned(&cx, &tree, &id).await?, true),
    };
    match refused {
        None if stays => Ok(done(&cx, &address(&cx, &id))),
        None => Ok(done(&cx, &cx.at("data/taxonomy"))),
        Some(refused) => {
            let field = match fields.get("act") {
                Some("add") => "below",
                Some("rename") => "name",
                Some("move") => "to",
                Some("merge") => "into",
                Some("split") => "parts",
                _ => "main",
            };
            let wrong = Invalid::other(field, text::refused(&refused));
            node::page(&cx, MISTAKE, &id, fields, vec![wrong]).await
        }
    }
}

fn wish(tree: &Tree, id: &NodeId, fields: &Fields) -> Result<std::result::Result<Wish, Invalid>> {
    let here = tree.path(id);
    let node = id.clone();
    Ok(match fields.get("act") {
        Some("add") => name(fields, "below").map(|name| {
            let what = text::added(name.as_str(), Some(&here));
            Wish::Edit(
                Edit::Add {
                    parent: Some(node),
                    name,
                },
                what,
                true,
            )
        }),
        Some("rename") => name(fields, "name").map(|name| {
            let what = text::renamed(&here, name.as_str());
            Wish::Edit(Edit::Rename { node, name }, what, true)
        }),
        Some("move") => other(tree, fields, "to", true).map(|to| {
            let what = text::moved(&here, to.as_ref().map(|to| tree.path(to)).as_deref());
            Wish::Edit(Edit::Move { node, to }, what, true)
        }),
        Some("merge") => other(tree, fields, "into", false).and_then(|into| {
            let into = into.ok_or_else(|| Invalid::missing("into"))?;
            let what = text::merged(&here, &tree.path(&into));
            Ok(Wish::Edit(Edit::Merge { node, into }, what, false))
        }),
        Some("split") => {
            let parts = fields.raw("parts").unwrap_or_default();
            let lines = parts.lines().filter(|line| !line.trim().is_empty());
            let names: std::result::Result<Vec<Name>, _> = lines.map(Name::parse).collect();
            names
                .map_err(|problem| Invalid::new("parts", problem))
                .map(|into| {
                    let names: Vec<&str> = into.iter().map(Name::as_str).collect();
                    let what = text::split(&here, &names.join(", "));
                    Wish::Edit(Edit::Split { node, into }, what, false)
                })
        }
        Some("delete") => {
            let prompts = match fields.get("leaving") {
                Some("unplaced") => Leaving::Unplaced,
                _ => Leaving::Parent,
            };
            Ok(Wish::Edit(
                Edit::Delete { node, prompts },
                text::deleted(&here),
                false,
            ))
        }
        Some("prune") => Ok(Wish::Prune),
        given => return Err(Error::BadRequest(given.unwrap_or("act").to_owned())),
    })
}

fn name(fields: &Fields, field: &str) -> std::result::Result<Name, Invalid> {
    Name::parse(fields.raw(field).unwrap_or_default())
        .map_err(|problem| Invalid::new(field, problem))
}

/// The node whose path was typed; none for nothing, where that is allowed.
fn other(
    tree: &Tree,
    fields: &Fields,
    field: &str,
    none: bool,
) -> std::result::Result<Option<NodeId>, Invalid> {
    let names = path::split(fields.raw(field).unwrap_or_default());
    if names.is_empty() {
        return if none {
            Ok(None)
        } else {
            Err(Invalid::missing(field))
        };
    }
    let mut at = None;
    for name in names {
        let name = Name::parse(&name).map_err(|problem| Invalid::new(field, problem))?;
        let below = tree.child(at.as_ref(), &name).cloned();
        at = Some(below.ok_or_else(|| Invalid::other(field, text::NO_PATH))?);
    }
    Ok(at)
}

/// Prunes by the rule's own numbers, as one change.
async fn pruned(cx: &Cx, tree: &Tree, id: &NodeId) -> Result<Option<Refused>> {
    let edits = match prune(tree, id, Layers::default()) {
        Ok(edits) if edits.is_empty() => return Ok(Some(Refused::Nothing)),
        Ok(edits) => edits,
        Err(refused) => return Ok(Some(refused)),
    };
    let what = text::pruned(&tree.path(id), edits.len());
    let steps: Vec<_> = edits.into_iter().flat_map(|(_, steps)| steps).collect();
    refusal(
        cx.store()
            .apply_taxonomy(&cx.project()?.id, &steps, &what, by(cx)?)
            .await?,
    )
}
