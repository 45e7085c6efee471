//! Grade: a student's short answer, by label, by points, by rubric items, with feedback to the student.

use super::{Context, Criterion, Reading, text_of};
use crate::{Fields, Invalid, Problem, ids::CriterionId, ids::ResponseId, signal::Signal};
use serde::{Deserialize, Serialize};

/// One answer's grade. **Points are never stored when a rubric gives them**: they are the sum of the
/// ticked items' points as the rubric stands when they are read, so that a changed rubric re-scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// The answer.
    pub response: ResponseId,
    /// One of the project's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Points given by hand, where the prompt has no rubric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<f64>,
    /// The rubric items that the answer meets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<CriterionId>,
    /// What the student will read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feedback: String,
}

impl Grade {
    /// Fields: `grade.label`, `grade.points`, `grade.criteria` (repeated), `grade.none` (no item met),
    /// `grade.feedback`.
    pub(super) fn parse(
        fields: &Fields,
        context: Context<'_>,
    ) -> Result<Option<Self>, Vec<Invalid>> {
        let Some(shown) = context.responses.first() else {
            return Err(vec![Invalid::other("grade", "needs an answer to grade")]);
        };
        let settings = context.settings;
        let mut wrong = Vec::new();
        let label = fields.get("grade.label").map(str::to_owned);
        if let Some(given) = label
            .as_ref()
            .filter(|given| !settings.grade_labels.contains(given))
        {
            wrong.push(Invalid::unknown("grade.label", given));
        }
        let points = fields
            .number::<f64>("grade.points")
            .unwrap_or_else(|problem| {
                wrong.push(problem);
                None
            });
        if let Some(points) = points {
            let most = f64::from(settings.grade_points.unwrap_or(0));
            if !(0.0..=most).contains(&points) {
                let range = format!("0 to {most}");
                wrong.push(Invalid::new("grade.points", Problem::OutOfRange { range }));
            }
        }
        let criteria: Vec<CriterionId> = fields
            .all("grade.criteria")
            .map(CriterionId::from)
            .collect();
        for given in criteria
            .iter()
            .filter(|id| !context.criteria.iter().any(|c| c.id == **id))
        {
            wrong.push(Invalid::unknown("grade.criteria", given.as_str()));
        }
        let feedback = text_of(
            "grade.feedback",
            fields.get("grade.feedback").unwrap_or_default(),
        )
        .map_err(|problem| wrong.push(problem))
        .unwrap_or_default();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let graded = label.is_some()
            || points.is_some()
            || !criteria.is_empty()
            || fields.ticked("grade.none");
        match (graded, feedback.is_empty()) {
            (false, true) => Ok(None),
            (false, false) => Err(vec![Invalid::other(
                "grade",
                "has feedback but no grade yet",
            )]),
            (true, _) => Ok(Some(Self {
                response: shown.id.clone(),
                label,
                points,
                criteria,
                feedback,
            })),
        }
    }

    pub(super) fn to_fields(&self) -> Fields {
        let mut fields = Fields::default();
        fields.set("grade.label", self.label.as_deref().unwrap_or_default());
        fields.set(
            "grade.points",
            self.points.map(|p| p.to_string()).unwrap_or_default(),
        );
        for id in &self.criteria {
            fields.push("grade.criteria", id.as_str());
        }
        if self.label.is_none() && self.points.is_none() && self.criteria.is_empty() {
            fields.set("grade.none", "yes");
        }
        fields.set("grade.feedback", &self.feedback);
        fields
    }

    /// Points by the rubric as it stands, or as given by hand. `None` when only a label was given.
    pub fn points(&self, rubric: &[Criterion]) -> Option<f64> {
        if self.points.is_some() {
            return self.points;
        }
        (!rubric.is_empty()).then(|| {
            rubric
                .iter()
                .filter(|c| self.criteria.contains(&c.id))
                .map(|c| c.points)
                .sum::<f64>()
                // an empty sum is −0, which people would read as a malus
                .max(0.0)
                + 0.0
        })
    }

    /// The worth in `[0, 1]`: of the label (equal steps from best to worst), else of the points (share of
    /// the most that can be had).
    pub fn worth(&self, context: Context<'_>) -> Option<f64> {
        let labels = &context.settings.grade_labels;
        if let Some(place) = self
            .label
            .as_ref()
            .and_then(|label| labels.iter().position(|l| l == label))
        {
            let steps = labels.len().saturating_sub(1);
            return Some(if steps == 0 {
                1.0
            } else {
                1.0 - place as f64 / steps as f64
            });
        }
        let most = match context.settings.grade_points {
            Some(most) if self.points.is_some() => f64::from(most),
            _ => context.criteria.iter().map(|c| c.points.max(0.0)).sum(),
        };
        self.points(context.criteria)
            .filter(|_| most > 0.0)
            .map(|points| (points / most).clamp(0.0, 1.0))
    }

    pub(super) fn visit_ids(
        &mut self,
        response: &mut dyn FnMut(&mut ResponseId),
        criterion: &mut dyn FnMut(&mut CriterionId),
    ) {
        response(&mut self.response);
        self.criteria.iter_mut().for_each(criterion);
    }

    pub(super) fn signals(&self, context: Context<'_>) -> Vec<Signal> {
        let score = self.worth(context).map(|score| Signal::Score {
            response: self.response.clone(),
            score,
            aspect: None,
        });
        let words = (!self.feedback.is_empty()).then(|| Signal::Critique {
            response: self.response.clone(),
            text: self.feedback.clone(),
            polarity: 0,
            aspect: None,
        });
        score.into_iter().chain(words).collect()
    }

    pub(super) fn readings(&self, context: Context<'_>) -> Vec<Reading> {
        self.worth(context)
            .map(|value| Reading {
                question: "grade".into(),
                value,
                category: self.label.clone().unwrap_or_else(|| format!("{value:.3}")),
            })
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shown;
    use super::*;
    use crate::project::Settings;

    #[test]
    fn a_changed_rubric_re_scores_and_bad_points_are_refused() {
        let settings = Settings {
            grade_points: Some(5),
            ..Settings::default()
        };
        let responses = [Shown {
            id: "r".into(),
            text: "answer".into(),
        }];
        let rubric = |points| {
            vec![Criterion {
                id: "c".into(),
                text: "names the cause".into(),
                points,
            }]
        };
        let before = rubric(2.0);
        let context = Context {
            responses: &responses,
            settings: &settings,
            criteria: &before,
        };
        let parse =
            |pairs: &[(&str, &str)]| Grade::parse(&pairs.iter().copied().collect(), context);
        let grade = parse(&[("grade.criteria", "c")]).unwrap().unwrap();
        assert_eq!(grade.points(&before), Some(2.0));
        assert_eq!(grade.points(&rubric(3.0)), Some(3.0));
        assert_eq!(
            parse(&[("grade.points", "9")]).unwrap_err()[0].field,
            "grade.points"
        );
        assert_eq!(
            parse(&[("grade.feedback", "well done")]).unwrap_err()[0].field,
            "grade"
        );
        assert_eq!(
            parse(&[("grade.label", "correct")])
                .unwrap()
                .unwrap()
                .worth(context),
            Some(1.0)
        );
    }
}
