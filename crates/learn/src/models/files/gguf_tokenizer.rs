//! The tokenizer that GGUF metadata describes, as the `tokenizer.json` that Hugging Face would have:
//! byte-level BPE with its merges and the pre-tokenizer of that name, or a sentencepiece vocabulary
//! whose merges follow from its scores.

use super::super::tokenizer::Tokenizer;
use super::gguf::Gguf;
use serde_json::{Value, json};
use std::collections::HashMap;

type Parsed<T> = Result<T, String>;

/// Rebuilds the tokenizer.
pub(crate) fn tokenizer(gguf: &Gguf) -> Parsed<Tokenizer> {
    let id = |key: &str| {
        gguf.get(&format!("tokenizer.ggml.{key}_token_id"))
            .and_then(Value::as_u64)
            .and_then(|id| u32::try_from(id).ok())
    };
    let ends = ["eos", "eot", "eom"].into_iter().filter_map(id);
    let ends = ends.collect::<Vec<_>>();
    let json = json(gguf, id("bos"))?;
    let json = serde_json::to_vec(&json).map_err(|e| e.to_string())?;
    Tokenizer::from_json(&json, id("bos"), &ends, id("padding"))
}

fn json(gguf: &Gguf, bos: Option<u32>) -> Parsed<Value> {
    let key = |name: &str| gguf.get(&format!("tokenizer.ggml.{name}"));
    let kind = key("model").and_then(Value::as_str).unwrap_or("");
    let tokens = strings(key("tokens")).ok_or("tokenizer.ggml.tokens is missing")?;
    let mut ids = HashMap::with_capacity(tokens.len());
    for (id, token) in tokens.iter().enumerate() {
        if ids.insert(*token, id).is_some() {
            return Err(format!(
                "tokenizer.ggml.tokens: {token:?} stands there twice"
            ));
        }
    }
    let types = key("token_type").and_then(Value::as_array);
    let kind_of = |id: usize| types.and_then(|types| types.get(id)?.as_i64()).unwrap_or(1);
    // Control tokens (3) are left out of decoded text, user-defined ones (4) are not.
    let added = tokens
        .iter()
        .enumerate()
        .filter(|(id, _)| matches!(kind_of(*id), 3 | 4) || (kind == "llama" && kind_of(*id) == 2))
        .map(|(id, token)| {
            json!({
                "id": id, "content": token, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": kind_of(id) != 4,
            })
        })
        .collect::<Vec<_>>();
    let begins = key("add_bos_token")
        .and_then(Value::as_bool)
        .unwrap_or(kind == "llama");
    let bos = bos.filter(|_| begins).and_then(|id| {
        let token = *tokens.get(id as usize)?;
        Some(json!({
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {token: {"id": token, "ids": [id], "tokens": [token]}},
        }))
    });
    let parts = match kind {
        "gpt2" => byte_level(
            key("pre").and_then(Value::as_str).unwrap_or("default"),
            &ids,
            &strings(key("merges")).ok_or("tokenizer.ggml.merges is missing")?,
        )?,
        "llama" => {
            let scores = key("scores")
                .and_then(Value::as_array)
                .filter(|scores| scores.len() == tokens.len())
                .ok_or("tokenizer.ggml.scores is missing or of another length")?;
            let scores = scores.iter().map(|score| score.as_f64().unwrap_or(0.0));
            let space = key("add_space_prefix")
                .and_then(Value::as_bool)
                .unwrap_or(true);
            sentencepiece(&tokens, &ids, &scores.collect::<Vec<_>>(), &kind_of, space)
        }
        other => {
            return Err(format!(
                "tokenizer.ggml.model is {other:?}; gpt2 and llama are read"
            ));
        }
    };
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": parts.normalizer, "pre_tokenizer": parts.pre_tokenizer,
        "post_processor": bos, "decoder": parts.decoder, "model": parts.model,
    }))
}

struct Parts {
    normalizer: Value,
    pre_tokenizer: Value,
    decoder: Value,
    model: Value,
}

fn strings(value: Option<&Value>) -> Option<Vec<&str>> {
    value?.as_array()?.iter().map(Value::as_str).collect()
}

/// How a family cuts a text before its merges (llama.cpp's names).
fn byte_level(pre: &str, ids: &HashMap<&str, usize>, merges: &[&str]) -> Parsed<Parts> {
    let bytes = |regex: bool| json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": regex});
    let split = |regex: String| {
        json!({"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false},
            bytes(false),
        ]})
    };
    let llama = |digits: &str| {
        split(format!(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{{L}}\\p{{N}}]?\\p{{L}}+|{digits}| ?[^\\s\\p{{L}}\\p{{N}}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
        ))
    };
    let mut normalizer = Value::Null;
    let pre_tokenizer = match pre {
        "gpt-2" | "gpt2" | "default" => bytes(true),
        "smollm" => json!({"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": true}, bytes(true),
        ]}),
        "llama-bpe" | "llama3" | "llama-v3" => llama("\\p{N}{1,3}"),
        "qwen2" | "deepseek-r1-qwen" => {
            normalizer = json!({"type": "NFC"});
            llama("\\p{N}")
        }
        other => {
            return Err(format!(
                "tokenizer.ggml.pre is {other:?}; default, gpt-2, smollm, llama-bpe and qwen2 are read"
            ));
        }
    };
    let whole = pre.starts_with("llama");
    Ok(Parts {
        normalizer,
        pre_tokenizer,
        decoder: bytes(true),
        model: json!({
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": whole, "vocab": ids, "merges": merges,
        }),
    })
}

/// Two pieces merge in the order of the whole's score (as Hugging Face converts sentencepiece).
fn sentencepiece(
    tokens: &[&str],
    ids: &HashMap<&str, usize>,
    scores: &[f64],
    kind_of: &dyn Fn(usize) -> i64,
    space: bool,
) -> Parts {
    let mut merges = Vec::new();
    for (id, token) in tokens
        .iter()
        .enumerate()
        .filter(|(id, _)| kind_of(*id) == 1)
    {
        let cuts = token
            .char_indices()
            .skip(1)
            .map(|(at, _)| token.split_at(at));
        let mut halves = cuts
            .filter_map(|(left, right)| Some((*ids.get(left)?, *ids.get(right)?, left, right)))
            .collect::<Vec<_>>();
        halves.sort_unstable();
        merges.extend(
            halves
                .into_iter()
                .map(|(.., left, right)| (scores[id], [left, right])),
        );
    }
    merges.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let merges = merges.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>();
    let unknown = tokens
        .iter()
        .enumerate()
        .find(|(id, _)| kind_of(*id) == 2)
        .map(|(_, token)| *token);
    let mut normalizers =
        vec![json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})];
    let mut decoders = vec![
        json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    if space {
        normalizers.insert(0, json!({"type": "Prepend", "prepend": "▁"}));
        decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    Parts {
        normalizer: json!({"type": "Sequence", "normalizers": normalizers}),
        pre_tokenizer: Value::Null,
        decoder: json!({"type": "Sequence", "decoders": decoders}),
        model: json!({
            "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true,
            "ignore_merges": false, "vocab": ids, "merges": merges,
        }),
    }
}
