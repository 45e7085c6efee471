//! The taxonomy as a file: in, with every problem named by its place, and out.

use super::{done, edit};
use crate::Cx;
use crate::error::{Error, Result};
use crate::text::taxonomy as text;
use crate::ui::csv::{self, Cell};
use crate::ui::{Errors, Field};
use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::taxonomy::{Edit, Name, Outline};
use domain::{Fields, Invalid};
use leptos::prelude::*;

/// Problems that are shown at once.
const SHOWN: usize = 20;

pub(super) async fn json(cx: Cx) -> Result<Response> {
    let tree = cx.store().taxonomy(&cx.project()?.id).await?.tree;
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"taxonomy.json\"",
        ),
    ];
    Ok((headers, tree.outline().to_json()).into_response())
}

pub(super) async fn csv(cx: Cx) -> Result<Response> {
    let tree = cx.store().taxonomy(&cx.project()?.id).await?.tree;
    let counted = super::tree::counted(&tree);
    let mut lines = vec![csv::line(
        &["path", "prompts", "prompts_below"].map(Cell::from),
    )];
    for (id, node, _) in tree.in_order() {
        lines.push(csv::line(&[
            tree.path(id).into(),
            node.prompts.len().into(),
            counted.of(id).into(),
        ]));
    }
    Ok(csv::file("taxonomy.csv", &lines))
}

pub(super) async fn show(cx: Cx) -> Result<Response> {
    Ok(page(&cx, StatusCode::OK, Fields::default(), Vec::new()))
}

fn page(cx: &Cx, status: StatusCode, fields: Fields, errors: Vec<Invalid>) -> Response {
    cx.page_with(status, text::UPLOAD, || {
        let pasted = crate::ui::textarea_content(fields.raw("text").unwrap_or_default());
        view! {
            <form class="card narrow" method="post" action=cx.at("data/taxonomy/import") enctype="multipart/form-data">
                <h1>{text::UPLOAD}</h1>
                <p>{text::UPLOAD_WORDS}</p>
                <Errors errors=errors.clone() />
                <div class="field">
                    <label for="file">{text::FILE}</label>
                    <small class="hint" id="file-hint">{text::FILE_HINT}</small>
                    <input id="file" name="file" type="file" aria-describedby="file-hint" accept=".json,.csv,.tsv,.txt" />
                </div>
                <div class="field">
                    <label for="text">{text::PASTE}</label>
                    <textarea id="text" name="text" rows="6" dir="auto" spellcheck="false" inner_html=pasted></textarea>
                </div>
                <Field name="facet" label=text::UNDER hint=text::UNDER_HINT required=false fields=fields errors=errors />
                <button class="primary">{text::IMPORT}</button>
            </form>
        }
    })
}

pub(super) async fn receive(
    cx: Cx,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    let mut form = form.map_err(|cause| Error::BadRequest(cause.body_text()))?;
    let broken = |cause: axum::extract::multipart::MultipartError| match cause.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::BadRequest(cause.body_text()),
    };
    let (mut fields, mut bytes) = (Fields::default(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => bytes = field.bytes().await.map_err(broken)?.to_vec(),
            Some(name @ ("text" | "facet")) => {
                let name = name.to_owned();
                fields.set(&name, field.text().await.map_err(broken)?);
            }
            _ => {}
        }
    }
    let wrong = match read(&fields, bytes) {
        Err(wrong) => wrong,
        Ok(outline) => {
            let what = text::imported(outline.count().nodes);
            match edit(
                &cx,
                &Edit::Graft {
                    parent: None,
                    outline,
                },
                &what,
            )
            .await?
            {
                None => return Ok(done(&cx, &cx.at("data/taxonomy"))),
                Some(refused) => vec![Invalid::other("file", text::refused(&refused))],
            }
        }
    };
    Ok(page(
        &cx,
        StatusCode::UNPROCESSABLE_ENTITY,
        fields,
        shortened(wrong),
    ))
}

fn read(fields: &Fields, bytes: Vec<u8>) -> std::result::Result<Outline, Vec<Invalid>> {
    let one = |problem| vec![problem];
    let facet = fields.get("facet").map(Name::parse).transpose();
    let facet = facet.map_err(|problem| one(Invalid::new("facet", problem)))?;
    let content = if bytes.is_empty() {
        fields.raw("text").unwrap_or_default().to_owned()
    } else {
        String::from_utf8(bytes).map_err(|_| one(Invalid::other("file", text::NOT_TEXT)))?
    };
    if content.trim().is_empty() {
        return Err(one(Invalid::other("file", text::NO_FILE)));
    }
    let outline = Outline::parse(&content)?;
    Ok(match facet {
        Some(name) => outline.under(name),
        None => outline,
    })
}

/// A file with a thousand mistakes has one mistake.
fn shortened(mut wrong: Vec<Invalid>) -> Vec<Invalid> {
    if wrong.len() > SHOWN {
        wrong.truncate(SHOWN);
        wrong.push(Invalid::other("file", text::MORE_PROBLEMS));
    }
    wrong
}
