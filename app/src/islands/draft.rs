//! What is typed is saved as it is typed: on this device at once, on the server a moment later.
//! The device's copy stays until the server has acknowledged the very same words. Every save names the
//! version it stands on; when that is no longer the newest, both versions are shown (see `conflict`).

use super::{conflict, desk, dom, fetch, form, kept, notice};
use crate::text::desk as text;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{Event, HtmlFormElement};

thread_local! {
    static SOON: Rc<dom::Debounce> = dom::Debounce::new(400.0, 3000.0, save);
    /// A save is under way.
    static SAVING: Cell<bool> = const { Cell::new(false) };
    /// Saves that failed in a row.
    static FAILURES: Cell<u32> = const { Cell::new(0) };
    /// No saves: the session ended, or two versions wait for a decision.
    static HELD: Cell<bool> = const { Cell::new(false) };
    /// The fingerprint of what the server has.
    static ACKNOWLEDGED: RefCell<String> = const { RefCell::new(String::new()) };
}

pub(super) fn start() {
    let typed = |event: Event| {
        if dom::target(&event)
            .is_some_and(|target| target.closest("form#work").ok().flatten().is_some())
        {
            changed();
        }
    };
    let document = dom::document();
    dom::on(&document, "input", false, typed);
    dom::on(&document, "change", false, typed);
    dom::on(&document, "focusout", false, |event: Event| {
        if dom::target(&event)
            .is_some_and(|target| target.closest("form#work").ok().flatten().is_some())
        {
            save();
        }
    });
    dom::on(&document, "visibilitychange", false, |_: Event| {
        if dom::document().visibility_state() == web_sys::VisibilityState::Hidden {
            save_on_the_way_out();
        }
    });
    dom::on(&dom::window(), "pagehide", false, |_: Event| {
        save_on_the_way_out();
    });
    dom::on(&dom::window(), "online", false, |_: Event| save());
}

/// A new item is in the page: brings back what the server never got.
pub(super) fn arrive() {
    SOON.with(|soon| soon.cancel());
    HELD.set(false);
    FAILURES.set(0);
    let Some(form) = form::work() else { return };
    let theirs = form::read(&form);
    if dom::find("main .errors").is_some() {
        // the form came back with mistakes: what it says was taken by nobody
        return resume();
    }
    ACKNOWLEDGED.set(form::fingerprint(&theirs));
    let Some((place, copy)) =
        kept::place(&form).and_then(|place| Some((place.clone(), kept::load(&place)?)))
    else {
        return;
    };
    if form::answer(&copy.fields) == form::answer(&theirs) {
        kept::forget();
        return;
    }
    let ours = copy.version == form::value(&form, "draft.version")
        || copy
            .sent
            .split(' ')
            .any(|sent| sent == form::fingerprint(&theirs));
    if !ours {
        // somebody saved over the version that this copy stands on
        form::fill(&form, &copy.fields);
        HELD.set(true);
        conflict::show(&form, theirs, form::value(&form, "draft.version"));
        return;
    }
    form::fill(&form, &copy.fields);
    kept::keep(
        &place,
        &kept::Copy {
            version: form::value(&form, "draft.version"),
            ..copy
        },
    );
    let undo = dom::button("", text::UNDO_RESTORE, move |_| {
        form::fill(&form, &theirs);
        changed();
        notice::clear();
    });
    notice::show(&text::restored(&dom::clock(copy.at)), &[undo]);
    SOON.with(dom::Debounce::poke);
}

/// Something in the form is not what it was a moment ago.
pub(super) fn changed() {
    if keep_here() {
        desk::form_changed();
        SOON.with(dom::Debounce::poke);
    }
}

/// Writes the device's copy; false when the form says what the server has.
fn keep_here() -> bool {
    let Some(form) = form::work() else {
        return false;
    };
    let Some(place) = kept::place(&form) else {
        return false;
    };
    let sent = kept::load(&place).map(|copy| copy.sent).unwrap_or_default();
    kept::keep(
        &place,
        &kept::Copy {
            at: dom::now(),
            version: form::value(&form, "draft.version"),
            sent,
            fields: form::read(&form),
        },
    );
    true
}

/// Whether the form holds words that the server has not acknowledged.
fn unsaved(form: &HtmlFormElement) -> bool {
    ACKNOWLEDGED.with_borrow(|known| *known != form::fingerprint(&form::read(form)))
}

/// Saves now.
pub(super) fn save() {
    wasm_bindgen_futures::spawn_local(save_and_wait());
}

/// Saves, and comes back when nothing is under way any more. A save that is under way is waited for,
/// and what was typed meanwhile is saved after it.
pub(super) async fn save_and_wait() {
    SOON.with(|soon| soon.cancel());
    settle().await;
    let Some(form) = form::work() else { return };
    if HELD.get() {
        return;
    }
    if !unsaved(&form) {
        return kept::forget();
    }
    let (Some(url), Some(place)) = (form.get_attribute("data-draft"), kept::place(&form)) else {
        return;
    };
    SAVING.set(true);
    notice::saving(text::SAVING);
    let fields = form::read(&form);
    let print = form::fingerprint(&fields);
    kept::note_sent(&place, &print);
    let answer = fetch::post(&url, &form::encode(&fields), "draft", false).await;
    SAVING.set(false);
    if form::work().as_ref() != Some(&form) {
        return; // another item is here by now
    }
    match answer {
        Ok(answer) if answer.status == 200 || answer.status == 204 => {
            acknowledged(&form, &place, print, &answer);
        }
        Ok(answer) if answer.status == 409 => {
            HELD.set(true);
            conflict::find_out(form).await;
        }
        Ok(answer) if answer.signed_out() => session_ended(),
        Ok(answer) if answer.status == 404 => {
            HELD.set(true);
            conflict::finished_elsewhere();
        }
        // refused for good: a limit, a right; trying again would not help
        Ok(answer) if answer.status < 500 && answer.status != 429 => {
            notice::show(&text::refused(answer.status), &[]);
        }
        _ => failed(),
    }
}

fn acknowledged(form: &HtmlFormElement, place: &str, print: String, answer: &fetch::Answer) {
    if let (Some(version), Some(field)) = (answer.version(), form::hidden(form, "draft.version")) {
        field.set_value(&version);
    }
    ACKNOWLEDGED.set(print);
    if unsaved(form) {
        if let Some(copy) = kept::load(place) {
            kept::keep(
                place,
                &kept::Copy {
                    version: form::value(form, "draft.version"),
                    sent: String::new(),
                    ..copy
                },
            );
        }
        SOON.with(dom::Debounce::poke);
    } else {
        kept::forget();
    }
    if FAILURES.replace(0) > 0 {
        notice::clear();
        dom::announce(text::SENT_AGAIN);
    }
    notice::saving(&text::saved_at(&dom::clock(dom::now())));
}

fn failed() {
    let failures = FAILURES.get() + 1;
    FAILURES.set(failures);
    notice::saving(text::KEPT_HERE);
    if failures == 1 {
        dom::announce(text::KEPT_HERE_WORDS);
    }
    let wait = 1000 * (1 << failures.min(5));
    dom::after(wait, save);
}

/// The person has to sign in again; nothing more is sent until then.
pub(super) fn session_ended() {
    HELD.set(true);
    keep_here();
    notice::saving(text::KEPT_HERE);
    let path = dom::window().location().pathname().unwrap_or_default();
    let next = String::from(js_sys::encode_uri_component(&path));
    let link = dom::element("a", "button", text::SIGN_IN_AGAIN);
    let _ = link.set_attribute("href", &format!("/sign-in?next={next}"));
    notice::show(text::SESSION_ENDED, &[link]);
}

/// Waits until no save is under way, at most a few seconds.
async fn settle() {
    for _ in 0..300 {
        if !SAVING.get() {
            return;
        }
        dom::sleep(10).await;
    }
}

/// Stops saving while the answer itself is sent: a draft that arrives after it would come back.
pub(super) async fn hold() {
    SOON.with(|soon| soon.cancel());
    HELD.set(true);
    settle().await;
}

/// The answer was not taken: what is typed is a draft again.
pub(super) fn resume() {
    HELD.set(false);
    ACKNOWLEDGED.set(String::new());
    keep_here();
    SOON.with(dom::Debounce::poke);
}

/// The person has decided between two versions.
pub(super) fn decided(form: &HtmlFormElement, version: &str) {
    if let Some(field) = form::hidden(form, "draft.version") {
        field.set_value(version);
    }
    HELD.set(false);
    ACKNOWLEDGED.set(String::new());
    keep_here();
    save();
}

/// The page is going away: the browser finishes this request after it.
fn save_on_the_way_out() {
    let Some(form) = form::work() else { return };
    if HELD.get() || SAVING.get() || !unsaved(&form) {
        return; // what is under way is under way; the device keeps the rest
    }
    keep_here();
    let (Some(url), Some(place)) = (form.get_attribute("data-draft"), kept::place(&form)) else {
        return;
    };
    let fields = form::read(&form);
    let print = form::fingerprint(&fields);
    kept::note_sent(&place, &print);
    SAVING.set(true);
    wasm_bindgen_futures::spawn_local(async move {
        // when the page stays after all (a tab that comes back), the answer is taken as usual
        let answer = fetch::post(&url, &form::encode(&fields), "draft", true).await;
        SAVING.set(false);
        if let Ok(answer) = answer
            && (answer.status == 200 || answer.status == 204)
            && form::work().as_ref() == Some(&form)
        {
            acknowledged(&form, &place, print, &answer);
        }
    });
}
