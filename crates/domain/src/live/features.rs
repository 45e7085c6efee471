//! Features of a response that need no model: hashed words and characters, and a few plain measures.
//!
//! Words, pairs of words, and threes of characters within words are counted, damped (1 + ln n), and each
//! added with a sign to one of [`HASHED`] places, both from its hash (Weinberger et al. 2009: such a sum is
//! a random projection); that block has length 1. [`DENSE`] measures of length and form follow. The same
//! text gives the same features on every machine.

use super::hash;
use crate::search::words;
use std::collections::{HashMap, HashSet};

/// How these features are called where a page says which are used.
pub const NAME: &str = "hashed words";
/// Places for words and characters.
pub const HASHED: usize = 496;
/// Measures of length and form.
pub const DENSE: usize = 16;
/// Where the length stands, for the length-only baseline.
pub const LENGTH: usize = HASHED;
/// All together.
pub const DIMENSIONS: usize = HASHED + DENSE;

/// Characters of a text that are read: a longer one is judged by its beginning.
const READ: usize = 12_000;

/// The features of a response to a prompt.
pub fn hashed(prompt: &str, response: &str) -> Vec<f32> {
    let (prompt, response) = (beginning(prompt), beginning(response));
    let (asked, said) = (words(prompt), words(response));
    let mut counts: HashMap<u64, u32> = HashMap::new();
    let mut word_of: HashMap<&str, Vec<u64>> = HashMap::new();
    for (n, word) in said.iter().enumerate() {
        for part in word_of.entry(word).or_insert_with(|| parts(word)) {
            *counts.entry(*part).or_default() += 1;
        }
        if let Some(next) = said.get(n + 1) {
            *counts
                .entry(hash(b"pair", &format!("{word} {next}")))
                .or_default() += 1;
        }
    }
    let mut block = vec![0.0_f64; HASHED];
    for (part, count) in counts {
        let damped = 1.0 + f64::from(count).ln();
        let sign = if part >> 63 == 0 { 1.0 } else { -1.0 };
        #[expect(clippy::cast_possible_truncation, reason = "below 496")]
        let place = (part % HASHED as u64) as usize;
        block[place] += sign * damped;
    }
    let length = block.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-9);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "features are single precision"
    )]
    block
        .iter()
        .map(|x| x / length)
        .chain(measures(response, &asked, &said))
        .map(|x| x as f32)
        .collect()
}

fn beginning(text: &str) -> &str {
    text.char_indices()
        .nth(READ)
        .map_or(text, |(end, _)| &text[..end])
}

/// A word and its threes of characters, its edges marked.
fn parts(word: &str) -> Vec<u64> {
    let mut parts = vec![hash(b"word", word)];
    let letters: Vec<char> = std::iter::once('^')
        .chain(word.chars())
        .chain(std::iter::once('$'))
        .collect();
    if letters.len() > 4 {
        for three in letters.windows(3) {
            parts.push(hash(b"three", &three.iter().collect::<String>()));
        }
    }
    parts
}

/// Length and form, each about between −1 and 1.
fn measures(response: &str, asked: &[String], said: &[String]) -> [f64; DENSE] {
    let asked: HashSet<&str> = asked.iter().map(String::as_str).collect();
    let distinct: HashSet<&str> = said.iter().map(String::as_str).collect();
    let lines: Vec<&str> = response
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let letters = response.chars().count();
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let some = |count: usize| (1.0 + count as f64).ln() / 4.0;
    let times = |c: char| response.matches(c).count();
    let of_letters =
        |is: fn(char) -> bool| share(response.chars().filter(|c| is(*c)).count(), letters);
    let listed = lines
        .iter()
        .filter(|line| {
            line.starts_with(['-', '*', '•'])
                || line
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .starts_with(['.', ')'])
                    && line.starts_with(|c: char| c.is_ascii_digit())
        })
        .count();
    let sentences = times('.') + times('!') + times('?') + times('。');
    let ends_well = response
        .trim_end()
        .ends_with(['.', '!', '?', '。', ')', '"', '”', '`', ':']);
    let common = distinct.intersection(&asked).count();
    [
        (1.0 + said.len() as f64).ln() / 6.0,
        share(letters, said.len()) / 10.0,
        some(sentences),
        some(lines.len()),
        share(listed, lines.len()),
        f64::from(response.contains("```")),
        some(response.matches("**").count() + response.matches("\n#").count()),
        of_letters(|c| c.is_ascii_digit()) * 4.0,
        of_letters(char::is_uppercase) * 4.0,
        some(times('?')),
        some(times('!')),
        share(times(','), said.len()) * 4.0,
        share(common, distinct.len()),
        share(common, asked.len()),
        share(distinct.len(), said.len()),
        f64::from(ends_well) / 2.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a[..HASHED]
            .iter()
            .zip(&b[..HASHED])
            .map(|(a, b)| a * b)
            .sum()
    }

    #[test]
    fn like_texts_are_near_and_unlike_ones_far() {
        let f = |text| hashed("Which city is the capital of France?", text);
        let one = f("Paris is the capital of France.");
        let near = f("The capital of France is Paris.");
        let far = f("Quicksort partitions an array around a pivot element.");
        assert!(cosine(&one, &near) > 0.5, "{}", cosine(&one, &near));
        assert!(cosine(&one, &far).abs() < 0.25, "{}", cosine(&one, &far));
        assert_eq!(one, f("Paris is the capital of France."));
    }

    #[test]
    fn measures_say_what_they_measure() {
        let dense = |text: &str| hashed("Name three colours", text)[HASHED..].to_vec();
        let (plain, list) = (dense("red green blue"), dense("- red\n- green\n- blue"));
        assert!(
            list[4] > 0.99 && plain[4] < 0.01,
            "share of lines that are listed"
        );
        assert!(dense("Red. ".repeat(50).trim())[0] > plain[0], "length");
        assert!(
            dense("three colours")[12] > 0.99,
            "words taken from the prompt"
        );
    }

    proptest! {
        #[test]
        fn any_text_gives_finite_features(prompt in "\\PC{0,200}", response in "(?s).{0,400}") {
            let features = hashed(&prompt, &response);
            prop_assert_eq!(features.len(), DIMENSIONS);
            prop_assert!(features.iter().all(|x| x.is_finite() && x.abs() < 20.0));
        }
    }
}
