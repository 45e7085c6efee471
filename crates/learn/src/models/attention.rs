//! Grouped-query causal attention. The query heads that share a key head are stacked along time, so
//! that keys and values are never repeated: `[batch, kv_heads, group · time, head_width]`.

use super::{config::LlamaConfig, llama, lora::Linear, rope::Rotation};
use burn::module::Module;
use burn::nn::RmsNorm;
use burn::tensor::{Bool, Device, Tensor, TensorData, activation::softmax};
use burn::tensor::{module::attention, ops::AttentionModuleOptions};

/// Query, key, value and output projections, with Qwen3's normalisation of queries and keys.
#[derive(Module, Debug)]
pub struct Attention {
    /// `[width, heads · head_width]`.
    pub q_proj: Linear,
    /// `[width, kv_heads · head_width]`.
    pub k_proj: Linear,
    /// `[width, kv_heads · head_width]`.
    pub v_proj: Linear,
    /// `[heads · head_width, width]`.
    pub o_proj: Linear,
    /// Of each query head.
    pub q_norm: Option<RmsNorm>,
    /// Of each key head.
    pub k_norm: Option<RmsNorm>,
    kv_heads: usize,
    head_width: usize,
}

/// The new queries, keys and values of one layer, turned to their positions.
pub(crate) struct Projected {
    /// `[batch, kv_heads, group · time, head_width]`.
    pub(crate) query: Tensor<4>,
    /// `[batch, kv_heads, time, head_width]`.
    pub(crate) key: Tensor<4>,
    /// `[batch, kv_heads, time, head_width]`.
    pub(crate) value: Tensor<4>,
}

impl Attention {
    pub(crate) fn init(config: &LlamaConfig, weights: &mut llama::Initial<'_>) -> Self {
        let queries = config.heads * config.head_width;
        let keys = config.kv_heads * config.head_width;
        let norm = config
            .qk_norm
            .then(|| weights.norm(config.head_width, config.norm_epsilon));
        Self {
            q_proj: weights.linear(config.width, queries, config.qkv_bias, false),
            k_proj: weights.linear(config.width, keys, config.qkv_bias, false),
            v_proj: weights.linear(config.width, keys, config.qkv_bias, false),
            o_proj: weights.linear(queries, config.width, false, true),
            q_norm: norm.clone(),
            k_norm: norm.map(|_| weights.norm(config.head_width, config.norm_epsilon)),
            kv_heads: config.kv_heads,
            head_width: config.head_width,
        }
    }

    pub(crate) fn from_parts(
        q_proj: Linear,
        k_proj: Linear,
        v_proj: Linear,
        o_proj: Linear,
        (q_norm, k_norm): (Option<RmsNorm>, Option<RmsNorm>),
        config: &LlamaConfig,
    ) -> Self {
        Self {
            q_proj,
            k_proj,
            v_proj,
            o_proj,
            q_norm,
            k_norm,
            kv_heads: config.kv_heads,
            head_width: config.head_width,
        }
    }

    /// Projects `[batch, time, width]`.
    pub(crate) fn project(&self, x: Tensor<3>, rotation: &Rotation) -> Projected {
        let [batch, time, _] = x.dims();
        let query = heads(
            self.q_proj.forward(x.clone()),
            self.head_width,
            self.q_norm.as_ref(),
        );
        let key = heads(
            self.k_proj.forward(x.clone()),
            self.head_width,
            self.k_norm.as_ref(),
        );
        let value = heads(self.v_proj.forward(x), self.head_width, None);
        let query = rotation.apply(query).swap_dims(1, 2);
        let group = query.dims()[1] / self.kv_heads;
        Projected {
            query: query.reshape([batch, self.kv_heads, group * time, self.head_width]),
            key: rotation.apply(key).swap_dims(1, 2),
            value: value.swap_dims(1, 2),
        }
    }

    /// Attends from the stacked queries to all of `key` and `value`, and projects back to
    /// `[batch, time, width]`. `hidden` is true where a query must not look.
    pub(crate) fn attend(
        &self,
        query: Tensor<4>,
        key: Tensor<4>,
        value: Tensor<4>,
        hidden: Option<&Hidden>,
    ) -> Tensor<3> {
        let [batch, kv_heads, stacked, width] = query.dims();
        let tracked = query.is_tracked() || key.is_tracked() || value.is_tracked();
        let time = stacked * kv_heads * width / self.o_proj.weight.shape()[0];
        let scores = |query: Tensor<4>, key: Tensor<4>| {
            let scores = (query * (1.0 / (width as f64).sqrt())).matmul(key.swap_dims(2, 3));
            match hidden {
                Some(hidden) => scores + hidden.bias.clone(),
                None => scores,
            }
        };
        let attended = if tracked {
            // burn 0.22's `attention` and `softmax` fall back to a dozen tracked operations under autodiff, which
            // keep two matrices of scores for the way back. Divided after the product instead of before it, one
            // is kept. What is taken off before the exponential changes nothing: it carries no gradient.
            let scores = scores(query, key);
            let most = scores.clone().detach().max_dim(3);
            let weights = (scores - most).exp();
            let share = weights.clone().sum_dim(3).recip();
            weights.matmul(value) * share
        } else if time == 1 {
            // burn 0.22's `attention` copies all that the cache holds to look back from one token.
            softmax(scores(query, key), 3).matmul(value)
        } else {
            let mask = hidden.map(|hidden| hidden.mask.clone());
            attention(
                query,
                key,
                value,
                mask,
                None,
                AttentionModuleOptions::default(),
            )
        };
        let joined = attended
            .reshape([batch, stacked * kv_heads / time, time, width])
            .swap_dims(1, 2)
            .reshape([batch, time, stacked * kv_heads / time * width]);
        self.o_proj.forward(joined)
    }
}

/// `[batch, time, heads · width]` to `[batch, time, heads, width]`, each head normalised if asked.
fn heads(x: Tensor<3>, width: usize, norm: Option<&RmsNorm>) -> Tensor<4> {
    let [batch, time, all] = x.dims();
    let x = x.reshape([batch, time, all / width, width]);
    match norm {
        Some(norm) => llama::normalised(norm, x),
        None => x,
    }
}

/// Which keys the stacked queries must not see, made once for all layers.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    /// True where hidden, `[rows, 1, group · time, keys]`.
    mask: Tensor<4, Bool>,
    /// The same as −∞ and 0 to add to the scores.
    bias: Tensor<4>,
}

impl Hidden {
    /// `sees(row, query time, key)` says what is visible.
    pub(crate) fn new(
        rows: usize,
        group: usize,
        time: usize,
        keys: usize,
        device: &Device,
        sees: impl Fn(usize, usize, usize) -> bool,
    ) -> Self {
        let mut hidden = Vec::with_capacity(rows * group * time * keys);
        for row in 0..rows {
            let first = hidden.len();
            for at in 0..time {
                hidden.extend((0..keys).map(|key| !sees(row, at, key)));
            }
            for _ in 1..group {
                hidden.extend_from_within(first..first + time * keys);
            }
        }
        let bias = hidden
            .iter()
            .map(|hidden| if *hidden { f32::NEG_INFINITY } else { 0.0 })
            .collect::<Vec<_>>();
        let shape = [rows, 1, group * time, keys];
        Self {
            mask: Tensor::from_data(TensorData::new(hidden, shape), device),
            bias: Tensor::from_data(TensorData::new(bias, shape), device),
        }
    }

    /// Each position sees itself and what is before it.
    pub(crate) fn causal(group: usize, time: usize, device: &Device) -> Self {
        Self::new(1, group, time, time, device, |_, at, key| key <= at)
    }
}
