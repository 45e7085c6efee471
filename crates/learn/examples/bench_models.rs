//! How fast and in how much memory a model of the size of `SmolLM2`-135M learns and speaks on this
//! processor: `bench_models MODEL PART`, one part a process, so that each part's memory is its own. Prints
//! one line of JSON. `scripts/bench_models.py` is its twin in `PyTorch`, and `scripts/bench_learning.py`
//! runs both in turn and compares them: `make bench`, part "learning".
//!
//! Parts: `full-4x128`, `full-1x512`, `lora-4x128`, `lora-1x512` (whole steps of a run: forward, backward,
//! clipping, optimiser), `dpo-2x256` (a pair, the reference known, LoRA), `reference-8x256` (what comes
//! before the first step of DPO), `generate-1`, `generate-8`, `generate-32` (prompts of 200 tokens).

use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};
use domain::Fields;
use domain::method::{Method, Settings};
use learn::data::{Batch, Sequence, sums};
use learn::generate::{Sampling, generate};
use learn::losses::{DpoLoss, PairLogProbs, TokenLogProbs, dpo};
use learn::models::{Llama, LoadedModel, load};
use learn::train::{Continue, Plan, Run, Session, log_probs_of, response_log_probs};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// Steps, of which the first is not counted.
const STEPS: usize = 5;
/// Tokens that are said after a prompt.
const SAID: usize = 64;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, part] = arguments.as_slice() else {
        eprintln!("bench_models MODEL PART");
        std::process::exit(2);
    };
    let loaded = load(Path::new(path), &Device::default()).expect("the model can be read");
    forget_peak();
    let before = memory("VmRSS:");
    let (what, size) = part.split_once('-').expect("a part such as full-4x128");
    let shape = size.split_once('x').map(|(rows, time)| {
        let number = |text: &str| text.parse::<usize>().expect("a number");
        (number(rows), number(time))
    });
    let figures = match (what, shape) {
        ("full" | "lora", Some((rows, time))) => sft(loaded, what == "lora", rows, time),
        ("dpo", Some((rows, time))) => pair(loaded, rows, time),
        ("reference", Some((rows, time))) => reference(&loaded, rows, time),
        ("generate", None) => generation(&loaded, size.parse().expect("rows")),
        _ => panic!("no part {part}"),
    };
    println!(
        "{{\"part\":\"{part}\",\"tokens_per_second\":{:.2},\"per_cpu_second\":{:.2},\"first_s\":{:.3},\"first_cpu_s\":{:.3},\"loss\":{:.4},\"loaded_mib\":{before},\"peak_mib\":{}}}",
        figures.per_second,
        figures.per_cpu_second,
        figures.first.0,
        figures.first.1,
        figures.loss,
        memory("VmHWM:"),
    );
}

#[derive(Default)]
struct Figures {
    per_second: f64,
    per_cpu_second: f64,
    /// Seconds, and processor seconds, to the first token.
    first: (f64, f64),
    loss: f32,
}

impl Figures {
    /// The best of several measurements of (seconds, processor seconds).
    fn best(tokens: usize, times: &[(f64, f64)], loss: f32) -> Self {
        let least = |of: fn(&(f64, f64)) -> f64| times.iter().map(of).fold(f64::INFINITY, f64::min);
        Self {
            per_second: tokens as f64 / least(|time| time.0),
            per_cpu_second: tokens as f64 / least(|time| time.1).max(1e-9),
            loss,
            ..Self::default()
        }
    }
}

/// A text of this many tokens.
fn text(loaded: &LoadedModel, tokens: usize) -> Vec<u32> {
    let text = "The reviewer reads both answers, marks what is wrong and says which is better. ";
    let mut ids = loaded.tokenizer.encode(&text.repeat(tokens / 8));
    ids.truncate(tokens);
    ids
}

/// Steps as a run makes them; `loss` gives the loss of one and its gradients.
fn steps(
    base: Llama,
    lora: bool,
    tokens: usize,
    loss: impl Fn(&Llama) -> (f32, GradientsParams),
) -> Figures {
    let table = Method::Sft.settings();
    let mut fields = Fields::default();
    fields.set("tuning", if lora { "lora" } else { "full" });
    fields.set("learning_rate", "0.00001");
    let settings = Settings::parse(&table, &fields).expect("settings within their ranges");
    let plan = Plan::new(&settings);
    let device = base.device().autodiff();
    let model = learn::methods::trainable(base, &plan);
    let folder = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    let session = Session {
        folder: folder.path(),
        clock: &|| start.elapsed().as_secs_f64(),
        tell: &mut |_| Continue::Yes,
    };
    let (mut run, mut model) =
        Run::begin(&plan, STEPS, model, &device, session).expect("a run begins");
    let (mut times, mut first) = (Vec::new(), None);
    while run.goes_on(&model).expect("a run goes on") {
        let (start, busy) = (Instant::now(), cpu());
        let mut gradients = GradientsAccumulator::new();
        let (value, part) = loss(&model);
        gradients.accumulate(&model, part);
        let values = vec![("loss", f64::from(value))];
        model = run
            .update(model, gradients.grads(), tokens, values)
            .expect("a step");
        times.push((start.elapsed().as_secs_f64(), cpu() - busy));
        first.get_or_insert(value);
    }
    Figures::best(tokens, &times[1..], first.unwrap_or_default())
}

fn sft(loaded: LoadedModel, lora: bool, rows: usize, time: usize) -> Figures {
    let sequence = Sequence::new(&[], &text(&loaded, time + 1));
    let device = loaded.model.device().autodiff();
    // As many tokens as the twin reads: the last one is only predicted.
    let read = Sequence::new(&[], &sequence.tokens[..time]);
    let inputs = Batch::new(&vec![&read; rows], &device);
    let targets = sequence.tokens[1..].repeat(rows);
    let targets: Vec<i64> = targets.into_iter().map(i64::from).collect();
    let targets = Tensor::from_ints(targets.as_slice(), &device);
    steps(loaded.model, lora, rows * time, |model| {
        let hidden = model.hidden(inputs.tokens.clone());
        let [rows, time, width] = hidden.dims();
        let hidden = hidden.reshape([rows * time, width]);
        let scored = TokenLogProbs::new(hidden, model.head(), targets.clone());
        let loss = scored.log_probs().mean().neg();
        let value = loss.clone().into_scalar::<f32>();
        (
            value,
            GradientsParams::from_grads(scored.backward(&loss), model),
        )
    })
}

/// Half of each sequence is the prompt.
fn halves(loaded: &LoadedModel, rows: usize, time: usize) -> Vec<Sequence> {
    let tokens = text(loaded, time + rows);
    let one = |row: usize| {
        Sequence::new(
            &tokens[..time / 2],
            &tokens[time / 2 + row..time / 2 + row + time / 2],
        )
    };
    (0..rows).map(one).collect()
}

fn pair(loaded: LoadedModel, rows: usize, time: usize) -> Figures {
    let sequences = halves(&loaded, rows, time);
    let known = log_probs_of(&loaded.model, &sequences, rows);
    let known: Vec<f32> = known.iter().map(|one| one.iter().sum()).collect();
    let device = loaded.model.device().autodiff();
    let batch = Batch::new(&sequences.iter().collect::<Vec<_>>(), &device);
    let n = rows / 2;
    steps(loaded.model, true, rows * time, |model| {
        let scored = response_log_probs(model, &batch);
        let policy = sums(scored.log_probs(), &batch.lengths);
        let known = |from: usize| Tensor::<1>::from_floats(&known[from..from + n], &device);
        let tokens = Tensor::<1>::from_floats(vec![(time / 2) as f32; n].as_slice(), &device);
        let pairs = PairLogProbs {
            chosen: policy.clone().narrow(0, 0, n),
            rejected: policy.narrow(0, n, n),
            reference_chosen: known(0),
            reference_rejected: known(n),
            chosen_tokens: tokens.clone(),
            rejected_tokens: tokens,
        };
        let loss = dpo(DpoLoss::Sigmoid, pairs, 0.1, 0.0, 0.0).mean();
        let value = loss.clone().into_scalar::<f32>();
        (
            value,
            GradientsParams::from_grads(scored.backward(&loss), model),
        )
    })
}

fn reference(loaded: &LoadedModel, rows: usize, time: usize) -> Figures {
    let sequences = halves(loaded, rows, time);
    let mut times = Vec::new();
    let mut last = 0.0;
    for _ in 0..STEPS {
        let (start, busy) = (Instant::now(), cpu());
        let known = log_probs_of(&loaded.model, &sequences, rows);
        times.push((start.elapsed().as_secs_f64(), cpu() - busy));
        last = -known[0].iter().sum::<f32>() / known[0].len() as f32;
    }
    Figures::best(rows * time, &times[1..], last)
}

fn generation(loaded: &LoadedModel, rows: usize) -> Figures {
    let prompts = vec![text(loaded, 200); rows];
    let mut best = Figures::default();
    for _ in 0..2 {
        let mut first = None;
        let (start, busy) = (Instant::now(), cpu());
        let sampling = Sampling {
            rows,
            ..Sampling::greedy(SAID, &[])
        };
        let said = generate(&loaded.model, &prompts, &sampling, 0, &mut |_| {
            first.get_or_insert_with(|| (start.elapsed().as_secs_f64(), cpu() - busy));
            ControlFlow::Continue(())
        });
        let all = (start.elapsed().as_secs_f64(), cpu() - busy);
        let first = first.unwrap_or(all);
        let tokens = said.iter().map(|said| said.tokens.len()).sum::<usize>() - rows;
        let per_second = tokens as f64 / (all.0 - first.0);
        if per_second > best.per_second {
            best = Figures {
                per_second,
                per_cpu_second: tokens as f64 / (all.1 - first.1),
                first,
                loss: -said[0].logprobs.iter().sum::<f32>(),
            };
        }
    }
    best
}

/// Seconds of processor time that this process's threads took; 0 where nobody counts.
fn cpu() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let by_thread = threads.filter_map(|task| {
        let stat = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<f64>().ok()
    });
    by_thread.sum::<f64>() / 1e9
}

/// From here on the kernel counts the peak anew; where it cannot, reading the model is counted too.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// In MiB, from the kernel's account of this process; 0 where it keeps none.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    found
        .and_then(|found| found.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
