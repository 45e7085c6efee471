//! One simulated annotator: a rule, and what makes people differ from it. It fills in the same fields that
//! a person's form sends, and they are read by the same code.

use super::Rule;
use super::rule::{length, number_of};
use crate::annotation::{Context, Polarity, Verdict};
use crate::stats::Random;
use crate::{Annotation, Fields, Invalid, Kind};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// A difference of less than this is a tie.
const TIE: f64 = 0.05;
/// The spread of the seconds (standard deviation of their logarithm).
const SPREAD: f64 = 0.4;

/// Somebody who answers by a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Annotator {
    /// The rule.
    pub rule: Rule,
    /// How often it says the opposite, from 0 to 1.
    pub noise: f64,
    /// What standing left is worth to it, in the rule's units.
    pub position: f64,
    /// What each doubling of the length is worth to it, in the rule's units.
    pub length: f64,
    /// The mean seconds for comparing two responses; other kinds take [`seconds_of`] in proportion.
    pub seconds: f64,
    /// Makes its slips and its speed.
    pub seed: u64,
}

/// What a task asks.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The prompt as one text.
    pub prompt: &'a str,
    /// The prompt's reference.
    pub reference: Option<&'a str>,
    /// The kinds of annotation asked for.
    pub kinds: &'a [Kind],
    /// Responses in the order shown, settings, rubric.
    pub context: Context<'a>,
    /// A refinement to be judged: before and after.
    pub refined: Option<(&'a str, &'a str)>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The form as it would have been sent.
    pub fields: Fields,
    /// What the form says.
    pub annotations: Vec<Annotation>,
    /// How long it took.
    pub seconds: f64,
}

/// Why it has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The rule compares with a reference, and the prompt has none.
    NeedsReference,
    /// The rule does not say what this response should have been.
    CannotRefine,
    /// The task asks for something that the form would refuse.
    Refused(Vec<Invalid>),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsReference => f.write_str("its rule needs a reference"),
            Self::CannotRefine => f.write_str("its rule does not say how to refine this"),
            Self::Refused(wrong) => {
                let all: Vec<_> = wrong.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("; "))
            }
        }
    }
}

/// The median seconds that people took for an annotation of this kind: 61.5 for a comparison, 182.5 for a
/// critique, 195.5 for writing the response oneself (Scheurer et al. 2023). That study has none for
/// judging a refinement or grading an answer: they count as a comparison.
pub fn seconds_of(kind: Kind) -> f64 {
    match kind {
        Kind::Preference | Kind::Incorporation | Kind::Grade => 61.5,
        Kind::Critique => 182.5,
        Kind::Refinement => 195.5,
    }
}

impl Annotator {
    /// Answers a task.
    ///
    /// # Errors
    /// Where the rule has nothing to say about it.
    pub fn answer(&self, question: &Question<'_>) -> Result<Answer, NoAnswer> {
        let mut random = Random::seeded(self.seed).fork(key(question));
        let mut fields = Fields::default();
        for &kind in question.kinds {
            match kind {
                Kind::Preference => self.compare(question, &mut fields, &mut random)?,
                Kind::Critique => self.criticise(question, &mut fields, &mut random)?,
                Kind::Refinement => self.refine(question, &mut fields, &mut random)?,
                Kind::Incorporation => self.verify(question, &mut fields, &mut random)?,
                Kind::Grade => self.grade(question, &mut fields, &mut random)?,
            }
        }
        let annotations = Annotation::parse_all(question.kinds, &fields, question.context)
            .map_err(NoAnswer::Refused)?;
        let usual: f64 = question.kinds.iter().map(|&kind| seconds_of(kind)).sum();
        let mean = self.seconds * usual / seconds_of(Kind::Preference);
        Ok(Answer {
            fields,
            annotations,
            // log-normal with this mean
            seconds: mean * (SPREAD * random.normal() - SPREAD * SPREAD / 2.0).exp(),
        })
    }

    /// Which of two responses it prefers when it makes no slip and neither stands left; none where its rule
    /// needs a reference.
    pub fn prefers(&self, one: &str, other: &str, reference: Option<&str>) -> Option<Ordering> {
        let difference = self.difference(one, other, reference)?;
        Some(match difference {
            none if none.abs() < TIE => Ordering::Equal,
            more if more > 0.0 => Ordering::Greater,
            _ => Ordering::Less,
        })
    }

    /// What the first is worth to it more than the second.
    fn difference(&self, one: &str, other: &str, reference: Option<&str>) -> Option<f64> {
        let doublings = |text: &str| (1.0 + length(text) as f64).log2();
        let rule = self.rule.worth(one, reference)? - self.rule.worth(other, reference)?;
        Some(rule + self.length * (doublings(one) - doublings(other)))
    }

    fn worth(&self, question: &Question<'_>, text: &str) -> Result<f64, NoAnswer> {
        self.rule
            .worth(text, question.reference)
            .ok_or(NoAnswer::NeedsReference)
    }

    fn compare(
        &self,
        question: &Question<'_>,
        fields: &mut Fields,
        random: &mut Random,
    ) -> Result<(), NoAnswer> {
        let [left, right] = question.context.responses else {
            // the form says so in its own words
            return Ok(());
        };
        let difference = self
            .difference(&right.text, &left.text, question.reference)
            .ok_or(NoAnswer::NeedsReference)?
            - self.position;
        let size = match difference.abs() {
            none if none < TIE => 0,
            slight if slight < 0.75 => 1,
            clear if clear < 1.5 => 2,
            _ => 3,
        };
        let right_better = (difference > 0.0) != random.chance(self.noise);
        let key = if right_better { 4 + size } else { 4 - size };
        fields.set("preference.strength", key.to_string());
        if question.context.settings.ask_reason && size > 0 {
            fields.set("preference.reason", self.rule.reason());
        }
        Ok(())
    }

    fn criticise(
        &self,
        question: &Question<'_>,
        fields: &mut Fields,
        random: &mut Random,
    ) -> Result<(), NoAnswer> {
        let mut n = 0;
        for shown in question.context.responses {
            let mut said = self
                .rule
                .critique(&shown.text, question.reference)
                .ok_or(NoAnswer::NeedsReference)?;
            if random.chance(self.noise) {
                // a slip: it overlooks every fault, or sees one where there is none
                let blame = said.iter().all(|s| s.polarity != Polarity::Problem);
                said.truncate(1);
                said[0].quote = None;
                (said[0].text, said[0].polarity) = if blame {
                    ("This is not good enough.".into(), Polarity::Problem)
                } else {
                    ("Nothing to change.".into(), Polarity::Praise)
                };
            }
            for remark in said {
                let mut set = |part: &str, value: &str| {
                    fields.set(format!("critique.{n}.{part}"), value);
                };
                set("text", &remark.text);
                set("response", shown.id.as_str());
                set("polarity", remark.polarity.name());
                if let Some((start, text)) = remark.quote {
                    set("quote", &text);
                    set("start", &start.to_string());
                }
                n += 1;
            }
        }
        Ok(())
    }

    fn refine(
        &self,
        question: &Question<'_>,
        fields: &mut Fields,
        random: &mut Random,
    ) -> Result<(), NoAnswer> {
        for (n, shown) in question.context.responses.iter().enumerate() {
            let mut text = self
                .rule
                .refine(&shown.text, question.reference)
                .ok_or(NoAnswer::CannotRefine)?;
            if random.chance(self.noise) {
                // a slip: one word gets lost
                let mut words: Vec<&str> = text.split(' ').collect();
                words.remove(random.below(words.len()));
                text = words.join(" ");
            }
            fields.set(format!("refinement.{n}.text"), text);
        }
        Ok(())
    }

    fn verify(
        &self,
        question: &Question<'_>,
        fields: &mut Fields,
        random: &mut Random,
    ) -> Result<(), NoAnswer> {
        let Some((before, after)) = question.refined else {
            return Ok(());
        };
        let gain = self.worth(question, after)? - self.worth(question, before)?;
        let better = (gain > TIE) != random.chance(self.noise);
        let verdict = match better {
            true => Verdict::Yes,
            false if gain.abs() <= TIE && before != after => Verdict::Partly,
            false => Verdict::No,
        };
        fields.set("incorporation.verdict", verdict.name());
        Ok(())
    }

    fn grade(
        &self,
        question: &Question<'_>,
        fields: &mut Fields,
        random: &mut Random,
    ) -> Result<(), NoAnswer> {
        let Some(shown) = question.context.responses.first() else {
            return Ok(());
        };
        let mut share = self
            .rule
            .share(&shown.text, question.reference)
            .ok_or(NoAnswer::NeedsReference)?;
        if random.chance(self.noise) {
            share = 1.0 - share;
        }
        let settings = question.context.settings;
        let labels = &settings.grade_labels;
        if !labels.is_empty() {
            let steps = (labels.len() - 1) as f64;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share from 0 to 1 of the last place"
            )]
            let place = ((1.0 - share) * steps).round() as usize;
            fields.set("grade.label", &labels[place]);
        }
        if let Some(most) = settings.grade_points {
            let points = (share * f64::from(most)).round();
            fields.set("grade.points", points.to_string());
        }
        let mut met = false;
        for criterion in question.context.criteria {
            // an item is met where the rule of overlap says so: it knows nothing better of a rubric
            if Rule::Reference.worth(&shown.text, Some(&criterion.text)) > Some(2.5) {
                fields.push("grade.criteria", criterion.id.as_str());
                met = true;
            }
        }
        if !met && !question.context.criteria.is_empty() {
            fields.set("grade.none", "yes");
        }
        Ok(())
    }
}

/// Names a task by its texts, so that an answer depends on nothing else.
fn key(question: &Question<'_>) -> u64 {
    let texts = question.context.responses.iter().map(|shown| &*shown.text);
    let refined = question.refined.map(|(_, after)| after);
    texts
        .chain(refined)
        .fold(number_of(question.prompt), |key, text| {
            key.rotate_left(7) ^ number_of(text)
        })
}
