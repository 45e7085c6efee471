//! Two responses side by side: what differs can be marked, and long ones scroll in step.

use super::{dom, highlight, rendered::Rendered};
use crate::text::desk as text;
use domain::diff::{Change, words};
use std::cell::{Cell, RefCell};
use web_sys::{Element, Event};

/// Where this device remembers that the panes scroll each on its own.
const APART: &str = "touchstone.scroll-apart";

thread_local! {
    static MARKED: Cell<bool> = const { Cell::new(false) };
    /// The pane we scrolled and how far: the event that follows is the answer to ours.
    static FOLLOWING: RefCell<Option<(Element, i32)>> = const { RefCell::new(None) };
}

pub(super) fn start() {
    let document = dom::document();
    dom::on(&document, "click", false, |event: Event| {
        let tool = dom::target(&event).and_then(|it| it.closest("[data-tool]").ok().flatten());
        match tool.and_then(|it| it.get_attribute("data-tool")).as_deref() {
            Some("compare") => mark(!MARKED.get(), true),
            Some("together") => together(!is_together()),
            _ => {}
        }
    });
    dom::on(&document, "scroll", true, |event: Event| {
        if let Some(pane) = dom::target(&event).filter(|it| it.has_attribute("data-sync-scroll")) {
            follow(&pane);
        }
    });
}

pub(super) fn arrive() {
    let possible = dom::all("main [data-response]").len() == 2;
    for tool in dom::all("main [data-tool=compare], main [data-tool=together]") {
        let _ = tool.toggle_attribute_with_force("hidden", !possible);
    }
    together(is_together());
    mark(possible && MARKED.get(), false);
}

fn press(tool: &str, on: bool) {
    for button in dom::all(&format!("[data-tool={tool}]")) {
        let _ = button.set_attribute("aria-pressed", if on { "true" } else { "false" });
    }
}

/// Marks the words that stand in one response only, or takes the marks away.
fn mark(on: bool, say: bool) {
    MARKED.set(on);
    press("compare", on);
    let mut ranges = Vec::new();
    let responses = Rendered::all();
    if let (true, [(_, a), (_, b)]) = (on, &responses[..]) {
        let (mut in_a, mut in_b) = (0, 0);
        for piece in words(&a.text, &b.text) {
            let length = piece.text.chars().count();
            let blank = piece.text.trim().is_empty();
            let alone = match piece.change {
                Change::Kept => None,
                Change::Removed => a.range(in_a..in_a + length),
                Change::Added => b.range(in_b..in_b + length),
            };
            ranges.extend(alone.filter(|_| !blank));
            in_a += if piece.change == Change::Added {
                0
            } else {
                length
            };
            in_b += if piece.change == Change::Removed {
                0
            } else {
                length
            };
        }
    }
    highlight::set("differs", &ranges);
    if say {
        dom::announce(text::differences(on));
    }
}

fn is_together() -> bool {
    dom::storage().is_none_or(|storage| storage.get_item(APART).ok().flatten().is_none())
}

fn together(on: bool) {
    press("together", on);
    if let Some(storage) = dom::storage() {
        let _ = if on {
            storage.remove_item(APART)
        } else {
            storage.set_item(APART, "yes")
        };
    }
}

/// The other panes scroll to the same share of their length.
fn follow(pane: &Element) {
    let ours = FOLLOWING
        .take()
        .is_some_and(|(ours, to)| ours == *pane && (pane.scroll_top() - to).abs() <= 1);
    if ours || !is_together() {
        return;
    }
    let room = |pane: &Element| f64::from(pane.scroll_height() - pane.client_height());
    if room(pane) < 1.0 {
        return;
    }
    let share = f64::from(pane.scroll_top()) / room(pane);
    for other in dom::all("main [data-sync-scroll]") {
        if other != *pane {
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            let to = (share * room(&other)).round() as i32;
            if (other.scroll_top() - to).abs() > 1 {
                other.set_scroll_top(to);
                FOLLOWING.set(Some((other, to)));
            }
        }
    }
}
