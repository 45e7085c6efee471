//! Dialogues written as one text, `\n\nHuman: …\n\nAssistant: …`, and the prompt that two of them share.

use crate::prompt::Message;

const TURNS: [(&str, &str); 2] = [("\n\nHuman:", "user"), ("\n\nAssistant:", "assistant")];

/// The messages of such a text; `None` when it does not begin with a turn of the human.
pub(super) fn messages(text: &str) -> Option<Vec<Message>> {
    if !text.starts_with(TURNS[0].0) {
        return None;
    }
    let mut messages = Vec::new();
    let mut rest = text;
    while let Some((mark, role)) = TURNS.iter().find(|(mark, _)| rest.starts_with(mark)) {
        let body = &rest[mark.len()..];
        let end = TURNS
            .iter()
            .filter_map(|(mark, _)| body.find(mark))
            .min()
            .unwrap_or(body.len());
        messages.push(Message {
            role: (*role).to_owned(),
            content: body[..end].trim().to_owned(),
        });
        rest = &body[end..];
    }
    Some(messages)
}

/// Splits two texts that begin alike into what they share and what each goes on with. The cut is at a
/// word's end, so that `good` and `great` do not share a `g`.
pub(super) fn split<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str, &'a str) {
    let common: usize = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let cut = one[..common]
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace())
        .map_or(0, |(at, _)| at);
    (&one[..cut], &one[cut..], &other[cut..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dialogue_in_one_text_becomes_messages() {
        let text = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: And?\n\nAssistant:";
        let roles: Vec<_> = messages(text)
            .unwrap()
            .into_iter()
            .map(|m| (m.role, m.content))
            .collect();
        let expected = [
            ("user", "Hi"),
            ("assistant", "Hello"),
            ("user", "And?"),
            ("assistant", ""),
        ]
        .map(|(role, content)| (role.to_owned(), content.to_owned()));
        assert_eq!(roles, expected);
        assert_eq!(messages("Hi there"), None);
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing(one in "[a-c é—]{0,20}", other in "[a-c é—]{0,20}") {
            let (shared, a, b) = split(&one, &other);
            prop_assert_eq!(&format!("{shared}{a}"), &one);
            prop_assert_eq!(&format!("{shared}{b}"), &other);
        }
    }
}
