//! One student's answers with grades and feedback, to print or to save.

use super::{Names, class, summary};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::text::grade as text;
use crate::ui::csv::{self, Cell};
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::Fields;
use domain::annotation::Criterion;
use domain::project::Settings;
use leptos::prelude::*;
use store::reports::gradebook::{GradedQuestion, StudentAnswer};

pub(super) async fn show(
    cx: Cx,
    Path((_, source)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Result<Response> {
    let project = cx.project()?;
    let settings = &project.settings;
    let (book, names) = Names::load(&cx, &Fields(pairs)).await?;
    let lines = class::lines(&book, &names, settings);
    let line = lines
        .into_iter()
        .find(|l| l.student == source)
        .ok_or(Error::NotFound)?;
    Ok(cx.page(&line.name, || {
        let here = cx.at(&format!("grades/students/{source}"));
        let answers = line.answers.iter().zip(&book).map(|(answer, question)| card(question, *answer, settings));
        let answers = answers.collect_view();
        let totals = line.totals;
        view! {
            <p class="actions"><a href=format!("{}{}", cx.at("grades/class"), names.query())>{text::BACK_TO_CLASS}</a></p>
            <div class="page-head">
                <h1 dir="auto">{line.name.clone()}</h1>
                {names.toggle(&here)}
                <a class="button" href=format!("{here}/csv{}", names.query())>{text::SAVE_CSV}</a>
            </div>
            <p>
                {text::totals(totals.graded, totals.answered)}
                {totals.points.map(|p| format!(" · {}", text::points(p)))}
                {totals.share.map(|s| format!(" · {}", crate::text::agreement::percent(s)))}
            </p>
            <p class="muted actions">{text::PRINT_NOTE}</p>
            {answers}
        }
    }))
}

fn card(
    question: &GradedQuestion,
    answer: Option<&StudentAnswer>,
    settings: &Settings,
) -> impl IntoView + use<> {
    let body = match answer {
        None => view! { <p class="muted">{text::NO_ANSWER}</p> }.into_any(),
        Some(answer) => {
            let words = summary(answer, &question.rubric, settings)
                .unwrap_or_else(|| text::OPEN.to_owned());
            let met = met(answer, &question.rubric);
            let feedback = answer
                .counting()
                .map(|g| g.grade.feedback.clone())
                .filter(|f| !f.is_empty());
            view! {
                <blockquote dir="auto" class="answer">{answer.text.clone()}</blockquote>
                <p><strong dir="auto">{words}</strong></p>
                {(!met.is_empty()).then(|| view! { <ul class="met">{met.into_iter().map(item).collect_view()}</ul> })}
                {feedback.map(|f| view! { <h3>{text::FEEDBACK}</h3><p dir="auto" class="answer">{f}</p> })}
            }
            .into_any()
        }
    };
    view! { <section class="card"><h2 dir="auto">{question.preview.clone()}</h2>{body}</section> }
}

/// The rubric with whether the answer meets each item; empty while it is not graded.
fn met(answer: &StudentAnswer, rubric: &[Criterion]) -> Vec<(Criterion, bool)> {
    let Some(given) = answer.counting() else {
        return Vec::new();
    };
    let ticked = |c: &Criterion| given.grade.criteria.contains(&c.id);
    rubric.iter().map(|c| (c.clone(), ticked(c))).collect()
}

fn item((criterion, met): (Criterion, bool)) -> impl IntoView {
    let mark = if met { text::MET } else { text::NOT_MET };
    view! { <li><span class="muted">{mark} ": "</span><span dir="auto">{criterion.text}</span> " (" {text::points(criterion.points)} ")"</li> }
}

pub(super) async fn csv(
    cx: Cx,
    Path((_, source)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Result<Response> {
    let project = cx.project()?;
    let settings = &project.settings;
    let (book, names) = Names::load(&cx, &Fields(pairs)).await?;
    let lines = class::lines(&book, &names, settings);
    let line = lines
        .into_iter()
        .find(|l| l.student == source)
        .ok_or(Error::NotFound)?;
    let header = [
        text::STUDENT,
        text::QUESTION,
        text::ANSWER,
        text::GRADE,
        text::POINTS,
        text::FEEDBACK,
    ];
    let mut file = vec![csv::line(&header.map(Cell::from))];
    for (answer, question) in line.answers.iter().zip(&book) {
        let Some(answer) = answer else { continue };
        let label = answer.counting().and_then(|g| g.grade.label.clone());
        let feedback = answer.counting().map(|g| g.grade.feedback.clone());
        file.push(csv::line(&[
            line.name.clone().into(),
            question.preview.clone().into(),
            answer.text.clone().into(),
            label.unwrap_or_default().into(),
            answer.points(&question.rubric).into(),
            feedback.unwrap_or_default().into(),
        ]));
    }
    Ok(csv::file("student.csv", &file))
}
