//! Text to tokens and back, as a model expects it: conversations through its chat template, responses with
//! their end, both cut to the longest sequence.

use domain::prompt::{Message, plain_text};
use learn::data::{Cut, Sequence};
use learn::models::{ChatTemplate, Tokenizer};

/// A model's tokenizer and chat template.
#[derive(Debug)]
pub struct Words {
    /// Text to ids and back.
    pub tokenizer: Tokenizer,
    /// How it expects conversations; absent for base models.
    pub template: Option<ChatTemplate>,
}

/// A text that both databases can hold: PostgreSQL takes no zero byte, which a model may well say.
pub fn storable(text: String) -> String {
    if text.contains('\0') {
        return text.replace('\0', "\u{FFFD}");
    }
    text
}

impl Words {
    /// The prompt's tokens, up to where the response begins. `now` is for templates that write a date.
    ///
    /// # Errors
    /// What the template says against the conversation.
    pub fn prompt(&self, messages: &[Message], now: i64) -> anyhow::Result<Vec<u32>> {
        match &self.template {
            Some(template) => {
                let text = template
                    .render(messages, true, now)
                    .map_err(|why| anyhow::anyhow!("the model's chat template: {why}"))?;
                Ok(self.tokenizer.encode(&text))
            }
            // a base model goes on with the text
            None => {
                let text = format!("{}\n\n", plain_text(messages));
                Ok(self.tokenizer.encode_framed(&text))
            }
        }
    }

    /// The response's tokens with its end.
    pub fn response(&self, text: &str) -> Vec<u32> {
        let mut tokens = self.tokenizer.encode(text);
        tokens.extend(self.tokenizer.end());
        tokens
    }

    /// A prompt and a response of at most `longest` tokens together, with its end; `cut` counts what is lost.
    pub fn sequence(
        &self,
        prompt: &[u32],
        response: &str,
        longest: usize,
        cut: &mut Cut,
    ) -> Sequence {
        cut.fit(prompt, &self.response(response), longest)
    }
}

#[cfg(test)]
mod tests {
    use super::storable;

    #[test]
    fn a_zero_byte_becomes_the_sign_for_what_cannot_be_shown() {
        assert_eq!(storable("a\0b".into()), "a\u{FFFD}b");
        assert_eq!(storable("ab".into()), "ab");
    }
}
