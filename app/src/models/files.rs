//! A model's files, to take away. They are in the artifact store; where that is a folder the server can
//! read, it sends them, and only those that the folder's own list names.

use super::model;
use crate::Cx;
use crate::error::{Error, Result};
use crate::text::models as text;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Fields;
use http_body_util::{BodyExt, channel::Channel};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::path::{Component, PathBuf};
use store::models::Model;
use tokio::io::AsyncReadExt;

/// The list that stands in every folder of the artifact store.
const LIST: &str = "files.json";
/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

/// What there is to take away.
pub(super) enum Listed {
    /// Not for this person.
    Hidden,
    /// In a bucket, or not written yet.
    Elsewhere,
    /// Files with their sizes.
    Here(BTreeMap<String, u64>),
}

/// The folder of a model in the artifact store, where that is a folder of this machine.
fn folder(cx: &Cx, model: &Model) -> Option<PathBuf> {
    let root = cx.app.settings.artifacts.as_ref()?;
    inside(root, &model.files)
}

/// A path below another one; nothing where it would lead out of it.
fn inside(root: &std::path::Path, path: &str) -> Option<PathBuf> {
    let path = std::path::Path::new(path);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (plain && path.components().next().is_some()).then(|| root.join(path))
}

pub(super) async fn listed(cx: &Cx, model: &Model) -> Listed {
    let read = async {
        let list = folder(cx, model)?.join(LIST);
        let text = tokio::fs::read(list).await.ok()?;
        serde_json::from_slice::<BTreeMap<String, u64>>(&text).ok()
    };
    read.await.map_or(Listed::Elsewhere, Listed::Here)
}

impl Listed {
    pub(super) fn view(self, cx: &Cx, model: &Model) -> AnyView {
        let files = match self {
            Self::Hidden => return ().into_any(),
            Self::Elsewhere if model.files.is_empty() => return ().into_any(),
            Self::Elsewhere => {
                let words = text::elsewhere(&model.files);
                return view! { <section class="card"><h2>{text::FILES}</h2><p>{words}</p></section> }.into_any();
            }
            Self::Here(files) => files,
        };
        let here = cx.at(&format!("models/{}/files", model.id));
        let links: Vec<_> = files
            .into_iter()
            .map(|(name, bytes)| {
                let query: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
                let size = text::size(i64::try_from(bytes).unwrap_or(i64::MAX));
                view! { <li><a href=format!("{here}?file={query}") download="">{name}</a> " " <small class="muted">{size}</small></li> }
            })
            .collect();
        view! {
            <section class="card">
                <h2>{text::FILES}</h2>
                <p class="muted">{text::FILES_WORDS}</p>
                <ul>{links}</ul>
            </section>
        }
        .into_any()
    }
}

pub(super) async fn send(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let model = model(&cx, &id).await?;
    let fields = Fields(pairs);
    let Some(wanted) = fields.get("file") else {
        return Ok(cx.redirect(&cx.at(&format!("models/{}", model.id))));
    };
    let Listed::Here(files) = listed(&cx, &model).await else {
        return Err(Error::NotFound);
    };
    let path = folder(&cx, &model)
        .filter(|_| files.contains_key(wanted))
        .and_then(|folder| inside(&folder, wanted))
        .ok_or(Error::NotFound)?;
    let file = tokio::fs::File::open(path).await;
    let mut file = file.map_err(|_| Error::NotFound)?;
    let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(2);
    tokio::spawn(async move {
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece).await {
                Ok(0) => return,
                Ok(read) => {
                    let bytes = Bytes::copy_from_slice(&piece[..read]);
                    if body.send_data(bytes).await.is_err() {
                        return;
                    }
                }
                Err(cause) => return body.abort(cause),
            }
        }
    });
    let name: String = wanted
        .rsplit('/')
        .next()
        .unwrap_or(wanted)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .collect();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::new(channel.fuse())).into_response())
}

#[cfg(test)]
mod tests {
    use super::inside;
    use std::path::Path;

    #[test]
    fn no_path_leads_out_of_the_store() {
        let root = Path::new("/store");
        assert_eq!(
            inside(root, "models/a/model.safetensors").as_deref(),
            Some(Path::new("/store/models/a/model.safetensors"))
        );
        for bad in ["../secret", "/etc/passwd", "a/../../b", "", ".", "./a/.."] {
            assert_eq!(inside(root, bad), None, "{bad}");
        }
    }
}
