//! Kahneman-Tversky optimisation (Ethayarajh et al. 2024): learns from single responses that were called
//! good or bad. A response gains against a point of reference `z ≈ KL(π ‖ π_ref)`; good ones lose
//! `λ_D (1 − σ(β(a − z)))`, bad ones `λ_U (1 − σ(β(z − a)))`, `a = log π/π_ref`.
//!
//! `z` is estimated, as in the paper, from responses under prompts that they do not answer: each example
//! gets the response of another prompt, fixed before the first step so that the reference looks at it only
//! once. `z` is the mean over the part of a batch that goes through the model at once, never below 0, and
//! has no gradient. Left out: scaling λ by the numbers of good and bad automatically; the card shows them.

use super::{distinct, enough, mean, pick, plain, trainable};
use crate::Result;
use crate::data::{Batch, Judged, Order, Sequence, micro_batches, split, sums};
use crate::losses::{KtoLoss, k3, kto, kto_baseline};
use crate::models::Llama;
use crate::train::{
    Card, Ended, Plan, Run, Session, Trained, log_probs_of, reference_log_probs,
    response_log_probs, scaled,
};
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};
use domain::measure::{CHOSEN, Figure, KL, LOSS, MARGIN, Outcome, REJECTED};
use domain::method::{Method, Settings};
use domain::stats::{Random, bootstrap};

/// The method's own settings.
struct Own {
    loss: KtoLoss,
    beta: f64,
    weights: (f64, f64),
}

/// Examples, and what the base model thinks of them.
struct Known {
    examples: Vec<Judged>,
    /// Each example's prompt with a response to another one.
    mismatched: Vec<Sequence>,
    reference: Vec<Vec<f32>>,
    mismatched_reference: Vec<Vec<f32>>,
}

/// Trains `base` on the judged responses; `base` is also the reference.
///
/// # Errors
/// Too few examples, or none that is good, or none that is bad; divergence, a checkpoint that cannot be
/// used, or a cancellation.
pub fn train(
    base: Llama,
    examples: &[Judged],
    settings: &Settings,
    mut session: Session<'_>,
) -> Result<Trained<Llama>> {
    let mut plan = Plan::new(settings);
    // The estimate of z needs company.
    plan.batch_size = plan.batch_size.max(2);
    plan.micro_batch = plan.micro_batch.max(2);
    let own = Own {
        loss: KtoLoss::from_name(settings.choice("loss")).unwrap_or(KtoLoss::Kto),
        beta: settings.real("beta"),
        weights: (
            settings.real("desirable_weight"),
            settings.real("undesirable_weight"),
        ),
    };
    let good = examples.iter().filter(|example| example.desirable).count();
    enough("good responses", good)?;
    enough("bad responses", examples.len() - good)?;
    let prompts: Vec<u64> = examples.iter().map(|example| example.prompt).collect();
    let (train, held_out) = split(&prompts, plan.held_out, plan.seed);
    let kept_aside = distinct(&prompts, &held_out);
    let mut known =
        |places: &[usize]| Known::new(&base, pick(examples, places), &plan, &mut session);
    let (train, held_out) = (known(&train)?, known(&held_out)?);
    let device = base.device().autodiff();

    let lengths = train
        .examples
        .iter()
        .map(|e| e.sequence.tokens.len())
        .collect();
    let mut order = Order::new(lengths, plan.batch_size, plan.seed);
    let steps = plan.steps(order.steps_per_epoch());
    let (mut run, mut model) = Run::begin(&plan, steps, trainable(base, &plan), &device, session)?;
    if run.step() == 0 && !held_out.examples.is_empty() {
        evaluate(&model, &held_out, &own, &plan, &mut run)?;
    }
    while run.goes_on(&model)? {
        let batch = order.step(run.step()).to_vec();
        let mut gradients = GradientsAccumulator::new();
        let mut seen = Seen::default();
        for part in micro_batches(&batch, plan.micro_batch) {
            let baseline = train.baseline(&model, part, &device);
            let sequences: Vec<&Sequence> =
                part.iter().map(|&i| &train.examples[i].sequence).collect();
            let inputs = Batch::new(&sequences, &device);
            let scored = response_log_probs(&model, &inputs);
            let ratio =
                sums(scored.log_probs(), &inputs.lengths) - totals(&train.reference, part, &device);
            let good: Vec<bool> = part.iter().map(|&i| train.examples[i].desirable).collect();
            seen.add(
                &plain(ratio.clone()),
                &good,
                &plain(baseline.clone()),
                inputs.real,
            );
            let loss = kto(
                own.loss,
                ratio,
                flags(&good, &device),
                baseline,
                own.beta,
                own.weights,
            )
            .sum()
            .div_scalar(batch.len() as f64);
            seen.loss += f64::from(loss.clone().into_scalar::<f32>());
            let part = GradientsParams::from_grads(
                scored.backward(&scaled(loss, run.loss_scale())),
                &model,
            );
            gradients.accumulate(&model, part);
        }
        model = run.update(model, gradients.grads(), seen.tokens, seen.values(&own))?;
        if run.evaluation_is_due() && !held_out.examples.is_empty() {
            evaluate(&model, &held_out, &own, &plan, &mut run)?;
        }
    }
    let (model, ended, position) = run.finish(model)?;

    let model = model.merge_lora();
    let sizes = (train.examples.len(), held_out.examples.len());
    let mut card = Card::new(Method::Kto, settings, &examples, sizes, &model, &position);
    if ended != Ended::Paused {
        card.outcome = outcome(&model, &held_out, &plan);
        card.outcome.remarks.push(format!(
            "{good} good and {} bad responses; weights {} and {}.",
            examples.len() - good,
            own.weights.0,
            own.weights.1
        ));
    }
    Ok(Trained {
        model,
        ended,
        card,
        held_out: kept_aside,
    })
}

impl Known {
    fn new(
        base: &Llama,
        examples: Vec<Judged>,
        plan: &Plan,
        session: &mut Session<'_>,
    ) -> Result<Self> {
        let mismatched = mismatched(&examples, plan.seed);
        let sequences: Vec<Sequence> = examples.iter().map(|e| e.sequence.clone()).collect();
        let lists = [&*sequences, &*mismatched];
        let [reference, mismatched_reference] =
            reference_log_probs(base, lists, plan.micro_batch, session)?;
        Ok(Self {
            examples,
            mismatched,
            reference,
            mismatched_reference,
        })
    }

    /// z of this part.
    fn baseline(&self, model: &Llama, part: &[usize], device: &Device) -> Tensor<1> {
        let policy = log_probs_of(model, &pick(&self.mismatched, part), part.len());
        let all: Vec<usize> = (0..part.len()).collect();
        let (policy, reference) = (
            totals(&policy, &all, device),
            totals(&self.mismatched_reference, part, device),
        );
        kto_baseline(policy, reference)
    }
}

/// Each example's prompt with the response of the example one before it in a random order: of another
/// prompt, wherever there is one.
fn mismatched(examples: &[Judged], seed: u64) -> Vec<Sequence> {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    Random::seeded(seed).fork(u64::MAX).shuffle(&mut order);
    let mut result: Vec<Sequence> = examples.iter().map(|e| e.sequence.clone()).collect();
    for (place, &i) in order.iter().enumerate() {
        let before = (1..order.len())
            .map(|back| order[(place + order.len() - back) % order.len()])
            .find(|&j| examples[j].prompt != examples[i].prompt);
        if let Some(j) = before {
            let (own, other) = (&examples[i].sequence, &examples[j].sequence);
            result[i] = Sequence::new(&own.tokens[..own.prompt], &other.tokens[other.prompt..]);
        }
    }
    result
}

fn totals(log_probs: &[Vec<f32>], part: &[usize], device: &Device) -> Tensor<1> {
    let sums: Vec<f32> = part.iter().map(|&i| log_probs[i].iter().sum()).collect();
    Tensor::from_floats(sums.as_slice(), device)
}

fn flags(good: &[bool], device: &Device) -> Tensor<1> {
    let values: Vec<f32> = good.iter().map(|good| f32::from(u8::from(*good))).collect();
    Tensor::from_floats(values.as_slice(), device)
}

/// What is shown of a batch, gathered over its parts.
#[derive(Default)]
struct Seen {
    loss: f64,
    tokens: usize,
    good: Vec<f64>,
    bad: Vec<f64>,
    baselines: Vec<f64>,
}

impl Seen {
    fn add(&mut self, ratios: &[f64], good: &[bool], baseline: &[f64], tokens: usize) {
        self.tokens += tokens;
        self.baselines.extend(baseline);
        for (ratio, good) in ratios.iter().zip(good) {
            if *good { &mut self.good } else { &mut self.bad }.push(*ratio);
        }
    }

    fn values(&self, own: &Own) -> Vec<(&'static str, f64)> {
        let mut values = vec![
            (LOSS, self.loss),
            ("kto_baseline", mean(self.baselines.iter().copied())),
        ];
        let (good, bad) = (
            mean(self.good.iter().copied()),
            mean(self.bad.iter().copied()),
        );
        if !self.good.is_empty() {
            values.push((CHOSEN, good));
        }
        if !self.bad.is_empty() {
            values.push((REJECTED, bad));
        }
        if !self.good.is_empty() && !self.bad.is_empty() {
            values.push((MARGIN, own.beta * (good - bad)));
        }
        values
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "log-probabilities are float32"
)]
fn evaluate(
    model: &Llama,
    held_out: &Known,
    own: &Own,
    plan: &Plan,
    run: &mut Run<'_>,
) -> Result<()> {
    let (ratios, distances) = look(model, held_out, plan);
    let device = model.device().without_autodiff();
    let all: Vec<usize> = (0..ratios.len()).collect();
    let good: Vec<bool> = held_out.examples.iter().map(|e| e.desirable).collect();
    let baseline = held_out.baseline(model, &all, &device);
    let values: Vec<f32> = ratios.iter().map(|ratio| *ratio as f32).collect();
    let ratio = Tensor::<1>::from_floats(values.as_slice(), &device);
    let mut seen = Seen::default();
    seen.add(&ratios, &good, &plain(baseline.clone()), 0);
    let losses = kto(
        own.loss,
        ratio,
        flags(&good, &device),
        baseline,
        own.beta,
        own.weights,
    );
    seen.loss = mean(plain(losses).into_iter());
    let kl = mean(distances.into_iter());
    let mut values = seen.values(own);
    values.push((KL, kl));
    run.evaluated(model, seen.loss, Some(kl), values)
}

/// The log-ratio of each held-out response, and its estimated distance.
fn look(model: &Llama, held_out: &Known, plan: &Plan) -> (Vec<f64>, Vec<f64>) {
    let sequences: Vec<Sequence> = held_out
        .examples
        .iter()
        .map(|e| e.sequence.clone())
        .collect();
    let policy = log_probs_of(model, &sequences, plan.micro_batch);
    let both = || policy.iter().zip(&held_out.reference);
    let ratio =
        |(p, q): (&Vec<f32>, &Vec<f32>)| p.iter().zip(q).map(|(p, q)| f64::from(p - q)).sum();
    (
        both().map(ratio).collect(),
        both().map(|(p, q)| k3(p, q)).collect(),
    )
}

/// By how much the policy tells good from bad on held-out prompts: the probability that a good response's
/// log-ratio exceeds a bad one's (the area under the ROC curve), ½ for the base model.
fn outcome(model: &Llama, held_out: &Known, plan: &Plan) -> Outcome {
    let (ratios, distances) = look(model, held_out, plan);
    let area = |places: &[usize]| separation(places, &ratios, &held_out.examples);
    let all: Vec<usize> = (0..ratios.len()).collect();
    let Some(value) = area(&all) else {
        return Outcome {
            remarks: vec!["Too little was held out to tell good from bad.".into()],
            ..Outcome::default()
        };
    };
    let by_length: Vec<f64> = held_out
        .examples
        .iter()
        .map(|e| e.sequence.response().len() as f64)
        .collect();
    let figures = vec![
        Figure {
            name: "separation".into(),
            value,
            interval: bootstrap(ratios.len(), 2000, &mut Random::seeded(plan.seed), area),
            of: ratios.len(),
            baselines: separation(&all, &by_length, &held_out.examples)
                .map(|value| domain::measure::Baseline {
                    name: "prefers the longer response".into(),
                    value,
                })
                .into_iter()
                .collect(),
        },
        Figure {
            name: KL.into(),
            value: mean(distances.into_iter()),
            interval: None,
            of: ratios.len(),
            baselines: Vec::new(),
        },
    ];
    Outcome {
        figures,
        ..Outcome::default()
    }
}

fn separation(places: &[usize], scores: &[f64], examples: &[Judged]) -> Option<f64> {
    let of = |wanted: bool| {
        let matching = places
            .iter()
            .filter(move |&&i| examples[i].desirable == wanted);
        matching.map(|&i| scores[i]).collect::<Vec<_>>()
    };
    let (good, bad) = (of(true), of(false));
    let pairs = good.len() * bad.len();
    let wins: f64 = good
        .iter()
        .flat_map(|g| {
            bad.iter().map(move |b| {
                f64::midpoint(f64::from(u8::from(g > b)), f64::from(u8::from(g >= b)))
            })
        })
        .sum();
    (pairs > 0).then(|| wins / pairs as f64)
}
