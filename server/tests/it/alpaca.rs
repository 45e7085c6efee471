//! AlpacaEval's annotations come in through the importer, and the leaderboard says what AlpacaEval's own says.

use crate::browser::Browser;
use crate::test_app::{TestApp, on_both};
use domain::import::Plan;
use domain::project::Settings;
use domain::stats::quantile;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder with other people's data, if this machine has it.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("TOUCHSTONE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let data = folder.join("data/alpaca_eval");
    if !data.is_dir() {
        println!(
            "{} is missing: AlpacaEval's models are left out",
            data.display()
        );
        return None;
    }
    Some(data)
}

/// By model: what stands in the published leaderboard's columns.
fn published(folder: &Path) -> BTreeMap<String, BTreeMap<String, f64>> {
    let text = std::fs::read_to_string(folder.join("leaderboard.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let columns = lines.next().unwrap();
    let number = |(column, cell): (&&str, &&str)| Some(((*column).to_owned(), cell.parse().ok()?));
    lines
        .map(|cells| {
            let numbers = columns.iter().zip(&cells).filter_map(number).collect();
            (cells[0].to_owned(), numbers)
        })
        .collect()
}

async fn import(app: &TestApp, project: &domain::ids::ProjectId, folder: &Path) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".annotations.json.gz"))
        .collect();
    files.sort();
    let unpacked = tempfile::tempdir().unwrap();
    for file in files {
        let path = unpacked.path().join("annotations.json");
        let mut from = flate2::read::GzDecoder::new(std::fs::File::open(&file).unwrap());
        let mut to = std::fs::File::create(&path).unwrap();
        let bytes = std::io::copy(&mut from, &mut to).unwrap();
        let head = store::imports::file_head(&path, 1 << 16).unwrap();
        let settings = store::imports::Settings {
            plan: Plan::guess(&head, "annotations.json").unwrap(),
            // two answers in these files are empty, and an empty answer is none
            all_or_nothing: false,
            make_tasks: false,
            take_settings: false,
        };
        let bytes = i64::try_from(bytes).unwrap();
        let id = app
            .store
            .create_import(project, None, "annotations.json", bytes, &settings, 5)
            .await
            .unwrap();
        assert!(app.store.start_import(project, &id).await.unwrap());
        app.store
            .run_import(project, &id, path.clone())
            .await
            .unwrap();
        let done = app.store.import(project, &id).await.unwrap().unwrap();
        assert!(done.counts.annotations >= 803, "{}", file.display());
    }
}

async fn rows(browser: &mut Browser, path: &str) -> Vec<Value> {
    let json = browser.get(path).await;
    let json: Value = serde_json::from_str(&json.body).unwrap();
    json["rows"].as_array().unwrap().clone()
}

#[test]
fn the_leaderboard_says_what_alpaca_evals_own_says() {
    let Some(folder) = shared() else { return };
    let published = published(&folder);
    on_both(|app| {
        let (folder, published) = (folder.clone(), published.clone());
        async move {
            // ten thousand comparisons take a while; the same statements run on PostgreSQL in the store's story
            if app.store.database != store::Database::Sqlite {
                return;
            }
            let owner = app.account("Olga").await;
            let project = app
                .store
                .create_project("AlpacaEval", &Settings::default(), &owner, 1)
                .await
                .unwrap();
            import(&app, &project, &folder).await;
            app.store.count_now(&project, 99).await.unwrap();
            let mut browser = app.signed_in(&owner).await;
            let base = format!("/projects/{project}/dashboards");

            // so many are computed by the server's loop; the page says so until they are
            let against = format!("{base}?scores=against");
            let page = browser.get(&against).await;
            page.holds(app::text::controls::WAITING);
            for scores in ["length", "style"] {
                browser.get(&format!("{base}?scores={scores}")).await;
            }
            app.store.count_now(&project, 99).await.unwrap();
            let page = browser.get(&against).await;
            // the baseline is known by having met everybody
            page.holds("gpt4_1106_preview answers with");
            page.holds("As of ");
            let found = rows(&mut browser, &format!("{against}&as=json")).await;
            assert_eq!(found.len(), 12);
            let mut distances = Vec::new();
            for row in &found {
                let Some(known) = published.get(row["model"].as_str().unwrap()) else {
                    continue;
                };
                for (own, theirs) in [
                    ("win_rate", "win_rate"),
                    ("standard_error", "standard_error"),
                ] {
                    let (own, theirs) = (row[own].as_f64().unwrap(), known[theirs]);
                    assert!((own - theirs).abs() < 5e-5, "{row}: {own} and {theirs}");
                }
                let own = row["length_controlled"].as_f64().unwrap();
                assert!(
                    row["low"].as_f64().unwrap() <= own && own <= row["high"].as_f64().unwrap()
                );
                distances.push((own - known["length_controlled_winrate"]).abs());
            }
            distances.sort_by(f64::total_cmp);
            assert_eq!(distances.len(), 11);
            // as measured in docs/evaluation.md
            let (median, most) = (quantile(&distances, 0.5), quantile(&distances, 0.9));
            assert!(median < 0.605 && most < 5.85, "{median} {most}");

            // GPT-4 as judge prefers longer answers, and answers with lists; the intervals say how surely
            let style = rows(&mut browser, &format!("{base}?scores=style&as=json")).await;
            let length = style.iter().find(|it| it["name"] == "length").unwrap();
            assert!(length["low"].as_f64().unwrap() > 0.0, "{length}");
            assert_eq!(style.iter().filter(|it| it["kind"] == "trait").count(), 4);
            assert_eq!(style.iter().filter(|it| it["kind"] == "model").count(), 13);
            let page = browser.get(&format!("{base}?scores=length")).await;
            page.holds(app::text::controls::MOVES).holds("as=png");
            let csv = browser.get(&format!("{base}?scores=length&as=csv")).await;
            assert!(csv.body.contains("trait,length,"), "{}", csv.body);
        }
    });
}
