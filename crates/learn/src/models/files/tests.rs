//! Formats against other people's numbers (`scripts/reference_models.py`), and files there and back.

use super::*;
use crate::models::RopeScaling;
use burn::tensor::{Int, Tensor, TensorData};
use domain::stats::Random;

/// A golden file of this crate.
fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

fn close(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0_f64, |most, x| most.max(x.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let far = (f64::from(*found) - expected).abs();
        assert!(
            far <= tolerance * size,
            "{what}, {at}: {found} is not {expected}"
        );
    }
}

#[test]
fn every_block_format_is_dequantised_as_the_gguf_package_does() {
    let blocks = golden("dequantise.json");
    let blocks = blocks.as_array().unwrap();
    assert_eq!(blocks.len(), 11);
    for block in blocks {
        let name = block["name"].as_str().unwrap();
        let hex = block["raw"].as_str().unwrap();
        let raw = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
            .collect::<Vec<_>>();
        let kind = Quantisation::from_id(u32::try_from(block["id"].as_u64().unwrap()).unwrap());
        let kind = kind.unwrap();
        let expected = numbers(&block["values"]);
        assert_eq!(kind.bytes(expected.len()), Ok(raw.len()), "{name}");
        close(&kind.dequantise(&raw), &expected, 1e-6, name);
    }
    assert!(Quantisation::Q4K.bytes(255).is_err());
}

/// The formula of the reference script.
fn formula(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let mut random = Random::seeded(seed);
    (0..count).map(move |_| (random.bits() >> 11) as f64 / (1_u64 << 53) as f64)
}

#[test]
fn each_family_computes_what_transformers_computes() {
    let device = Device::default();
    let models = golden("small_models.json");
    let models = models.as_array().unwrap();
    assert_eq!(models.len(), 7);
    for reference in models {
        let name = reference["name"].as_str().unwrap();
        let config = shape::from_json(&reference["config"]).unwrap();
        let read = |tensor: &str, shape: &[usize]| {
            let norm = tensor.contains("norm");
            let value = |u: f64| {
                if norm {
                    1.0 + (u - 0.5) * 0.4
                } else {
                    (u - 0.5) * 0.5
                }
            };
            #[expect(clippy::cast_possible_truncation, reason = "a weight is an f32")]
            let weight = |u: f64| value(u) as f32;
            Ok(formula(tensor, shape.iter().product())
                .map(weight)
                .collect())
        };
        let model = Source {
            read,
            device: &device,
        }
        .llama(&config)
        .unwrap();
        let tokens = reference["tokens"].as_array().unwrap();
        let tokens = tokens
            .iter()
            .map(|id| id.as_i64().unwrap())
            .collect::<Vec<_>>();
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(tokens, [1, 80]), &device);
        let logits = model.logits(model.hidden(tokens));
        let rows = reference["logits"].as_array().unwrap();
        for (at, row) in reference["at"].as_array().unwrap().iter().zip(rows) {
            let at = usize::try_from(at.as_u64().unwrap()).unwrap();
            let found = logits
                .clone()
                .narrow(1, at, 1)
                .into_data()
                .try_into_vec::<f32>()
                .unwrap();
            close(&found, &numbers(row), 1e-4, &format!("{name} at {at}"));
        }
    }
}

/// A byte-level tokenizer without merges: 256 letters and three special tokens.
fn bytes_tokenizer() -> Tokenizer {
    let mut vocab = serde_json::Map::new();
    let mut spare = 256_u32;
    for byte in 0..=255_u8 {
        let plain = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let letter = if plain {
            char::from(byte)
        } else {
            spare += 1;
            char::from_u32(spare - 1).unwrap()
        };
        vocab.insert(letter.to_string(), json!(byte));
    }
    let special = |id: u32, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false, "special": true})
    };
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let json = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
        "added_tokens": [special(256, "<|im_start|>"), special(257, "<|im_end|>"), special(258, "<pad>")],
        "pre_tokenizer": level, "decoder": level, "post_processor": null,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
                  "vocab": vocab, "merges": []},
    });
    let json = serde_json::to_vec(&json).unwrap();
    Tokenizer::from_json(&json, Some(256), &[257], Some(258)).unwrap()
}

fn small() -> LlamaConfig {
    LlamaConfig {
        tied: false,
        qk_norm: true,
        head_width: 24,
        rope_scaling: RopeScaling::Linear { factor: 2.0 },
        ..LlamaConfig::tiny(260)
    }
}

#[test]
fn a_saved_model_is_loaded_as_it_was() {
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    for config in [
        LlamaConfig::tiny(260),
        small(),
        LlamaConfig {
            qkv_bias: true,
            ..LlamaConfig::tiny(260)
        },
    ] {
        let model = Llama::init_seeded(&config, 9, &device);
        let template = ChatTemplate::chat_ml();
        save(folder.path(), &model, &bytes_tokenizer(), Some(&template)).unwrap();
        let loaded = load(folder.path(), &device).unwrap();
        assert_eq!(loaded.config, config);
        assert_eq!(
            loaded.template.as_ref().map(ChatTemplate::source),
            Some(template.source())
        );
        let words = &loaded.tokenizer;
        assert_eq!(
            (words.bos(), words.end(), words.pad()),
            (Some(256), Some(257), 258)
        );
        let text = "<|im_start|>Grüße, 世界\n<|im_end|>";
        let ids = words.encode(text);
        assert_eq!((ids[0], ids.len()), (256, 2 + "Grüße, 世界\n".len()));
        assert_eq!(words.decode(&ids), "Grüße, 世界\n");
        assert_eq!(words.decode_all(&ids), text);
        let tokens = Tensor::<2, Int>::from_data([[256, 72, 105, 257]], &device);
        let (before, after) = (model.hidden(tokens.clone()), loaded.model.hidden(tokens));
        assert_eq!(before.into_data(), after.into_data(), "bit by bit");
        let (described, ..) = describe(folder.path()).unwrap();
        assert_eq!(described, config);
    }
}

#[test]
fn shards_of_half_precision_are_read() {
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    let model = Llama::init_seeded(&small(), 9, &device);
    save(folder.path(), &model, &bytes_tokenizer(), None).unwrap();
    let whole = fs::read(folder.path().join("model.safetensors")).unwrap();
    let whole = ::safetensors::SafeTensors::deserialize(&whole).unwrap();
    let mut map = serde_json::Map::new();
    for half in 0..2 {
        let file = format!("model-{half}.safetensors");
        let names = whole
            .names()
            .into_iter()
            .enumerate()
            .filter(|(at, _)| at % 2 == half);
        let tensors = names.map(|(_, name)| {
            map.insert(name.to_owned(), json!(file));
            let tensor = whole.tensor(name).unwrap();
            let floats = tensor
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes(b.try_into().unwrap()));
            let bytes = floats
                .flat_map(|x| ::half::bf16::from_f32(x).to_le_bytes())
                .collect::<Vec<_>>();
            (name.to_owned(), tensor.shape().to_vec(), bytes)
        });
        let tensors = tensors.collect::<Vec<_>>();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            let kind = ::safetensors::Dtype::BF16;
            (
                name,
                ::safetensors::tensor::TensorView::new(kind, shape.clone(), bytes).unwrap(),
            )
        });
        ::safetensors::serialize_to_file(views, None, &folder.path().join(&file)).unwrap();
    }
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let index = folder.path().join("model.safetensors.index.json");
    fs::write(&index, json!({"weight_map": map}).to_string()).unwrap();
    let loaded = load(folder.path(), &device).unwrap();
    let weight = |model: &Llama| {
        model.layers[1]
            .mlp
            .down_proj
            .weight
            .val()
            .into_data()
            .try_into_vec::<f32>()
            .unwrap()
    };
    for (exact, rounded) in weight(&model).iter().zip(weight(&loaded.model)) {
        assert!((exact - rounded).abs() <= exact.abs() / 128.0);
    }
    fs::write(
        &index,
        json!({"weight_map": {"x": "../other.safetensors"}}).to_string(),
    )
    .unwrap();
    assert!(
        load(folder.path(), &device)
            .unwrap_err()
            .to_string()
            .contains("weight_map")
    );
}

#[test]
fn unusable_folders_say_what_is_wrong_and_where() {
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    let failed = || load(folder.path(), &device).unwrap_err().to_string();
    assert!(failed().contains("neither a config.json nor a .gguf"));
    let model = Llama::init_seeded(&LlamaConfig::tiny(260), 9, &device);
    save(folder.path(), &model, &bytes_tokenizer(), None).unwrap();
    let weights = folder.path().join("model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&weights, &bytes[..length]).unwrap();
        let error = failed();
        assert!(error.contains("model.safetensors"), "{error}");
    }
    fs::write(&weights, &bytes).unwrap();
    let config = folder.path().join("config.json");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(
        &config,
        text.replace("\"hidden_size\": 64", "\"hidden_size\": 32"),
    )
    .unwrap();
    let error = failed();
    assert!(
        error.contains("tensor model.embed_tokens.weight: shape [260, 64]"),
        "{error}"
    );
    fs::write(
        &config,
        text.replace("\"vocab_size\": 260", "\"vocab_size\": 100"),
    )
    .unwrap();
    assert!(failed().contains("the tokenizer has 259 tokens, the model knows 100"));
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    assert!(failed().contains("tokenizer.json"));
}

#[test]
fn query_rows_are_put_back_as_hugging_face_has_them() {
    // Two heads of width 4, one column: Hugging Face's rows 0 1 2 3 | 4 5 6 7.
    let gguf = [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0];
    assert_eq!(
        unpermuted(&gguf, 8, 4),
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    );
}
