//! AlpacaEval's model outputs (`instruction`, `output`, `generator`, `dataset`) and annotations
//! (`instruction`, `output_1`, `output_2`, `generator_1`, `generator_2`, `annotator`, `preference`).
//!
//! `preference` is the judge's number in [1, 2]: how probable it is that the second output is better, plus
//! one. It becomes a strength by the probability p of the better side: exactly ½ (1.5, or 0) a tie; below
//! 0.75 slightly (1), below 0.95 clearly (2), from there far better (3). The number itself is kept in the
//! annotation's metadata, for rates that average it.

use super::{Example, FeedbackPart, Plan, PromptPart, ResponsePart, place, taking::Taking};
use crate::{
    Annotation, Invalid, Problem, Provenance, annotation::Preference, prompt::Message,
    prompt::SourceKind,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The strength that a number in [1, 2] stands for, or 0 for a tie; negative: the first is better.
pub(super) fn strength(preference: f64) -> Option<i8> {
    if preference == 0.0 {
        return Some(0);
    }
    if !(1.0..=2.0).contains(&preference) {
        return None;
    }
    let second = preference - 1.0;
    let better = second.max(1.0 - second);
    let size = match better {
        p if p <= 0.5 => 0,
        p if p < 0.75 => 1,
        p if p < 0.95 => 2,
        _ => 3,
    };
    Some(if second < 0.5 { -size } else { size })
}

fn model(row: &mut Taking, text: &str, generator: &str) -> ResponsePart {
    ResponsePart {
        key: None,
        text: row.needed(text),
        source: row.needed(generator),
        source_kind: SourceKind::Model,
        metadata: json!({}),
    }
}

pub(super) fn outputs(fields: Map<String, Value>) -> Result<Example, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    let messages = vec![Message::user(row.needed("instruction"))];
    let response = model(&mut row, "output", "generator");
    let prompt = PromptPart::from_row(&mut row, messages);
    row.done(Example {
        prompt,
        responses: vec![response],
        feedback: Vec::new(),
    })
}

pub(super) fn annotations(
    fields: Map<String, Value>,
    plan: &Plan,
) -> Result<Example, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    let messages = vec![Message::user(row.needed("instruction"))];
    let responses = vec![
        model(&mut row, "output_1", "generator_1"),
        model(&mut row, "output_2", "generator_2"),
    ];
    let annotator = row.text("annotator");
    // no verdict: the two outputs are still worth having
    let given = row.real("preference");
    let strength = given.and_then(|number| {
        strength(number).or_else(|| {
            let range = "from 1 to 2, or 0 for a tie".into();
            row.wrong
                .push(Invalid::new("preference", Problem::OutOfRange { range }));
            None
        })
    });
    if responses[0].source == responses[1].source && responses[0].text == responses[1].text {
        row.refuse::<()>("output_2", "is the same as output_1, of the same generator");
    }
    let mut metadata = Map::new();
    for name in ["preference", "price_per_example", "time_per_example"] {
        let value = if name == "preference" {
            given.map(Value::from)
        } else {
            row.value(name)
        };
        metadata.extend(value.map(|value| (name.to_owned(), value)));
    }
    // the judge's raw reply: log-probabilities of tokens, far larger than the texts
    row.value("raw_completion");
    let prompt = PromptPart::from_row(&mut row, messages);
    let feedback = strength.map(|strength| FeedbackPart {
        annotator,
        provenance: plan.provenance.unwrap_or(Provenance::Machine),
        payload: Annotation::Preference(Preference {
            left: place(0),
            right: place(1),
            strength,
            both_bad: false,
            aspects: BTreeMap::new(),
            reason: String::new(),
        }),
        at: None,
        seconds: None,
        metadata: Value::Object(metadata),
    });
    row.done(Example {
        prompt,
        responses,
        feedback: feedback.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn a_probability_becomes_a_strength() {
        for (number, expected) in [
            (1.0, Some(-3)),
            (1.04, Some(-3)),
            (1.2, Some(-2)),
            (1.49, Some(-1)),
            (1.5, Some(0)),
            (0.0, Some(0)),
            (1.51, Some(1)),
            (1.8, Some(2)),
            (2.0, Some(3)),
            (2.1, None),
            (0.5, None),
            (f64::NAN, None),
        ] {
            assert_eq!(strength(number), expected, "{number}");
        }
    }
}
