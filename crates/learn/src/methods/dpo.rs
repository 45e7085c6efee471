//! Direct preference optimisation (Rafailov et al. 2023): a policy learns from pairs without a reward
//! model. With `a(y) = log π(y|x) − log π_ref(y|x)`, `β·a` is the reward that would make π the best
//! policy at KL-strength β, and the Bradley-Terry loss of that reward is
//! `−log σ(β(a(y_w) − a(y_l)))`. The variants differ in the function of the two log-ratios
//! ([`crate::losses::DpoLoss`]).
//!
//! The reference is the base model: its log-probabilities are computed once, before the first step.
//! A loss that falls while `chosen` falls too is what this loss does, not an error: only the difference
//! is rewarded; `sft_weight`, IPO and a larger β hold `chosen` up. Left out: ties (they say nothing about
//! a difference), a reference that follows the policy, f-divergences other than the reverse KL.

use super::{KL_REMARK, accuracy, distinct, enough, mean, pick, plain, trainable};
use crate::Result;
use crate::data::{Batch, Order, Pair, Sequence, split, sums};
use crate::losses::{DpoLoss, PairLogProbs, dpo, k3};
use crate::models::Llama;
use crate::train::{
    Card, Ended, Plan, Ranking, Run, Session, Trained, gradients, log_probs_of,
    reference_log_probs, response_log_probs, scaled,
};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use domain::measure::{ACCURACY, CHOSEN, Figure, KL, LOSS, MARGIN, REJECTED};
use domain::method::{Method, Settings};

/// The method's own settings.
struct Own {
    loss: DpoLoss,
    beta: f64,
    smoothing: f64,
    gamma: f64,
    sft_weight: f64,
}

/// Trains `base` on the pairs; `base` is also the reference.
///
/// # Errors
/// Too few pairs, divergence, a checkpoint that cannot be used, or a cancellation.
pub fn train(
    base: Llama,
    pairs: &[Pair],
    settings: &Settings,
    mut session: Session<'_>,
) -> Result<Trained<Llama>> {
    let plan = Plan::new(settings);
    let own = Own {
        loss: DpoLoss::from_name(settings.choice("loss")).unwrap_or(DpoLoss::Sigmoid),
        beta: settings.real("beta"),
        smoothing: settings.real("label_smoothing"),
        gamma: settings.real("gamma"),
        sft_weight: settings.real("sft_weight"),
    };
    let usable: Vec<Pair> = pairs.iter().filter(|pair| !pair.tie).cloned().collect();
    enough("preferences that are not ties", usable.len())?;
    let prompts: Vec<u64> = usable.iter().map(|pair| pair.prompt).collect();
    let (train, held_out) = split(&prompts, plan.held_out, plan.seed);
    let kept_aside = distinct(&prompts, &held_out);
    let (train, held_out) = (pick(&usable, &train), pick(&usable, &held_out));
    let device = base.device().autodiff();

    let (train_reference, held_out_reference) =
        References::of(&base, [&train, &held_out], &plan, &mut session)?;

    let lengths = train.iter().map(longer).collect();
    let mut order = Order::new(lengths, plan.batch_size, plan.seed);
    let steps = plan.steps(order.steps_per_epoch());
    let model = trainable(base, &plan);
    let (mut run, mut model) = Run::begin(&plan, steps, model, &device, session)?;
    if pairs.len() > usable.len() {
        run.notice(format!(
            "{} ties were left out.",
            pairs.len() - usable.len()
        ));
    }

    let mut last = None;
    if run.step() == 0 && !held_out.is_empty() {
        last = Some(evaluate(
            &model,
            &held_out,
            &held_out_reference,
            &own,
            &plan,
            &mut run,
        )?);
    }
    while run.goes_on(&model)? {
        let batch = order.step(run.step()).to_vec();
        let chosen_tokens: usize = batch
            .iter()
            .map(|&i| train[i].chosen.response().len())
            .sum();
        let scale = run.loss_scale();
        let (gradients, parts) = gradients(&model, &batch, plan.micro_batch, |model, (_, part)| {
            let (tokens, inputs) = both(&train, part, &device);
            let scored = response_log_probs(model, &tokens);
            let policy = sums(scored.log_probs(), &tokens.lengths);
            let pairs = inputs.with(policy, &train_reference, part, &device);
            let imitation = pairs
                .chosen
                .clone()
                .sum()
                .div_scalar(-(chosen_tokens as f64));
            let mut seen = Seen::default();
            seen.add(&pairs, &own, tokens.real);
            // Parts are weighted by the size of the whole batch, so that their sum is its mean.
            let loss = dpo(own.loss, pairs, own.beta, own.smoothing, own.gamma)
                .sum()
                .div_scalar(batch.len() as f64)
                + imitation.mul_scalar(own.sft_weight);
            seen.loss = f64::from(loss.clone().into_scalar::<f32>());
            let found = scored.backward(&scaled(loss, scale));
            (Some(GradientsParams::from_grads(found, model)), seen)
        });
        let seen = Seen::sum(parts);
        model = run.update(model, gradients, seen.tokens, seen.values())?;
        if run.evaluation_is_due() && !held_out.is_empty() {
            last = Some(evaluate(
                &model,
                &held_out,
                &held_out_reference,
                &own,
                &plan,
                &mut run,
            )?);
        }
    }
    let (model, ended, position) = run.finish(model)?;

    let sizes = (train.len(), held_out.len());
    let model = model.merge_lora();
    let mut card = Card::new(Method::Dpo, settings, &pairs, sizes, &model, &position);
    if ended == Ended::Paused {
        return Ok(Trained {
            model,
            ended,
            card,
            held_out: kept_aside,
        });
    }
    // With patience the weights that are kept may be those of an earlier step.
    let last = last.filter(|_| plan.patience == 0);
    let last = last.unwrap_or_else(|| look(&model, &held_out, &held_out_reference, &own, &plan));
    card.outcome = last.ranking.outcome();
    if !held_out.is_empty() {
        card.outcome.figures.push(Figure {
            name: KL.into(),
            value: last.kl,
            interval: None,
            of: held_out.len(),
            baselines: Vec::new(),
        });
        card.outcome.remarks.push(KL_REMARK.into());
    }
    Ok(Trained {
        model,
        ended,
        card,
        held_out: kept_aside,
    })
}

/// What the base model thinks of the pairs' responses, token by token.
struct References {
    chosen: Vec<Vec<f32>>,
    rejected: Vec<Vec<f32>>,
}

impl References {
    /// Of the pairs that are trained on, and of those that are held out.
    fn of(
        base: &Llama,
        pairs: [&[Pair]; 2],
        plan: &Plan,
        session: &mut Session<'_>,
    ) -> Result<(Self, Self)> {
        let [[a, b], [c, d]] = pairs.map(sides);
        let known = reference_log_probs(base, [&a, &b, &c, &d], 2 * plan.micro_batch, session)?;
        let [a, b, c, d] = known;
        let of = |chosen, rejected| Self { chosen, rejected };
        Ok((of(a, b), of(c, d)))
    }
}

/// The tokens of a part: all its chosen responses, then all rejected ones.
fn both(pairs: &[Pair], part: &[usize], device: &Device) -> (Batch, Inputs) {
    let chosen = part.iter().map(|&i| &pairs[i].chosen);
    let rejected = part.iter().map(|&i| &pairs[i].rejected);
    let batch = Batch::new(&chosen.chain(rejected).collect::<Vec<_>>(), device);
    let lengths: Vec<f32> = batch
        .lengths
        .iter()
        .map(|length| (*length).max(1) as f32)
        .collect();
    let (chosen, rejected) = lengths.split_at(part.len());
    let inputs = Inputs {
        chosen_tokens: Tensor::from_floats(chosen, device),
        rejected_tokens: Tensor::from_floats(rejected, device),
    };
    (batch, inputs)
}

struct Inputs {
    chosen_tokens: Tensor<1>,
    rejected_tokens: Tensor<1>,
}

impl Inputs {
    /// `policy` holds the sums of the chosen, then of the rejected responses.
    fn with(
        self,
        policy: Tensor<1>,
        reference: &References,
        part: &[usize],
        device: &Device,
    ) -> PairLogProbs {
        let known = |side: &[Vec<f32>]| {
            let sums: Vec<f32> = part.iter().map(|&i| side[i].iter().sum()).collect();
            Tensor::<1>::from_floats(sums.as_slice(), device)
        };
        let n = part.len();
        PairLogProbs {
            chosen: policy.clone().narrow(0, 0, n),
            rejected: policy.narrow(0, n, n),
            reference_chosen: known(&reference.chosen),
            reference_rejected: known(&reference.rejected),
            chosen_tokens: self.chosen_tokens,
            rejected_tokens: self.rejected_tokens,
        }
    }
}

/// What is shown of a batch, gathered over its parts.
#[derive(Default)]
struct Seen {
    loss: f64,
    tokens: usize,
    chosen: Vec<f64>,
    rejected: Vec<f64>,
    margins: Vec<f64>,
}

impl Seen {
    fn add(&mut self, pairs: &PairLogProbs, own: &Own, tokens: usize) {
        self.tokens += tokens;
        let chosen = plain(pairs.chosen.clone() - pairs.reference_chosen.clone());
        let rejected = plain(pairs.rejected.clone() - pairs.reference_rejected.clone());
        if own.loss.needs_reference() {
            let both = chosen.iter().zip(&rejected);
            self.margins.extend(both.map(|(w, l)| own.beta * (w - l)));
        } else {
            let by_token = |sum: &Tensor<1>, tokens: &Tensor<1>| sum.clone() / tokens.clone();
            let difference = by_token(&pairs.chosen, &pairs.chosen_tokens)
                - by_token(&pairs.rejected, &pairs.rejected_tokens);
            self.margins
                .extend(plain(difference).iter().map(|d| own.beta * d));
        }
        self.chosen.extend(chosen);
        self.rejected.extend(rejected);
    }

    fn sum(parts: Vec<Self>) -> Self {
        let mut sum = Self::default();
        for part in parts {
            sum.loss += part.loss;
            sum.tokens += part.tokens;
            sum.chosen.extend(part.chosen);
            sum.rejected.extend(part.rejected);
            sum.margins.extend(part.margins);
        }
        sum
    }

    fn values(&self) -> Vec<(&'static str, f64)> {
        vec![
            (LOSS, self.loss),
            (ACCURACY, accuracy(&self.margins)),
            (MARGIN, mean(self.margins.iter().copied())),
            (CHOSEN, mean(self.chosen.iter().copied())),
            (REJECTED, mean(self.rejected.iter().copied())),
        ]
    }
}

struct Held {
    seen: Seen,
    ranking: Ranking,
    kl: f64,
}

fn evaluate(
    model: &Llama,
    pairs: &[Pair],
    reference: &References,
    own: &Own,
    plan: &Plan,
    run: &mut Run<'_>,
) -> Result<Held> {
    let held = look(model, pairs, reference, own, plan);
    let mut values = held.seen.values();
    values.push((KL, held.kl));
    run.evaluated(model, held.seen.loss, Some(held.kl), values)?;
    Ok(held)
}

/// The same measurements on pairs that are not trained on, without a gradient.
fn look(model: &Llama, pairs: &[Pair], reference: &References, own: &Own, plan: &Plan) -> Held {
    let [chosen, rejected] =
        sides(pairs).map(|side| log_probs_of(model, &side, 2 * plan.micro_batch));
    let device = model.device().without_autodiff();
    let tensor = |values: Vec<f32>| Tensor::<1>::from_floats(values.as_slice(), &device);
    let sum = |side: &[Vec<f32>]| tensor(side.iter().map(|one| one.iter().sum()).collect());
    let count =
        |side: &[Vec<f32>]| tensor(side.iter().map(|one| one.len().max(1) as f32).collect());
    let mut seen = Seen::default();
    if !pairs.is_empty() {
        let inputs = PairLogProbs {
            chosen: sum(&chosen),
            rejected: sum(&rejected),
            reference_chosen: sum(&reference.chosen),
            reference_rejected: sum(&reference.rejected),
            chosen_tokens: count(&chosen),
            rejected_tokens: count(&rejected),
        };
        seen.add(&inputs, own, 0);
        let loss = dpo(own.loss, inputs, own.beta, own.smoothing, own.gamma).mean();
        seen.loss = f64::from(loss.into_scalar::<f32>());
    }
    let distances = chosen.iter().zip(&reference.chosen);
    let distances = distances.chain(rejected.iter().zip(&reference.rejected));
    let distances: Vec<f64> = distances.map(|(policy, known)| k3(policy, known)).collect();
    let ranking = Ranking {
        margins: seen.margins.clone(),
        lengths: pairs
            .iter()
            .map(|pair| (pair.chosen.response().len(), pair.rejected.response().len()))
            .collect(),
    };
    Held {
        seen,
        ranking,
        kl: mean(distances.into_iter()),
    }
}

fn sides(pairs: &[Pair]) -> [Vec<Sequence>; 2] {
    [
        pairs.iter().map(|pair| pair.chosen.clone()).collect(),
        pairs.iter().map(|pair| pair.rejected.clone()).collect(),
    ]
}

fn longer(pair: &Pair) -> usize {
    pair.chosen.tokens.len().max(pair.rejected.tokens.len())
}
