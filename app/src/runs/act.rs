//! Pause, resume, cancel.

use super::run;
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::runs as text;
use axum::extract::Path;
use axum::response::Response;

pub(super) async fn act(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let run = run(&cx, &id).await?;
    let (store, now) = (cx.store(), store::now_ms());
    let (action, done) = match fields.get("do") {
        Some("pause") => ("pause-run", store.pause_run(&run.project, &run.id).await?),
        Some("resume") => ("resume-run", store.resume_run(&run.project, &run.id).await?),
        Some("cancel") => (
            "cancel-run",
            store.cancel_run(&run.project, &run.id, now).await?,
        ),
        _ => return Err(Error::BadRequest(text::NOTHING_TO_DO.into())),
    };
    if !done {
        return Err(Error::Conflict(text::NOTHING_TO_DO.into()));
    }
    let user = cx.user_id()?;
    store
        .audit(Some(&run.project), Some(user), action, &run.name, "", now)
        .await?;
    Ok(cx.redirect(&cx.at(&format!("runs/{}", run.id))))
}
