//! The remarks of this form beside the response they are about, where it is being edited. The server
//! shows those it knows; this keeps them as they are typed.

use super::{dom, form, rows};
use web_sys::Element;

/// Draws them again.
pub(super) fn refresh() {
    for view in dom::all("main [data-diff-for][data-of]") {
        let beside = view
            .closest("details")
            .ok()
            .flatten()
            .and_then(|it| dom::find_in(&it, "aside"));
        let (Some(beside), Some(response)) = (beside, view.get_attribute("data-of")) else {
            continue;
        };
        draw(&beside, &about(&response));
    }
}

/// The texts of the rows about a response; with one response on the page all rows are about it.
fn about(response: &str) -> Vec<String> {
    let alone = dom::all("main [data-response]").len() == 1;
    let is_about = |number: usize| {
        rows::part(number, "response").map_or(alone, |field| form::get(&field) == response)
    };
    rows::numbers()
        .into_iter()
        .filter(|&number| is_about(number))
        .filter_map(|number| Some(form::get(&rows::part(number, "text")?)))
        .filter(|words| !words.trim().is_empty())
        .collect()
}

fn draw(beside: &Element, texts: &[String]) {
    let live = dom::find_in(beside, "ul.live").unwrap_or_else(|| {
        // what the server drew of this form is drawn here from now on
        for item in dom::all_in(beside, ".remarks > li") {
            let words = dom::find_in(&item, "span:last-child").and_then(|it| it.text_content());
            if words.is_some_and(|words| texts.contains(&words)) {
                item.remove();
            }
        }
        let live = dom::element("ul", "remarks live", "");
        let _ = beside.append_child(&live);
        live.into()
    });
    live.set_text_content(None);
    for words in texts {
        let item = dom::element("li", "", words);
        let _ = item.set_attribute("dir", "auto");
        let _ = live.append_child(&item);
    }
    if let Some(none) = dom::find_in(beside, ":scope > .muted") {
        let _ = none.toggle_attribute_with_force("hidden", !texts.is_empty());
    }
}
