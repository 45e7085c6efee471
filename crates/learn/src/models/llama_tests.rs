//! Invariants of the decoder that hold for any weights. Its agreement with the reference
//! implementation is tested in `tests/reference.rs`.

use super::{Cache, Llama, LlamaConfig};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Untied, with biases and normalised heads: every branch at once.
fn full(vocab: usize) -> LlamaConfig {
    LlamaConfig {
        tied: false,
        qkv_bias: true,
        qk_norm: true,
        head_width: 24,
        ..LlamaConfig::tiny(vocab)
    }
}

fn tokens(rows: &[&[i64]], device: &Device) -> Tensor<2, Int> {
    let time = rows.iter().map(|row| row.len()).max().unwrap();
    let padded = rows
        .iter()
        .flat_map(|row| row.iter().copied().chain([0].repeat(time - row.len())))
        .collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(padded, [rows.len(), time]), device)
}

fn close<const D: usize>(left: Tensor<D>, right: Tensor<D>, tolerance: f32) {
    let far = (left - right).abs().max().into_scalar::<f32>();
    assert!(far < tolerance, "differs by {far}");
}

#[test]
fn nothing_looks_ahead_and_pads_change_nothing() {
    let device = Device::default();
    for config in [LlamaConfig::tiny(11), full(11)] {
        let model = Llama::init_seeded(&config, 1, &device);
        let alone = model.logits(model.hidden(tokens(&[&[3, 1, 4, 1]], &device)));
        assert_eq!(alone.dims(), [1, 4, 11]);
        let rows: [&[i64]; 2] = [&[3, 1, 4, 1, 5, 9, 2], &[3, 1, 4, 1]];
        let both = model.logits(model.hidden(tokens(&rows, &device)));
        for row in 0..2 {
            let start = both.clone().narrow(0, row, 1).narrow(1, 0, 4);
            close(start, alone.clone(), 1e-5);
        }
        let other = model.logits(model.hidden(tokens(&[&[3, 2, 4, 1]], &device)));
        let last = |x: &Tensor<3>| x.clone().narrow(1, 3, 1);
        let moved = (last(&other) - last(&alone))
            .abs()
            .max()
            .into_scalar::<f32>();
        assert!(moved > 1e-5, "the past must matter");
    }
}

#[test]
fn reading_in_pieces_is_reading_at_once() {
    let device = Device::default();
    for config in [LlamaConfig::tiny(11), full(11)] {
        let model = Llama::init_seeded(&config, 2, &device);
        let rows: [&[i64]; 2] = [&[3, 1, 4, 1, 5, 9], &[2, 7, 1, 8]];
        let whole = model.hidden(tokens(&rows, &device));
        // Ragged: three tokens and one, then two and two, then one and one.
        let mut cache = Cache::new(&config, 2, 4, &device);
        model.step(tokens(&[&[3, 1, 4], &[2]], &device), &[3, 1], &mut cache);
        model.step(tokens(&[&[1, 5], &[7, 1]], &device), &[2, 2], &mut cache);
        let last = model.step(tokens(&[&[9], &[8]], &device), &[1, 1], &mut cache);
        assert_eq!(cache.lengths(), [6, 4]);
        close(
            last.clone().narrow(0, 0, 1),
            whole.clone().narrow(0, 0, 1).narrow(1, 5, 1),
            1e-5,
        );
        close(
            last.narrow(0, 1, 1),
            whole.narrow(0, 1, 1).narrow(1, 3, 1),
            1e-5,
        );
    }
}

#[test]
fn a_cache_grows_and_its_rows_can_be_picked() {
    let device = Device::default();
    let config = LlamaConfig::tiny(11);
    let model = Llama::init_seeded(&config, 3, &device);
    let long = (0..300).map(|i| i * 7 % 11).collect::<Vec<i64>>();
    let mut cache = Cache::new(&config, 2, 1, &device);
    model.step(tokens(&[&long, &[1]], &device), &[300, 1], &mut cache);
    let mut picked = cache.rows(&[0, 0]);
    assert_eq!(picked.lengths(), [300, 300]);
    let last = model.step(tokens(&[&[5], &[6]], &device), &[1, 1], &mut picked);
    for (row, next) in [(0, 5), (1, 6)] {
        let text = [&long[..], &[next]].concat();
        let whole = model.hidden(tokens(&[&text], &device)).narrow(1, 300, 1);
        close(last.clone().narrow(0, row, 1), whole, 1e-5);
    }
}

#[test]
fn training_sees_the_same_numbers_and_reaches_every_weight() {
    let device = Device::default();
    let config = full(11);
    let model = Llama::init_seeded(&config, 4, &device);
    let rows: [&[i64]; 2] = [&[3, 1, 4, 1, 5], &[2, 7, 1, 8, 2]];
    let plain = model.logits(model.hidden(tokens(&rows, &device)));
    let trained = Llama::init_seeded(&config, 4, &device.clone().autodiff());
    let tracked = trained.hidden(tokens(&rows, &device.clone().autodiff()));
    let tracked = trained.logits(tracked);
    close(tracked.clone().inner(), plain, 1e-5);
    let grads = tracked.square().mean().backward();
    assert_eq!(trained.num_params(), config.parameters());
    let gate = trained.layers[0].mlp.gate_proj.weight.val();
    let bias = trained.layers[1]
        .self_attn
        .k_proj
        .bias
        .as_ref()
        .unwrap()
        .val();
    let norm = trained.layers[0]
        .self_attn
        .q_norm
        .as_ref()
        .unwrap()
        .gamma
        .val();
    let size = |grad: Tensor<1>| grad.abs().max().into_scalar::<f32>();
    assert!(size(gate.grad(&grads).unwrap().flatten(0, 1)) > 0.0);
    assert!(size(norm.grad(&grads).unwrap()) > 0.0);
    // A key's bias moves all scores of a query alike where rotary leaves it alone, so not zero here.
    assert!(size(bias.grad(&grads).unwrap()) > 0.0);
    assert!(
        size(
            trained
                .embed_tokens
                .weight
                .val()
                .grad(&grads)
                .unwrap()
                .flatten(0, 1)
        ) > 0.0
    );
}

/// Weights large enough that attention is sharp and a gradient stands out of the rounding.
fn sharp(config: &LlamaConfig, device: &Device) -> Llama {
    let mut model = Llama::init_seeded(config, 5, device);
    for block in &mut model.layers {
        let attention = &mut block.self_attn;
        for linear in [
            &mut attention.q_proj,
            &mut attention.k_proj,
            &mut attention.v_proj,
            &mut attention.o_proj,
        ] {
            linear.weight = linear.weight.clone().map(|weight| (weight * 10.0).detach());
            linear.weight = linear.weight.clone().set_require_grad(true);
        }
    }
    model
}

#[test]
fn gradients_equal_finite_differences() {
    let device = Device::default();
    let config = LlamaConfig::tiny(7);
    let loss = |model: &Llama, device: &Device| {
        let logits = model.logits(model.hidden(tokens(&[&[3, 1, 4, 1, 5]], device)));
        (logits * 10.0).square().mean()
    };
    let model = sharp(&config, &device.clone().autodiff());
    let grads = loss(&model, &device.clone().autodiff()).backward();
    let exact = model.layers[0]
        .self_attn
        .q_proj
        .weight
        .val()
        .grad(&grads)
        .unwrap();
    let step = 0.01;
    for (row, column) in [(0, 0), (5, 9), (63, 40)] {
        let moved = |by: f32| {
            let mut model = sharp(&config, &device);
            let weight = &mut model.layers[0].self_attn.q_proj.weight;
            *weight = weight.clone().map(|weight| {
                let cell = weight.clone().slice([row..=row, column..=column]) + by;
                weight.slice_assign([row..=row, column..=column], cell)
            });
            f64::from(loss(&model, &device).into_scalar::<f32>())
        };
        let numeric = (moved(step) - moved(-step)) / f64::from(2.0 * step);
        let exact = exact
            .clone()
            .slice([row..=row, column..=column])
            .into_scalar::<f32>();
        let far = (numeric - f64::from(exact)).abs();
        assert!(
            exact.abs() > 1e-3 && far < 0.02 * numeric.abs(),
            "{numeric} is not {exact}"
        );
    }
}

#[test]
fn a_seed_decides_the_weights() {
    let device = Device::default();
    let config = LlamaConfig::tiny(7);
    let weights = |seed| {
        let model = Llama::init_seeded(&config, seed, &device);
        model.layers[1].mlp.up_proj.weight.val().into_data()
    };
    assert_eq!(weights(1), weights(1));
    assert_ne!(weights(1), weights(2));
}
