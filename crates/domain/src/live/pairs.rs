//! Answered comparisons as rows of feature differences, better response first.

/// What an answer says of its two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first is better: 1 slightly, 2 clearly, 3 far.
    First(u8),
    /// The second is better, by as much.
    Second(u8),
    /// Neither.
    Tie,
}

/// Answered comparisons. A row is φ(better) − φ(worse); of a tie, first − second.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    dimensions: usize,
    values: Vec<f64>,
    strengths: Vec<u8>,
    clusters: Vec<u64>,
}

impl Pairs {
    /// None yet, of features with so many dimensions.
    pub fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            ..Self::default()
        }
    }
    /// Adds one. `cluster` is what is resampled as a whole: the prompt. Features that one of the two lacks at its end
    /// (see [`super::encoded`]) count for neither.
    ///
    /// # Panics
    /// When the features have more dimensions than the rest.
    pub fn push(&mut self, first: &[f32], second: &[f32], outcome: Outcome, cluster: u64) {
        assert!(
            first.len().max(second.len()) <= self.dimensions,
            "features of one kind"
        );
        let (better, worse, strength) = match outcome {
            Outcome::First(strength) => (first, second, strength.clamp(1, 3)),
            Outcome::Second(strength) => (second, first, strength.clamp(1, 3)),
            Outcome::Tie => (first, second, 0),
        };
        self.values.extend(difference(better, worse));
        self.strengths.push(strength);
        self.clusters.push(cluster);
        self.values.resize(self.len() * self.dimensions, 0.0);
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.strengths.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.strengths.is_empty()
    }
    /// How many numbers describe a response.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }
    /// The difference of the features.
    pub fn row(&self, n: usize) -> &[f64] {
        &self.values[n * self.dimensions..(n + 1) * self.dimensions]
    }
    /// 0 for a tie, else how much better.
    pub fn strength(&self, n: usize) -> u8 {
        self.strengths[n]
    }
    /// What is resampled as a whole.
    pub fn cluster(&self, n: usize) -> u64 {
        self.clusters[n]
    }
    /// Those with these numbers.
    #[must_use]
    pub fn subset(&self, rows: &[usize]) -> Self {
        let mut subset = Self::new(self.dimensions);
        for &n in rows {
            subset.values.extend_from_slice(self.row(n));
            subset.strengths.push(self.strengths[n]);
            subset.clusters.push(self.clusters[n]);
        }
        subset
    }
}

/// What two responses' features differ in, as far as both have them.
pub(super) fn difference(first: &[f32], second: &[f32]) -> impl Iterator<Item = f64> {
    let both = first.iter().zip(second);
    both.map(|(a, b)| f64::from(*a) - f64::from(*b))
}
