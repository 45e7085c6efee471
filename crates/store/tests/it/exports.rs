//! What goes out: comes in again the same; TRL's formats as the `datasets` library reads them.

use crate::imports::{import_file, import_text, project};
use crate::on_both;
use domain::Provenance;
use domain::export::{Format, Request};
use domain::ids::ProjectId;
use domain::project::Settings;
use std::collections::HashMap;
use std::path::Path;
use store::Store;
use store::imports::State;

async fn export(store: &Store, project: &ProjectId, request: &Request) -> String {
    let (sink, mut texts) = tokio::sync::mpsc::channel(2);
    let (written, text) = tokio::join!(store.export(project, request, sink), async {
        let mut all = String::new();
        while let Some(text) = texts.recv().await {
            all += &text;
        }
        all
    });
    written.unwrap();
    text
}

/// The text with each identifier replaced by the order of its first appearance.
fn without_ids(text: &str) -> String {
    let is_id = |part: &str| {
        part.bytes().enumerate().all(|(n, byte)| match n {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let (mut out, mut from, mut at) = (String::new(), 0, 0);
    while at < text.len() {
        match text.get(at..at + 36).filter(|part| is_id(part)) {
            Some(id) => {
                let next = seen.len();
                let number = *seen.entry(id).or_insert(next);
                out += &format!("{}id {number}", &text[from..at]);
                at += 36;
                from = at;
            }
            None => at += 1,
        }
    }
    out + &text[from..]
}

fn demo(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../demo")
        .join(name)
}

#[test]
fn a_full_record_comes_in_again_the_same() {
    on_both(|store| async move {
        for file in ["writing.jsonl", "class.jsonl"] {
            let first = project(&store, &Settings::default()).await;
            let import = import_file(&store, &first, &demo(file), true).await;
            assert_eq!(
                (import.state, import.counts.bad_rows),
                (State::Done, 0),
                "{file}"
            );
            let record = export(&store, &first, &Request::new(Format::Record)).await;
            let second = project(&store, &Settings::default()).await;
            let import = import_text(&store, &second, &record, true).await;
            assert_eq!(
                (import.state, import.problem),
                (State::Done, None),
                "{file}"
            );
            let again = export(&store, &second, &Request::new(Format::Record)).await;
            assert_eq!(record.lines().count(), again.lines().count());
            for (one, other) in without_ids(&record)
                .lines()
                .zip(without_ids(&again).lines())
            {
                assert_eq!(one, other, "{file}");
            }
            // its own export, brought into the same project, changes nothing
            let import = import_text(&store, &first, &record, true).await;
            let counts = import.counts;
            assert_eq!(
                (counts.prompts, counts.responses, counts.annotations),
                (0, 0, 0),
                "{file}"
            );
        }
    });
}

const FEEDBACK: &str = r#"{"type":"prompt","id":"p","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Why?"}],"language":"en"}
{"type":"response","id":"r","prompt":"p","source":{"name":"m","kind":"model"},"text":"Because"}
{"type":"response","id":"s","prompt":"p","source":{"name":"n","kind":"model"},"text":"=HYPERLINK(1)"}
{"type":"annotation","id":"a","kind":"preference","prompt":"p","responses":["r","s"],"annotator":"Ada","provenance":"person","payload":{"left":"r","right":"s","strength":-1},"at":7}
{"type":"annotation","id":"b","kind":"preference","prompt":"p","responses":["r","s"],"annotator":"judge","provenance":"machine","payload":{"left":"r","right":"s","strength":3},"at":8}
{"type":"annotation","id":"c","kind":"refinement","prompt":"p","responses":["s"],"annotator":"Ada","provenance":"person","payload":{"edits":[{"response":"s","text":"Because so"}]},"at":9}
{"type":"annotation","id":"d","kind":"critique","prompt":"p","responses":["s"],"annotator":"Ada","provenance":"person","payload":{"remarks":[{"response":"s","text":"odd","polarity":"problem"}]},"at":9}
{"type":"annotation","id":"e","kind":"grade","prompt":"p","responses":["s"],"annotator":"Ada","provenance":"person","payload":{"response":"s","label":"incorrect","feedback":"-1"},"at":9}
"#;

#[test]
fn provenances_are_mixed_only_when_asked_and_formulas_are_text() {
    on_both(|store| async move {
        let project = project(&store, &Settings::default()).await;
        let import = import_text(&store, &project, FEEDBACK, true).await;
        assert_eq!(import.state, State::Done, "{:?}", import.problem);
        let mut request = Request::new(Format::Preference);
        let people = export(&store, &project, &request).await;
        assert_eq!(
            people,
            "{\"chosen\":\"Because\",\"prompt\":\"system: Be brief\\n\\nuser: Why?\",\"rejected\":\"=HYPERLINK(1)\"}\n"
        );
        request.provenances = vec![Provenance::Person, Provenance::Machine];
        assert_eq!(export(&store, &project, &request).await.lines().count(), 2);
        request.language = Some("de".into());
        assert_eq!(export(&store, &project, &request).await, "");
        let grades = export(&store, &project, &Request::new(Format::Grades)).await;
        let row = grades.lines().last().unwrap();
        assert!(
            row.contains(",n,'=HYPERLINK(1),incorrect,") && row.contains(",'-1,"),
            "{row}"
        );
        let card = export(&store, &project, &Request::new(Format::Card)).await;
        assert!(
            card.contains("| preference, machine | 1 |") && card.contains("SHA-256"),
            "{card}"
        );
    });
}

const READ_BACK: &str = r#"
import sys
from datasets import load_dataset
from datasets.features import Value
import datasets
folder = sys.argv[1]
def load(name):
    return load_dataset("json", data_files=f"{folder}/{name}.jsonl", split="train", cache_dir=f"{folder}/cache")
def is_text(feature):
    return isinstance(feature, Value) and feature.dtype in ("string", "large_string")
def is_messages(feature):
    inner = getattr(feature, "feature", None) or (feature[0] if isinstance(feature, list) else None)
    return set(inner) == {"role", "content"} and all(is_text(f) for f in inner.values())
for name, columns, check in [
    ("preference", {"prompt", "chosen", "rejected"}, is_text),
    ("preference-chat", {"prompt", "chosen", "rejected"}, is_messages),
    ("completion", {"prompt", "completion"}, is_text),
    ("completion-chat", {"prompt", "completion"}, is_messages),
]:
    data = load(name)
    assert set(data.column_names) == columns, (name, data.column_names)
    assert all(check(data.features[c]) for c in columns), (name, data.features)
    assert len(data) > 0, name
    print(name, len(data))
chat = load("preference-chat")[0]
assert chat["chosen"][-1]["role"] == "assistant" and chat["prompt"][-1]["role"] == "user", chat
"#;

#[test]
fn the_datasets_library_reads_the_training_sets() {
    let Some(python) = std::env::var_os("TEST_PYTHON") else {
        println!("TEST_PYTHON is not set: the datasets library is not tried");
        return;
    };
    on_both(|store| {
        let python = python.clone();
        async move {
            let project = project(&store, &Settings::default()).await;
            import_file(&store, &project, &demo("writing.jsonl"), true).await;
            let folder = tempfile::tempdir().unwrap();
            for format in [
                Format::Preference,
                Format::PreferenceChat,
                Format::Completion,
                Format::CompletionChat,
            ] {
                let mut request = Request::new(format);
                // the demo's annotators are invented, and say so
                request.provenances = vec![Provenance::Simulated];
                let text = export(&store, &project, &request).await;
                std::fs::write(folder.path().join(format.file_name()), text).unwrap();
            }
            let read = std::process::Command::new(&python)
                .args(["-c", READ_BACK])
                .arg(folder.path())
                .env("HF_HUB_OFFLINE", "1")
                .env("HF_HOME", folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&read.stderr);
            assert!(read.status.success(), "{said}");
            println!("{}", String::from_utf8_lossy(&read.stdout));
        }
    });
}
