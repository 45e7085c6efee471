//! One question: what is asked, the rubric, answers that say the same, every answer with its grade.

use super::overview::distribution;
use super::{Names, rubric, summary};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::text::{agreement, grade as text};
use crate::ui::Markdown;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::project::Settings;
use domain::prompt::Message;
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::reports::gradebook::{GradedQuestion, StudentAnswer};

pub(super) async fn show(
    cx: Cx,
    Path((_, prompt)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Result<Response> {
    page(&cx, &prompt, StatusCode::OK, Fields(pairs), Vec::new()).await
}

/// The page; also after a form with mistakes, with what was typed.
pub(super) async fn page(
    cx: &Cx,
    prompt: &str,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let project = cx.project()?;
    let prompt = prompt.into();
    let (book, names) = Names::load(cx, &fields).await?;
    let question = book
        .into_iter()
        .find(|q| q.prompt == prompt)
        .ok_or(Error::NotFound)?;
    let messages = cx
        .store()
        .prompt_messages(&project.id, &prompt)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(cx.page_with(status, text::QUESTION, || {
        let here = cx.at(&format!("grades/questions/{prompt}"));
        let queue = cx.at(&format!("queue?prompt={prompt}"));
        let (graded, all) = (question.graded(), question.answers.len());
        let progress = text::progress(graded, all);
        let noticed = fields.get("changed").map(text::changed);
        let grouped = fields.get("graded").zip(fields.get("left")).map(|(g, l)| text::grouped(g, l));
        view! {
            <p><a href=format!("{}{}", cx.at("grades"), names.query())>{text::BACK}</a></p>
            {noticed.map(|words| view! { <p class="notice good" role="status">{words}</p> })}
            {grouped.map(|words| view! { <p class="notice good" role="status">{words}</p> })}
            <div class="page-head">
                <h1>{text::QUESTION}</h1>
                {names.toggle(&here)}
                {(graded < all).then(|| view! { <a class="button primary" href=queue>{text::GRADE_NEXT}</a> })}
            </div>
            {names.counted(&here, std::slice::from_ref(&question))}
            <div class="split">
                <div>
                    {asked(&messages, question.reference.as_deref())}
                    <section class="card">
                        <h2>{text::PROGRESS}</h2>
                        <progress max=all.max(1) value=graded aria-label=progress.clone()></progress>
                        <p>{progress}</p>
                        {distribution(&question)}
                    </section>
                </div>
                <section class="card">{rubric::editor(cx, &question, &fields, errors)}</section>
            </div>
            {groups(&here, &question, &project.settings)}
            {answers(cx, &question, &names, &project.settings)}
        }
    }))
}

fn asked(messages: &[Message], reference: Option<&str>) -> impl IntoView + use<> {
    let many = messages.len() > 1;
    let turns = messages.iter().map(|message| {
        view! { {many.then(|| view! { <h3 class="muted">{message.role.clone()}</h3> })} <Markdown text=message.content.clone() /> }
    });
    let turns = turns.collect_view();
    let reference = reference.map(|reference| {
        view! { <h2 class="next">{text::REFERENCE}</h2> <Markdown text=reference.to_owned() /> }
    });
    view! { <section class="card">{turns} {reference}</section> }
}

/// Equal answers that are not all graded: one grade for all of them.
fn groups(here: &str, question: &GradedQuestion, settings: &Settings) -> impl IntoView + use<> {
    let groups: Vec<_> = question
        .groups()
        .into_iter()
        .filter(|group| group.iter().any(|a| a.counting().is_none()))
        .collect();
    if groups.is_empty() {
        return None;
    }
    let action = format!("{here}/group");
    let cards = groups.into_iter().map(|group| {
        let open = group.iter().filter(|a| a.counting().is_none()).count();
        let mut variants: Vec<_> = group.iter().map(|a| a.text.clone()).collect();
        variants.sort();
        variants.dedup();
        let given: Vec<_> = group.iter().filter_map(|a| summary(a, &question.rubric, settings)).collect();
        let (first, action) = (group[0].response.to_string(), action.clone());
        let count = group.len();
        let label = format!("{}: {}", text::grade_together(open), variants[0]);
        view! {
            <li class="card">
                <p><strong>{text::equal_answers(count)}</strong></p>
                <ul>{variants.into_iter().map(|v| view! { <li dir="auto">{v}</li> }).collect_view()}</ul>
                {(!given.is_empty()).then(|| view! { <p class="muted">{text::given_before(&given)}</p> })}
                <form method="post" action=action>
                    <input type="hidden" name="like" value=first />
                    <button aria-label=label>{text::grade_together(open)}</button>
                </form>
            </li>
        }
    });
    let cards = cards.collect_view();
    Some(view! {
        <section>
            <h2>{text::SAME_ANSWERS}</h2>
            <p class="muted">{text::SAME_ANSWERS_NOTE}</p>
            <ul class="cards">{cards}</ul>
        </section>
    })
}

fn answers(
    cx: &Cx,
    question: &GradedQuestion,
    names: &Names,
    settings: &Settings,
) -> impl IntoView + use<> {
    let rows = question.answers.iter().map(|answer| {
        let student = format!("{}{}", cx.at(&format!("grades/students/{}", answer.student)), names.query());
        let name = names.of(answer);
        let review = answer.task.as_ref().map(|task| cx.at(&format!("review/{task}")));
        view! {
            <tr>
                <th scope="row"><a href=student dir="auto">{name.clone()}</a></th>
                <td class="answer" dir="auto">{answer.text.clone()}</td>
                <td>{status(answer, question, settings)}</td>
                <td>{review.map(|href| view! { <a href=href aria-label=format!("{}: {name}", text::REVIEW)>{text::REVIEW}</a> })}</td>
            </tr>
        }
    });
    view! {
        <section>
            <h2>{text::ANSWERS}</h2>
            <div class="table" tabindex="0" role="region" aria-label=text::ANSWERS>
                <table>
                    <thead><tr>
                        <th scope="col">{text::STUDENT}</th>
                        <th scope="col">{text::ANSWER}</th>
                        <th scope="col">{text::GRADE}</th>
                        <th scope="col"><span class="visually-hidden">{text::REVIEW}</span></th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

fn status(
    answer: &StudentAnswer,
    question: &GradedQuestion,
    settings: &Settings,
) -> impl IntoView + use<> {
    let words = summary(answer, &question.rubric, settings);
    let more = answer.grades.iter().filter(|g| g.counts).count();
    let others: Vec<_> = answer
        .grades
        .iter()
        .filter(|g| !g.counts)
        .map(|g| {
            text::not_counted(
                g.grade.label.as_deref(),
                agreement::provenance(g.provenance),
            )
        })
        .collect();
    let feedback = answer
        .counting()
        .map(|g| g.grade.feedback.clone())
        .filter(|f| !f.is_empty());
    view! {
        {match words {
            Some(words) => view! { <span dir="auto">{words}</span> }.into_any(),
            None => view! { <span class="badge gold">{text::OPEN}</span> }.into_any(),
        }}
        {(more > 1).then(|| view! { " " <small class="muted">{text::several(more)}</small> })}
        {others.into_iter().map(|o| view! { <br /><small class="muted" dir="auto">{o}</small> }).collect_view()}
        {feedback.map(|f| view! { <details><summary>{text::FEEDBACK}</summary><p dir="auto">{f}</p></details> })}
    }
}
