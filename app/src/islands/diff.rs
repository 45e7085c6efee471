//! The live difference beside a refinement. Of a long text only the paragraphs that changed are drawn
//! again. Added and removed words are `<ins>` and `<del>`: underlined and struck, never colour alone.

use super::{dom, form, remarks, rendered};
use crate::text::desk as text;
use domain::diff::{Change, Piece, words};
use std::rc::Rc;
use web_sys::{Element, Event};

thread_local! {
    static SOON: Rc<dom::Debounce> = dom::Debounce::new(150.0, 600.0, refresh);
}

pub(super) fn start() {
    dom::on(&dom::document(), "input", false, |event: Event| {
        let name = dom::target(&event).and_then(|it| it.get_attribute("name"));
        let remark = name
            .as_ref()
            .is_some_and(|name| name.starts_with("critique."));
        if remark
            || name.is_some_and(|name| dom::find(&format!("[data-diff-for=\"{name}\"]")).is_some())
        {
            refresh_soon();
        }
    });
}

pub(super) fn refresh_soon() {
    SOON.with(dom::Debounce::poke);
}

fn refresh() {
    remarks::refresh();
    for view in dom::all("main [data-diff-for]") {
        let name = view.get_attribute("data-diff-for").unwrap_or_default();
        let Some(field) = dom::find(&format!("#work [name=\"{name}\"]")) else {
            continue;
        };
        let Some(original) = original(&view, &name) else {
            continue;
        };
        let new = form::get(&field).replace("\r\n", "\n");
        if new.trim().is_empty() || new.trim() == original.trim() {
            let _ = view.set_attribute("hidden", "");
            continue;
        }
        let _ = view.remove_attribute("hidden");
        draw(&view, &words(original.trim(), new.trim()));
    }
}

/// What the refinement started from: the response that the view names, or the one at the field's place.
fn original(view: &Element, name: &str) -> Option<String> {
    let id = view.get_attribute("data-of").or_else(|| {
        let place: usize = name.split('.').nth(1)?.parse().ok()?;
        dom::all("main [data-response]")
            .get(place)?
            .get_attribute("data-response")
    })?;
    rendered::raw_of(&id).map(|raw| raw.replace("\r\n", "\n"))
}

/// Draws the difference, a paragraph an element.
fn draw(view: &Element, pieces: &[Piece]) {
    let count = |change| {
        pieces
            .iter()
            .filter(|p| p.change == change)
            .map(|p| p.text.split_whitespace().count())
            .sum()
    };
    let (added, removed): (usize, usize) = (count(Change::Added), count(Change::Removed));
    let summary = text::changes(added, removed);
    let paragraphs = paragraphs(pieces);
    let heading = dom::find_in(view, ".diff-summary").unwrap_or_else(|| {
        view.set_text_content(None);
        let heading = dom::element("p", "diff-summary hint", "");
        let _ = view.append_child(&heading);
        heading.into()
    });
    if heading.text_content().as_deref() != Some(&summary) {
        heading.set_text_content(Some(&summary));
    }
    let old = dom::all_in(view, ":scope > .diff-line");
    for (n, paragraph) in paragraphs.iter().enumerate() {
        let signature = signature(paragraph);
        let line = old.get(n).cloned().unwrap_or_else(|| {
            let line = dom::element("p", "diff-line", "");
            let _ = line.set_attribute("dir", "auto");
            let _ = view.append_child(&line);
            line.into()
        });
        if line.get_attribute("data-is").as_deref() == Some(&signature) {
            continue;
        }
        let _ = line.set_attribute("data-is", &signature);
        line.set_text_content(None);
        for (change, words) in paragraph {
            append(&line, *change, words);
        }
    }
    for line in old.iter().skip(paragraphs.len()) {
        line.remove();
    }
}

/// The pieces cut at line breaks.
fn paragraphs(pieces: &[Piece]) -> Vec<Vec<(Change, &str)>> {
    let mut paragraphs = vec![Vec::new()];
    for piece in pieces {
        for (n, line) in piece.text.split('\n').enumerate() {
            if n > 0 {
                // a line break that came or went is shown as such
                if piece.change != Change::Kept
                    && let Some(paragraph) = paragraphs.last_mut()
                {
                    paragraph.push((piece.change, "¶"));
                }
                paragraphs.push(Vec::new());
            }
            if let (false, Some(paragraph)) = (line.is_empty(), paragraphs.last_mut()) {
                paragraph.push((piece.change, line));
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn signature(paragraph: &[(Change, &str)]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hash = DefaultHasher::new();
    for (change, words) in paragraph {
        (*change as u8, words).hash(&mut hash);
    }
    format!("{:x}", hash.finish())
}

fn append(line: &Element, change: Change, words: &str) {
    let node = match change {
        Change::Kept => dom::document().create_text_node(words).into(),
        Change::Removed => web_sys::Node::from(dom::element("del", "", words)),
        Change::Added => dom::element("ins", "", words).into(),
    };
    let _ = line.append_child(&node);
}

/// Appends `text` with the words that `other` does not have marked.
pub(super) fn append_side(to: &Element, other: &str, text: &str) {
    for piece in words(other, text) {
        match piece.change {
            Change::Removed => {}
            change => append(to, change, &piece.text),
        }
    }
}
