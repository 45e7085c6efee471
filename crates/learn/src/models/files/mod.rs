//! Models from and to files: a Hugging Face folder or a GGUF file in, a Hugging Face folder out.

mod assemble;
mod dequantise;
mod gguf;
mod gguf_tokenizer;
mod safetensors;
mod shape;

pub(crate) use assemble::Source;
pub use dequantise::Quantisation;
pub use gguf::Gguf;
pub use safetensors::Safetensors;

use super::{ChatTemplate, Llama, LlamaConfig, Tokenizer};
use crate::{Error, Result};
use burn::tensor::Device;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A language model with all that is needed to talk to it.
#[derive(Debug)]
pub struct LoadedModel {
    /// Its shape.
    pub config: LlamaConfig,
    /// Its weights, on the device that was asked for.
    pub model: Llama,
    /// Text to ids and back.
    pub tokenizer: Tokenizer,
    /// How it expects conversations; absent for base models.
    pub template: Option<ChatTemplate>,
}

/// Loads a GGUF file, a folder with one, or a Hugging Face folder.
///
/// # Errors
/// [`Error::Artifact`] naming the file, and the tensor or key that is missing, odd or too short.
pub fn load(path: &Path, device: &Device) -> Result<LoadedModel> {
    match find_gguf(path)? {
        Some(file) => load_gguf(&file, device),
        None => load_folder(path, device),
    }
}

/// Shape, tokenizer and template without the weights: enough to describe a model or count tokens.
///
/// # Errors
/// As for [`load`].
pub fn describe(path: &Path) -> Result<(LlamaConfig, Tokenizer, Option<ChatTemplate>)> {
    if let Some(file) = find_gguf(path)? {
        let gguf = Gguf::open(&file)?;
        let (config, _) = shape::from_gguf(&gguf).map_err(|e| Error::artifact(&file, e))?;
        let (tokenizer, template) = gguf_words(&gguf, &file, &config)?;
        return Ok((config, tokenizer, template));
    }
    let config = folder_shape(path)?;
    let (tokenizer, template) = folder_words(path, &config)?;
    Ok((config, tokenizer, template))
}

fn find_gguf(path: &Path) -> Result<Option<PathBuf>> {
    if path.is_file() {
        return Ok(Some(path.to_path_buf()));
    }
    if path.join("config.json").exists() {
        return Ok(None);
    }
    let entries = fs::read_dir(path).map_err(|e| Error::artifact(path, e))?;
    let mut files = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "gguf")
        })
        .collect::<Vec<_>>();
    files.sort();
    match files.len() {
        1 => Ok(files.pop()),
        0 => Err(Error::artifact(
            path,
            "holds neither a config.json nor a .gguf file",
        )),
        many => Err(Error::artifact(
            path,
            format!("holds {many} .gguf files; name one"),
        )),
    }
}

fn load_gguf(path: &Path, device: &Device) -> Result<LoadedModel> {
    let gguf = Gguf::open(path)?;
    let (config, permuted) = shape::from_gguf(&gguf).map_err(|e| Error::artifact(path, e))?;
    let (tokenizer, template) = gguf_words(&gguf, path, &config)?;
    let read = |name: &str, shape: &[usize]| {
        let stored = gguf_name(name);
        let fail = |reason: String| Error::artifact(path, format!("tensor {stored}: {reason}"));
        match gguf.shape(&stored) {
            None => return Err(fail("absent".into())),
            Some(found) if found != shape => {
                return Err(fail(format!("shape {found:?}, expected {shape:?}")));
            }
            Some(_) => {}
        }
        let values = gguf.tensor(&stored)?;
        let rows = shape[0];
        Ok(
            match permuted && (name.contains("q_proj") || name.contains("k_proj")) {
                true => unpermuted(&values, rows, config.head_width),
                false => values,
            },
        )
    };
    let model = Source { read, device }.llama(&config)?;
    Ok(LoadedModel {
        config: config.clone(),
        model,
        tokenizer,
        template,
    })
}

fn gguf_words(
    gguf: &Gguf,
    path: &Path,
    config: &LlamaConfig,
) -> Result<(Tokenizer, Option<ChatTemplate>)> {
    let fail = |reason: String| Error::artifact(path, reason);
    let tokenizer = gguf_tokenizer::tokenizer(gguf).map_err(fail)?;
    fits(&tokenizer, config).map_err(fail)?;
    let source = gguf.get("tokenizer.chat_template").and_then(Value::as_str);
    let template = source
        .map(|source| template(source, &tokenizer))
        .transpose();
    Ok((tokenizer.clone(), template.map_err(fail)?))
}

/// llama.cpp's name for a Hugging Face name.
fn gguf_name(name: &str) -> String {
    let fixed = match name {
        "model.embed_tokens.weight" => Some("token_embd.weight"),
        "model.norm.weight" => Some("output_norm.weight"),
        "lm_head.weight" => Some("output.weight"),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return fixed.to_owned();
    }
    let mut out = name.replace("model.layers.", "blk.");
    for (theirs, ours) in [
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_norm", "attn_q_norm"),
        ("self_attn.k_norm", "attn_k_norm"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
    ] {
        out = out.replace(theirs, ours);
    }
    out
}

/// llama.cpp interleaves the two halves of each query and key head: row `2 i + half` goes back to
/// row `half · width / 2 + i`.
fn unpermuted(values: &[f32], rows: usize, head_width: usize) -> Vec<f32> {
    let columns = values.len() / rows;
    let mut out = Vec::with_capacity(values.len());
    for head in 0..rows / head_width {
        for half in 0..2 {
            for pair in 0..head_width / 2 {
                let row = head * head_width + 2 * pair + half;
                out.extend_from_slice(&values[row * columns..(row + 1) * columns]);
            }
        }
    }
    out
}

fn load_folder(path: &Path, device: &Device) -> Result<LoadedModel> {
    let mut config = folder_shape(path)?;
    let tensors = Safetensors::open(path)?;
    // Some checkpoints are saved without the head's second copy whatever their configuration says.
    config.tied |= !tensors.has("lm_head.weight");
    let (tokenizer, template) = folder_words(path, &config)?;
    let read = |name: &str, shape: &[usize]| tensors.tensor(name, shape);
    let model = Source { read, device }.llama(&config)?;
    Ok(LoadedModel {
        config,
        model,
        tokenizer,
        template,
    })
}

fn folder_shape(path: &Path) -> Result<LlamaConfig> {
    let file = path.join("config.json");
    let json = read_json(&file)?.ok_or_else(|| Error::artifact(&file, "is missing"))?;
    shape::from_json(&json).map_err(|e| Error::artifact(&file, e))
}

fn folder_words(path: &Path, config: &LlamaConfig) -> Result<(Tokenizer, Option<ChatTemplate>)> {
    let file = path.join("tokenizer.json");
    let json = fs::read(&file).map_err(|e| Error::artifact(&file, e))?;
    let model = read_json(&path.join("config.json"))?.unwrap_or_default();
    let generation = read_json(&path.join("generation_config.json"))?.unwrap_or_default();
    let words = read_json(&path.join("tokenizer_config.json"))?.unwrap_or_default();
    let first = |key: &str| {
        ids(&model[key])
            .into_iter()
            .chain(ids(&generation[key]))
            .next()
    };
    let mut ends = Vec::new();
    // The tokenizer's own end token is the one that its chat format writes.
    let named = |key: &str| written(&words[key]);
    let fail = |reason: String| Error::artifact(&file, reason);
    let plain = Tokenizer::from_json(&json, None, &[], None).map_err(fail)?;
    ends.extend(named("eos_token").and_then(|token| plain.id(&token)));
    for end in ids(&model["eos_token_id"])
        .into_iter()
        .chain(ids(&generation["eos_token_id"]))
    {
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    let id_of = |key: &str| named(key).and_then(|token| plain.id(&token));
    let bos = id_of("bos_token").or(first("bos_token_id"));
    let pad = id_of("pad_token").or(first("pad_token_id"));
    let size = u32::try_from(plain.vocab()).unwrap_or(u32::MAX);
    let known = |id: &u32| *id < size;
    ends.retain(known);
    let tokenizer = Tokenizer::from_json(&json, bos.filter(known), &ends, pad.filter(known));
    let tokenizer = tokenizer.map_err(fail)?;
    fits(&tokenizer, config).map_err(fail)?;
    let file = path.join("chat_template.jinja");
    let source = match file.exists() {
        true => Some(fs::read_to_string(&file).map_err(|e| Error::artifact(&file, e))?),
        false => match &words["chat_template"] {
            Value::String(source) => Some(source.clone()),
            // Several by name: the default one is for conversation.
            Value::Array(several) => several
                .iter()
                .find(|one| one["name"] == "default")
                .and_then(|one| one["template"].as_str())
                .map(str::to_owned),
            _ => None,
        },
    };
    let template = source
        .map(|source| template(&source, &tokenizer))
        .transpose();
    Ok((
        tokenizer.clone(),
        template.map_err(|e| Error::artifact(path, e))?,
    ))
}

/// A token that is written as text or as an object with its text.
fn written(value: &Value) -> Option<String> {
    value
        .as_str()
        .or(value["content"].as_str())
        .map(str::to_owned)
}

fn ids(value: &Value) -> Vec<u32> {
    let one = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value.as_array() {
        Some(several) => several.iter().filter_map(one).collect(),
        None => one(value).into_iter().collect(),
    }
}

pub(crate) fn read_json(path: &Path) -> Result<Option<Value>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read(path).map_err(|e| Error::artifact(path, e))?;
    let json = serde_json::from_slice(&text).map_err(|e| Error::artifact(path, e))?;
    Ok(Some(json))
}

fn fits(tokenizer: &Tokenizer, config: &LlamaConfig) -> std::result::Result<(), String> {
    match tokenizer.vocab() > config.vocab {
        true => Err(format!(
            "the tokenizer has {} tokens, the model knows {}",
            tokenizer.vocab(),
            config.vocab
        )),
        false => Ok(()),
    }
}

fn template(source: &str, tokenizer: &Tokenizer) -> std::result::Result<ChatTemplate, String> {
    let token = |id: Option<u32>| id.and_then(|id| tokenizer.token(id)).unwrap_or_default();
    ChatTemplate::new(source, token(tokenizer.bos()), token(tokenizer.end()))
}

/// Writes a folder that `transformers` and [`load`] read: weights as F32 with LoRA adapters merged,
/// shape, tokenizer and template. The folder is made; files of the same names are replaced.
///
/// # Errors
/// [`Error::Artifact`] where a file cannot be written.
pub fn save(
    folder: &Path,
    model: &Llama,
    tokenizer: &Tokenizer,
    template: Option<&ChatTemplate>,
) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::artifact(folder, e))?;
    let ends = &tokenizer.ends()[..tokenizer.ends().len().min(1)];
    let config = shape::to_json(model.config(), tokenizer.bos(), ends, Some(tokenizer.pad()));
    let token = |id: Option<u32>| id.and_then(|id| tokenizer.token(id));
    let words = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": token(tokenizer.bos()),
        "eos_token": token(tokenizer.end()),
        "pad_token": token(Some(tokenizer.pad())),
        "chat_template": template.map(ChatTemplate::source),
        "model_max_length": model.config().context,
        "clean_up_tokenization_spaces": false,
    });
    for (name, json) in [("config.json", config), ("tokenizer_config.json", words)] {
        let path = folder.join(name);
        let text = serde_json::to_vec_pretty(&json).map_err(|e| Error::artifact(&path, e))?;
        fs::write(&path, text).map_err(|e| Error::artifact(&path, e))?;
    }
    tokenizer.save(&folder.join("tokenizer.json"))?;
    let merged = model.clone().merge_lora();
    safetensors::write(&folder.join("model.safetensors"), assemble::parts(&merged))
}

#[cfg(test)]
mod tests;
