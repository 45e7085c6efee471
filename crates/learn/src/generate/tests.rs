//! Generation against the model read without a cache, and what a seed and a batch may change.

use super::*;
use crate::models::LlamaConfig;
use burn::module::Module;
use burn::tensor::Device;

/// Random weights made large, so that the model has strong opinions.
fn model() -> Llama {
    let config = LlamaConfig {
        context: 64,
        ..LlamaConfig::tiny(23)
    };
    let mut model = Llama::init_seeded(&config, 6, &Device::default());
    for block in &mut model.layers {
        let wide = |weight: Tensor<2>| weight * 8.0;
        block.self_attn.v_proj.weight = block.self_attn.v_proj.weight.clone().map(wide);
        block.self_attn.o_proj.weight = block.self_attn.o_proj.weight.clone().map(wide);
        block.mlp.down_proj.weight = block.mlp.down_proj.weight.clone().map(wide);
    }
    let sharp = |weight: Tensor<2>| weight * 4.0;
    model.embed_tokens.weight = model.embed_tokens.weight.clone().map(sharp);
    model
}

fn prompts() -> Vec<Vec<u32>> {
    vec![vec![3, 1, 4, 1, 5, 9, 2, 6], vec![7], vec![2, 7, 1, 8]]
}

fn go(_: Drawn) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The logits after a text, read at once.
fn after(model: &Llama, text: &[u32]) -> Vec<f32> {
    let ids = text.iter().map(|id| i64::from(*id)).collect::<Vec<_>>();
    let time = ids.len();
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, time]), &model.device());
    values(model, model.hidden(tokens).narrow(1, time - 1, 1))
}

#[test]
fn greedy_is_the_most_probable_token_step_by_step_without_a_cache() {
    let model = model();
    let prompts = prompts();
    let said = generate(&model, &prompts, &Sampling::greedy(20, &[]), 0, &mut go);
    assert_eq!(said.len(), 3);
    let mut different = std::collections::BTreeSet::new();
    for completion in &said {
        let mut text = prompts[completion.prompt].clone();
        assert_eq!(
            (completion.tokens.len(), completion.finish),
            (20, Finish::Length)
        );
        for (token, logprob) in completion.tokens.iter().zip(&completion.logprobs) {
            let logits = after(&model, &text);
            let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let best = logits
                .iter()
                .position(|logit| logit.total_cmp(&most).is_eq())
                .unwrap();
            assert_eq!(best, *token as usize);
            let total = logits
                .iter()
                .map(|logit| (logit - most).exp())
                .sum::<f32>()
                .ln();
            assert!((logprob + total).abs() < 1e-4);
            text.push(*token);
            different.insert(*token);
        }
    }
    assert!(
        different.len() > 3,
        "a model that says one thing proves little: {different:?}"
    );
}

/// Two short samples of each prompt.
fn twice() -> Sampling {
    Sampling {
        max_tokens: 12,
        samples: 2,
        ends: vec![22],
        ..Sampling::default()
    }
}

#[test]
fn with_seeds_of_their_own_prompts_are_answered_together_as_they_are_alone() {
    let model = model();
    let prompts = prompts();
    let sampling = twice();
    let seeds: Vec<u64> = (0..prompts.len() as u64).map(|n| 40 + n).collect();
    let together = generate(&model, &prompts, &sampling, Seed::Each(&seeds), &mut go);
    for (n, prompt) in prompts.iter().enumerate() {
        let alone = generate(
            &model,
            std::slice::from_ref(prompt),
            &sampling,
            seeds[n],
            &mut go,
        );
        for (left, right) in together[2 * n..].iter().zip(&alone) {
            assert_eq!(left.tokens, right.tokens, "prompt {n}");
        }
    }
}

#[test]
fn a_seed_decides_and_neighbours_do_not() {
    let model = model();
    let prompts = prompts();
    let sampling = twice();
    let said = generate(&model, &prompts, &sampling, 5, &mut go);
    assert_eq!(said, generate(&model, &prompts, &sampling, 5, &mut go));
    assert_ne!(said, generate(&model, &prompts, &sampling, 6, &mut go));
    assert_ne!(said[0].tokens, said[1].tokens, "two samples of one prompt");
    for rows in [1, 2, 5] {
        let other = generate(
            &model,
            &prompts,
            &Sampling {
                rows,
                ..sampling.clone()
            },
            5,
            &mut go,
        );
        for (left, right) in said.iter().zip(&other) {
            assert_eq!((left.prompt, left.sample), (right.prompt, right.sample));
            assert_eq!(left.tokens, right.tokens, "{rows} rows at a time");
            let pairs = left.logprobs.iter().zip(&right.logprobs);
            assert!(
                pairs
                    .into_iter()
                    .all(|(left, right)| (left - right).abs() < 1e-4)
            );
        }
    }
}

#[test]
fn a_completion_ends_with_its_end_token_its_context_or_its_reader() {
    let model = model();
    let prompts = prompts();
    let free = generate(&model, &prompts, &Sampling::greedy(100, &[]), 0, &mut go);
    // The context holds 64 tokens; the last one said needs no place in it.
    assert_eq!(free[0].tokens.len(), 64 - 8 + 1 - 1);
    let end = free[0].tokens[3];
    let first = free[0]
        .tokens
        .iter()
        .position(|token| *token == end)
        .unwrap();
    let said = generate(&model, &prompts, &Sampling::greedy(100, &[end]), 0, &mut go);
    assert_eq!(said[0].finish, Finish::End);
    assert_eq!(said[0].tokens, free[0].tokens[..=first]);
    let mut seen = Vec::new();
    let said = generate(
        &model,
        &prompts,
        &Sampling::greedy(10, &[]),
        0,
        &mut |drawn| {
            seen.push(drawn);
            match drawn.prompt == 2 && seen.iter().filter(|drawn| drawn.prompt == 2).count() == 4 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        },
    );
    assert_eq!((said[2].tokens.len(), said[2].finish), (4, Finish::Stopped));
    assert_eq!((said[1].tokens.len(), said[1].finish), (10, Finish::Length));
    assert_eq!(
        said[1].tokens,
        free[1].tokens[..10],
        "an ended neighbour changes nothing"
    );
    assert_eq!(seen.len(), 24);
}

#[test]
fn a_model_with_gradients_and_adapters_generates_as_its_merged_self() {
    let plain = model();
    let adapted = Llama::init(plain.config(), &Device::default().autodiff());
    let mut adapted = adapted
        .load_record(plain.clone().into_record())
        .with_lora(2, 4.0, 1);
    let sampling = Sampling::greedy(8, &[]);
    let said = generate(&plain, &prompts(), &sampling, 0, &mut go);
    assert_eq!(said, generate(&adapted, &prompts(), &sampling, 0, &mut go));
    for block in &mut adapted.layers {
        let lora = block.mlp.down_proj.lora.as_mut().unwrap();
        lora.b = lora.b.clone().map(|b| b + 0.5);
    }
    let moved = generate(&adapted, &prompts(), &sampling, 0, &mut go);
    assert_ne!(
        said[0].logprobs, moved[0].logprobs,
        "the adapter is part of the model"
    );
    let merged = adapted.merge_lora();
    assert_eq!(moved, generate(&merged, &prompts(), &sampling, 0, &mut go));
}
