//! Word-level differences between two texts, for refinements and side-by-side comparison.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// A run of text with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// The text, spaces and line breaks included.
    pub text: String,
}

/// What became of a run of text from the old version to the new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Stands in both.
    Kept,
    /// Stands in the old one only.
    Removed,
    /// Stands in the new one only.
    Added,
}

/// The difference from `old` to `new`, word by word. Concatenating the kept and removed pieces gives
/// `old`; the kept and added ones give `new`.
pub fn words(old: &str, new: &str) -> Vec<Piece> {
    let (a, b) = (split(old), split(new));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |change, parts: &[&str]| {
        if parts.is_empty() {
            return;
        }
        let text = parts.concat();
        match pieces.last_mut() {
            Some(last) if last.change == change => last.text.push_str(&text),
            _ => pieces.push(Piece { change, text }),
        }
    };
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        let (tag, old_range, new_range) = op.as_tag_tuple();
        match tag {
            DiffTag::Equal => push(Change::Kept, &a[old_range]),
            DiffTag::Delete => push(Change::Removed, &a[old_range]),
            DiffTag::Insert => push(Change::Added, &b[new_range]),
            DiffTag::Replace => {
                push(Change::Removed, &a[old_range]);
                push(Change::Added, &b[new_range]);
            }
        }
    }
    pieces
}

/// Words, runs of white space, single marks; scripts written without spaces go character by character.
fn split(text: &str) -> Vec<&str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Class {
        Word,
        Space,
        Single,
    }
    let class = |c: char| match c {
        c if c.is_whitespace() => Class::Space,
        // CJK, kana, Thai and their neighbours: no spaces between words
        '\u{0E00}'..='\u{0E7F}'
        | '\u{2E80}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}' => Class::Single,
        c if c.is_alphanumeric() || c == '\'' || c == '’' => Class::Word,
        // combining marks stay with their word
        '\u{0300}'..='\u{036F}' | '\u{200D}' | '\u{FE0F}' => Class::Word,
        _ => Class::Single,
    };
    let mut parts = Vec::new();
    let mut start = 0;
    let mut previous: Option<Class> = None;
    for (at, c) in text.char_indices() {
        let now = class(c);
        if previous.is_some_and(|before| before != now || now == Class::Single) {
            parts.push(&text[start..at]);
            start = at;
        }
        previous = Some(now);
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn side(pieces: &[Piece], not: Change) -> String {
        pieces
            .iter()
            .filter(|p| p.change != not)
            .map(|p| p.text.as_str())
            .collect()
    }

    #[test]
    fn one_word_replaced_is_one_removed_and_one_added() {
        let pieces = words("the cat sat", "the dog sat");
        let changes: Vec<_> = pieces.iter().map(|p| (p.change, p.text.as_str())).collect();
        assert_eq!(
            changes,
            [
                (Change::Kept, "the "),
                (Change::Removed, "cat"),
                (Change::Added, "dog"),
                (Change::Kept, " sat")
            ]
        );
    }

    proptest! {
        #[test]
        fn both_sides_can_be_read_back(old in "\\PC{0,80}", new in "\\PC{0,80}") {
            let pieces = words(&old, &new);
            prop_assert_eq!(side(&pieces, Change::Added), old);
            prop_assert_eq!(side(&pieces, Change::Removed), new);
        }
    }
}
