//! Rotary positions (Su et al. 2021) in the half-split layout of Hugging Face, and the ways in which
//! their frequencies are stretched: linear, `llama3` (Llama 3.1) and `yarn` (Peng et al. 2023).

use super::config::LlamaConfig;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// How the rotary frequencies differ from the plain ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// All frequencies divided by a factor.
    Linear {
        /// How many times longer the context becomes.
        factor: f64,
    },
    /// Low frequencies divided, high ones kept, those between interpolated.
    Llama3 {
        /// How many times longer the context becomes.
        factor: f64,
        /// Wavelengths above `context / low` are divided.
        low: f64,
        /// Wavelengths below `context / high` are kept.
        high: f64,
        /// The context before stretching, in tokens.
        context: f64,
    },
    /// A ramp over the dimensions between two numbers of rotations, and a temperature.
    Yarn {
        /// How many times longer the context becomes.
        factor: f64,
        /// Dimensions that turn more often than this within `context` are kept.
        fast: f64,
        /// Dimensions that turn less often than this within `context` are divided.
        slow: f64,
        /// The context before stretching, in tokens.
        context: f64,
        /// Multiplies sine and cosine; by default `0.1 ln(factor) + 1`.
        temperature: Option<f64>,
    },
}

/// Radians a position, one for each pair of dimensions, and what sine and cosine are multiplied by.
pub(crate) fn frequencies(config: &LlamaConfig) -> (Vec<f64>, f64) {
    let width = config.head_width as f64;
    let theta = config.rope_theta;
    let plain = (0..config.head_width / 2).map(|i| theta.powf(-2.0 * i as f64 / width));
    match config.rope_scaling {
        RopeScaling::None => (plain.collect(), 1.0),
        RopeScaling::Linear { factor } => (plain.map(|f| f / factor).collect(), 1.0),
        RopeScaling::Llama3 {
            factor,
            low,
            high,
            context,
        } => {
            let stretch = |f: f64| {
                let turns = context * f / TAU;
                let keep = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                keep * f + (1.0 - keep) * f / factor
            };
            (plain.map(stretch).collect(), 1.0)
        }
        RopeScaling::Yarn {
            factor,
            fast,
            slow,
            context,
            temperature,
        } => {
            let dimension =
                |turns: f64| width * (context / (turns * TAU)).ln() / (2.0 * theta.ln());
            let first = dimension(fast).floor().max(0.0);
            let mut last = dimension(slow).ceil().min(width - 1.0);
            if first >= last {
                last = first + 0.001;
            }
            let stretch = |(i, f): (usize, f64)| {
                let divide = ((i as f64 - first) / (last - first)).clamp(0.0, 1.0);
                f * (1.0 - divide) + f / factor * divide
            };
            let warm = temperature.unwrap_or_else(|| 0.1 * factor.max(1.0).ln() + 1.0);
            (plain.enumerate().map(stretch).collect(), warm)
        }
    }
}

/// Cosine and sine of every position's angles, each `[rows, time, 1, head_width]` with both halves
/// filled, and the matrix that swaps the halves of a head and negates the new first one, so that a
/// rotation is `x · cos + (x swap) · sin`. A small product passes over memory less often than cutting
/// and joining do, above all on the way back.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    cos: Tensor<4>,
    sin: Tensor<4>,
    swap: Tensor<2>,
}

impl Rotation {
    /// Of `time` consecutive positions, one row for each start (one row serves any batch).
    pub(crate) fn new(
        config: &LlamaConfig,
        starts: &[usize],
        time: usize,
        device: &Device,
    ) -> Self {
        let (frequencies, scale) = frequencies(config);
        let width = config.head_width;
        let size = starts.len() * time * width;
        let (mut cos, mut sin) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for start in starts {
            for position in *start..start + time {
                let angles = frequencies.iter().map(|f| (position as f64 * f).sin_cos());
                let angles = angles.collect::<Vec<_>>();
                #[expect(clippy::cast_possible_truncation, reason = "at most |scale|")]
                for _ in 0..2 {
                    cos.extend(angles.iter().map(|(_, cos)| (cos * scale) as f32));
                    sin.extend(angles.iter().map(|(sin, _)| (sin * scale) as f32));
                }
            }
        }
        let mut swap = vec![0.0_f32; width * width];
        for i in 0..width / 2 {
            swap[(i + width / 2) * width + i] = -1.0;
            swap[i * width + i + width / 2] = 1.0;
        }
        let shape = [starts.len(), time, 1, width];
        let tensor = |values| Tensor::from_data(TensorData::new(values, shape), device);
        Self {
            cos: tensor(cos),
            sin: tensor(sin),
            swap: Tensor::from_data(TensorData::new(swap, [width, width]), device),
        }
    }

    /// Turns `[batch, time, heads, head_width]`.
    pub(crate) fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let shape = x.dims();
        let rows = shape[..3].iter().product::<usize>();
        let swapped = x
            .clone()
            .reshape([rows, shape[3]])
            .matmul(self.swap.clone());
        x * self.cos.clone() + swapped.reshape(shape) * self.sin.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(scaling: RopeScaling, theta: f64) -> LlamaConfig {
        LlamaConfig {
            rope_scaling: scaling,
            rope_theta: theta,
            ..LlamaConfig::tiny(8)
        }
    }

    #[test]
    fn scores_depend_on_the_distance_only() {
        let device = Device::default();
        let config = config(RopeScaling::None, 10_000.0);
        let x = Tensor::<4>::random([1, 1, 1, 16], burn::tensor::Distribution::Default, &device);
        let score = |query: usize, key: usize| {
            let turn = |at| Rotation::new(&config, &[at], 1, &device).apply(x.clone());
            (turn(query) * turn(key)).sum().into_scalar::<f32>()
        };
        assert!((score(3, 1) - score(103, 101)).abs() < 1e-4);
        assert!((score(3, 1) - score(3, 2)).abs() > 1e-4);
    }

    #[test]
    fn stretched_frequencies_keep_the_fast_and_divide_the_slow() {
        let (plain, _) = frequencies(&config(RopeScaling::None, 500_000.0));
        let llama3 = RopeScaling::Llama3 {
            factor: 8.0,
            low: 1.0,
            high: 4.0,
            context: 8192.0,
        };
        let (stretched, scale) = frequencies(&config(llama3, 500_000.0));
        assert!((scale - 1.0).abs() < 1e-12);
        assert!((stretched[0] - plain[0]).abs() < 1e-12);
        assert!((stretched[7] - plain[7] / 8.0).abs() < 1e-12);
        let yarn = RopeScaling::Yarn {
            factor: 4.0,
            fast: 32.0,
            slow: 1.0,
            context: 32768.0,
            temperature: None,
        };
        let (stretched, scale) = frequencies(&config(yarn, 500_000.0));
        assert!((scale - (0.1 * 4f64.ln() + 1.0)).abs() < 1e-12);
        assert!((stretched[0] - plain[0]).abs() < 1e-12);
        assert!((stretched[7] - plain[7] / 4.0).abs() < 1e-12);
    }
}
