//! The parts of a page that its server draws anew: swapped in place as events come. What has the focus or
//! is opened stays as it is.

use super::dom;
use crate::text::learning as text;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, EventSource, MessageEvent};

pub(super) fn arrive() {
    let Some(root) = dom::find("[data-events]") else {
        return;
    };
    let Some(source) = root
        .get_attribute("data-events")
        .and_then(|address| EventSource::new(&address).ok())
    else {
        return;
    };
    let _ = root.set_attribute("data-live", "ready");
    for link in dom::all_in(&root, "[data-without-scripts]") {
        let _ = link.set_attribute("hidden", "");
    }
    let closing = source.clone();
    let mut said = String::new();
    dom::on(&source, "run", false, move |event: MessageEvent| {
        let Some(data) = event.data().as_string() else {
            return;
        };
        let Ok(data) = js_sys::JSON::parse(&data) else {
            return;
        };
        swap(&root, &field(&data, "parts"));
        let status = field(&data, "status").as_string().unwrap_or_default();
        if !said.is_empty() && said != status {
            dom::announce(&text::is_now(&status));
        }
        let changed = !said.is_empty() && said != status;
        said = status;
        if field(&data, "over").is_truthy() {
            closing.close();
            // what can be done with it stands outside the parts
            if changed {
                let _ = dom::window().location().reload();
            }
        }
    });
}

fn field(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn swap(root: &Element, parts: &JsValue) {
    let Ok(parts) = parts.clone().dyn_into::<js_sys::Object>() else {
        return;
    };
    for name in js_sys::Object::keys(&parts).iter() {
        let Some(name) = name.as_string() else {
            continue;
        };
        let html = field(&parts, &name).as_string().unwrap_or_default();
        if let Some(part) = dom::find_in(root, &format!("[data-part=\"{name}\"]")) {
            put(&part, &html);
        }
    }
}

fn put(part: &Element, html: &str) {
    let focused = dom::document().active_element();
    if focused.is_some_and(|focused| part.contains(Some(&focused))) {
        return;
    }
    let open: Vec<bool> = dom::all_in(part, "details")
        .iter()
        .map(|details| details.has_attribute("open"))
        .collect();
    part.set_inner_html(html);
    for (details, open) in dom::all_in(part, "details").iter().zip(open) {
        if open {
            let _ = details.set_attribute("open", "");
        }
    }
}
