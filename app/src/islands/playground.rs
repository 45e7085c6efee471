//! Both answers word by word, into the same form that a plain post fills.

use super::{dom, keys};
use crate::text::playground as text;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Element, FormData, HtmlFormElement, HtmlInputElement,
    ReadableStreamDefaultReader, RequestInit, Response, SubmitEvent, TextDecoder, UrlSearchParams,
};

const SIDES: [&str; 2] = ["a", "b"];
/// What the answers answer, noted when they are asked for.
const NOTED: [(&str, &str); 7] = [
    ("text", "asked"),
    ("a", "asked_a"),
    ("b", "asked_b"),
    ("temperature", "asked_temperature"),
    ("top_p", "asked_top_p"),
    ("max_tokens", "asked_max_tokens"),
    ("seed", "asked_seed"),
];

thread_local! {
    static STOP: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

pub(super) fn arrive() {
    let Some(form) = dom::find("#playground").and_then(|it| it.dyn_into::<HtmlFormElement>().ok())
    else {
        return;
    };
    keys::start();
    let target = form.clone();
    dom::on(&target, "submit", false, move |event: SubmitEvent| {
        let what = event
            .submitter()
            .and_then(|it| it.get_attribute("value"))
            .unwrap_or_default();
        let taken = event
            .submitter()
            .is_none_or(|it| it.get_attribute("name").as_deref() == Some("do") && what == "answer");
        let written = value(&form, "text");
        if taken && !written.trim().is_empty() {
            event.prevent_default();
            start(&form);
        }
    });
    if let Some(stop) = dom::find("[data-stop]") {
        dom::on(&stop, "click", false, |_: web_sys::Event| {
            STOP.with_borrow_mut(|stop| {
                if let Some(stop) = stop.take() {
                    stop.abort();
                }
            });
        });
    }
    if let Some(root) = dom::document().document_element() {
        let _ = root.set_attribute("data-playground", "ready");
    }
}

fn value(form: &HtmlFormElement, name: &str) -> String {
    let data = FormData::new_with_form(form).map(|data| data.get(name));
    data.ok().and_then(|it| it.as_string()).unwrap_or_default()
}

fn set(form: &HtmlFormElement, name: &str, text: &str) {
    let found = dom::find_in(form, &format!("input[name=\"{name}\"]"));
    if let Some(input) = found.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) {
        input.set_value(text);
    }
}

fn start(form: &HtmlFormElement) {
    let Some(address) = form.get_attribute("data-stream") else {
        return;
    };
    for (from, to) in NOTED {
        set(form, to, &value(form, from));
    }
    let Ok(stop) = AbortController::new() else {
        return;
    };
    STOP.with_borrow_mut(|known| {
        if let Some(before) = known.replace(stop.clone()) {
            before.abort();
        }
    });
    show("[data-verdict]", false);
    show("[data-stop]", true);
    dom::announce(text::SPEAKING);
    let (open, good) = (Rc::new(Cell::new(SIDES.len())), Rc::new(Cell::new(0)));
    for side in SIDES {
        set(form, &format!("answer_{side}"), "");
        name(form, side);
        let (form, address, stop) = (form.clone(), address.clone(), stop.clone());
        let (open, good) = (open.clone(), good.clone());
        spawn_local(async move {
            if speak(&form, &address, side, &stop).await {
                good.set(good.get() + 1);
            }
            open.set(open.get() - 1);
            if open.get() == 0 {
                show("[data-stop]", false);
                let all = good.get() == SIDES.len();
                show("[data-verdict]", all);
                dom::announce(if all { text::DONE } else { text::BROKE });
            }
        });
    }
}

/// The chosen model's name, above its answer.
fn name(form: &HtmlFormElement, side: &str) {
    let chosen = dom::find_in(form, &format!("select[name=\"{side}\"] option:checked"));
    let label = dom::find_in(form, &format!("[data-name=\"{side}\"]"));
    if let (Some(chosen), Some(label)) = (chosen, label) {
        label.set_text_content(chosen.text_content().as_deref());
    }
}

fn show(selector: &str, on: bool) {
    if let Some(element) = dom::find(selector) {
        let _ = element.toggle_attribute_with_force("hidden", !on);
    }
}

/// One side; whether there is an answer to compare.
async fn speak(form: &HtmlFormElement, address: &str, side: &str, stop: &AbortController) -> bool {
    let Some(pane) = dom::find_in(form, &format!("[data-pane=\"{side}\"]")) else {
        return false;
    };
    pane.set_inner_html("");
    let words = dom::element("p", "verbatim", "");
    let _ = words.set_attribute("dir", "auto");
    let _ = pane.append_child(&words);
    let mut said = String::new();
    let outcome = hear(form, address, side, stop, |piece| {
        said.push_str(piece);
        words.set_text_content(Some(&said));
    })
    .await;
    let fine = matches!(outcome, Ok(None));
    match outcome {
        Ok(None) => set(form, &format!("answer_{side}"), &said),
        Ok(Some(problem)) => tell(&pane, &problem),
        // what was said until somebody pressed Stop can be compared too
        Err(_) if stop.signal().aborted() && !said.is_empty() => {
            set(form, &format!("answer_{side}"), &said);
            return true;
        }
        Err(_) if stop.signal().aborted() => tell(&pane, text::STOPPED),
        Err(_) => tell(&pane, text::LOST),
    }
    fine && !said.is_empty()
}

fn tell(pane: &Element, problem: &str) {
    let notice = dom::element("div", "notice bad", "");
    let _ = notice.append_child(&dom::element("p", "", problem));
    let _ = pane.append_child(&notice);
}

/// Reads the stream of one side; a problem in the server's words, if there was one.
async fn hear(
    form: &HtmlFormElement,
    address: &str,
    side: &str,
    stop: &AbortController,
    mut piece: impl FnMut(&str),
) -> Result<Option<String>, JsValue> {
    let data = FormData::new_with_form(form)?;
    data.set_with_str("side", side)?;
    let body = UrlSearchParams::new_with_str_sequence_sequence(&js_sys::Array::from(&data))?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body_opt_url_search_params(Some(&body));
    request.set_signal(Some(&stop.signal()));
    let response = dom::window().fetch_with_str_and_init(address, &request);
    let response: Response = JsFuture::from(response).await?.dyn_into()?;
    if !response.ok() {
        let words = JsFuture::from(response.text()?).await?;
        let words = words.as_string().unwrap_or_default();
        return Ok(Some(plain(&words, response.status())));
    }
    let Some(body) = response.body() else {
        return Err(JsValue::NULL);
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    let decoder = TextDecoder::new()?;
    let mut waiting = String::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        if js_sys::Reflect::get(&chunk, &"done".into())?.is_truthy() {
            // the server always says that it is done
            return Err(JsValue::NULL);
        }
        let bytes: js_sys::Uint8Array =
            js_sys::Reflect::get(&chunk, &"value".into())?.dyn_into()?;
        let options = web_sys::TextDecodeOptions::new();
        options.set_stream(true);
        waiting += &decoder.decode_with_js_u8_array_and_options(&bytes, &options)?;
        while let Some(end) = waiting.find('\n') {
            let line: String = waiting.drain(..=end).collect();
            let Some(data) = line.trim().strip_prefix("data:") else {
                continue;
            };
            let event = js_sys::JSON::parse(data.trim())?;
            let get = |name: &str| {
                let value = js_sys::Reflect::get(&event, &name.into());
                value.ok().and_then(|it| it.as_string())
            };
            if let Some(text) = get("text") {
                piece(&text);
            } else if let Some(problem) = get("problem") {
                return Ok(Some(problem));
            } else if get("done").is_some() {
                return Ok(None);
            }
        }
    }
}

/// The words of an error's page.
fn plain(page: &str, status: u16) -> String {
    let parsed = web_sys::DomParser::new()
        .and_then(|it| it.parse_from_string(page, web_sys::SupportedType::TextHtml));
    let words = parsed
        .ok()
        .and_then(|page| page.query_selector("main p").ok().flatten())
        .and_then(|it| it.text_content())
        .filter(|words| !words.trim().is_empty());
    words.unwrap_or_else(|| crate::text::desk::refused(status))
}
