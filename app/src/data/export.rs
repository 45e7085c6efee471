//! Downloads: the full record, training sets, tables, the data card. Streamed as the database gives them.

use super::browse::select;
use crate::Cx;
use crate::error::{Error, Result};
use crate::text::data as text;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::export::{Format, Request};
use domain::{Fields, Provenance};
use http_body_util::{BodyExt, Channel};
use leptos::prelude::*;
use store::Store;
use tokio::sync::mpsc;

type Pairs = Query<Vec<(String, String)>>;

pub(super) async fn show(cx: Cx) -> Result<Response> {
    let choices = cx.store().choices(&cx.project()?.id).await?;
    Ok(cx.page(text::EXPORT, || {
        let fields = Fields::default();
        let formats = Format::ALL.iter().enumerate().map(|(n, format)| {
            let (name, words) = text::export(*format);
            let id = format!("format-{}", format.name());
            view! {
                <div class="option">
                    <input type="radio" id=id.clone() name="format" value=format.name() checked={n == 0} aria-describedby=format!("{id}-words") />
                    <div>
                        <label for=id.clone()>{name}</label>
                        <p class="small muted" id=format!("{id}-words")>{words}</p>
                    </div>
                </div>
            }
        });
        let who = Provenance::ALL.map(|provenance| {
            let checked = provenance == Provenance::Person;
            view! { <label class="choice"><input type="checkbox" name="provenance" value=provenance.name() checked=checked /><span>{text::provenance(provenance)}</span></label> }
        });
        let languages: Vec<_> = choices.languages.into_iter().map(|l| (l.clone(), l)).collect();
        view! {
            <form class="card" method="get" action=cx.at("data/export/file")>
                <h1>{text::EXPORT}</h1>
                <fieldset class="field">
                    <legend>{text::EXPORT_WHAT}</legend>
                    {formats.collect_view()}
                </fieldset>
                <fieldset class="field">
                    <legend>{text::EXPORT_WHOSE}</legend>
                    <p class="small muted">{text::EXPORT_WHOSE_WORDS}</p>
                    <div class="choices">{who.into_iter().collect_view()}</div>
                </fieldset>
                {(!languages.is_empty()).then(|| select("language", text::LANGUAGE, text::ANY, languages, &fields))}
                <div class="field">
                    <label for="licence">{text::LICENCE}</label>
                    <input id="licence" name="licence" dir="auto" autocomplete="off" />
                </div>
                <button class="primary">{text::DOWNLOAD}</button>
            </form>
        }
    }))
}

/// What the address asks for: people's feedback unless it says otherwise.
fn request(fields: &Fields) -> Option<Request> {
    let mut request = Request::new(match fields.get("format") {
        None => Format::Record,
        Some(name) => Format::parse(name)?,
    });
    let named = fields
        .all("provenance")
        .map(Provenance::parse)
        .collect::<Option<Vec<_>>>()?;
    if !named.is_empty() {
        request.provenances = named;
    }
    request.language = fields.get("language").map(str::to_owned);
    request.licence = fields.get("licence").map(str::to_owned);
    Some(request)
}

pub(super) async fn download(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let request = request(&Fields(pairs)).ok_or(Error::NotFound)?;
    let project = cx.project()?;
    let detail = format!("{:?}", request.provenances);
    cx.store()
        .audit(
            Some(&project.id),
            Some(cx.user_id()?),
            "export",
            request.format.name(),
            &detail,
            store::now_ms(),
        )
        .await?;
    let (name, kind) = (request.format.file_name(), content_type(request.format));
    let body = stream(cx.store().clone(), project.id.clone(), request);
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, body).into_response())
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Grades => "text/csv; charset=utf-8",
        Format::Card => "text/markdown; charset=utf-8",
        _ => "application/jsonl; charset=utf-8",
    }
}

/// The export as a body that is filled while it is sent; a failure breaks the download off, so that no
/// half file looks whole.
fn stream(store: Store, project: domain::ids::ProjectId, request: Request) -> Body {
    let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(4);
    let (sink, mut texts) = mpsc::channel::<String>(4);
    tokio::spawn(async move {
        let writing = tokio::spawn(async move { store.export(&project, &request, sink).await });
        while let Some(text) = texts.recv().await {
            if body.send_data(text.into()).await.is_err() {
                return;
            }
        }
        let cause = match writing.await {
            Ok(Ok(())) => return,
            Ok(Err(cause)) => cause.to_string(),
            Err(cause) => cause.to_string(),
        };
        tracing::error!(cause, "an export stopped");
        body.abort(std::io::Error::other("the export stopped"));
    });
    // compression asks once more after the end, which the channel does not bear
    Body::new(channel.fuse())
}
