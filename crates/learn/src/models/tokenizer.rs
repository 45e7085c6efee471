//! Text to token ids and back, through Hugging Face's `tokenizers`, with the ids that a model
//! treats specially.

use crate::{Error, Result};
use std::path::Path;

/// Tokens that end an answer in some family's chat format, whatever a file calls its end token.
const ENDS: [&str; 8] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|eom_id|>",
    "</s>",
    "<|end|>",
    "<eos>",
];

/// A model's tokenizer.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    bos: Option<u32>,
    ends: Vec<u32>,
    pad: Option<u32>,
}

impl Tokenizer {
    /// From `tokenizer.json`. `bos` and `pad` are what the model's configuration says; `ends` too,
    /// the first being the one that training puts behind a response.
    ///
    /// # Errors
    /// What the library says about the JSON.
    pub fn from_json(
        json: &[u8],
        bos: Option<u32>,
        ends: &[u32],
        pad: Option<u32>,
    ) -> std::result::Result<Self, String> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(|e| e.to_string())?;
        // Batches are padded where they are made, and nothing is cut in silence.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|e| e.to_string())?;
        let special = inner.get_added_tokens_decoder();
        let known = ENDS.iter().filter_map(|end| {
            let id = inner.token_to_id(end)?;
            special
                .get(&id)
                .is_some_and(|token| token.special)
                .then_some(id)
        });
        let mut all = ends.to_vec();
        for id in known {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        let size = u32::try_from(inner.get_vocab_size(true)).unwrap_or(u32::MAX);
        if let Some(id) = bos.iter().chain(&all).chain(&pad).find(|id| **id >= size) {
            return Err(format!("special token {id} in a vocabulary of {size}"));
        }
        Ok(Self {
            inner,
            bos,
            ends: all,
            pad,
        })
    }

    /// The ids of a text as it stands: nothing is put before or behind it. Special tokens that are
    /// written out in the text (a chat template writes them) become their ids.
    ///
    /// # Panics
    /// Never: the library fails only on pairs and truncation, of which there are none.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.encoded(text, false)
    }

    /// Like [`Self::encode`], with what the tokenizer itself puts around a text (`[CLS]`, `<s>`).
    ///
    /// # Panics
    /// Never, as for [`Self::encode`].
    pub fn encode_framed(&self, text: &str) -> Vec<u32> {
        self.encoded(text, true)
    }

    fn encoded(&self, text: &str, framed: bool) -> Vec<u32> {
        let encoding = self.inner.encode_fast(text, framed);
        encoding
            .expect("a single text is encoded")
            .get_ids()
            .to_vec()
    }

    /// The text of these ids, without special tokens. A character that is cut in the middle becomes
    /// U+FFFD.
    ///
    /// # Panics
    /// Never: unknown ids are left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.inner.decode(ids, true).unwrap_or_default()
    }

    /// The text of these ids, special tokens written out.
    pub fn decode_all(&self, ids: &[u32]) -> String {
        self.inner.decode(ids, false).unwrap_or_default()
    }

    /// Entries of the vocabulary, added ones included.
    pub fn vocab(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The token that begins a text, if the model has one.
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// The token that ends a response, if the model has one: the first of [`Self::ends`].
    pub fn end(&self) -> Option<u32> {
        self.ends.first().copied()
    }

    /// The tokens after which generation stops.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// What fills up a batch; any id does, since pads are never looked at.
    pub fn pad(&self) -> u32 {
        self.pad.or(self.end()).unwrap_or(0)
    }

    /// The id of a token as the vocabulary writes it.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// A token as the vocabulary writes it.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Writes `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Artifact`] where it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.inner
            .save(path, false)
            .map_err(|e| Error::artifact(path, e))
    }

    /// A stream that turns tokens into text as soon as whole characters are there.
    pub fn stream(&self) -> TextStream<'_> {
        TextStream {
            tokenizer: self,
            ids: Vec::new(),
            said: 0,
            start: 0,
        }
    }
}

/// Tokens in, text out: never half a character, and all pieces together are the whole text.
#[derive(Debug)]
pub struct TextStream<'a> {
    tokenizer: &'a Tokenizer,
    ids: Vec<u32>,
    /// The first id that the next piece is decoded with, some tokens back for context.
    start: usize,
    /// Bytes of `ids[start..]` that were given out.
    said: usize,
}

impl TextStream<'_> {
    /// The text that this token completes, perhaps none.
    pub fn push(&mut self, id: u32) -> String {
        self.ids.push(id);
        let text = self.tokenizer.decode(&self.ids[self.start..]);
        if text.ends_with('\u{FFFD}') {
            return String::new();
        }
        self.take(&text)
    }

    /// What is left, though it may be half a character.
    pub fn finish(mut self) -> String {
        let text = self.tokenizer.decode(&self.ids[self.start..]);
        self.take(&text)
    }

    fn take(&mut self, text: &str) -> String {
        let Some(piece) = text.get(self.said..).map(str::to_owned) else {
            return String::new();
        };
        self.said = text.len();
        // Decode from a little way back only, so that a long text does not cost its square.
        if self.ids.len() - self.start > 64 {
            let start = self.ids.len() - 16;
            let rest = self.tokenizer.decode(&self.ids[start..]);
            if text.ends_with(&rest) && !rest.starts_with('\u{FFFD}') {
                self.start = start;
                self.said = rest.len();
            }
        }
        piece
    }
}
