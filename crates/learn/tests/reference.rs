//! Real models against the reference implementations; the numbers are made by
//! `scripts/reference_models.py`. The models are looked for in the folder `TOUCHSTONE_MODELS`, else
//! where set-up puts them; a test whose model is not there says so and passes.

use burn::tensor::{Device, Int, Tensor, TensorData};
use domain::prompt::Message;
use learn::generate::{Finish, Sampling, generate, generate_text};
use learn::models::{Encoder, LoadedModel, describe, load, save};
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn model(name: &str) -> Option<PathBuf> {
    let path = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let cache = || path("XDG_CACHE_HOME").or(path("HOME").map(|home| home.join(".cache")));
    let folder = path("TOUCHSTONE_MODELS").or(cache().map(|cache| cache.join("touchstone/models")));
    let found = folder
        .map(|folder| folder.join(name))
        .filter(|path| path.exists());
    if found.is_none() {
        println!(
            "skipped: {name} is not here; set-up fetches it, TOUCHSTONE_MODELS names its folder"
        );
    }
    found
}

fn smollm2() -> Option<LoadedModel> {
    Some(load(&model("SmolLM2-135M-Instruct")?, &Device::default()).unwrap())
}

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn ids(value: &Value) -> Vec<u32> {
    let ids = value.as_array().unwrap().iter();
    ids.map(|id| u32::try_from(id.as_u64().unwrap()).unwrap())
        .collect()
}

fn logits(model: &LoadedModel, ids: &[u32]) -> Vec<Vec<f32>> {
    let row = ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>();
    let tokens = TensorData::new(row, [1, ids.len()]);
    let tokens = Tensor::<2, Int>::from_data(tokens, &model.model.device());
    let logits = model.model.logits(model.model.hidden(tokens)).into_data();
    let logits = logits.try_into_vec::<f32>().unwrap();
    logits
        .chunks_exact(model.config.vocab)
        .map(<[f32]>::to_vec)
        .collect()
}

#[test]
fn smollm2_thinks_what_transformers_thinks() {
    let Some(loaded) = smollm2() else { return };
    assert_eq!(loaded.config.parameters(), 134_515_008);
    let reference = golden("smollm2.json");
    let some = ids(&reference["some"]);
    let prompts = reference["prompts"].as_array().unwrap();
    assert_eq!(prompts.len(), 20);
    let mut worst = 0_f64;
    for prompt in prompts {
        let text = prompt["prompt"].as_str().unwrap();
        let tokens = ids(&prompt["ids"]);
        assert_eq!(loaded.tokenizer.encode(text), tokens, "{text:?}");
        let found = logits(&loaded, &tokens);
        let mut compare = |row: usize, token: u32, expected: &Value| {
            let expected = expected.as_f64().unwrap();
            let scale = found[row]
                .iter()
                .map(|x| f64::from(*x).abs())
                .fold(0.0, f64::max);
            let far = (f64::from(found[row][token as usize]) - expected).abs() / scale;
            worst = worst.max(far);
            assert!(
                far < 1e-3,
                "{text:?}, position {row}, token {token}: off by {far} of {scale}"
            );
        };
        let rows = prompt["logits"].as_array().unwrap();
        for (at, row) in ids(&prompt["at"]).into_iter().zip(rows) {
            for (token, expected) in some.iter().zip(row.as_array().unwrap()) {
                compare(at as usize, *token, expected);
            }
        }
        let top = prompt["top"].as_array().unwrap();
        for pair in top {
            compare(
                tokens.len() - 1,
                ids(&pair.as_array().unwrap()[..1].into())[0],
                &pair[1],
            );
        }
        let last = found.last().unwrap();
        let best = (0_u32..)
            .zip(last)
            .reduce(|a, b| if b.1 > a.1 { b } else { a })
            .unwrap();
        assert_eq!(u64::from(best.0), top[0][0].as_u64().unwrap(), "{text:?}");
    }
    println!("largest difference: {worst:.2e} of the largest logit");
}

fn fnv(ids: &[u32]) -> String {
    let bytes = ids.iter().flat_map(|id| id.to_le_bytes());
    let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{hash:016x}")
}

#[test]
fn a_thousand_strings_in_ten_languages_have_the_reference_tokens() {
    let strings = golden("tokens.json");
    let strings = strings.as_array().unwrap();
    assert_eq!(strings.len(), 1000);
    if let Some(path) = model("SmolLM2-135M-Instruct") {
        let (_, tokenizer, _) = describe(&path).unwrap();
        for line in strings {
            let text = line[0].as_str().unwrap();
            let tokens = tokenizer.encode(text);
            assert_eq!(
                fnv(&tokens),
                line[1].as_str().unwrap(),
                "{text:?} became {tokens:?}"
            );
            assert_eq!(tokenizer.decode_all(&tokens), text);
            let mut stream = tokenizer.stream();
            let pieces = tokens.iter().map(|id| stream.push(*id)).collect::<String>();
            assert_eq!(pieces + &stream.finish(), tokenizer.decode(&tokens));
        }
    }
    if let Some(path) = model("all-MiniLM-L6-v2") {
        let encoder = Encoder::load(&path, &Device::default()).unwrap();
        for line in strings {
            let text = line[0].as_str().unwrap();
            assert_eq!(
                fnv(&encoder.tokens(text)),
                line[2].as_str().unwrap(),
                "{text:?}"
            );
        }
    }
}

#[test]
fn minilm_embeds_as_transformers_does_alone_and_in_a_batch() {
    let Some(path) = model("all-MiniLM-L6-v2") else {
        return;
    };
    let encoder = Encoder::load(&path, &Device::default()).unwrap();
    assert_eq!(encoder.width(), 384);
    let sentences = golden("minilm.json");
    let sentences = sentences.as_array().unwrap();
    let texts = sentences
        .iter()
        .map(|s| s["text"].as_str().unwrap())
        .collect::<Vec<_>>();
    let together = encoder.embed(&texts);
    let mut worst = 0_f64;
    for (sentence, embedding) in sentences.iter().zip(&together) {
        let text = sentence["text"].as_str().unwrap();
        assert_eq!(
            encoder.tokens(text).len() as u64,
            sentence["tokens"].as_u64().unwrap()
        );
        let alone = &encoder.embed(&[text])[0];
        let expected = sentence["embedding"].as_array().unwrap();
        assert_eq!(expected.len(), 64);
        for (at, expected) in expected.iter().enumerate() {
            for found in [embedding[6 * at], alone[6 * at]] {
                worst = worst.max((f64::from(found) - expected.as_f64().unwrap()).abs());
            }
        }
        assert!((embedding.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
    }
    println!("largest difference: {worst:.2e}");
    assert!(worst < 1e-4, "off by {worst}");
}

#[test]
fn smollm2_answers_in_its_chat_format_and_survives_being_saved() {
    let Some(loaded) = smollm2() else { return };
    let template = loaded.template.as_ref().unwrap();
    let talk = [Message::user("What is the capital of France?")];
    let text = template.render(&talk, true, 0).unwrap();
    assert_eq!(
        text,
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n\
         <|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    );
    let prompt = loaded.tokenizer.encode(&text);
    let sampling = Sampling::greedy(24, loaded.tokenizer.ends());
    let mut streamed = String::new();
    let mut told = |_: usize, _: usize, piece: &str| {
        streamed.push_str(piece);
        ControlFlow::Continue(())
    };
    let prompts = [prompt.clone()];
    let said = generate_text(
        &loaded.model,
        &loaded.tokenizer,
        &prompts,
        &sampling,
        &[],
        0,
        &mut told,
    );
    println!("{:?}", said[0].text);
    assert!(said[0].text.contains("Paris"), "{:?}", said[0].text);
    assert_eq!(
        (said[0].completion.finish, &streamed),
        (Finish::End, &said[0].text)
    );
    let stops = ["Par".to_owned()];
    let cut = generate_text(
        &loaded.model,
        &loaded.tokenizer,
        &prompts,
        &sampling,
        &stops,
        0,
        &mut |_, _, _| ControlFlow::Continue(()),
    );
    assert_eq!(cut[0].completion.finish, Finish::Stopped);
    assert_eq!(Some(cut[0].text.as_str()), said[0].text.split("Par").next());
    let folder = tempfile::tempdir().unwrap();
    save(
        folder.path(),
        &loaded.model,
        &loaded.tokenizer,
        Some(template),
    )
    .unwrap();
    let again = load(folder.path(), &Device::default()).unwrap();
    assert_eq!(again.config, loaded.config);
    assert_eq!(again.template, loaded.template);
    assert_eq!(again.tokenizer.ends()[0], loaded.tokenizer.ends()[0]);
    let go = &mut |_| ControlFlow::Continue(());
    let before = generate(&loaded.model, &prompts, &sampling, 0, go);
    assert_eq!(before, generate(&again.model, &prompts, &sampling, 0, go));
}
