//! The same numbers on a GPU as on the CPU, through WGSL: forward, backward, losses, an optimiser's step, generation,
//! a whole run. Built only with the feature `wgpu`; `make test-gpu` runs it on whatever adapter there is, a driver
//! that simulates one included.
#![cfg(feature = "wgpu")]
#![expect(
    clippy::cast_possible_truncation,
    reason = "the tests' tokens and numbers are small"
)]

#[path = "../it/place.rs"]
#[allow(dead_code, reason = "shared with the tests that need no GPU")]
mod place;
#[path = "../it/tiny.rs"]
mod tiny;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use domain::method::{Method, Settings, Value};
use domain::run::{EngineState, Status};
use domain::stats::Random;
use engine::device;
use learn::data::{Demonstration, Pair, Sequence};
use learn::generate::{Sampling, generate};
use learn::losses::{DpoLoss, PairLogProbs, TokenLogProbs, dpo};
use learn::methods::{dpo as dpo_method, sft};
use learn::models::{Llama, LlamaConfig};
use learn::train::{Continue, Event, Session};
use std::ops::ControlFlow;

/// What an engine computes on that is told to take a GPU, also one that a driver simulates. Its kernels are WGSL: SPIR-V,
/// which such drivers cannot take, is another feature.
fn gpu() -> Device {
    let chosen = device::choose(device::Wanted::Gpu);
    assert_eq!(chosen.problem, None);
    chosen.device
}

fn config() -> LlamaConfig {
    LlamaConfig {
        width: 32,
        heads: 4,
        kv_heads: 2,
        feed_forward: 64,
        ..LlamaConfig::tiny(26)
    }
}

fn plain<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec::<f32>().unwrap()
}

/// To 1e-4 of the largest number, the limit that the losses have on a GPU.
fn assert_close(what: &str, got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let largest = wanted.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    let furthest = got
        .iter()
        .zip(wanted)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(largest > 0.0, "{what} is 0 everywhere");
    assert!(
        furthest <= 1e-4 * largest,
        "{what}: {furthest} apart, the largest is {largest}"
    );
}

fn weights<M: Module>(model: &M) -> Vec<f32> {
    struct Collect(Vec<f32>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.extend(plain(param.val()));
        }
    }
    let mut collect = Collect(Vec::new());
    model.visit(&mut collect);
    collect.0
}

#[test]
fn hidden_states_and_gradients_are_those_of_the_cpu() {
    let of = |device: &Device| {
        let model = Llama::init_seeded(&config(), 3, device);
        let ids: Vec<i64> = (0..24).map(|n| (n * 7 + 3) % 26).collect();
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [2, 12]), device);
        let hidden = model.hidden(tokens);
        let rows: Tensor<2> = hidden.clone().reshape([24, 32]);
        let targets: Vec<i32> = (0..24).map(|n| (n * 5) % 26).collect();
        let targets = Tensor::<1, Int>::from_ints(targets.as_slice(), &rows.device());
        let head = model.embed_tokens.weight.val();
        let taught = device.clone().autodiff();
        let lift =
            |tensor: Tensor<2>| Tensor::<2>::from_data(tensor.into_data(), &taught).require_grad();
        let (rows, head) = (lift(rows), lift(head));
        let targets = Tensor::<1, Int>::from_data(targets.into_data(), &taught);
        let chunked = TokenLogProbs::new(rows.clone(), head.clone(), targets);
        let loss = -chunked.log_probs().mean();
        let mut gradients = chunked.backward(&loss);
        [
            plain(hidden),
            plain(loss),
            plain(rows.grad_remove(&mut gradients).unwrap()),
            plain(head.grad_remove(&mut gradients).unwrap()),
        ]
    };
    let (cpu, gpu) = (of(&Device::flex()), of(&gpu()));
    let names = ["hidden states", "loss", "by hidden", "by head"];
    for ((name, got), wanted) in names.iter().zip(&gpu).zip(&cpu) {
        assert_close(name, got, wanted);
    }
}

#[test]
fn every_dpo_loss_and_its_gradient_is_that_of_the_cpu() {
    for (loss, name) in DpoLoss::ALL {
        let of = |device: Device| {
            let device = device.autodiff();
            let tensor = |values: [f32; 4]| Tensor::<1>::from_floats(values, &device);
            let pairs = PairLogProbs {
                chosen: tensor([-10.0, -21.0, -9.5, -40.0]).require_grad(),
                rejected: tensor([-12.0, -18.0, -9.0, -41.0]).require_grad(),
                reference_chosen: tensor([-11.0, -20.0, -10.0, -39.0]),
                reference_rejected: tensor([-11.5, -19.0, -9.0, -40.0]),
                chosen_tokens: tensor([10.0, 12.0, 7.0, 20.0]),
                rejected_tokens: tensor([11.0, 9.0, 7.0, 22.0]),
            };
            let value = dpo(loss, pairs.clone(), 0.1, 0.1, 0.0);
            let mut gradients = value.clone().mean().backward();
            let mut all = plain(value);
            all.extend(plain(pairs.chosen.grad_remove(&mut gradients).unwrap()));
            all
        };
        assert_close(name, &of(gpu()), &of(Device::flex()));
    }
}

/// Says what the device has, and computes in it.
#[test]
fn matrix_products_in_half_the_size_are_close() {
    let device = gpu();
    let halves = [
        ("bfloat16", FloatDType::BF16, 256.0),
        ("float16", FloatDType::F16, 2048.0),
    ];
    let of = |device: &Device, half| {
        let model = Llama::init_seeded(&config(), 3, device).in_half(half);
        let ids: Vec<i32> = (0..24).map(|n| (n * 7 + 3) % 26).collect();
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [2, 12]), device);
        plain(model.hidden(tokens))
    };
    let full = of(&Device::flex(), None);
    let largest = full.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    for (name, half, digits) in halves {
        if !device.supports_dtype(half) {
            println!("this device does not compute in {name}");
            continue;
        }
        let apart = full.iter().zip(of(&device, Some(half)));
        let apart = apart.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(
            apart > 0.0 && apart < 8.0 * largest / digits,
            "{name}: {apart}"
        );
    }
}

/// The engine as a process, told to use a GPU: says which, and ends a run on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_engine_trains_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/gpu.db", folder.path().display());
    let mut place = place::Place::new(&url, folder.path()).await;
    // a driver that simulates a GPU translates each kernel for minutes
    place.patience = std::time::Duration::from_mins(20);
    let base = place.add_tiny();
    place.prefer(24).await;
    let engine = place.engine(&["work", "--device", "gpu"]);
    let id = place.start(Method::Dpo, &base, 1, 0).await;
    let run = place
        .until(&id, "its end", |run| run.status == Status::Done)
        .await;
    assert!(run.step > 0 && run.step == run.steps);
    let seen = place.store.engines(0).await.unwrap();
    let ready = seen
        .iter()
        .find(|it| it.state == EngineState::Ready)
        .unwrap();
    assert_eq!(ready.problem, None);
    assert!(!ready.device.starts_with("CPU"), "{}", ready.device);
    drop(engine);
}

#[test]
fn greedy_generation_says_the_same() {
    let said = |device: &Device| {
        let model = Llama::init_seeded(&config(), 6, device);
        let prompts = [vec![3, 1, 4, 1, 5], vec![7], vec![2, 7]];
        let mut go = |_| ControlFlow::Continue(());
        let said = generate(&model, &prompts, &Sampling::greedy(8, &[]), 0, &mut go);
        let said = said.into_iter().map(|it| it.tokens);
        said.collect::<Vec<_>>()
    };
    assert_eq!(said(&gpu()), said(&Device::flex()));
}

fn sequence(random: &mut Random, good: bool) -> Sequence {
    let first = if good { 2 } else { 10 };
    let prompt: Vec<u32> = (0..3).map(|_| 18 + random.below(8) as u32).collect();
    let mut response: Vec<u32> = (0..4).map(|_| first + random.below(8) as u32).collect();
    response.push(1);
    Sequence::new(&prompt, &response)
}

fn settings(method: Method) -> Settings {
    Settings::defaults(&method.settings())
        .with("tuning", Value::Name("full".into()))
        .with("epochs", Value::Integer(1))
        .with("batch_size", Value::Integer(8))
        .with("learning_rate", Value::Real(1e-3))
}

/// Trains in a folder of its own; the weights, and the loss of every step.
fn trained<M: Module>(
    train: impl FnOnce(Session<'_>) -> learn::Result<learn::train::Trained<M>>,
) -> (Vec<f32>, Vec<f64>) {
    let folder = tempfile::tempdir().unwrap();
    let mut losses = Vec::new();
    let mut tell = |event: Event| {
        if let Event::Metrics { values, .. } = event {
            losses.extend(
                values
                    .into_iter()
                    .filter(|it| it.0 == "loss")
                    .map(|it| it.1),
            );
        }
        Continue::Yes
    };
    let trained = train(Session {
        folder: folder.path(),
        clock: &|| 0.0,
        tell: &mut tell,
    });
    (weights(&trained.unwrap().model), losses)
}

/// Adam divides by what is nearly 0 at first, so that weights part sooner than losses.
fn assert_alike(gpu: &(Vec<f32>, Vec<f64>), cpu: &(Vec<f32>, Vec<f64>)) {
    assert!(!cpu.1.is_empty() && gpu.1.len() == cpu.1.len());
    for (got, wanted) in gpu.1.iter().zip(&cpu.1) {
        assert!((got - wanted).abs() < 2e-3, "{:?} and {:?}", gpu.1, cpu.1);
    }
    let furthest = gpu.0.iter().zip(&cpu.0).map(|(a, b)| (a - b).abs());
    let furthest = furthest.fold(0.0, f32::max);
    assert!(furthest < 5e-3, "weights are {furthest} apart");
}

#[test]
fn supervised_fine_tuning_goes_the_way_of_the_cpu() {
    let of = |device: &Device| {
        let mut random = Random::seeded(5);
        let examples: Vec<Demonstration> = (0..32)
            .map(|n| Demonstration {
                prompt: n,
                sequence: sequence(&mut random, true),
            })
            .collect();
        let base = Llama::init_seeded(&config(), 3, device);
        trained(|session| sft::train(base, &examples, &settings(Method::Sft), session))
    };
    assert_alike(&of(&gpu()), &of(&Device::flex()));
}

#[test]
fn dpo_goes_the_way_of_the_cpu() {
    let of = |device: &Device| {
        let mut random = Random::seeded(6);
        let pairs: Vec<Pair> = (0..32)
            .map(|n| Pair {
                prompt: n,
                chosen: sequence(&mut random, true),
                rejected: sequence(&mut random, false),
                strength: 1,
                tie: false,
            })
            .collect();
        let base = Llama::init_seeded(&config(), 3, device);
        trained(|session| dpo_method::train(base, &pairs, &settings(Method::Dpo), session))
    };
    assert_alike(&of(&gpu()), &of(&Device::flex()));
}
