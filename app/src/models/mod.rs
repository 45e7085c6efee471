//! Models: the list with its lineage, a model's card, adding one, taking its files.

mod add;
mod card;
mod files;
mod list;

use crate::Cx;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::routes::{Route, get, post};
use domain::Right;
use domain::ids::ModelId;
use store::models::Model;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let read = Access::Project(Right::Read);
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/models", read, list::show),
        post("/projects/{project}/models", data, add::add),
        get("/projects/{project}/models/{model}", read, card::show),
        get(
            "/projects/{project}/models/{model}/files",
            data,
            files::send,
        ),
        post(
            "/projects/{project}/models/{model}/remove",
            data,
            add::remove,
        ),
    ]
}

/// The model of an address: the project's own, or everybody's.
async fn model(cx: &Cx, id: &str) -> Result<Model> {
    let found = cx
        .store()
        .model(&cx.project()?.id, &ModelId::from(id))
        .await?;
    found.ok_or(Error::NotFound)
}
