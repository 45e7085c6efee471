//! The Llama family (Touvron et al. 2023): pre-normalised blocks of grouped-query attention and
//! `SwiGLU`, rotary positions, tied or untied head. Field names are those of the Hugging Face
//! checkpoints, so that a parameter's path reads `layers.0.self_attn.q_proj.weight`; weights of
//! linear layers are `[input, output]`, as burn keeps them.

use super::{
    attention::{Attention, Hidden},
    cache::Cache,
    config::LlamaConfig,
    lora::Linear,
    rope::Rotation,
};
use burn::module::{Module, Param};
use burn::nn::{Embedding, RmsNorm};
use burn::tensor::{DType, Device, Int, Tensor, TensorData, activation::silu};
use domain::stats::Random;

/// Rows whose logits are computed with the embedding on the left.
const FEW: usize = 96;

/// A causal language model.
#[derive(Module, Debug)]
pub struct Llama {
    /// `[vocab, width]`.
    pub embed_tokens: Embedding,
    /// In order of application.
    pub layers: Vec<Block>,
    /// Before the head.
    pub norm: RmsNorm,
    /// `[width, vocab]`; absent where the head is the transposed embedding.
    pub lm_head: Option<Linear>,
    #[module(skip)]
    config: LlamaConfig,
}

/// Attention and feed-forward network, each normalised before and added to what came in.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub input_layernorm: RmsNorm,
    /// Looks back.
    pub self_attn: Attention,
    /// Before the feed-forward network.
    pub post_attention_layernorm: RmsNorm,
    /// Thinks about each position by itself.
    pub mlp: Mlp,
}

/// `SwiGLU` (Shazeer 2020): `down(silu(gate(x)) · up(x))`.
#[expect(clippy::struct_field_names, reason = "the names in the files")]
#[derive(Module, Debug)]
pub struct Mlp {
    /// `[width, feed_forward]`.
    pub gate_proj: Linear,
    /// `[width, feed_forward]`.
    pub up_proj: Linear,
    /// `[feed_forward, width]`.
    pub down_proj: Linear,
}

impl Mlp {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let gate = silu(self.gate_proj.forward(x.clone()));
        self.down_proj.forward(gate * self.up_proj.forward(x))
    }
}

impl Llama {
    /// Random weights: the same ones for the same shape. See [`Self::init_seeded`].
    pub fn init(config: &LlamaConfig, device: &Device) -> Self {
        Self::init_seeded(config, 0, device)
    }

    /// Random weights from a seed: normal with deviation 0.02, divided by √(2 · layers) where a
    /// block adds to the residual stream (Radford et al. 2019).
    ///
    /// # Panics
    /// For a shape that [`LlamaConfig::check`] refuses.
    pub fn init_seeded(config: &LlamaConfig, seed: u64, device: &Device) -> Self {
        config.check().expect("a possible shape");
        let mut weights = Initial {
            random: Random::seeded(seed),
            residual: 1.0 / (2.0 * config.layers as f64).sqrt(),
            device,
        };
        let embedding = weights.matrix(config.vocab, config.width, 0.02);
        let layers = (0..config.layers).map(|_| Block {
            input_layernorm: weights.norm(config.width, config.norm_epsilon),
            self_attn: Attention::init(config, &mut weights),
            post_attention_layernorm: weights.norm(config.width, config.norm_epsilon),
            mlp: Mlp {
                gate_proj: weights.linear(config.width, config.feed_forward, false, false),
                up_proj: weights.linear(config.width, config.feed_forward, false, false),
                down_proj: weights.linear(config.feed_forward, config.width, false, true),
            },
        });
        Self {
            embed_tokens: Embedding { weight: embedding },
            layers: layers.collect(),
            norm: weights.norm(config.width, config.norm_epsilon),
            lm_head: (!config.tied)
                .then(|| weights.linear(config.width, config.vocab, false, false)),
            config: config.clone(),
        }
    }

    /// A model whose weights were read from a file.
    pub(crate) fn from_parts(
        embed_tokens: Embedding,
        layers: Vec<Block>,
        norm: RmsNorm,
        lm_head: Option<Linear>,
        config: LlamaConfig,
    ) -> Self {
        Self {
            embed_tokens,
            layers,
            norm,
            lm_head,
            config,
        }
    }

    /// The model's shape.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Where its weights are.
    pub fn device(&self) -> Device {
        self.embed_tokens.weight.val().device()
    }

    /// What the model knows at each position, `[batch, time, width]`, after the last normalisation.
    /// `tokens` is `[batch, time]`, padded on the right with any id: positions count from 0 and
    /// nothing looks ahead, so that pads change no real position.
    pub fn hidden(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let [_, time] = tokens.dims();
        let device = self.device();
        let rotation = Rotation::new(&self.config, &[0], time, &device);
        let hidden = (time > 1).then(|| Hidden::causal(self.group(), time, &device));
        let mut x = self.embed_tokens.forward(tokens);
        for block in &self.layers {
            let new = block
                .self_attn
                .project(normalised(&block.input_layernorm, x.clone()), &rotation);
            x = x + block
                .self_attn
                .attend(new.query, new.key, new.value, hidden.as_ref());
            x = x.clone()
                + block
                    .mlp
                    .forward(normalised(&block.post_attention_layernorm, x));
        }
        normalised(&self.norm, x)
    }

    /// The next token's unnormalised log-probabilities, `[batch, time, vocab]`.
    pub fn logits(&self, hidden: Tensor<3>) -> Tensor<3> {
        let Some(head) = &self.lm_head else {
            // As one plain product: in three dimensions burn 0.22 copies the transposed embedding
            // each time, 113 MB for `SmolLM2`.
            let [batch, time, width] = hidden.dims();
            let embedding = self.embed_tokens.weight.val();
            let [vocab, _] = embedding.dims();
            let rows = hidden.reshape([batch * time, width]);
            // gemm 0.19 copies a transposed left side anew at each product, which for a few rows costs
            // more than the product: the other way round, the embedding is read as it lies.
            let logits = match batch * time {
                2..=FEW => embedding.matmul(rows.transpose()).transpose(),
                _ => rows.matmul(embedding.transpose()),
            };
            return logits.reshape([batch, time, vocab]);
        };
        head.forward(hidden)
    }

    /// The head as `[vocab, width]`, whether it is the embedding or not: what a loss over the
    /// vocabulary multiplies hidden states with, piece by piece.
    pub fn head(&self) -> Tensor<2> {
        match &self.lm_head {
            Some(head) => head.weight.val().transpose(),
            None => self.embed_tokens.weight.val(),
        }
    }

    /// Like [`Self::hidden`] for tokens that follow what the cache holds, and adds them to it.
    /// Row `r` has `counts[r]` tokens, the rest of it is padding; positions go on where the row
    /// stopped.
    ///
    /// # Panics
    /// Where `counts` or the rows of `tokens` do not match the cache.
    pub fn step(&self, tokens: Tensor<2, Int>, counts: &[usize], cache: &mut Cache) -> Tensor<3> {
        let [rows, time] = tokens.dims();
        assert_eq!(
            (rows, rows),
            (counts.len(), cache.lengths().len()),
            "rows of the cache"
        );
        let device = self.device();
        let starts = cache.lengths();
        let same = starts.iter().all(|start| *start == starts[0]);
        let rotation = Rotation::new(
            &self.config,
            if same { &starts[..1] } else { starts },
            time,
            &device,
        );
        let dense = cache.is_dense();
        let before = cache.extend(time, counts);
        // Padding at the end of the new columns comes after every real query and needs no mask now.
        let sees = |row: usize, at: usize, key: usize| {
            key <= before + at && (key >= before || cache.is_real(row, key))
        };
        let hidden = (time > 1 || !dense).then(|| {
            let masks = if dense { 1 } else { rows };
            Hidden::new(masks, self.group(), time, cache.columns(), &device, sees)
        });
        let mut x = self.embed_tokens.forward(tokens);
        for (layer, block) in self.layers.iter().enumerate() {
            let new = block
                .self_attn
                .project(normalised(&block.input_layernorm, x.clone()), &rotation);
            let (key, value) = cache.write(layer, before, (new.key, new.value));
            x = x + block
                .self_attn
                .attend(new.query, key, value, hidden.as_ref());
            x = x.clone()
                + block
                    .mlp
                    .forward(normalised(&block.post_attention_layernorm, x));
        }
        normalised(&self.norm, x)
    }

    /// Query heads that share one key head.
    fn group(&self) -> usize {
        self.config.heads / self.config.kv_heads
    }
}

/// `x / √(mean x² + ε) · γ` over the last dimension, as burn's own forward computes it but with the
/// reciprocal of the small root, whose product has a cheaper gradient than a quotient.
pub(crate) fn normalised<const D: usize>(norm: &RmsNorm, x: Tensor<D>) -> Tensor<D> {
    let dtype = x.dtype();
    let mean = x.clone().cast(DType::F32).square().mean_dim(D - 1);
    let scale = (mean + norm.epsilon).sqrt().recip().cast(dtype);
    x * scale * norm.gamma.val().unsqueeze()
}

/// Where the first weights come from.
pub(crate) struct Initial<'a> {
    random: Random,
    residual: f64,
    device: &'a Device,
}

impl Initial<'_> {
    pub(crate) fn norm(&self, width: usize, epsilon: f64) -> RmsNorm {
        RmsNorm {
            gamma: Param::from_tensor(Tensor::ones([width], self.device)),
            epsilon,
        }
    }

    pub(crate) fn linear(
        &mut self,
        input: usize,
        output: usize,
        bias: bool,
        residual: bool,
    ) -> Linear {
        let deviation = if residual { 0.02 * self.residual } else { 0.02 };
        let weight = self.matrix(input, output, deviation);
        let bias = bias.then(|| Param::from_tensor(Tensor::zeros([output], self.device)));
        Linear::new(weight, bias)
    }

    fn matrix(&mut self, rows: usize, columns: usize, deviation: f64) -> Param<Tensor<2>> {
        let values = (0..rows * columns)
            .map(|_| self.normal(deviation))
            .collect::<Vec<_>>();
        Param::from_data(TensorData::new(values, [rows, columns]), self.device)
    }

    /// A draw from the normal distribution around 0 (Box and Muller 1958).
    #[expect(clippy::cast_possible_truncation, reason = "a weight is an f32")]
    fn normal(&mut self, deviation: f64) -> f32 {
        let mut unit = || (self.random.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        let radius = (-2.0 * (1.0 - unit()).ln()).sqrt();
        (radius * (std::f64::consts::TAU * unit()).cos() * deviation) as f32
    }
}
