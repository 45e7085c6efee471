//! What the forms of all kinds are made of.

use domain::preferences::Preferences;
use domain::{Fields, Invalid};
use leptos::prelude::*;

/// Text as the content of a `<textarea>`. A view's text is not escaped there, and a browser drops one
/// leading line break.
pub(super) fn content(text: &str) -> String {
    crate::ui::textarea_content(text)
}

/// An identifier for an element, from a field's name and a value.
pub(super) fn id_of(name: &str, value: &str) -> String {
    format!("{name}-{value}").replace(char::is_whitespace, "_")
}

/// What is wrong with a field, beneath it.
pub(super) fn error(errors: &[Invalid], name: &str) -> impl IntoView + use<> {
    let problem = errors
        .iter()
        .find(|it| it.field == name)
        .map(|it| it.problem.to_string());
    let id = id_of(name, "error");
    problem.map(|problem| view! { <small class="error" id=id>{problem}</small> })
}

/// Whether a field is wrong, for `aria-invalid`.
pub(super) fn invalid(errors: &[Invalid], name: &str) -> Option<&'static str> {
    errors.iter().any(|it| it.field == name).then_some("true")
}

/// Which element tells what is wrong, for `aria-describedby`.
pub(super) fn described(errors: &[Invalid], name: &str) -> Option<String> {
    invalid(errors, name).map(|_| id_of(name, "error"))
}

/// The key of a control as it is shown and listened to; nothing when the person switched keys off.
pub(super) fn key_of(preferences: &Preferences, default: &str) -> Option<String> {
    (preferences.shortcuts && !default.is_empty()).then(|| preferences.key(default).to_owned())
}

/// A key, shown.
pub(super) fn kbd(key: Option<&String>) -> impl IntoView + use<> {
    key.cloned()
        .map(|key| view! { <kbd aria-hidden="true">{key}</kbd> })
}

/// One choice of a group: a radio button or a checkbox inside its label.
pub(super) struct Choice<'a> {
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) words: &'a str,
    /// The full name, when `words` is short.
    pub(super) spoken: Option<String>,
    pub(super) key: Option<String>,
    pub(super) checked: bool,
}

impl Choice<'_> {
    pub(super) fn view(self) -> impl IntoView + use<> {
        let id = id_of(self.name, self.value);
        let (name, value, words) = (
            self.name.to_owned(),
            self.value.to_owned(),
            self.words.to_owned(),
        );
        view! {
            <label class="choice">
                <input type=self.kind id=id name=name value=value checked=self.checked data-key=self.key.clone() aria-label=self.spoken />
                {kbd(self.key.as_ref())}
                <span dir="auto">{words}</span>
            </label>
        }
    }
}

/// A text that may run over several lines.
pub(super) fn area(
    name: &str,
    label: &'static str,
    rows: u32,
    fields: &Fields,
    errors: &[Invalid],
) -> impl IntoView + use<> {
    let value = content(fields.raw(name).unwrap_or_default());
    let (invalid, described) = (invalid(errors, name), described(errors, name));
    let problem = error(errors, name);
    let name = name.to_owned();
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <textarea id=name.clone() name=name.clone() rows=rows dir="auto" aria-invalid=invalid aria-describedby=described inner_html=value></textarea>
            {problem}
        </div>
    }
}
