//! Importing, again, after a failure; tasks; search.

use crate::on_both;
use domain::{Kind, ids::ProjectId, import::Plan, project::Settings as Project};
use sqlx::Row;
use std::path::{Path, PathBuf};
use store::Store;
use store::imports::{Counts, Import, Settings, State};

pub(crate) async fn project(store: &Store, settings: &Project) -> ProjectId {
    let name = store::new_id();
    let ada = store
        .create_account(&format!("{name}@example.org"), "Ada", "hash", 1)
        .await
        .unwrap();
    store
        .create_project(&name, settings, &ada, 1)
        .await
        .unwrap()
}

pub(crate) async fn import_file(
    store: &Store,
    project: &ProjectId,
    file: &Path,
    all_or_nothing: bool,
) -> Import {
    let head = store::imports::file_head(file, 1 << 16).unwrap();
    let settings = Settings {
        plan: Plan::guess(&head, "file").unwrap(),
        all_or_nothing,
        make_tasks: true,
        take_settings: true,
    };
    let bytes = i64::try_from(std::fs::metadata(file).unwrap().len()).unwrap();
    let id = store
        .create_import(project, None, "file", bytes, &settings, 5)
        .await
        .unwrap();
    assert!(store.start_import(project, &id).await.unwrap());
    assert!(!store.start_import(project, &id).await.unwrap());
    store
        .run_import(project, &id, file.to_owned())
        .await
        .unwrap();
    store.import(project, &id).await.unwrap().unwrap()
}

pub(crate) async fn import_text(
    store: &Store,
    project: &ProjectId,
    text: &str,
    all_or_nothing: bool,
) -> Import {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, text).unwrap();
    import_file(store, project, &file, all_or_nothing).await
}

#[test]
fn the_same_file_twice_changes_nothing() {
    on_both(|store| async move {
        let project = project(&store, &Project::default()).await;
        let text = (0..1203).fold(String::new(), |text, n| {
            text + &format!(
                "{{\"prompt\":\"Question {n}\",\"chosen\":\"Good {n}\",\"rejected\":\"Bad {n}\"}}\n"
            )
        });
        let first = import_text(&store, &project, &text, false).await;
        let expected = Counts {
            prompts: 1203,
            responses: 2406,
            annotations: 1203,
            tasks: 1203,
            ..Counts::default()
        };
        assert_eq!(
            (first.state, first.counts, first.rows_read),
            (State::Done, expected, 1203)
        );
        // the file's preferences answer the tasks
        let tally = async || {
            let text = "SELECT tasks, open_tasks, finished FROM project_tally WHERE project = $1";
            let row = sqlx::query(text)
                .bind(project.as_str())
                .fetch_one(&store.read)
                .await
                .unwrap();
            [row.get::<i64, _>(0), row.get(1), row.get(2)]
        };
        assert_eq!(tally().await, [1203, 0, 1203]);
        let again = import_text(&store, &project, &text, true).await;
        let expected = Counts {
            prompts_known: 1203,
            responses_known: 2406,
            annotations_known: 1203,
            ..Counts::default()
        };
        assert_eq!((again.state, again.counts), (State::Done, expected));
        assert_eq!(again.bytes_read, again.bytes_total);
        assert_eq!(tally().await, [1203, 0, 1203]);
    });
}

#[test]
fn bad_rows_are_named_and_all_or_nothing_writes_nothing() {
    on_both(|store| async move {
        let project = project(&store, &Project::default()).await;
        let text = "{\"prompt\":\"a\",\"completion\":\"b\"}\nbroken\n{\"prompt\":\"c\",\"completion\":7}\n{\"completion\":\"x\"}\n";
        let import = import_text(&store, &project, text, true).await;
        assert_eq!(import.state, State::Failed);
        assert!(store.is_empty(&project).await.unwrap());
        let problems = store.import_problems(&import.id, 10).await.unwrap();
        let places: Vec<_> = problems
            .iter()
            .map(|p| (p.line, p.field.as_str()))
            .collect();
        assert_eq!(places, [(2, "row"), (4, "prompt")]);
        let import = import_text(&store, &project, text, false).await;
        assert_eq!(
            (import.state, import.counts.prompts, import.counts.bad_rows),
            (State::Done, 2, 2)
        );
    });
}

#[test]
fn records_refer_to_each_other_and_strays_are_refused() {
    on_both(|store| async move {
        let project = project(&store, &Project::default()).await;
        let text = r#"{"type":"project","name":"P","settings":{"kinds":["grade","critique"],"grade_labels":["yes","no"]}}
{"type":"prompt","id":"p","messages":[{"role":"user","content":"Why?"}],"nodes":["A/B"],"criteria":[{"id":"c","text":"says because","points":2}]}
{"type":"response","id":"r","prompt":"p","source":{"name":"Bo","kind":"student"},"text":"Because"}
{"type":"response","id":"s","prompt":"nowhere","source":{"name":"Bo","kind":"student"},"text":"Because"}
{"type":"annotation","id":"a","kind":"grade","prompt":"p","responses":["r"],"annotator":"T","provenance":"person","payload":{"response":"r","criteria":["c"]},"at":7}
{"type":"annotation","id":"b","kind":"grade","prompt":"p","responses":["r"],"annotator":"T","provenance":"person","payload":{"response":"r","label":"yes"},"at":8,"supersedes":"a"}
{"type":"annotation","id":"d","kind":"grade","prompt":"p","responses":["r"],"provenance":"person","payload":{"response":"r","label":"maybe"}}
{"type":"annotation","id":"e","kind":"critique","prompt":"p","responses":["s"],"provenance":"person","payload":{"remarks":[{"response":"s","text":"x","polarity":"note"}]}}
"#;
        let import = import_text(&store, &project, text, false).await;
        let expected = Counts {
            prompts: 1,
            responses: 1,
            annotations: 2,
            tasks: 1,
            bad_rows: 3,
            ..Counts::default()
        };
        assert_eq!((import.state, import.counts), (State::Done, expected));
        let problems = store.import_problems(&import.id, 10).await.unwrap();
        let mut places: Vec<_> = problems
            .iter()
            .map(|p| (p.line, p.field.as_str()))
            .collect();
        places.sort_unstable();
        assert_eq!(places, [(4, "prompt"), (7, "label"), (8, "responses")]);
        let kinds = store
            .project(&project)
            .await
            .unwrap()
            .unwrap()
            .settings
            .kinds;
        assert_eq!(kinds, [Kind::Grade, Kind::Critique]);
    });
}

#[test]
fn search_finds_prompts_responses_and_what_people_wrote() {
    on_both(|store| async move {
        let project = project(&store, &Project::default()).await;
        let text = "prompt,response,critique\nHow do owls hunt?,They listen,Charming but vague\nWhat is a sonnet?,Fourteen lines,\nHow do bats hunt?,They listen too,\n";
        import_text(&store, &project, text, false).await;
        for (query, expected) in [
            ("hunt", Some(vec![1, 3])),
            ("LISTEN owls", Some(vec![1])),
            ("charm", Some(vec![1])),
            ("four", Some(vec![2])),
            ("hun", Some(vec![])),
            (" ?! ", None),
        ] {
            assert_eq!(
                store.search(&project, query).await.unwrap(),
                expected,
                "{query}"
            );
        }
        // a later response to a prompt that is indexed already
        import_text(
            &store,
            &project,
            "prompt,response,source\nWhat is a sonnet?,A volta turns it,m2\n",
            false,
        )
        .await;
        assert_eq!(
            store.search(&project, "volta").await.unwrap(),
            Some(vec![2])
        );
    });
}

/// The folder with other people's data, if this machine has it.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let folder = std::env::var_os("TOUCHSTONE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let data = folder.join("data");
    if !data.is_dir() {
        println!("{} is missing: its files are left out", data.display());
        return None;
    }
    Some(data)
}

#[test]
fn real_alpaca_eval_files_come_in_whole() {
    let Some(data) = shared_data() else { return };
    on_both(|store| {
        let data = data.clone();
        async move {
            let project = project(&store, &Project::default()).await;
            let outputs = data.join("alpaca_eval/alpaca-7b.model_outputs.json");
            let import = import_file(&store, &project, &outputs, true).await;
            assert_eq!(
                (import.state, import.counts.prompts, import.counts.responses),
                (State::Done, 805, 805)
            );
            for model in ["alpaca-7b", "claude-2.1"] {
                let file = data.join(format!("alpaca_eval/{model}.annotations.json.gz"));
                let import = import_file(&store, &project, &file, true).await;
                let counts = import.counts;
                assert_eq!(
                    (import.state, import.rows_read, counts.bad_rows),
                    (State::Done, 805, 0),
                    "{model}"
                );
                assert_eq!((counts.prompts, counts.annotations), (0, 805), "{model}");
            }
        }
    });
}
