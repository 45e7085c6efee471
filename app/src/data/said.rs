//! What somebody said, in words: one card an annotation, whatever its kind.

use super::prompt::Names;
use crate::text::data as text;
use domain::annotation::{Critique, Grade, Incorporation, Polarity, Preference, Refinement};
use domain::diff::{self, Change};
use domain::{Annotation, Provenance};
use leptos::prelude::*;
use store::annotations::Record;
use store::browse::Prompt;

/// Everything said about a prompt's responses, the oldest first; what was replaced is marked.
pub(super) fn list(prompt: &Prompt, names: &Names) -> impl IntoView + use<> {
    if prompt.said.is_empty() {
        return view! { <p class="muted">{text::NOTHING_SAID}</p> }.into_any();
    }
    let cards = prompt
        .said
        .iter()
        .map(|one| card(one, prompt, names))
        .collect_view();
    view! { <div class="said">{cards}</div> }.into_any()
}

fn card(record: &Record, prompt: &Prompt, names: &Names) -> impl IntoView + use<> {
    let body = match &record.annotation {
        Annotation::Preference(it) => preference(it, names).into_any(),
        Annotation::Critique(it) => critique(it, names).into_any(),
        Annotation::Refinement(it) => refinement(it, prompt, names).into_any(),
        Annotation::Incorporation(it) => incorporation(it).into_any(),
        Annotation::Grade(it) => grade(it, prompt, names).into_any(),
    };
    let by = match record.provenance {
        Provenance::Person => None,
        other => Some(view! { <span class="badge gold">{text::provenance(other)}</span> }),
    };
    let class = if record.current {
        "card"
    } else {
        "card replaced"
    };
    view! {
        <article class=class id=format!("said-{}", record.id)>
            <h3>
                {text::kind(record.annotation.kind())} " · " <span dir="auto">{names.annotator(record)}</span> " "
                {by} " "
                {record.seconds.map(|s| view! { <span class="badge">{text::seconds(s)}</span> })}
                {(!record.current).then(|| view! { " " <span class="badge bad">{text::REPLACED}</span> })}
            </h3>
            {body}
        </article>
    }
}

/// Which side is better, in words.
fn verdict(left: &str, right: &str, strength: i8, both_bad: bool) -> String {
    match strength {
        0 if both_bad => text::BOTH_BAD.to_owned(),
        0 => text::TIE.to_owned(),
        s if s < 0 => format!("{left}: {}", text::strength(s.unsigned_abs())),
        s => format!("{right}: {}", text::strength(s.unsigned_abs())),
    }
}

fn preference(it: &Preference, names: &Names) -> impl IntoView + use<> {
    let (left, right) = (names.response(&it.left), names.response(&it.right));
    let pair = format!("{left} / {right}");
    let aspects = it
        .aspects
        .iter()
        .map(|(aspect, &s)| {
            view! { <li><span dir="auto">{aspect.clone()}</span>": "<span dir="auto">{verdict(&left, &right, s, false)}</span></li> }
        })
        .collect_view();
    view! {
        <p class="small muted" dir="auto">{pair}</p>
        <p dir="auto"><strong>{verdict(&left, &right, it.strength, it.both_bad)}</strong></p>
        {(!it.aspects.is_empty()).then(|| view! { <ul>{aspects}</ul> })}
        {words(&it.reason)}
    }
}

fn words(said: &str) -> impl IntoView + use<> {
    let said = said.to_owned();
    (!said.is_empty()).then(|| view! { <p class="verbatim" dir="auto">{said}</p> })
}

fn critique(it: &Critique, names: &Names) -> impl IntoView + use<> {
    let remarks = it.remarks.iter().map(|remark| {
        let badge = match remark.polarity {
            Polarity::Problem => "badge bad",
            Polarity::Praise => "badge good",
            Polarity::Note => "badge",
        };
        let tags = remark.aspect.iter().chain(&remark.error).map(|tag| {
            view! { <span class="badge" dir="auto">{tag.clone()}</span> " " }
        });
        let quote = remark.quote.as_ref().map(|quote| {
            view! { <blockquote dir="auto"><mark>{quote.text.clone()}</mark></blockquote> }
        });
        view! {
            <li>
                <span class=badge>{remark.polarity.name()}</span> " " {tags.collect_view()}
                <span class="small muted" dir="auto">{names.response(&remark.response)}</span>
                {quote}
                {words(&remark.text)}
            </li>
        }
    });
    view! { <ul class="remarks">{remarks.collect_view()}</ul> }
}

fn refinement(it: &Refinement, prompt: &Prompt, names: &Names) -> impl IntoView + use<> {
    it.edits
        .iter()
        .map(|edit| {
            let before = prompt
                .responses
                .iter()
                .find(|response| response.id == edit.response)
                .map_or("", |response| response.text.as_str());
            let pieces = diff::words(before, &edit.text)
                .into_iter()
                .map(|piece| match piece.change {
                    Change::Kept => piece.text.into_any(),
                    Change::Removed => view! { <del>{piece.text}</del> }.into_any(),
                    Change::Added => view! { <ins>{piece.text}</ins> }.into_any(),
                })
                .collect_view();
            view! {
                <p class="small muted" dir="auto">{names.response(&edit.response)}</p>
                <div class="prose verbatim" dir="auto">{pieces}</div>
            }
        })
        .collect_view()
}

fn incorporation(it: &Incorporation) -> impl IntoView + use<> {
    view! { <p><strong>{it.verdict.name()}</strong></p> {words(&it.note)} }
}

fn grade(it: &Grade, prompt: &Prompt, names: &Names) -> impl IntoView + use<> {
    let met = prompt
        .criteria
        .iter()
        .filter(|criterion| it.criteria.contains(&criterion.id))
        .map(|criterion| view! { <li dir="auto">{criterion.text.clone()}</li> })
        .collect_view();
    let label = it
        .label
        .clone()
        .map(|label| view! { <strong dir="auto">{label}</strong> " " });
    let points = it
        .points(&prompt.criteria)
        .map(|points| view! { <span class="badge">{text::points(points)}</span> });
    view! {
        <p class="small muted" dir="auto">{names.response(&it.response)}</p>
        <p>{label}{points}</p>
        {(!it.criteria.is_empty()).then(|| view! { <ul>{met}</ul> })}
        {words(&it.feedback)}
    }
}
