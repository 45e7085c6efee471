//! Preference: a scale from "A far better" over "tie" to "B far better", keys 1 to 7, and "both bad", key
//! 0. Nothing is chosen at first: a default anchors.

use super::Work;
use super::parts::{Choice, area, described, error, key_of};
use crate::text::annotate as text;
use domain::{Fields, Invalid};
use leptos::prelude::*;

pub(super) fn form(work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let name = "preference.strength";
    let chosen = fields.get(name);
    let mut choices: Vec<_> = (1..=7)
        .map(|n: usize| {
            let value = n.to_string();
            Choice {
                kind: "radio",
                name,
                words: text::STRENGTH[n - 1],
                spoken: None,
                key: key_of(work.preferences, &value),
                checked: chosen == Some(value.as_str()),
                value: &value,
            }
            .view()
            .into_any()
        })
        .collect();
    choices.push(
        Choice {
            kind: "radio",
            name,
            value: "bad",
            words: text::BOTH_BAD,
            spoken: None,
            key: key_of(work.preferences, "0"),
            checked: chosen == Some("bad"),
        }
        .view()
        .into_any(),
    );
    let asked = work.settings.preference_per_aspect;
    let aspects: Vec<_> = work
        .settings
        .aspects
        .iter()
        .filter(|_| asked)
        .map(|aspect| per_aspect(aspect, fields, errors).into_any())
        .collect();
    let aspects = (!aspects.is_empty()).then(|| view! { <div class="aspects">{aspects}</div> });
    let said = fields.get("preference.reason").is_some();
    let reason = (work.settings.ask_reason || said)
        .then(|| area("preference.reason", text::REASON, 2, fields, errors));
    view! {
        <fieldset class="field" id=name aria-describedby=described(errors, name)>
            <legend class="visually-hidden">{text::OVERALL}</legend>
            <div class="strength">{choices}</div>
            {error(errors, name)}
        </fieldset>
        {aspects}
        {reason}
    }
}

/// The same scale for one aspect, small.
fn per_aspect(aspect: &str, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let name = format!("preference.aspect.{aspect}");
    let chosen = fields.get(&name);
    let choices: Vec<_> = (1..=7)
        .map(|n: usize| {
            let value = n.to_string();
            Choice {
                kind: "radio",
                name: &name,
                words: text::STRENGTH_SHORT[n - 1],
                spoken: Some(format!(
                    "{}, {}",
                    text::STRENGTH_SHORT[n - 1],
                    text::STRENGTH[n - 1]
                )),
                key: None,
                checked: chosen == Some(value.as_str()),
                value: &value,
            }
            .view()
            .into_any()
        })
        .collect();
    let (problem, words) = (error(errors, &name), aspect.to_owned());
    view! {
        <fieldset class="field aspect" id=name.replace(char::is_whitespace, "_")>
            <legend dir="auto">{words}</legend>
            <div class="strength small">{choices}</div>
            {problem}
        </fieldset>
    }
}
