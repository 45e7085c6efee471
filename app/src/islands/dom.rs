//! The browser, in the few words that the islands need.

use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, NodeList, Window};

pub(super) fn window() -> Window {
    web_sys::window().expect("islands run in a window")
}

pub(super) fn document() -> Document {
    window().document().expect("a window has a document")
}

pub(super) fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

pub(super) fn find_in(root: &Element, selector: &str) -> Option<Element> {
    root.query_selector(selector).ok().flatten()
}

pub(super) fn all(selector: &str) -> Vec<Element> {
    listed(document().query_selector_all(selector))
}

pub(super) fn all_in(root: &Element, selector: &str) -> Vec<Element> {
    listed(root.query_selector_all(selector))
}

fn listed(found: Result<NodeList, JsValue>) -> Vec<Element> {
    let Ok(found) = found else { return Vec::new() };
    (0..found.length())
        .filter_map(|n| found.item(n)?.dyn_into().ok())
        .collect()
}

/// The element of an event's target, or what holds it.
pub(super) fn target(event: &Event) -> Option<Element> {
    let node: web_sys::Node = event.target()?.dyn_into().ok()?;
    match node.dyn_into::<Element>() {
        Ok(element) => Some(element),
        Err(node) => node.parent_element(),
    }
}

/// Listens for as long as the page lives. Listeners stand on the document, so that a new `<main>` needs
/// none of its own; `capture` is for events that do not bubble.
pub(super) fn on<E: JsCast>(
    target: &EventTarget,
    name: &str,
    capture: bool,
    mut run: impl FnMut(E) + 'static,
) {
    let listener =
        Closure::<dyn FnMut(Event)>::new(move |event: Event| run(event.unchecked_into()));
    let _ = target.add_event_listener_with_callback_and_bool(
        name,
        listener.as_ref().unchecked_ref(),
        capture,
    );
    listener.forget();
}

pub(super) fn after(milliseconds: i32, run: impl FnOnce() + 'static) {
    let run = Closure::once_into_js(run);
    let _ = window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(run.unchecked_ref(), milliseconds);
}

pub(super) async fn sleep(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let _ =
            window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}

pub(super) fn now() -> f64 {
    js_sys::Date::now()
}

/// `14:05` in the person's own time zone.
pub(super) fn clock(at: f64) -> String {
    let date = js_sys::Date::new(&at.into());
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// Says it through the page's live region. The region is emptied first, so that the same words twice
/// are heard twice.
pub(super) fn announce(words: &str) {
    let Some(region) = find("#status") else {
        return;
    };
    region.set_text_content(None);
    let words = words.to_owned();
    after(50, move || region.set_text_content(Some(&words)));
}

/// A new element; `text` is text, never markup.
pub(super) fn element(tag: &str, class: &str, text: &str) -> HtmlElement {
    let element: HtmlElement = document()
        .create_element(tag)
        .expect("a valid tag")
        .unchecked_into();
    if !class.is_empty() {
        element.set_class_name(class);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    element
}

pub(super) fn button(class: &str, text: &str, run: impl FnMut(Event) + 'static) -> HtmlElement {
    let button = element("button", class, text);
    let _ = button.set_attribute("type", "button");
    on(&button, "click", false, run);
    button
}

/// Whether it takes up room on the page.
pub(super) fn visible(element: &Element) -> bool {
    element.get_bounding_client_rect().width() > 0.0
}

/// An element's words without its key hints, in one line.
pub(super) fn words_of(element: &Element) -> String {
    let copy: Element = element
        .clone_node_with_deep(true)
        .map_or_else(|_| element.clone(), wasm_bindgen::JsCast::unchecked_into);
    for hint in all_in(&copy, "kbd, [hidden], small, svg") {
        hint.remove();
    }
    let text = copy.text_content().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Runs a little after the last of many calls, and at the latest `longest` after the first.
pub(super) struct Debounce {
    wait: f64,
    longest: f64,
    first: Cell<f64>,
    last: Cell<f64>,
    armed: Cell<bool>,
    run: fn(),
}

impl Debounce {
    pub(super) fn new(wait: f64, longest: f64, run: fn()) -> Rc<Self> {
        let never = Cell::new(0.0);
        Rc::new(Self {
            wait,
            longest,
            first: never.clone(),
            last: never,
            armed: Cell::new(false),
            run,
        })
    }

    pub(super) fn poke(self: &Rc<Self>) {
        let now = now();
        self.last.set(now);
        if !self.armed.replace(true) {
            self.first.set(now);
            self.arm(self.wait);
        } else if self.first.get().is_infinite() {
            self.first.set(now);
        }
    }

    /// Forgets what was waiting.
    pub(super) fn cancel(&self) {
        self.first.set(f64::INFINITY);
    }

    fn arm(self: &Rc<Self>, wait: f64) {
        let this = self.clone();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a few seconds in milliseconds"
        )]
        after(wait as i32 + 1, move || {
            let due = (this.last.get() + this.wait).min(this.first.get() + this.longest);
            if this.first.get().is_infinite() {
                this.armed.set(false);
            } else if due <= now() {
                this.armed.set(false);
                (this.run)();
            } else {
                this.arm(due - now());
            }
        });
    }
}
