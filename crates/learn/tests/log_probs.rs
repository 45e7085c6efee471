//! The chunked log-probabilities against burn's own, and their hand-written backward pass against
//! automatic differentiation and finite differences.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "rows and tokens are few"
)]

use burn::tensor::{Device, Distribution, Int, Tensor, activation::log_softmax};
use learn::losses::{TokenLogProbs, token_log_probs};

const ROWS: usize = 300; // more than two chunks
const WIDTH: usize = 8;
const VOCABULARY: usize = 50;

fn inputs(device: &Device) -> (Tensor<2>, Tensor<2>, Tensor<1, Int>, Tensor<1>) {
    device.seed(3);
    let hidden = Tensor::random([ROWS, WIDTH], Distribution::Normal(0.0, 1.0), device);
    let head = Tensor::random([VOCABULARY, WIDTH], Distribution::Normal(0.0, 1.0), device);
    let targets: Vec<i32> = (0..ROWS).map(|row| (row * 7 % VOCABULARY) as i32).collect();
    let weights = Tensor::random([ROWS], Distribution::Normal(0.0, 1.0), device);
    (
        hidden,
        head,
        Tensor::from_ints(targets.as_slice(), device),
        weights,
    )
}

fn by_burn(hidden: Tensor<2>, head: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    log_softmax(hidden.matmul(head.transpose()), 1)
        .gather(1, targets.unsqueeze_dim(1))
        .squeeze_dim(1)
}

fn assert_close<const D: usize>(what: &str, got: Tensor<D>, wanted: Tensor<D>) {
    let largest = (got - wanted).abs().max().into_scalar::<f32>();
    assert!(largest < 2e-5, "{what} differs by {largest}");
}

#[test]
fn values_and_gradients_are_those_of_the_plain_graph() {
    let device = Device::flex().autodiff();
    let (hidden, head, targets, weights) = inputs(&device);
    let loss = |log_probs: Tensor<1>| (log_probs.powf_scalar(2.0) * weights.clone()).mean();

    let (hidden_1, head_1) = (
        hidden.clone().detach().require_grad(),
        head.clone().detach().require_grad(),
    );
    let plain = by_burn(hidden_1.clone(), head_1.clone(), targets.clone());
    let mut wanted = loss(plain.clone()).backward();

    let (hidden_2, head_2) = (hidden.detach().require_grad(), head.detach().require_grad());
    let chunked = TokenLogProbs::new(hidden_2.clone(), head_2.clone(), targets.clone());
    assert_close("log p", chunked.log_probs(), plain);
    let value = loss(chunked.log_probs());
    let mut got = chunked.backward(&value);

    assert_close(
        "by hidden",
        hidden_2.grad_remove(&mut got).unwrap(),
        hidden_1.grad_remove(&mut wanted).unwrap(),
    );
    assert_close(
        "by head",
        head_2.grad_remove(&mut got).unwrap(),
        head_1.grad_remove(&mut wanted).unwrap(),
    );
}

#[test]
fn gradients_agree_with_finite_differences() {
    let device = Device::flex().autodiff();
    let (hidden, head, targets, weights) = inputs(&device);
    let hidden = hidden.detach().require_grad();
    let chunked = TokenLogProbs::new(hidden.clone(), head.clone(), targets.clone());
    let value = (chunked.log_probs() * weights.clone()).sum();
    let gradient = hidden.grad_remove(&mut chunked.backward(&value)).unwrap();
    let at = |moved: Tensor<2>| {
        let log_probs = token_log_probs(moved, head.clone(), targets.clone());
        (log_probs * weights.clone().without_autodiff())
            .sum()
            .into_scalar::<f32>()
    };
    let plain = hidden.clone().without_autodiff();
    for (row, column) in [(0, 0), (130, 3), (299, 7)] {
        let step = 1e-2;
        let one: Tensor<2> = plain
            .zeros_like()
            .slice_fill([row..row + 1, column..column + 1], step);
        let difference = (at(plain.clone() + one.clone()) - at(plain.clone() - one)) / (2.0 * step);
        let exact = gradient
            .clone()
            .slice([row..row + 1, column..column + 1])
            .into_scalar::<f32>();
        assert!(
            (difference - exact).abs() < 2e-2 * exact.abs().max(1.0),
            "row {row}, column {column}: {difference} and {exact}"
        );
    }
}
