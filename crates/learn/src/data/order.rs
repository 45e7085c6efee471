//! Who is held out, and in which order the others come. A function of the seed and nothing else, so
//! that an interrupted run goes on with the example it would have seen.

use super::Sequence;
use domain::stats::Random;
use std::collections::BTreeMap;

/// Batches whose examples are sorted by length together: long enough to save pads, short enough that
/// batches stay mixed.
const BUCKET: usize = 8;

/// Which examples to train on and which to hold out, by their prompts: no prompt is in both. At least one
/// prompt stays on either side if there are two and `share` > 0. Indices are in ascending order.
pub fn split(prompts: &[u64], share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut by_prompt: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (i, prompt) in prompts.iter().enumerate() {
        by_prompt.entry(*prompt).or_default().push(i);
    }
    let mut groups: Vec<Vec<usize>> = by_prompt.into_values().collect();
    Random::seeded(seed).fork(0).shuffle(&mut groups);
    let wanted = prompts.len() as f64 * share;
    let (mut train, mut held_out) = (Vec::new(), Vec::new());
    let groups_before_last = groups.len().saturating_sub(1);
    for (i, group) in groups.into_iter().enumerate() {
        if (held_out.len() as f64) < wanted && i < groups_before_last {
            held_out.extend(group);
        } else {
            train.extend(group);
        }
    }
    train.sort_unstable();
    held_out.sort_unstable();
    (train, held_out)
}

/// The batches of an epoch: every example once, in batches of `batch` (the last may be smaller), examples of
/// similar length together, in an order that depends on the seed and the epoch.
pub fn steps_of_epoch(lengths: &[usize], batch: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let batch = batch.max(1);
    let mut random = Random::seeded(seed).fork(1 + epoch as u64);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    random.shuffle(&mut order);
    let mut steps = Vec::new();
    for bucket in order.chunks_mut(batch * BUCKET) {
        bucket.sort_by_key(|&i| lengths[i]);
        steps.extend(bucket.chunks(batch).map(<[usize]>::to_vec));
    }
    random.shuffle(&mut steps);
    steps
}

/// The batches of a whole run, epoch after epoch.
#[derive(Clone, Debug)]
pub struct Order {
    lengths: Vec<usize>,
    batch: usize,
    seed: u64,
    epoch: usize,
    steps: Vec<Vec<usize>>,
}

impl Order {
    /// `lengths` are the examples' in tokens.
    pub fn new(lengths: Vec<usize>, batch: usize, seed: u64) -> Self {
        let steps = steps_of_epoch(&lengths, batch, seed, 0);
        Self {
            lengths,
            batch,
            seed,
            epoch: 0,
            steps,
        }
    }

    /// Steps in each epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.steps.len()
    }

    /// The examples of a step, counted from 0 over all epochs. There must be an example.
    pub fn step(&mut self, step: usize) -> &[usize] {
        let epoch = step / self.steps.len();
        if epoch != self.epoch {
            self.steps = steps_of_epoch(&self.lengths, self.batch, self.seed, epoch);
            self.epoch = epoch;
        }
        &self.steps[step % self.steps.len()]
    }
}

/// Sequences of similar length together, `at_once` at a time: to look at all of them in any order.
pub fn by_length(sequences: &[Sequence], at_once: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by_key(|&i| sequences[i].tokens.len());
    order
        .chunks(at_once.max(1))
        .map(<[usize]>::to_vec)
        .collect()
}

/// A batch in parts of at most `size`, none much smaller than the others. At least two examples go into a
/// part wherever the batch has two, as methods that compare examples within a part need.
pub fn micro_batches(batch: &[usize], size: usize) -> impl Iterator<Item = &[usize]> {
    let parts = batch.len().div_ceil(size.max(1)).max(1);
    (0..parts).map(move |part| &batch[part * batch.len() / parts..(part + 1) * batch.len() / parts])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_prompt_is_on_both_sides() {
        let prompts: Vec<u64> = (0..100).map(|i| i % 23).collect();
        for seed in 0..5 {
            let (train, held_out) = split(&prompts, 0.2, seed);
            assert_eq!(train.len() + held_out.len(), 100);
            assert!((20..=25).contains(&held_out.len()), "{}", held_out.len());
            let sides = [&train, &held_out]
                .map(|side| side.iter().map(|&i| prompts[i]).collect::<BTreeSet<_>>());
            assert!(sides[0].is_disjoint(&sides[1]));
        }
        assert_eq!(split(&prompts, 0.2, 7), split(&prompts, 0.2, 7));
        assert_ne!(split(&prompts, 0.2, 7), split(&prompts, 0.2, 8));
        assert_eq!(split(&[4, 4, 4], 0.5, 0), (vec![0, 1, 2], vec![]));
        assert_eq!(split(&prompts, 0.0, 0).1, Vec::<usize>::new());
    }

    #[test]
    fn an_epoch_is_every_example_once_with_similar_lengths_together() {
        let lengths: Vec<usize> = (0..130).map(|i| i * 37 % 101).collect();
        let steps = steps_of_epoch(&lengths, 4, 1, 0);
        let mut seen: Vec<usize> = steps.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..130).collect::<Vec<_>>());
        let spread = |steps: &[Vec<usize>]| -> usize {
            let range = |step: &Vec<usize>| {
                let of = || step.iter().map(|&i| lengths[i]);
                of().max().unwrap_or(0) - of().min().unwrap_or(0)
            };
            steps.iter().map(range).sum()
        };
        let unsorted: Vec<Vec<usize>> = (0..130)
            .collect::<Vec<_>>()
            .chunks(4)
            .map(<[_]>::to_vec)
            .collect();
        assert!(spread(&steps) * 2 < spread(&unsorted));
        assert_eq!(steps, steps_of_epoch(&lengths, 4, 1, 0));
        assert_ne!(steps, steps_of_epoch(&lengths, 4, 1, 1));
    }

    #[test]
    fn parts_are_even() {
        let batch: Vec<usize> = (0..9).collect();
        let sizes: Vec<usize> = micro_batches(&batch, 4).map(<[usize]>::len).collect();
        assert_eq!(sizes, [3, 3, 3]);
        assert_eq!(micro_batches(&batch, 4).flatten().count(), 9);
        assert_eq!(micro_batches(&batch[..1], 4).count(), 1);
    }
}
