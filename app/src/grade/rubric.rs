//! The rubric's editor. **Points are summed when they are read**: saving an item re-scores every answer at once, and
//! the page says how many that changed.

use super::question;
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::grade as text;
use crate::ui::Errors;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::annotation::Criterion;
use domain::ids::{CriterionId, PromptId};
use domain::{Fields, Invalid, Problem, Provenance};
use leptos::prelude::*;
use store::criteria::Direction;
use store::reports::gradebook::GradedQuestion;

/// The most points an item may give or take.
const MOST: f64 = 1000.0;

pub(super) fn editor(
    cx: &Cx,
    question: &GradedQuestion,
    fields: &Fields,
    errors: Vec<Invalid>,
) -> impl IntoView + use<> {
    let action = cx.at(&format!("grades/questions/{}/rubric", question.prompt));
    // a mistake in one item's form belongs to that item
    let mistaken = fields.get("criterion").map(str::to_owned);
    let last = question.rubric.len().saturating_sub(1);
    let items = question
        .rubric
        .iter()
        .enumerate()
        .map(|(place, criterion)| {
            let typed =
                (mistaken.as_deref() == Some(criterion.id.as_str())).then(|| fields.clone());
            item(
                &action,
                criterion,
                question.ticks(criterion.id.as_str()),
                (place == 0, place == last),
                typed,
            )
        });
    let items = items.collect_view();
    let typed = if mistaken.is_none() && !errors.is_empty() {
        fields.clone()
    } else {
        Fields::default()
    };
    let value = |name: &str| typed.raw(name).unwrap_or_default().to_owned();
    let (text_typed, points_typed) = (value("text"), value("points"));
    view! {
        <h2 id="rubric">{text::RUBRIC}</h2>
        <p class="muted">{text::RUBRIC_NOTE}</p>
        <Errors errors=errors />
        <ol class="plain rubric">{items}</ol>
        <form method="post" action=action class="row">
            <label class="grow">{text::NEW_ITEM} <input name="text" id="text" value=text_typed required dir="auto" autocomplete="off" /></label>
            <label>{text::POINTS} <input name="points" id="points" class="points" value=points_typed inputmode="decimal" required autocomplete="off" /></label>
            <button>{text::ADD}</button>
        </form>
    }
}

fn item(
    action: &str,
    criterion: &Criterion,
    ticks: usize,
    (first, last): (bool, bool),
    typed: Option<Fields>,
) -> impl IntoView + use<> {
    let action = format!("{action}/{}", criterion.id);
    let value = |name: &str, stored: String| {
        typed
            .as_ref()
            .and_then(|f| f.raw(name))
            .map_or(stored, str::to_owned)
    };
    let (words, points) = (
        value("text", criterion.text.clone()),
        value("points", criterion.points.to_string()),
    );
    let of = |verb: &str| format!("{verb}: {}", criterion.text);
    view! {
        <li>
            <form method="post" action=action class="row">
                <input name="text" value=words aria-label=of(text::ITEM) class="grow" required dir="auto" autocomplete="off" />
                <input name="points" class="points" value=points aria-label=of(text::POINTS) inputmode="decimal" required autocomplete="off" />
                <small class="muted">{text::ticked(ticks)}</small>
                <span class="buttons">
                    <button name="do" value="save" aria-label=of(text::SAVE)>{text::SAVE}</button>
                    <button name="do" value="up" class="quiet" disabled=first aria-label=of(text::UP)>"↑"</button>
                    <button name="do" value="down" class="quiet" disabled=last aria-label=of(text::DOWN)>"↓"</button>
                    <button name="do" value="remove" class="quiet danger" aria-label=of(text::REMOVE)>{text::REMOVE}</button>
                </span>
            </form>
        </li>
    }
}

/// Text and points of an item's form.
fn parse(fields: &Fields) -> Result<(String, f64), Vec<Invalid>> {
    let mut wrong = Vec::new();
    let words = fields.get("text").unwrap_or_default().to_owned();
    if words.is_empty() {
        wrong.push(Invalid::missing("text"));
    }
    if words.chars().count() > 500 {
        wrong.push(Invalid::new("text", Problem::TooLong { max: 500 }));
    }
    // many people write a comma
    let points = fields
        .get("points")
        .map(|p| p.replace(',', ".").replace('−', "-"));
    let points = match points.map(|p| p.parse::<f64>()) {
        None => Err(Invalid::missing("points")),
        Some(Ok(points)) if points.abs() <= MOST => Ok(points),
        Some(_) => {
            let range = format!("a number from −{MOST} to {MOST}");
            Err(Invalid::new("points", Problem::OutOfRange { range }))
        }
    };
    match points {
        Ok(points) if wrong.is_empty() => Ok((words, points)),
        Ok(_) => Err(wrong),
        Err(problem) => {
            wrong.push(problem);
            Err(wrong)
        }
    }
}

pub(super) async fn add(
    cx: Cx,
    Path((_, prompt)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let (words, points) = match parse(&fields) {
        Ok(parsed) => parsed,
        Err(wrong) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return question::page(&cx, &prompt, status, fields, wrong).await;
        }
    };
    let id = PromptId::from(prompt.as_str());
    cx.store()
        .add_criterion(
            &cx.project()?.id,
            &id,
            &words,
            points,
            cx.user_id()?,
            store::now_ms(),
        )
        .await?
        .ok_or(Error::NotFound)?;
    Ok(cx.redirect(&cx.at(&format!("grades/questions/{prompt}#rubric"))))
}

pub(super) async fn change(
    cx: Cx,
    Path((_, prompt, criterion)): Path<(String, String, String)>,
    Form(mut fields): Form,
) -> Result<Response> {
    let project = &cx.project()?.id;
    let (id, item) = (
        PromptId::from(prompt.as_str()),
        CriterionId::from(criterion.as_str()),
    );
    let (by, now) = (cx.user_id()?, store::now_ms());
    let question = graded(&cx, &id).await?;
    // before the form is looked at: an item of another question is none of this one's
    if question.rubric.iter().all(|known| known.id != item) {
        return Err(Error::NotFound);
    }
    let before = points_by_answer(&question);
    match fields.get("do") {
        Some("up") => {
            cx.store()
                .move_criterion(project, &id, &item, Direction::Up)
                .await?;
        }
        Some("down") => {
            cx.store()
                .move_criterion(project, &id, &item, Direction::Down)
                .await?;
        }
        Some("remove") => {
            let done = cx
                .store()
                .remove_criterion(project, &id, &item, by, now)
                .await?;
            done.ok_or(Error::NotFound)?;
        }
        _ => match parse(&fields) {
            Ok((words, points)) => {
                let done = cx
                    .store()
                    .change_criterion(project, &id, &item, &words, points, by, now)
                    .await?;
                done.ok_or(Error::NotFound)?;
            }
            Err(wrong) => {
                fields.set("criterion", criterion);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return question::page(&cx, &prompt, status, fields, wrong).await;
            }
        },
    }
    let after = points_by_answer(&graded(&cx, &id).await?);
    let changed = before.iter().zip(&after).filter(|(b, a)| b != a).count();
    Ok(cx.redirect(&cx.at(&format!(
        "grades/questions/{prompt}?changed={changed}#rubric"
    ))))
}

async fn graded(cx: &Cx, prompt: &PromptId) -> Result<GradedQuestion> {
    let book = cx
        .store()
        .gradebook(&cx.project()?.id, Some(prompt), &Provenance::ALL)
        .await?;
    book.into_iter().next().ok_or(Error::NotFound)
}

/// Each answer's points as the rubric stands, in the gradebook's order.
fn points_by_answer(question: &GradedQuestion) -> Vec<Option<f64>> {
    let answers = question.answers.iter();
    answers
        .map(|answer| answer.points(&question.rubric))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use domain::Fields;

    #[test]
    fn points_are_read_as_people_write_them_and_nonsense_names_its_field() {
        let read = |text: &str, points: &str| {
            let pairs = [("text", text), ("points", points)];
            parse(&pairs.into_iter().collect::<Fields>())
        };
        assert_eq!(read("names it", "1,5"), Ok(("names it".into(), 1.5)));
        assert!((read("spelling", "−0.5").unwrap().1 + 0.5).abs() < f64::EPSILON);
        for (text, points, wrong) in [
            ("", "1", "text"),
            ("x", "", "points"),
            ("x", "NaN", "points"),
            ("x", "1e9", "points"),
        ] {
            assert_eq!(read(text, points).unwrap_err()[0].field, wrong, "{points}");
        }
    }
}
