//! Numbered rows of a form, e.g. `critique.3.text`: finding one that is free, adding one.

use super::{dom, form, form::Pairs};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlFormElement, HtmlInputElement};

/// The kind whose part of the form has rows.
const KIND: &str = "critique";

/// `critique.3.text` → 3.
fn index(name: &str) -> Option<usize> {
    name.strip_prefix(KIND)?
        .strip_prefix('.')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// The element that holds one row.
pub(super) fn row_of(control: &Element) -> Option<Element> {
    control.closest("[data-row], fieldset, li").ok().flatten()
}

/// A row's field, by its last name.
pub(super) fn part(number: usize, part: &str) -> Option<Element> {
    dom::find(&format!("#work [name=\"{KIND}.{number}.{part}\"]"))
}

/// The numbers of the rows, in the order of the page.
pub(super) fn numbers() -> Vec<usize> {
    dom::all(&format!(
        "#work textarea[name^=\"{KIND}.\"][name$=\".text\"]"
    ))
    .iter()
    .filter_map(|text| index(&text.get_attribute("name")?))
    .collect()
}

/// The number of the row this control stands in.
pub(super) fn number_of(control: &Element) -> Option<usize> {
    index(&control.get_attribute("name")?)
}

/// A row without words, quote or choice; added when there is none.
pub(super) fn free() -> Option<usize> {
    let blank = |number: usize, name: &str| {
        part(number, name).is_none_or(|field| form::get(&field).trim().is_empty())
    };
    let numbers = numbers();
    let free = numbers
        .iter()
        .copied()
        .find(|&number| blank(number, "text") && blank(number, "quote"));
    free.or_else(|| add(*numbers.last()?))
}

/// Adds rows until every name of `pairs` has its place.
pub(super) fn make_room(_: &HtmlFormElement, pairs: &Pairs) {
    let wanted = pairs.iter().filter_map(|(name, _)| index(name)).max();
    while let (Some(last), Some(wanted)) = (numbers().last().copied(), wanted) {
        if last >= wanted || add(last).is_none() {
            break;
        }
    }
}

/// Adds a row after row `last`: its markup again with the next number, empty.
fn add(last: usize) -> Option<usize> {
    if last + 1 >= 50 {
        return None;
    }
    let row = row_of(&part(last, "text")?)?;
    let copy: Element = row.clone_node_with_deep(true).ok()?.unchecked_into();
    let (old, new) = (format!("{KIND}.{last}"), format!("{KIND}.{}", last + 1));
    let chosen: Vec<String> = dom::all_in(&row, "input:checked[type=radio]")
        .iter()
        .filter_map(|radio| radio.get_attribute("name"))
        .collect();
    let mut begun: Vec<String> = Vec::new();
    for element in std::iter::once(copy.clone()).chain(dom::all_in(&copy, "*")) {
        for name in [
            "id",
            "name",
            "for",
            "aria-describedby",
            "aria-labelledby",
            "list",
            "href",
            "data-row",
        ] {
            if let Some(value) = element.get_attribute(name) {
                let value = if value == last.to_string() {
                    (last + 1).to_string()
                } else {
                    renumbered(&value, &old, &new)
                };
                let _ = element.set_attribute(name, &value);
            }
        }
        if let Some(input) = element.dyn_ref::<HtmlInputElement>()
            && matches!(input.type_().as_str(), "radio" | "checkbox")
        {
            input.set_checked(false);
            if !begun.contains(&input.name())
                && chosen
                    .iter()
                    .any(|name| renumbered(name, &old, &new) == input.name())
            {
                // a question that always has an answer begins with its first
                input.set_checked(true);
                begun.push(input.name());
            }
        } else if !form::is_fixed(&element) {
            form::set(&element, "");
        }
        let _ = element.remove_attribute("aria-invalid");
    }
    for old in dom::all_in(&copy, ".error, [data-key]") {
        if old.has_attribute("data-key") {
            let _ = old.remove_attribute("data-key");
        } else {
            old.remove();
        }
    }
    if let Some(heading) = dom::find_in(&copy, "legend, h3, h4") {
        let text = heading.text_content().unwrap_or_default();
        heading.set_text_content(Some(
            &text.replace(&(last + 1).to_string(), &(last + 2).to_string()),
        ));
    }
    row.after_with_node_1(&copy).ok()?;
    if let Some(count) = dom::find(&format!("#work input[name=\"{KIND}.rows\"]")) {
        form::set(&count, &(last + 2).to_string());
    }
    Some(last + 1)
}

/// Adds an empty row and leads to its text; false when there is no room.
pub(super) fn add_one() -> bool {
    let field = numbers()
        .last()
        .and_then(|&last| add(last))
        .and_then(|number| part(number, "text"));
    field.inspect(form::focus).is_some()
}

/// `critique.3` as a whole part of a name, so that `critique.30` stays.
fn renumbered(value: &str, old: &str, new: &str) -> String {
    value
        .split(' ')
        .map(
            |word| match word.strip_prefix('#').unwrap_or(word).strip_prefix(old) {
                Some(rest) if rest.is_empty() || rest.starts_with(['.', '-']) => {
                    word.replacen(old, new, 1)
                }
                _ => word.to_owned(),
            },
        )
        .collect::<Vec<_>>()
        .join(" ")
}
