//! What a job's page posts: proposals accepted and declined, the job cancelled, or asked for again.

use super::form::enqueue;
use super::{address, job_of, request};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::proposing as text;
use axum::extract::Path;
use axum::response::Response;
use domain::Fields;
use domain::taxonomy::{Request as Asked, Wish};
use store::jobs::Job;
use store::proposals::{Chosen, Request};
use store::taxonomy::{By, Origin};

/// What is to be done with which.
enum Act<'a> {
    Accept(Chosen<'a>),
    Decline(Chosen<'a>),
}

pub(super) async fn act(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let job = job_of(&cx, &id).await?;
    let asked = request(&job).ok_or_else(|| Error::BadRequest(text::UNREADABLE.into()))?;
    let of = Request {
        project: &cx.project()?.id,
        job: &job.id,
        model: &asked.name,
    };
    let here = address(&cx, &job.id);
    match fields.get("do") {
        Some("cancel") => return cancel(&cx, &job).await,
        Some("again") => return enqueue(&cx, &asked).await,
        Some("reopen") => {
            cx.store().reopen_proposals(of).await?;
            return Ok(cx.redirect(&format!("{here}?view=open")));
        }
        _ => {}
    }
    let one =
        |name: &str| -> Vec<String> { fields.get(name).map(str::to_owned).into_iter().collect() };
    let (accepted, declined) = (one("accept"), one("decline"));
    let ticked: Vec<String> = fields.all("proposal").map(str::to_owned).collect();
    let act = if !accepted.is_empty() {
        Act::Accept(Chosen::These(&accepted))
    } else if !declined.is_empty() {
        Act::Decline(Chosen::These(&declined))
    } else {
        named(&fields, &asked, &ticked)?
    };
    if let Act::Accept(Chosen::These([])) | Act::Decline(Chosen::These([])) = act {
        return Ok(cx.redirect(&format!("{here}?view=open&nothing")));
    }
    let by = By {
        account: cx.user_id()?,
        origin: match asked.wish.is_by_embedding() {
            true => Origin::Embedding,
            false => Origin::Model,
        },
        now: store::now_ms(),
    };
    match act {
        Act::Decline(chosen) => {
            cx.store().decline_proposals(of, chosen, by).await?;
            Ok(cx.redirect(&format!("{here}?view=open")))
        }
        Act::Accept(chosen) => {
            let words = |all: &[String]| text::edit(all, &asked.name);
            let decided = cx.store().accept_proposals(of, chosen, words, by).await?;
            let (done, refused) = (decided.done, decided.refused);
            Ok(cx.redirect(&format!("{here}?view=open&done={done}&refused={refused}")))
        }
    }
}

/// What a button for many asks for.
fn named<'a>(fields: &Fields, asked: &Asked, ticked: &'a [String]) -> Result<Act<'a>> {
    Ok(match fields.get("do") {
        Some("accept-ticked") => Act::Accept(Chosen::These(ticked)),
        Some("decline-ticked") => Act::Decline(Chosen::These(ticked)),
        Some("accept-all") => Act::Accept(Chosen::All),
        Some("decline-all") => Act::Decline(Chosen::All),
        Some("accept-from") => {
            let from = fields.number::<f64>("from");
            let from = from.map_err(|wrong| Error::BadRequest(wrong.to_string()))?;
            let from = from.ok_or_else(|| Error::BadRequest(text::NOTHING_TICKED.into()))?;
            // by its own word a model is so sure in hundredths
            let asks = matches!(asked.wish, Wish::Place { .. }) && !asked.wish.is_by_embedding();
            Act::Accept(Chosen::From(if asks { from / 100.0 } else { from }))
        }
        given => return Err(Error::BadRequest(given.unwrap_or("do").to_owned())),
    })
}

async fn cancel(cx: &Cx, job: &Job) -> Result<Response> {
    let (project, now) = (&cx.project()?.id, store::now_ms());
    if !cx.store().cancel_job(project, &job.id, now).await? {
        return Err(Error::Conflict(text::OVER.into()));
    }
    Ok(cx.redirect(&address(cx, &job.id)))
}
