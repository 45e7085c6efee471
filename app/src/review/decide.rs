//! The decisions. Each is one form, one transaction, one more line of the history.

use super::{own, task};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::review as text;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Invalid;
use domain::Kind;
use domain::annotation::{Annotation, Context};
use domain::ids::{AnnotationId, ResponseId, TaskId, UserId};
use store::queue::{Hold, Reopened};
use store::review::Decision;

/// Notes are for people, not for files.
const NOTE: usize = 5_000;

fn note(fields: &domain::Fields) -> String {
    fields
        .get("note")
        .unwrap_or_default()
        .chars()
        .take(NOTE)
        .collect()
}

/// The task of this project; it must exist before the form's faults matter.
async fn task_of(cx: &Cx, task: &str) -> Result<TaskId> {
    let found = cx.store().task(&cx.project()?.id, &task.into()).await?;
    Ok(found.ok_or(Error::NotFound)?.id)
}

fn incomplete() -> Error {
    Error::BadRequest(text::INCOMPLETE.into())
}

fn kind_of(fields: &domain::Fields) -> Result<Kind> {
    fields
        .get("kind")
        .and_then(Kind::parse)
        .ok_or_else(incomplete)
}

pub(super) async fn accept(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let id = task_of(&cx, &task).await?;
    let annotation = AnnotationId::from(fields.get("annotation").ok_or_else(incomplete)?);
    cx.store()
        .accept_answer(
            &cx.project()?.id,
            &id,
            cx.user_id()?,
            &annotation,
            &note(&fields),
            store::now_ms(),
        )
        .await?
        .ok_or_else(|| Error::Conflict(text::NOT_STANDING.into()))?;
    Ok(cx.redirect(&cx.at(&format!("review/{task}"))))
}

pub(super) async fn own(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let project = cx.project()?;
    let id = task_of(&cx, &task).await?;
    let it = cx
        .store()
        .review_task(&project.id, &id)
        .await?
        .ok_or(Error::NotFound)?;
    let kind = kind_of(&fields)?;
    let responses = own::shown(&it);
    let context = Context {
        responses: &responses,
        settings: &project.settings,
        criteria: &it.criteria,
    };
    let said = match Annotation::parse(kind, &fields, context) {
        Ok(Some(said)) => said,
        Ok(None) => {
            let wrong = vec![Invalid::missing(kind.name())];
            return task::page(&cx, &task, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong).await;
        }
        Err(wrong) => {
            return task::page(&cx, &task, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong).await;
        }
    };
    let shown: Vec<ResponseId> = responses.into_iter().map(|r| r.id).collect();
    cx.store()
        .override_answers(
            &project.id,
            &id,
            cx.user_id()?,
            &said,
            &shown,
            &note(&fields),
            store::now_ms(),
        )
        .await?
        .ok_or(Error::NotFound)?;
    Ok(cx.redirect(&cx.at(&format!("review/{task}"))))
}

pub(super) async fn send_back(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let project = cx.project()?;
    let id = task_of(&cx, &task).await?;
    let account = UserId::from(fields.get("account").ok_or_else(incomplete)?);
    let kind = kind_of(&fields)?;
    let words = note(&fields);
    if words.is_empty() {
        let wrong = vec![Invalid::missing("note")];
        return task::page(&cx, &task, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong).await;
    }
    let now = store::now_ms();
    let hold = Hold {
        project: &project.id,
        account: &account,
        task: &id,
    };
    match cx
        .store()
        .return_work(hold, &project.settings, &words, now)
        .await?
    {
        Reopened::Reopened(_) => {}
        Reopened::Nothing | Reopened::Reviewed => {
            return Err(Error::Conflict(text::NOT_STANDING.into()));
        }
    }
    cx.store()
        .note_decision(
            &project.id,
            &id,
            cx.user_id()?,
            Decision::Return,
            kind,
            &words,
            now,
        )
        .await?;
    Ok(cx.redirect(&cx.at(&format!("review/{task}"))))
}

pub(super) async fn comment(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let id = task_of(&cx, &task).await?;
    let kind = kind_of(&fields)?;
    let words = note(&fields);
    if words.is_empty() {
        let wrong = vec![Invalid::missing("note")];
        return task::page(&cx, &task, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong).await;
    }
    cx.store()
        .comment_on_task(
            &cx.project()?.id,
            &id,
            cx.user_id()?,
            kind,
            &words,
            store::now_ms(),
        )
        .await?
        .ok_or(Error::NotFound)?;
    Ok(cx.redirect(&cx.at(&format!("review/{task}"))))
}
