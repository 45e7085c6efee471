//! Sequences as tensors: padded on the right, with the places of the responses' tokens beside them.

use super::Sequence;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Some sequences, padded to the longest of them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[sequences, time]`; pads are 0.
    pub tokens: Tensor<2, Int>,
    /// Where each response token is predicted from, as a row of `[sequences · time, …]`; `[response tokens]`,
    /// sequence after sequence.
    pub rows: Tensor<1, Int>,
    /// The response tokens themselves, `[response tokens]`.
    pub targets: Tensor<1, Int>,
    /// How many response tokens each sequence has.
    pub lengths: Vec<usize>,
    /// The last token of each sequence, as a row like in `rows`; `[sequences]`.
    pub last: Tensor<1, Int>,
    /// How many tokens there are without pads.
    pub real: usize,
}

impl Batch {
    /// From sequences of at least one token each.
    pub fn new(sequences: &[&Sequence], device: &Device) -> Self {
        Self::padded_to(0, sequences, device)
    }

    /// The same, at least `time` tokens wide.
    pub fn padded_to(time: usize, sequences: &[&Sequence], device: &Device) -> Self {
        let longest = sequences.iter().map(|s| s.tokens.len()).max().unwrap_or(0);
        let time = longest.max(time);
        let mut tokens = vec![0_i32; sequences.len() * time];
        let (mut rows, mut targets, mut last) = (Vec::new(), Vec::new(), Vec::new());
        for (i, sequence) in sequences.iter().enumerate() {
            let start = i * time;
            for (place, token) in tokens[start..].iter_mut().zip(&sequence.tokens) {
                *place = int(*token as usize);
            }
            let end = start + sequence.tokens.len();
            let response = sequence.response();
            // A token is predicted from the position before it.
            rows.extend((end - response.len()..end).map(|at| int(at - 1)));
            targets.extend(response.iter().map(|token| int(*token as usize)));
            last.push(int(end.saturating_sub(1)));
        }
        let shape = [sequences.len(), time];
        Self {
            tokens: Tensor::from_data(TensorData::new(tokens, shape), device),
            rows: Tensor::from_ints(rows.as_slice(), device),
            targets: Tensor::from_ints(targets.as_slice(), device),
            lengths: sequences.iter().map(|s| s.response().len()).collect(),
            last: Tensor::from_ints(last.as_slice(), device),
            real: sequences.iter().map(|s| s.tokens.len()).sum(),
        }
    }
}

/// The sum over each sequence's tokens: `[tokens]`, of which sequence i has `lengths[i]`, to `[sequences]`.
pub fn sums(values: Tensor<1>, lengths: &[usize]) -> Tensor<1> {
    let total: usize = lengths.iter().sum();
    let mut belongs = vec![0_f32; lengths.len() * total];
    let mut start = 0;
    for (i, length) in lengths.iter().enumerate() {
        belongs[i * total + start..i * total + start + length].fill(1.0);
        start += length;
    }
    let device = values.device();
    let belongs = Tensor::<2>::from_data(TensorData::new(belongs, [lengths.len(), total]), &device);
    belongs.matmul(values.unsqueeze_dim(1)).squeeze_dim(1)
}

fn int(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(tensor: Tensor<1, Int>) -> Vec<i32> {
        tensor.into_data().try_into_vec_as().unwrap()
    }

    #[test]
    fn response_tokens_and_the_places_that_predict_them() {
        let device = Device::flex();
        let one = Sequence::new(&[5, 6], &[7, 8, 2]);
        let other = Sequence::new(&[5], &[2]);
        let batch = Batch::new(&[&one, &other], &device);
        assert_eq!(batch.tokens.dims(), [2, 5]);
        assert_eq!(ints(batch.rows), [1, 2, 3, 5]);
        assert_eq!(ints(batch.targets), [7, 8, 2, 2]);
        assert_eq!(ints(batch.last), [4, 6]);
        assert_eq!((batch.lengths, batch.real), (vec![3, 1], 7));
        let wider = Batch::padded_to(8, &[&one, &other], &device);
        assert_eq!(ints(wider.rows), [1, 2, 3, 8]);
    }

    #[test]
    fn sums_stay_within_their_sequence() {
        let values = Tensor::from_floats([1.0, 2.0, 4.0, 8.0], &Device::flex());
        let sums: Vec<f32> = sums(values, &[3, 0, 1]).into_data().try_into_vec().unwrap();
        assert_eq!(sums, [7.0, 0.0, 8.0]);
    }

    #[test]
    fn an_empty_prompt_leaves_the_first_token_out() {
        let sequence = Sequence::new(&[], &[3, 4, 2]);
        assert_eq!(sequence.response(), [4, 2]);
        let batch = Batch::new(&[&sequence], &Device::flex());
        assert_eq!(ints(batch.rows), [0, 1]);
    }
}
