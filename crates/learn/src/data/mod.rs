//! What methods learn from: examples as plain structs, their tokens, and batches of them.
//!
//! A response's end-of-sequence token belongs to the response: it is learnt and scored like any other.
//! Batches are padded on the right, and what a pad holds changes nothing.

mod batch;
mod fit;
mod order;

pub use batch::{Batch, sums};
pub use fit::Cut;
pub use order::{Order, by_length, micro_batches, split, steps_of_epoch};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The SHA-256 of the examples, in hexadecimal: the same data, the same fingerprint.
pub fn fingerprint(examples: &impl Serialize) -> String {
    // Plain numbers, strings and flags: nothing in them can fail to serialise.
    let bytes = serde_json::to_vec(examples).unwrap_or_default();
    let digest = Sha256::digest(&bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tokens of a prompt and a response to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sequence {
    /// The prompt's tokens, then the response's with its end-of-sequence token.
    pub tokens: Vec<u32>,
    /// How many of them are the prompt's.
    pub prompt: usize,
}

impl Sequence {
    /// A prompt and a response that already ends as it should.
    pub fn new(prompt: &[u32], response: &[u32]) -> Self {
        Self {
            tokens: [prompt, response].concat(),
            prompt: prompt.len(),
        }
    }

    /// The tokens of the response that can be predicted: all of them, but for the first where the prompt
    /// is empty.
    pub fn response(&self) -> &[u32] {
        &self.tokens[self.prompt.max(1).min(self.tokens.len())..]
    }
}

/// Two responses to one prompt, one preferred or both equal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Which prompt: pairs with the same number share it.
    pub prompt: u64,
    /// The better one; either one of a tie.
    pub chosen: Sequence,
    /// The worse one; the other one of a tie.
    pub rejected: Sequence,
    /// How much better: 1 slightly, 2 clearly, 3 far. Not looked at for a tie.
    pub strength: u8,
    /// The two were judged equal.
    pub tie: bool,
}

/// One response that was called good or bad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Which prompt.
    pub prompt: u64,
    /// The prompt and the response.
    pub sequence: Sequence,
    /// Good rather than bad.
    pub desirable: bool,
}

/// One response to imitate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demonstration {
    /// Which prompt.
    pub prompt: u64,
    /// The prompt and the response.
    pub sequence: Sequence,
}
