//! The keys and values of what was read so far. New columns go to the same place in every row;
//! a row whose prompt is shorter than its neighbours' leaves a gap, which nobody looks at.

use super::config::LlamaConfig;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Columns are allocated in steps of this many, so that a growing text seldom moves the cache.
const STEP: usize = 128;

/// What a batch of texts has in memory.
#[derive(Clone, Debug)]
pub struct Cache {
    /// By layer, each `[rows, kv_heads, capacity, head_width]`.
    layers: Vec<(Tensor<4>, Tensor<4>)>,
    /// By row, for each column in use: whether a token of the row stands there.
    real: Vec<Vec<bool>>,
    /// Tokens by row.
    lengths: Vec<usize>,
    /// Columns in use.
    columns: usize,
    device: Device,
}

impl Cache {
    /// An empty one for `rows` texts, with room for `columns` tokens; grows when needed.
    pub fn new(config: &LlamaConfig, rows: usize, columns: usize, device: &Device) -> Self {
        let capacity = columns.max(1).next_multiple_of(STEP);
        let shape = [rows, config.kv_heads, capacity, config.head_width];
        let layer = || (Tensor::zeros(shape, device), Tensor::zeros(shape, device));
        Self {
            layers: (0..config.layers).map(|_| layer()).collect(),
            real: vec![Vec::new(); rows],
            lengths: vec![0; rows],
            columns: 0,
            device: device.clone(),
        }
    }

    /// Tokens of each row.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Keeps these rows, in this order; a row may be named more than once.
    #[must_use]
    pub fn rows(self, rows: &[usize]) -> Self {
        let index = rows
            .iter()
            .map(|row| i64::try_from(*row).unwrap_or(i64::MAX))
            .collect::<Vec<_>>();
        let index = Tensor::<1, Int>::from_data(TensorData::new(index, [rows.len()]), &self.device);
        let pick = |tensor: Tensor<4>| tensor.select(0, index.clone());
        Self {
            layers: self
                .layers
                .into_iter()
                .map(|(key, value)| (pick(key), pick(value)))
                .collect(),
            real: rows.iter().map(|row| self.real[*row].clone()).collect(),
            lengths: rows.iter().map(|row| self.lengths[*row]).collect(),
            columns: self.columns,
            device: self.device,
        }
    }

    /// Takes in `time` new columns of which row `r` fills the first `counts[r]`; returns the number
    /// of columns before them.
    pub(crate) fn extend(&mut self, time: usize, counts: &[usize]) -> usize {
        let before = self.columns;
        self.columns += time;
        for (row, count) in counts.iter().enumerate() {
            self.real[row].extend((0..time).map(|at| at < *count));
            self.lengths[row] += count;
        }
        let capacity = self.layers.first().map_or(0, |(key, _)| key.dims()[2]);
        if self.columns > capacity {
            let more = (self.columns - capacity)
                .max(capacity / 2)
                .next_multiple_of(STEP);
            for (key, value) in &mut self.layers {
                for tensor in [key, value] {
                    let [rows, heads, _, width] = tensor.dims();
                    let room = Tensor::zeros([rows, heads, more, width], &self.device);
                    tensor.inplace(|tensor| Tensor::cat(vec![tensor, room], 2));
                }
            }
        }
        before
    }

    /// Writes one layer's new keys and values at `at` and returns all of them so far.
    pub(crate) fn write(
        &mut self,
        layer: usize,
        at: usize,
        new: (Tensor<4>, Tensor<4>),
    ) -> (Tensor<4>, Tensor<4>) {
        let columns = self.columns;
        let put = |all: &mut Tensor<4>, new: Tensor<4>| {
            let [rows, heads, time, width] = new.dims();
            all.inplace(|all| all.slice_assign([0..rows, 0..heads, at..at + time, 0..width], new));
            all.clone().narrow(2, 0, columns)
        };
        let (key, value) = &mut self.layers[layer];
        (put(key, new.0), put(value, new.1))
    }

    /// Whether a token stands in this column of this row.
    pub(crate) fn is_real(&self, row: usize, column: usize) -> bool {
        self.real[row][column]
    }

    /// No row has a gap.
    pub(crate) fn is_dense(&self) -> bool {
        self.lengths.iter().all(|length| *length == self.columns)
    }

    /// Columns in use.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }
}
