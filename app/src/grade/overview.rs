//! The questions, with how far each is graded.

use super::{Names, tabs};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::grade as text;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use store::reports::gradebook::GradedQuestion;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let (book, names) = Names::load(&cx, &Fields(pairs)).await?;
    Ok(cx.page(text::TITLE, || {
        let rows = book.iter().map(|question| row(&cx, question, &names));
        let empty = book.is_empty();
        view! {
            <div class="page-head"><h1>{text::TITLE}</h1></div>
            {tabs(&cx, "grades", &names)}
            {names.counted(&cx.at("grades"), &book)}
            {empty.then(|| view! { <section class="empty"><h2>{text::NONE}</h2><p>{text::NONE_WORDS}</p></section> })}
            {(!empty).then(|| view! {
                <div class="table" tabindex="0" role="region" aria-label=text::QUESTIONS>
                    <table>
                        <thead><tr>
                            <th scope="col">{text::QUESTION}</th>
                            <th scope="col">{text::PROGRESS}</th>
                            <th scope="col">{text::DISTRIBUTION}</th>
                            <th scope="col"><span class="visually-hidden">{text::GRADE_NEXT}</span></th>
                        </tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            })}
        }
    }))
}

fn row(cx: &Cx, question: &GradedQuestion, names: &Names) -> impl IntoView + use<> {
    let (graded, all) = (question.graded(), question.answers.len());
    let href = format!(
        "{}{}",
        cx.at(&format!("grades/questions/{}", question.prompt)),
        names.query()
    );
    let queue = cx.at(&format!("queue?prompt={}", question.prompt));
    let progress = text::progress(graded, all);
    let next = if graded < all {
        let about = format!("{}: {}", text::GRADE_NEXT, question.preview);
        view! { <a class="button" href=queue aria-label=about>{text::GRADE_NEXT}</a> }.into_any()
    } else {
        view! { <span class="badge good">{text::DONE}</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="question"><a href=href dir="auto">{question.preview.clone()}</a></th>
            <td><progress max=all.max(1) value=graded aria-label=progress.clone()></progress> <small>{progress.clone()}</small></td>
            <td>{distribution(question)}</td>
            <td>{next}</td>
        </tr>
    }
}

/// How often each label was given.
pub(super) fn distribution(question: &GradedQuestion) -> impl IntoView + use<> {
    let items = question.distribution().into_iter().map(|(label, count)| {
        view! { <li><span dir="auto">{label}</span> " " <strong>{count}</strong></li> }
    });
    view! { <ul class="plain distribution">{items.collect_view()}</ul> }
}
