//! Refinement: the response edited into what it should have been.

use super::{Context, text_of};
use crate::{Fields, Invalid, ids::ResponseId, signal::Signal};
use serde::{Deserialize, Serialize};

/// One or more responses, edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refinement {
    /// At least one, each different from its response.
    pub edits: Vec<Edit>,
}

/// One response's new text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The response that was edited.
    pub response: ResponseId,
    /// What it should have been.
    pub text: String,
}

impl Refinement {
    /// Fields: `refinement.n.text` for the response shown at place `n` (from 0). A text equal to the
    /// response counts as left alone.
    pub(super) fn parse(
        fields: &Fields,
        context: Context<'_>,
    ) -> Result<Option<Self>, Vec<Invalid>> {
        let (mut edits, mut wrong) = (Vec::new(), Vec::new());
        for (n, shown) in context.responses.iter().enumerate() {
            let field = format!("refinement.{n}.text");
            let Some(typed) = fields.get(&field) else {
                continue;
            };
            match text_of(&field, typed) {
                Ok(text) if text.trim() == shown.text.replace("\r\n", "\n").trim() => {}
                Ok(text) => edits.push(Edit {
                    response: shown.id.clone(),
                    text,
                }),
                Err(problem) => wrong.push(problem),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok((!edits.is_empty()).then_some(Self { edits }))
    }

    pub(super) fn to_fields(&self, context: Context<'_>) -> Fields {
        let place = |edit: &Edit| {
            context
                .responses
                .iter()
                .position(|shown| shown.id == edit.response)
        };
        self.edits
            .iter()
            .filter_map(|edit| {
                Some((
                    format!("refinement.{}.text", place(edit)?),
                    edit.text.clone(),
                ))
            })
            .collect()
    }

    pub(super) fn visit_ids(&mut self, response: &mut dyn FnMut(&mut ResponseId)) {
        for edit in &mut self.edits {
            response(&mut edit.response);
        }
    }

    pub(super) fn signals(&self) -> Vec<Signal> {
        self.edits
            .iter()
            .map(|edit| Signal::Refinement {
                response: edit.response.clone(),
                text: edit.text.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shown;
    use super::*;
    use crate::project::Settings;

    #[test]
    fn an_untouched_text_is_no_refinement_and_line_ends_do_not_count() {
        let settings = Settings::default();
        let responses = [Shown {
            id: "r".into(),
            text: "one\ntwo".into(),
        }];
        let context = Context {
            responses: &responses,
            settings: &settings,
            criteria: &[],
        };
        let typed = |text: &str| {
            Refinement::parse(
                &[("refinement.0.text", text)].into_iter().collect(),
                context,
            )
        };
        assert_eq!(typed("one\r\ntwo"), Ok(None));
        let refinement = typed("one\r\nthree").unwrap().unwrap();
        assert_eq!(refinement.edits[0].text, "one\nthree");
        assert_eq!(
            refinement.to_fields(context).get("refinement.0.text"),
            Some("one\nthree")
        );
    }
}
