//! One grade for all answers that say the same: first the answers as they were typed with the form, then, after that
//! one confirmation, the grade for all of them.

use super::question;
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::grade as text;
use crate::ui::{Errors, TextArea};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::annotation::{Annotation, Context, Kind, Shown};
use domain::ids::{PromptId, ResponseId, TaskId};
use domain::{Fields, Invalid, Provenance};
use leptos::prelude::*;
use store::reports::gradebook::{GradedQuestion, StudentAnswer};

/// The question and the answers that say what this response says, as far as they are not graded yet.
async fn find(cx: &Cx, prompt: &str, like: &str) -> Result<(GradedQuestion, Vec<StudentAnswer>)> {
    let prompt = PromptId::from(prompt);
    let book = cx
        .store()
        .gradebook(&cx.project()?.id, Some(&prompt), &[Provenance::Person])
        .await?;
    let question = book.into_iter().next().ok_or(Error::NotFound)?;
    let group: Vec<StudentAnswer> = question
        .groups()
        .into_iter()
        .find(|group| group.iter().any(|a| a.response.as_str() == like))
        .ok_or(Error::NotFound)?
        .into_iter()
        .filter(|a| a.counting().is_none() && a.task.is_some())
        .cloned()
        .collect();
    Ok((question, group))
}

/// The response that the form is about; the question must exist before the form's faults matter.
async fn like_of<'a>(cx: &Cx, prompt: &str, fields: &'a Fields) -> Result<&'a str> {
    let prompt = PromptId::from(prompt);
    let known = cx.store().prompt_messages(&cx.project()?.id, &prompt);
    known.await?.ok_or(Error::NotFound)?;
    let incomplete = || Error::BadRequest(crate::text::review::INCOMPLETE.into());
    fields.get("like").ok_or_else(incomplete)
}

pub(super) async fn confirm(
    cx: Cx,
    Path((_, prompt)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    form(&cx, &prompt, StatusCode::OK, fields, Vec::new()).await
}

async fn form(
    cx: &Cx,
    prompt: &str,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let like = like_of(cx, prompt, &fields).await?.to_owned();
    let (question, group) = find(cx, prompt, &like).await?;
    if group.is_empty() {
        return question::page(cx, prompt, StatusCode::OK, Fields::default(), Vec::new()).await;
    }
    let settings = &cx.project()?.settings;
    Ok(cx.page_with(status, text::SAME_ANSWERS, || {
        let here = cx.at(&format!("grades/questions/{prompt}"));
        // the answers that are seen here are the ones that get the grade, even if others come meanwhile
        let rows = group.iter().map(|answer| {
            view! {
                <li>
                    <label>
                        <input type="checkbox" name="answer" value=answer.response.to_string() checked=true />
                        " " <span dir="auto">{answer.text.clone()}</span>
                    </label>
                </li>
            }
        });
        let rows = rows.collect_view();
        let chosen = fields.get("grade.label").map(str::to_owned);
        let labels = settings.grade_labels.iter().map(|label| {
            let checked = chosen.as_deref() == Some(label.as_str());
            view! { <label class="choice"><input type="radio" name="grade.label" value=label.clone() checked=checked /><span dir="auto">{label.clone()}</span></label> }
        });
        let labels = labels.collect_view();
        let items = question.rubric.iter().map(|c| {
            let checked = fields.all("grade.criteria").any(|id| id == c.id.as_str());
            view! { <label class="choice"><input type="checkbox" name="grade.criteria" value=c.id.to_string() checked=checked /><span dir="auto">{c.text.clone()} " (" {text::points(c.points)} ")"</span></label> }
        });
        let items = items.collect_view();
        let points = settings.grade_points.map(|most| {
            let value = fields.raw("grade.points").unwrap_or_default().to_owned();
            view! { <div class="field"><label for="grade.points">{text::points_of(most)}</label><input id="grade.points" name="grade.points" class="points" inputmode="decimal" value=value /></div> }
        });
        let rubric = !question.rubric.is_empty();
        view! {
            <p><a href=here.clone()>{text::BACK_TO_QUESTION}</a></p>
            <h1>{text::grade_together(group.len())}</h1>
            <p class="lead" dir="auto">{question.preview.clone()}</p>
            {question.reference.clone().map(|r| view! { <p><strong>{text::REFERENCE}": "</strong><span dir="auto">{r}</span></p> })}
            <form method="post" action=format!("{here}/group/apply") class="card">
                <Errors errors=errors />
                <input type="hidden" name="like" value=like />
                <fieldset class="field"><legend>{text::ANSWERS}</legend><ul class="plain">{rows}</ul></fieldset>
                <fieldset class="field" id="grade"><legend>{text::GRADE}</legend><div class="choices" id="grade.label">{labels}</div></fieldset>
                {points}
                {rubric.then(|| view! { <fieldset class="field"><legend>{text::RUBRIC}</legend><div class="choices">{items}</div></fieldset> })}
                <TextArea name="grade.feedback" label=text::FEEDBACK fields=fields.clone() />
                <button class="primary">{text::GIVE_ALL}</button>
            </form>
        }
    }))
}

pub(super) async fn apply(
    cx: Cx,
    Path((_, prompt)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let like = like_of(&cx, &prompt, &fields).await?;
    let (question, group) = find(&cx, &prompt, like).await?;
    let ticked: Vec<(TaskId, ResponseId)> = group
        .into_iter()
        .filter(|a| fields.all("answer").any(|id| id == a.response.as_str()))
        .filter_map(|a| Some((a.task?, a.response)))
        .collect();
    let wanted = fields.all("answer").count();
    if wanted == 0 {
        let wrong = vec![Invalid::missing("answer")];
        return form(
            &cx,
            &prompt,
            StatusCode::UNPROCESSABLE_ENTITY,
            fields,
            wrong,
        )
        .await;
    }
    let project = cx.project()?;
    // the grade is read once; each answer gets it under its own identifier
    let shown = [Shown {
        id: like.into(),
        text: String::new(),
    }];
    let context = Context {
        responses: &shown,
        settings: &project.settings,
        criteria: &question.rubric,
    };
    let grade = match Annotation::parse(Kind::Grade, &fields, context) {
        Ok(Some(Annotation::Grade(grade))) => grade,
        Ok(_) => {
            let wrong = vec![Invalid::missing("grade")];
            return form(
                &cx,
                &prompt,
                StatusCode::UNPROCESSABLE_ENTITY,
                fields,
                wrong,
            )
            .await;
        }
        Err(wrong) => {
            return form(
                &cx,
                &prompt,
                StatusCode::UNPROCESSABLE_ENTITY,
                fields,
                wrong,
            )
            .await;
        }
    };
    let applied = cx
        .store()
        .grade_group(&project.id, cx.user_id()?, &ticked, &grade, store::now_ms())
        .await?;
    let left = wanted.saturating_sub(applied.graded);
    let to = format!(
        "grades/questions/{prompt}?graded={}&left={left}",
        applied.graded
    );
    Ok(cx.redirect(&cx.at(&to)))
}
