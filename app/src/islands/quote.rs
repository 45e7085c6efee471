//! Selected words of a response become the quote of a critique. The quote stands in the raw text word
//! for word; what is quoted stays marked in the response, and a row leads back to its place.

use super::{dom, draft, form, highlight, notice, quote_map::QuoteMap, rendered::Rendered, rows};
use crate::text::desk as text;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

pub(super) fn start() {
    let document = dom::document();
    dom::on(&document, "selectionchange", false, |_: Event| offer());
    dom::on(&document, "scroll", true, |_: Event| offer());
    // the press must not take the selection away before the click reads it
    dom::on(&document, "pointerdown", false, |event: Event| {
        if dom::target(&event)
            .is_some_and(|it| it.closest("[data-tool=critique]").ok().flatten().is_some())
        {
            event.prevent_default();
        }
    });
    dom::on(&document, "click", false, |event: Event| {
        if dom::target(&event)
            .is_some_and(|it| it.closest("[data-tool=critique]").ok().flatten().is_some())
        {
            critique_selection();
        }
    });
    dom::on(&document, "focusin", false, |event: Event| {
        if let Some(number) = dom::target(&event).and_then(|it| rows::number_of(&it)) {
            lead_to(number);
        }
    });
    dom::on(&document, "input", false, |event: Event| {
        if dom::target(&event).is_some_and(|it| rows::number_of(&it).is_some()) {
            highlight();
        }
    });
}

/// The response that the selection lies in, and the part of it.
fn selected() -> Option<(Element, Rendered, Range<usize>)> {
    let selection = dom::window().get_selection().ok().flatten()?;
    if selection.is_collapsed() || selection.range_count() == 0 {
        return None;
    }
    let range = selection.get_range_at(0).ok()?;
    let whole = range.common_ancestor_container().ok()?;
    let element = whole
        .clone()
        .dyn_into::<Element>()
        .ok()
        .or_else(|| whole.parent_element())?;
    let response = element.closest("[data-response]").ok().flatten()?;
    let rendered = Rendered::of(&response);
    let part = rendered.part(&range)?;
    Some((response, rendered, part))
}

/// Shows the button beside the selection, or takes it away.
fn offer() {
    let place = || {
        rows::numbers().first()?;
        selected()?;
        let range = dom::window()
            .get_selection()
            .ok()
            .flatten()?
            .get_range_at(0)
            .ok()?;
        Some(range.get_bounding_client_rect()).filter(|place| place.width() > 0.0)
    };
    let Some(place) = place() else {
        if let Some(old) = dom::find("#critique-this") {
            let _ = old.set_attribute("hidden", "");
        }
        return;
    };
    let button = dom::find("#critique-this").or_else(make_button);
    let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let _ = button.remove_attribute("hidden");
    let width = f64::from(
        dom::document()
            .document_element()
            .map_or(1280, |root| root.client_width()),
    );
    let left = (place.left() + place.width() / 2.0).clamp(80.0, (width - 80.0).max(80.0));
    let top = if place.top() > 90.0 {
        place.top() - 44.0
    } else {
        place.bottom() + 8.0
    };
    let _ = button.style().set_property("left", &format!("{left}px"));
    let _ = button.style().set_property("top", &format!("{top}px"));
}

fn make_button() -> Option<Element> {
    let button = dom::element("button", "critique-this", text::CRITIQUE_THIS);
    button.set_id("critique-this");
    let _ = button.set_attribute("type", "button");
    let _ = button.set_attribute("data-tool", "critique");
    if let Some(key) =
        dom::find("main [data-tool=critique][data-key]").and_then(|it| it.get_attribute("data-key"))
    {
        let _ = button.append_child(&dom::element("kbd", "", &key));
    }
    dom::document().body()?.append_child(&button).ok()?;
    Some(button.unchecked_into())
}

/// Fills a free row with the selected words and leads to its text.
pub(super) fn critique_selection() {
    let Some((response, rendered, part)) = selected() else {
        // without a selection it is a critique of the whole
        match rows::free().and_then(|number| rows::part(number, "text")) {
            Some(field) => form::focus(&field),
            None => notice::show(text::SELECT_FIRST, &[]),
        }
        return;
    };
    let raw = rendered.raw().unwrap_or_else(|| rendered.text.clone());
    let map = QuoteMap::new(&raw, &rendered.text);
    let Some(range) = map.raw(part) else {
        return notice::show(text::NOT_IN_RAW, &[]);
    };
    let Some(number) = rows::free() else {
        return notice::show(text::NO_ROOM, &[]);
    };
    let words = map.text(range.clone());
    for (part, value) in [
        ("quote", words.as_str()),
        ("start", &range.start.to_string()),
    ] {
        if let Some(field) = rows::part(number, part) {
            form::set(&field, value);
        }
    }
    choose_response(number, &response);
    if let Ok(Some(selection)) = dom::window().get_selection() {
        let _ = selection.remove_all_ranges();
    }
    draft::changed();
    if let Some(field) = rows::part(number, "text") {
        form::focus(&field);
    }
    dom::announce(&text::quoting(&words));
}

/// Says which response a row is about, whether it asks by radio buttons, a list or a hidden field.
fn choose_response(number: usize, response: &Element) {
    let id = response.get_attribute("data-response").unwrap_or_default();
    for field in dom::all(&format!("#work [name=\"critique.{number}.response\"]")) {
        match field.dyn_ref::<web_sys::HtmlInputElement>() {
            Some(radio) if radio.type_() == "radio" => radio.set_checked(radio.value() == id),
            _ => form::set(&field, &id),
        }
    }
}

/// The range in the page that a row quotes.
fn range_of(number: usize, responses: &[(Rendered, QuoteMap)]) -> Option<web_sys::Range> {
    let quote = form::get(&rows::part(number, "quote")?);
    let quote = quote.trim();
    let about = dom::all(&format!("#work [name=\"critique.{number}.response\"]"));
    let id = about
        .iter()
        .find_map(|field| match field.dyn_ref::<web_sys::HtmlInputElement>() {
            Some(radio) if radio.type_() == "radio" => radio.checked().then(|| radio.value()),
            _ => Some(form::get(field)).filter(|id| !id.is_empty()),
        });
    let (rendered, map) = match id {
        Some(id) => responses.iter().find(|(rendered, _)| rendered.id == id)?,
        None => responses.first()?,
    };
    let start = rows::part(number, "start").and_then(|field| form::get(&field).parse().ok());
    let raw = rendered.raw().unwrap_or_else(|| rendered.text.clone());
    let quote = domain::annotation::Quote::locate(&raw, quote, start)?;
    rendered.range(map.rendered(quote.start..quote.end)?)
}

fn responses() -> Vec<(Rendered, QuoteMap)> {
    let all = Rendered::all().into_iter();
    all.map(|(_, rendered)| {
        let raw = rendered.raw().unwrap_or_else(|| rendered.text.clone());
        let map = QuoteMap::new(&raw, &rendered.text);
        (rendered, map)
    })
    .collect()
}

/// Marks everything that is quoted.
pub(super) fn highlight() {
    let quoted = |number: &usize| {
        rows::part(*number, "quote").is_some_and(|field| !form::get(&field).trim().is_empty())
    };
    let rows: Vec<usize> = rows::numbers().into_iter().filter(quoted).collect();
    if rows.is_empty() {
        return highlight::set("quoted", &[]);
    }
    let responses = responses();
    let ranges: Vec<_> = rows
        .into_iter()
        .filter_map(|number| range_of(number, &responses))
        .collect();
    highlight::set("quoted", &ranges);
}

/// Brings what a row quotes into view.
fn lead_to(number: usize) {
    let Some(quote) = rows::part(number, "quote") else {
        return;
    };
    if form::get(&quote).trim().is_empty() {
        return highlight::set("quoted-now", &[]);
    }
    let Some(range) = range_of(number, &responses()) else {
        return;
    };
    highlight::set("quoted-now", std::slice::from_ref(&range));
    let place = range
        .start_container()
        .ok()
        .and_then(|node| node.parent_element());
    if let Some(place) = place {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        place.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
