//! A reward model from preferences (Bradley and Terry 1952; Ouyang et al. 2022): a backbone with a scalar
//! head learns scores whose differences predict which response is preferred,
//! `−log σ(r(x, y_w) − r(x, y_l) − margin)`.
//!
//! The margin grows with the strength of the preference; ties pull two scores together; centring keeps
//! scores near zero, where the loss leaves their level free. Left out: scores per aspect from one run
//! (the head can hold them; a run learns one) and an ensemble.

use super::{accuracy, distinct, enough, mean, pick, plain, trainable};
use crate::Result;
use crate::data::{Batch, Order, Pair, Sequence, split};
use crate::losses::{bradley_terry, centring};
use crate::models::{Llama, RewardModel};
use crate::train::{Card, Ended, Plan, Ranking, Run, Session, Trained, gradients, scaled};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use domain::measure::{ACCURACY, LOSS, MARGIN};
use domain::method::{Method, Settings};

/// The method's own settings.
struct Own {
    margin: f64,
    centring: f64,
}

/// Trains a reward model on `base`.
///
/// # Errors
/// Too few pairs, divergence, a checkpoint that cannot be used, or a cancellation.
pub fn train(
    base: Llama,
    pairs: &[Pair],
    settings: &Settings,
    session: Session<'_>,
) -> Result<Trained<RewardModel>> {
    let plan = Plan::new(settings);
    let own = Own {
        margin: settings.real("margin"),
        centring: settings.real("centring"),
    };
    let with_ties = settings.flag("ties");
    let usable: Vec<Pair> = pairs
        .iter()
        .filter(|p| with_ties || !p.tie)
        .cloned()
        .collect();
    enough(
        "preferences",
        usable.iter().filter(|pair| !pair.tie).count(),
    )?;
    let prompts: Vec<u64> = usable.iter().map(|pair| pair.prompt).collect();
    let (train, held_out) = split(&prompts, plan.held_out, plan.seed);
    let kept_aside = distinct(&prompts, &held_out);
    let (train, held_out) = (pick(&usable, &train), pick(&usable, &held_out));
    let device = base.device().autodiff();

    let lengths = train.iter().map(longer).collect();
    let mut order = Order::new(lengths, plan.batch_size, plan.seed);
    let steps = plan.steps(order.steps_per_epoch());
    let model = RewardModel::new(trainable(base, &plan), 1);
    let (mut run, mut model) = Run::begin(&plan, steps, model, &device, session)?;
    let mut last = None;
    if run.step() == 0 && !held_out.is_empty() {
        last = Some(evaluate(&model, &held_out, &own, &plan, &mut run)?);
    }
    while run.goes_on(&model)? {
        let batch = order.step(run.step()).to_vec();
        let scale = run.loss_scale();
        let (gradients, parts) = gradients(&model, &batch, plan.micro_batch, |model, (_, part)| {
            let inputs = both(&train, part, &device);
            let scores: Tensor<1> = model.forward(&inputs).squeeze_dim(1);
            let n = part.len();
            let (chosen, rejected) = (scores.clone().narrow(0, 0, n), scores.narrow(0, n, n));
            let loss = loss(&pick(&train, part), chosen.clone(), rejected.clone(), &own)
                .sum()
                .div_scalar(batch.len() as f64);
            let shown = f64::from(loss.clone().into_scalar::<f32>());
            let differences = plain(chosen - rejected).into_iter().zip(part);
            let decided = differences.filter(|(_, i)| !train[**i].tie);
            let margins: Vec<f64> = decided.map(|(d, _)| d).collect();
            let found = scaled(loss, scale).backward();
            let found = GradientsParams::from_grads(found, model);
            (Some(found), (shown, inputs.real, margins))
        });
        let total = parts.iter().map(|(loss, ..)| loss).sum();
        let tokens = parts.iter().map(|(_, tokens, _)| tokens).sum();
        let margins: Vec<f64> = parts
            .into_iter()
            .flat_map(|(.., margins)| margins)
            .collect();
        let values = shown(total, &margins);
        model = run.update(model, gradients, tokens, values)?;
        if run.evaluation_is_due() && !held_out.is_empty() {
            last = Some(evaluate(&model, &held_out, &own, &plan, &mut run)?);
        }
    }
    let (mut model, ended, position) = run.finish(model)?;

    model.backbone = model.backbone.merge_lora();
    let model = model.valid();
    let sizes = (train.len(), held_out.len());
    let mut card = Card::new(
        Method::RewardModel,
        settings,
        &pairs,
        sizes,
        &model,
        &position,
    );
    if ended != Ended::Paused {
        // With patience the weights that are kept may be those of an earlier step.
        let last = last.filter(|_| plan.patience == 0);
        let ranking = last.unwrap_or_else(|| look(&model, &held_out, &plan).0);
        card.outcome = ranking.outcome();
    }
    Ok(Trained {
        model,
        ended,
        card,
        held_out: kept_aside,
    })
}

/// The tokens of a part: all its chosen responses, then all rejected ones.
fn both(pairs: &[Pair], part: &[usize], device: &Device) -> Batch {
    let chosen = part.iter().map(|&i| &pairs[i].chosen);
    let rejected = part.iter().map(|&i| &pairs[i].rejected);
    Batch::new(&chosen.chain(rejected).collect::<Vec<_>>(), device)
}

/// One value per pair.
#[expect(clippy::cast_possible_truncation, reason = "scores are float32")]
fn loss(pairs: &[Pair], chosen: Tensor<1>, rejected: Tensor<1>, own: &Own) -> Tensor<1> {
    let device = chosen.device();
    let tensor = |values: Vec<f32>| Tensor::<1>::from_floats(values.as_slice(), &device);
    let beyond = |pair: &Pair| f64::from(pair.strength.saturating_sub(1));
    let margin = tensor(
        pairs
            .iter()
            .map(|pair| (own.margin * beyond(pair)) as f32)
            .collect(),
    );
    let tie = tensor(
        pairs
            .iter()
            .map(|pair| f32::from(u8::from(pair.tie)))
            .collect(),
    );
    bradley_terry(chosen.clone(), rejected.clone(), margin, tie)
        + centring(chosen, rejected).mul_scalar(own.centring)
}

fn shown(loss: f64, margins: &[f64]) -> Vec<(&'static str, f64)> {
    let mut values = vec![(LOSS, loss)];
    if !margins.is_empty() {
        values.extend([
            (ACCURACY, accuracy(margins)),
            (MARGIN, mean(margins.iter().copied())),
        ]);
    }
    values
}

fn evaluate(
    model: &RewardModel,
    held_out: &[Pair],
    own: &Own,
    plan: &Plan,
    run: &mut Run<'_>,
) -> Result<Ranking> {
    let (ranking, [chosen, rejected]) = look(model, held_out, plan);
    let device = model.backbone.device().without_autodiff();
    let tensor = |values: &[f32]| Tensor::<1>::from_floats(values, &device);
    let losses = loss(held_out, tensor(&chosen), tensor(&rejected), own);
    let loss = mean(plain(losses).into_iter());
    run.evaluated(model, loss, None, shown(loss, &ranking.margins))?;
    Ok(ranking)
}

/// The ranking of held-out pairs that are not ties, and the scores of all of them.
fn look(model: &RewardModel, pairs: &[Pair], plan: &Plan) -> (Ranking, [Vec<f32>; 2]) {
    let score = |side: fn(&Pair) -> &Sequence| {
        let side: Vec<Sequence> = pairs.iter().map(|pair| side(pair).clone()).collect();
        model.score(&side, 2 * plan.micro_batch)
    };
    let scores = [score(|pair| &pair.chosen), score(|pair| &pair.rejected)];
    let mut ranking = Ranking::default();
    for (i, pair) in pairs.iter().enumerate().filter(|(_, pair)| !pair.tie) {
        ranking.margins.push(f64::from(scores[0][i] - scores[1][i]));
        let lengths = (pair.chosen.response().len(), pair.rejected.response().len());
        ranking.lengths.push(lengths);
    }
    (ranking, scores)
}

fn longer(pair: &Pair) -> usize {
    pair.chosen.tokens.len().max(pair.rejected.tokens.len())
}
