//! What a person does with an item. **Whatever was typed is kept first**, whichever button was pressed.

use super::desk::{as_kept, finished, island_asks, lease_ms, onward};
use super::page::{self, Above};
use super::work::{Work, answer, is_blank};
use super::{critique, history};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::live::Expected;
use crate::text::annotate as text;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Fields;
use domain::ids::TaskId;
use domain::preferences::Preferences;
use store::drafts::{Draft, DraftSave, SavedDraft};
use store::queue::{Finished, Hold, Item, Reopened, Submission, Submitted};

/// What the form said about the visit.
struct Visit {
    round: i64,
    version: i64,
    seconds: f64,
    only: Option<String>,
}

impl Visit {
    fn read(fields: &Fields) -> Self {
        let number = |name: &str| fields.number::<i64>(name).ok().flatten().unwrap_or(0);
        let seconds = fields.number::<f64>("seconds").ok().flatten();
        Self {
            round: number("round"),
            version: number("draft.version"),
            // a broken clock must not spoil the medians: nobody works on one item for a day
            seconds: seconds
                .filter(|s| s.is_finite())
                .unwrap_or(0.0)
                .clamp(0.0, 86_400.0),
            only: fields.get("only").map(str::to_owned),
        }
    }
}

/// The buttons of the item.
pub(super) async fn act(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    headers: HeaderMap,
    Form(posted): Form,
) -> Result<Response> {
    let task = TaskId(task);
    let hold = Hold {
        project: &cx.project()?.id,
        account: cx.user_id()?,
        task: &task,
    };
    let item = cx.store().item(hold).await?.ok_or(Error::NotFound)?;
    let visit = Visit::read(&posted);
    let mut fields = answer(&posted);
    let action = match posted.get("skip") {
        Some(_) => "skip",
        None => posted.get("action").unwrap_or("submit"),
    };
    let now = store::now_ms();
    match action {
        "submit" => submit(&cx, &headers, hold, &item, &visit, &fields).await,
        "skip" => {
            keep(&cx, hold, &item, &visit, &fields).await?;
            let reason = posted
                .get("skip")
                .or(posted.get("skip.words"))
                .unwrap_or_default();
            match cx.store().skip_task(hold, visit.round, reason, now).await? {
                Finished::Done => onward(&cx, &headers, visit.only.as_deref(), None).await,
                Finished::NotHeld => Ok(not_held(&cx, &item, &fields)),
            }
        }
        "release" => {
            keep(&cx, hold, &item, &visit, &fields).await?;
            match cx.store().release_task(hold, visit.round, now).await? {
                Finished::Done => Ok(cx.redirect(&cx.at("queue/history"))),
                Finished::NotHeld => Ok(not_held(&cx, &item, &fields)),
            }
        }
        "flag" => {
            cx.store()
                .flag_task(hold, posted.get("flag.words").unwrap_or_default())
                .await?;
            save(&cx, hold, &item, &visit, &fields, "flagged").await
        }
        "save" => save(&cx, hold, &item, &visit, &fields, "saved").await,
        "add-remark" => {
            critique::add_row(&mut fields);
            match keep(&cx, hold, &item, &visit, &fields).await? {
                Kept::Version(version) => {
                    let above = Above {
                        only: visit.only,
                        ..Above::default()
                    };
                    page::item(
                        &cx,
                        &item,
                        StatusCode::OK,
                        &fields,
                        version,
                        visit.seconds,
                        above,
                    )
                    .await
                }
                Kept::Changed(draft) => changed(&cx, &item, &visit, &fields, draft).await,
                Kept::Lost => Ok(not_held(&cx, &item, &fields)),
            }
        }
        other => Err(Error::BadRequest(other.to_owned())),
    }
}

/// What became of the draft.
enum Kept {
    /// It is kept as this version, or there was nothing to keep.
    Version(i64),
    /// Another tab was first.
    Changed(Option<Draft>),
    /// The item is not hers.
    Lost,
}

async fn keep(
    cx: &Cx,
    hold: Hold<'_>,
    item: &Item,
    visit: &Visit,
    fields: &Fields,
) -> Result<Kept> {
    let preferences = Preferences::default();
    let work = Work {
        item,
        settings: &cx.project()?.settings,
        preferences: &preferences,
    };
    if visit.version == 0 && item.draft.is_none() && is_blank(&work, fields) {
        return Ok(Kept::Version(0));
    }
    let save = DraftSave {
        task: hold.task,
        account: hold.account,
        round: visit.round,
        base_version: visit.version,
        fields,
        seconds: visit.seconds,
    };
    Ok(
        match cx
            .store()
            .save_draft(save, lease_ms(cx)?, store::now_ms())
            .await?
        {
            SavedDraft::Saved(version) => Kept::Version(version),
            SavedDraft::Conflict(draft) => Kept::Changed(draft),
            SavedDraft::NotHeld => Kept::Lost,
        },
    )
}

async fn save(
    cx: &Cx,
    hold: Hold<'_>,
    item: &Item,
    visit: &Visit,
    fields: &Fields,
    said: &str,
) -> Result<Response> {
    match keep(cx, hold, item, visit, fields).await? {
        Kept::Version(_) => {
            let only = visit
                .only
                .as_ref()
                .map(|it| format!("&prompt={it}"))
                .unwrap_or_default();
            Ok(cx.redirect(&cx.at(&format!("queue/{}?said={said}{only}", hold.task))))
        }
        Kept::Changed(draft) => changed(cx, item, visit, fields, draft).await,
        Kept::Lost => Ok(not_held(cx, item, fields)),
    }
}

async fn submit(
    cx: &Cx,
    headers: &HeaderMap,
    hold: Hold<'_>,
    item: &Item,
    visit: &Visit,
    fields: &Fields,
) -> Result<Response> {
    let preferences = Preferences::default();
    let settings = &cx.project()?.settings;
    let work = Work {
        item,
        settings,
        preferences: &preferences,
    };
    let annotations = match work.parse(fields) {
        Ok(annotations) => annotations,
        Err(errors) => {
            // the mistake is shown, and what was typed is kept meanwhile
            let version = match keep(cx, hold, item, visit, fields).await? {
                Kept::Version(version) => version,
                Kept::Changed(draft) => return changed(cx, item, visit, fields, draft).await,
                Kept::Lost => return Ok(not_held(cx, item, fields)),
            };
            let above = Above {
                errors,
                only: visit.only.clone(),
                ..Above::default()
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return page::item(cx, item, status, fields, version, visit.seconds, above).await;
        }
    };
    let submission = Submission {
        hold,
        round: visit.round,
        draft_version: visit.version,
        fields,
        annotations: &annotations,
        seconds: visit.seconds,
        check_refinements: settings.check_refinements,
    };
    // from what the model knows now: a moment later it has learned this answer
    let expected = Expected::of(cx, item, &annotations).await?;
    match cx.store().submit(submission, store::now_ms()).await? {
        Submitted::Saved | Submitted::AlreadySaved => {
            onward(cx, headers, visit.only.as_deref(), expected).await
        }
        Submitted::DraftChanged { draft } => changed(cx, item, visit, fields, Some(draft)).await,
        Submitted::Conflict { .. } => Ok(finished(cx, hold.task, text::OTHER_ANSWER, Some(fields))),
        Submitted::NotHeld => Ok(not_held(cx, item, fields)),
    }
}

/// Both versions: what was typed here in the form, what is kept beneath the notice. To submit again is
/// to decide.
async fn changed(
    cx: &Cx,
    item: &Item,
    visit: &Visit,
    fields: &Fields,
    draft: Option<Draft>,
) -> Result<Response> {
    // the item as it stands now: its round may be another one
    let hold = Hold {
        project: &cx.project()?.id,
        account: cx.user_id()?,
        task: &item.task.id,
    };
    let item = cx.store().item(hold).await?.ok_or(Error::NotFound)?;
    if item.assignment.state == "done" {
        return Ok(finished(
            cx,
            &item.task.id,
            text::OTHER_ANSWER,
            Some(fields),
        ));
    }
    let version = draft.as_ref().map_or(0, |draft| draft.version);
    let above = Above {
        notice: Some(text::CHANGED.to_owned()),
        other: draft.map(|draft| draft.fields),
        only: visit.only.clone(),
        ..Above::default()
    };
    page::item(
        cx,
        &item,
        StatusCode::CONFLICT,
        fields,
        version,
        visit.seconds,
        above,
    )
    .await
}

/// The item went elsewhere; what was typed is shown, to be copied.
fn not_held(cx: &Cx, item: &Item, fields: &Fields) -> Response {
    finished(cx, &item.task.id, text::NOT_HELD, Some(fields))
}

/// Saves a draft for the island: its new version, or what is kept instead.
pub(super) async fn draft(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Form(posted): Form,
) -> Result<Response> {
    let task = TaskId(task);
    let visit = Visit::read(&posted);
    let fields = answer(&posted);
    // looked up with the project, so that a foreign task does not exist
    let store = cx.store();
    store
        .task(&cx.project()?.id, &task)
        .await?
        .ok_or(Error::NotFound)?;
    let save = DraftSave {
        task: &task,
        account: cx.user_id()?,
        round: visit.round,
        base_version: visit.version,
        fields: &fields,
        seconds: visit.seconds,
    };
    Ok(
        match store
            .save_draft(save, lease_ms(&cx)?, store::now_ms())
            .await?
        {
            SavedDraft::Saved(version) => {
                Json(serde_json::json!({ "version": version })).into_response()
            }
            SavedDraft::Conflict(kept) => {
                let (version, fields) =
                    kept.map_or((0, Fields::default()), |it| (it.version, it.fields));
                let body = Json(serde_json::json!({ "version": version, "fields": fields }));
                (StatusCode::CONFLICT, body).into_response()
            }
            SavedDraft::NotHeld => return Err(Error::NotFound),
        },
    )
}

/// Goes back to what was finished last, or to one of the last ten.
pub(super) async fn undo(cx: Cx, headers: HeaderMap, Form(posted): Form) -> Result<Response> {
    let project = cx.project()?;
    // pressed on an item: what was typed there is kept
    if let Some(current) = posted.get("task").map(TaskId::from) {
        let hold = Hold {
            project: &project.id,
            account: cx.user_id()?,
            task: &current,
        };
        if let Some(item) = cx.store().item(hold).await? {
            keep(&cx, hold, &item, &Visit::read(&posted), &answer(&posted)).await?;
        }
    }
    let task = posted.get("undo").map(TaskId::from);
    let now = store::now_ms();
    let reopened = cx
        .store()
        .undo(
            &project.id,
            cx.user_id()?,
            task.as_ref(),
            &project.settings,
            now,
        )
        .await?;
    match reopened {
        Reopened::Reopened(task) if island_asks(&headers, "swap") => {
            let hold = Hold {
                project: &project.id,
                account: cx.user_id()?,
                task: &task,
            };
            let item = cx.store().item(hold).await?.ok_or(Error::NotFound)?;
            let mut response = as_kept(&cx, &item, Above::default()).await?;
            if let Ok(value) = cx.at(&format!("queue/{task}")).parse() {
                response
                    .headers_mut()
                    .insert("x-touchstone-location", value);
            }
            Ok(response)
        }
        Reopened::Reopened(task) => Ok(cx.redirect(&cx.at(&format!("queue/{task}")))),
        Reopened::Nothing => {
            history::page(&cx, StatusCode::CONFLICT, Some(text::NOTHING_TO_UNDO)).await
        }
        Reopened::Reviewed => history::page(&cx, StatusCode::CONFLICT, Some(text::REVIEWED)).await,
    }
}
