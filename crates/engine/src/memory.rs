//! What a run needs of memory, estimated before its first step: a run that cannot fit says so at once, with what
//! to lower, instead of being killed somewhere in its first batch.

use domain::method::{Method, Settings};
use learn::models::LlamaConfig;
use learn::train::Plan;

/// Bytes of a number.
const NUMBER: u64 = 4;
/// What allocations cost beyond their contents. With it the estimate for `SmolLM2`-135M lies near what was measured
/// (`bench_models`: LoRA at 4 × 128 and 1 × 512 tokens, all weights at 1 × 512).
const SPARE: f64 = 1.1;
/// Logits that exist at once, and probabilities that are kept for the way back, at most: see `learn::losses`.
const LOGITS: (usize, usize) = (1 << 25, 1 << 26);

/// What a run needs, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The base model, and the copy that learns where all weights do.
    pub weights: u64,
    /// A gradient and the optimiser's two moments of what is trained.
    pub optimiser: u64,
    /// What the largest part of a batch leaves for the way back: in the blocks, and over the vocabulary.
    pub activations: u64,
    /// Of the weights, what is in memory when the run begins.
    pub loaded: u64,
}

/// What goes through the model at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Sequences.
    pub sequences: usize,
    /// Tokens of the longest.
    pub longest: usize,
}

impl Load {
    /// Of a method with these settings on data whose longest sequence is this.
    pub fn of(method: Method, settings: &Settings, longest: usize) -> Self {
        let examples = settings.integer("micro_batch").max(1);
        let each = match method {
            // two responses to a prompt; a response and a mismatched one
            Method::RewardModel | Method::Dpo | Method::Kto => 2,
            Method::Sft | Method::BestOfN | Method::Ilf => 1,
        };
        Self {
            sequences: each * examples,
            longest,
        }
    }
}

impl Estimate {
    /// For a model of this shape.
    pub fn new(shape: &LlamaConfig, settings: &Settings, load: Load) -> Self {
        let plan = Plan::new(settings);
        let all = shape.parameters();
        let trained = if plan.lora {
            lora(shape, plan.lora_rank)
        } else {
            all
        };
        let copies = if plan.lora { 1 } else { 2 };
        let bytes = |numbers: usize| numbers as u64 * NUMBER;
        Self {
            weights: bytes(copies * all),
            optimiser: bytes(3 * trained),
            activations: bytes(blocks(shape, load) + vocabulary(shape, load)),
            loaded: bytes(all),
        }
    }

    /// What must still be free when the run begins.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    pub fn needed(&self) -> u64 {
        let more = self.weights + self.optimiser + self.activations - self.loaded;
        (more as f64 * SPARE) as u64
    }
}

/// The weights that low-rank matrices of this rank add.
fn lora(shape: &LlamaConfig, rank: usize) -> usize {
    let (width, inner) = (shape.width, shape.feed_forward);
    let queries = shape.heads * shape.head_width;
    let keys = shape.kv_heads * shape.head_width;
    let layers = [
        (width, queries),
        (width, keys),
        (width, keys),
        (queries, width),
        (width, inner),
        (width, inner),
        (inner, width),
    ];
    let of_block: usize = layers.iter().map(|(from, to)| rank * (from + to)).sum();
    shape.layers * of_block
}

/// What the blocks keep for the way back: inputs of the linear layers and of what is not linear, and the weights
/// of attention, which grow with the square of the length.
fn blocks(shape: &LlamaConfig, load: Load) -> usize {
    let (width, inner) = (shape.width, shape.feed_forward);
    let queries = shape.heads * shape.head_width;
    let keys = shape.kv_heads * shape.head_width;
    let of_token = 5 * width + 3 * (queries + keys + inner) + 3 * shape.heads * load.longest;
    load.sequences * load.longest * shape.layers * of_token
}

/// The logits of one chunk, and the probabilities that are kept.
fn vocabulary(shape: &LlamaConfig, load: Load) -> usize {
    let all = load.sequences * load.longest * shape.vocab;
    let kept = if all <= LOGITS.1 { all } else { 0 };
    all.min(LOGITS.0) + kept
}

/// Whether a run fits into what is free.
///
/// # Errors
/// What it needs, what there is, and what to lower.
pub fn check(
    shape: &LlamaConfig,
    method: Method,
    settings: &Settings,
    longest: usize,
    free: u64,
) -> Result<Estimate, String> {
    let load = Load::of(method, settings, longest);
    let estimate = Estimate::new(shape, settings, load);
    if estimate.needed() <= free {
        return Ok(estimate);
    }
    let at_once = settings.integer("micro_batch").max(1);
    let full = settings.choice("tuning") == "full";
    let mut lower = Vec::new();
    if at_once > 1 {
        let one = load.sequences / at_once;
        let least = Load {
            sequences: one,
            ..load
        };
        let with_one = Estimate::new(shape, settings, least).needed();
        lower.push(format!(
            "lower “Examples at once”, which changes nothing else: with 1 instead of {at_once} it needs about {}",
            gigabytes(with_one)
        ));
    }
    if full {
        let with_lora = settings
            .clone()
            .with("tuning", domain::method::Value::Name("lora".into()));
        let needs = Estimate::new(shape, &with_lora, load).needed();
        lower.push(format!(
            "train LoRA matrices instead of all weights: about {}",
            gigabytes(needs)
        ));
    }
    lower.push(format!(
        "lower “Longest sequence” (the longest has {longest} tokens)"
    ));
    lower.push("take a smaller model".to_owned());
    Err(format!(
        "there is not enough memory: the run needs about {} more (optimiser and gradients {}, activations {}), and {} are free. What helps: {}",
        gigabytes(estimate.needed()),
        gigabytes(estimate.optimiser),
        gigabytes(estimate.activations),
        gigabytes(free),
        lower.join("; or ")
    ))
}

/// Bytes in words.
fn gigabytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes >= 1e9 {
        format!("{:.1} GB", bytes / 1e9)
    } else {
        format!("{:.0} MB", bytes / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::method::Value;

    fn smollm2() -> LlamaConfig {
        LlamaConfig {
            vocab: 49_152,
            width: 576,
            layers: 30,
            heads: 9,
            kv_heads: 3,
            head_width: 64,
            feed_forward: 1_536,
            ..LlamaConfig::tiny(1)
        }
    }

    fn settings(tuning: &str, at_once: i64) -> Settings {
        Settings::defaults(&Method::Dpo.settings())
            .with("tuning", Value::Name(tuning.into()))
            .with("micro_batch", Value::Integer(at_once))
    }

    #[test]
    fn what_is_trained_and_what_goes_through_at_once_decide() {
        let shape = smollm2();
        let of = |tuning: &str, at_once, longest| {
            let settings = settings(tuning, at_once);
            Estimate::new(&shape, &settings, Load::of(Method::Dpo, &settings, longest))
        };
        let (lora, full) = (of("lora", 4, 256), of("full", 4, 256));
        assert_eq!(lora.weights, 134_515_008 * 4);
        assert_eq!(full.optimiser, 134_515_008 * 12);
        assert_eq!(lora.activations, full.activations);
        assert!(lora.optimiser < full.optimiser / 50);
        assert!(of("lora", 1, 256).activations * 3 < lora.activations);
        // attention's weights grow with the square
        assert!(of("lora", 4, 512).activations > 2 * lora.activations);
    }

    /// What `bench_models` measured beyond the loaded weights, in MiB; there the base is not kept beside the copy
    /// that learns, as a run keeps it.
    #[test]
    fn estimates_are_near_what_was_measured() {
        let shape = smollm2();
        let copy = shape.parameters() as f64 * 4.0;
        for (tuning, sequences, longest, measured) in [
            ("lora", 4, 128, 1110.0),
            ("lora", 1, 512, 1716.0),
            ("full", 1, 512, 2822.0),
        ] {
            let load = Load { sequences, longest };
            let estimate = Estimate::new(&shape, &settings(tuning, 1), load).needed();
            let kept = if tuning == "full" { copy } else { 0.0 };
            let ratio = estimate as f64 / (measured * 1_048_576.0 + kept);
            assert!((0.95..1.25).contains(&ratio), "{tuning} {longest}: {ratio}");
        }
    }

    #[test]
    fn a_run_that_cannot_fit_says_what_to_lower() {
        let shape = smollm2();
        let method = Method::Dpo;
        let full = settings("full", 4);
        let problem = check(&shape, method, &full, 300, 1_000_000_000).unwrap_err();
        for words in [
            "there is not enough memory",
            "1.0 GB are free",
            "Examples at once",
            "with 1 instead of 4",
            "LoRA matrices instead of all weights",
            "has 300 tokens",
        ] {
            assert!(problem.contains(words), "{words:?} is missing: {problem}");
        }
        let smallest = settings("lora", 1);
        let problem = check(&shape, method, &smallest, 300, 1_000_000).unwrap_err();
        assert!(!problem.contains("Examples at once"), "{problem}");
        assert!(!problem.contains("LoRA"), "{problem}");
        assert!(check(&shape, method, &smallest, 300, 1 << 40).is_ok());
    }
}
