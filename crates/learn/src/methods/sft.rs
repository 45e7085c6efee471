//! Supervised fine-tuning: imitate given responses, `−Σ w_t log π(y_t | x, y_<t)` over the response's
//! tokens and its end-of-sequence token; the prompt is read, never learnt.
//!
//! Where the responses come from (chosen ones, refinements, demonstrations, a policy's own best) is the
//! caller's choice. `w_t` is named: every token of a step weighs the same, or every response does. Left
//! out: packing several examples into a row, and noise on embeddings.

use super::{KL_REMARK, distinct, enough, mean, pick, trainable};
use crate::Result;
use crate::data::{Batch, Demonstration, Order, Sequence, split};
use crate::losses::{Aggregation, k3, token_weights};
use crate::models::Llama;
use crate::train::{
    Card, Ended, Plan, Run, Session, Trained, gradients, log_probs_of, reference_log_probs,
    response_log_probs, scaled,
};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use domain::measure::{Figure, KL, LOSS, Outcome};
use domain::method::{Method, Settings};
use domain::stats::{Random, bootstrap};

/// Trains `base` on the demonstrations.
///
/// # Errors
/// Too few examples, divergence, a checkpoint that cannot be used, or a cancellation.
pub fn train(
    base: Llama,
    examples: &[Demonstration],
    settings: &Settings,
    mut session: Session<'_>,
) -> Result<Trained<Llama>> {
    let plan = Plan::new(settings);
    let aggregation =
        Aggregation::from_name(settings.choice("aggregation")).unwrap_or(Aggregation::TokenMean);
    enough("responses to imitate", examples.len())?;
    let prompts: Vec<u64> = examples.iter().map(|example| example.prompt).collect();
    let sequences: Vec<Sequence> = examples.iter().map(|e| e.sequence.clone()).collect();
    let (train, held_out) = split(&prompts, plan.held_out, plan.seed);
    let kept_aside = distinct(&prompts, &held_out);
    let (train, held_out) = (pick(&sequences, &train), pick(&sequences, &held_out));
    let device = base.device().autodiff();
    let [reference] = reference_log_probs(&base, [&held_out], plan.micro_batch, &mut session)?;

    let lengths = train.iter().map(|sequence| sequence.tokens.len()).collect();
    let mut order = Order::new(lengths, plan.batch_size, plan.seed);
    let steps = plan.steps(order.steps_per_epoch());
    let (mut run, mut model) = Run::begin(&plan, steps, trainable(base, &plan), &device, session)?;
    if run.step() == 0 && !held_out.is_empty() {
        evaluate(&model, &held_out, &reference, aggregation, &plan, &mut run)?;
    }
    while run.goes_on(&model)? {
        let batch = order.step(run.step()).to_vec();
        let lengths: Vec<usize> = batch.iter().map(|&i| train[i].response().len()).collect();
        // Weights of the whole batch, whatever parts it is computed in.
        let weights = token_weights(&lengths, aggregation);
        let scale = run.loss_scale();
        let (gradients, parts) =
            gradients(&model, &batch, plan.micro_batch, |model, (begin, part)| {
                let sequences: Vec<&Sequence> = part.iter().map(|&i| &train[i]).collect();
                let inputs = Batch::new(&sequences, &device);
                let weights: Vec<f32> = (begin..begin + part.len())
                    .flat_map(|i| std::iter::repeat_n(weights[i], lengths[i]))
                    .collect();
                if weights.is_empty() {
                    return (None, (0.0, inputs.real));
                }
                let scored = response_log_probs(model, &inputs);
                let weights = Tensor::<1>::from_floats(weights.as_slice(), &device);
                let loss = (scored.log_probs() * weights).sum().neg();
                let shown = f64::from(loss.clone().into_scalar::<f32>());
                let found = scored.backward(&scaled(loss, scale));
                let found = GradientsParams::from_grads(found, model);
                (Some(found), (shown, inputs.real))
            });
        let total = parts.iter().map(|(loss, _)| loss).sum();
        let tokens = parts.iter().map(|(_, tokens)| tokens).sum();
        model = run.update(model, gradients, tokens, vec![(LOSS, total)])?;
        if run.evaluation_is_due() && !held_out.is_empty() {
            evaluate(&model, &held_out, &reference, aggregation, &plan, &mut run)?;
        }
    }
    let (model, ended, position) = run.finish(model)?;

    let model = model.merge_lora();
    let sizes = (train.len(), held_out.len());
    let mut card = Card::new(Method::Sft, settings, &examples, sizes, &model, &position);
    if ended != Ended::Paused {
        card.outcome = outcome(&model, &held_out, &reference, &plan);
    }
    Ok(Trained {
        model,
        ended,
        card,
        held_out: kept_aside,
    })
}

fn evaluate(
    model: &Llama,
    held_out: &[Sequence],
    reference: &[Vec<f32>],
    aggregation: Aggregation,
    plan: &Plan,
    run: &mut Run<'_>,
) -> Result<()> {
    let policy = log_probs_of(model, held_out, plan.micro_batch);
    let lengths: Vec<usize> = policy.iter().map(Vec::len).collect();
    let weights = token_weights(&lengths, aggregation);
    let loss = policy
        .iter()
        .zip(weights)
        .map(|(one, weight)| -f64::from(weight) * total(one))
        .sum();
    let kl = mean(policy.iter().zip(reference).map(|(p, q)| k3(p, q)));
    run.evaluated(model, loss, Some(kl), vec![(LOSS, loss), (KL, kl)])
}

/// The mean over held-out responses of the loss per token, with its interval, beside the base model's.
fn outcome(model: &Llama, held_out: &[Sequence], reference: &[Vec<f32>], plan: &Plan) -> Outcome {
    let policy = log_probs_of(model, held_out, plan.micro_batch);
    let by_response = |side: &[Vec<f32>]| -> Vec<f64> {
        side.iter()
            .map(|one| -total(one) / one.len().max(1) as f64)
            .collect()
    };
    let (after, before) = (by_response(&policy), by_response(reference));
    if after.is_empty() {
        return Outcome {
            remarks: vec!["Nothing was held out, so nothing is known of other prompts.".into()],
            ..Outcome::default()
        };
    }
    let average = |places: &[usize]| -> f64 { mean(places.iter().map(|&i| after[i])) };
    let figure = Figure {
        name: LOSS.into(),
        value: mean(after.iter().copied()),
        interval: bootstrap(
            after.len(),
            2000,
            &mut Random::seeded(plan.seed),
            |places| Some(average(places)),
        ),
        of: after.len(),
        baselines: vec![domain::measure::Baseline {
            name: "the base model".into(),
            value: mean(before.iter().copied()),
        }],
    };
    let distance = Figure {
        name: KL.into(),
        value: mean(policy.iter().zip(reference).map(|(p, q)| k3(p, q))),
        interval: None,
        of: after.len(),
        baselines: Vec::new(),
    };
    Outcome {
        figures: vec![figure, distance],
        calibration: Vec::new(),
        remarks: vec![KL_REMARK.into()],
    }
}

fn total(log_probs: &[f32]) -> f64 {
    log_probs.iter().map(|value| f64::from(*value)).sum()
}
