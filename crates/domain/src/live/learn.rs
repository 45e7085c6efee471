//! One round of the live model: everything that is known goes in, the fitted ensemble and what is to be
//! said about it come out. Starts from the round before, so that one more answer costs little.

use super::evaluate::{self, Accuracy, Calibration, Compared, Point};
use super::features::{DIMENSIONS, LENGTH, NAME};
use super::{Ensemble, EnsembleOptions, HeadOptions, Order, Outcome, Pairs, choose_ridge};
use serde::{Deserialize, Serialize};

/// Answers to learn from before the model has an opinion.
pub const ENOUGH: usize = 16;

/// An answered comparison.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its prompt.
    pub prompt: u64,
    /// Whether it only measures.
    pub held_out: bool,
    /// What put it before the person.
    pub by: Order,
    /// Features of both responses.
    pub features: [&'a [f32]; 2],
    /// What the person said.
    pub outcome: Outcome,
}

/// The learning curve of what one policy chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The policy.
    pub by: Order,
    /// Its answers so far.
    pub labels: usize,
    /// Accuracy on held-out prompts by number of answers.
    pub points: Vec<Point>,
}

/// The encoder whose vectors stand behind the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoded {
    /// What people call it.
    pub name: String,
    /// Of the answers, held-out ones included, those both of whose responses have a vector.
    pub answers: usize,
}

/// What a page says about the live model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Which features it uses.
    pub features: String,
    /// The encoder behind them, where the project has one.
    #[serde(default)]
    pub encoded: Option<Encoded>,
    /// How many numbers describe a response.
    pub dimensions: usize,
    /// Answers it learned from.
    pub learned: usize,
    /// Answers to held-out prompts, ties included.
    pub held_out: usize,
    /// The order of the queue.
    pub order: Order,
    /// λ of its heads.
    pub ridge: f64,
    /// Right on held-out answers.
    pub accuracy: Option<Accuracy>,
    /// What the length alone would get right.
    pub length_only: Option<Accuracy>,
    /// Whether its probabilities mean what they say.
    pub calibration: Option<Calibration>,
    /// One for each policy that chose something.
    pub curves: Vec<Curve>,
    /// The policy against the random control.
    pub compared: Option<Compared>,
}

/// The live model after a round.
#[derive(Clone, Debug)]
pub struct Live {
    /// None before there is [`ENOUGH`].
    pub ensemble: Option<Ensemble>,
    /// What it was fitted to.
    pub learned: Pairs,
    /// What is to be said about it.
    pub report: Report,
    ridge_chosen_at: usize,
}

/// Learns. With `curves`, the learning curves are drawn anew, which takes longer than the fit; otherwise
/// they stay as they were. `encoder`: whose vectors follow the words in the features, where there are any.
pub fn learn(
    known: &[Known<'_>],
    encoder: Option<&str>,
    order: Order,
    before: Option<&Live>,
    curves: bool,
    seed: u64,
) -> Live {
    let lengths = known.iter().flat_map(|it| it.features).map(<[f32]>::len);
    let dimensions = lengths.fold(DIMENSIONS, usize::max);
    let (mut learned, mut held) = (Pairs::new(dimensions), Pairs::new(dimensions));
    let mut by = Vec::new();
    for it in known {
        let [first, second] = it.features;
        if it.held_out {
            held.push(first, second, it.outcome, it.prompt);
        } else {
            learned.push(first, second, it.outcome, it.prompt);
            by.push(it.by);
        }
    }
    let (mut ridge, mut ridge_chosen_at) = before.map_or((HeadOptions::default().ridge, 0), |it| {
        (it.report.ridge, it.ridge_chosen_at)
    });
    let enough = learned.len() >= ENOUGH;
    // more data bears a weaker ridge: looked at again after every doubling
    if enough && (learned.len() >= 2 * ridge_chosen_at || learned.len() * 2 < ridge_chosen_at) {
        ridge = choose_ridge(&learned, HeadOptions::default(), seed);
        ridge_chosen_at = learned.len();
    }
    let head = HeadOptions {
        ridge,
        ..HeadOptions::default()
    };
    let options = EnsembleOptions {
        head,
        seed,
        ..EnsembleOptions::default()
    };
    let start = before.and_then(|it| it.ensemble.as_ref());
    let ensemble = enough.then(|| Ensemble::fit(&learned, options, start));
    let main = ensemble.as_ref().map(|it| &it.main);
    let (curves, compared) = match before {
        Some(before) if !curves => (before.report.curves.clone(), before.report.compared),
        _ => measured(&learned, &by, &held, order, head, seed),
    };
    let report = Report {
        features: NAME.to_owned(),
        encoded: encoder.map(|name| Encoded {
            name: name.to_owned(),
            answers: known
                .iter()
                .filter(|it| it.features.iter().all(|it| it.len() > DIMENSIONS))
                .count(),
        }),
        dimensions,
        learned: learned.len(),
        held_out: held.len(),
        order,
        ridge,
        accuracy: main.and_then(|main| evaluate::accuracy(main, &held)),
        length_only: evaluate::baseline(LENGTH, &learned, &held),
        calibration: main.and_then(|main| evaluate::calibration(main, &held)),
        curves,
        compared,
    };
    Live {
        ensemble,
        learned,
        report,
        ridge_chosen_at,
    }
}

fn measured(
    learned: &Pairs,
    by: &[Order],
    held: &Pairs,
    order: Order,
    head: HeadOptions,
    seed: u64,
) -> (Vec<Curve>, Option<Compared>) {
    let of = |policy: Order| {
        let rows = (0..by.len()).filter(|&n| by[n] == policy);
        learned.subset(&rows.collect::<Vec<_>>())
    };
    let mut curves = Vec::new();
    for policy in Order::ALL {
        let answers = of(policy);
        if answers.is_empty() {
            continue;
        }
        curves.push(Curve {
            by: policy,
            labels: answers.len(),
            points: evaluate::curve(&answers, held, head),
        });
    }
    let compared = match order {
        Order::Imported | Order::Random => None,
        policy => evaluate::compare(&of(policy), &of(Order::Random), held, head, seed),
    };
    (curves, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::encoded::block;
    use crate::live::features::hashed;
    use crate::stats::Random;

    #[test]
    fn what_people_prefer_is_learned_and_measured_where_it_was_not_learned() {
        let texts: Vec<[Vec<f32>; 2]> = (0..120)
            .map(|n| {
                let plain = hashed("Say it", &format!("the number is {n}"));
                let rude = hashed("Say it", &format!("stupid, the number is {n}"));
                if n % 2 == 0 {
                    [plain, rude]
                } else {
                    [rude, plain]
                }
            })
            .collect();
        let known: Vec<Known<'_>> = (0_u64..)
            .zip(&texts)
            .map(|(n, [first, second])| Known {
                prompt: n,
                held_out: n % 5 == 0,
                by: if n % 3 == 0 {
                    Order::Random
                } else {
                    Order::Disagreement
                },
                features: [first, second],
                outcome: if n % 2 == 0 {
                    Outcome::First(2)
                } else {
                    Outcome::Second(2)
                },
            })
            .collect();
        let few = learn(&known[..15], None, Order::Disagreement, None, true, 1);
        assert!(few.ensemble.is_none() && few.report.accuracy.is_none());
        let live = learn(&known, None, Order::Disagreement, Some(&few), true, 1);
        let accuracy = live.report.accuracy.unwrap();
        assert_eq!((accuracy.right, accuracy.of), (24, 24));
        assert_eq!((live.report.learned, live.report.held_out), (96, 24));
        let labels: Vec<(Order, usize)> = live
            .report
            .curves
            .iter()
            .map(|it| (it.by, it.labels))
            .collect();
        assert_eq!(labels, [(Order::Disagreement, 64), (Order::Random, 32)]);
        assert_eq!(live.report.compared.unwrap().labels, 32);
        let text = serde_json::to_string(&live.report).unwrap();
        let read: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(read.curves, live.report.curves);
    }
    #[test]
    fn an_encoder_says_what_words_cannot_and_a_pair_that_lacks_it_is_judged_by_words() {
        // the words are noise, and the same on average; what is preferred stands in the vector alone
        let mut random = Random::seeded(3);
        let texts: Vec<[Vec<f32>; 2]> = (0..240)
            .map(|n| {
                let mut of = |good: bool| {
                    let noise: Vec<String> =
                        (0..6).map(|_| format!("w{}", random.below(500))).collect();
                    let mut features = hashed("Say it", &noise.join(" "));
                    // every sixth comparison has no vectors yet, another sixth has one only
                    if n % 6 != 0 && (n % 6 != 1 || good) {
                        let vector = [if good { 0.4 } else { -0.4 }, random.normal()];
                        features.extend(block(&vector).unwrap());
                    }
                    features
                };
                [of(true), of(false)]
            })
            .collect();
        let known: Vec<Known<'_>> = (0_u64..)
            .zip(&texts)
            .map(|(n, [good, bad])| Known {
                prompt: n,
                held_out: n % 5 == 0,
                by: Order::Random,
                features: if n % 2 == 0 { [good, bad] } else { [bad, good] },
                outcome: if n % 2 == 0 {
                    Outcome::First(1)
                } else {
                    Outcome::Second(1)
                },
            })
            .collect();
        let words: Vec<Known<'_>> = known
            .iter()
            .map(|it| Known {
                features: it.features.map(|it| &it[..DIMENSIONS]),
                ..*it
            })
            .collect();
        let by_words = learn(&words, None, Order::Random, None, true, 1);
        let live = learn(
            &known,
            Some("an encoder"),
            Order::Random,
            Some(&by_words),
            true,
            1,
        );
        let encoded = live.report.encoded.as_ref().unwrap();
        assert_eq!(
            (encoded.name.as_str(), encoded.answers),
            ("an encoder", 160)
        );
        assert_eq!(live.report.dimensions, DIMENSIONS + 2);
        let right = |it: &Live| it.report.accuracy.as_ref().unwrap().share;
        assert!(
            right(&live) > right(&by_words) + 0.1,
            "{} {}",
            right(&live),
            right(&by_words)
        );
        let main = &live.ensemble.as_ref().unwrap().main;
        let [good, bad] = &texts[2];
        let without = main.probability(&good[..DIMENSIONS], &bad[..DIMENSIONS]);
        assert!((without - main.probability(good, &bad[..DIMENSIONS])).abs() < 1e-12);
        assert!(main.probability(good, bad) > without);
    }
}
