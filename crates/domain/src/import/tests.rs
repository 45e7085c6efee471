//! What one format writes reads back; broken rows name line, field and reason; nothing panics.

use super::*;
use crate::annotation::{Critique, Edit, Grade, Polarity, Preference, Refinement, Remark};
use proptest::prelude::*;
use serde_json::json;

fn items(text: &[u8]) -> Vec<(u64, Result<Item, Vec<RowProblem>>)> {
    let plan = Plan::guess(text, "file").unwrap();
    Reader::new(text, &plan).collect()
}

fn example(text: &str) -> Example {
    match items(text.as_bytes()).remove(0).1.unwrap() {
        Item::Example(example) => *example,
        Item::Record(record) => panic!("{record:?}"),
    }
}

fn problems(text: &str) -> Vec<String> {
    items(text.as_bytes())
        .into_iter()
        .filter_map(|(_, row)| row.err())
        .flatten()
        .map(|problem| problem.to_string())
        .collect()
}

fn said(example: &Example) -> Vec<&Annotation> {
    example.feedback.iter().map(|f| &f.payload).collect()
}

#[test]
fn chat_messages_end_with_the_response() {
    let read = example(
        r#"{"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","content":"Hello"}],"model":"m","x":1}"#,
    );
    assert_eq!(read.prompt.messages.len(), 2);
    assert_eq!(read.prompt.messages[1].content, "Hi");
    assert_eq!(
        (
            read.responses[0].text.as_str(),
            read.responses[0].source.as_str()
        ),
        ("Hello", "m")
    );
    assert_eq!(read.prompt.metadata, json!({"x": 1}));
}

#[test]
fn preferences_in_all_their_forms_read_alike() {
    for text in [
        r#"{"prompt":"What colour is the sky?","chosen":"Blue.","rejected":"Green."}"#,
        r#"{"prompt":[{"role":"user","content":"What colour is the sky?"}],"chosen":[{"role":"assistant","content":"Blue."}],"rejected":[{"role":"assistant","content":"Green."}]}"#,
        r#"{"chosen":[{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Blue."}],"rejected":[{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Green."}]}"#,
        r#"{"prompt":"What colour is the sky?","chosen":[{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Blue."}],"rejected":[{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Green."}]}"#,
        r#"{"chosen":"What colour is the sky? Blue.","rejected":"What colour is the sky? Green."}"#,
        r#"{"chosen":"\n\nHuman: What colour is the sky?\n\nAssistant: Blue.","rejected":"\n\nHuman: What colour is the sky?\n\nAssistant: Green."}"#,
        r#"{"input":{"messages":[{"role":"user","content":"What colour is the sky?"}]},"preferred_output":[{"role":"assistant","content":"Blue."}],"non_preferred_output":[{"role":"assistant","content":"Green."}]}"#,
        "prompt,chosen,rejected\nWhat colour is the sky?,Blue.,Green.\n",
        "question;response_1;response_2;winner\n\"What colour is the sky?\";Blue.;Green.;A\n",
    ] {
        let read = example(text);
        assert_eq!(
            read.prompt.messages,
            [Message::user("What colour is the sky?")],
            "{text}"
        );
        assert_eq!(
            [&read.responses[0].text, &read.responses[1].text],
            ["Blue.", "Green."],
            "{text}"
        );
        let [Annotation::Preference(preference)] = said(&read)[..] else {
            panic!("{text}")
        };
        let (chosen, rejected, _) = preference.decided().unwrap();
        assert_eq!((place_of(chosen), place_of(rejected)), (Some(0), Some(1)));
    }
}

#[test]
fn alpaca_annotations_are_a_machines() {
    let read = example(
        "[\n {\"instruction\":\"Q\",\"output_1\":\"a\",\"generator_1\":\"g1\",\"output_2\":\"b\",\"generator_2\":\"g2\",\n\"annotator\":\"judge\",\"preference\":1.9,\"dataset\":\"koala\"}\n]",
    );
    assert_eq!(read.feedback[0].provenance, Provenance::Machine);
    assert_eq!(read.feedback[0].metadata, json!({"preference": 1.9}));
    assert_eq!(read.prompt.metadata, json!({"dataset": "koala"}));
    assert_eq!(read.responses[1].source, "g2");
}

#[test]
fn a_class_of_short_answers_comes_from_a_semicolon_table() {
    let text = "\u{feff}Question;Reference answer;Student;Answer;Points;Feedback\r\n\"Why; why?\";Because;Ana;\"I do\r\nnot know\";1,5;Try again\r\n";
    let read = example(text);
    assert_eq!(read.prompt.messages[0].content, "Why; why?");
    assert_eq!(read.prompt.reference.as_deref(), Some("Because"));
    assert_eq!(read.responses[0].source_kind, SourceKind::Student);
    assert_eq!(read.responses[0].text, "I do\r\nnot know");
    let [
        Annotation::Grade(Grade {
            points: Some(points),
            feedback,
            ..
        }),
    ] = said(&read)[..]
    else {
        panic!("{read:?}")
    };
    assert_eq!((*points, feedback.as_str()), (1.5, "Try again"));
}

#[test]
fn numbered_columns_speak_of_their_response() {
    let read = example(
        "prompt,response_1,source_1,response_2,source_2,critique_2,refinement_1\np,x,m1,y,m2,too short,X\n",
    );
    assert_eq!(read.responses[1].source, "m2");
    let about = |n: usize| place(n);
    assert_eq!(
        said(&read),
        [
            &Annotation::Critique(Critique {
                remarks: vec![Remark {
                    response: about(1),
                    text: "too short".into(),
                    polarity: Polarity::Note,
                    aspect: None,
                    error: None,
                    quote: None,
                }]
            }),
            &Annotation::Refinement(Refinement {
                edits: vec![Edit {
                    response: about(0),
                    text: "X".into()
                }]
            })
        ]
    );
}

#[test]
fn a_bad_row_names_line_field_and_reason_and_the_next_is_read() {
    let text = "{\"prompt\":\"a\",\"chosen\":\"x\",\"rejected\":\"y\"}\n\n{\"prompt\":\"b\",\"chosen\":\"x\"}\n{\"prompt\":\nnot json\n{\"prompt\":\"c\",\"chosen\":\"x\",\"rejected\":\"x\"}\n{\"prompt\":\"d\",\"chosen\":\"x\\u0000\",\"rejected\":\"z\"}\n{\"prompt\":\"e\",\"chosen\":\"x\",\"rejected\":\"z\"}";
    let found = problems(text);
    assert_eq!(found.len(), 5, "{found:#?}");
    assert_eq!(found[0], "line 3, rejected: is needed");
    assert!(found[1].starts_with("line 4, row: ends in the middle of its JSON"));
    assert!(found[2].starts_with("line 5, row: is not JSON"));
    assert_eq!(
        found[3],
        "line 6, rejected: is the same as the chosen response"
    );
    assert_eq!(found[4], "line 7, chosen: holds the character NUL");
    assert_eq!(items(text.as_bytes()).len(), 7);
}

#[test]
fn a_row_that_is_too_long_is_a_problem_of_that_row_only() {
    let long = "x".repeat(MAX_ROW + 10);
    let good = r#"{"prompt":"p","completion":"c"}"#;
    for text in [
        format!("{good}\n{{\"prompt\":\"{long}\"}}\n{good}\n"),
        format!("[{good},\n{{\"prompt\":\"{long}\"}},\n{good}]"),
        format!("prompt,completion\np,c\n{long},c\np,c\n"),
    ] {
        let rows = items(text.as_bytes());
        let fine: Vec<bool> = rows.iter().map(|(_, row)| row.is_ok()).collect();
        assert_eq!(fine, [true, false, true]);
        let problem = &rows[1].1.as_ref().unwrap_err()[0];
        assert_eq!(problem.reason, "is longer than 4 MB");
    }
}

#[test]
fn what_is_no_text_is_refused_whole() {
    for bytes in [&b""[..], b"  \n ", b"\xff\xfea\0", b"PK\x03\x04\0\0"] {
        assert_eq!(Plan::guess(bytes, "f").unwrap_err().field, "file");
    }
}

/// Texts with everything that files get wrong: quotes, line breaks, separators, scripts.
fn words() -> impl Strategy<Value = String> {
    "[a-zé\"',;\n\t {}\\[\\]\\\\日م=@-]{0,24}".prop_map(|text| format!("w{text}w"))
}

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn said_by(kind: u8, text: String) -> Annotation {
    match kind {
        0 => Annotation::Preference(Preference {
            left: "r1".into(),
            right: "r2".into(),
            strength: -3,
            both_bad: false,
            aspects: std::iter::once(("clarity".into(), 1)).collect(),
            reason: text,
        }),
        1 => Annotation::Critique(Critique {
            remarks: vec![Remark {
                response: "r2".into(),
                text,
                polarity: Polarity::Praise,
                aspect: Some("clarity".into()),
                error: None,
                quote: crate::annotation::Quote::locate("some words", "words", None),
            }],
        }),
        2 => Annotation::Refinement(Refinement {
            edits: vec![Edit {
                response: "r1".into(),
                text,
            }],
        }),
        _ => Annotation::Grade(Grade {
            response: "r1".into(),
            label: Some("correct".into()),
            points: Some(1.25),
            criteria: vec!["c1".into()],
            feedback: text,
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_read_back(rows in prop::collection::vec((words(), words(), words()), 1..6), separator in prop::sample::select(vec![",", ";", "\t"]), end in prop::sample::select(vec!["\n", "\r\n"])) {
        let mut text = ["prompt", "response", "reference"].join(separator) + end;
        for (a, b, c) in &rows {
            text += &([cell(a), cell(b), cell(c)].join(separator) + end);
        }
        let read = items(text.as_bytes());
        prop_assert_eq!(read.len(), rows.len());
        for ((_, row), (a, b, c)) in read.into_iter().zip(rows) {
            let Ok(Item::Example(row)) = row else { panic!("{row:?}") };
            prop_assert_eq!(&row.prompt.messages[0].content, &a);
            prop_assert_eq!(&row.responses[0].text, &b);
            prop_assert_eq!(row.prompt.reference, Some(c));
        }
    }

    #[test]
    fn json_reads_back_by_line_and_as_an_array(rows in prop::collection::vec((words(), words(), words()), 1..6), pretty: bool) {
        let values: Vec<_> = rows
            .iter()
            .map(|(a, b, c)| json!({"prompt": a, "chosen": format!("1{b}"), "rejected": format!("2{c}")}))
            .collect();
        let lines = values.iter().map(|v| v.to_string() + "\n").collect::<String>();
        let array = if pretty { serde_json::to_string_pretty(&values) } else { serde_json::to_string(&values) }.unwrap();
        for text in [lines, array] {
            let read = items(text.as_bytes());
            prop_assert_eq!(read.len(), rows.len());
            for ((_, row), (a, b, c)) in read.into_iter().zip(&rows) {
                let Ok(Item::Example(row)) = row else { panic!("{row:?}") };
                prop_assert_eq!(&row.prompt.messages[0].content, a);
                prop_assert_eq!(&row.responses[0].text, &format!("1{b}"));
                prop_assert_eq!(&row.responses[1].text, &format!("2{c}"));
            }
        }
    }

    #[test]
    fn chats_and_alpaca_outputs_read_back(question in words(), answer in words()) {
        let chat = json!({"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]});
        let output = json!({"instruction": question, "output": answer, "generator": "g"});
        for text in [chat.to_string(), output.to_string()] {
            let read = example(&text);
            prop_assert_eq!(&read.prompt.messages, &[Message::user(question.clone())]);
            prop_assert_eq!(&read.responses[0].text, &answer);
        }
    }

    #[test]
    fn records_read_back(kind in 0u8..4, text in words(), at in prop::option::of(0i64..1 << 50), superseded: bool) {
        let payload = said_by(kind, text.clone());
        let records = [
            Record::Project(ProjectRecord { name: text.clone(), settings: crate::project::Settings::default() }),
            Record::Prompt(PromptRecord {
                id: "p".into(),
                messages: vec![Message::user(text.clone())],
                reference: Some(text.clone()),
                language: None,
                metadata: json!({"k": [1, text]}),
                nodes: vec!["Writing/Email".into()],
                criteria: vec![CriterionPart { id: "c1".into(), text: text.clone(), points: -0.5 }],
            }),
            Record::Response(ResponseRecord {
                id: "r1".into(),
                prompt: "p".into(),
                source: Source { name: "s".into(), kind: SourceKind::Student },
                text: text.clone(),
                metadata: json!({}),
            }),
            Record::Annotation(AnnotationRecord {
                id: "a".into(),
                kind: payload.kind(),
                prompt: "p".into(),
                responses: vec!["r1".into(), "r2".into()],
                annotator: Some(text),
                provenance: Provenance::Simulated,
                payload,
                at,
                seconds: Some(1.5),
                supersedes: superseded.then(|| "b".into()),
                withdrawn: !superseded,
                subject: None,
                metadata: json!({}),
            }),
        ];
        let written: String = records.iter().map(|r| serde_json::to_string(r).unwrap() + "\n").collect();
        let read: Vec<_> = items(written.as_bytes())
            .into_iter()
            .map(|(_, row)| match row { Ok(Item::Record(record)) => *record, other => panic!("{other:?}") })
            .collect();
        prop_assert_eq!(read, records);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), start in prop::sample::select(vec!["", "[", "{\"prompt\":", "prompt,response\n", "\u{feff}a;\"", "\n\nHuman:"])) {
        let mut text = start.as_bytes().to_vec();
        text.extend(bytes);
        if let Ok(plan) = Plan::guess(&text, "f") {
            for format in Format::ALL {
                let plan = Plan { format, ..plan.clone() };
                for (_, row) in Reader::new(&text[..], &plan) {
                    prop_assert!(row.is_ok() || row.is_err_and(|wrong| !wrong.is_empty()));
                }
            }
        }
    }
}
