//! Generation from text to text: stop strings, and text pieces as soon as whole characters are there.

use super::{Completion, Drawn, Finish, Sampling, Seed, generate};
use crate::models::{Llama, TextStream, Tokenizer};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A completion with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Without special tokens, and without a stop string and what came after it.
    pub text: String,
    /// Its tokens; they may reach a little beyond the text where a stop string ended it.
    pub completion: Completion,
}

/// Completes every prompt and turns the answers into text. A sequence ends where one of `stops`
/// appears. `on_text(prompt, sample, piece)` gets the pieces as they come, all of them together being
/// the text; with `Break` the sequence ends. An empty prompt is given the token that begins (or else
/// ends) a text.
///
/// # Panics
/// As [`generate`], for a token outside the model's vocabulary.
pub fn generate_text<'a>(
    model: &Llama,
    tokenizer: &Tokenizer,
    prompts: &[Vec<u32>],
    sampling: &Sampling,
    stops: &[String],
    seed: impl Into<Seed<'a>>,
    on_text: &mut dyn FnMut(usize, usize, &str) -> ControlFlow<()>,
) -> Vec<Text> {
    let first = tokenizer.bos().or(tokenizer.end()).unwrap_or(0);
    let prompts = prompts
        .iter()
        .map(|prompt| {
            if prompt.is_empty() {
                vec![first]
            } else {
                prompt.clone()
            }
        })
        .collect::<Vec<_>>();
    let mut saying = HashMap::new();
    let completions = generate(model, &prompts, sampling, seed, &mut |drawn: Drawn| {
        let saying = saying
            .entry((drawn.prompt, drawn.sample))
            .or_insert_with(|| Saying::new(tokenizer, stops));
        let piece = saying.push(drawn.token);
        let told = match piece.is_empty() {
            true => ControlFlow::Continue(()),
            false => on_text(drawn.prompt, drawn.sample, &piece),
        };
        if saying.stopped {
            ControlFlow::Break(())
        } else {
            told
        }
    });
    let finished = completions.into_iter().map(|mut completion| {
        let key = (completion.prompt, completion.sample);
        let mut saying = saying
            .remove(&key)
            .unwrap_or_else(|| Saying::new(tokenizer, stops));
        let rest = saying.finish();
        if !rest.is_empty() {
            let _ = on_text(key.0, key.1, &rest);
        }
        if saying.stopped {
            completion.finish = Finish::Stopped;
        }
        Text {
            text: saying.text,
            completion,
        }
    });
    finished.collect()
}

/// One answer as it grows.
struct Saying<'a> {
    stream: Option<TextStream<'a>>,
    stops: &'a [String],
    /// What was given out.
    text: String,
    /// What might be the beginning of a stop string.
    held: String,
    stopped: bool,
}

impl<'a> Saying<'a> {
    fn new(tokenizer: &'a Tokenizer, stops: &'a [String]) -> Self {
        Self {
            stream: Some(tokenizer.stream()),
            stops,
            text: String::new(),
            held: String::new(),
            stopped: false,
        }
    }

    fn push(&mut self, token: u32) -> String {
        let piece = self.stream.as_mut().map(|stream| stream.push(token));
        self.take(&piece.unwrap_or_default())
    }

    fn finish(&mut self) -> String {
        let piece = self
            .stream
            .take()
            .map(TextStream::finish)
            .unwrap_or_default();
        let mut out = self.take(&piece);
        if !self.stopped {
            self.text.push_str(&self.held);
            out.push_str(&std::mem::take(&mut self.held));
        }
        out
    }

    /// Gives out what can no longer become part of a stop string.
    fn take(&mut self, piece: &str) -> String {
        if self.stopped {
            return String::new();
        }
        self.held.push_str(piece);
        let stops = self.stops.iter().filter(|stop| !stop.is_empty());
        let found = stops
            .clone()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min();
        let keep = match found {
            Some(at) => {
                self.stopped = true;
                at
            }
            None => {
                let held = stops
                    .map(|stop| overlap(&self.held, stop))
                    .max()
                    .unwrap_or(0);
                self.held.len() - held
            }
        };
        let rest = self.held.split_off(keep);
        let out = std::mem::replace(&mut self.held, rest);
        self.text.push_str(&out);
        out
    }
}

/// Bytes at the end of `text` that begin `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    let lengths = stop.char_indices().map(|(at, _)| at).rev();
    lengths
        .filter(|length| *length <= text.len())
        .find(|length| text.as_bytes().ends_with(&stop.as_bytes()[..*length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn a_stop_string_is_held_back_from_its_first_character() {
        assert_eq!(overlap("so\n\nHu", "\n\nHuman:"), 4);
        assert_eq!(overlap("so\n\n", "\n\nHuman:"), 2);
        assert_eq!(overlap("so", "\n\nHuman:"), 0);
        assert_eq!(overlap("é", "éé"), 2);
    }
}
