//! Words for full-text search: what is indexed and what a query asks for.

/// The most characters of a word that count.
const MAX_WORD: usize = 32;
/// How many characters of a word the index files it under.
const PREFIX: usize = 4;

/// The words of a text, in lower case. Scripts written without spaces give one word a character.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for c in text.chars().flat_map(char::to_lowercase) {
        let mark = matches!(c, '\u{0300}'..='\u{036F}');
        let alone = matches!(c,
            '\u{0E00}'..='\u{0E7F}' | '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}');
        if !alone && (c.is_alphanumeric() || (mark && !word.is_empty())) {
            if length < MAX_WORD {
                word.push(c);
            }
            length += 1;
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        length = 0;
        if alone && c.is_alphanumeric() {
            words.push(c.into());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The beginning under which the index files a word.
pub fn prefix(word: &str) -> &str {
    word.char_indices()
        .nth(PREFIX)
        .map_or(word, |(end, _)| &word[..end])
}

/// Whether a word of a query means this indexed word: long ones match as a beginning, short ones whole.
pub fn means(query: &str, indexed: &str) -> bool {
    query == indexed || (query.chars().count() >= PREFIX && indexed.starts_with(query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_of_several_scripts() {
        assert_eq!(
            words("The CAT's 2nd—Été, naïve"),
            ["the", "cat", "s", "2nd", "été", "naïve"]
        );
        assert_eq!(words("東京 Tower"), ["東", "京", "tower"]);
        assert_eq!(words("नमस्ते"), words("नमस्ते"));
        assert!(words(" …! ").is_empty());
    }

    #[test]
    fn long_words_match_by_their_beginning() {
        assert!(means("inter", "interval") && means("cat", "cat"));
        assert!(!means("cat", "catalogue") && !means("interval", "inter"));
    }

    proptest! {
        #[test]
        fn what_matches_is_filed_under_the_same_prefix(a in "[a-zé]{1,8}", b in "[a-zé]{0,8}") {
            let longer = format!("{a}{b}");
            if means(&a, &longer) {
                prop_assert_eq!(prefix(&a), prefix(&longer));
            }
        }
    }
}
