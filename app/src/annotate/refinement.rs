//! Refinement: each response in a text field, to be edited into what it should have been, with the
//! person's own remarks beside it and the word-level difference beneath it.

use super::Work;
use super::parts::{content, described, error, invalid, key_of};
use crate::text::annotate as text;
use domain::annotation::Remark;
use domain::diff::{Change, Piece, words};
use domain::{Fields, Invalid};
use leptos::prelude::*;

pub(super) fn form(work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let responses = work.responses();
    let only = responses.len() == 1;
    let all: Vec<_> = responses
        .iter()
        .enumerate()
        .map(|(n, response)| {
            let name = format!("refinement.{n}.text");
            let typed = fields.raw(&name).filter(|text| !text.trim().is_empty());
            let edited = typed.unwrap_or(&response.text).to_owned();
            let touched = typed.is_some_and(|typed| plain(typed) != plain(&response.text));
            let difference = difference(&name, response.id.as_str(), &response.text, &edited, touched);
            let key = (n == 0).then(|| key_of(work.preferences, "edit")).flatten();
            let open = only || touched || invalid(errors, &name).is_some();
            let remarks = remarks(&work.remarks_on(&response.id, fields));
            view! {
                <details class="refine" open=open>
                    <summary data-key=(!only).then(|| key.clone()).flatten()>{text::edit(&response.label)}</summary>
                    <div class="beside">
                        <div class="field">
                            <label for=name.clone() class="visually-hidden">{text::edit(&response.label)}</label>
                            <textarea id=name.clone() name=name.clone() rows="6" dir="auto" data-key=only.then_some(key).flatten() aria-invalid=invalid(errors, &name)
                                aria-describedby=described(errors, &name) inner_html=content(&edited)></textarea>
                            <small class="hint">{text::EDIT_HINT}</small>
                            {error(errors, &name)}
                        </div>
                        <aside>
                            <h4>{text::YOUR_REMARKS}</h4>
                            {remarks}
                        </aside>
                    </div>
                    {difference}
                </details>
            }
            .into_any()
        })
        .collect();
    view! { <div class="refinements">{all}</div> }
}

fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// The difference, drawn by the server; the island draws it again while one types.
fn difference(
    name: &str,
    response: &str,
    old: &str,
    new: &str,
    shown: bool,
) -> impl IntoView + use<> {
    let (name, response) = (name.to_owned(), response.to_owned());
    let pieces = if shown {
        words(&plain(old), &plain(new))
    } else {
        Vec::new()
    };
    view! {
        <div class="difference" data-diff-for=name data-of=response hidden=!shown role="group" aria-label=text::DIFFERENCE>
            {marked(pieces)}
        </div>
    }
}

/// Pieces of a difference: `<ins>` and `<del>`, never colour alone.
pub(super) fn marked(pieces: Vec<Piece>) -> impl IntoView {
    let count = |change| {
        let of = pieces.iter().filter(|piece| piece.change == change);
        of.map(|piece| piece.text.split_whitespace().count()).sum()
    };
    let summary = text::changes(count(Change::Added), count(Change::Removed));
    let drawn: Vec<_> = pieces
        .into_iter()
        .map(|piece| match piece.change {
            Change::Kept => view! { <span>{piece.text}</span> }.into_any(),
            Change::Removed => view! { <del>{piece.text}</del> }.into_any(),
            Change::Added => view! { <ins>{piece.text}</ins> }.into_any(),
        })
        .collect();
    view! {
        <p class="diff-summary hint">{summary}</p>
        <p class="diff-line" dir="auto">{drawn}</p>
    }
}

/// Remarks as a list.
pub(super) fn remarks(remarks: &[Remark]) -> impl IntoView + use<> {
    if remarks.is_empty() {
        return view! { <p class="muted">{text::NO_REMARKS}</p> }.into_any();
    }
    let items: Vec<_> = remarks
        .iter()
        .map(|remark| {
            let quote = remark.quote.as_ref().map(|quote| {
                let words = quote.text.clone();
                view! { <q dir="auto">{words}</q> " " }
            });
            let (badge, words) = (text::polarity(remark.polarity), remark.text.clone());
            view! { <li><span class="badge">{badge}</span> " " {quote} <span dir="auto">{words}</span></li> }
        })
        .collect();
    view! { <ul class="remarks">{items}</ul> }.into_any()
}
