//! How fast `SmolLM2`-135M runs on this CPU: `bench_models MODEL [generate|train|lora]`. The same
//! measurements with `PyTorch` are in `scripts/bench_models.py`; ratios mean something only when both
//! ran on the same machine at the same time of day.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use learn::generate::{Sampling, generate};
use learn::losses::TokenLogProbs;
use learn::models::{LoadedModel, load};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the path of a model");
    let what = arguments.next();
    let wanted = |name: &str| what.as_deref().is_none_or(|what| what == name);
    let start = Instant::now();
    let loaded = load(Path::new(&path), &Device::default()).expect("the model can be read");
    println!("load: {:.2} s", start.elapsed().as_secs_f64());
    if wanted("generate") {
        generation(&loaded);
    }
    if wanted("train") {
        training(&loaded, false);
    }
    if wanted("lora") {
        training(&loaded, true);
    }
    println!("peak memory: {} MiB", peak());
}

/// A text of this many tokens.
fn prompt(loaded: &LoadedModel, tokens: usize) -> Vec<u32> {
    let text = "The reviewer reads both answers, marks what is wrong and says which is better. ";
    let mut ids = loaded.tokenizer.encode(&text.repeat(tokens / 8));
    ids.truncate(tokens);
    ids
}

fn generation(loaded: &LoadedModel) {
    for rows in [1, 8] {
        let prompts = vec![prompt(loaded, 200); rows];
        let most = 64;
        let mut first = None;
        let (start, busy) = (Instant::now(), cpu());
        let said = generate(
            &loaded.model,
            &prompts,
            &Sampling::greedy(most, &[]),
            0,
            &mut |_| {
                first.get_or_insert_with(|| (start.elapsed().as_secs_f64(), cpu() - busy));
                ControlFlow::Continue(())
            },
        );
        let all = start.elapsed().as_secs_f64();
        let busy = cpu() - busy;
        let (first, first_busy) = first.unwrap_or((all, busy));
        let tokens = said.iter().map(|said| said.tokens.len()).sum::<usize>() - rows;
        println!(
            "generate, batch {rows}, prompts of 200: first token after {first:.3} s ({first_busy:.3} CPU-s), then {:.1} tokens/s ({:.1} per CPU-s)",
            tokens as f64 / (all - first),
            tokens as f64 / (busy - first_busy)
        );
    }
}

fn training(loaded: &LoadedModel, lora: bool) {
    let device = Device::default().autodiff();
    let mut model = loaded.model.clone().train();
    if lora {
        model = model.with_lora(8, 16.0, 0);
    }
    let (rows, time) = (4, 128);
    let ids = prompt(loaded, time + 1);
    let ids = ids
        .into_iter()
        .map(i64::from)
        .collect::<Vec<_>>()
        .repeat(rows);
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [rows, time + 1]), &device);
    let input = ids.clone().narrow(1, 0, time);
    let target = ids.narrow(1, 1, time);
    let (mut times, mut busies) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let (start, busy) = (Instant::now(), cpu());
        let hidden = model.hidden(input.clone());
        let [_, _, width] = hidden.dims();
        let body = start.elapsed().as_secs_f64();
        let hidden = hidden.reshape([rows * time, width]);
        let targets = target.clone().reshape([rows * time]);
        let log_probs = TokenLogProbs::new(hidden, model.head(), targets);
        let loss = log_probs.log_probs().mean().neg();
        let value = loss.clone().into_scalar::<f32>();
        let forward = start.elapsed().as_secs_f64();
        let grads = log_probs.backward(&loss);
        let all = start.elapsed().as_secs_f64();
        drop(grads);
        println!(
            "  loss {value:.4}: body {body:.2} s, head {:.2} s, backward {:.2} s",
            forward - body,
            all - forward
        );
        times.push(all);
        busies.push(cpu() - busy);
    }
    times.sort_by(f64::total_cmp);
    busies.sort_by(f64::total_cmp);
    println!(
        "{}, {rows} × {time} tokens: {:.0} tokens/s forward and backward ({:.0} per CPU-s)",
        if lora { "LoRA" } else { "full" },
        (rows * time) as f64 / times[0],
        (rows * time) as f64 / busies[0]
    );
}

/// Seconds of processor time that this process took, on all cores; 0 where nobody counts.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or("").split_whitespace();
    let ticks = after_name
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// In MiB, from the kernel's account of this process; 0 where it keeps none.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
