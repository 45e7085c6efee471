//! Form fields with their labels, hints and errors.

use crate::text::common as text;
use domain::{Fields, Invalid};
use leptos::prelude::*;

fn error_of(errors: &[Invalid], name: &str) -> Option<String> {
    errors
        .iter()
        .find(|invalid| invalid.field == name)
        .map(|invalid| invalid.problem.to_string())
}

/// A text as HTML, for where a view would not escape it: in `<textarea>` and `<title>`.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A text as the content of a `<textarea>`: for `inner_html`, since **a view does not escape text there**,
/// and with a line break in front, since browsers drop one.
pub fn textarea_content(text: &str) -> String {
    format!("\n{}", escaped(text))
}

/// What stands above a field: from `labels`, else made of its name.
fn label_of(name: &str, labels: &[(&str, &str)]) -> String {
    if let Some((_, label)) = labels.iter().find(|(field, _)| *field == name) {
        return (*label).to_owned();
    }
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// What is wrong with the form, above it; every entry leads to its field and calls it as the form does.
#[component]
pub fn Errors(
    errors: Vec<Invalid>,
    /// The fields' labels, where their names do not say the same.
    #[prop(default = &[])]
    labels: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        let items = errors.into_iter().map(|invalid| {
            let words = format!("{}: {}", label_of(&invalid.field, labels), invalid.problem);
            view! { <li><a href=format!("#{}", invalid.field)>{words}</a></li> }
        });
        view! {
            <div class="errors" role="alert" tabindex="-1" autofocus>
                <p>{text::PLEASE_MEND}</p>
                <ul>{items.collect_view()}</ul>
            </div>
        }
    })
}

/// One line of text.
#[component]
pub fn Field(
    /// The name in the form, also the element's id.
    #[prop(into)]
    name: String,
    /// What stands above it.
    label: &'static str,
    /// What was typed so far.
    fields: Fields,
    /// What is wrong with the form.
    #[prop(default = Vec::new())]
    errors: Vec<Invalid>,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// A sentence of help.
    #[prop(default = "")]
    hint: &'static str,
    /// `autocomplete`.
    #[prop(default = "off")]
    complete: &'static str,
    /// Whether it must be filled in.
    #[prop(default = true)]
    required: bool,
) -> impl IntoView {
    let value = if kind == "password" {
        String::new()
    } else {
        fields.raw(&name).unwrap_or_default().to_owned()
    };
    let error = error_of(&errors, &name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described = [
        (!hint.is_empty()).then(|| hint_id.clone()),
        error.is_some().then(|| error_id.clone()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    view! {
        <div class="field">
            <label for=name.clone()>{label}{(!required).then(|| view! { " " <small>{format!("({})", text::OPTIONAL)}</small> })}</label>
            {(!hint.is_empty()).then(|| view! { <small id=hint_id class="hint">{hint}</small> })}
            <input
                id=name.clone() name=name.clone() type=kind value=value autocomplete=complete required=required dir="auto"
                aria-invalid=error.is_some().then_some("true") aria-describedby=(!described.is_empty()).then_some(described)
            />
            {error.map(|error| view! { <small id=error_id class="error">{error}</small> })}
        </div>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The name in the form, also the element's id.
    #[prop(into)]
    name: String,
    /// What stands above it.
    #[prop(into)]
    label: String,
    /// What was typed so far.
    fields: Fields,
    /// What is wrong with the form.
    #[prop(default = Vec::new())]
    errors: Vec<Invalid>,
    /// A sentence of help.
    #[prop(default = "")]
    hint: &'static str,
    /// How many lines it shows at first.
    #[prop(default = 4)]
    rows: u32,
) -> impl IntoView {
    let value = fields.raw(&name).unwrap_or_default().to_owned();
    let error = error_of(&errors, &name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            {(!hint.is_empty()).then(|| view! { <small id=hint_id class="hint">{hint}</small> })}
            <textarea id=name.clone() name=name.clone() rows=rows dir="auto" aria-invalid=error.is_some().then_some("true")
                inner_html=textarea_content(&value)></textarea>
            {error.map(|error| view! { <small id=error_id class="error">{error}</small> })}
        </div>
    }
}

/// One of a few choices, as radio buttons.
#[component]
pub fn Choice(
    /// The name in the form.
    #[prop(into)]
    name: String,
    /// What is asked.
    #[prop(into)]
    label: String,
    /// Value and words of each choice.
    choices: Vec<(String, String)>,
    /// What was chosen so far; no default, since a default anchors.
    fields: Fields,
    /// What is wrong with the form.
    #[prop(default = Vec::new())]
    errors: Vec<Invalid>,
) -> impl IntoView {
    let chosen = fields.get(&name).map(str::to_owned);
    let error = error_of(&errors, &name);
    let options = choices
        .into_iter()
        .map(|(value, words)| {
            let checked = chosen.as_deref() == Some(value.as_str());
            view! { <label class="choice"><input type="radio" name=name.clone() value=value checked=checked /><span>{words}</span></label> }
        })
        .collect_view();
    view! {
        <fieldset class="field" id=name.clone()>
            <legend>{label}</legend>
            <div class="choices">{options}</div>
            {error.map(|error| view! { <small class="error">{error}</small> })}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_text_area() {
        let hostile = "\n</textarea><script>alert(1)</script>&amp;";
        let fields: Fields = [("note", hostile)].into_iter().collect();
        let html = view! { <TextArea name="note" label="Note" fields=fields /> }.to_html();
        assert!(!html.contains("<script"), "{html}");
        assert!(
            html.contains("\n\n&lt;/textarea>&lt;script>alert(1)&lt;/script>&amp;amp;</textarea>"),
            "{html}"
        );
    }
}
