//! Critique: one row a remark, with what it is about. The first empty row is there; another comes with a
//! button, which without scripts saves what was typed and shows the form again. A cleared row is gone.

use super::Work;
use super::parts::{Choice, content, described, error, id_of, invalid};
use crate::text::annotate as text;
use domain::annotation::Polarity;
use domain::{Fields, Invalid};
use leptos::prelude::*;

/// The hidden field that says how many rows the form has.
pub(super) const ROWS: &str = "critique.rows";
/// The most rows a form shows.
const MOST: usize = 50;

/// How many rows to show: those in use, those asked for, and at least one.
fn rows(fields: &Fields) -> usize {
    let used = fields
        .0
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .filter_map(|(name, _)| {
            let (n, part) = name.strip_prefix("critique.")?.split_once('.')?;
            matches!(part, "text" | "quote").then(|| n.parse::<usize>().ok())?
        })
        .max()
        .map_or(0, |last| last + 1);
    let asked = fields.number(ROWS).ok().flatten().unwrap_or(1);
    used.max(asked).clamp(1, MOST)
}

/// The form with one more row.
pub(super) fn add_row(fields: &mut Fields) {
    let next = (rows(fields) + 1).min(MOST);
    fields.set(ROWS, next.to_string());
}

pub(super) fn form(work: &Work<'_>, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let count = rows(fields);
    let all: Vec<_> = (0..count)
        .map(|n| row(work, n, fields, errors).into_any())
        .collect();
    view! {
        <input type="hidden" name=ROWS value=count.to_string() />
        {all}
        <button name="action" value="add-remark" class="quiet">{text::ADD_REMARK}</button>
    }
}

fn row(work: &Work<'_>, n: usize, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let name = |part: &str| format!("critique.{n}.{part}");
    let value = |part: &str| fields.raw(&name(part)).unwrap_or_default().to_owned();
    let key = (n == 0)
        .then(|| super::parts::key_of(work.preferences, "critique"))
        .flatten();
    let polarity_name = name("polarity");
    let said = fields
        .get(&polarity_name)
        .and_then(Polarity::parse)
        .unwrap_or(Polarity::Problem);
    let polarities: Vec<_> = Polarity::ALL
        .into_iter()
        .map(|it| {
            Choice {
                kind: "radio",
                name: &polarity_name,
                value: it.name(),
                words: text::polarity(it),
                spoken: None,
                key: None,
                checked: it == said,
            }
            .view()
            .into_any()
        })
        .collect();
    let responses = work.responses();
    let about = (responses.len() > 1).then(|| {
        let options = responses
            .iter()
            .map(|it| (it.id.to_string(), it.label.clone()))
            .collect();
        list(
            &name("response"),
            text::ABOUT,
            options,
            &value("response"),
            errors,
        )
    });
    let listed = |part: &str, label, words: &[String]| {
        let options: Vec<_> = words.iter().map(|it| (it.clone(), it.clone())).collect();
        (!options.is_empty()).then(|| list(&name(part), label, options, &value(part), errors))
    };
    let aspect = listed("aspect", text::ASPECT, &work.settings.aspects);
    let kind = listed("error", text::ERROR_TYPE, &work.settings.error_types);
    let (text_name, quote_name, start_name) = (name("text"), name("quote"), name("start"));
    let hint = id_of(&quote_name, "hint");
    let quote_described = match described(errors, &quote_name) {
        Some(problem) => format!("{hint} {problem}"),
        None => hint.clone(),
    };
    view! {
        <fieldset class="remark" data-row=n.to_string()>
            <legend>{text::remark(n + 1)}</legend>
            <div class="field">
                <label for=text_name.clone() class="visually-hidden">{text::REMARK_TEXT}</label>
                <textarea id=text_name.clone() name=text_name.clone() rows="2" dir="auto" placeholder=text::REMARK_TEXT data-key=key
                    aria-invalid=invalid(errors, &text_name) aria-describedby=described(errors, &text_name) inner_html=content(&value("text"))></textarea>
                {error(errors, &text_name)}
            </div>
            <div class="row about">
                {about}
                <div class="choices small" role="radiogroup" aria-label=text::POLARITY>{polarities}</div>
                {aspect}
                {kind}
            </div>
            <div class="field quote">
                <label for=quote_name.clone()>{text::QUOTE}</label>
                // several lines: a part of a response may run over more than one
                <textarea id=quote_name.clone() name=quote_name.clone() rows="1" dir="auto" autocomplete="off"
                    aria-invalid=invalid(errors, &quote_name) aria-describedby=quote_described inner_html=content(&value("quote"))></textarea>
                <small class="hint" id=hint>{text::QUOTE_HINT}</small>
                <input type="hidden" name=start_name value=value("start") />
                {error(errors, &quote_name)}
            </div>
        </fieldset>
    }
}

/// A list to choose one of, or none.
fn list(
    name: &str,
    label: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
    errors: &[Invalid],
) -> impl IntoView + use<> {
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, words)| {
            let selected = value == chosen.trim();
            view! { <option value=value selected=selected>{words}</option> }
        })
        .collect();
    let (problem, name) = (error(errors, name), name.to_owned());
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <select id=name.clone() name=name.clone()>
                <option value="">{text::NONE_CHOSEN}</option>
                {options}
            </select>
            {problem}
        </div>
    }
}
