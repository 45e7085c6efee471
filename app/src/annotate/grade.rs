//! Grade: rubric items by digit, a label by letter, points, feedback to the student. Without scripts as
//! with them; the student's name is never in the page.

use super::Work;
use super::parts::{Choice, area, described, error, invalid, key_of};
use crate::text::annotate as text;
use domain::{Fields, Invalid};
use leptos::prelude::*;

/// Letters for labels: none that an action or a tool has.
const LETTERS: [&str; 10] = ["a", "b", "d", "h", "i", "j", "l", "m", "o", "p"];

pub(super) fn form(work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let rubric = rubric(work, fields, errors);
    let labels = &work.settings.grade_labels;
    let chosen = fields.get("grade.label");
    let choices: Vec<_> = labels
        .iter()
        .enumerate()
        .map(|(n, label)| {
            Choice {
                kind: "radio",
                name: "grade.label",
                value: label,
                words: label,
                spoken: None,
                key: key_of(
                    work.preferences,
                    LETTERS.get(n).copied().unwrap_or_default(),
                ),
                checked: chosen == Some(label.as_str()),
            }
            .view()
            .into_any()
        })
        .collect();
    let labels = (!choices.is_empty()).then(|| {
        view! {
            <fieldset class="field" id="grade.label">
                <legend>{text::LABEL}</legend>
                <div class="choices">{choices}</div>
                {error(errors, "grade.label")}
            </fieldset>
        }
    });
    let points = work.settings.grade_points.map(|most| {
        let name = "grade.points";
        let value = fields.raw(name).unwrap_or_default().to_owned();
        view! {
            <div class="field points">
                <label for=name>{text::points(most)}</label>
                <input id=name name=name inputmode="decimal" autocomplete="off" value=value
                    aria-invalid=invalid(errors, name) aria-describedby=described(errors, name) />
                {error(errors, name)}
            </div>
        }
    });
    view! {
        {rubric}
        <div class="row">{labels}{points}</div>
        {area("grade.feedback", text::FEEDBACK, 2, fields, errors)}
    }
}

fn rubric(work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let ticked: Vec<&str> = fields.all("grade.criteria").collect();
    let mut items: Vec<_> = work
        .item
        .criteria
        .iter()
        .enumerate()
        .map(|(n, criterion)| {
            let key = if n < 9 {
                (n + 1).to_string()
            } else {
                String::new()
            };
            Choice {
                kind: "checkbox",
                name: "grade.criteria",
                value: criterion.id.as_str(),
                words: &format!("{} ({})", criterion.text, text::worth(criterion.points)),
                spoken: None,
                key: key_of(work.preferences, &key),
                checked: ticked.contains(&criterion.id.as_str()),
            }
            .view()
            .into_any()
        })
        .collect();
    if items.is_empty() {
        return None;
    }
    let none = Choice {
        kind: "checkbox",
        name: "grade.none",
        value: "yes",
        words: text::NONE_MET,
        spoken: None,
        key: key_of(work.preferences, "0"),
        checked: fields.ticked("grade.none"),
    };
    items.push(none.view().into_any());
    let problem = error(errors, "grade.criteria");
    Some(view! {
        <fieldset class="field" id="grade.criteria">
            <legend>{text::RUBRIC}</legend>
            <div class="choices list">{items}</div>
            {problem}
        </fieldset>
    })
}
