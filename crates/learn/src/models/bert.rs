//! BERT encoders (Devlin et al. 2019) as sentence embeddings: all-MiniLM-L6-v2 and its kin. The mean
//! over a text's tokens, scaled to length 1 (Reimers and Gurevych 2019).

use super::files::{Safetensors, Source, read_json};
use super::lora::Linear;
use super::tokenizer::Tokenizer;
use crate::{Error, Result};
use burn::module::Module;
use burn::nn::{Embedding, LayerNorm};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData, activation::gelu};
use burn::tensor::{module::attention, ops::AttentionModuleOptions};
use serde_json::Value;
use std::path::Path;

/// Texts of about one length that are encoded together.
const ROWS: usize = 32;

/// An encoder with its tokenizer.
#[derive(Debug)]
pub struct Encoder {
    bert: Bert,
    tokenizer: Tokenizer,
    longest: usize,
}

/// The layers of a BERT model, without its pooler.
#[derive(Module, Debug)]
struct Bert {
    word_embeddings: Embedding,
    position_embeddings: Embedding,
    token_type_embeddings: Embedding,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

#[derive(Module, Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    heads: usize,
}

impl Encoder {
    /// Loads a Hugging Face folder of `model_type` bert.
    ///
    /// # Errors
    /// [`Error::Artifact`] naming file and key or tensor.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let file = folder.join("config.json");
        let fail = |reason: String| Error::artifact(&file, reason);
        let config = read_json(&file)?.ok_or_else(|| fail("is missing".into()))?;
        let shape = Shape::from_json(&config).map_err(fail)?;
        let tensors = Safetensors::open(folder)?;
        // Some checkpoints put the encoder under a name of its own.
        let prefix = match tensors.has("bert.embeddings.word_embeddings.weight") {
            true => "bert.",
            false => "",
        };
        let read = |name: &str, shape: &[usize]| tensors.tensor(&format!("{prefix}{name}"), shape);
        let bert = bert(&mut Source { read, device }, &shape)?;
        let file = folder.join("tokenizer.json");
        let json = std::fs::read(&file).map_err(|e| Error::artifact(&file, e))?;
        let tokenizer = Tokenizer::from_json(&json, None, &[], None)
            .map_err(|reason| Error::artifact(&file, reason))?;
        if tokenizer.vocab() > shape.vocab {
            let reason = format!(
                "{} tokens, the model knows {}",
                tokenizer.vocab(),
                shape.vocab
            );
            return Err(Error::artifact(&file, reason));
        }
        let limit = read_json(&folder.join("sentence_bert_config.json"))?.unwrap_or_default();
        let limit = limit["max_seq_length"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok());
        Ok(Self {
            bert,
            tokenizer,
            longest: limit.unwrap_or(shape.positions).clamp(2, shape.positions),
        })
    }

    /// Numbers in an embedding.
    pub fn width(&self) -> usize {
        self.bert.norm.gamma.shape()[0]
    }

    /// The tokens that a text is read as, `[CLS]` and `[SEP]` included; a longer text than the model
    /// can read loses its end, not its `[SEP]`.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let mut ids = self.tokenizer.encode_framed(text);
        if ids.len() > self.longest {
            let last = ids[ids.len() - 1];
            ids.truncate(self.longest);
            ids[self.longest - 1] = last;
        }
        ids
    }

    /// One embedding of length 1 for each text, in their order.
    ///
    /// # Panics
    /// When the device hands back something other than numbers, which is burn's fault.
    pub fn embed(&self, texts: &[impl AsRef<str>]) -> Vec<Vec<f32>> {
        let ids = texts
            .iter()
            .map(|text| self.tokens(text.as_ref()))
            .collect::<Vec<_>>();
        let mut order = (0..ids.len()).collect::<Vec<_>>();
        order.sort_by_key(|at| ids[*at].len());
        let mut out = vec![Vec::new(); ids.len()];
        for group in order.chunks(ROWS) {
            let rows = group
                .iter()
                .map(|at| ids[*at].as_slice())
                .collect::<Vec<_>>();
            let values = self.bert.embed(&rows).into_data();
            let values = values.try_into_vec_as::<f32>().expect("a float tensor");
            for (at, embedding) in group.iter().zip(values.chunks_exact(self.width())) {
                out[*at] = embedding.to_vec();
            }
        }
        out
    }
}

impl Bert {
    /// `[rows, width]`, each row of length 1. Rows may differ in length, none is empty.
    fn embed(&self, rows: &[&[u32]]) -> Tensor<2> {
        let device = self.word_embeddings.weight.val().device();
        let time = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let count = rows.len();
        let mut ids = Vec::with_capacity(count * time);
        let mut share = Vec::with_capacity(count * time);
        for row in rows {
            ids.extend(row.iter().map(|id| i64::from(*id)));
            ids.resize(ids.len() + time - row.len(), 0);
            share.extend((0..time).map(|at| {
                if at < row.len() {
                    1.0 / row.len() as f32
                } else {
                    0.0
                }
            }));
        }
        let pad = share.iter().map(|share| *share == 0.0).collect::<Vec<_>>();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [count, time]), &device);
        let share = Tensor::<3>::from_data(TensorData::new(share, [count, 1, time]), &device);
        let padded = pad.contains(&true);
        let pad = Tensor::<4, Bool>::from_data(TensorData::new(pad, [count, 1, 1, time]), &device);
        let hidden = self.forward(ids, padded.then_some(pad));
        let [_, _, width] = hidden.dims();
        let mean = share.matmul(hidden).reshape([count, width]);
        let length = mean.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
        mean / length
    }

    /// `[rows, time, width]`; `pad` is true where a row has ended.
    fn forward(&self, ids: Tensor<2, Int>, pad: Option<Tensor<4, Bool>>) -> Tensor<3> {
        let [_, time] = ids.dims();
        let device = ids.device();
        let positions = Tensor::<1, Int>::arange(0..i64::try_from(time).unwrap_or(0), &device);
        let positions = self.position_embeddings.forward(positions.unsqueeze::<2>());
        let kind = self
            .token_type_embeddings
            .forward(Tensor::zeros([1, 1], &device));
        let pad = pad.map(|pad| pad.expand([ids.dims()[0], 1, time, time]));
        let mut x = self
            .norm
            .forward(self.word_embeddings.forward(ids) + positions + kind);
        for layer in &self.layers {
            x = layer.forward(x, pad.as_ref());
        }
        x
    }
}

impl Layer {
    fn forward(&self, x: Tensor<3>, pad: Option<&Tensor<4, Bool>>) -> Tensor<3> {
        let [rows, time, width] = x.dims();
        let split = |x: Tensor<3>| {
            x.reshape([rows, time, self.heads, width / self.heads])
                .swap_dims(1, 2)
        };
        let attended = attention(
            split(self.query.forward(x.clone())),
            split(self.key.forward(x.clone())),
            split(self.value.forward(x.clone())),
            pad.cloned(),
            None,
            AttentionModuleOptions::default(),
        );
        let attended = attended.swap_dims(1, 2).reshape([rows, time, width]);
        let x = self
            .attention_norm
            .forward(self.attention_output.forward(attended) + x);
        let inner = gelu(self.intermediate.forward(x.clone()));
        self.output_norm.forward(self.output.forward(inner) + x)
    }
}

/// What `config.json` says.
struct Shape {
    vocab: usize,
    width: usize,
    layers: usize,
    heads: usize,
    inner: usize,
    positions: usize,
    kinds: usize,
    epsilon: f64,
}

impl Shape {
    fn from_json(config: &Value) -> std::result::Result<Self, String> {
        let kind = config["model_type"].as_str().unwrap_or("");
        if kind != "bert" {
            return Err(format!(
                "model_type is {kind:?}; an encoder of type bert is expected"
            ));
        }
        for (key, expected) in [
            ("hidden_act", "gelu"),
            ("position_embedding_type", "absolute"),
        ] {
            if let Some(other) = config[key].as_str().filter(|value| *value != expected) {
                return Err(format!("{key} is {other:?}; only {expected} is supported"));
            }
        }
        let needed = |key: &str| {
            config[key]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| (1..=1 << 28).contains(n))
                .ok_or_else(|| format!("{key} is missing or impossible"))
        };
        let shape = Self {
            vocab: needed("vocab_size")?,
            width: needed("hidden_size")?,
            layers: needed("num_hidden_layers")?,
            heads: needed("num_attention_heads")?,
            inner: needed("intermediate_size")?,
            positions: needed("max_position_embeddings")?,
            kinds: needed("type_vocab_size")?,
            epsilon: config["layer_norm_eps"].as_f64().unwrap_or(1e-12),
        };
        match shape.width.is_multiple_of(shape.heads) {
            true => Ok(shape),
            false => Err(format!(
                "{} heads in a width of {}",
                shape.heads, shape.width
            )),
        }
    }
}

fn bert<R>(source: &mut Source<'_, R>, shape: &Shape) -> Result<Bert>
where
    R: FnMut(&str, &[usize]) -> Result<Vec<f32>>,
{
    let width = shape.width;
    let table = |source: &mut Source<'_, R>, name: &str, rows: usize| -> Result<Embedding> {
        let name = format!("embeddings.{name}_embeddings.weight");
        Ok(Embedding {
            weight: source.matrix(&name, rows, width)?,
        })
    };
    let word_embeddings = table(source, "word", shape.vocab)?;
    let position_embeddings = table(source, "position", shape.positions)?;
    let token_type_embeddings = table(source, "token_type", shape.kinds)?;
    let norm = source.layer_norm("embeddings.LayerNorm", width, shape.epsilon)?;
    let layers = (0..shape.layers).map(|layer| {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        Ok(Layer {
            query: source.linear(&name("attention.self.query"), width, width, true)?,
            key: source.linear(&name("attention.self.key"), width, width, true)?,
            value: source.linear(&name("attention.self.value"), width, width, true)?,
            attention_output: source.linear(&name("attention.output.dense"), width, width, true)?,
            attention_norm: source.layer_norm(
                &name("attention.output.LayerNorm"),
                width,
                shape.epsilon,
            )?,
            intermediate: source.linear(&name("intermediate.dense"), width, shape.inner, true)?,
            output: source.linear(&name("output.dense"), shape.inner, width, true)?,
            output_norm: source.layer_norm(&name("output.LayerNorm"), width, shape.epsilon)?,
            heads: shape.heads,
        })
    });
    Ok(Bert {
        word_embeddings,
        position_embeddings,
        token_type_embeddings,
        norm,
        layers: layers.collect::<Result<Vec<_>>>()?,
    })
}
