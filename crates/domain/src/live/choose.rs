//! Which comparisons come next. Held-out prompts and the control come at random between those that the
//! policy chose, each with its share, so that the three can be compared at any time.

use super::linear::dot;
use super::pairs::difference;
use super::{Arm, Ensemble, Order, Pairs, hash};
use crate::stats::Random;
use std::collections::{HashMap, HashSet};

/// An open comparison.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Its prompt.
    pub prompt: u64,
    /// What it is for.
    pub arm: Arm,
    /// Its responses.
    pub responses: [u64; 2],
    /// Their features.
    pub features: [&'a [f32]; 2],
}

impl Candidate<'_> {
    fn difference(&self) -> Vec<f64> {
        let [first, second] = self.features;
        difference(first, second).collect()
    }
}

/// A place in the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    /// Which candidate.
    pub candidate: usize,
    /// What chose it: the policy, or [`Order::Random`] for the control and for held-out prompts.
    pub by: Order,
    /// The policy's own number for it; 0 for a random choice.
    pub score: f64,
}

/// Held-out answers that are enough; then fewer are asked for.
const ENOUGH_HELD_OUT: usize = 300;
/// The most answered pairs that diversity keeps its distance from.
const KEPT_APART: usize = 1_500;
/// Distances are measured in so many random directions (Johnson and Lindenstrauss 1984).
const DIRECTIONS: usize = 48;
/// APOHF's λ, the start of the diagonal.
const PRIOR: f64 = 0.1;

/// The next `want` comparisons, best first. `answered` are the pairs the ensemble was fitted to, `held_out`
/// how many answers measure it; without an ensemble (too little feedback yet) all are random.
pub fn choose(
    order: Order,
    candidates: &[Candidate<'_>],
    ensemble: Option<&Ensemble>,
    answered: &Pairs,
    held_out: usize,
    want: usize,
    seed: u64,
) -> Vec<Chosen> {
    let mut random = Random::seeded(seed);
    let mut by_arm: HashMap<Arm, Vec<usize>> = HashMap::new();
    let mut shuffled: Vec<usize> = (0..candidates.len()).collect();
    random.shuffle(&mut shuffled);
    for n in shuffled {
        by_arm.entry(candidates[n].arm).or_default().push(n);
    }
    let mut take = |arm| by_arm.remove(&arm).unwrap_or_default();
    let at_random = |n: usize| Chosen {
        candidate: n,
        by: Order::Random,
        score: 0.0,
    };
    let held: Vec<Chosen> = take(Arm::HeldOut).into_iter().map(at_random).collect();
    let control: Vec<Chosen> = take(Arm::Control).into_iter().map(at_random).collect();
    let pool = take(Arm::Policy);
    let scored = match ensemble {
        Some(ensemble) => rank(
            order,
            candidates,
            &pool,
            ensemble,
            answered,
            want,
            &mut random,
        ),
        None => pool.into_iter().map(|n| (n, 0.0)).collect(),
    };
    let policy = scored.into_iter().map(|(candidate, score)| Chosen {
        candidate,
        by: order,
        score,
    });
    let measure = if held_out < ENOUGH_HELD_OUT {
        0.2
    } else {
        0.05
    };
    let mut lists = [
        held.into_iter(),
        control.into_iter(),
        policy.collect::<Vec<_>>().into_iter(),
    ];
    let mut chosen = Vec::with_capacity(want);
    while chosen.len() < want {
        let coin = random.unit();
        let first = if coin < measure {
            0
        } else if coin < measure + 0.2 {
            1
        } else {
            2
        };
        // an arm with nothing left gives its turn away
        let next = [first, 2, 1, 0]
            .into_iter()
            .find_map(|arm| lists[arm].next());
        let Some(next) = next else { break };
        chosen.push(next);
    }
    chosen
}

/// The pool in the policy's order with its scores; all of `want`, not more.
fn rank(
    order: Order,
    candidates: &[Candidate<'_>],
    pool: &[usize],
    ensemble: &Ensemble,
    answered: &Pairs,
    want: usize,
    random: &mut Random,
) -> Vec<(usize, f64)> {
    match order {
        Order::Imported | Order::Random => pool.iter().map(|&n| (n, 0.0)).collect(),
        Order::Disagreement => disagreement(candidates, pool, ensemble),
        Order::Information => information(candidates, pool, ensemble, answered, want),
        Order::Diversity => diversity(candidates, pool, answered, want, random),
    }
}

fn disagreement(
    candidates: &[Candidate<'_>],
    pool: &[usize],
    ensemble: &Ensemble,
) -> Vec<(usize, f64)> {
    let mut scored: Vec<(usize, f64)> = pool
        .iter()
        .map(|&n| {
            let [first, second] = candidates[n].features;
            let difference: Vec<f32> = first.iter().zip(second).map(|(a, b)| a - b).collect();
            (n, ensemble.disagreement(&difference))
        })
        .collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    // answers about one prompt tell much the same: one of each prompt first
    let mut seen = HashSet::new();
    let (first, again): (Vec<_>, Vec<_>) = scored
        .into_iter()
        .partition(|(n, _)| seen.insert(candidates[*n].prompt));
    first.into_iter().chain(again).collect()
}

/// APOHF with a linear model, whose gradient is the features: of each prompt the best response so far
/// against the one with the highest upper bound, μ + σ with `σ² = Σ φ² / diag(λI + Σφφᵀ)`; the widest σ of
/// all prompts first. What is chosen counts as answered for the next choice, for σ does not need the answer.
fn information(
    candidates: &[Candidate<'_>],
    pool: &[usize],
    ensemble: &Ensemble,
    answered: &Pairs,
    want: usize,
) -> Vec<(usize, f64)> {
    let mut diagonal = vec![PRIOR; answered.dimensions()];
    for n in 0..answered.len() {
        for (d, x) in diagonal.iter_mut().zip(answered.row(n)) {
            *d += x * x;
        }
    }
    let mut best: HashMap<u64, (u64, f64)> = HashMap::new();
    for &n in pool {
        let candidate = &candidates[n];
        for (response, features) in candidate.responses.iter().zip(candidate.features) {
            let mean = ensemble.main.score(features);
            let leader = best.entry(candidate.prompt).or_insert((*response, mean));
            if mean > leader.1 {
                *leader = (*response, mean);
            }
        }
    }
    let mut left: Vec<(usize, Vec<f64>, Option<f64>)> = pool
        .iter()
        .map(|&n| {
            let candidate = &candidates[n];
            let leader = best[&candidate.prompt].0;
            let rival = candidate.responses.iter().position(|it| *it == leader);
            let rival = rival.map(|at| ensemble.main.score(candidate.features[1 - at]));
            (n, candidate.difference(), rival)
        })
        .collect();
    let mut ranked = Vec::new();
    let mut asked: HashMap<u64, usize> = HashMap::new();
    while ranked.len() < want && !left.is_empty() {
        let width = |difference: &[f64]| -> f64 {
            let sum: f64 = difference
                .iter()
                .zip(&diagonal)
                .map(|(x, d)| x * x / d)
                .sum();
            sum.sqrt()
        };
        let widths: Vec<f64> = left.iter().map(|it| width(&it.1)).collect();
        // each prompt's rival: the highest upper bound against its leader
        let mut rivals: HashMap<u64, (usize, f64)> = HashMap::new();
        for (at, (n, _, rival)) in left.iter().enumerate() {
            let bound = rival.map_or(f64::NEG_INFINITY, |mean| mean + widths[at]);
            let there = rivals.entry(candidates[*n].prompt).or_insert((at, bound));
            if bound > there.1 {
                *there = (at, bound);
            }
        }
        let turn = |at: usize| {
            asked
                .get(&candidates[left[at].0].prompt)
                .copied()
                .unwrap_or(0)
        };
        let next = rivals.values().map(|&(at, _)| at).max_by(|&a, &b| {
            turn(b)
                .cmp(&turn(a))
                .then(widths[a].total_cmp(&widths[b]))
                .then(b.cmp(&a))
        });
        let Some(next) = next else { break };
        let score = widths[next];
        let (n, difference, _) = left.swap_remove(next);
        for (d, x) in diagonal.iter_mut().zip(&difference) {
            *d += x * x;
        }
        *asked.entry(candidates[n].prompt).or_default() += 1;
        ranked.push((n, score));
    }
    ranked
}

/// Greedy k-centre: what is farthest from everything answered and chosen so far. Distances are taken between
/// differences without their sign, for who stands left says nothing, in a few random directions.
fn diversity(
    candidates: &[Candidate<'_>],
    pool: &[usize],
    answered: &Pairs,
    want: usize,
    random: &mut Random,
) -> Vec<(usize, f64)> {
    let dimensions = answered.dimensions();
    let directions: Vec<Vec<f64>> = (0..DIRECTIONS.min(dimensions))
        .map(|_| {
            (0..dimensions)
                .map(|_| if random.bits() & 1 == 0 { 1.0 } else { -1.0 })
                .collect()
        })
        .collect();
    // a row without an encoder's vector is shorter
    let project = |row: &[f64]| -> Vec<f64> {
        let along = directions.iter().map(|d| dot(&d[..row.len()], row));
        along.collect()
    };
    let apart = |a: &[f64], b: &[f64]| -> f64 {
        let (mut same, mut turned) = (0.0, 0.0);
        for (a, b) in a.iter().zip(b) {
            same += (a - b) * (a - b);
            turned += (a + b) * (a + b);
        }
        f64::min(same, turned)
    };
    let from = answered.len().saturating_sub(KEPT_APART);
    let mut centres: Vec<Vec<f64>> = (from..answered.len())
        .map(|n| project(answered.row(n)))
        .collect();
    let places: Vec<Vec<f64>> = pool
        .iter()
        .map(|&n| project(&candidates[n].difference()))
        .collect();
    let mut nearest = vec![f64::INFINITY; pool.len()];
    let mut ranked = Vec::new();
    let mut taken = vec![false; pool.len()];
    while ranked.len() < want.min(pool.len()) {
        for centre in centres.drain(..) {
            for (near, place) in nearest.iter_mut().zip(&places) {
                *near = near.min(apart(place, &centre));
            }
        }
        let next = (0..pool.len())
            .filter(|&at| !taken[at])
            .max_by(|&a, &b| nearest[a].total_cmp(&nearest[b]).then(b.cmp(&a)));
        let Some(next) = next else { break };
        taken[next] = true;
        let distance = if nearest[next].is_finite() {
            (nearest[next] / directions.len().max(1) as f64).sqrt()
        } else {
            0.0
        };
        ranked.push((pool[next], distance));
        centres.push(places[next].clone());
    }
    ranked
}

impl Ensemble {
    /// The model's probability that the candidate's first response is preferred.
    pub fn expects(&self, candidate: &Candidate<'_>) -> f64 {
        let [first, second] = candidate.features;
        self.main.probability(first, second)
    }
}

/// The seed of a project's next choice: the same feedback gives the same queue.
pub fn seed(project: &str, answers: usize) -> u64 {
    hash(b"queue", project).wrapping_add(answers as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{EnsembleOptions, HeadOptions, Outcome};

    /// Forty prompts of three responses; the second half lies in a dimension nobody was asked about.
    fn world() -> (Vec<[Vec<f32>; 3]>, Pairs) {
        let mut random = Random::seeded(5);
        let mut number = move || random.unit() * 2.0 - 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "features are single precision"
        )]
        let prompts: Vec<[Vec<f32>; 3]> = (0..40)
            .map(|prompt| {
                std::array::from_fn(|_| {
                    let (a, b) = (number() as f32, number() as f32);
                    if prompt < 20 {
                        vec![a, 0.0]
                    } else {
                        vec![0.1 * a, b]
                    }
                })
            })
            .collect();
        let mut answered = Pairs::new(2);
        for (cluster, responses) in (0..20).zip(&prompts) {
            let outcome = if responses[0][0] > responses[1][0] {
                Outcome::First(1)
            } else {
                Outcome::Second(1)
            };
            answered.push(&responses[0], &responses[1], outcome, cluster);
        }
        (prompts, answered)
    }

    fn candidates(prompts: &[[Vec<f32>; 3]]) -> Vec<Candidate<'_>> {
        let mut all = Vec::new();
        for (prompt, responses) in (0_u64..).zip(prompts) {
            for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                all.push(Candidate {
                    prompt,
                    arm: match prompt % 5 {
                        0 => Arm::HeldOut,
                        1 => Arm::Control,
                        _ => Arm::Policy,
                    },
                    responses: [prompt * 3 + a, prompt * 3 + b],
                    features: [a, b].map(|n| responses[usize::try_from(n).unwrap()].as_slice()),
                });
            }
        }
        all
    }

    fn ensemble(answered: &Pairs) -> Ensemble {
        let head = HeadOptions {
            ridge: 0.3,
            ..HeadOptions::default()
        };
        let options = EnsembleOptions {
            head,
            heads: 12,
            seed: 1,
        };
        Ensemble::fit(answered, options, None)
    }

    #[test]
    fn every_policy_asks_first_about_what_is_not_known_but_random_does_not() {
        let (prompts, answered) = world();
        let mut answered = answered;
        // one answer about the other dimension, so that heads can disagree about it
        answered.push(&[0.0, 0.3], &[0.0, 0.0], Outcome::First(1), 99);
        let all = candidates(&prompts);
        let ensemble = ensemble(&answered);
        let unknown = |order, seed| {
            let chosen = choose(order, &all, Some(&ensemble), &answered, 0, 20, seed);
            let policy = chosen
                .iter()
                .filter(|it| all[it.candidate].arm == Arm::Policy);
            // what is chosen later knows of what was chosen before
            policy
                .take(3)
                .filter(|it| all[it.candidate].prompt >= 20)
                .count()
        };
        for order in [Order::Disagreement, Order::Information, Order::Diversity] {
            let known = (0..20).map(|seed| 3 - unknown(order, seed)).sum::<usize>();
            assert!(known <= 6, "{order:?}: {known} of 60");
        }
        let known = (0..20)
            .map(|seed| 3 - unknown(Order::Random, seed))
            .sum::<usize>();
        assert!((15..45).contains(&known), "random: {known} of 60");
    }

    #[test]
    fn arms_keep_their_shares_and_their_names() {
        let (prompts, answered) = world();
        let all = candidates(&prompts);
        let ensemble = ensemble(&answered);
        let (mut held, mut control, mut policy) = (0, 0, 0);
        for seed in 0..200 {
            for it in choose(
                Order::Disagreement,
                &all,
                Some(&ensemble),
                &answered,
                0,
                10,
                seed,
            ) {
                match all[it.candidate].arm {
                    Arm::HeldOut => held += 1,
                    Arm::Control => control += 1,
                    Arm::Policy => policy += 1,
                }
                let random = all[it.candidate].arm != Arm::Policy;
                assert_eq!(it.by == Order::Random, random);
            }
        }
        let total = f64::from(held + control + policy);
        assert!((f64::from(held) / total - 0.2).abs() < 0.04);
        assert!((f64::from(control) / total - 0.2).abs() < 0.04);
    }

    #[test]
    fn nothing_is_chosen_twice_and_everything_in_the_end() {
        let (prompts, answered) = world();
        let all = candidates(&prompts);
        let ensemble = ensemble(&answered);
        for order in Order::ALL {
            for with in [Some(&ensemble), None] {
                let chosen = choose(order, &all, with, &answered, 0, 1_000, 9);
                let different: HashSet<usize> = chosen.iter().map(|it| it.candidate).collect();
                assert_eq!(
                    (chosen.len(), different.len()),
                    (all.len(), all.len()),
                    "{order:?}"
                );
                assert_eq!(chosen, choose(order, &all, with, &answered, 0, 1_000, 9));
            }
        }
    }
}
