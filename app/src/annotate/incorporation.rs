//! Incorporation: the critique, what the response became, and whether that heeds it: yes, partly, no.

use super::Work;
use super::parts::{Choice, area, error, key_of};
use super::refinement::{marked, remarks};
use crate::text::annotate as text;
use crate::ui::Markdown;
use domain::annotation::Verdict;
use domain::diff::words;
use domain::{Fields, Invalid};
use leptos::prelude::*;

pub(super) fn form(work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let name = "incorporation.verdict";
    let chosen = fields.get(name);
    let choices: Vec<_> = Verdict::ALL
        .into_iter()
        .map(|verdict| {
            Choice {
                kind: "radio",
                name,
                value: verdict.name(),
                words: text::verdict(verdict),
                spoken: None,
                key: key_of(work.preferences, &verdict.name()[..1]),
                checked: chosen == Some(verdict.name()),
            }
            .view()
            .into_any()
        })
        .collect();
    let subject = match &work.item.subject {
        Some(subject) => {
            let critique = remarks(&subject.remarks);
            let pieces = words(subject.original.text.trim(), subject.refined.trim());
            let refined = subject.refined.clone();
            view! {
                <section class="card critique"><h3>{text::CRITIQUE}</h3>{critique}</section>
                <div class="pair">
                    <section class="card"><h3>{text::REFINED}</h3><Markdown text=refined /></section>
                    <section class="card difference"><h3>{text::DIFFERENCE}</h3>{marked(pieces)}</section>
                </div>
            }
            .into_any()
        }
        None => view! { <p class="notice warn">{text::GONE}</p> }.into_any(),
    };
    view! {
        {subject}
        <fieldset class="field" id=name>
            <legend class="visually-hidden">{text::kind_name(domain::Kind::Incorporation)}</legend>
            <div class="choices">{choices}</div>
            {error(errors, name)}
        </fieldset>
        {area("incorporation.note", text::MISSING, 2, fields, errors)}
    }
}
