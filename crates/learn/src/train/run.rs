//! A run: counts steps, updates weights, looks out for divergence, saves, and asks whether to go on.

use super::{
    AdamW, Callback, Checkpoint, Continue, Event, Plan, Position, checkpoint, latest, rate,
};
use crate::lanes::in_memory;
use crate::{Error, Result};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use domain::measure::{GRADIENT_NORM, HELD_OUT, LEARNING_RATE, SECONDS_LEFT, TOKENS_PER_SECOND};
use rayon::prelude::*;
use std::path::Path;

/// What the caller of a method brings along besides models, data and settings.
pub struct Session<'a> {
    /// Where checkpoints are written, and found again; of this run alone.
    pub folder: &'a Path,
    /// Seconds since any fixed moment.
    pub clock: &'a dyn Fn() -> f64,
    /// Hears of every event and says whether to go on.
    pub tell: &'a mut Callback<'a>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It made all its steps.
    Finished,
    /// The held-out loss no longer fell; the weights are those after this step.
    EarlyStop(usize),
    /// The policy was further from its reference than the settings allow.
    KlLimit,
    /// Somebody paused it; the same call goes on from the checkpoint.
    Paused,
}

/// A run that goes on. The loop is `while run.goes_on(&model)? { …; model = run.update(…)?; … }`.
pub struct Run<'a> {
    plan: Plan,
    steps: usize,
    session: Session<'a>,
    optimiser: AdamW,
    position: Position,
    saved: Option<usize>,
    ended: Option<Ended>,
    answer: Continue,
    last: f64,
    loss_scale: f64,
}

impl<'a> Run<'a> {
    /// Begins, or goes on where the folder's newest checkpoint stands: then `model`, which holds the base
    /// weights, gets the trained ones.
    pub fn begin<M: Module>(
        plan: &Plan,
        steps: usize,
        model: M,
        device: &Device,
        session: Session<'a>,
    ) -> Result<(Self, M)> {
        let mut run = Self {
            plan: plan.clone(),
            steps,
            optimiser: AdamW::default(),
            position: Position::default(),
            saved: None,
            ended: None,
            answer: Continue::Yes,
            last: (session.clock)(),
            loss_scale: plan.loss_scale,
            session,
        };
        let mut model = model;
        if let Some(checkpoint) = latest(run.session.folder) {
            (model, run.optimiser, run.position) = checkpoint.read(model, device)?;
            run.saved = Some(checkpoint.step);
        }
        Ok((run, model))
    }

    /// Steps made so far, which is the number of the next one, from 0.
    pub fn step(&self) -> usize {
        self.position.step
    }

    /// Whether there is another step to make. Saves a checkpoint where one is due.
    pub fn goes_on<M: Module>(&mut self, model: &M) -> Result<bool> {
        if self.answer == Continue::Cancel {
            return Err(Error::Cancelled);
        }
        let step = self.position.step;
        let finished = step >= self.steps || self.ended.is_some();
        let paused = self.answer == Continue::Pause && !finished;
        let every = self.plan.checkpoint_every;
        let due = every > 0 && step > 0 && step.is_multiple_of(every);
        if (due || paused) && self.saved != Some(step) {
            self.save(model)?;
        }
        if paused {
            self.ended = Some(Ended::Paused);
        }
        Ok(!finished && !paused)
    }

    /// By what a loss is multiplied before the way back, so that small gradients survive half precision; [`Self::update`]
    /// knows it. 1 in full precision.
    pub fn loss_scale(&self) -> f64 {
        self.loss_scale
    }

    /// One step of the optimiser with gradients of the whole batch. `values` are what to show, the loss
    /// first; `tokens` went through the model for it.
    pub fn update<M: Module>(
        &mut self,
        model: M,
        mut gradients: GradientsParams,
        tokens: usize,
        mut values: Vec<(&'static str, f64)>,
    ) -> Result<M> {
        let norm = gradient_norm(&model, &mut gradients) / self.loss_scale;
        let diverged = |what: &str| Error::Diverged {
            step: self.position.step + 1,
            what: what.to_owned(),
            checkpoint: self.saved,
        };
        if values.first().is_some_and(|(_, loss)| !loss.is_finite()) {
            return Err(diverged("loss"));
        }
        // out of the range of float16, and perhaps of nothing else: this step is left out
        let left_out = !norm.is_finite() && self.loss_scale > 1.0;
        if !norm.is_finite() && !left_out {
            return Err(diverged("gradient norm"));
        }
        let rate = rate(&self.plan, self.position.step, self.steps);
        let scale = (self.plan.clip_norm / norm.max(f64::MIN_POSITIVE)).min(1.0);
        let decay = self.plan.weight_decay;
        let model = if left_out {
            self.loss_scale /= 2.0;
            model
        } else {
            let scale = scale / self.loss_scale;
            self.optimiser.step(model, gradients, rate, scale, decay)
        };

        let now = (self.session.clock)();
        let seconds = (now - self.last).max(1e-9);
        self.last = now;
        self.position.step += 1;
        self.position.tokens += tokens;
        self.position.seconds += seconds;
        let left = self.steps - self.position.step;
        values.extend([
            (GRADIENT_NORM, norm),
            (LEARNING_RATE, rate),
            (TOKENS_PER_SECOND, tokens as f64 / seconds),
            (
                SECONDS_LEFT,
                self.position.seconds / self.position.step as f64 * left as f64,
            ),
        ]);
        self.tell_metrics("", values);
        Ok(model)
    }

    /// Whether held-out examples are to be looked at now: before the first step, every so often, at the end.
    pub fn evaluation_is_due(&self) -> bool {
        let (step, every) = (self.position.step, self.plan.evaluate_every);
        step == 0 || step == self.steps || every > 0 && step.is_multiple_of(every)
    }

    /// Takes held-out measurements, by their names without the prefix: `loss` decides about an early stop, `kl` (nats per response) about
    /// whether the policy went too far. `values` are shown.
    pub fn evaluated<M: Module>(
        &mut self,
        model: &M,
        loss: f64,
        kl: Option<f64>,
        values: Vec<(&'static str, f64)>,
    ) -> Result<()> {
        self.tell_metrics(HELD_OUT, values);
        let step = self.position.step;
        if self.position.best.is_none_or(|(_, best)| loss < best) {
            self.position.best = Some((step, loss));
            self.position.since_best = 0;
            if self.plan.patience > 0 {
                checkpoint::save_best(self.session.folder, model)?;
            }
        } else {
            self.position.since_best += 1;
        }
        if self.plan.patience > 0 && self.position.since_best >= self.plan.patience {
            let best = self.position.best.map_or(step, |(best, _)| best);
            self.ended = Some(Ended::EarlyStop(best));
            self.notice(format!(
                "Stopped after step {step}: the held-out loss was least after step {best}."
            ));
        }
        let limit = self.plan.kl_limit;
        if limit > 0.0 && kl.is_some_and(|kl| kl > limit) && self.ended.is_none() {
            self.ended = Some(Ended::KlLimit);
            self.notice(format!(
                "Stopped after step {step}: the policy is more than {limit} nats per response from where it started."
            ));
        }
        // What was spent on measuring is not counted as training.
        self.last = (self.session.clock)();
        Ok(())
    }

    /// Something that a person should know.
    pub fn notice(&mut self, sentence: String) {
        self.tell(Event::Notice(sentence));
    }

    /// The weights to keep, how the run ended and where it stood.
    pub fn finish<M: Module>(self, model: M) -> Result<(M, Ended, Position)> {
        let ended = self.ended.unwrap_or(Ended::Finished);
        let best_is_older = self
            .position
            .best
            .is_some_and(|(step, _)| step != self.position.step);
        let model = if self.plan.patience > 0 && best_is_older && ended != Ended::Paused {
            checkpoint::load_best(self.session.folder, model)?
        } else {
            model
        };
        Ok((model, ended, self.position))
    }

    fn save<M: Module>(&mut self, model: &M) -> Result<()> {
        let checkpoint =
            Checkpoint::write(self.session.folder, model, &self.optimiser, &self.position)?;
        self.saved = Some(checkpoint.step);
        self.last = (self.session.clock)();
        self.tell(Event::Checkpoint {
            step: checkpoint.step,
            folder: checkpoint.folder,
        });
        Ok(())
    }

    fn tell_metrics(&mut self, prefix: &str, values: Vec<(&'static str, f64)>) {
        let (step, of) = (self.position.step, self.steps);
        let values = values
            .into_iter()
            .map(|(name, value)| (format!("{prefix}{name}"), value))
            .collect();
        self.tell(Event::Metrics { step, of, values });
    }

    /// A request to stop stays until the loop has come round to it.
    fn tell(&mut self, event: Event) {
        let answer = (self.session.tell)(event);
        if answer != Continue::Yes && self.answer != Continue::Cancel {
            self.answer = answer;
        }
    }
}

/// The Euclidean norm of all gradients together. They are taken out and put back, so that where they lie in
/// this process's memory they are read once and nothing is copied.
pub fn gradient_norm<M: Module>(model: &M, gradients: &mut GradientsParams) -> f64 {
    struct Squares<'a> {
        gradients: &'a mut GradientsParams,
        sum: f64,
        /// Of those on a device of their own: read once at the end, because every reading waits for it.
        apart: Option<Tensor<1>>,
    }
    impl ModuleVisitor for Squares<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let Some(gradient) = self.gradients.remove::<D>(param.id) else {
                return;
            };
            let device = gradient.device();
            let gradient = if in_memory(&device) && gradient.dtype() == DType::F32 {
                let data = gradient.into_data();
                let values = data.as_slice::<f32>().unwrap_or_default();
                self.sum += squares(values);
                Tensor::from_data(data, &device)
            } else {
                let square = gradient.clone().cast(DType::F32).square().sum();
                self.apart = Some(match self.apart.take() {
                    Some(sum) => sum + square,
                    None => square,
                });
                gradient
            };
            self.gradients.register::<D>(param.id, gradient);
        }
    }
    let mut squares = Squares {
        gradients,
        sum: 0.0,
        apart: None,
    };
    model.visit(&mut squares);
    let apart = squares.apart.map_or(0.0, |sum| sum.into_scalar::<f32>());
    (squares.sum + f64::from(apart)).sqrt()
}

/// The sum of squares, in an order that does not depend on the number of threads.
fn squares(values: &[f32]) -> f64 {
    let chunks = values.par_chunks(1 << 16).map(|chunk| {
        let mut sums = [0.0_f32; 16];
        let (whole, rest) = chunk.as_chunks::<16>();
        for part in whole {
            for (sum, value) in sums.iter_mut().zip(part) {
                *sum += value * value;
            }
        }
        let rest: f32 = rest.iter().map(|value| value * value).sum();
        f64::from(rest) + sums.iter().map(|sum| f64::from(*sum)).sum::<f64>()
    });
    chunks.collect::<Vec<f64>>().into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::squares;

    #[test]
    fn squares_of_any_number_are_summed() {
        for count in [0_u16, 1, 15, 16, 1000] {
            let values: Vec<f32> = (0..count).map(f32::from).collect();
            let n = f64::from(count);
            let expected = (n - 1.0) * n * (2.0 * n - 1.0) / 6.0;
            assert!((squares(&values) - expected.max(0.0)).abs() <= 1e-6 * expected.abs());
        }
    }
}
