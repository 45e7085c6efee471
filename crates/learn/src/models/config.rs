//! The shape of a model of the Llama family: what differs between `SmolLM2`, Llama 2 and 3,
//! `TinyLlama`, Qwen2, Qwen2.5 and Qwen3.

use super::rope::RopeScaling;
use serde::{Deserialize, Serialize};

/// A decoder with RMS normalisation, rotary positions, grouped-query attention and `SwiGLU`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LlamaConfig {
    /// Entries of the vocabulary.
    pub vocab: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of one head; even. Not always `width / heads` (Qwen3).
    pub head_width: usize,
    /// Width inside the feed-forward network.
    pub feed_forward: usize,
    /// Added to the mean square before its root.
    pub norm_epsilon: f64,
    /// The base of the rotary frequencies.
    pub rope_theta: f64,
    /// How the rotary frequencies are stretched for long contexts.
    pub rope_scaling: RopeScaling,
    /// The head is the transposed embedding.
    pub tied: bool,
    /// Biases on the query, key and value projections (Qwen2).
    pub qkv_bias: bool,
    /// RMS normalisation of each query and key head (Qwen3).
    pub qk_norm: bool,
    /// The longest sequence it was trained for, in tokens.
    pub context: usize,
}

impl LlamaConfig {
    /// Two layers of width 64, about 110,000 parameters and the tied embedding: learns the
    /// controlled world of the tests within seconds on a CPU.
    pub fn tiny(vocab: usize) -> Self {
        Self {
            vocab,
            width: 64,
            layers: 2,
            heads: 4,
            kv_heads: 2,
            head_width: 16,
            feed_forward: 192,
            norm_epsilon: 1e-5,
            rope_theta: 10_000.0,
            rope_scaling: RopeScaling::None,
            tied: true,
            qkv_bias: false,
            qk_norm: false,
            context: 256,
        }
    }

    /// The number of weights.
    pub fn parameters(&self) -> usize {
        let queries = self.heads * self.head_width;
        let keys = self.kv_heads * self.head_width;
        let mut block = 2 * self.width * queries + 2 * self.width * keys;
        block += 3 * self.width * self.feed_forward + 2 * self.width;
        if self.qkv_bias {
            block += queries + 2 * keys;
        }
        if self.qk_norm {
            block += 2 * self.head_width;
        }
        let tables = if self.tied { 1 } else { 2 };
        tables * self.vocab * self.width + self.layers * block + self.width
    }

    /// Refuses a shape with which no model can be built.
    pub fn check(&self) -> Result<(), String> {
        let sizes = [
            ("vocabulary", self.vocab),
            ("width", self.width),
            ("layers", self.layers),
            ("heads", self.heads),
            ("key-value heads", self.kv_heads),
            ("head width", self.head_width),
            ("feed-forward width", self.feed_forward),
            ("context", self.context),
        ];
        if let Some((name, size)) = sizes.iter().find(|(_, size)| *size == 0 || *size > 1 << 28) {
            return Err(format!("{name} of {size}"));
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            return Err(format!(
                "{} heads cannot share {} key-value heads",
                self.heads, self.kv_heads
            ));
        }
        if !self.head_width.is_multiple_of(2) {
            return Err(format!(
                "rotary needs an even head width, not {}",
                self.head_width
            ));
        }
        let positive = |x: f64| x.is_finite() && x > 0.0;
        if !positive(self.norm_epsilon) || !positive(self.rope_theta) {
            return Err(format!(
                "norm epsilon {} or rotary base {} is not a positive number",
                self.norm_epsilon, self.rope_theta
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smollm2_has_as_many_parameters_as_its_card_says() {
        let config = LlamaConfig {
            vocab: 49_152,
            width: 576,
            layers: 30,
            heads: 9,
            kv_heads: 3,
            head_width: 64,
            feed_forward: 1_536,
            ..LlamaConfig::tiny(1)
        };
        assert_eq!(config.parameters(), 134_515_008);
    }

    #[test]
    fn impossible_shapes_are_refused_by_name() {
        let good = LlamaConfig::tiny(10);
        good.check().unwrap();
        let refused = |config: LlamaConfig| config.check().unwrap_err();
        assert!(
            refused(LlamaConfig {
                kv_heads: 3,
                ..good.clone()
            })
            .contains("3 key-value heads")
        );
        assert!(
            refused(LlamaConfig {
                head_width: 15,
                ..good.clone()
            })
            .contains("even")
        );
        assert!(
            refused(LlamaConfig {
                vocab: 0,
                ..good.clone()
            })
            .contains("vocabulary")
        );
        assert!(
            refused(LlamaConfig {
                norm_epsilon: f64::NAN,
                ..good
            })
            .contains("epsilon")
        );
    }
}
