//! How good the live model is, on prompts that it never learns from: accuracy with interval beside the
//! length-only baseline, calibration, and the learning curve of the policy beside the random control.

use super::linear::{dot, sigmoid, softplus};
use super::{Head, HeadOptions, Pairs};
use crate::stats::{Interval, Random, bootstrap, wilson};
use serde::{Deserialize, Serialize};

/// A share of right answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Right ones.
    pub right: usize,
    /// Of so many decided ones; ties are left out.
    pub of: usize,
    /// The share.
    pub share: f64,
    /// Wilson's interval.
    pub interval: Interval,
}

impl Accuracy {
    /// From counts; `None` for none.
    pub fn new(right: usize, of: usize) -> Option<Self> {
        Some(Self {
            right,
            of,
            share: right as f64 / of.max(1) as f64,
            interval: wilson(right, of)?,
        })
    }
}

/// Of the answers of which the model was so sure, how many came as it expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How sure it was of its favourite, on average: 0.5 to 1.
    pub expected: f64,
    /// What came.
    pub accuracy: Accuracy,
}

/// Whether probabilities mean what they say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// By how sure the model was, least first.
    pub bins: Vec<Bin>,
    /// Expected calibration error: |expected − came|, weighted by the bins' sizes.
    pub error: f64,
    /// Mean of −ln P of what came; ln 2 = 0.693 is guessing.
    pub log_loss: f64,
}

/// One point of a learning curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Learned from so many answers.
    pub labels: usize,
    /// Right on held-out answers.
    pub accuracy: Accuracy,
}

/// Policy and control after equally many answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// So many each.
    pub labels: usize,
    /// The policy's share of right answers less the control's.
    pub difference: f64,
    /// Its bootstrap interval over held-out prompts.
    pub interval: Option<Interval>,
}

/// Whether each decided answer is as the head expects.
fn hits(head: &Head, held_out: &Pairs) -> Vec<(u64, bool)> {
    (0..held_out.len())
        .filter(|&n| held_out.strength(n) > 0)
        .map(|n| {
            (
                held_out.cluster(n),
                dot(held_out.row(n), &head.weights) > 0.0,
            )
        })
        .collect()
}

/// How often the head is right on decided answers.
pub fn accuracy(head: &Head, held_out: &Pairs) -> Option<Accuracy> {
    let hits = hits(head, held_out);
    Accuracy::new(hits.iter().filter(|(_, hit)| *hit).count(), hits.len())
}

/// How often a rule that knows one feature only is right, its sign learned from `train`: the length-only
/// baseline when that feature is the length.
pub fn baseline(feature: usize, train: &Pairs, held_out: &Pairs) -> Option<Accuracy> {
    let votes = |pairs: &Pairs| -> (usize, usize) {
        let signs = (0..pairs.len()).filter(|&n| pairs.strength(n) > 0);
        let signs: Vec<f64> = signs.map(|n| pairs.row(n)[feature]).collect();
        let up = signs.iter().filter(|x| **x > 0.0).count();
        (up, signs.iter().filter(|x| **x < 0.0).count())
    };
    let (up, down) = votes(train);
    let (right, wrong) = votes(held_out);
    let right = if up >= down { right } else { wrong };
    let of = (0..held_out.len())
        .filter(|&n| held_out.strength(n) > 0)
        .count();
    Accuracy::new(right, of)
}

/// Whether the head's probabilities mean what they say, in five bins of equal width.
pub fn calibration(head: &Head, held_out: &Pairs) -> Option<Calibration> {
    let mut bins = [(0.0, 0_usize, 0_usize); 5];
    let (mut loss, mut count) = (0.0, 0_usize);
    for n in (0..held_out.len()).filter(|&n| held_out.strength(n) > 0) {
        let z = dot(held_out.row(n), &head.weights);
        let sure = sigmoid(z.abs());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 5"
        )]
        let at = (((sure - 0.5) * 10.0) as usize).min(4);
        bins[at].0 += sure;
        bins[at].1 += usize::from(z > 0.0);
        bins[at].2 += 1;
        loss += softplus(-z);
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let bins: Vec<Bin> = bins
        .into_iter()
        .filter_map(|(sum, right, of)| {
            Some(Bin {
                expected: sum / of.max(1) as f64,
                accuracy: Accuracy::new(right, of)?,
            })
        })
        .collect();
    let error = bins
        .iter()
        .map(|bin| bin.accuracy.of as f64 * (bin.expected - bin.accuracy.share).abs())
        .sum::<f64>()
        / count as f64;
    Some(Calibration {
        bins,
        error,
        log_loss: loss / count as f64,
    })
}

/// The numbers of answers at which a curve has its points: about three for each doubling, and the last.
pub fn sizes(all: usize) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::new();
    let mut size = 8.0_f64;
    while size < all as f64 * 0.95 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive and below a count"
        )]
        sizes.push(size.round() as usize);
        size *= 2.0_f64.powf(1.0 / 3.0);
    }
    if all > 0 {
        sizes.push(all);
    }
    sizes
}

/// A learning curve: a head fitted to the first n answers, for growing n, each measured on all of `held_out`.
pub fn curve(answers: &Pairs, held_out: &Pairs, options: HeadOptions) -> Vec<Point> {
    let mut head: Option<Head> = None;
    let mut points = Vec::new();
    for labels in sizes(answers.len()) {
        let fitted = first(answers, labels, options, head.as_ref());
        if let Some(accuracy) = accuracy(&fitted, held_out) {
            points.push(Point { labels, accuracy });
        }
        head = Some(fitted);
    }
    points
}

fn first(answers: &Pairs, labels: usize, options: HeadOptions, start: Option<&Head>) -> Head {
    let weight = |n: usize| if n < labels { 1.0 } else { 0.0 };
    Head::fit(answers, weight, options, start)
}

/// Policy against control, each learned from its first answers, as many as both have; on the same held-out
/// prompts, which the bootstrap draws.
pub fn compare(
    policy: &Pairs,
    control: &Pairs,
    held_out: &Pairs,
    options: HeadOptions,
    seed: u64,
) -> Option<Compared> {
    let labels = policy.len().min(control.len());
    if labels == 0 {
        return None;
    }
    let one = hits(&first(policy, labels, options, None), held_out);
    let other = hits(&first(control, labels, options, None), held_out);
    let mut prompts: std::collections::BTreeMap<u64, (i32, i32)> =
        std::collections::BTreeMap::new();
    for ((prompt, one), (_, other)) in one.iter().zip(&other) {
        let entry = prompts.entry(*prompt).or_default();
        entry.0 += i32::from(*one) - i32::from(*other);
        entry.1 += 1;
    }
    let prompts: Vec<(i32, i32)> = prompts.into_values().collect();
    let mean = |drawn: &mut dyn Iterator<Item = usize>| {
        let (sum, count) = drawn.fold((0, 0), |sum, n| {
            (sum.0 + prompts[n].0, sum.1 + prompts[n].1)
        });
        (count > 0).then(|| f64::from(sum) / f64::from(count))
    };
    let difference = mean(&mut (0..prompts.len()))?;
    let interval = bootstrap(prompts.len(), 1000, &mut Random::seeded(seed), |drawn| {
        mean(&mut drawn.iter().copied())
    });
    Some(Compared {
        labels,
        difference,
        interval,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Outcome;

    fn line(count: usize, sign: f32) -> Pairs {
        let mut pairs = Pairs::new(2);
        for n in 0..count {
            let x = 1.0 + n as f32 / count as f32;
            let outcome = if n % 10 == 9 {
                Outcome::Second(1)
            } else {
                Outcome::First(2)
            };
            pairs.push(&[sign * x, 0.2], &[0.0, 0.0], outcome, n as u64);
        }
        pairs
    }

    #[test]
    fn a_rule_that_holds_nine_times_of_ten_is_right_nine_times_of_ten_and_knows_it() {
        let (train, held) = (line(400, 1.0), line(200, 1.0));
        let options = HeadOptions {
            ridge: 0.01,
            margin: 0.0,
            ..HeadOptions::default()
        };
        let head = Head::fit(&train, |_| 1.0, options, None);
        let found = accuracy(&head, &held).unwrap();
        assert_eq!((found.right, found.of), (180, 200));
        assert!(found.interval.low < 0.9 && found.interval.high > 0.9);
        let calibration = calibration(&head, &held).unwrap();
        assert!(calibration.error < 0.06, "{calibration:?}");
        assert!(calibration.log_loss < 0.5);
        assert_eq!(baseline(0, &train, &held).map(|it| it.right), Some(180));
    }

    #[test]
    fn a_control_that_learned_the_opposite_loses() {
        let held = line(100, 1.0);
        let options = HeadOptions::default();
        let found = compare(&line(50, 1.0), &line(70, -1.0), &held, options, 1).unwrap();
        assert_eq!(found.labels, 50);
        assert!((found.difference - 0.8).abs() < 1e-9, "{found:?}");
        assert!(found.interval.unwrap().low > 0.5);
        assert_eq!(
            compare(&Pairs::new(2), &line(9, 1.0), &held, options, 1),
            None
        );
    }

    #[test]
    fn a_curve_ends_with_all_answers() {
        let points = curve(&line(100, 1.0), &line(50, 1.0), HeadOptions::default());
        let labels: Vec<usize> = points.iter().map(|point| point.labels).collect();
        assert_eq!((labels[0], labels[labels.len() - 1]), (8, 100));
        assert!(labels.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
