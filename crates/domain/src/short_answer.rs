//! Typed short answers that say the same: equal but for case, spaces and the punctuation of sentences.

/// What two answers must share to count as the same. **Signs that can change what an answer means stay**: the
/// point in 3.5, the colon in 3:1, minus, brackets, the exclamation mark in 5!, the stroke in f'(x).
///
/// The result is only compared, never shown.
pub fn normalised(answer: &str) -> String {
    let chars: Vec<char> = answer.chars().collect();
    let digit = |place: Option<usize>| {
        place
            .and_then(|place| chars.get(place))
            .is_some_and(|c| c.is_numeric())
    };
    let letter = |place: Option<usize>| {
        place
            .and_then(|place| chars.get(place))
            .is_some_and(|c| c.is_alphabetic())
    };
    let mut kept = String::with_capacity(answer.len());
    for (place, &c) in chars.iter().enumerate() {
        let (before, after) = (place.checked_sub(1), Some(place + 1));
        match c {
            '“' | '”' | '„' | '«' | '»' | '"' | '¿' | '¡' | '…' => {}
            '\'' | '’' | '‘' if letter(before) && letter(after) => {}
            '’' => kept.push('\''),
            '.' | ',' | ':' if digit(before) && digit(after) => kept.push(c),
            '!' if digit(before) => kept.push(c),
            '.' | ',' | ':' | ';' | '!' | '?' | '。' | '、' | '，' | '；' | '？' | '！' | '؟'
            | '،' | '؛' => {
                kept.push(' ');
            }
            // a dash between words is a space, before a number a minus
            '-' | '‐' | '–' if letter(before) && letter(after) => kept.push(' '),
            '−' | '–' => kept.push('-'),
            _ => kept.extend(c.to_lowercase()),
        }
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::normalised;
    use proptest::prelude::*;

    #[test]
    fn sentences_match_and_meanings_do_not() {
        for (one, other) in [
            ("The  Sun.", "the sun"),
            ("photosynthesis!", "Photosynthesis"),
            ("Don't know", "dont know?"),
            ("well-known", "well known"),
            ("“gravity”", "gravity"),
            ("x = −1", "X = -1"),
            ("الجاذبية؟", "الجاذبية"),
        ] {
            assert_eq!(normalised(one), normalised(other), "{one} / {other}");
        }
        for (one, other) in [
            ("3.5", "35"),
            ("3:1", "31"),
            ("-1", "1"),
            ("5!", "5"),
            ("f'(x)", "f(x)"),
            ("(a+b)c", "a+bc"),
            ("not hot", "hot"),
        ] {
            assert_ne!(normalised(one), normalised(other), "{one} / {other}");
        }
    }

    proptest! {
        #[test]
        fn normalising_ignores_case_ends_and_runs_of_spaces(words in proptest::collection::vec("[a-zA-Z]{1,8}", 1..6)) {
            let plain = normalised(&words.join(" "));
            let loud = format!("  {}. ", words.join(" \t").to_uppercase());
            prop_assert_eq!(normalised(&loud), plain.clone());
            prop_assert_eq!(normalised(&plain), plain);
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,60}") {
            let once = normalised(&text);
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }
    }
}
