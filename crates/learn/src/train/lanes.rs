//! A batch's gradients, part by part; on a CPU a part in two lanes at once. **The cut is the same on every machine**, and
//! lanes are added in their order: the trajectory does not depend on how many cores there are.

use crate::data::micro_batches;
use crate::lanes::{LANES, at_once, in_memory};
use crate::models::Llama;
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

/// Some examples of a batch: their place in it and their numbers.
pub type Part<'a> = (usize, &'a [usize]);

/// The gradients of a whole batch, and what `of` says of each of its parts, in their order. `of` gives a part's gradients,
/// weighted so that their sum is the batch's, or none for a part without anything to learn from. Parts have at most
/// `micro_batch` examples and are computed alone.
pub fn gradients<M, S>(
    model: &M,
    batch: &[usize],
    micro_batch: usize,
    of: impl Fn(&M, Part<'_>) -> (Option<GradientsParams>, S) + Sync,
) -> (GradientsParams, Vec<S>)
where
    M: Module + Sync,
    S: Send,
{
    let mut sum = GradientsAccumulator::new();
    let mut said = Vec::new();
    let mut begin = 0;
    let host = model.devices().into_iter().next().filter(in_memory);
    for part in micro_batches(batch, micro_batch) {
        let both = match &host {
            Some(device) if part.len() >= LANES => {
                let (first, second) = part.split_at(part.len().div_ceil(LANES));
                // the other lane has a graph of its own: what shares one waits for the other
                let other = model.clone().fork(device);
                let one = || of(model, (begin, first));
                at_once(one, || of(&other, (begin + first.len(), second))).into()
            }
            _ => vec![of(model, (begin, part))],
        };
        begin += part.len();
        for (gradients, shown) in both {
            if let Some(gradients) = gradients {
                sum.accumulate(model, gradients);
            }
            said.push(shown);
        }
    }
    (sum.grads(), said)
}

/// What `of` says of these examples, in their order: in two lanes where tensors lie in this process's memory.
pub(super) fn in_lanes<T: Clone + Send>(
    device: &Device,
    examples: &[usize],
    model: &Llama,
    of: impl Fn(&Llama, &[usize]) -> Vec<T> + Sync,
) -> Vec<T> {
    if examples.len() < LANES || !in_memory(device) {
        return of(model, examples);
    }
    let (first, second) = examples.split_at(examples.len().div_ceil(LANES));
    at_once(|| of(model, first), || of(model, second)).concat()
}

/// A loss as the way back is to begin with it, see [`super::Run::loss_scale`].
pub fn scaled(loss: Tensor<1>, scale: f64) -> Tensor<1> {
    if scale > 1.0 {
        loss.mul_scalar(scale)
    } else {
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::LlamaConfig;
    use crate::train::gradient_norm;
    use burn::tensor::Int;

    #[test]
    fn two_lanes_give_the_gradient_of_the_whole_in_the_order_of_the_examples() {
        let device = Device::flex().autodiff();
        let model = Llama::init_seeded(&LlamaConfig::tiny(20), 1, &device);
        let texts: Vec<[i64; 4]> = (0..5).map(|n| [n, 7, 3 * n, 19 - n]).collect();
        let loss = |model: &Llama, part: &[usize]| {
            let tokens: Vec<[i64; 4]> = part.iter().map(|&n| texts[n]).collect();
            let shape = [tokens.len(), 4];
            let tokens = Tensor::<1, Int>::from_ints(tokens.concat().as_slice(), &device);
            let logits = model.logits(model.hidden(tokens.reshape(shape)));
            logits.square().sum()
        };
        let of = |model: &Llama, (begin, part): Part<'_>| {
            let found = scaled(loss(model, part), 2.0).backward();
            let found = GradientsParams::from_grads(found, model);
            (Some(found), (begin, part.to_vec()))
        };
        let batch = [4, 2, 0, 1, 3];
        let (mut found, parts) = gradients(&model, &batch, 3, of);
        let order = [(0, vec![4]), (1, vec![2]), (2, vec![0, 1]), (4, vec![3])];
        assert_eq!(parts, order);
        let whole = loss(&model, &batch).mul_scalar(2.0).backward();
        let mut whole = GradientsParams::from_grads(whole, &model);
        let weight = |from: &GradientsParams, of: &Llama| {
            let id = of.layers[1].mlp.gate_proj.weight.id;
            let gradient = from.get::<2>(id).unwrap();
            gradient.into_data().try_into_vec::<f32>().unwrap()
        };
        let (a, b) = (weight(&found, &model), weight(&whole, &model));
        let most = b.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
        assert!(most > 0.0 && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5 * most));
        let norms = [&mut found, &mut whole].map(|it| gradient_norm(&model, it));
        assert!((norms[0] / norms[1] - 1.0).abs() < 1e-6, "{norms:?}");
        // once more: bit for bit the same
        let (again, _) = gradients(&model, &batch, 3, of);
        assert_eq!(weight(&again, &model), a);
    }
}
