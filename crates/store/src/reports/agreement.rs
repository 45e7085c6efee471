//! Agreement: how far people who saw the same thing say the same, overall, by pair, by week.

use super::{Given, LeftOut, Person, Readings};
use domain::Kind;
use domain::annotation::Scale;
use domain::stats::{
    Interval, Random, Ratings, Size, Weights, agreement, alpha, alpha_interval, alpha_without,
    cohen, cohen_interval, fleiss,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The seed of every interval in the report: the same answers give the same page.
pub const SEED: u64 = 20_260_101;
/// A week in milliseconds.
const WEEK_MS: i64 = 7 * 86_400_000;
/// 1 January 1970 was a Thursday; weeks begin on Monday.
const MONDAY_MS: i64 = 3 * 86_400_000;

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Agreement {
    /// By question, in the order of the kinds.
    pub questions: Vec<Question>,
    /// Annotations of other provenances, which this report does not use.
    pub left_out: Vec<LeftOut>,
}

/// What a measure stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items with two answers and more.
    pub items: usize,
    /// People who gave any of these.
    pub people: usize,
    /// The answers.
    pub answers: usize,
    /// Items with only one answer, which cannot be compared.
    pub alone: usize,
}

/// One question.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// The kind of annotation.
    pub kind: Kind,
    /// The question within it: `overall`, or an aspect.
    pub question: String,
    /// How answers differ.
    pub scale: Scale,
    /// What the numbers stand on.
    pub counts: Counts,
    /// Krippendorff's α on the question's scale.
    pub alpha: Option<f64>,
    /// Its 95 % interval, items drawn again.
    pub interval: Option<Interval>,
    /// How many draws the intervals stand on.
    pub draws: usize,
    /// Fleiss' κ of the categories, where every item has the same number of answers.
    pub fleiss: Option<f64>,
    /// Share of pairs of answers in the same category.
    pub same: Option<f64>,
    /// Each two people who share items, those who share most first.
    pub pairs: Vec<Pair>,
    /// α without each person.
    pub without: Vec<Without>,
    /// α by week of the item's last answer, the oldest first.
    pub weeks: Vec<Week>,
}

/// Two people.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// One.
    pub one: Person,
    /// The other.
    pub other: Person,
    /// Items that both answered.
    pub items: usize,
    /// Of these, how many they put in different categories.
    pub different: usize,
    /// Cohen's κ: of the categories (nominal questions), else quadratically weighted.
    pub kappa: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}

/// α without one person: far above the whole means that this person answers otherwise than the rest.
#[derive(Clone, Debug, Serialize)]
pub struct Without {
    /// Who is left out.
    pub person: Person,
    /// Answers of this person on shared items.
    pub answers: usize,
    /// α of the others.
    pub alpha: Option<f64>,
}

/// One week.
#[derive(Clone, Debug, Serialize)]
pub struct Week {
    /// Its Monday, midnight UTC.
    pub start: i64,
    /// Items that got their last answer in it.
    pub items: usize,
    /// α of these.
    pub alpha: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}

/// An item on which answers differ.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// The item's number in [`Readings`].
    pub item: usize,
    /// Each person's answer, by name.
    pub answers: Vec<(usize, usize)>,
    /// Mean distance between two answers.
    pub distance: f64,
}

impl Readings {
    /// The report, of all kinds or of one.
    pub fn agreement(&self, kind: Option<Kind>) -> Agreement {
        let mut order: Vec<usize> = (0..self.questions.len())
            .filter(|&q| kind.is_none_or(|k| self.questions[q].0 == k))
            .collect();
        // `overall` before the aspects
        order.sort_by_key(|&q| {
            let (kind, question) = &self.questions[q];
            (*kind, question != "overall", question.clone())
        });
        Agreement {
            questions: order.into_iter().map(|q| self.question(q)).collect(),
            left_out: self.left_out.clone(),
        }
    }

    /// The number of a question.
    pub fn question_number(&self, kind: Kind, question: &str) -> Option<usize> {
        self.questions
            .iter()
            .position(|(k, q)| *k == kind && q == question)
    }

    /// The answers to one question; a person's later answer to the same item replaces the earlier.
    fn answers(&self, question: usize) -> impl Iterator<Item = &Given> {
        self.given.iter().filter(move |g| g.question == question)
    }

    fn question(&self, number: usize) -> Question {
        let (kind, question) = self.questions[number].clone();
        let scale = kind.scale();
        let categories = Ratings::new(
            self.answers(number)
                .map(|g| (g.item, g.person, g.category as f64)),
        );
        let values = match scale {
            Scale::Nominal => categories.clone(),
            _ => Ratings::new(self.answers(number).map(|g| (g.item, g.person, g.value))),
        };
        let Size {
            items,
            people,
            ratings,
        } = values.size();
        let draws = (20_000_000 / ratings.max(1)).clamp(200, 1000);
        let mut random = Random::seeded(SEED);
        Question {
            kind,
            question,
            scale,
            counts: Counts {
                items,
                people,
                answers: ratings,
                alone: values.items().iter().filter(|g| g.len() == 1).count(),
            },
            alpha: alpha(&values, scale),
            interval: alpha_interval(&values, scale, draws, &mut random),
            draws,
            fleiss: fleiss(&categories),
            same: agreement(&categories),
            pairs: self.pairs(&values, &categories, scale),
            without: self.without(&values, scale),
            weeks: self.weeks(number, &values, scale),
        }
    }

    fn pairs(&self, values: &Ratings, categories: &Ratings, scale: Scale) -> Vec<Pair> {
        let mut shared: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (item, given) in values.items().iter().enumerate() {
            for (place, (one, _)) in given.iter().enumerate() {
                for (other, _) in &given[..place] {
                    let pair = (*one.min(other), *one.max(other));
                    shared.entry(pair).or_default().push(item);
                }
            }
        }
        let of = |ratings: &Ratings, item: usize, who: usize| {
            let given = ratings.items()[item].iter().find(|(p, _)| *p == who);
            given.map_or(f64::NAN, |g| g.1)
        };
        let weights = Weights::for_scale(scale);
        let mut pairs: Vec<Pair> = shared
            .into_iter()
            .map(|((one, other), items)| {
                let both = |ratings: &Ratings| -> Vec<(f64, f64)> {
                    let pair = |&i: &usize| (of(ratings, i, one), of(ratings, i, other));
                    items.iter().map(pair).collect()
                };
                let answers = both(values);
                let mut random = Random::seeded(SEED);
                Pair {
                    one: self.people[one].clone(),
                    other: self.people[other].clone(),
                    items: items.len(),
                    different: both(categories)
                        .iter()
                        .filter(|(a, b)| a.to_bits() != b.to_bits())
                        .count(),
                    kappa: cohen(&answers, weights),
                    interval: cohen_interval(&answers, weights, 500, &mut random),
                }
            })
            .collect();
        pairs.sort_by(|a, b| {
            let names = |p: &Pair| (p.one.name.clone(), p.other.name.clone());
            b.items.cmp(&a.items).then_with(|| names(a).cmp(&names(b)))
        });
        pairs
    }

    fn without(&self, values: &Ratings, scale: Scale) -> Vec<Without> {
        let mut answers: BTreeMap<usize, usize> = BTreeMap::new();
        for (person, _) in values.items().iter().filter(|g| g.len() > 1).flatten() {
            *answers.entry(*person).or_default() += 1;
        }
        // without one of two there is nobody left to compare
        if answers.len() < 3 {
            return Vec::new();
        }
        let mut lines: Vec<Without> = answers
            .into_iter()
            .map(|(person, answers)| Without {
                person: self.people[person].clone(),
                answers,
                alpha: alpha_without(values, scale, person),
            })
            .collect();
        lines.sort_by(|a, b| a.person.name.cmp(&b.person.name));
        lines
    }

    fn weeks(&self, number: usize, values: &Ratings, scale: Scale) -> Vec<Week> {
        let mut last: BTreeMap<usize, i64> = BTreeMap::new();
        for given in self.answers(number) {
            let at = last.entry(given.item).or_insert(given.at);
            *at = (*at).max(given.at);
        }
        let mut weeks: BTreeMap<i64, Vec<(usize, usize, f64)>> = BTreeMap::new();
        for (item, at) in last {
            let given = &values.items()[item];
            if given.len() > 1 {
                let week = (at + MONDAY_MS).div_euclid(WEEK_MS) * WEEK_MS - MONDAY_MS;
                let of_item = given.iter().map(|&(person, value)| (item, person, value));
                weeks.entry(week).or_default().extend(of_item);
            }
        }
        weeks
            .into_iter()
            .map(|(start, given)| {
                let ratings = Ratings::new(given);
                let mut random = Random::seeded(SEED);
                Week {
                    start,
                    items: ratings.size().items,
                    alpha: alpha(&ratings, scale),
                    interval: alpha_interval(&ratings, scale, 400, &mut random),
                }
            })
            .collect()
    }

    /// The items on which the answers to a question fall into different categories, the farthest apart first;
    /// of everybody, or of two people.
    pub fn disagreements(&self, question: usize, pair: Option<(&str, &str)>) -> Vec<Disagreement> {
        let wanted = |person: usize| {
            let who = self.people[person].annotator.as_str();
            pair.is_none_or(|(one, other)| who == one || who == other)
        };
        let mut items: BTreeMap<usize, BTreeMap<usize, &Given>> = BTreeMap::new();
        for given in self.answers(question).filter(|g| wanted(g.person)) {
            items
                .entry(given.item)
                .or_default()
                .insert(given.person, given);
        }
        let mut found: Vec<Disagreement> = items
            .into_iter()
            .filter_map(|(item, by)| {
                let given: Vec<&Given> = by.into_values().collect();
                let differ = given.iter().any(|g| g.category != given[0].category);
                differ.then(|| Disagreement {
                    item,
                    distance: distance(&given),
                    answers: given.iter().map(|g| (g.person, g.category)).collect(),
                })
            })
            .collect();
        found.sort_by(|a, b| b.distance.total_cmp(&a.distance).then(a.item.cmp(&b.item)));
        found
    }
}

/// Mean distance between two answers: of the values, or 1 for categories whose values are equal.
pub(super) fn distance(given: &[&Given]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0_u32);
    for (place, one) in given.iter().enumerate() {
        for other in &given[..place] {
            let apart = (one.value - other.value).abs();
            sum += if apart > 0.0 {
                apart
            } else {
                f64::from(u8::from(one.category != other.category))
            };
            pairs += 1;
        }
    }
    sum / f64::from(pairs.max(1))
}
