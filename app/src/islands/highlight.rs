//! Marks in rendered text that leave the document as it is: the CSS Custom Highlight API where the
//! browser has it, `<mark>` elsewhere.

use super::dom;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Range, Text};

/// For a tree walker: text nodes only.
const SHOW_TEXT: u32 = 4;

/// Marks these ranges under a name that the style sheet knows; the marks before under that name go.
pub(super) fn set(name: &str, ranges: &[Range]) {
    if with_highlights(name, ranges).is_err() {
        with_marks(name, ranges);
    }
}

fn with_highlights(name: &str, ranges: &[Range]) -> Result<(), JsValue> {
    let window = dom::window();
    let make: Function = Reflect::get(&window, &"Highlight".into())?.dyn_into()?;
    let registry = Reflect::get(&Reflect::get(&window, &"CSS".into())?, &"highlights".into())?;
    let given: Array = ranges.iter().collect();
    let highlight = Reflect::construct(&make, &given)?;
    let set: Function = Reflect::get(&registry, &"set".into())?.dyn_into()?;
    set.call2(&registry, &name.into(), &highlight)?;
    Ok(())
}

fn with_marks(name: &str, ranges: &[Range]) {
    for mark in dom::all(&format!("mark.{name}")) {
        let parent = mark.parent_element();
        while let Some(child) = mark.first_child() {
            let _ = mark.before_with_node_1(&child);
        }
        mark.remove();
        if let Some(parent) = parent {
            parent.normalize();
        }
    }
    // from the last to the first, so that a node that is split keeps its earlier part
    for range in ranges.iter().rev() {
        mark_one(name, range);
    }
}

fn mark_one(name: &str, range: &Range) {
    let (Ok(root), Ok(start), Ok(end)) = (
        range.common_ancestor_container(),
        range.start_container(),
        range.end_container(),
    ) else {
        return;
    };
    let (from, to) = (
        range.start_offset().unwrap_or(0),
        range.end_offset().unwrap_or(0),
    );
    let mut texts: Vec<Text> = Vec::new();
    if let Ok(text) = root.clone().dyn_into::<Text>() {
        texts.push(text);
    } else if let Ok(walker) =
        dom::document().create_tree_walker_with_what_to_show(&root, SHOW_TEXT)
    {
        while let Ok(Some(node)) = walker.next_node() {
            if range.intersects_node(&node).unwrap_or(false) {
                texts.push(node.unchecked_into());
            }
        }
    }
    for text in texts {
        if text.is_same_node(Some(&end)) && to < text.length() {
            let _ = text.split_text(to);
        }
        let part = if text.is_same_node(Some(&start)) && from > 0 {
            text.split_text(from).unwrap_or(text)
        } else {
            text
        };
        if part.length() == 0 {
            continue;
        }
        let mark: Element = dom::element("mark", name, "").unchecked_into();
        let _ = part.before_with_node_1(&mark);
        let _ = mark.append_child(&part);
    }
}
