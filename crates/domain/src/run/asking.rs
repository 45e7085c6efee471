//! How models are asked one question after the other, by judging and for the tree: sampling, and what it costs.

use super::Sampling;
use crate::{Fields, Invalid};

/// The greatest seed: a number that JSON and forms hold exactly.
const MAX_SEED: f64 = 9_007_199_254_740_991.0;

impl Sampling {
    /// Reads `temperature`, `max_tokens`, `seed`, `price_in`, `price_out` (of a million tokens), and adds what is wrong.
    pub fn parse_asking(
        fields: &Fields,
        temperature: f64,
        wrong: &mut Vec<Invalid>,
    ) -> (Self, [f64; 2]) {
        let temperature = fields.within("temperature", (0.0, 5.0), temperature, wrong);
        let max_tokens = fields.whole_within("max_tokens", (1.0, 8192.0), 1024.0, wrong);
        let seed = fields.whole_within("seed", (0.0, MAX_SEED), 1.0, wrong);
        let price =
            ["price_in", "price_out"].map(|name| fields.within(name, (0.0, 1e6), 0.0, wrong));
        let sampling = Self {
            temperature,
            top_p: 1.0,
            max_tokens,
            seed: seed as u64,
            ..Self::default()
        };
        (sampling, price)
    }
}

/// What so many tokens read and written cost, at these prices of a million; `None` where no price was given.
pub fn cost([read, write]: [f64; 2], tokens: [i64; 2]) -> Option<f64> {
    (read > 0.0 || write > 0.0).then(|| (tokens[0] as f64 * read + tokens[1] as f64 * write) / 1e6)
}
