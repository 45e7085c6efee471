//! The parts of a response of which a reward model is asked what each adds: the reward of the whole less that of
//! the whole without the part (occlusion, Zeiler and Fergus 2014).
//!
//! **Together the parts are the response**, whatever is in it; several make one where there are very many.

/// The words, spaces standing before the word they lead to; at most `most` parts.
pub fn words(text: &str, most: usize) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut space = true;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && !space && at > 0 {
            cuts.push(at);
        }
        space = c.is_whitespace();
    }
    cut(text, &cuts, most)
}

/// The sentences with what stands between them; at most `most` parts.
pub fn segments(text: &str, most: usize) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut ended = false;
    for (at, c) in text.char_indices() {
        if ended && !c.is_whitespace() {
            cuts.push(at);
            ended = false;
        }
        if matches!(c, '.' | '!' | '?' | '\n' | '。' | '！' | '？' | '؟' | '।') {
            // 3.5 is one number
            let next = text[at + c.len_utf8()..].chars().next();
            ended = c == '\n' || !c.is_ascii() || next.is_none_or(char::is_whitespace);
        }
    }
    cut(text, &cuts, most)
}

/// The text without one of its parts.
pub fn without(parts: &[&str], left_out: usize) -> String {
    let kept = parts.iter().enumerate().filter(|(n, _)| *n != left_out);
    kept.map(|(_, part)| *part).collect()
}

fn cut<'a>(text: &'a str, cuts: &[usize], most: usize) -> Vec<&'a str> {
    let together = cuts.len().div_ceil(most.max(1)).max(1);
    let cuts: Vec<usize> = cuts.iter().copied().step_by(together).collect();
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    cuts.iter()
        .zip(ends)
        .map(|(&from, to)| &text[from..to])
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_text_and_lose_nothing() {
        assert_eq!(
            words("so  it is.\n\nGood", 9),
            ["so", "  it", " is.", "\n\nGood"]
        );
        assert_eq!(words(" a", 9), [" a"]);
        assert!(words("", 9).is_empty());
        let long = "é ".repeat(1000);
        let found = words(&long, 160);
        assert!(found.len() <= 160);
        assert_eq!(found.concat(), long);
        assert_eq!(without(&["a", " b", " c"], 1), "a c");
    }

    #[test]
    fn segments_are_the_text_and_lose_nothing() {
        let text = "It is 3.5 m. Is it? Yes!\n\nNo.  好。对";
        let cut = segments(text, 60);
        assert_eq!(cut.concat(), text);
        assert_eq!(
            cut,
            [
                "It is 3.5 m. ",
                "Is it? ",
                "Yes!\n\n",
                "No.  ",
                "好。",
                "对"
            ]
        );
        let long = "So. ".repeat(500);
        assert!(segments(&long, 60).len() <= 60);
    }
}
