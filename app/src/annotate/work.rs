//! One person's item as the forms see it.

use crate::text::annotate as text;
use domain::annotation::{Annotation, Context, Remark, Shown};
use domain::ids::ResponseId;
use domain::preferences::Preferences;
use domain::project::Settings;
use domain::prompt::SourceKind;
use domain::{Fields, Invalid, Kind};
use store::queue::Item;

/// Fields about the visit and the buttons, which are no part of an answer.
const ABOUT_THE_VISIT: [&str; 9] = [
    "round",
    "draft.version",
    "seconds",
    "task",
    "only",
    "action",
    "skip",
    "skip.words",
    "flag.words",
];

/// What the forms stand on.
pub(crate) struct Work<'a> {
    pub(crate) item: &'a Item,
    pub(crate) settings: &'a Settings,
    pub(crate) preferences: &'a Preferences,
}

/// A response with the name under which the page shows it.
pub(super) struct Named {
    pub(super) id: ResponseId,
    /// `A`, `B`, or empty when it stands alone.
    pub(super) letter: String,
    /// `Response A`, `Student 7`.
    pub(super) label: String,
    pub(super) text: String,
    /// Who wrote it, where the project is not blind. Never a student's name.
    pub(super) source: Option<String>,
}

impl Work<'_> {
    /// The responses, left first.
    pub(super) fn responses(&self) -> Vec<Named> {
        let grading = self.item.task.kinds.contains(&Kind::Grade);
        let alone = self.item.responses.len() == 1;
        let letters = ('A'..='Z').chain(std::iter::repeat('?'));
        self.item
            .responses
            .iter()
            .zip(letters)
            .map(|(it, letter)| {
                let student = it.source_kind == SourceKind::Student;
                Named {
                    id: it.shown.id.clone(),
                    letter: if alone {
                        String::new()
                    } else {
                        letter.to_string()
                    },
                    label: match () {
                        () if student => text::student(it.number),
                        () if !alone => text::response(letter),
                        () if grading => text::ANSWER.into(),
                        () => text::RESPONSE.into(),
                    },
                    text: it.shown.text.clone(),
                    source: (!self.settings.blind && !student).then(|| it.source.clone()),
                }
            })
            .collect()
    }

    fn shown(&self) -> Vec<Shown> {
        self.item
            .responses
            .iter()
            .map(|it| it.shown.clone())
            .collect()
    }

    /// Reads the form.
    pub(super) fn parse(&self, fields: &Fields) -> Result<Vec<Annotation>, Vec<Invalid>> {
        let shown = self.shown();
        let context = Context {
            responses: &shown,
            settings: self.settings,
            criteria: &self.item.criteria,
        };
        Annotation::parse_all(&self.item.task.kinds, fields, context)
    }

    /// The person's own remarks on a response: what she said before, and what stands in this form.
    pub(super) fn remarks_on(&self, response: &ResponseId, fields: &Fields) -> Vec<Remark> {
        let shown = self.shown();
        let context = Context {
            responses: &shown,
            settings: self.settings,
            criteria: &[],
        };
        let mut remarks = self.item.earlier.clone();
        if let Ok(Some(Annotation::Critique(critique))) =
            Annotation::parse(Kind::Critique, fields, context)
        {
            remarks.extend(critique.remarks);
        }
        remarks.retain(|remark| remark.response == *response);
        remarks
    }
}

/// The answer alone.
pub(super) fn answer(fields: &Fields) -> Fields {
    Fields(
        fields
            .0
            .iter()
            .filter(|(name, _)| !ABOUT_THE_VISIT.contains(&name.as_str()))
            .cloned()
            .collect(),
    )
}

/// Whether nothing was typed or chosen yet. Critique rows have a polarity from the start, and a
/// refinement begins as the response: neither says anything by itself.
pub(super) fn is_blank(work: &Work<'_>, fields: &Fields) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    fields.0.iter().all(|(name, value)| {
        let untouched = || {
            let place = name
                .strip_prefix("refinement.")?
                .split('.')
                .next()?
                .parse::<usize>()
                .ok()?;
            Some(plain(&work.item.responses.get(place)?.shown.text) == plain(value))
        };
        value.trim().is_empty()
            || name.starts_with("critique.")
                && matches!(name.rsplit_once('.'), Some((_, "polarity" | "rows")))
            || untouched().unwrap_or(false)
    })
}
