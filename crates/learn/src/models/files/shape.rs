//! A decoder's shape from and to Hugging Face's `config.json`, and from GGUF metadata. What is not
//! understood is refused by name rather than left out in silence.

use super::super::{
    config::LlamaConfig,
    rope::{RopeScaling, frequencies},
};
use super::gguf::Gguf;
use serde_json::{Value, json};
use std::f64::consts::TAU;

type Parsed<T> = Result<T, String>;

/// From `config.json`.
pub(crate) fn from_json(config: &Value) -> Parsed<LlamaConfig> {
    let kind = config["model_type"].as_str().unwrap_or("");
    if !["llama", "qwen2", "qwen3", "mistral"].contains(&kind) {
        return Err(format!(
            "model_type is {kind:?}; llama, mistral, qwen2 and qwen3 are read"
        ));
    }
    let number = |key: &str| config[key].as_u64().and_then(|n| usize::try_from(n).ok());
    let needed = |key: &str| number(key).ok_or_else(|| format!("{key} is missing"));
    let refuse = |key: &str| match config[key].as_bool() {
        Some(true) => Err(format!("{key} is not supported")),
        _ => Ok(()),
    };
    for key in ["mlp_bias", "use_sliding_window"] {
        refuse(key)?;
    }
    if kind == "llama" || kind == "qwen3" {
        refuse("attention_bias")?;
    }
    match config["hidden_act"].as_str() {
        None | Some("silu" | "swish") => {}
        Some(other) => return Err(format!("hidden_act is {other:?}; only silu is supported")),
    }
    let (width, heads) = (needed("hidden_size")?, needed("num_attention_heads")?);
    let context = number("max_position_embeddings").unwrap_or(2048);
    if kind == "mistral" && number("sliding_window").is_some_and(|window| window < context) {
        return Err("sliding_window is not supported".into());
    }
    // Until transformers 4 beside each other, from 5 on together in rope_parameters.
    let rope = match &config["rope_parameters"] {
        Value::Null => &config["rope_scaling"],
        both => both,
    };
    let theta = config["rope_theta"]
        .as_f64()
        .or(rope["rope_theta"].as_f64());
    let config = LlamaConfig {
        vocab: needed("vocab_size")?,
        width,
        layers: needed("num_hidden_layers")?,
        heads,
        kv_heads: number("num_key_value_heads").unwrap_or(heads),
        head_width: match number("head_dim") {
            Some(width) => width,
            None if heads > 0 => width / heads,
            None => 0,
        },
        feed_forward: needed("intermediate_size")?,
        norm_epsilon: config["rms_norm_eps"].as_f64().unwrap_or(1e-6),
        rope_theta: theta.unwrap_or(10_000.0),
        rope_scaling: scaling(rope, context)?,
        tied: config["tie_word_embeddings"].as_bool().unwrap_or(false),
        qkv_bias: kind == "qwen2",
        qk_norm: kind == "qwen3",
        context,
    };
    config.check()?;
    Ok(config)
}

fn scaling(rope: &Value, context: usize) -> Parsed<RopeScaling> {
    let kind = rope["rope_type"].as_str().or(rope["type"].as_str());
    let number = |key: &str| rope[key].as_f64();
    let needed = |key: &str| number(key).ok_or_else(|| format!("rope scaling: {key} is missing"));
    let original = number("original_max_position_embeddings").unwrap_or(context as f64);
    Ok(match kind {
        None | Some("default") => RopeScaling::None,
        Some("linear") => RopeScaling::Linear {
            factor: needed("factor")?,
        },
        Some("llama3") => RopeScaling::Llama3 {
            factor: needed("factor")?,
            low: needed("low_freq_factor")?,
            high: needed("high_freq_factor")?,
            context: original,
        },
        Some("yarn") => RopeScaling::Yarn {
            factor: needed("factor")?,
            fast: number("beta_fast").unwrap_or(32.0),
            slow: number("beta_slow").unwrap_or(1.0),
            context: original,
            temperature: number("attention_factor"),
        },
        Some(other) => {
            return Err(format!(
                "rope scaling {other:?}; linear, llama3 and yarn are supported"
            ));
        }
    })
}

/// To `config.json`, of the family whose features the shape uses.
pub(crate) fn to_json(
    config: &LlamaConfig,
    bos: Option<u32>,
    ends: &[u32],
    pad: Option<u32>,
) -> Value {
    let (kind, class) = match (config.qkv_bias, config.qk_norm) {
        (_, true) => ("qwen3", "Qwen3ForCausalLM"),
        (true, false) => ("qwen2", "Qwen2ForCausalLM"),
        (false, false) => ("llama", "LlamaForCausalLM"),
    };
    let scaling = match config.rope_scaling {
        RopeScaling::None => Value::Null,
        RopeScaling::Linear { factor } => json!({"rope_type": "linear", "factor": factor}),
        RopeScaling::Llama3 {
            factor,
            low,
            high,
            context,
        } => json!({
            "rope_type": "llama3", "factor": factor, "low_freq_factor": low,
            "high_freq_factor": high, "original_max_position_embeddings": context,
        }),
        RopeScaling::Yarn {
            factor,
            fast,
            slow,
            context,
            temperature,
        } => json!({
            "rope_type": "yarn", "factor": factor, "beta_fast": fast, "beta_slow": slow,
            "original_max_position_embeddings": context, "attention_factor": temperature,
        }),
    };
    json!({
        "architectures": [class],
        "model_type": kind,
        "vocab_size": config.vocab,
        "hidden_size": config.width,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_width,
        "intermediate_size": config.feed_forward,
        "hidden_act": "silu",
        "rms_norm_eps": config.norm_epsilon,
        "rope_theta": config.rope_theta,
        "rope_scaling": scaling,
        "tie_word_embeddings": config.tied,
        "max_position_embeddings": config.context,
        "use_sliding_window": false,
        "bos_token_id": bos,
        "eos_token_id": if let [end] = ends { json!(end) } else { json!(ends) },
        "pad_token_id": pad,
        "torch_dtype": "float32",
    })
}

/// From GGUF metadata; the second says whether query and key rows are permuted, as llama.cpp keeps
/// them for its `llama` architecture.
pub(crate) fn from_gguf(gguf: &Gguf) -> Parsed<(LlamaConfig, bool)> {
    let kind = gguf
        .get("general.architecture")
        .and_then(Value::as_str)
        .unwrap_or("");
    if !["llama", "qwen2", "qwen3"].contains(&kind) {
        return Err(format!(
            "general.architecture is {kind:?}; llama, qwen2 and qwen3 are read"
        ));
    }
    let value = |key: &str| gguf.get(&format!("{kind}.{key}"));
    let number = |key: &str| value(key)?.as_u64().and_then(|n| usize::try_from(n).ok());
    let needed = |key: &str| number(key).ok_or_else(|| format!("{kind}.{key} is missing"));
    let real = |key: &str| value(key).and_then(Value::as_f64);
    if number("expert_count").is_some_and(|experts| experts > 0) {
        return Err("mixtures of experts are not supported".into());
    }
    let (width, heads) = (needed("embedding_length")?, needed("attention.head_count")?);
    let head_width = match number("attention.key_length") {
        Some(width) => width,
        None if heads > 0 => width / heads,
        None => 0,
    };
    if number("rope.dimension_count").is_some_and(|turned| turned != head_width) {
        return Err("rotary over a part of the head is not supported".into());
    }
    let context = needed("context_length")?;
    let original = real("rope.scaling.original_context_length").unwrap_or(context as f64);
    let factor = real("rope.scaling.factor").unwrap_or(1.0);
    let rope_scaling = match value("rope.scaling.type").and_then(Value::as_str) {
        None | Some("none") => RopeScaling::None,
        Some("linear") => RopeScaling::Linear { factor },
        Some("yarn") => RopeScaling::Yarn {
            factor,
            fast: real("rope.scaling.yarn_beta_fast").unwrap_or(32.0),
            slow: real("rope.scaling.yarn_beta_slow").unwrap_or(1.0),
            context: original,
            temperature: real("rope.scaling.attn_factor"),
        },
        Some(other) => return Err(format!("rope scaling {other:?} is not supported")),
    };
    let vocab = gguf
        .shape("token_embd.weight")
        .and_then(|shape| shape.first().copied())
        .ok_or("tensor token_embd.weight is missing")?;
    let mut config = LlamaConfig {
        vocab,
        width,
        layers: needed("block_count")?,
        heads,
        kv_heads: number("attention.head_count_kv").unwrap_or(heads),
        head_width,
        feed_forward: needed("feed_forward_length")?,
        norm_epsilon: rounded(real("attention.layer_norm_rms_epsilon").unwrap_or(1e-6)),
        rope_theta: rounded(real("rope.freq_base").unwrap_or(10_000.0)),
        rope_scaling,
        tied: gguf.shape("output.weight").is_none(),
        qkv_bias: gguf.shape("blk.0.attn_q.bias").is_some(),
        qk_norm: gguf.shape("blk.0.attn_q_norm.weight").is_some(),
        context,
    };
    config.check()?;
    if gguf.shape("rope_freqs.weight").is_some() {
        let factors = gguf
            .tensor("rope_freqs.weight")
            .map_err(|e| e.to_string())?;
        config.rope_scaling = llama3(&config, &factors)?;
        config.check()?;
    }
    Ok((config, kind == "llama"))
}

/// GGUF keeps Llama 3's stretching as one divisor a frequency. Its settings are found again, so that
/// the model can be saved in the other form.
fn llama3(config: &LlamaConfig, divisors: &[f32]) -> Parsed<RopeScaling> {
    let factor = f64::from(divisors.iter().copied().fold(1.0, f32::max));
    let found = RopeScaling::Llama3 {
        factor,
        low: 1.0,
        high: 4.0,
        context: 8192.0,
    };
    let with = |rope_scaling| {
        frequencies(&LlamaConfig {
            rope_scaling,
            ..config.clone()
        })
    };
    let (plain, _) = with(RopeScaling::None);
    let (stretched, _) = with(found.clone());
    let same = plain.len() == divisors.len()
        && plain
            .iter()
            .zip(&stretched)
            .zip(divisors)
            .all(|((plain, stretched), divisor)| {
                (plain / stretched / f64::from(*divisor) - 1.0).abs() < 1e-3
            });
    match same {
        true => Ok(found),
        false => Err(format!(
            "tensor rope_freqs.weight: not the stretching of Llama 3 (first wavelength {:.1})",
            TAU / plain.first().copied().unwrap_or(1.0)
        )),
    }
}

/// The decimal number that was meant by an f32 (1e-5, not 9.999999747378752e-6).
#[expect(clippy::cast_possible_truncation, reason = "it was an f32")]
fn rounded(value: f64) -> f64 {
    format!("{}", value as f32).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_survives_config_json() {
        let plain = LlamaConfig::tiny(300);
        let yarn = RopeScaling::Yarn {
            factor: 4.0,
            fast: 32.0,
            slow: 1.0,
            context: 32768.0,
            temperature: Some(1.25),
        };
        let llama3 = RopeScaling::Llama3 {
            factor: 8.0,
            low: 1.0,
            high: 4.0,
            context: 8192.0,
        };
        for config in [
            plain.clone(),
            LlamaConfig {
                qkv_bias: true,
                rope_scaling: yarn,
                ..plain.clone()
            },
            LlamaConfig {
                qk_norm: true,
                tied: false,
                head_width: 32,
                ..plain.clone()
            },
            LlamaConfig {
                rope_scaling: llama3,
                ..plain.clone()
            },
            LlamaConfig {
                rope_scaling: RopeScaling::Linear { factor: 2.0 },
                ..plain
            },
        ] {
            let json = to_json(&config, Some(1), &[2], None);
            assert_eq!(from_json(&json).unwrap(), config);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        let good = to_json(&LlamaConfig::tiny(300), None, &[2, 3], None);
        let refused = |key: &str, value: Value| {
            let mut json = good.clone();
            json[key] = value;
            from_json(&json).unwrap_err()
        };
        assert!(refused("model_type", json!("gpt2")).contains("gpt2"));
        assert!(refused("hidden_act", json!("gelu")).contains("gelu"));
        assert!(refused("attention_bias", json!(true)).contains("attention_bias"));
        assert!(refused("rope_scaling", json!({"type": "dynamic"})).contains("dynamic"));
        assert!(refused("hidden_size", Value::Null).contains("hidden_size"));
        assert!(refused("num_attention_heads", json!(0)).contains("heads of 0"));
        assert!(
            refused("num_hidden_layers", json!(u64::MAX)).contains("num_hidden_layers")
                || usize::BITS == 64
        );
    }

    #[test]
    fn llama3_is_found_again_from_divisors() {
        let config = LlamaConfig {
            head_width: 64,
            rope_theta: 500_000.0,
            ..LlamaConfig::tiny(300)
        };
        let scaling = RopeScaling::Llama3 {
            factor: 32.0,
            low: 1.0,
            high: 4.0,
            context: 8192.0,
        };
        let (plain, _) = frequencies(&config);
        let (stretched, _) = frequencies(&LlamaConfig {
            rope_scaling: scaling.clone(),
            ..config.clone()
        });
        #[expect(clippy::cast_possible_truncation, reason = "the file keeps f32")]
        let divisors = plain
            .iter()
            .zip(&stretched)
            .map(|(p, s)| (p / s) as f32)
            .collect::<Vec<_>>();
        assert_eq!(llama3(&config, &divisors).unwrap(), scaling);
        assert!(llama3(&config, &[2.0; 32]).is_err());
    }
}
