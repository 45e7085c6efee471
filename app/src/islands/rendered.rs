//! A response as it stands in the page: one text, and for each part of it the place in the document.

use super::dom;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement, Text};

/// What starts on a line of its own; words in two of them are two words.
const BLOCKS: &str = "p, li, td, th, h1, h2, h3, h4, h5, h6, pre, blockquote, div";

/// For a tree walker: text nodes only.
const SHOW_TEXT: u32 = 4;

/// The text of a response and the nodes it is made of.
pub(super) struct Rendered {
    /// The response's identifier.
    pub(super) id: String,
    /// All of it.
    pub(super) text: String,
    /// Each text node with the place of its first character.
    nodes: Vec<(usize, Text)>,
    length: usize,
}

impl Rendered {
    /// Reads a `[data-response]`.
    pub(super) fn of(response: &Element) -> Self {
        let root = dom::find_in(response, ".prose").unwrap_or_else(|| response.clone());
        let id = response.get_attribute("data-response").unwrap_or_default();
        let mut this = Self {
            id,
            text: String::new(),
            nodes: Vec::new(),
            length: 0,
        };
        let Ok(walker) = dom::document().create_tree_walker_with_what_to_show(&root, SHOW_TEXT)
        else {
            return this;
        };
        let mut block: Option<Element> = None;
        while let Ok(Some(node)) = walker.next_node() {
            let text: Text = node.unchecked_into();
            let within = text
                .parent_element()
                .and_then(|parent| parent.closest(BLOCKS).ok().flatten());
            if within != block && !this.text.is_empty() && !this.text.ends_with(char::is_whitespace)
            {
                this.text.push('\n');
                this.length += 1;
            }
            block = within;
            let words = text.data();
            let start = this.length;
            this.length += words.chars().count();
            this.text.push_str(&words);
            this.nodes.push((start, text));
        }
        this
    }

    /// Every response on the page.
    pub(super) fn all() -> Vec<(Element, Self)> {
        dom::all("main [data-response]")
            .into_iter()
            .map(|it| (it.clone(), Self::of(&it)))
            .collect()
    }

    /// The raw text it was rendered from.
    pub(super) fn raw(&self) -> Option<String> {
        raw_of(&self.id)
    }

    /// A part of it as a range of the document.
    pub(super) fn range(&self, part: Range<usize>) -> Option<web_sys::Range> {
        let range = dom::document().create_range().ok()?;
        let (node, offset) = self.place(part.start, false)?;
        range.set_start(&node, offset).ok()?;
        let (node, offset) = self.place(part.end, true)?;
        range.set_end(&node, offset).ok()?;
        Some(range)
    }

    /// The node and the offset (in UTF-16) of a character; an end belongs to the node before it.
    fn place(&self, at: usize, end: bool) -> Option<(Text, u32)> {
        let before = |start: usize| if end { start < at } else { start <= at };
        let (start, node) = self.nodes.iter().rev().find(|(start, _)| before(*start))?;
        let units: usize = node
            .data()
            .chars()
            .take(at - start)
            .map(char::len_utf16)
            .sum();
        Some((node.clone(), u32::try_from(units).ok()?))
    }

    /// The part of it that a range of the document covers.
    pub(super) fn part(&self, range: &web_sys::Range) -> Option<Range<usize>> {
        let mut covered = self
            .nodes
            .iter()
            .filter(|(_, node)| range.intersects_node(node).unwrap_or(false));
        let first = covered.next()?;
        let last = covered.next_back().unwrap_or(first);
        let start = match range.start_container() {
            Ok(node) if node.is_same_node(Some(&first.1)) => {
                first.0 + characters(&first.1, range.start_offset().ok()?)
            }
            _ => first.0,
        };
        let end = match range.end_container() {
            Ok(node) if node.is_same_node(Some(&last.1)) => {
                last.0 + characters(&last.1, range.end_offset().ok()?)
            }
            _ => last.0 + last.1.data().chars().count(),
        };
        (start < end).then_some(start..end)
    }

    /// Every word's part, in order.
    pub(super) fn words(&self) -> Vec<Range<usize>> {
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut before = ' ';
        for (at, c) in self.text.chars().enumerate() {
            // scripts without spaces go character by character
            let alone = matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{2E80}'..='\u{9FFF}');
            match words.last_mut() {
                _ if c.is_whitespace() => {}
                Some(word) if !before.is_whitespace() && !alone => word.end = at + 1,
                _ => words.push(at..at + 1),
            }
            before = c;
        }
        words
    }
}

/// The raw text of a response.
pub(super) fn raw_of(id: &str) -> Option<String> {
    let holder = dom::all("[data-raw]")
        .into_iter()
        .find(|it| it.get_attribute("data-raw").as_deref() == Some(id))?;
    match holder.dyn_ref::<HtmlTemplateElement>() {
        Some(template) => template.content().text_content(),
        None => Some(super::form::get(&holder)),
    }
}

/// How many characters the first `units` UTF-16 units of a node are.
fn characters(node: &Text, units: u32) -> usize {
    let mut left = units as usize;
    node.data()
        .chars()
        .take_while(|c| {
            let fits = left >= c.len_utf16();
            left = left.saturating_sub(c.len_utf16());
            fits
        })
        .count()
}
