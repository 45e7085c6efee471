//! The desk as a whole: listens once for the life of the page, and sets up each item that arrives.

use super::{compare, diff, dom, draft, keys, quote, seconds, select, swap};
use std::cell::Cell;

thread_local! {
    static LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// An item is in the page, the first one or one that was swapped in.
pub(super) fn arrive() {
    if !LISTENING.replace(true) {
        std::panic::set_hook(Box::new(|panic| {
            web_sys::console::error_1(&panic.to_string().into());
        }));
        keys::start();
        draft::start();
        seconds::start();
        swap::start();
        quote::start();
        select::start();
        diff::start();
        compare::start();
    }
    for tool in dom::all("main [data-tool][hidden]") {
        let _ = tool.remove_attribute("hidden");
    }
    seconds::arrive();
    draft::arrive();
    swap::arrive();
    compare::arrive();
    form_changed();
    if let Some(root) = dom::document().document_element() {
        let _ = root.set_attribute("data-desk", "ready");
    }
}

/// The form says something else now, typed or filled in: what shows parts of it follows.
pub(super) fn form_changed() {
    diff::refresh_soon();
    quote::highlight();
}
