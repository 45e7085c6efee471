//! The demo project is what every first visitor sees, so it has to hold: every line is read with the
//! domain's own types, every quote stands where it says, and everything that is named exists.

use domain::annotation::{Annotation, Context, Criterion, Shown};
use domain::import::{
    AnnotationRecord, Format, Item, Layout, Plan, PromptRecord, Reader, Record, ResponseRecord,
};
use domain::project::Settings;
use domain::prompt::SourceKind;
use domain::{Kind, Provenance};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One file, as the importer reads it.
struct Demo {
    settings: Settings,
    prompts: BTreeMap<String, PromptRecord>,
    responses: BTreeMap<String, ResponseRecord>,
    annotations: BTreeMap<String, AnnotationRecord>,
}

fn read(file: &str) -> Demo {
    let path = format!("{}/../../demo/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    // settings have a default for everything, so a misspelt name would go unnoticed
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let known = serde_json::to_value(Settings::default()).unwrap();
    for name in first["settings"].as_object().unwrap().keys() {
        assert!(known.get(name).is_some(), "no setting is called {name}");
    }
    let plan = Plan {
        layout: Layout::Lines,
        format: Format::Record,
        columns: Vec::new(),
        source: String::new(),
        source_kind: SourceKind::Model,
        provenance: None,
    };
    let mut demo = Demo {
        settings: Settings::default(),
        prompts: BTreeMap::new(),
        responses: BTreeMap::new(),
        annotations: BTreeMap::new(),
    };
    for (line, item) in Reader::new(text.as_bytes(), &plan) {
        let item = item.unwrap_or_else(|wrong| panic!("{file}: {wrong:?}"));
        let Item::Record(record) = item else {
            panic!("line {line} is no record")
        };
        let new = match *record {
            Record::Project(it) => {
                demo.settings = it.settings;
                line == 1
            }
            Record::Prompt(it) => demo.prompts.insert(it.id.clone(), it).is_none(),
            // what is named stands earlier in the file, so that it can be read in one go
            Record::Response(it) => {
                assert!(demo.prompts.contains_key(&it.prompt), "line {line}");
                demo.responses.insert(it.id.clone(), it).is_none()
            }
            Record::Annotation(it) => {
                if let Some(named) = &it.subject {
                    assert!(demo.annotations.contains_key(named), "line {line}");
                }
                demo.annotations.insert(it.id.clone(), it).is_none()
            }
        };
        assert!(new, "line {line} says something again");
    }
    demo
}

/// What holds in both files.
fn check(demo: &Demo) {
    for (id, prompt) in &demo.prompts {
        assert!(!prompt.messages.is_empty(), "{id}");
        assert_eq!(prompt.messages.last().unwrap().role, "user", "{id}");
        assert!(!prompt.nodes.is_empty(), "{id}");
    }
    for (id, response) in &demo.responses {
        assert!(demo.prompts.contains_key(&response.prompt), "{id}: prompt");
        assert!(!response.text.trim().is_empty(), "{id}: text");
    }
    for (id, given) in &demo.annotations {
        check_one(id, given, demo);
    }
}

fn check_one(id: &str, given: &AnnotationRecord, demo: &Demo) {
    assert_eq!(
        given.provenance,
        Provenance::Simulated,
        "{id}: nobody in the demo is real"
    );
    assert!(
        given.seconds.unwrap() > 0.0 && given.at.is_some() && given.annotator.is_some(),
        "{id}"
    );
    let prompt = &demo.prompts[&given.prompt];
    let criteria: Vec<Criterion> = prompt
        .criteria
        .iter()
        .map(|part| Criterion {
            id: part.id.as_str().into(),
            text: part.text.clone(),
            points: part.points,
        })
        .collect();
    let shown: Vec<Shown> = given
        .responses
        .iter()
        .map(|id| {
            let response = &demo.responses[id];
            assert_eq!(
                response.prompt, given.prompt,
                "{id}: another prompt's response"
            );
            Shown {
                id: id.as_str().into(),
                text: response.text.clone(),
            }
        })
        .collect();
    let text = |response: &str| {
        assert!(
            given.responses.iter().any(|r| r == response),
            "{id}: {response} was not shown"
        );
        &demo.responses[response].text
    };
    let settings = &demo.settings;
    match &given.payload {
        Annotation::Preference(it) => {
            let sides = [it.left.as_str(), it.right.as_str()];
            assert_eq!(given.responses, sides, "{id}: sides");
            assert!((-3..=3).contains(&it.strength), "{id}");
            assert!(!it.both_bad || it.strength == 0, "{id}");
            for (aspect, strength) in &it.aspects {
                assert!(settings.aspects.contains(aspect), "{id}: {aspect}");
                assert!((-3..=3).contains(strength), "{id}: {aspect}");
            }
        }
        Annotation::Critique(it) => {
            assert!(!it.remarks.is_empty(), "{id}");
            for remark in &it.remarks {
                let said = text(remark.response.as_str());
                if let Some(aspect) = &remark.aspect {
                    assert!(settings.aspects.contains(aspect), "{id}: {aspect}");
                }
                if let Some(error) = &remark.error {
                    assert!(settings.error_types.contains(error), "{id}: {error}");
                }
                if let Some(quote) = &remark.quote {
                    let there: String = said
                        .chars()
                        .skip(quote.start)
                        .take(quote.end - quote.start)
                        .collect();
                    assert_eq!(there, quote.text, "{id}: quote");
                }
            }
        }
        Annotation::Refinement(it) => {
            assert!(!it.edits.is_empty(), "{id}");
            for edit in &it.edits {
                assert_ne!(
                    text(edit.response.as_str()).trim(),
                    edit.text.trim(),
                    "{id}"
                );
            }
        }
        Annotation::Incorporation(_) => {
            let subject = &demo.annotations[given.subject.as_ref().unwrap()];
            assert_eq!(subject.payload.kind(), Kind::Refinement, "{id}");
            assert_eq!(subject.prompt, given.prompt, "{id}");
            assert_ne!(
                subject.annotator, given.annotator,
                "{id}: judges their own work"
            );
            assert!(subject.at < given.at, "{id}: earlier than what it judges");
        }
        Annotation::Grade(it) => {
            text(it.response.as_str());
            assert!(
                settings.grade_labels.contains(it.label.as_ref().unwrap()),
                "{id}"
            );
            for met in &it.criteria {
                assert!(criteria.iter().any(|c| c.id == *met), "{id}: {met}");
            }
            assert!(!it.feedback.is_empty(), "{id}");
        }
    }
    // the form that would say the same again is understood, too
    let context = Context {
        responses: &shown,
        settings,
        criteria: &criteria,
    };
    let again = Annotation::parse(
        given.payload.kind(),
        &given.payload.to_fields(context),
        context,
    );
    assert_eq!(
        again.as_ref(),
        Ok(&Some(given.payload.clone())),
        "{id}: by form"
    );
}

fn count(demo: &Demo, kind: Kind) -> usize {
    demo.annotations
        .values()
        .filter(|given| given.payload.kind() == kind)
        .count()
}

#[test]
fn writing_holds_together_and_shows_every_kind_of_feedback() {
    let demo = read("writing.jsonl");
    check(&demo);
    assert!(demo.prompts.len() >= 64);
    let languages: BTreeSet<_> = demo
        .prompts
        .values()
        .map(|p| p.language.as_deref().unwrap())
        .collect();
    assert_eq!(languages, BTreeSet::from(["ar", "de", "en"]));
    let nodes: BTreeSet<_> = demo.prompts.values().flat_map(|p| &p.nodes).collect();
    assert!(nodes.len() >= 12);
    for id in demo.prompts.keys() {
        let answers = demo.responses.values().filter(|r| r.prompt == *id).count();
        assert!((3..=4).contains(&answers), "{id} has {answers} responses");
    }
    let sources: BTreeSet<_> = demo.responses.values().map(|r| &r.source.name).collect();
    assert_eq!(sources.len(), 5);

    assert!(count(&demo, Kind::Preference) >= 150);
    assert!(count(&demo, Kind::Critique) >= 70);
    assert!(count(&demo, Kind::Refinement) >= 35);
    assert!(count(&demo, Kind::Incorporation) >= 20);
    let mut pairs: BTreeMap<BTreeSet<&String>, BTreeMap<&Option<String>, f64>> = BTreeMap::new();
    for given in demo.annotations.values() {
        if let Annotation::Preference(it) = &given.payload {
            let reading = it.decided().map_or(0.0, |(chosen, _, _)| {
                if Some(chosen.as_str()) == given.responses.iter().min().map(String::as_str) {
                    -1.0
                } else {
                    1.0
                }
            });
            let twice = pairs
                .entry(given.responses.iter().collect())
                .or_default()
                .insert(&given.annotator, reading);
            assert!(twice.is_none(), "{:?} prefers twice", given.annotator);
        }
    }
    assert!(pairs.values().filter(|said| said.len() >= 2).count() >= 40);
    let opposed = pairs
        .values()
        .filter(|said| said.values().any(|&r| r < 0.0) && said.values().any(|&r| r > 0.0))
        .count();
    assert!(
        opposed >= 15,
        "only {opposed} pairs on which people disagree"
    );

    let touched: BTreeSet<_> = demo.annotations.values().map(|g| &g.prompt).collect();
    assert!(
        demo.prompts.len() - touched.len() >= 15,
        "the visitor's queue"
    );
}

#[test]
fn class_holds_together_and_two_teachers_overlap() {
    let demo = read("class.jsonl");
    check(&demo);
    assert!((6..=8).contains(&demo.prompts.len()));
    for (id, prompt) in &demo.prompts {
        assert!((2..=4).contains(&prompt.criteria.len()), "{id}: rubric");
    }
    let students: BTreeSet<_> = demo.responses.values().map(|r| &r.source.name).collect();
    assert!((14..=18).contains(&students.len()));
    assert!(demo.responses.len() >= 100);
    let mut graders: BTreeMap<&String, BTreeSet<&Option<String>>> = BTreeMap::new();
    for given in demo.annotations.values() {
        let answer = &given.responses[0];
        let new = graders.entry(answer).or_default().insert(&given.annotator);
        assert!(new, "{answer} is graded twice by {:?}", given.annotator);
    }
    assert!(graders.len() * 100 >= demo.responses.len() * 55);
    assert!(graders.len() < demo.responses.len(), "the visitor's queue");
    assert!(graders.values().filter(|who| who.len() == 2).count() >= 25);
}
