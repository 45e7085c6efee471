//! Submit and next without a new page: one request brings the answer in and the next item back. The form
//! stays as it is until the server has said yes; when it says no, or nothing, everything typed is there.

use super::{conflict, dom, draft, fetch, form, kept, keys, notice, rows};
use crate::text::desk as text;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomParser, Element, Event, HtmlFormElement, SubmitEvent, SupportedType};

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// The next item's page, fetched ahead without being handed out.
    static AHEAD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A server that takes longer than this to answer gets the next item shown ahead of it.
const SHOW_AHEAD_AFTER: i32 = 120;

pub(super) fn start() {
    dom::on(&dom::document(), "submit", false, |event: SubmitEvent| {
        submitted(&event);
    });
    dom::on(&dom::window(), "popstate", false, |_: Event| {
        // the address before this one may be another item: the server knows
        let _ = dom::window().location().reload();
    });
}

/// A new item: the one after it is fetched when this one has settled.
pub(super) fn arrive() {
    AHEAD.set(None);
    let Some(form) = form::work() else { return };
    let Some(url) = form
        .get_attribute("data-peek")
        .filter(|url| !url.is_empty())
    else {
        return;
    };
    dom::after(600, move || {
        wasm_bindgen_futures::spawn_local(async move {
            if let Ok(answer) = fetch::get(&url, "peek").await
                && answer.status == 200
                && form::work().as_ref() == Some(&form)
            {
                AHEAD.set(Some(answer.body));
            }
        });
    });
}

fn submitted(event: &SubmitEvent) {
    let Some(form) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlFormElement>().ok())
    else {
        return;
    };
    let is_work = form.id() == "work";
    if event.default_prevented() || !(is_work || form.has_attribute("data-swap")) {
        return;
    }
    let by = event.submitter();
    let said = |name: &str| by.as_ref().and_then(|by| by.get_attribute(name));
    let method = said("formmethod")
        .or_else(|| form.get_attribute("method"))
        .unwrap_or_default();
    if !method.eq_ignore_ascii_case("post") {
        return;
    }
    event.prevent_default();
    if BUSY.replace(true) {
        return; // a double click, a double key
    }
    let own = form.get_attribute("action").unwrap_or_default();
    let url = said("formaction").unwrap_or_else(|| own.clone());
    let mut pairs = form::read(&form);
    let pressed = said("name").zip(said("value"));
    let action = pressed
        .as_ref()
        .map_or("submit", |(_, value)| value)
        .to_owned();
    let answers = is_work && url == own && action == "submit";
    pairs.extend(pressed);
    if is_work && done_here(&action) {
        BUSY.set(false);
        return;
    }
    wasm_bindgen_futures::spawn_local(async move {
        send(&form, &url, pairs, answers).await;
        BUSY.set(false);
        mark_busy(false);
    });
}

/// What a button of the form asks for and the page can do by itself.
fn done_here(action: &str) -> bool {
    match action {
        "add-remark" => rows::add_one(),
        "save" => {
            keys::close_menu();
            draft::save();
            true
        }
        _ => false,
    }
}

/// Sends a form. `answers`: it is the answer to this item, not a skip, a flag or an undo.
async fn send(form: &HtmlFormElement, url: &str, mut pairs: form::Pairs, answers: bool) {
    mark_busy(true);
    if !answers {
        draft::save_and_wait().await; // what is typed survives a skip or an undo
    }
    draft::hold().await;
    if let Some(work) = form::work() {
        // a save that was under way may have moved these on
        for name in ["draft.version", "seconds"] {
            if let Some(pair) = pairs.iter_mut().find(|(n, _)| n == name) {
                pair.1 = form::value(&work, name);
            }
        }
    }
    let answered = std::rc::Rc::new(Cell::new(false));
    if answers {
        let answered = answered.clone();
        dom::after(SHOW_AHEAD_AFTER, move || {
            if !answered.get() {
                show_ahead();
            }
        });
    }
    let answer = fetch::post(url, &form::encode(&pairs), "swap", false).await;
    answered.set(true);
    take_back();
    let stays = |words: &str| {
        draft::resume();
        notice::show(words, &[]);
    };
    match answer {
        Err(_) => stays(text::NOT_SUBMITTED),
        Ok(answer) if answer.signed_out() => draft::session_ended(),
        Ok(answer) if answer.status == 200 => {
            kept::forget();
            replace(&answer.body, answer.location.as_deref());
        }
        Ok(answer) if answer.status == 422 => {
            replace(&answer.body, None);
            if let Some(errors) = dom::find("main .errors") {
                form::focus(&errors);
            }
            dom::announce(text::LOOK_AGAIN);
        }
        Ok(answer) if answer.status == 409 && answers => conflict::find_out(form.clone()).await,
        Ok(answer) if answer.status == 409 => stays(&why(&answer.body)),
        Ok(answer) if answer.status >= 500 => stays(text::NOT_SUBMITTED),
        Ok(answer) => stays(&text::refused(answer.status)),
    }
}

fn mark_busy(busy: bool) {
    if let Some(main) = dom::find("main") {
        let _ = main.set_attribute("aria-busy", if busy { "true" } else { "false" });
    }
}

/// The `<main>` of a page and its title; a body without one is taken whole.
fn main_of(html: &str) -> Option<(Element, String)> {
    let page = DomParser::new()
        .ok()?
        .parse_from_string(html, SupportedType::TextHtml)
        .ok()?;
    let main = page.query_selector("main").ok().flatten();
    Some((
        main.or_else(|| page.query_selector("body").ok().flatten())?,
        page.title(),
    ))
}

/// What a page that refuses says.
fn why(html: &str) -> String {
    let main = main_of(html).map(|(main, _)| main);
    let words =
        main.and_then(|main| dom::find_in(&main, ".notice").or_else(|| dom::find_in(&main, "h1")));
    words.map(|words| dom::words_of(&words)).unwrap_or_default()
}

/// Puts the server's page in place of this one. With a location it is a new item: the address, the focus
/// and the reader's place move on.
fn replace(html: &str, location: Option<&str>) {
    let (Some((new, title)), Some(main)) = (main_of(html), dom::find("main")) else {
        return draft::resume();
    };
    main.set_inner_html(&new.inner_html());
    if !title.is_empty() {
        dom::document().set_title(&title);
    }
    let here = dom::window().location().pathname().unwrap_or_default();
    let same_item = location.is_some_and(|to| to.split('?').next() == Some(&here));
    if let (Some(location), false, Ok(history)) = (location, same_item, dom::window().history()) {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(location));
    }
    hydrate(&main);
    if location.is_some() {
        let heading = dom::find_in(&main, "h1, h2").unwrap_or_else(|| main.clone());
        let _ = heading.set_attribute("tabindex", "-1");
        form::focus(&heading);
        dom::window().scroll_to_with_x_and_y(0.0, 0.0);
        let notice = dom::find_in(&main, ".notice").filter(|_| same_item);
        let said =
            dom::find_in(&main, "[data-announce]").and_then(|it| it.get_attribute("data-announce"));
        let next = said.unwrap_or_else(|| dom::words_of(&heading));
        dom::announce(
            &notice.map_or_else(|| text::saved_next(&next), |notice| dom::words_of(&notice)),
        );
    }
}

/// Brings the islands of a swapped-in part to life.
fn hydrate(root: &Element) {
    let hydrate = js_sys::Reflect::get(&dom::window(), &"hydrateIslands".into());
    if let Some(hydrate) = hydrate
        .ok()
        .and_then(|it| it.dyn_into::<js_sys::Function>().ok())
    {
        let _ = hydrate.call1(&JsValue::NULL, root);
    }
}

/// Shows the next item to read while the answer is on its way. It cannot be typed in, and this item's form
/// stays behind it untouched, so that a refused answer costs nothing.
fn show_ahead() {
    let (Some(html), Some(main)) = (AHEAD.take(), dom::find("main")) else {
        return;
    };
    let Some((next, _)) = main_of(&html) else {
        return;
    };
    let ahead = dom::element("div", "ahead", "");
    ahead.set_inner_html(&next.inner_html());
    for named in dom::all_in(&ahead, "[id], [name]") {
        let _ = named.remove_attribute("id");
        let _ = named.remove_attribute("name");
    }
    let _ = ahead.set_attribute("inert", "");
    let _ = main.prepend_with_node_1(&ahead);
    dom::window().scroll_to_with_x_and_y(0.0, 0.0);
}

fn take_back() {
    if let Some(ahead) = dom::find("main > .ahead") {
        ahead.remove();
    }
}
