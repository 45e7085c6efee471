//! The word sequences that many remarks share: n-grams of one to four words, counted by the remarks they stand in.
//! A sequence that only ever stands inside a longer one is left out (closed patterns), and none begins or ends with
//! a word that says nothing by itself. Words that are not English count as they are.

use std::collections::{BTreeMap, BTreeSet};

/// A phrase and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Its words, in small letters.
    pub words: String,
    /// The numbers of the remarks in which it stands, rising.
    pub remarks: Vec<usize>,
}

/// The longest phrase in words.
const LONGEST: usize = 4;
/// A single word shorter than this is no phrase.
const SHORTEST: usize = 4;

/// English words that neither begin nor end a phrase.
const EMPTY: [&str; 74] = [
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "could", "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in",
    "into", "is", "it", "its", "just", "like", "more", "no", "not", "of", "on", "one", "only",
    "or", "other", "out", "s", "should", "so", "some", "such", "t", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "too", "very", "was", "we", "were",
    "what", "when", "which", "who", "will", "with", "would", "you", "your",
];

/// Whether a writing system sets words without spaces, so that each character is taken for one.
fn unspaced(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
}

/// The words of a text, by the parts that its punctuation makes: no phrase reaches across a comma.
fn parts(text: &str) -> Vec<Vec<String>> {
    let parts = text.split(|letter| ".,;:!?()[]\"“”„«»…\n。、，；：！？".contains(letter));
    parts.map(words).collect()
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for letter in text.chars() {
        if unspaced(letter) {
            words.push(letter.into());
            open = false;
        } else if letter.is_alphanumeric() {
            if !open {
                words.push(String::new());
                open = true;
            }
            if let Some(last) = words.last_mut() {
                last.extend(letter.to_lowercase());
            }
        } else if !matches!(letter, '\'' | '’') {
            open = false;
        }
    }
    words
}

/// The phrases that stand in at least two of the remarks, those in most remarks first, then the longer; at most `most`.
pub fn phrases<'a>(remarks: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<Phrase> {
    let mut found: BTreeMap<Vec<String>, BTreeSet<usize>> = BTreeMap::new();
    let numbered = remarks.into_iter().enumerate();
    for (number, words) in
        numbered.flat_map(|(n, text)| parts(text).into_iter().map(move |it| (n, it)))
    {
        for from in 0..words.len() {
            if EMPTY.contains(&words[from].as_str()) {
                continue;
            }
            for to in from + 1..=words.len().min(from + LONGEST) {
                let phrase = &words[from..to];
                let last = &phrase[phrase.len() - 1];
                let short = phrase.len() == 1 && last.chars().count() < SHORTEST;
                if short || EMPTY.contains(&last.as_str()) {
                    continue;
                }
                found.entry(phrase.to_vec()).or_default().insert(number);
            }
        }
    }
    found.retain(|_, remarks| remarks.len() > 1);
    // a part that stands nowhere else than in the whole says less than the whole
    let mut inside: BTreeSet<Vec<String>> = BTreeSet::new();
    for (phrase, remarks) in found.iter().filter(|(phrase, _)| phrase.len() > 1) {
        for length in 1..phrase.len() {
            for part in phrase.windows(length) {
                if found.get(part).is_some_and(|of| of.len() == remarks.len()) {
                    inside.insert(part.to_vec());
                }
            }
        }
    }
    let mut kept: Vec<(Vec<String>, BTreeSet<usize>)> = found
        .into_iter()
        .filter(|(phrase, _)| !inside.contains(phrase))
        .collect();
    kept.sort_by(|a, b| {
        let size = b.1.len().cmp(&a.1.len());
        size.then(b.0.len().cmp(&a.0.len())).then(a.0.cmp(&b.0))
    });
    kept.truncate(most);
    kept.into_iter()
        .map(|(words, remarks)| Phrase {
            words: joined(&words),
            remarks: remarks.into_iter().collect(),
        })
        .collect()
}

fn joined(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let tight = word.chars().all(unspaced) && text.chars().next_back().is_some_and(unspaced);
        if !text.is_empty() && !tight {
            text.push(' ');
        }
        text += word;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Phrase, phrases};

    #[test]
    fn the_longest_common_words_are_named_once() {
        let remarks = [
            "It invents a source: no source given!",
            "Invents a source again.",
            "Too long, INVENTS A SOURCE.",
            "Too long.",
            "Ce n’est pas vrai",
        ];
        let found = phrases(remarks, 10);
        assert_eq!(
            found[0],
            Phrase {
                words: "invents a source".into(),
                remarks: vec![0, 1, 2]
            }
        );
        assert_eq!(
            (found[1].words.as_str(), &found[1].remarks[..]),
            ("long", &[2, 3][..])
        );
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn what_stands_alone_too_is_kept_and_unspaced_writing_is_read() {
        let found = phrases(
            [
                "wrong number",
                "wrong number",
                "number",
                "数字错误",
                "数字错误了",
            ],
            10,
        );
        let words: Vec<&str> = found.iter().map(|it| it.words.as_str()).collect();
        assert_eq!(words, ["number", "数字错误", "wrong number"]);
        assert!(phrases(["only once"], 10).is_empty());
    }
}
