//! Selecting words of a response by keyboard alone: a mode in which arrows move by words, Shift extends,
//! and Escape leaves. Each step is announced, and the selection is the browser's own.

use super::{dom, form, keys, quote, rendered::Rendered};
use crate::text::desk as text;
use std::cell::RefCell;
use std::ops::Range;
use web_sys::{Element, Event, KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Where the mode is.
struct Mode {
    response: Element,
    rendered: Rendered,
    words: Vec<Range<usize>>,
    /// The word that stays, and the word that moves.
    anchor: usize,
    head: usize,
}

/// Words that up and down move by: about a line.
const LINE: usize = 10;

thread_local! {
    static MODE: RefCell<Option<Mode>> = const { RefCell::new(None) };
}

pub(super) fn start() {
    // before the single keys: while selecting, arrows and s mean something else
    dom::on(&dom::document(), "keydown", true, |event: KeyboardEvent| {
        pressed(&event);
    });
    dom::on(&dom::document(), "pointerdown", true, |_: Event| {
        MODE.set(None);
    });
    dom::on(&dom::document(), "click", false, |event: Event| {
        if dom::target(&event)
            .is_some_and(|it| it.closest("[data-tool=select]").ok().flatten().is_some())
        {
            enter_next();
        }
    });
}

/// Begins in the first response, or goes on to the next one.
fn enter_next() {
    let responses = dom::all("main [data-response]");
    let current = MODE.with_borrow(|mode| mode.as_ref().map(|mode| mode.response.clone()));
    let next = current
        .and_then(|now| responses.iter().position(|it| *it == now))
        .map_or(0, |at| at + 1);
    let Some(response) = responses.get(next).or_else(|| responses.first()) else {
        return;
    };
    let rendered = Rendered::of(response);
    let words = rendered.words();
    if words.is_empty() {
        return;
    }
    if !response.has_attribute("tabindex") {
        let _ = response.set_attribute("tabindex", "-1");
    }
    form::focus(response);
    let label = response.get_attribute("data-label").unwrap_or_default();
    let mode = Mode {
        response: response.clone(),
        rendered,
        words,
        anchor: 0,
        head: 0,
    };
    show(&mode);
    MODE.set(Some(mode));
    dom::announce(&text::selecting_in(&label));
}

fn leave() {
    MODE.set(None);
    if let Ok(Some(selection)) = dom::window().get_selection() {
        let _ = selection.remove_all_ranges();
    }
    dom::announce(text::LEFT_SELECTING);
}

fn pressed(event: &KeyboardEvent) {
    let typing = dom::document()
        .active_element()
        .is_some_and(|it| keys::takes_text(&it));
    if typing
        || event.ctrl_key()
        || event.alt_key()
        || event.meta_key()
        || MODE.with_borrow(Option::is_none)
    {
        return;
    }
    let next_key = dom::find("[data-tool=select]").and_then(|it| it.get_attribute("data-key"));
    let key = event.key();
    match key.as_str() {
        "Escape" => leave(),
        "Enter" => quote_it(),
        _ if Some(&key) == next_key.as_ref() => enter_next(),
        _ => {
            let moved = MODE.with_borrow_mut(|mode| {
                mode.as_mut()
                    .is_some_and(|mode| go(mode, &key, event.shift_key()))
            });
            if !moved {
                return;
            }
        }
    }
    event.prevent_default();
    event.stop_propagation();
}

fn quote_it() {
    MODE.set(None);
    quote::critique_selection();
}

/// Moves by a key; false when the key is none of ours.
fn go(mode: &mut Mode, key: &str, extend: bool) -> bool {
    let last = mode.words.len() - 1;
    mode.head = match key {
        "ArrowRight" => (mode.head + 1).min(last),
        "ArrowLeft" => mode.head.saturating_sub(1),
        "ArrowDown" => (mode.head + LINE).min(last),
        "ArrowUp" => mode.head.saturating_sub(LINE),
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    if !extend {
        mode.anchor = mode.head;
    }
    show(mode);
    let (from, to) = (mode.anchor.min(mode.head), mode.anchor.max(mode.head));
    let part = mode.words[from].start..mode.words[to].end;
    let words: String = mode
        .rendered
        .text
        .chars()
        .skip(part.start)
        .take(part.len())
        .collect();
    dom::announce(&words);
    true
}

fn show(mode: &Mode) {
    let (from, to) = (mode.anchor.min(mode.head), mode.anchor.max(mode.head));
    let Some(range) = mode
        .rendered
        .range(mode.words[from].start..mode.words[to].end)
    else {
        return;
    };
    if let Ok(Some(selection)) = dom::window().get_selection() {
        let _ = selection.remove_all_ranges();
        let _ = selection.add_range(&range);
    }
    if let Some(place) = range
        .end_container()
        .ok()
        .and_then(|node| node.parent_element())
    {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        place.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
