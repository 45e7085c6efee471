//! Checkboxes and drop-down lists.

use domain::Fields;
use leptos::prelude::*;

/// One checkbox with its words.
#[component]
pub fn Check(
    /// The name in the form, also the element's id.
    #[prop(into)]
    name: String,
    /// What ticking it means.
    #[prop(into)]
    label: String,
    /// What was ticked so far.
    fields: Fields,
    /// A sentence of help.
    #[prop(default = "")]
    hint: &'static str,
) -> impl IntoView {
    let checked = fields.ticked(&name);
    let hint_id = format!("{name}-hint");
    view! {
        <div class="field">
            <label class="choice">
                <input type="checkbox" id=name.clone() name=name value="on" checked=checked aria-describedby=(!hint.is_empty()).then(|| hint_id.clone()) />
                <span>{label}</span>
            </label>
            {(!hint.is_empty()).then(|| view! { <small id=hint_id class="hint">{hint}</small> })}
        </div>
    }
}

/// One of a few values.
#[component]
pub fn Select(
    /// The name in the form.
    #[prop(into)]
    name: String,
    /// The element's id; the name when it is the only one on its page.
    #[prop(into, optional)]
    id: Option<String>,
    /// What is asked.
    #[prop(into)]
    label: String,
    /// Whether the label is for screen readers only: a table's head says it already.
    #[prop(default = false)]
    quiet: bool,
    /// Value and words of each choice.
    choices: Vec<(String, String)>,
    /// The value chosen so far.
    #[prop(into)]
    chosen: String,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let options = choices.into_iter().map(|(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    view! {
        <div class="field">
            <label for=id.clone() class=quiet.then_some("visually-hidden")>{label}</label>
            <select id=id name=name>{options.collect_view()}</select>
        </div>
    }
}
