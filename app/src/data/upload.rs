//! Uploading a file, or pasting its text. **The upload is streamed to the data folder**, never held in
//! memory; the server's limit cuts it off.

use super::file_of;
use crate::Cx;
use crate::error::{Error, Result};
use crate::text::data as text;
use crate::ui::Errors;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Invalid;
use domain::import::Plan;
use leptos::prelude::*;
use std::path::{Path, PathBuf};
use store::imports::{Import, Settings, State};
use tokio::io::AsyncWriteExt;

/// The bytes that a guess and a preview look at.
pub(super) const HEAD: u64 = 2 << 20;

pub(super) async fn show(cx: Cx) -> Result<Response> {
    let imports = cx.store().imports(&cx.project()?.id).await?;
    Ok(page(&cx, StatusCode::OK, Vec::new(), imports))
}

fn page(cx: &Cx, status: StatusCode, errors: Vec<Invalid>, imports: Vec<Import>) -> Response {
    cx.page_with(status, text::UPLOAD, || {
        let limit = text::limit(cx.app.settings.upload_limit >> 20);
        let earlier = imports.into_iter().map(|import| {
            let href = cx.at(&format!("data/imports/{}", import.id));
            let state = match import.state {
                State::Uploaded => text::WAITS,
                State::Running => text::RUNS,
                State::Done => text::IS_DONE,
                State::Failed => text::STOPPED,
            };
            view! { <li><a href=href dir="auto">{import.file_name}</a> " " <span class="badge">{state}</span></li> }
        });
        let earlier = earlier.collect::<Vec<_>>();
        let any = !earlier.is_empty();
        view! {
            <form class="card narrow" method="post" action=cx.at("data/import") enctype="multipart/form-data">
                <h1>{text::UPLOAD}</h1>
                <p>{text::UPLOAD_WORDS}</p>
                <Errors errors=errors />
                <div class="field">
                    <label for="file">{text::FILE}</label>
                    <small class="hint" id="file-hint">{limit}</small>
                    <input id="file" name="file" type="file" aria-describedby="file-hint" accept=".jsonl,.json,.ndjson,.csv,.tsv,.txt,.gz" />
                </div>
                <div class="field">
                    <label for="text">{text::PASTE}</label>
                    <textarea id="text" name="text" rows="5" dir="auto" spellcheck="false"></textarea>
                </div>
                <button class="primary">{text::CONTINUE}</button>
            </form>
            {any.then(|| view! { <section class="card narrow"><h2>{text::EARLIER}</h2><ul>{earlier}</ul></section> })}
        }
    })
}

/// What came, in a file of ours.
struct Received {
    path: PathBuf,
    name: String,
    bytes: u64,
}

pub(super) async fn receive(
    cx: Cx,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    let form = form.map_err(|cause| Error::BadRequest(cause.body_text()))?;
    let folder = cx.app.settings.data_dir.join("imports");
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(Error::internal)?;
    let waiting = folder.join(format!("{}.part", store::new_id()));
    let received = body(form, &waiting, cx.app.settings.upload_limit).await;
    let outcome = match received {
        Ok(Some(received)) => keep(&cx, received).await,
        Ok(None) => Ok(Err(Invalid::other("file", text::NO_FILE))),
        Err(error) => Err(error),
    };
    // whatever went wrong, nothing half-received stays
    let _ = tokio::fs::remove_file(&waiting).await;
    match outcome? {
        Ok(import) => Ok(cx.redirect(&cx.at(&format!("data/imports/{import}")))),
        Err(problem) => {
            let imports = cx.store().imports(&cx.project()?.id).await?;
            Ok(page(
                &cx,
                StatusCode::UNPROCESSABLE_ENTITY,
                vec![problem],
                imports,
            ))
        }
    }
}

/// Streams the first part that is not empty into the file.
async fn body(mut form: Multipart, path: &Path, limit: usize) -> Result<Option<Received>> {
    let broken = |cause: axum::extract::multipart::MultipartError| match cause.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::BadRequest(cause.body_text()),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = match field.name() {
            Some("file") => file_name(&field),
            Some("text") => text::PASTED.to_owned(),
            _ => continue,
        };
        let bytes = stream(field, path, limit).await?;
        if bytes > 0 {
            return Ok(Some(Received {
                path: path.to_owned(),
                name,
                bytes,
            }));
        }
    }
    Ok(None)
}

/// The file's own name, without folders and control characters.
fn file_name(field: &Field<'_>) -> String {
    let given = field.file_name().unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

async fn stream(mut field: Field<'_>, path: &Path, limit: usize) -> Result<u64> {
    let mut file = tokio::fs::File::create(path)
        .await
        .map_err(Error::internal)?;
    let mut bytes = 0_usize;
    loop {
        match field.chunk().await {
            Ok(Some(chunk)) => {
                bytes += chunk.len();
                if bytes > limit {
                    return Err(Error::TooLarge);
                }
                file.write_all(&chunk).await.map_err(Error::internal)?;
            }
            Ok(None) => break,
            Err(cause) => return Err(Error::BadRequest(cause.body_text())),
        }
    }
    file.flush().await.map_err(Error::internal)?;
    Ok(bytes as u64)
}

/// Guesses how the file is read and keeps it as a waiting import.
async fn keep(cx: &Cx, received: Received) -> Result<std::result::Result<String, Invalid>> {
    let path = received.path.clone();
    let head = tokio::task::spawn_blocking(move || store::imports::file_head(&path, HEAD))
        .await
        .map_err(Error::internal)?;
    let head = match head {
        Ok(head) => head,
        Err(cause) => return Ok(Err(Invalid::other("file", cause.to_string()))),
    };
    let stem = received.name.split('.').next().unwrap_or_default();
    let plan = match Plan::guess(&head, if stem.is_empty() { text::PASTED } else { stem }) {
        Ok(plan) => plan,
        Err(problem) => return Ok(Err(problem)),
    };
    let settings = Settings {
        plan,
        all_or_nothing: true,
        make_tasks: true,
        // a researcher brings data; the settings are the owner's
        take_settings: cx.may(domain::Right::Manage),
    };
    let (project, now) = (&cx.project()?.id, store::now_ms());
    let bytes = i64::try_from(received.bytes).unwrap_or(i64::MAX);
    let account = cx.user_id()?;
    let id = cx
        .store()
        .create_import(
            project,
            Some(account),
            &received.name,
            bytes,
            &settings,
            now,
        )
        .await?;
    tokio::fs::rename(&received.path, file_of(&cx.app, &id))
        .await
        .map_err(Error::internal)?;
    cx.store()
        .audit(
            Some(project),
            Some(account),
            "upload",
            &received.name,
            "",
            now,
        )
        .await?;
    Ok(Ok(id.0))
}
