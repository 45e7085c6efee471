//! What is computed from single verdicts, and the ways on from it: other scores, courses over time, a model's words about
//! weaknesses, prompts put first in the queue.

use crate::dashboards::{World, compare, project, tree};
use crate::test_app::{TestApp, on_both};
use axum::body::Bytes;
use axum::{Json, Router, routing};
use domain::prompt::{Message, SourceKind};
use serde_json::{Value, json};
use store::comparisons::{Comparison, Said};

/// The longer answer wins 3 of 4 times, whoever wrote it; both models are long on half of the prompts.
async fn by_length(app: &TestApp, world: &World) {
    for n in 0..200_usize {
        let long = ["one", "two"][n % 2];
        let said = |source: &str| Said {
            source: source.to_owned(),
            kind: SourceKind::Model,
            text: if source == long {
                format!("**A** long answer {n}, {}", "and on ".repeat(20 + n % 7))
            } else {
                format!("Short {n}")
            },
            metadata: json!({}),
        };
        let longer_wins = (n / 2) % 4 != 0;
        let one_wins = (long == "one") == longer_wins;
        let comparison = Comparison {
            prompt: None,
            messages: vec![Message::user(format!("Question {n}"))],
            left: said("one"),
            right: said("two"),
            strength: if one_wins { -2 } else { 2 },
            both_bad: false,
            reason: String::new(),
        };
        let saved = app
            .store
            .save_comparison(&world.project, &comparison, &world.owner, 10);
        saved.await.unwrap();
    }
    app.store.count_now(&world.project, 99).await.unwrap();
}

#[test]
fn length_and_style_are_held_equal_and_say_what_they_do() {
    on_both(|app| async move {
        let world = project(&app).await;
        by_length(&app, &world).await;
        let mut browser = app.signed_in(&world.owner).await;
        let base = format!("/projects/{}/dashboards", world.project);
        let board = browser.get(&base).await;
        board.holds("length held equal");
        let page = browser.get(&format!("{base}?scores=length")).await;
        page.holds("What moves a verdict").holds("As of ");
        page.holds("<th scope=\"row\">length</th>");
        page.lacks("<th scope=\"row\">bold</th>");
        let json = browser.get(&format!("{base}?scores=length&as=json")).await;
        let json: Value = serde_json::from_str(&json.body).unwrap();
        let of = |name: &str| {
            let rows = json["rows"].as_array().unwrap();
            rows.iter().find(|it| it["name"] == name).unwrap().clone()
        };
        // standardised, the difference is near ±1 everywhere: ln 3 is the log-odds of 3 to 1
        let pull = of("length")["value"].as_f64().unwrap();
        assert!((pull - 3_f64.ln()).abs() < 0.15, "{pull}");
        let apart = of("one")["value"].as_f64().unwrap() - of("two")["value"].as_f64().unwrap();
        assert!(apart.abs() < 30.0, "{apart}");
        let page = browser.get(&format!("{base}?scores=style")).await;
        page.holds("<th scope=\"row\">bold</th>");
        let page = browser
            .get(&format!("{base}?scores=against&baseline=1"))
            .await;
        page.holds("200").holds("difficulties cannot be told");

        // a new verdict makes it out of date; it is there at the next look
        compare(&app, &world, 900, ["three", "one"], 1).await;
        app.store.count_now(&world.project, 99).await.unwrap();
        let page = browser.get(&format!("{base}?scores=length")).await;
        page.holds("from 201 comparisons").holds("three");
    });
}

#[test]
fn courses_are_drawn_by_week_and_by_equal_parts() {
    on_both(|app| async move {
        let world = project(&app).await;
        for n in 0..60 {
            compare(&app, &world, n, ["one", "two"], if n < 30 { -2 } else { 2 }).await;
        }
        // half of them a fortnight before
        sqlx::query("UPDATE annotation SET created_at = CASE WHEN CAST((SELECT number FROM prompt p WHERE p.id = annotation.prompt) AS BIGINT) <= 30 THEN 0 ELSE 1209600000 END")
            .execute(&app.store.write)
            .await
            .unwrap();
        app.store.count_now(&world.project, 99).await.unwrap();
        let mut browser = app.signed_in(&world.owner).await;
        let base = format!("/projects/{}/dashboards/time", world.project);
        let page = browser.get(&base).await;
        page.holds("1970-01-01")
            .holds("1970-01-15")
            .holds("<svg viewBox");
        let csv = browser.get(&format!("{base}?as=csv")).await;
        let one: Vec<&str> = csv.body.lines().filter(|it| it.contains(",one,")).collect();
        assert_eq!(one.len(), 2, "{}", csv.body);
        assert!(
            one[0].contains(",30,1,") && one[1].contains(",30,0,"),
            "{one:?}"
        );
        let page = browser.get(&format!("{base}?by=block&measure=score")).await;
        page.holds("comparisons so far");
        let svg = browser.get(&format!("{base}?by=block&as=svg")).await;
        assert!(svg.body.contains("polyline"), "{}", svg.body);
        let day = browser.get(&format!("{base}?by=day&model=2")).await;
        day.holds("two");
    });
}

/// Answers every chat with the number of its words.
async fn writer() -> String {
    async fn chat(body: Bytes) -> Json<Value> {
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let text = asked["messages"][0]["content"].as_str().unwrap();
        let reply = format!("<b>Weak</b> in {} words.", text.split_whitespace().count());
        Json(json!({
            "choices": [{"message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1},
        }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/v1/chat/completions", routing::post(chat));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

#[test]
fn a_weakness_is_narrated_by_a_model_and_leads_to_feedback_and_training() {
    on_both(|app| async move {
        let world = project(&app).await;
        for n in 0_usize..60 {
            // prompts are numbered from 1: the first model loses where Coding is, nearly always
            let wins = (n.div_ceil(2) % 2 == 0) != (n % 7 == 0);
            let strength = if wins { -2 } else { 2 };
            compare(&app, &world, n, ["one", "two"], strength).await;
        }
        tree(&app, &world).await;
        app.store.count_now(&world.project, 99).await.unwrap();
        let mut browser = app.signed_in(&world.owner).await;
        let base = format!("/projects/{}/dashboards", world.project);
        let page = browser.get(&format!("{base}/weakness")).await;
        page.holds(app::text::narrate::CHOOSE);
        let page = browser.get(&format!("{base}/weakness?model=1")).await;
        page.holds(app::text::narrate::NO_MODELS);
        page.holds("value=\"c\"").holds(app::text::narrate::FIRST);

        for (name, url) in [
            ("desk", &*writer().await),
            ("gone", "http://127.0.0.1:9/v1"),
        ] {
            app.store
                .create_endpoint(&world.project, name, url, None, &["m".to_owned()], 5)
                .await
                .unwrap();
        }
        let page = browser.get(&format!("{base}/weakness?model=1")).await;
        page.holds("desk/m");
        let ask = format!("{base}/weakness/narrate");
        let nobody = browser
            .post(&ask, &[("model", "1"), ("writer", "no")])
            .await;
        assert_eq!(nobody.status, 422);
        for writer in ["desk/m", "gone/m"] {
            let asked = browser
                .post(&ask, &[("model", "1"), ("writer", writer)])
                .await;
            assert_eq!(asked.status, 303, "{}", asked.body);
        }
        let mut page = browser.get(&format!("{base}/weakness?model=1")).await;
        for _ in 0..200 {
            if !page.body.contains(app::text::narrate::PENDING) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            page = browser.get(&format!("{base}/weakness?model=1")).await;
        }
        page.holds("Written by the model desk/m");
        page.holds("&lt;b&gt;Weak&lt;/b&gt; in ");
        // the numbers that it was given, and why the other wrote nothing
        page.holds("on which it is weaker than its overall strength predicts:\n- Coding");
        page.holds("Written by the model gone/m")
            .holds("notice bad");

        // people are asked first about the node, then no longer
        let priorities = async |wanted: i64| {
            let row: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM task WHERE priority = $1 AND open > 0")
                    .bind(wanted)
                    .fetch_one(&app.store.read)
                    .await
                    .unwrap();
            row
        };
        let first = format!("{base}/first");
        let none = browser.post(&first, &[("node", "no")]).await;
        assert_eq!(none.status, 404);
        let done = browser.post(&first, &[("node", "c")]).await;
        done.holds("Coding").holds("/runs/new?node=c");
        let raised = priorities(1).await;
        assert_eq!(raised, 30, "{}", done.body);
        browser
            .post(&first, &[("node", "c"), ("do", "usual")])
            .await
            .holds("usual place");
        assert_eq!(priorities(1).await, 0);
    });
}
