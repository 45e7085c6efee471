//! Two versions of one answer: both are shown, the person decides. Neither is dropped silently.

use super::{diff, dom, draft, fetch, form, form::Pairs, notice};
use crate::text::desk as text;
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, HtmlFormElement, SupportedType};

/// A save was refused because another one came first: reads what the server has now.
pub(super) async fn find_out(mine: HtmlFormElement) {
    let here = dom::window().location().href().unwrap_or_default();
    let answer = match fetch::get(&here, "look").await {
        Ok(answer) if answer.signed_out() => return draft::session_ended(),
        Ok(answer) => answer,
        Err(_) => return draft::resume(),
    };
    let theirs = DomParser::new()
        .and_then(|parser| parser.parse_from_string(&answer.body, SupportedType::TextHtml))
        .ok()
        .and_then(|page| page.query_selector("form#work").ok().flatten())
        .and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
        .filter(|theirs| {
            theirs.get_attribute("data-draft") == mine.get_attribute("data-draft")
                && form::value(theirs, "round") == form::value(&mine, "round")
        });
    match theirs {
        Some(theirs) => show(
            &mine,
            form::read(&theirs),
            form::value(&theirs, "draft.version"),
        ),
        None => finished_elsewhere(),
    }
}

/// The item is no longer this person's to answer.
pub(super) fn finished_elsewhere() {
    let link = dom::element("a", "button", text::GO_ON);
    let path = dom::window().location().pathname().unwrap_or_default();
    // the queue is one step above the item
    let queue = path.rsplit_once('/').map_or("/", |(queue, _)| queue);
    let _ = link.set_attribute("href", queue);
    notice::show(text::DONE_ELSEWHERE, &[link]);
}

/// Shows both versions with the two ways on. `version` is what the next save has to stand on.
pub(super) fn show(mine: &HtmlFormElement, theirs: Pairs, version: String) {
    let here = form::read(mine);
    if form::answer(&here) == form::answer(&theirs) {
        draft::decided(mine, &version);
        return;
    }
    let table = both(&here, &theirs);
    let (keep_form, keep_version) = (mine.clone(), version.clone());
    let keep = dom::button("primary", text::KEEP_MINE, move |_| {
        notice::clear();
        draft::decided(&keep_form, &keep_version);
    });
    let take_form = mine.clone();
    let take = dom::button("", text::TAKE_THEIRS, move |_| {
        notice::clear();
        form::fill(&take_form, &theirs);
        draft::decided(&take_form, &version);
    });
    notice::show_with(text::CHANGED_ELSEWHERE, Some(&table), &[keep, take]);
}

/// The fields that differ, side by side, words that differ marked.
fn both(mine: &Pairs, theirs: &Pairs) -> Element {
    let list = dom::element("dl", "versions", "");
    let values = |pairs: &Pairs, name: &str| -> String {
        let of_name = pairs
            .iter()
            .filter(|(n, value)| n == name && !value.trim().is_empty());
        of_name
            .map(|(name, value)| form::words_of_value(name, value))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (a, b) = (form::answer(mine), form::answer(theirs));
    let mut names: Vec<&String> = a.iter().chain(&b).map(|(name, _)| name).collect();
    names.dedup();
    names.sort();
    names.dedup();
    for name in names {
        let (here, there) = (values(&a, name), values(&b, name));
        if here == there || form::last_part(name) == "start" {
            continue;
        }
        let _ = list.append_child(&dom::element("dt", "", &form::label_of(name)));
        for (side, one, other) in [(text::MINE, &here, &there), (text::THEIRS, &there, &here)] {
            let entry = dom::element("dd", "", "");
            let _ = entry.set_attribute("dir", "auto");
            let _ = entry.append_child(&dom::element("small", "", side));
            if one.is_empty() {
                let _ = entry.append_child(&dom::element("em", "", text::NOTHING));
            }
            diff::append_side(&entry, other, one);
            let _ = list.append_child(&entry);
        }
    }
    list.unchecked_into()
}
