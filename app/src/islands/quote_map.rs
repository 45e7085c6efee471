//! From places in a rendered text to places in the Markdown it came from, and back. Rendering drops
//! marks and changes white space but keeps words, so the two are aligned word by word; what is quoted
//! is always a part of the raw text, word for word.

use domain::diff::{Change, words};
use std::ops::Range;

/// Which character of the raw text each character of the rendered one is, where that is known.
pub(super) struct QuoteMap {
    to_raw: Vec<Option<usize>>,
    raw: Vec<char>,
}

impl QuoteMap {
    /// Aligns the two texts.
    pub(super) fn new(raw: &str, rendered: &str) -> Self {
        let mut to_raw = Vec::with_capacity(rendered.len());
        let mut at = 0;
        for piece in words(rendered, raw) {
            let length = piece.text.chars().count();
            match piece.change {
                Change::Kept => {
                    let known = piece.text.chars().enumerate();
                    to_raw.extend(known.map(|(n, c)| (!c.is_whitespace()).then_some(at + n)));
                    at += length;
                }
                Change::Removed => to_raw.extend(std::iter::repeat_n(None, length)),
                Change::Added => at += length,
            }
        }
        Self {
            to_raw,
            raw: raw.chars().collect(),
        }
    }

    /// The part of the raw text that a part of the rendered one shows, white space at its ends left off.
    /// A word whose middle carries marks (`un**believ**able`) is quoted whole.
    pub(super) fn raw(&self, rendered: Range<usize>) -> Option<Range<usize>> {
        let part = self.to_raw.get(rendered.clone())?;
        let known = |range: Range<usize>| self.to_raw[range].iter().flatten().copied();
        let (first, last) = (
            part.iter().position(Option::is_some),
            part.iter().rposition(Option::is_some),
        );
        let (mut start, mut end) = if let (Some(first), Some(last)) = (first, last) {
            let end = part[last]? + 1;
            (part[first]?, end)
        } else {
            // nothing in it is known: everything between the known places around it
            let before = known(0..rendered.start).next_back().map_or(0, |at| at + 1);
            let after = known(rendered.end..self.to_raw.len()).next();
            (before, after.unwrap_or(self.raw.len()))
        };
        while start < end && self.raw[start].is_whitespace() {
            start += 1;
        }
        while start < end && self.raw[end - 1].is_whitespace() {
            end -= 1;
        }
        (start < end).then_some(start..end)
    }

    /// The part of the rendered text that shows a part of the raw one.
    pub(super) fn rendered(&self, raw: Range<usize>) -> Option<Range<usize>> {
        let inside = |at: &Option<usize>| at.is_some_and(|at| raw.contains(&at));
        let first = self.to_raw.iter().position(inside)?;
        let last = self.to_raw.iter().rposition(inside)?;
        Some(first..last + 1)
    }

    /// A part of the raw text.
    pub(super) fn text(&self, part: Range<usize>) -> String {
        self.raw[part].iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::QuoteMap;

    /// Quotes `part` of the rendered text and reads it in the raw one.
    fn quoted(raw: &str, rendered: &str, part: &str) -> String {
        let start = rendered[..rendered.find(part).unwrap()].chars().count();
        let map = QuoteMap::new(raw, rendered);
        let range = map.raw(start..start + part.chars().count()).unwrap();
        assert_eq!(
            raw.chars()
                .skip(range.start)
                .take(range.len())
                .collect::<String>(),
            map.text(range.clone())
        );
        map.text(range)
    }

    #[test]
    fn plain_words_are_themselves() {
        assert_eq!(quoted("one two three", "one two three", "two"), "two");
        assert_eq!(quoted("one two three", "one two three", " two "), "two");
    }

    #[test]
    fn a_quote_across_marks_holds_the_marks() {
        let (raw, rendered) = (
            "A **very bold** claim.\n\n- first\n- second",
            "A very bold claim.\nfirst\nsecond\n",
        );
        assert_eq!(quoted(raw, rendered, "bold"), "bold");
        assert_eq!(quoted(raw, rendered, "bold claim"), "bold** claim");
        assert_eq!(quoted(raw, rendered, "first\nsecond"), "first\n- second");
    }

    #[test]
    fn the_second_of_two_equal_words_is_the_second() {
        let (raw, rendered) = ("the `cat` and the *cat*", "the cat and the cat");
        let map = QuoteMap::new(raw, rendered);
        assert_eq!(map.raw(16..19), Some(19..22));
        assert_eq!(map.rendered(19..22), Some(16..19));
    }

    #[test]
    fn a_word_with_marks_inside_is_quoted_whole() {
        assert_eq!(
            quoted(
                "so un**believ**able it is",
                "so unbelievable it is",
                "believ"
            ),
            "un**believ**able"
        );
    }

    #[test]
    fn links_and_other_scripts() {
        let (raw, rendered) = (
            "看[这里](http://example.org/here)的 naïve 🙂 words",
            "看这里的 naïve 🙂 words",
        );
        assert_eq!(quoted(raw, rendered, "这里"), "这里");
        assert_eq!(quoted(raw, rendered, "naïve 🙂"), "naïve 🙂");
    }

    #[test]
    fn white_space_alone_is_no_quote_of_its_own_making() {
        let map = QuoteMap::new("one two", "one two");
        assert_eq!(map.raw(3..4), None);
        assert_eq!(map.raw(5..99), None);
    }
}
