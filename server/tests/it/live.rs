//! The live model with an encoder: chosen in the settings, read in the background, said on its page.

use crate::browser::Browser;
use crate::learning::project;
use crate::test_app::{TestApp, on_both};
use axum::body::Bytes;
use axum::{Json, Router, routing};
use domain::ids::{ProjectId, UserId};
use domain::prompt::{Message, SourceKind};
use serde_json::{Value, json};
use std::time::Duration;
use store::comparisons::{Comparison, Said};
use store::live::Learner;

/// A server that gives vectors: which of two words is in a text.
async fn encoder() -> String {
    async fn embed(body: Bytes) -> Json<Value> {
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let texts = asked["input"].as_array().unwrap();
        let vector = |(index, text): (usize, &Value)| {
            let has = |word: &str| f64::from(text.as_str().unwrap().contains(word));
            json!({"index": index, "embedding": [has("calm"), has("rude"), 0.5]})
        };
        let data: Vec<Value> = texts.iter().enumerate().map(vector).collect();
        Json(json!({ "data": data }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/v1/embeddings", routing::post(embed));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

/// So many comparisons of a calm and a rude answer.
async fn compare(app: &TestApp, project: &ProjectId, by: &UserId, many: usize) {
    for n in 0..many {
        let said = |how: &str| Said {
            source: how.to_owned(),
            kind: SourceKind::Model,
            text: format!("a {how} answer, number {n}"),
            metadata: json!({}),
        };
        let comparison = Comparison {
            prompt: None,
            messages: vec![Message::user(format!("Question {n}"))],
            left: said("calm"),
            right: said("rude"),
            strength: -2,
            both_bad: false,
            reason: String::new(),
        };
        let now = 10 + i64::try_from(n).unwrap();
        let saved = app.store.save_comparison(project, &comparison, by, now);
        saved.await.unwrap();
    }
}

/// Saves the settings with this encoder, through their page.
async fn choose(app: &TestApp, browser: &mut Browser, project: &ProjectId, encoder: &str) {
    let now = app.store.project(project).await.unwrap().unwrap();
    let mut fields = now.settings.to_fields();
    fields.set("encoder", encoder);
    fields.push("name", &now.name);
    fields.push("version", now.version());
    let fields: Vec<(&str, &str)> = fields
        .0
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let at = format!("/projects/{project}/settings");
    browser.post(&at, &fields).await.has_status(303);
}

#[test]
fn an_encoder_is_chosen_reads_the_responses_and_its_page_says_how_far_it_is() {
    on_both(|app| async move {
        let (project, owner, mut browser) = project(&app).await;
        let settings = format!("/projects/{project}/settings");
        let live = format!("/projects/{project}/live");
        browser.get(&settings).await.holds("words, length and form");
        let base = encoder().await;
        let fields = [
            ("name", "outside"),
            ("base_url", &*base),
            ("key", ""),
            ("models", "meanings"),
        ];
        let endpoints = format!("/projects/{project}/endpoints");
        browser.post(&endpoints, &fields).await.has_status(303);
        let page = browser.get(&settings).await;
        page.holds("also vectors of outside/meanings");
        choose(&app, &mut browser, &project, "outside/meanings").await;
        compare(&app, &project, &owner, 24).await;

        let mut learner = Learner::default();
        let mut round = async || {
            let now = store::now_ms();
            let settings = app.store.project(&project).await.unwrap().unwrap().settings;
            let done = learner.round(&app.store, &project, &settings, now);
            done.await.unwrap();
        };
        round().await;
        let page = browser.get(&live).await;
        page.holds("has read 0 of 24 answered comparisons")
            .holds("vectors of outside/meanings")
            .holds("(512 numbers a response)");
        let reading = tokio::spawn(app::live::encode(app.app.clone()));
        for tries in 0.. {
            tokio::time::sleep(Duration::from_millis(50)).await;
            round().await;
            let page = browser.get(&live).await;
            if page.body.contains("24 of 24 answers") {
                page.lacks("has read").holds("(515 numbers a response)");
                break;
            }
            assert!(tries < 200, "it never came to the end");
        }
        reading.abort();

        // one that is served no more is named, says why, and stays chosen
        choose(&app, &mut browser, &project, "outside/gone").await;
        round().await;
        let reading = tokio::spawn(app::live::encode(app.app.clone()));
        for tries in 0.. {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let page = browser.get(&live).await;
            if page
                .body
                .contains("gives no vectors. The encoder is served no more")
            {
                break;
            }
            assert!(tries < 200, "no word about what is wrong");
        }
        reading.abort();
        let page = browser.get(&settings).await;
        page.holds("also vectors of outside/gone (not served now)");
    });
}
