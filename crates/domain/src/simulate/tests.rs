//! The panel answers real tasks: what comes out is what a person's form would have given.

use super::*;
use crate::annotation::{Context, Polarity, Shown, Verdict};
use crate::project;
use crate::simulate::{NoAnswer, Question};
use crate::{Annotation, Kind};
use proptest::prelude::*;

fn panel(pairs: &[(&str, &str)]) -> Panel {
    Panel::parse(&pairs.iter().copied().collect()).unwrap()
}

fn shown(texts: &[&str]) -> Vec<Shown> {
    let one = |(n, text): (usize, &&str)| Shown {
        id: format!("r{n}").into(),
        text: (*text).to_owned(),
    };
    texts.iter().enumerate().map(one).collect()
}

fn ask<'a>(
    kinds: &'a [Kind],
    responses: &'a [Shown],
    settings: &'a project::Settings,
) -> Question<'a> {
    Question {
        prompt: "Why is the sky blue?",
        reference: None,
        kinds,
        context: Context {
            responses,
            settings,
            criteria: &[],
        },
        refined: None,
    }
}

#[test]
fn asked_apart_from_any_task_it_makes_no_slip_and_sees_no_sides() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let noisy = panel(&[("noise", "1"), ("position", "5")]).model;
    let prefers = |one: &str, other: &str| noisy.prefers(one, other, None);
    assert_eq!(prefers("Rain.", "It is the rain again."), Some(Greater));
    assert_eq!(prefers("It is the rain again.", "Rain."), Some(Less));
    assert_eq!(prefers("It rains.", "Snow falls."), Some(Equal));
    let compares = panel(&[("rule", "reference")]).model;
    assert_eq!(compares.prefers("Rain.", "Snow.", None), None);
    assert_eq!(
        compares.prefers("Rain.", "Snow.", Some("Rain")),
        Some(Greater)
    );
}

#[test]
fn a_form_makes_a_panel_and_names_every_field_that_is_wrong() {
    let default = Panel::parse(&Fields::default()).unwrap();
    assert_eq!((default.annotators, default.items), (3, 100));
    assert_eq!(default.model.rule, Rule::Shorter { words: 50 });
    assert_eq!(default.annotators().len(), 3);
    assert_ne!(default.annotators()[0].seed, default.annotators()[1].seed);
    let wrong = |pairs: &[(&str, &str)]| -> Vec<String> {
        let fields = pairs.iter().copied().collect();
        Panel::parse(&fields)
            .unwrap_err()
            .into_iter()
            .map(|invalid| invalid.field)
            .collect()
    };
    assert_eq!(wrong(&[("rule", "avoids")]), ["words"]);
    assert_eq!(
        wrong(&[("rule", "nonsense"), ("noise", "2"), ("annotators", "0")]),
        ["rule", "noise", "annotators"]
    );
}

#[test]
fn every_kind_is_answered_as_the_rule_says() {
    let settings = project::Settings {
        grade_points: Some(10),
        ..project::Settings::default()
    };
    let exact = |kinds: &[Kind], texts: &[&str], refined| {
        let model = panel(&[("rule", "avoids"), ("words", "mud, Rust"), ("noise", "0")]).model;
        let responses = shown(texts);
        let question = Question {
            refined,
            ..ask(kinds, &responses, &settings)
        };
        model.answer(&question).unwrap().annotations.remove(0)
    };
    let Annotation::Preference(preference) =
        exact(&[Kind::Preference], &["clean", "mud and rust"], None)
    else {
        panic!("not a preference")
    };
    assert_eq!(
        (preference.strength, &*preference.reason),
        (-3, "It holds fewer words that should not be there.")
    );
    let Annotation::Critique(critique) = exact(&[Kind::Critique], &["some mud here"], None) else {
        panic!("not a critique")
    };
    let remark = &critique.remarks[0];
    assert_eq!(remark.polarity, Polarity::Problem);
    assert_eq!(
        remark.quote.as_ref().map(|q| (q.start, &*q.text)),
        Some((5, "mud"))
    );
    let Annotation::Refinement(refinement) = exact(&[Kind::Refinement], &["some mud here"], None)
    else {
        panic!("not a refinement")
    };
    assert_eq!(refinement.edits[0].text, "some here");
    let Annotation::Grade(grade) = exact(&[Kind::Grade], &["some mud here"], None) else {
        panic!("not a grade")
    };
    assert_eq!(
        (grade.label.as_deref(), grade.points),
        (Some("partly correct"), Some(5.0))
    );
    let judged = |after| exact(&[Kind::Incorporation], &["mud"], Some(("mud", after)));
    for (after, verdict) in [
        ("", Verdict::Yes),
        ("mud!", Verdict::Partly),
        ("mud mud", Verdict::No),
    ] {
        let Annotation::Incorporation(said) = judged(after) else {
            panic!("not a judgment")
        };
        assert_eq!(said.verdict, verdict, "{after:?}");
    }
}

#[test]
fn what_a_rule_cannot_answer_is_said() {
    let settings = project::Settings::default();
    let responses = shown(&["a", "b b"]);
    let question = ask(&[Kind::Preference], &responses, &settings);
    let model = panel(&[("rule", "reference")]).model;
    assert_eq!(model.answer(&question), Err(NoAnswer::NeedsReference));
    let refine = ask(&[Kind::Refinement], &responses[..1], &settings);
    let longer = panel(&[("rule", "longer"), ("noise", "0")]).model;
    assert_eq!(longer.answer(&refine), Err(NoAnswer::CannotRefine));
    let shorter = panel(&[("noise", "0")]).model;
    assert!(matches!(shorter.answer(&refine), Err(NoAnswer::Refused(_))));
}

/// How often the panel's answers to 2,000 pairs prefer the shorter response, and the left one.
fn shares(pairs: &[(&str, &str)]) -> (f64, f64) {
    let settings = project::Settings::default();
    let model = panel(pairs).model;
    let (mut shorter, mut left) = (0, 0);
    for n in 0..2000 {
        let long = format!("word {n} and {n} more words");
        let short = format!("word {n} {n}");
        let texts = if n % 2 == 0 {
            [&*short, &*long]
        } else {
            [&*long, &*short]
        };
        let responses = shown(&texts);
        let answer = model
            .answer(&ask(&[Kind::Preference], &responses, &settings))
            .unwrap();
        let Annotation::Preference(said) = &answer.annotations[0] else {
            panic!("not a preference")
        };
        left += usize::from(said.strength < 0);
        shorter += usize::from((said.strength < 0) == (n % 2 == 0));
    }
    (shorter as f64 / 2000.0, left as f64 / 2000.0)
}

#[test]
fn noise_and_bias_show_in_the_answers_as_set() {
    let (shorter, left) = shares(&[("noise", "0")]);
    assert!((shorter - 1.0).abs() < 1e-9 && (left - 0.5).abs() < 1e-9);
    let (shorter, _) = shares(&[("noise", "0.25")]);
    assert!((shorter - 0.75).abs() < 0.03, "{shorter}");
    let (_, left) = shares(&[("noise", "0"), ("position", "3")]);
    assert!((left - 1.0).abs() < 1e-9, "{left}");
    let (shorter, _) = shares(&[("noise", "0"), ("length", "2")]);
    assert!(shorter.abs() < 1e-9, "{shorter}");
}

#[test]
fn critiques_take_longer_in_the_proportion_that_people_need() {
    let settings = project::Settings::default();
    let model = panel(&[("seconds", "10")]).model;
    let mean = |kind: Kind| {
        let total: f64 = (0..3000)
            .map(|n| {
                let text = format!("a response about {n}");
                let responses = shown(&[&text, "another one"]);
                let used = if kind == Kind::Preference { 2 } else { 1 };
                let kinds = [kind];
                model
                    .answer(&ask(&kinds, &responses[..used], &settings))
                    .unwrap()
                    .seconds
            })
            .sum();
        total / 3000.0
    };
    assert!((mean(Kind::Preference) - 10.0).abs() < 0.4);
    assert!((mean(Kind::Critique) - 10.0 * 182.5 / 61.5).abs() < 1.2);
}

proptest! {
    #[test]
    fn any_text_gets_the_same_answer_twice(one in ".{1,60}", other in ".{1,60}", rule in 0..6_usize, seed in 0..99_u64) {
        let name = RULES[rule].name;
        let seed = seed.to_string();
        let model = panel(&[("rule", name), ("words", "a e"), ("limit", "4"), ("seed", &seed)]).model;
        let settings = project::Settings::default();
        let responses = shown(&[&one, &other]);
        for kinds in [&[Kind::Preference][..], &[Kind::Preference, Kind::Critique, Kind::Refinement], &[Kind::Grade]] {
            let question = Question { reference: Some("a longer reference text"), ..ask(kinds, &responses, &settings) };
            let answer = model.answer(&question);
            prop_assert_eq!(&answer, &model.answer(&question));
            match answer {
                Ok(answer) => prop_assert_eq!(answer.annotations.len(), kinds.len()),
                // only what the form itself would refuse, or what cannot be mended
                Err(problem) => prop_assert!(kinds.contains(&Kind::Refinement), "{}", problem),
            }
        }
    }
}
