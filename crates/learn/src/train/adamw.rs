//! `AdamW` (Loshchilov and Hutter 2019) on whatever has a gradient, and its state by the parameters' paths.
//!
//! burn has one too. This one scales the gradients by the clipping factor in the same pass, keeps its
//! state under names that outlive the process, and where a tensor lies in this process's memory it
//! updates weight and moments in one pass in place of a dozen.

use crate::lanes::in_memory;
use crate::{Error, Result};
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Bytes, DType, Device, Tensor, TensorData};
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::{collections::BTreeMap, path::Path};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.99;
const EPSILON: f32 = 1e-8;

/// Weights that one thread updates at a time.
const CHUNK: usize = 1 << 16;

/// The optimiser's state.
#[derive(Clone, Debug, Default)]
pub struct AdamW {
    steps: i32,
    moments: BTreeMap<String, Moments>,
}

/// Running means of a parameter's gradients and of their squares, flat.
#[derive(Clone, Debug)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
}

/// What an update needs to know besides the tensors.
#[derive(Clone, Copy, Debug)]
struct Update {
    rate: f32,
    scale: f32,
    decay: f32,
    correction_1: f32,
    correction_2: f32,
}

impl AdamW {
    /// Moves every parameter that has a gradient, which is first multiplied by `scale`. Matrices decay by
    /// `rate · weight_decay`; vectors (norms, biases) do not.
    #[expect(clippy::cast_possible_truncation, reason = "weights are float32")]
    pub fn step<M: Module>(
        &mut self,
        model: M,
        gradients: GradientsParams,
        rate: f64,
        scale: f64,
        weight_decay: f64,
    ) -> M {
        self.steps += 1;
        let update = Update {
            rate: rate as f32,
            scale: scale as f32,
            decay: (rate * weight_decay) as f32,
            correction_1: 1.0 - BETA_1.powi(self.steps),
            correction_2: 1.0 - BETA_2.powi(self.steps),
        };
        model.map(&mut Stepper {
            update,
            gradients,
            moments: &mut self.moments,
            path: Vec::new(),
        })
    }

    /// Writes the state to a safetensors file.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let tensors: Vec<(String, TensorData)> = self
            .moments
            .iter()
            .flat_map(|(name, moments)| {
                [("first", &moments.first), ("second", &moments.second)]
                    .map(|(which, values)| (format!("{name}#{which}"), values.to_data()))
            })
            .collect();
        let views = tensors.iter().map(|(name, data)| {
            TensorView::new(Dtype::F32, vec![data.num_elements()], data.as_bytes())
                .map(|view| (name.as_str(), view))
        });
        let views = views
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| Error::artifact(path, e))?;
        let steps = [("steps".to_owned(), self.steps.to_string())];
        safetensors::serialize_to_file(views, Some(steps.into()), path)
            .map_err(|e| Error::artifact(path, e))
    }

    /// Reads what [`Self::save`] wrote.
    pub(super) fn load(path: &Path, device: &Device) -> Result<Self> {
        let broken = |e: safetensors::SafeTensorError| Error::artifact(path, e);
        let file = std::fs::read(path).map_err(|e| Error::artifact(path, e))?;
        let (_, header) = SafeTensors::read_metadata(&file).map_err(broken)?;
        let steps = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get("steps")?.parse().ok());
        let tensors = SafeTensors::deserialize(&file).map_err(broken)?;
        let moment = |name: String| -> Result<Tensor<1>> {
            let view = tensors.tensor(&name).map_err(broken)?;
            let bytes = Bytes::from_bytes_vec(view.data().to_vec());
            let data = TensorData::from_bytes(bytes, view.shape().to_vec(), DType::F32);
            Ok(Tensor::from_data(data, &device.clone().without_autodiff()))
        };
        let mut moments = BTreeMap::new();
        for name in tensors.names() {
            if let Some(name) = name.strip_suffix("#first") {
                let first = moment(format!("{name}#first"))?;
                let second = moment(format!("{name}#second"))?;
                moments.insert(name.to_owned(), Moments { first, second });
            }
        }
        Ok(Self {
            steps: steps.ok_or_else(|| Error::artifact(path, "no number of steps"))?,
            moments,
        })
    }
}

struct Stepper<'a> {
    update: Update,
    gradients: GradientsParams,
    moments: &'a mut BTreeMap<String, Moments>,
    path: Vec<String>,
}

impl ModuleMapper for Stepper<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return param;
        };
        let name = self.path.join(".");
        let gradient = gradient.reshape([-1]);
        // Taken out, so that nothing else holds them and they can be changed in place.
        let moments = self.moments.remove(&name).unwrap_or_else(|| Moments {
            first: gradient.zeros_like(),
            second: gradient.zeros_like(),
        });
        let mut update = self.update;
        if D < 2 {
            update.decay = 0.0;
        }
        let step = if in_memory(&gradient.device()) {
            in_one_pass
        } else {
            by_tensors
        };
        param.map(|weight| {
            let (shape, trained) = (weight.shape(), weight.is_require_grad());
            let flat = weight.without_autodiff().reshape([-1]);
            let (weight, moments) = step(flat, gradient, moments, update);
            self.moments.insert(name, moments);
            Tensor::from_inner(weight.reshape(shape)).set_require_grad(trained)
        })
    }
}

/// The update as tensor operations.
fn by_tensors(
    weight: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    update: Update,
) -> (Tensor<1>, Moments) {
    let gradient = gradient.mul_scalar(update.scale);
    let first = moments.first.mul_scalar(BETA_1) + gradient.clone().mul_scalar(1.0 - BETA_1);
    let second = moments.second.mul_scalar(BETA_2) + gradient.square().mul_scalar(1.0 - BETA_2);
    let deviation = second
        .clone()
        .div_scalar(update.correction_2)
        .sqrt()
        .add_scalar(EPSILON);
    let change = first
        .clone()
        .div(deviation)
        .mul_scalar(update.rate / update.correction_1);
    let weight = weight.mul_scalar(1.0 - update.decay) - change;
    (weight, Moments { first, second })
}

/// The same in one pass over memory.
fn in_one_pass(
    weight: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    update: Update,
) -> (Tensor<1>, Moments) {
    let device = weight.device();
    let gradient = gradient.into_data();
    let [mut weight, mut first, mut second] =
        [weight, moments.first, moments.second].map(Tensor::into_data);
    let lists = (
        weight.as_mut_slice::<f32>(),
        gradient.as_slice::<f32>(),
        first.as_mut_slice::<f32>(),
        second.as_mut_slice::<f32>(),
    );
    let (Ok(weights), Ok(gradients), Ok(firsts), Ok(seconds)) = lists else {
        unreachable!("weights, gradients and moments are float32 on this backend");
    };
    let step = update.rate / update.correction_1;
    let chunks = (
        weights.par_chunks_mut(CHUNK),
        gradients.par_chunks(CHUNK),
        firsts.par_chunks_mut(CHUNK),
        seconds.par_chunks_mut(CHUNK),
    );
    chunks
        .into_par_iter()
        .for_each(|(weights, gradients, firsts, seconds)| {
            let moments = firsts.iter_mut().zip(seconds);
            for ((weight, gradient), (first, second)) in
                weights.iter_mut().zip(gradients).zip(moments)
            {
                let gradient = gradient * update.scale;
                *first = *first * BETA_1 + gradient * (1.0 - BETA_1);
                *second = *second * BETA_2 + gradient * gradient * (1.0 - BETA_2);
                let deviation = (*second / update.correction_2).sqrt() + EPSILON;
                *weight = *weight * (1.0 - update.decay) - *first / deviation * step;
            }
        });
    let tensor = |data| Tensor::from_data(data, &device);
    let moments = Moments {
        first: tensor(first),
        second: tensor(second),
    };
    (tensor(weight), moments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::optim::{AdamWConfig, GradientsParams};
    use burn::tensor::{Distribution, Tolerance};

    fn gradients(layer: &Linear, step: u64) -> GradientsParams {
        let device = Device::flex().autodiff();
        device.seed(step);
        let x = Tensor::<2>::random([5, 4], Distribution::Normal(0.0, 1.0), &device);
        let loss = layer.forward(x).square().mean();
        GradientsParams::from_grads(loss.backward(), layer)
    }

    #[test]
    fn steps_like_burns() {
        let device = Device::flex().autodiff();
        device.seed(1);
        let (mut ours, mut theirs) = {
            let layer = LinearConfig::new(4, 3).with_bias(false).init(&device);
            (layer.clone(), layer)
        };
        let mut our_state = AdamW::default();
        let mut their_state = AdamWConfig::new()
            .with_beta_1(BETA_1)
            .with_beta_2(BETA_2)
            .with_epsilon(EPSILON)
            .with_weight_decay(0.1)
            .init();
        for step in 0..20 {
            let grads = gradients(&ours, step);
            ours = our_state.step(ours, grads, 0.05, 1.0, 0.1);
            let grads = gradients(&theirs, step);
            theirs = their_state.step(0.05, theirs, grads);
        }
        let wanted = theirs.weight.to_data();
        ours.weight
            .to_data()
            .assert_approx_eq::<f32>(&wanted, Tolerance::relative(1e-5));
    }

    #[test]
    fn one_pass_and_tensor_operations_agree() {
        let device = Device::flex();
        device.seed(2);
        let random = || Tensor::<1>::random([1000], Distribution::Normal(0.0, 1.0), &device);
        let (weight, gradient) = (random(), random());
        let moments = Moments {
            first: random(),
            second: random().square(),
        };
        let update = Update {
            rate: 0.01,
            scale: 0.5,
            decay: 0.001,
            correction_1: 0.3,
            correction_2: 0.05,
        };
        let (one, one_moments) =
            in_one_pass(weight.clone(), gradient.clone(), moments.clone(), update);
        let (other, other_moments) = by_tensors(weight, gradient, moments, update);
        for (one, other) in [
            (one, other),
            (one_moments.first, other_moments.first),
            (one_moments.second, other_moments.second),
        ] {
            one.into_data()
                .assert_approx_eq::<f32>(&other.into_data(), Tolerance::relative(1e-5));
        }
        assert!(in_memory(&device));
    }

    #[test]
    fn scale_multiplies_the_gradient_and_vectors_do_not_decay() {
        let device = Device::flex().autodiff();
        let layer = LinearConfig::new(4, 3).init(&device);
        let bias = layer.bias.clone().unwrap().to_data();
        // Without a gradient to speak of, what moves moves by decay alone.
        let grads = gradients(&layer, 0);
        let weight = layer.weight.to_data();
        let moved = AdamW::default().step(layer, grads, 0.1, 0.0, 0.5);
        moved.bias.unwrap().to_data().assert_eq(&bias, true);
        let wanted = Tensor::<2>::from_data(weight, &Device::flex()).mul_scalar(0.95);
        moved
            .weight
            .to_data()
            .assert_approx_eq::<f32>(&wanted.into_data(), Tolerance::relative(1e-6));
    }
}
