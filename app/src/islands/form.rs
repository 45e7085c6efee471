//! The work form as names with values: read, filled in, compared. The form in the page is the only
//! place where an answer lives; nothing here keeps a copy.

use super::{dom, rows};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement,
    HtmlTextAreaElement, UrlSearchParams,
};

/// Names with values, in the order of the form.
pub(super) type Pairs = Vec<(String, String)>;

/// Fields about the visit, not the answer: they neither make a draft nor come back from one.
const ABOUT_THE_VISIT: [&str; 9] = [
    "round",
    "draft.version",
    "seconds",
    "task",
    "only",
    "action",
    "skip",
    "skip.words",
    "flag.words",
];

/// The form people work in, if this page has one.
pub(super) fn work() -> Option<HtmlFormElement> {
    dom::find("form#work")?.dyn_into().ok()
}

/// A hidden field of the form.
pub(super) fn hidden(form: &HtmlFormElement, name: &str) -> Option<HtmlInputElement> {
    dom::find_in(form, &format!("input[name=\"{name}\"]"))?
        .dyn_into()
        .ok()
}

/// The value of a hidden field.
pub(super) fn value(form: &HtmlFormElement, name: &str) -> String {
    hidden(form, name)
        .map(|field| field.value())
        .unwrap_or_default()
}

/// Everything the form would send.
pub(super) fn read(form: &HtmlFormElement) -> Pairs {
    FormData::new_with_form(form)
        .map(|data| pairs(&data.entries()))
        .unwrap_or_default()
}

/// The pairs of a browser's iterator.
fn pairs(entries: &js_sys::Iterator) -> Pairs {
    let mut pairs = Vec::new();
    while let Ok(next) = entries.next() {
        if next.done() {
            break;
        }
        let pair: js_sys::Array = next.value().unchecked_into();
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            pairs.push((name, value));
        }
    }
    pairs
}

/// As a form's body.
pub(super) fn encode(pairs: &Pairs) -> UrlSearchParams {
    let body = UrlSearchParams::new().unwrap_or_else(|_| JsValue::NULL.unchecked_into());
    for (name, value) in pairs {
        body.append(name, value);
    }
    body
}

/// What [`encode`] wrote.
pub(super) fn decode(text: &str) -> Pairs {
    UrlSearchParams::new_with_str(text)
        .map(|body| pairs(&body.entries()))
        .unwrap_or_default()
}

/// The answer alone, in an order of its own and without blanks: two forms that say the same are equal.
pub(super) fn answer(pairs: &Pairs) -> Pairs {
    let mut answer: Pairs = pairs
        .iter()
        .filter(|(name, value)| {
            !ABOUT_THE_VISIT.contains(&name.as_str()) && !value.trim().is_empty()
        })
        .map(|(name, value)| (name.clone(), value.replace("\r\n", "\n")))
        .collect();
    answer.sort();
    answer
}

/// A short name for an answer, to recognise it again (FNV-1a).
pub(super) fn fingerprint(pairs: &Pairs) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in answer(pairs)
        .iter()
        .flat_map(|(n, v)| n.bytes().chain([0]).chain(v.bytes()).chain([1]))
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:x}")
}

/// Puts an answer into the form; what the answer does not name becomes empty. Rows that the page does
/// not have yet are added.
pub(super) fn fill(form: &HtmlFormElement, pairs: &Pairs) {
    rows::make_room(form, pairs);
    let mut used: Vec<&str> = Vec::new();
    for control in dom::all_in(form, "input[name], textarea[name], select[name]") {
        let name = control.get_attribute("name").unwrap_or_default();
        if ABOUT_THE_VISIT.contains(&name.as_str()) {
            continue;
        }
        let mut values = pairs.iter().filter(|(n, _)| *n == name);
        if let Some(input) = control.dyn_ref::<HtmlInputElement>()
            && matches!(input.type_().as_str(), "radio" | "checkbox")
        {
            input.set_checked(values.any(|(_, value)| *value == input.value()));
            continue;
        }
        let nth = used.iter().filter(|&&n| n == name).count();
        let given = values.nth(nth);
        if given.is_none() && is_fixed(&control) {
            continue;
        }
        let value = given.map_or("", |(_, value)| value);
        if let Some((name, _)) = given {
            used.push(name);
        }
        set(&control, value);
    }
    super::desk::form_changed();
}

/// `critique.3.text` → `text`.
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether the server, not the person, gave a hidden field its value.
pub(super) fn is_fixed(control: &Element) -> bool {
    let name = control.get_attribute("name").unwrap_or_default();
    control.get_attribute("type").as_deref() == Some("hidden")
        && !matches!(last_part(&name), "quote" | "start")
}

/// Sets a field's value.
pub(super) fn set(control: &Element, value: &str) {
    if let Some(input) = control.dyn_ref::<HtmlInputElement>() {
        input.set_value(value);
    } else if let Some(area) = control.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(value);
    } else if let Some(select) = control.dyn_ref::<HtmlSelectElement>() {
        select.set_value(value);
    }
}

/// What stands in a field.
pub(super) fn get(control: &Element) -> String {
    if let Some(area) = control.dyn_ref::<HtmlTextAreaElement>() {
        area.value()
    } else if let Some(input) = control.dyn_ref::<HtmlInputElement>() {
        input.value()
    } else if let Some(select) = control.dyn_ref::<HtmlSelectElement>() {
        select.value()
    } else {
        String::new()
    }
}

/// What a field is called on the page.
pub(super) fn label_of(name: &str) -> String {
    let named = |selector: String| dom::find(&selector);
    let control = named(format!("#work [name=\"{name}\"]"));
    let label = control.as_ref().and_then(|control| {
        let id = control.id();
        let group = matches!(
            control.get_attribute("type").as_deref(),
            Some("radio" | "checkbox")
        );
        let legend = || {
            control
                .closest("fieldset")
                .ok()
                .flatten()
                .and_then(|set| dom::find_in(&set, "legend"))
        };
        let own = || {
            named(format!("label[for=\"{id}\"]"))
                .or_else(|| control.closest("label").ok().flatten())
        };
        if group { legend().or_else(own) } else { own() }
    });
    let words = label.map(|label| dom::words_of(&label)).unwrap_or_default();
    let aria = control
        .and_then(|control| control.get_attribute("aria-label"))
        .unwrap_or_default();
    [words, aria, name.to_owned()]
        .into_iter()
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}

/// What a value is called on the page: the words of its choice, or itself.
pub(super) fn words_of_value(name: &str, value: &str) -> String {
    dom::all(&format!("#work input[name=\"{name}\"]"))
        .into_iter()
        .filter_map(|control| control.dyn_into::<HtmlInputElement>().ok())
        .filter(|input| {
            matches!(input.type_().as_str(), "radio" | "checkbox") && input.value() == value
        })
        .find_map(|input| input.closest("label").ok().flatten())
        .map_or_else(|| value.to_owned(), |label| dom::words_of(&label))
}

/// Moves the reader to a field.
pub(super) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}
