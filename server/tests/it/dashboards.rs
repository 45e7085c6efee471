//! The dashboards through the server: numbers on the page, files at the same address, empty states, the way down.

use crate::test_app::{TestApp, on_both};
use domain::Kind;
use domain::ids::{ProjectId, UserId};
use domain::project::Settings;
use domain::prompt::{Message, SourceKind};
use store::comparisons::{Comparison, Said};

pub(crate) struct World {
    pub(crate) owner: UserId,
    pub(crate) project: ProjectId,
}

pub(crate) async fn project(app: &TestApp) -> World {
    let owner = app.account("Olga").await;
    let settings = Settings {
        kinds: Kind::ALL.to_vec(),
        ..Settings::default()
    };
    let project = app
        .store
        .create_project("Boards", &settings, &owner, 1)
        .await
        .unwrap();
    World { owner, project }
}

pub(crate) async fn compare(
    app: &TestApp,
    world: &World,
    n: usize,
    models: [&str; 2],
    strength: i8,
) {
    let said = |model: &str| Said {
        source: model.to_owned(),
        kind: SourceKind::Model,
        text: format!("{model} says {n}"),
        metadata: serde_json::json!({}),
    };
    let comparison = Comparison {
        prompt: None,
        messages: vec![Message::user(format!("Question {n}"))],
        left: said(models[0]),
        right: said(models[1]),
        strength,
        both_bad: false,
        reason: "<b>because</b> it invents a source".into(),
    };
    app.store
        .save_comparison(&world.project, &comparison, &world.owner, 10)
        .await
        .unwrap();
}

const PAGES: [&str; 12] = [
    "",
    "/matrix",
    "/spread",
    "/models",
    "/nodes",
    "/map",
    "/prompts",
    "/phrases",
    "/reports",
    "/time",
    "/weakness",
    "/versions",
];

#[test]
fn an_empty_project_says_what_is_missing_and_links_to_it() {
    on_both(|app| async move {
        let world = project(&app).await;
        let mut browser = app.signed_in(&world.owner).await;
        for page in PAGES {
            let path = format!("/projects/{}/dashboards{page}", world.project);
            let shown = browser.get(&path).await;
            assert_eq!(shown.status, 200, "{path}");
            shown.holds(app::text::dashboards::EMPTY);
            shown.holds("/data/import");
        }
    });
}

#[test]
fn a_board_shows_ranks_intervals_and_files_and_leads_down_to_the_words() {
    on_both(|app| async move {
        let world = project(&app).await;
        for n in 0..40 {
            compare(
                &app,
                &world,
                n,
                ["weak", "strong <x>"],
                if n % 5 == 0 { -1 } else { 2 },
            )
            .await;
        }
        compare(&app, &world, 41, ["rare", "weak"], 1).await;
        app.store.count_now(&world.project, 99).await.unwrap();
        let base = format!("/projects/{}/dashboards", world.project);
        let mut browser = app.signed_in(&world.owner).await;
        let page = browser.get(&base).await;
        page.holds("strong &lt;x&gt;");
        page.holds("41 comparisons");
        // 32 of 40 points
        page.holds("80.0 %");
        page.holds("badge\">few");
        page.holds("<svg viewBox");
        page.holds("Counted here: People.");

        let csv = browser.get(&format!("{base}?as=csv")).await;
        assert!(csv.header("content-type").starts_with("text/csv"));
        assert!(csv.body.contains("\r\nstrong <x>,1,"), "{}", csv.body);
        let json = browser.get(&format!("{base}?as=json")).await;
        let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
        assert_eq!(json["rows"].as_array().unwrap().len(), 3);
        assert_eq!(json["rows"][0]["win_rate"], 0.8);
        let svg = browser.get(&format!("{base}?as=svg")).await;
        assert_eq!(svg.header("content-type"), "image/svg+xml");
        assert!(svg.body.starts_with("<svg xmlns=") && !svg.body.contains("strong <x>"));
        for page in ["", "/matrix", "/spread", "/time"] {
            let png = browser.get(&format!("{base}{page}?as=png&by=block")).await;
            assert_eq!(png.header("content-type"), "image/png", "{page}");
            assert!(png.body.contains("PNG") && png.body.len() > 2_000, "{page}");
        }

        let matrix = browser.get(&format!("{base}/matrix")).await;
        matrix.holds("title=\"32/0/8\"");
        let spread = browser.get(&format!("{base}/spread")).await;
        spread.holds("won, clearly");
        for page in ["/matrix", "/spread", "/prompts"] {
            for kind in ["csv", "json"] {
                let file = browser.get(&format!("{base}{page}?as={kind}")).await;
                assert!(
                    file.header("content-disposition").starts_with("attachment"),
                    "{page} {kind}"
                );
            }
        }
        for page in ["/models", "/nodes", "/map"] {
            browser
                .get(&format!("{base}{page}"))
                .await
                .holds(app::text::dashboards::NO_TREE);
        }

        // down: the strong model's prompts, those first that it lost
        let list = browser.get(&format!("{base}/prompts?model=2")).await;
        let first = list.body.split("/dashboards/prompts/").nth(1).unwrap();
        let prompt = first.split(['?', '"']).next().unwrap().to_owned();
        let one = browser.get(&format!("{base}/prompts/{prompt}")).await;
        one.holds("better than");
        one.holds("&lt;b&gt;because&lt;/b&gt;");
        one.holds(&format!("/data/prompts/{prompt}#said-"));
        let none = browser.get(&format!("{base}/prompts/no-such")).await;
        assert_eq!(none.status, 404);
    });
}

/// Puts every other prompt under Writing › Email, the rest under Coding.
pub(crate) async fn tree(app: &TestApp, world: &World) {
    for (id, parent, name, path) in [
        ("w", None, "Writing", "Writing"),
        ("e", Some("w"), "Email <i>", "Writing/Email <i>"),
        ("c", None, "Coding", "Coding"),
    ] {
        sqlx::query(
            "INSERT INTO node (id, project, parent, name, path) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(world.project.as_str())
        .bind(parent)
        .bind(name)
        .bind(path)
        .execute(&app.store.write)
        .await
        .unwrap();
    }
    for sql in [
        "INSERT INTO prompt_node (prompt, node) SELECT id, CASE WHEN (number / 2) % 2 = 0 THEN 'e' ELSE 'c' END FROM prompt WHERE project = $1",
        "UPDATE prompt SET placed = 0 WHERE project = $1",
    ] {
        sqlx::query(sql)
            .bind(world.project.as_str())
            .execute(&app.store.write)
            .await
            .unwrap();
    }
}

#[test]
fn trees_maps_and_reports_stand_on_nodes() {
    on_both(|app| async move {
        let world = project(&app).await;
        for n in 0..60 {
            // the second model nearly always wins on one half of the prompts, and loses on the other
            let strength = if (n % 2 == 0) == (n % 9 == 0) { -2 } else { 2 };
            compare(&app, &world, n, ["one", "two"], strength).await;
            compare(
                &app,
                &world,
                n,
                ["one", "three"],
                if n % 3 == 0 { 1 } else { -1 },
            )
            .await;
        }
        tree(&app, &world).await;
        app.store.count_now(&world.project, 99).await.unwrap();
        let base = format!("/projects/{}/dashboards", world.project);
        let mut browser = app.signed_in(&world.owner).await;
        let board = browser.get(&format!("{base}?node=e")).await;
        board.holds("60 comparisons");
        board.holds("Email &lt;i&gt;");
        let models = browser.get(&format!("{base}/models")).await;
        models.holds("Email &lt;i&gt;</a>");
        models.holds("<details><summary>");
        models.holds("Writing: leaderboard</a>");
        let nodes = browser
            .get(&format!("{base}/nodes?node=e&node=c&q=cod"))
            .await;
        nodes.holds("Writing/Email &lt;i&gt;");
        assert_eq!(nodes.body.matches("class=\"dash-rank\"").count(), 2);
        let csv = browser
            .get(&format!("{base}/nodes?node=e&node=c&as=csv"))
            .await;
        assert_eq!(csv.body.lines().count(), 7, "{}", csv.body);
        let map = browser.get(&format!("{base}/map")).await;
        map.holds("<svg viewBox");
        map.holds("/dashboards/map?judge=");
        let svg = browser.get(&format!("{base}/map?as=svg")).await;
        assert!(
            svg.body.contains("<rect class=\"area step-"),
            "{}",
            svg.body
        );

        let weak = browser.get(&format!("{base}/weakness?model=2")).await;
        weak.holds("Writing/Email &lt;i&gt;");
        weak.holds("<span class=\"badge good\">stronger</span>");
        // the second model against the first, node by node
        let both = browser.get(&format!("{base}/versions?new=2&old=1")).await;
        both.holds("improved").holds("hurt");
        both.holds(&format!("/projects/{}/runs/new?node=c", world.project));
        let csv = browser
            .get(&format!("{base}/versions?new=2&old=1&as=csv"))
            .await;
        let line = |words: &str| csv.body.lines().find(|it| it.contains(words)).unwrap();
        assert!(line("Email").contains("improved"), "{}", csv.body);
        assert!(line("Coding").contains("hurt"), "{}", csv.body);
        // training on it alone: half of the prompts
        let new = format!("/projects/{}/runs/new", world.project);
        let all = browser.get(&new).await;
        all.holds("120 preferences");
        let part = browser.get(&format!("{new}?node=e")).await;
        part.holds("60 preferences").holds("Learn from everything");
        part.holds("&amp;node=e");
        for report in ["ranks", "failure", "difference", "cluster", "trade"] {
            let path = format!("{base}/reports?report={report}");
            assert_eq!(browser.get(&path).await.status, 200, "{report}");
            let json = browser.get(&format!("{path}&as=json")).await;
            let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
            let rows = json["rows"].as_array().unwrap();
            // what has lines has a picture, and offers it
            let svg = browser.get(&format!("{path}&as=svg")).await;
            let drawn = svg.body.starts_with("<svg");
            assert_eq!(drawn, !rows.is_empty(), "{report}");
        }
    });
}
