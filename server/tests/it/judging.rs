//! Models as judges, with a server that stands in for the judge: what is asked, kept, counted, asked again.

use crate::browser::{Browser, Page};
use crate::learning::project;
use crate::test_app::{TestApp, on_both};
use axum::body::Bytes;
use axum::{Json, Router, extract::State, routing};
use domain::ids::{ProjectId, UserId};
use domain::prompt::{Message, SourceKind};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::comparisons::{Comparison, Said};
use store::evaluation::JudgeKind;

/// Judges by a known rule: the response that says “good” is better; without one, the response shown first is. Of
/// question 3 it says nothing that can be read. Single responses get 9 with “good” and 2 without.
async fn judge(calls: Arc<AtomicUsize>) -> String {
    async fn chat(State(calls): State<Arc<AtomicUsize>>, body: Bytes) -> Json<Value> {
        calls.fetch_add(1, Ordering::SeqCst);
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let text = asked["messages"][0]["content"].as_str().unwrap();
        let inside = |tag: &str| {
            let (_, rest) = text.split_once(&format!("<{tag}>"))?;
            rest.split_once(&format!("</{tag}>")).map(|(it, _)| it)
        };
        let is_good = |tag: &str| inside(tag).is_some_and(|it| it.contains("good"));
        let reply = if text.contains("Question 3") {
            "I would rather not say.".to_owned()
        } else if text.contains("<criteria>\n1. what is asked") {
            "<criteria>\n1. right | 50\n2. clear | 30\n3. short | 20\n</criteria>".to_owned()
        } else if text.contains("<scores>") {
            let mark = if is_good("answer") { 3 } else { 1 };
            format!("Well.\n<scores>\n1 | {mark}\n2 | {mark}\n3 | 2\n</scores>")
        } else if inside("response_A").is_some() {
            let said = match (is_good("response_A"), is_good("response_B")) {
                (false, true) => "B",
                _ => "A",
            };
            format!("Because.\n<verdict>{said}</verdict>")
        } else {
            let score = if is_good("response") { 9 } else { 2 };
            format!("<b>Because</b> of words.\n<score>{score}</score>")
        };
        Json(json!({
            "choices": [{"message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10},
        }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v1/chat/completions", routing::post(chat))
        .with_state(calls);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

/// Six prompts with responses of three models; people compared the first two of each. “one” is good on even prompts,
/// “two” on none, “three” on all.
async fn compared(app: &TestApp, project: &ProjectId, owner: &UserId) {
    for n in 0..6 {
        let said = |source: &str, good: bool| Said {
            source: source.to_owned(),
            kind: SourceKind::Model,
            text: format!("{source} says {} {n}", if good { "good" } else { "bad" }),
            metadata: json!({}),
        };
        for (other, good) in [("two", false), ("three", true)] {
            let comparison = Comparison {
                prompt: None,
                messages: vec![Message::user(format!("Question {n}"))],
                left: said("one", n % 2 == 0),
                right: said(other, good),
                strength: if n % 2 == 0 { -2 } else { 2 },
                both_bad: false,
                reason: String::new(),
            };
            let saved = app.store.save_comparison(project, &comparison, owner, 10);
            saved.await.unwrap();
        }
    }
    app.store.count_now(project, 99).await.unwrap();
}

async fn finished(app: &TestApp, browser: &mut Browser, at: &str) -> Page {
    let server = tokio::spawn(app::worker::work(app.app.clone()));
    let mut page = browser.get(at).await;
    for _ in 0..400 {
        if !page.headers.contains_key("refresh") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = browser.get(at).await;
    }
    server.abort();
    page
}

#[test]
fn a_judge_is_asked_in_both_orders_once_and_measured_by_people() {
    on_both(|app| async move {
        let (project, owner, mut browser) = project(&app).await;
        let at = format!("/projects/{project}/judging");
        browser.get(&at).await.holds("Nobody can judge yet");
        let judges = format!("/projects/{project}/dashboards/judges");
        browser.get(&judges).await.holds("Only one judge so far");
        let calls = Arc::new(AtomicUsize::new(0));
        let base = judge(calls.clone()).await;
        let fields = [
            ("name", "outside"),
            ("base_url", &*base),
            ("key", ""),
            ("models", "oracle"),
        ];
        let endpoints = format!("/projects/{project}/endpoints");
        browser.post(&endpoints, &fields).await.has_status(303);
        browser.get(&at).await.holds("Nobody can judge yet");
        compared(&app, &project, &owner).await;
        browser.get(&at).await.holds("up to 6 calls a prompt");

        // everything that is wrong is named, and what was typed stays
        let wrong = [
            ("model", "nobody"),
            ("how", "pc2"),
            ("most", "0"),
            ("aspect", "tone"),
        ];
        let page = browser.post(&at, &wrong).await;
        page.has_status(422).holds("value=\"tone\"");
        let wrong = [("model", "outside/oracle"), ("how", "reward")];
        let page = browser.post(&at, &wrong).await;
        page.has_status(422).holds("choose a reward model");

        let form = [
            ("model", "outside/oracle"),
            ("how", "pairwise"),
            ("most", "4"),
            ("price_in", "10"),
            ("price_out", "0"),
        ];
        let started = browser.post(&at, &form).await;
        let page = finished(&app, &mut browser, started.location()).await;
        // 4 prompts of 3 pairs in 2 orders; what cannot be read is asked three times
        page.holds("4 prompts judged")
            .holds("<dt>Calls</dt><dd>36</dd>")
            .holds("<dt>Replies that cannot be read</dt><dd>18</dd>")
            .holds("<dt>Cost</dt><dd>0.0360</dd>");
        assert_eq!(calls.load(Ordering::SeqCst), 36);
        let unread = format!("{}?show=unread", started.location());
        browser.get(&unread).await.holds("I would rather not say.");

        // the rest, and what could not be read; what was judged is not asked again
        let mut form = form;
        form[2].1 = "100";
        let started = browser.post(&at, &form).await;
        let page = finished(&app, &mut browser, started.location()).await;
        page.holds("3 prompts judged");
        assert_eq!(calls.load(Ordering::SeqCst), 36 + 18 + 12);
        app.store.count_now(&project, 99).await.unwrap();
        let known = app.store.judges(&project).await.unwrap();
        let oracle = known.iter().find(|it| it.kind == JudgeKind::Model);
        let oracle = oracle.unwrap();
        assert_eq!(
            (oracle.name.as_str(), oracle.version.as_str()),
            ("outside/oracle", "pairwise")
        );

        let board = format!("/projects/{project}/dashboards?judge={}", oracle.id);
        browser.get(&board).await.holds("15 comparisons");
        // people and the judge share two pairs of five prompts: even ones where "one" is good and people say so; odd
        // ones where neither is, which the judge ties for contradicting itself
        let page = browser.get(&judges).await;
        page.holds("outside/oracle pairwise");
        let page = browser.get(&format!("{judges}?judge={}", oracle.id)).await;
        page.holds("Same verdict with places changed")
            .holds("Prefers the response shown first");
        let csv = browser
            .get(&format!("{judges}?judge={}&as=csv", oracle.id))
            .await;
        let line = |name: &str| {
            let line = csv.body.lines().find(|line| line.contains(name));
            line.unwrap_or_else(|| panic!("{name} in {}", csv.body))
                .to_owned()
        };
        // of 15 pairs asked both ways, contradictions: one with three on even prompts, one with two on odd ones
        assert!(line("Same verdict with places changed").contains(",15"));
        assert!(line("Same verdict, ties being verdicts").ends_with(",10"));
    });
}

#[test]
fn scores_and_criteria_are_kept_with_the_judge_s_words() {
    on_both(|app| async move {
        let (project, owner, mut browser) = project(&app).await;
        let calls = Arc::new(AtomicUsize::new(0));
        let base = judge(calls.clone()).await;
        let fields = [
            ("name", "outside"),
            ("base_url", &*base),
            ("key", ""),
            ("models", "oracle"),
        ];
        let endpoints = format!("/projects/{project}/endpoints");
        browser.post(&endpoints, &fields).await.has_status(303);
        compared(&app, &project, &owner).await;
        let at = format!("/projects/{project}/judging");
        let form = [("model", "outside/oracle"), ("how", "pointwise")];
        let started = browser.post(&at, &form).await;
        let page = finished(&app, &mut browser, started.location()).await;
        page.holds("6 prompts judged")
            .holds("<dt>Calls</dt><dd>24</dd>");
        let form = [
            ("model", "outside/oracle"),
            ("how", "pc2"),
            ("against", "two"),
            ("most", "3"),
        ];
        let started = browser.post(&at, &form).await;
        let page = finished(&app, &mut browser, started.location()).await;
        // criteria, the baseline, two others: n + 1 calls a prompt, not n (n − 1)
        page.holds("3 prompts judged")
            .holds("<dt>Calls</dt><dd>12</dd>");
        app.store.count_now(&project, 99).await.unwrap();
        let known = app.store.judges(&project).await.unwrap();
        let of = |version: &str| known.iter().find(|it| it.version == version).unwrap();
        let board = format!("/projects/{project}/dashboards?judge=");
        let page = browser.get(&format!("{board}{}", of("pointwise").id)).await;
        page.holds("15 judgments");
        let pc2 = of("PC², 1 to 3");
        browser
            .get(&format!("{board}{}", pc2.id))
            .await
            .holds("6 judgments");
        let prompts = app
            .store
            .browse(&project, &store::browse::Filter::default(), -1)
            .await;
        let first = prompts.unwrap().lines.remove(0).id;
        let one = format!(
            "/projects/{project}/dashboards/prompts/{first}?judge={}",
            of("pointwise").id
        );
        browser
            .get(&one)
            .await
            .holds("&lt;b&gt;Because&lt;/b&gt; of words.")
            .lacks("<b>Because");
        let one = format!(
            "/projects/{project}/dashboards/prompts/{first}?judge={}",
            pc2.id
        );
        // one says good: 3 · 50 + 3 · 30 + 2 · 20
        let page = browser.get(&one).await;
        page.holds("280 on 100 to 300")
            .holds("clear: 3 (weight 30 of 100)");
        // its scores imply verdicts, which people's can be measured by
        let judges = format!("/projects/{project}/dashboards/judges");
        let page = browser
            .get(&format!("{judges}?judge={}", of("pointwise").id))
            .await;
        page.holds("This judge scores single responses");
    });
}
