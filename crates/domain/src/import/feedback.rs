//! Feedback in mapped columns: who won, critiques, refinements and grades.

use super::{
    FeedbackPart, Plan, alpaca,
    columns::{Column, Placed, Role},
    place,
    taking::Taking,
};
use crate::{
    Annotation, Invalid, Provenance,
    annotation::{Critique, Edit, Grade, Polarity, Preference, Refinement, Remark},
};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) fn read(row: &mut Taking, plan: &Plan, responses: &Placed) -> Vec<FeedbackPart> {
    let annotator = plan
        .columns
        .iter()
        .filter(|column| column.role == Role::Annotator)
        .find_map(|column| row.text(&column.name));
    let mut said: Vec<Annotation> = Vec::new();
    said.extend(preference(row, plan, responses).map(Annotation::Preference));
    said.extend(critique(row, plan, responses).map(Annotation::Critique));
    said.extend(refinement(row, plan, responses).map(Annotation::Refinement));
    said.extend(
        grades(row, plan, responses)
            .into_iter()
            .map(Annotation::Grade),
    );
    said.into_iter()
        .map(|payload| FeedbackPart {
            annotator: annotator.clone(),
            provenance: plan.provenance.unwrap_or(Provenance::Person),
            payload,
            at: None,
            seconds: None,
            metadata: json!({}),
        })
        .collect()
}

/// The texts of a role's columns, each with the index of the response that it speaks of.
fn about<'a>(
    row: &mut Taking,
    columns: &'a [Column],
    role: Role,
    responses: &Placed,
) -> Vec<(usize, &'a str, String)> {
    let mut found = Vec::new();
    for (place, column) in super::columns::placed(columns, role) {
        let Some(text) = row.text(&column.name) else {
            continue;
        };
        match responses.iter().position(|(at, _)| *at == place) {
            Some(index) => found.push((index, column.name.as_str(), text)),
            None => drop(row.refuse::<()>(&column.name, "speaks of a response that the row lacks")),
        }
    }
    found
}

fn preference(row: &mut Taking, plan: &Plan, responses: &Placed) -> Option<Preference> {
    let between = |strength, both_bad| Preference {
        left: place(0),
        right: place(1),
        strength,
        both_bad,
        aspects: BTreeMap::new(),
        reason: String::new(),
    };
    let chosen = plan
        .columns
        .iter()
        .find(|column| column.role == Role::Chosen);
    if let Some(column) = chosen {
        let [(_, better), (_, worse)] = responses.as_slice() else {
            return row.refuse(&column.name, "and the rejected response are both needed");
        };
        if better.text == worse.text {
            return row.refuse(&column.name, "is the same as the rejected response");
        }
        return Some(between(-2, false));
    }
    let column = plan
        .columns
        .iter()
        .find(|column| column.role == Role::Winner)?;
    let given = row.text(&column.name)?;
    let [one, other] = responses.as_slice() else {
        return row.refuse(&column.name, "needs exactly two responses on the row");
    };
    if (&one.1.text, &one.1.source) == (&other.1.text, &other.1.source) {
        return row.refuse(&column.name, "is about two responses that are the same");
    }
    let word = given.trim().to_lowercase();
    let source = |response: &super::ResponsePart| response.source.to_lowercase() == word;
    let verdict = match word.as_str() {
        "a" | "left" | "first" | "response_1" | "response_a" | "output_1" | "model_a" | "1" => {
            Some((-2, false))
        }
        "b" | "right" | "second" | "response_2" | "response_b" | "output_2" | "model_b" | "2" => {
            Some((2, false))
        }
        "tie" | "equal" | "draw" | "same" | "both" => Some((0, false)),
        "both bad" | "bothbad" | "both_bad" | "tie (bothbad)" | "neither" => Some((0, true)),
        _ if source(&one.1) && !source(&other.1) => Some((-2, false)),
        _ if source(&other.1) && !source(&one.1) => Some((2, false)),
        number => number
            .parse()
            .ok()
            .and_then(alpaca::strength)
            .map(|strength| (strength, false)),
    };
    if verdict.is_none() {
        row.wrong.push(Invalid::unknown(&column.name, given));
    }
    verdict.map(|(strength, both_bad)| between(strength, both_bad))
}

fn critique(row: &mut Taking, plan: &Plan, responses: &Placed) -> Option<Critique> {
    let polarities = about(row, &plan.columns, Role::Polarity, responses);
    let texts = about(row, &plan.columns, Role::Critique, responses);
    let mut remarks = Vec::new();
    for (index, _, text) in texts {
        let given = polarities.iter().find(|(at, ..)| *at == index);
        let polarity = match given {
            // a file that does not say whether its words blame or praise is not made to say so
            None => Polarity::Note,
            Some((_, column, word)) => {
                let Some(polarity) = Polarity::parse(word.trim()) else {
                    row.wrong.push(Invalid::unknown(*column, word));
                    continue;
                };
                polarity
            }
        };
        remarks.push(Remark {
            response: place(index),
            text,
            polarity,
            aspect: None,
            error: None,
            quote: None,
        });
    }
    (!remarks.is_empty()).then_some(Critique { remarks })
}

fn refinement(row: &mut Taking, plan: &Plan, responses: &Placed) -> Option<Refinement> {
    let edits: Vec<Edit> = about(row, &plan.columns, Role::Refinement, responses)
        .into_iter()
        .filter(|(index, _, text)| responses[*index].1.text.trim() != text.trim())
        .map(|(index, _, text)| Edit {
            response: place(index),
            text,
        })
        .collect();
    (!edits.is_empty()).then_some(Refinement { edits })
}

fn grades(row: &mut Taking, plan: &Plan, responses: &Placed) -> Vec<Grade> {
    let labels = about(row, &plan.columns, Role::Label, responses);
    let points = about(row, &plan.columns, Role::Points, responses);
    let words = about(row, &plan.columns, Role::Feedback, responses);
    let mut grades = Vec::new();
    for index in 0..responses.len() {
        fn of<'a>(
            list: &'a [(usize, &'a str, String)],
            index: usize,
        ) -> Option<(&'a str, &'a str)> {
            list.iter()
                .find(|(at, ..)| *at == index)
                .map(|(_, column, text)| (*column, text.trim()))
        }
        let label = of(&labels, index).map(|(_, text)| text.to_owned());
        let points = of(&points, index).and_then(|(column, text)| {
            let number = text.replace(',', ".").parse().ok();
            number
                .filter(|n: &f64| n.is_finite())
                .or_else(|| row.refuse(column, "must be a number"))
        });
        let feedback = of(&words, index);
        match (label.is_some() || points.is_some(), feedback) {
            (true, _) => grades.push(Grade {
                response: place(index),
                label,
                points,
                criteria: Vec::new(),
                feedback: feedback.map_or_else(String::new, |(_, text)| text.to_owned()),
            }),
            (false, Some((column, _))) => {
                row.refuse::<()>(column, "needs a label or points beside it");
            }
            (false, None) => {}
        }
    }
    grades
}
