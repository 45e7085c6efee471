//! The kinds of annotation: what a person can say about responses.
//!
//! # Adding a kind
//! 1. Write `domain/src/annotation/<kind>.rs`: the payload (what is stored, as JSON), `parse` (from the
//!    form's [`Fields`]), `to_fields` (back, for undo and edits), `signals` (what it teaches), `readings`
//!    (what agreement compares) and `visit_ids` (which responses it names). Field names start with the kind's name and a dot.
//! 2. Write `app/src/annotate/<kind>.rs`: its part of the form, plain HTML that works without scripts.
//! 3. Add a variant to [`Kind`] and [`Annotation`] here; the compiler lists the arms that are missing.
//!
//! Nothing else: no migration (payloads are JSON), no new route, no change to the queue.

mod critique;
mod grade;
mod incorporation;
mod preference;
mod refinement;

pub use critique::{Critique, MAX_REMARKS, Polarity, Quote, Remark};
pub use grade::Grade;
pub use incorporation::{Incorporation, Verdict};
pub use preference::Preference;
pub use refinement::{Edit, Refinement};

use crate::{
    Fields, Invalid, ids::CriterionId, ids::ResponseId, project::Settings, signal::Signal,
};
use serde::{Deserialize, Serialize};

/// The most characters one text of an annotation may have.
pub const MAX_TEXT: usize = 100_000;

/// A kind of annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Which of two responses is better, and by how much.
    Preference,
    /// What is good or bad about a response, in words, about a part of it if need be.
    Critique,
    /// What the response should have been.
    Refinement,
    /// Whether a refinement does what its critique asked for.
    Incorporation,
    /// A student's short answer, graded.
    Grade,
}

impl Kind {
    /// Every kind, in the order of forms and settings.
    pub const ALL: [Self; 5] = [
        Self::Preference,
        Self::Critique,
        Self::Refinement,
        Self::Incorporation,
        Self::Grade,
    ];

    /// The name in the database, in files, and before the dot of its fields.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preference => "preference",
            Self::Critique => "critique",
            Self::Refinement => "refinement",
            Self::Incorporation => "incorporation",
            Self::Grade => "grade",
        }
    }
    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
    /// How many responses a task of this kind shows.
    pub fn responses(self) -> usize {
        match self {
            Self::Preference => 2,
            Self::Critique | Self::Refinement | Self::Incorporation | Self::Grade => 1,
        }
    }
    /// The scale on which people's readings of this kind are compared.
    pub fn scale(self) -> Scale {
        match self {
            Self::Preference | Self::Incorporation | Self::Grade => Scale::Ordinal,
            Self::Critique | Self::Refinement => Scale::Nominal,
        }
    }
}

/// How two readings differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal or not.
    Nominal,
    /// Ordered; steps need not be equal.
    Ordinal,
    /// Differences can be compared.
    Interval,
}

/// One question's answer by one person, for agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What was asked: `overall`, or an aspect.
    pub question: String,
    /// The answer as a number on the kind's [`Scale`].
    pub value: f64,
    /// The answer as a category, e.g. `tie`.
    pub category: String,
}

/// A rubric item of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its identifier.
    pub id: CriterionId,
    /// What it asks for.
    pub text: String,
    /// Points it adds when met (negative: takes away).
    pub points: f64,
}

/// A response as the task shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The response.
    pub id: ResponseId,
    /// Its text.
    pub text: String,
}

/// What the form stood on: needed to understand its fields.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The responses in the order in which this person saw them (left first).
    pub responses: &'a [Shown],
    /// The project's settings.
    pub settings: &'a Settings,
    /// The prompt's rubric.
    pub criteria: &'a [Criterion],
}

/// What a person said, one variant a [`Kind`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Annotation {
    /// See [`Preference`].
    Preference(Preference),
    /// See [`Critique`].
    Critique(Critique),
    /// See [`Refinement`].
    Refinement(Refinement),
    /// See [`Incorporation`].
    Incorporation(Incorporation),
    /// See [`Grade`].
    Grade(Grade),
}

impl Annotation {
    /// Reads one kind's part of a form. `Ok(None)` when it was left empty, which is for the project's
    /// settings to allow or not.
    ///
    /// # Errors
    /// Everything that is wrong, each with its field.
    pub fn parse(
        kind: Kind,
        fields: &Fields,
        context: Context<'_>,
    ) -> Result<Option<Self>, Vec<Invalid>> {
        Ok(match kind {
            Kind::Preference => Preference::parse(fields, context)?.map(Self::Preference),
            Kind::Critique => Critique::parse(fields, context)?.map(Self::Critique),
            Kind::Refinement => Refinement::parse(fields, context)?.map(Self::Refinement),
            Kind::Incorporation => Incorporation::parse(fields, context)?.map(Self::Incorporation),
            Kind::Grade => Grade::parse(fields, context)?.map(Self::Grade),
        })
    }
    /// Reads every kind a task asks for. A kind left empty is fine when the settings call it optional
    /// and at least one other was answered.
    ///
    /// # Errors
    /// Everything that is wrong in any of them.
    pub fn parse_all(
        kinds: &[Kind],
        fields: &Fields,
        context: Context<'_>,
    ) -> Result<Vec<Self>, Vec<Invalid>> {
        let (mut given, mut wrong) = (Vec::new(), Vec::new());
        let mut empty = Vec::new();
        for &kind in kinds {
            match Self::parse(kind, fields, context) {
                Ok(Some(annotation)) => given.push(annotation),
                Ok(None) => empty.push(kind),
                Err(problems) => wrong.extend(problems),
            }
        }
        let nothing = given.is_empty() && wrong.is_empty();
        wrong.extend(
            empty
                .into_iter()
                .filter(|kind| nothing || !context.settings.optional.contains(kind))
                .map(|kind| Invalid::missing(kind.name())),
        );
        if wrong.is_empty() {
            Ok(given)
        } else {
            Err(wrong)
        }
    }
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Preference(_) => Kind::Preference,
            Self::Critique(_) => Kind::Critique,
            Self::Refinement(_) => Kind::Refinement,
            Self::Incorporation(_) => Kind::Incorporation,
            Self::Grade(_) => Kind::Grade,
        }
    }
    /// The form that would say this again, for undo and edits.
    pub fn to_fields(&self, context: Context<'_>) -> Fields {
        match self {
            Self::Preference(it) => it.to_fields(context),
            Self::Critique(it) => it.to_fields(),
            Self::Refinement(it) => it.to_fields(context),
            Self::Incorporation(it) => it.to_fields(),
            Self::Grade(it) => it.to_fields(),
        }
    }
    /// Hands over every identifier that the payload holds, to be read or rewritten (an import knows
    /// responses and rubric items under the file's identifiers).
    pub fn visit_ids(
        &mut self,
        response: &mut dyn FnMut(&mut ResponseId),
        criterion: &mut dyn FnMut(&mut CriterionId),
    ) {
        match self {
            Self::Preference(it) => it.visit_ids(response),
            Self::Critique(it) => it.visit_ids(response),
            Self::Refinement(it) => it.visit_ids(response),
            Self::Incorporation(_) => {}
            Self::Grade(it) => it.visit_ids(response, criterion),
        }
    }
    /// What it teaches. `settings` turns labels into worth, `criteria` turns rubric items into points.
    pub fn signals(&self, context: Context<'_>) -> Vec<Signal> {
        match self {
            Self::Preference(it) => it.signals(),
            Self::Critique(it) => it.signals(),
            Self::Refinement(it) => it.signals(),
            Self::Incorporation(_) => Vec::new(),
            Self::Grade(it) => it.signals(context),
        }
    }
    /// What agreement compares.
    pub fn readings(&self, context: Context<'_>) -> Vec<Reading> {
        match self {
            Self::Preference(it) => it.readings(),
            Self::Critique(it) => it.readings(),
            Self::Refinement(_) => Vec::new(),
            Self::Incorporation(it) => it.readings(),
            Self::Grade(it) => it.readings(context),
        }
    }
}

/// Checks a text's length; the text as typed when it is fine.
fn text_of(field: &str, text: &str) -> Result<String, Invalid> {
    if text.chars().count() > MAX_TEXT {
        return Err(Invalid::new(
            field,
            crate::Problem::TooLong { max: MAX_TEXT },
        ));
    }
    // browsers send line ends as CR LF; we keep LF
    Ok(text.replace("\r\n", "\n"))
}
