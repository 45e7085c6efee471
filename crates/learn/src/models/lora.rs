//! A linear layer that may carry low-rank matrices beside its weight (Hu et al. 2021):
//! `y = xW + b + (α/r)·(xA)B`, with `B = 0` at first, so that nothing changes when they are added.
//!
//! burn can add LoRA to a parameter, but as `W + (α/r)·AB`, which makes a new weight at every step and
//! computes the gradient of all of it. Beside the weight, that third of the step is saved.

use super::Llama;
use burn::module::{Module, Param};
use burn::tensor::{Device, FloatDType, Tensor, TensorData, module::linear};
use domain::stats::Random;

/// `xW + b`, `W` of shape `[input, output]`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[input, output]`.
    pub weight: Param<Tensor<2>>,
    /// `[output]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// What is trained where the weight is frozen.
    pub lora: Option<Adapter>,
    /// The type in which it multiplies; none: as its weights are. What goes in and comes out, the weights and
    /// their gradients stay float32 (Micikevicius et al. 2017).
    #[module(skip)]
    half: Option<FloatDType>,
}

/// The two low-rank matrices.
#[derive(Module, Debug)]
pub struct Adapter {
    /// `[input, rank]`; uniform within ±1/√input at first.
    pub a: Param<Tensor<2>>,
    /// `[rank, output]`; zero at first.
    pub b: Param<Tensor<2>>,
    /// α/r.
    pub scale: f64,
}

impl Linear {
    /// Without low-rank matrices.
    pub fn new(weight: Param<Tensor<2>>, bias: Option<Param<Tensor<1>>>) -> Self {
        Self {
            weight,
            bias,
            lora: None,
            half: None,
        }
    }

    /// `[…, input]` to `[…, output]`. All rows are multiplied at once: left to itself, burn 0.22's
    /// `linear` multiplies each text of a batch by itself where its length is a multiple of 32, and
    /// packs the weight anew for each.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let mut shape = x.dims();
        let rows = shape[..D - 1].iter().product::<usize>();
        let y = self.rows(x.reshape([rows, shape[D - 1]]));
        shape[D - 1] = y.dims()[1];
        y.reshape(shape)
    }

    fn rows(&self, x: Tensor<2>) -> Tensor<2> {
        let bias = self.bias.as_ref().map(Param::val);
        let Some(lora) = &self.lora else {
            return self.times(x, self.weight.val(), bias);
        };
        let low = self
            .times(x.clone(), lora.a.val(), None)
            .mul_scalar(lora.scale);
        self.times(x, self.weight.val(), bias) + self.times(low, lora.b.val(), None)
    }

    fn times(&self, x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
        let Some(half) = self.half else {
            return linear(x, weight, bias);
        };
        let y = linear(x.cast(half), weight.cast(half), None).cast(FloatDType::F32);
        match bias {
            Some(bias) => y + bias.unsqueeze(),
            None => y,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "weights are float32")]
    fn attach(&mut self, rank: usize, alpha: f64, random: &mut Random, device: &Device) {
        let [input, output] = self.weight.shape().dims();
        let bound = 1.0 / (input as f64).sqrt();
        let a: Vec<f32> = (0..input * rank)
            .map(|_| ((2.0 * random.unit() - 1.0) * bound) as f32)
            .collect();
        self.lora = Some(Adapter {
            a: Param::from_data(TensorData::new(a, [input, rank]), device),
            b: Param::from_tensor(Tensor::zeros([rank, output], device)),
            scale: alpha / rank as f64,
        });
    }

    fn merge(&mut self) {
        if let Some(lora) = self.lora.take() {
            let change = lora.a.val().matmul(lora.b.val()).mul_scalar(lora.scale);
            self.weight = self.weight.clone().map(|weight| weight + change);
        }
    }
}

impl Llama {
    /// Freezes every weight and adds trainable low-rank matrices to the linear layers of all blocks. The
    /// same seed gives the same matrices.
    #[must_use]
    pub fn with_lora(self, rank: usize, alpha: f64, seed: u64) -> Self {
        let device = self.device();
        let mut random = Random::seeded(seed);
        let mut model = self.set_require_grad(false);
        for layer in model.linears_mut() {
            layer.attach(rank, alpha, &mut random, &device);
        }
        model
    }

    /// For use: adds the low-rank matrices to the weights they stand beside, drops them, and records no
    /// gradients any more.
    #[must_use]
    pub fn merge_lora(self) -> Self {
        let mut model = self.valid();
        for layer in model.linears_mut() {
            layer.merge();
        }
        model.in_half(None)
    }

    /// Lets the linear layers of all blocks multiply in a type of half the size, or in that of their weights. The
    /// residual stream, normalisation, attention's weights and everything from the head on stay float32.
    #[must_use]
    pub fn in_half(mut self, half: Option<FloatDType>) -> Self {
        for layer in self.linears_mut() {
            layer.half = half;
        }
        self
    }

    fn linears_mut(&mut self) -> impl Iterator<Item = &mut Linear> {
        self.layers.iter_mut().flat_map(|block| {
            let attention = &mut block.self_attn;
            [
                &mut attention.q_proj,
                &mut attention.k_proj,
                &mut attention.v_proj,
                &mut attention.o_proj,
                &mut block.mlp.gate_proj,
                &mut block.mlp.up_proj,
                &mut block.mlp.down_proj,
            ]
        })
    }
}
