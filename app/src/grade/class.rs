//! The class: students × questions, with totals.

use super::{Names, summary, tabs};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::grade as text;
use crate::ui::csv::{self, Cell};
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use domain::project::Settings;
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::reports::gradebook::{GradedQuestion, StudentAnswer};

/// One student's line.
pub(super) struct Line<'a> {
    pub(super) name: String,
    pub(super) student: String,
    /// By question; none where the student gave no answer.
    pub(super) answers: Vec<Option<&'a StudentAnswer>>,
    pub(super) totals: Totals,
}

/// What a student has so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) answered: usize,
    pub(super) graded: usize,
    /// Sum of points; none where no answer has points.
    pub(super) points: Option<f64>,
    /// Mean worth of the graded answers, from 0 to 1.
    pub(super) share: Option<f64>,
}

pub(super) fn lines<'a>(
    book: &'a [GradedQuestion],
    names: &Names,
    settings: &Settings,
) -> Vec<Line<'a>> {
    let mut students: BTreeMap<&str, Vec<Option<&StudentAnswer>>> = BTreeMap::new();
    for (place, question) in book.iter().enumerate() {
        for answer in &question.answers {
            let row = students.entry(answer.student.as_str());
            row.or_insert_with(|| vec![None; book.len()])[place] = Some(answer);
        }
    }
    let mut lines: Vec<Line<'_>> = students
        .into_iter()
        .map(|(student, answers)| Line {
            name: answers
                .iter()
                .flatten()
                .next()
                .map(|a| names.of(a))
                .unwrap_or_default(),
            student: student.to_owned(),
            totals: totals(book, &answers, settings),
            answers,
        })
        .collect();
    if names.shown {
        lines.sort_by(|a, b| a.name.cmp(&b.name));
    }
    lines
}

fn totals(
    book: &[GradedQuestion],
    answers: &[Option<&StudentAnswer>],
    settings: &Settings,
) -> Totals {
    let mut totals = Totals::default();
    let (mut worth, mut worths) = (0.0, 0_u32);
    for (question, answer) in book.iter().zip(answers) {
        let Some(answer) = answer else { continue };
        totals.answered += 1;
        totals.graded += usize::from(answer.counting().is_some());
        let has_points = settings.grade_points.is_some() || !question.rubric.is_empty();
        if let Some(points) = answer.points(&question.rubric).filter(|_| has_points) {
            totals.points = Some(totals.points.unwrap_or(0.0) + points);
        }
        if let Some(share) = answer.worth(settings, &question.rubric) {
            worth += share;
            worths += 1;
        }
    }
    totals.share = (worths > 0).then(|| worth / f64::from(worths));
    totals
}

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let project = cx.project()?;
    let settings = &project.settings;
    let (book, names) = Names::load(&cx, &Fields(pairs)).await?;
    Ok(cx.page(text::CLASS, || {
        let here = cx.at("grades/class");
        let lines = lines(&book, &names, settings);
        let empty = lines.is_empty();
        let heads = book.iter().enumerate().map(|(n, question)| {
            let href = format!("{}{}", cx.at(&format!("grades/questions/{}", question.prompt)), names.query());
            view! { <th scope="col"><a href=href title=question.preview.clone() aria-label=format!("{}: {}", text::number(n + 1), question.preview)>{text::number(n + 1)}</a></th> }
        });
        let heads = heads.collect_view();
        let rows = lines.into_iter().map(|line| row(&cx, line, &book, &names, settings)).collect_view();
        view! {
            <div class="page-head">
                <h1>{text::CLASS}</h1>
                {names.toggle(&here)}
                <a class="button" href=format!("{here}.csv{}", names.query())>{text::SAVE_CSV}</a>
            </div>
            {tabs(&cx, "grades/class", &names)}
            {names.counted(&here, &book)}
            <p class="muted">{text::CLASS_NOTE}</p>
            {empty.then(|| view! { <section class="empty"><h2>{text::NONE}</h2><p>{text::NONE_WORDS}</p></section> })}
            {(!empty).then(|| view! {
                <div class="table" tabindex="0" role="region" aria-label=text::CLASS>
                    <table class="class">
                        <thead><tr>
                            <th scope="col">{text::STUDENT}</th>
                            {heads}
                            <th scope="col" class="number">{text::GRADED_OF}</th>
                            <th scope="col" class="number">{text::TOTAL_POINTS}</th>
                            <th scope="col" class="number">{text::SHARE}</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            })}
        }
    }))
}

/// Points where there are any, else the label: the table has little room.
fn brief(answer: &StudentAnswer, question: &GradedQuestion, settings: &Settings) -> Option<String> {
    let has_points = settings.grade_points.is_some() || !question.rubric.is_empty();
    match answer.points(&question.rubric).filter(|_| has_points) {
        Some(points) => Some(text::points_bare(points)),
        None => summary(answer, &question.rubric, settings),
    }
}

fn row(
    cx: &Cx,
    line: Line<'_>,
    book: &[GradedQuestion],
    names: &Names,
    settings: &Settings,
) -> impl IntoView + use<> {
    let href = format!(
        "{}{}",
        cx.at(&format!("grades/students/{}", line.student)),
        names.query()
    );
    let cells = line
        .answers
        .iter()
        .zip(book)
        .map(|(answer, question)| match answer {
            None => view! { <td class="muted"><span aria-label=text::NO_ANSWER>"–"</span></td> }
                .into_any(),
            Some(answer) => match brief(answer, question, settings) {
                Some(words) => view! { <td dir="auto">{words}</td> }.into_any(),
                None => view! { <td><span class="badge gold">{text::OPEN}</span></td> }.into_any(),
            },
        });
    let cells = cells.collect_view();
    let totals = line.totals;
    view! {
        <tr>
            <th scope="row"><a href=href dir="auto">{line.name}</a></th>
            {cells}
            <td class="number">{format!("{} / {}", totals.graded, totals.answered)}</td>
            <td class="number">{totals.points.map_or_else(|| "–".to_owned(), text::points_bare)}</td>
            <td class="number">{totals.share.map_or_else(|| "–".to_owned(), crate::text::agreement::percent)}</td>
        </tr>
    }
}

pub(super) async fn csv(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let project = cx.project()?;
    let settings = &project.settings;
    let (book, names) = Names::load(&cx, &Fields(pairs)).await?;
    let mut header: Vec<Cell> = vec![text::STUDENT.into()];
    header.extend(book.iter().map(|q| Cell::from(q.preview.clone())));
    header.extend([text::GRADED, text::ANSWERS, text::TOTAL_POINTS, text::SHARE].map(Cell::from));
    let mut file = vec![csv::line(&header)];
    for line in lines(&book, &names, settings) {
        let mut cells: Vec<Cell> = vec![line.name.into()];
        cells.extend(line.answers.iter().zip(&book).map(|(answer, question)| {
            let words = answer.and_then(|a| summary(a, &question.rubric, settings));
            Cell::Text(words.unwrap_or_default())
        }));
        cells.extend([line.totals.graded.into(), line.totals.answered.into()]);
        cells.extend([line.totals.points.into(), line.totals.share.into()]);
        file.push(csv::line(&cells));
    }
    Ok(csv::file("class.csv", &file))
}
