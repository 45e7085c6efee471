//! A decoder from named tensors and back, under the names of Hugging Face checkpoints. Files keep a
//! linear layer as `[output, input]`, burn as `[input, output]`.

use super::super::{
    attention::Attention,
    config::LlamaConfig,
    llama::{Block, Llama, Mlp},
    lora::Linear,
};
use crate::Result;
use burn::module::Param;
use burn::nn::{Embedding, LayerNorm, LayerNormConfig, RmsNorm};
use burn::tensor::{Device, Tensor, TensorData};

/// Where a model's tensors come from: `read(name, shape)` gives the values in row-major order.
pub(crate) struct Source<'a, R> {
    pub(crate) read: R,
    pub(crate) device: &'a Device,
}

impl<R: FnMut(&str, &[usize]) -> Result<Vec<f32>>> Source<'_, R> {
    pub(crate) fn llama(&mut self, config: &LlamaConfig) -> Result<Llama> {
        let embedding = self.matrix("model.embed_tokens.weight", config.vocab, config.width)?;
        let layers = (0..config.layers)
            .map(|layer| self.block(config, layer))
            .collect::<Result<Vec<_>>>()?;
        let norm = self.norm("model.norm", config.width, config.norm_epsilon)?;
        let head = match config.tied {
            true => None,
            false => Some(self.linear("lm_head", config.width, config.vocab, false)?),
        };
        Ok(Llama::from_parts(
            Embedding { weight: embedding },
            layers,
            norm,
            head,
            config.clone(),
        ))
    }

    fn block(&mut self, config: &LlamaConfig, layer: usize) -> Result<Block> {
        let name = |part: &str| format!("model.layers.{layer}.{part}");
        let (width, inner, epsilon) = (config.width, config.feed_forward, config.norm_epsilon);
        let queries = config.heads * config.head_width;
        let keys = config.kv_heads * config.head_width;
        let mut head_norm = |part: &str| match config.qk_norm {
            true => self.norm(&name(part), config.head_width, epsilon).map(Some),
            false => Ok(None),
        };
        let norms = (
            head_norm("self_attn.q_norm")?,
            head_norm("self_attn.k_norm")?,
        );
        let attention = Attention::from_parts(
            self.linear(&name("self_attn.q_proj"), width, queries, config.qkv_bias)?,
            self.linear(&name("self_attn.k_proj"), width, keys, config.qkv_bias)?,
            self.linear(&name("self_attn.v_proj"), width, keys, config.qkv_bias)?,
            self.linear(&name("self_attn.o_proj"), queries, width, false)?,
            norms,
            config,
        );
        Ok(Block {
            input_layernorm: self.norm(&name("input_layernorm"), width, epsilon)?,
            self_attn: attention,
            post_attention_layernorm: self.norm(
                &name("post_attention_layernorm"),
                width,
                epsilon,
            )?,
            mlp: Mlp {
                gate_proj: self.linear(&name("mlp.gate_proj"), width, inner, false)?,
                up_proj: self.linear(&name("mlp.up_proj"), width, inner, false)?,
                down_proj: self.linear(&name("mlp.down_proj"), inner, width, false)?,
            },
        })
    }

    pub(crate) fn matrix(
        &mut self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Param<Tensor<2>>> {
        let values = (self.read)(name, &[rows, columns])?;
        Ok(Param::from_data(
            TensorData::new(values, [rows, columns]),
            self.device,
        ))
    }

    pub(crate) fn vector(&mut self, name: &str, size: usize) -> Result<Param<Tensor<1>>> {
        let values = (self.read)(name, &[size])?;
        Ok(Param::from_data(
            TensorData::new(values, [size]),
            self.device,
        ))
    }

    pub(crate) fn linear(
        &mut self,
        name: &str,
        input: usize,
        output: usize,
        bias: bool,
    ) -> Result<Linear> {
        let values = (self.read)(&format!("{name}.weight"), &[output, input])?;
        let values = transposed(&values, output, input);
        let bias = match bias {
            true => Some(self.vector(&format!("{name}.bias"), output)?),
            false => None,
        };
        let weight = Param::from_data(TensorData::new(values, [input, output]), self.device);
        Ok(Linear::new(weight, bias))
    }

    fn norm(&mut self, name: &str, width: usize, epsilon: f64) -> Result<RmsNorm> {
        Ok(RmsNorm {
            gamma: self.vector(&format!("{name}.weight"), width)?,
            epsilon,
        })
    }

    pub(crate) fn layer_norm(
        &mut self,
        name: &str,
        width: usize,
        epsilon: f64,
    ) -> Result<LayerNorm> {
        let mut norm = LayerNormConfig::new(width)
            .with_epsilon(epsilon)
            .init(self.device);
        norm.gamma = self.vector(&format!("{name}.weight"), width)?;
        norm.beta = Some(self.vector(&format!("{name}.bias"), width)?);
        Ok(norm)
    }
}

/// One tensor of a model on its way to a file.
pub(crate) enum Part {
    /// Written as it is.
    Vector(Tensor<1>),
    /// Written as it is.
    Table(Tensor<2>),
    /// Written transposed.
    Linear(Tensor<2>),
}

impl Part {
    /// As the file has it.
    pub(crate) fn shape(&self) -> Vec<usize> {
        match self {
            Self::Vector(tensor) => tensor.dims().to_vec(),
            Self::Table(tensor) => tensor.dims().to_vec(),
            Self::Linear(tensor) => {
                let [input, output] = tensor.dims();
                vec![output, input]
            }
        }
    }

    /// As the file has it, in row-major order.
    pub(crate) fn values(&self) -> Vec<f32> {
        let plain = |data: TensorData| data.iter::<f32>().collect::<Vec<_>>();
        match self {
            Self::Vector(tensor) => plain(tensor.to_data()),
            Self::Table(tensor) => plain(tensor.to_data()),
            Self::Linear(tensor) => {
                let [input, output] = tensor.dims();
                transposed(&plain(tensor.to_data()), input, output)
            }
        }
    }
}

/// Every tensor of a decoder under its name; LoRA must have been merged before.
pub(crate) fn parts(model: &Llama) -> Vec<(String, Part)> {
    let mut parts = vec![(
        "model.embed_tokens.weight".to_owned(),
        Part::Table(model.embed_tokens.weight.val()),
    )];
    for (layer, block) in model.layers.iter().enumerate() {
        let mut put = |name: &str, part| parts.push((format!("model.layers.{layer}.{name}"), part));
        let attention = &block.self_attn;
        for (name, linear) in [
            ("self_attn.q_proj", &attention.q_proj),
            ("self_attn.k_proj", &attention.k_proj),
            ("self_attn.v_proj", &attention.v_proj),
            ("self_attn.o_proj", &attention.o_proj),
            ("mlp.gate_proj", &block.mlp.gate_proj),
            ("mlp.up_proj", &block.mlp.up_proj),
            ("mlp.down_proj", &block.mlp.down_proj),
        ] {
            put(&format!("{name}.weight"), Part::Linear(linear.weight.val()));
            if let Some(bias) = &linear.bias {
                put(&format!("{name}.bias"), Part::Vector(bias.val()));
            }
        }
        for (name, norm) in [
            ("input_layernorm", Some(&block.input_layernorm)),
            (
                "post_attention_layernorm",
                Some(&block.post_attention_layernorm),
            ),
            ("self_attn.q_norm", attention.q_norm.as_ref()),
            ("self_attn.k_norm", attention.k_norm.as_ref()),
        ] {
            if let Some(norm) = norm {
                put(&format!("{name}.weight"), Part::Vector(norm.gamma.val()));
            }
        }
    }
    parts.push((
        "model.norm.weight".into(),
        Part::Vector(model.norm.gamma.val()),
    ));
    if let Some(head) = &model.lm_head {
        parts.push(("lm_head.weight".into(), Part::Linear(head.weight.val())));
    }
    parts
}

/// `[rows, columns]` as `[columns, rows]`, in squares that stay in the cache.
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const SQUARE: usize = 32;
    let mut out = vec![0.0; values.len()];
    for top in (0..rows).step_by(SQUARE) {
        for left in (0..columns).step_by(SQUARE) {
            for row in top..rows.min(top + SQUARE) {
                for column in left..columns.min(left + SQUARE) {
                    out[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::transposed;

    #[test]
    fn transposing_twice_changes_nothing() {
        let values = (0_u16..70 * 45).map(f32::from).collect::<Vec<_>>();
        let once = transposed(&values, 70, 45);
        assert!((once[3 * 70 + 69] - values[69 * 45 + 3]).abs() < 0.5);
        assert_eq!(transposed(&once, 45, 70), values);
    }
}
