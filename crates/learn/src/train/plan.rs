//! The settings that all methods share, read once; and the learning rate of a step.

use domain::method::Settings;

/// How a run trains. The names are those of the settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The greatest step.
    pub learning_rate: f64,
    /// Passes through the data.
    pub epochs: usize,
    /// LoRA rather than all weights.
    pub lora: bool,
    /// Width of the LoRA matrices.
    pub lora_rank: usize,
    /// LoRA's contribution is scaled by this over the rank.
    pub lora_alpha: f64,
    /// Examples per step.
    pub batch_size: usize,
    /// Examples that go through the model at once.
    pub micro_batch: usize,
    /// Share of prompts held out.
    pub held_out: f64,
    /// Of order, split and new weights.
    pub seed: u64,
    /// Share of the steps that warm up.
    pub warmup: f64,
    /// Where the cosine ends, as a share of the learning rate.
    pub final_rate: f64,
    /// AdamW's.
    pub weight_decay: f64,
    /// The greatest norm of all gradients together.
    pub clip_norm: f64,
    /// Steps between evaluations; 0 only at the end.
    pub evaluate_every: usize,
    /// Evaluations without an improvement before the run stops; 0 never.
    pub patience: usize,
    /// Steps between checkpoints; 0 only on a pause.
    pub checkpoint_every: usize,
    /// Nats per response from the reference at which the run stops; 0 never.
    pub kl_limit: f64,
    /// What losses are multiplied by before the way back, so that gradients do not vanish in float16.
    pub loss_scale: f64,
}

/// The first factor: halved whenever gradients leave the range of float16.
const LOSS_SCALE: f64 = 4096.0;

impl Plan {
    /// Reads them from a method's checked settings.
    pub fn new(settings: &Settings) -> Self {
        Self {
            learning_rate: settings.real("learning_rate"),
            epochs: settings.integer("epochs"),
            lora: settings.choice("tuning") == "lora",
            lora_rank: settings.integer("lora_rank").max(1),
            lora_alpha: settings.real("lora_alpha"),
            batch_size: settings.integer("batch_size").max(1),
            micro_batch: settings.integer("micro_batch").max(1),
            held_out: settings.real("held_out"),
            seed: settings.integer("seed") as u64,
            warmup: settings.real("warmup"),
            final_rate: settings.real("final_rate"),
            weight_decay: settings.real("weight_decay"),
            clip_norm: settings.real("clip_norm"),
            evaluate_every: settings.integer("evaluate_every"),
            patience: settings.integer("patience"),
            checkpoint_every: settings.integer("checkpoint_every"),
            kl_limit: settings.real("kl_limit"),
            loss_scale: if settings.choice("precision") == "float16" {
                LOSS_SCALE
            } else {
                1.0
            },
        }
    }
}

/// The learning rate of step `step` (from 0) of `steps`: up in a line over the warm-up, then down along half
/// a cosine to its final share (Loshchilov and Hutter 2017).
pub fn rate(plan: &Plan, step: usize, steps: usize) -> f64 {
    let warm = (plan.warmup * steps as f64).ceil();
    let step = step as f64;
    if step < warm {
        return plan.learning_rate * (step + 1.0) / warm;
    }
    let done = (step - warm) / (steps as f64 - warm).max(1.0);
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
    plan.learning_rate * (plan.final_rate + (1.0 - plan.final_rate) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::method::Method;

    #[test]
    fn rises_in_a_line_and_falls_along_a_cosine() {
        let plan = Plan {
            learning_rate: 2.0,
            warmup: 0.1,
            final_rate: 0.1,
            ..Plan::new(&Settings::defaults(&Method::Dpo.settings()))
        };
        let rates: Vec<f64> = (0..100).map(|step| rate(&plan, step, 100)).collect();
        assert!((rates[0] - 0.2).abs() < 1e-12);
        assert!((rates[9] - 2.0).abs() < 1e-12 && (rates[10] - 2.0).abs() < 1e-12);
        assert!(
            (rates[55] - 1.1).abs() < 1e-9,
            "half way down: {}",
            rates[55]
        );
        assert!(rates[10..].is_sorted_by(|a, b| a >= b));
        assert!(rates[99] > 0.2 && rates[99] < 0.21);
    }
}
