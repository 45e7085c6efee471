//! Active seconds: a second counts when the page is in view and something was touched in the last thirty.

use super::{dom, form};
use std::cell::Cell;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Event;

const IDLE_AFTER: f64 = 30_000.0;

thread_local! {
    static TOUCHED: Cell<f64> = const { Cell::new(0.0) };
    static SECONDS: Cell<f64> = const { Cell::new(0.0) };
}

pub(super) fn start() {
    TOUCHED.set(dom::now());
    for name in [
        "keydown",
        "pointerdown",
        "pointermove",
        "wheel",
        "scroll",
        "input",
    ] {
        dom::on(&dom::document(), name, true, |_: Event| {
            TOUCHED.set(dom::now());
        });
    }
    let tick = Closure::<dyn FnMut()>::new(tick);
    let _ = dom::window().set_interval_with_callback_and_timeout_and_arguments_0(
        tick.as_ref().unchecked_ref(),
        1000,
    );
    tick.forget();
}

/// A new item: counting goes on from its draft.
pub(super) fn arrive() {
    let before = form::work().map(|form| form::value(&form, "seconds"));
    SECONDS.set(before.and_then(|text| text.parse().ok()).unwrap_or(0.0));
}

fn tick() {
    let visible = dom::document().visibility_state() == web_sys::VisibilityState::Visible;
    if !visible || dom::now() - TOUCHED.get() > IDLE_AFTER {
        return;
    }
    SECONDS.set(SECONDS.get() + 1.0);
    if let Some(field) = form::work().and_then(|form| form::hidden(&form, "seconds")) {
        field.set_value(&SECONDS.get().to_string());
    }
}
