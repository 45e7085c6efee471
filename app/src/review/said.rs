//! What somebody said, to be read: one rendering for every kind.

use crate::text::review as text;
use crate::ui::Markdown;
use domain::annotation::{Annotation, Criterion, Polarity, Remark};
use domain::diff::{Change, words};
use domain::ids::ResponseId;
use leptos::prelude::*;

/// A response under the letter by which a page names it.
#[derive(Clone, Debug)]
pub(crate) struct Lettered {
    pub(crate) letter: String,
    pub(crate) id: ResponseId,
    pub(crate) text: String,
}

fn letter(responses: &[Lettered], id: &ResponseId) -> String {
    let found = responses.iter().find(|r| r.id == *id);
    found.map_or_else(
        || text::A_RESPONSE.to_owned(),
        |r| text::response(&r.letter),
    )
}

/// The annotation in words.
pub(crate) fn said(it: &Annotation, responses: &[Lettered], rubric: &[Criterion]) -> AnyView {
    match it {
        Annotation::Preference(it) => {
            let (left, right) = (letter(responses, &it.left), letter(responses, &it.right));
            let overall = text::preference(it.strength, it.both_bad, &left, &right);
            let aspects = it.aspects.iter().map(|(aspect, &strength)| {
                let words = text::preference(strength, false, &left, &right);
                view! { <li><span class="muted" dir="auto">{aspect.clone()} ": "</span>{words}</li> }
            });
            let aspects = aspects.collect_view();
            view! {
                <p><strong>{overall}</strong></p>
                {(!it.aspects.is_empty()).then(|| view! { <ul class="plain">{aspects}</ul> })}
                {words_of(&it.reason)}
            }
            .into_any()
        }
        Annotation::Critique(it) => {
            let remarks = it
                .remarks
                .iter()
                .map(|remark_of| remark(remark_of, responses));
            view! { <ul class="plain remarks">{remarks.collect_view()}</ul> }.into_any()
        }
        Annotation::Refinement(it) => it
            .edits
            .iter()
            .map(|edit| {
                let before = responses
                    .iter()
                    .find(|r| r.id == edit.response)
                    .map(|r| r.text.clone());
                view! {
                    <p class="muted">{letter(responses, &edit.response)}</p>
                    {difference(&before.unwrap_or_default(), &edit.text)}
                }
            })
            .collect_view()
            .into_any(),
        Annotation::Incorporation(it) => view! {
            <p><strong>{text::verdict(it.verdict)}</strong></p>
            {words_of(&it.note)}
        }
        .into_any(),
        Annotation::Grade(it) => {
            let points = it
                .points(rubric)
                .filter(|_| it.points.is_some() || !rubric.is_empty());
            let items = rubric.iter().filter(|c| it.criteria.contains(&c.id)).map(|c| {
                view! { <li dir="auto">{c.text.clone()} " (" {crate::text::grade::points(c.points)} ")"</li> }
            });
            let items = items.collect_view();
            view! {
                <p><strong dir="auto">{it.label.clone()}</strong> {points.map(|p| format!(" {}", crate::text::grade::points(p)))}</p>
                {(!it.criteria.is_empty()).then(|| view! { <ul>{items}</ul> })}
                {words_of(&it.feedback)}
            }
            .into_any()
        }
    }
}

fn words_of(words: &str) -> Option<impl IntoView + use<>> {
    (!words.is_empty()).then(|| view! { <Markdown text=words.to_owned() /> })
}

fn remark(it: &Remark, responses: &[Lettered]) -> impl IntoView + use<> {
    let class = match it.polarity {
        Polarity::Problem => "badge bad",
        Polarity::Praise => "badge good",
        Polarity::Note => "badge",
    };
    let about = [
        Some(letter(responses, &it.response)),
        it.aspect.clone(),
        it.error.clone(),
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    let quote = it
        .quote
        .as_ref()
        .map(|q| view! { <blockquote dir="auto">{q.text.clone()}</blockquote> });
    view! {
        <li>
            <span class=class>{text::polarity(it.polarity)}</span> " " <small class="muted" dir="auto">{about.join(" · ")}</small>
            {quote}
            {words_of(&it.text)}
        </li>
    }
}

/// What was taken out and what was put in, word by word.
fn difference(before: &str, after: &str) -> impl IntoView + use<> {
    let parts = words(before, after)
        .into_iter()
        .map(|part| match part.change {
            Change::Kept => view! { {part.text} }.into_any(),
            Change::Removed => view! { <del>{part.text}</del> }.into_any(),
            Change::Added => view! { <ins>{part.text}</ins> }.into_any(),
        });
    view! { <p class="difference" dir="auto">{parts.collect_view()}</p> }
}
