//! A tiny model with random weights, in a folder as the hub has them. Its tokens are bytes.

use burn::tensor::Device;
use learn::models::{ChatTemplate, Llama, LlamaConfig, Tokenizer};
use serde_json::{Map, json};
use std::path::Path;

/// Bytes as the characters under which byte-level tokenizers know them (Radford et al. 2019).
fn characters() -> Vec<char> {
    let plain =
        |byte: u32| (33..=126).contains(&byte) || (161..=172).contains(&byte) || byte >= 174;
    let mut next = 256;
    (0..256)
        .map(|byte| {
            let code = if plain(byte) {
                byte
            } else {
                next += 1;
                next - 1
            };
            char::from_u32(code).unwrap()
        })
        .collect()
}

fn tokenizer() -> Tokenizer {
    let mut vocab = Map::new();
    for (id, character) in characters().into_iter().enumerate() {
        vocab.insert(character.to_string(), json!(id));
    }
    let special = |id: usize, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true})
    };
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let whole = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "added_tokens": [special(256, "<|im_start|>"), special(257, "<|im_end|>")],
        "pre_tokenizer": level, "decoder": level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocab, "merges": []},
    });
    let bytes = serde_json::to_vec(&whole).unwrap();
    Tokenizer::from_json(&bytes, Some(256), &[257], Some(257)).unwrap()
}

/// Writes the model.
pub(crate) fn write(folder: &Path) {
    let tokenizer = tokenizer();
    let model = Llama::init_seeded(&LlamaConfig::tiny(tokenizer.vocab()), 7, &Device::flex());
    let template = ChatTemplate::chat_ml();
    learn::models::save(folder, &model, &tokenizer, Some(&template)).unwrap();
}
