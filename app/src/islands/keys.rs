//! Single keys for the controls that name one in `data-key`. They never act while somebody types, never
//! with Ctrl, Alt or Meta, never by a held key, and not at all when switched off (WCAG 2.1.4).

use super::{dom, form, help};
use crate::text::desk as text;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlLabelElement, KeyboardEvent};

pub(super) fn start() {
    dom::on(
        &dom::document(),
        "keydown",
        false,
        |event: KeyboardEvent| pressed(&event),
    );
    dom::on(&dom::document(), "click", false, |event: Event| {
        let inside = dom::target(&event).and_then(|it| it.closest("details.menu").ok().flatten());
        for menu in dom::all("details.menu[open]") {
            if inside.as_ref() != Some(&menu) {
                let _ = menu.remove_attribute("open");
            }
        }
        if dom::target(&event)
            .is_some_and(|it| it.closest("[data-tool=help]").ok().flatten().is_some())
        {
            help::show();
        }
    });
}

/// Whether the person left single keys on.
pub(super) fn switched_on() -> bool {
    dom::find("[data-shortcuts=off]").is_none()
}

fn pressed(event: &KeyboardEvent) {
    if event.default_prevented()
        || event.is_composing()
        || event.repeat()
        || dom::find("dialog[open]").is_some()
    {
        return;
    }
    let focused = dom::document().active_element();
    let typing = focused.as_ref().is_some_and(takes_text);
    let with_ctrl = event.ctrl_key() || event.meta_key();
    if event.key() == "Escape" && close_menu() {
        event.prevent_default();
        return;
    }
    if event.key() == "Escape" && typing {
        if let Some(field) = focused.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            let _ = field.blur();
        }
        return;
    }
    if event.alt_key() || (!with_ctrl && (typing || !switched_on())) {
        return;
    }
    if let Some(control) = control_for(event) {
        event.prevent_default();
        act(&control);
    } else if with_ctrl
        && event.key() == "Enter"
        && let Some(form) = form::work()
    {
        event.prevent_default();
        let _ = form.request_submit();
    }
}

/// Closes an open menu and goes back to what opened it.
pub(super) fn close_menu() -> bool {
    let Some(menu) = dom::find("details.menu[open]") else {
        return false;
    };
    let _ = menu.remove_attribute("open");
    if let Some(summary) = dom::find_in(&menu, "summary") {
        form::focus(&summary);
    }
    true
}

/// The control whose key this is.
fn control_for(event: &KeyboardEvent) -> Option<Element> {
    let controls = dom::all("[data-key]");
    names(event).into_iter().find_map(|name| {
        let mut fitting = controls
            .iter()
            .filter(|it| it.get_attribute("data-key").as_deref() == Some(&name));
        fitting.find(|control| reachable(control)).cloned()
    })
}

/// What `data-key` may call this key: `k`, `?`, `shift+k`, `ctrl+enter` (on a Mac also with Command).
fn names(event: &KeyboardEvent) -> Vec<String> {
    let key = event.key().to_lowercase();
    let letter = key.chars().all(|c| c.is_ascii_alphabetic());
    // keyboards whose letters are not Latin, or whose digits need Shift: by the key's place
    let place = if letter {
        None
    } else {
        by_place(&event.code())
    };
    let ctrl = if event.ctrl_key() || event.meta_key() {
        "ctrl+"
    } else {
        ""
    };
    let mut names = Vec::new();
    for key in std::iter::once(key).chain(place) {
        // Shift with a letter is a key of its own; with a sign it only makes the sign
        if event.shift_key() && (letter || key.len() > 1) {
            names.push(format!("{ctrl}shift+{key}"));
        } else {
            names.push(format!("{ctrl}{key}"));
        }
    }
    names
}

fn by_place(code: &str) -> Option<String> {
    let place = code
        .strip_prefix("Key")
        .or_else(|| code.strip_prefix("Digit"))?;
    Some(place.to_lowercase())
}

fn reachable(control: &Element) -> bool {
    // a radio button that is drawn by its label has no size of its own
    let shown = dom::visible(control)
        || control
            .closest("label")
            .ok()
            .flatten()
            .is_some_and(|label| dom::visible(&label));
    shown
        && !control.has_attribute("disabled")
        && control.closest("[inert]").ok().flatten().is_none()
}

/// Whether keys pressed in this element belong to it.
pub(super) fn takes_text(element: &Element) -> bool {
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            element.get_attribute("type").as_deref(),
            Some("radio" | "checkbox" | "button" | "submit" | "reset" | "range" | "file" | "color")
        ),
        _ => element
            .dyn_ref::<HtmlElement>()
            .is_some_and(HtmlElement::is_content_editable),
    }
}

/// Does what a click on the control would do, and says what came of it.
fn act(control: &Element) {
    let labelled = control
        .dyn_ref::<HtmlLabelElement>()
        .and_then(HtmlLabelElement::control);
    let control = labelled.map_or_else(|| control.clone(), JsCast::unchecked_into);
    if takes_text(&control) {
        form::focus(&control);
        return;
    }
    let Some(element) = control.dyn_ref::<HtmlElement>() else {
        return;
    };
    element.click();
    if control.tag_name() == "SUMMARY" {
        // into what was opened
        let opened = control.closest("details[open]").ok().flatten();
        let first =
            opened.and_then(|it| dom::find_in(&it, "summary ~ * :is(button, textarea, input, a)"));
        form::focus(&first.unwrap_or(control));
        return;
    }
    let Some(input) = control.dyn_ref::<HtmlInputElement>() else {
        return;
    };
    let own = control
        .closest("label")
        .ok()
        .flatten()
        .map(|label| dom::words_of(&label))
        .unwrap_or_default();
    let own = Some(own)
        .filter(|own| !own.is_empty())
        .unwrap_or_else(|| form::label_of(&input.name()));
    match input.type_().as_str() {
        "radio" => {
            let set = control.closest("fieldset").ok().flatten();
            let question = set
                .and_then(|set| dom::find_in(&set, "legend"))
                .map(|legend| dom::words_of(&legend));
            dom::announce(&text::chosen(&question.unwrap_or_default(), &own));
        }
        "checkbox" => dom::announce(&text::ticked(&own, input.checked())),
        _ => {}
    }
}
