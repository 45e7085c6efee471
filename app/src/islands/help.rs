//! All keys of this page, in a dialog. It is read off the page, so it cannot be out of date.

use super::{dom, keys};
use crate::text::desk as text;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDialogElement};

/// Opens the dialog.
pub(super) fn show() {
    if let Some(old) = dom::find("#keys") {
        old.remove();
    }
    let Ok(dialog) = dom::element("dialog", "all-keys", "").dyn_into::<HtmlDialogElement>() else {
        return;
    };
    dialog.set_id("keys");
    let _ = dialog.set_attribute("aria-labelledby", "keys-heading");
    let heading = dom::element("h2", "", text::KEYS_ON_THIS_PAGE);
    heading.set_id("keys-heading");
    let note = if keys::switched_on() {
        text::KEYS_NOT_IN_FIELDS
    } else {
        text::KEYS_OFF
    };
    let list = dom::element("dl", "", "");
    for (key, what) in shown() {
        let entry = dom::element("div", "", "");
        let term = dom::element("dt", "", "");
        for part in if key == "+" {
            vec!["+"]
        } else {
            key.split('+').collect()
        } {
            let _ = term.append_child(&dom::element("kbd", "", part));
        }
        let _ = entry.append_child(&term);
        let _ = entry.append_child(&dom::element("dd", "", &what));
        let _ = list.append_child(&entry);
    }
    let leave = dom::button("primary", text::CLOSE, |_| close());
    for child in [&heading, &dom::element("p", "hint", note), &list, &leave] {
        let _ = dialog.append_child(child);
    }
    if let Some(address) =
        dom::find("[data-preferences]").and_then(|desk| desk.get_attribute("data-preferences"))
    {
        let link = dom::element("a", "", text::CHANGE_KEYS);
        let _ = link.set_attribute("href", &address);
        let _ = dialog.append_child(&link);
    }
    // a click beside the dialog closes it
    dom::on(&dialog, "click", false, |event: Event| {
        if dom::target(&event).is_some_and(|it| it.id() == "keys") {
            close();
        }
    });
    if let Some(body) = dom::document().body() {
        let _ = body.append_child(&dialog);
        let _ = dialog.show_modal();
    }
}

fn close() {
    if let Some(dialog) = dom::find("#keys").and_then(|it| it.dyn_into::<HtmlDialogElement>().ok())
    {
        dialog.close();
    }
}

/// Each key with what it does.
fn shown() -> Vec<(String, String)> {
    let fixed = [
        ("ctrl+enter", text::SUBMIT_FROM_ANYWHERE),
        ("esc", text::LEAVE_FIELD),
    ];
    let fixed = fixed.map(|(key, what)| (key.to_owned(), what.to_owned()));
    let named = dom::all("[data-key]");
    let named = named
        .iter()
        .filter_map(|it| Some((it.get_attribute("data-key")?, what(it))));
    let mut shown: Vec<(String, String)> = Vec::new();
    for entry in named.chain(fixed) {
        // a key works the first control that has it
        if shown.iter().all(|(key, _)| *key != entry.0) {
            shown.push(entry);
        }
    }
    shown
}

/// What a control does, in the words that stand on it.
fn what(control: &Element) -> String {
    let own = || Some(dom::words_of(control));
    let named = control.get_attribute("aria-label");
    let label = || {
        control
            .closest("label")
            .ok()
            .flatten()
            .map(|label| dom::words_of(&label))
    };
    let by_id = || {
        let id = control.id();
        (!id.is_empty()).then(|| {
            dom::find(&format!("label[for=\"{id}\"]")).map(|label| dom::words_of(&label))
        })?
    };
    let tries = [named, own(), label(), by_id()];
    tries
        .into_iter()
        .flatten()
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}
