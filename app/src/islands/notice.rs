//! What the desk tells: one notice above the action bar, and the save state in it.

use super::dom;
use crate::text::desk as text;
use web_sys::{Element, HtmlElement};

/// Where a notice stands: in the bar at the bottom, which is always in view.
fn bar() -> Option<Element> {
    dom::find("[data-actions]").or_else(|| dom::find("form#work"))
}

/// Shows a notice with its buttons, in place of the one before, and says it.
pub(super) fn show(words: &str, ways_on: &[HtmlElement]) {
    show_with(words, None, ways_on);
}

/// A notice with something to look at between its words and its buttons.
pub(super) fn show_with(words: &str, body: Option<&Element>, ways_on: &[HtmlElement]) {
    clear();
    let Some(bar) = bar() else { return };
    let notice = dom::element("div", "notice", "");
    let _ = notice.set_attribute("id", "notice");
    let _ = notice.set_attribute("role", "group");
    let _ = notice.set_attribute("aria-label", words);
    let _ = notice.append_child(&dom::element("p", "", words));
    if let Some(body) = body {
        let _ = notice.append_child(body);
    }
    for way in ways_on {
        let _ = notice.append_child(way);
    }
    let close = dom::button("quiet close", "×", |_| clear());
    let _ = close.set_attribute("aria-label", text::CLOSE);
    if body.is_none() {
        let _ = notice.append_child(&close);
    }
    let _ = bar.prepend_with_node_1(&notice);
    dom::announce(words);
}

/// Removes the notice.
pub(super) fn clear() {
    if let Some(notice) = dom::find("#notice") {
        notice.remove();
    }
}

/// The save state, for the eye; what matters is announced by who sets it.
pub(super) fn saving(words: &str) {
    if let Some(state) = dom::find("[data-save-state]") {
        state.set_text_content(Some(words));
    }
}
