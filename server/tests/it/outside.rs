//! `/v1/…`, endpoints and the playground, with a server that stands in for whoever answers prompts.

use crate::browser::{Browser, Page};
use crate::learning::{prefer, project, ready_model};
use crate::test_app::{TestApp, on_both};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use domain::Role;
use domain::ids::{EngineId, ProjectId};
use domain::project::Settings;
use domain::run::{JobKind, ModelKind};
use serde_json::{Value, json};
use store::annotations::Filter;

/// What a fake upstream answers: it says what it was asked, in as many pieces as there are words.
async fn upstream() -> String {
    async fn chat(headers: HeaderMap, body: Bytes) -> Response {
        if headers
            .get("authorization")
            .is_none_or(|it| it != "Bearer sk-very-secret")
        {
            let body = json!({"error": {"message": "bad key"}});
            return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
        }
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let words = format!(
            "{} heard: {}",
            asked["model"].as_str().unwrap(),
            asked["messages"][0]["content"].as_str().unwrap()
        );
        if asked["stream"] == true {
            let pieces: String = words
                .split_inclusive(' ')
                .map(|piece| {
                    format!(
                        "data: {}\n\n",
                        json!({"choices": [{"delta": {"content": piece}}]})
                    )
                })
                .collect();
            let end = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
            let body = format!("{pieces}data: {end}\n\ndata: [DONE]\n\n");
            return ([("content-type", "text/event-stream")], Body::from(body)).into_response();
        }
        Json(json!({"choices": [{"message": {"role": "assistant", "content": words}, "finish_reason": "stop"}]})).into_response()
    }
    async fn models() -> Json<Value> {
        Json(json!({"data": [{"id": "parrot"}, {"id": "echo"}]}))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v1/chat/completions", routing::post(chat))
        .route("/v1/models", routing::get(models));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

async fn with_endpoint(project: &ProjectId, browser: &mut Browser) {
    let (at, base) = (format!("/projects/{project}/endpoints"), upstream().await);
    let fields = [
        ("name", "outside"),
        ("base_url", &*base),
        ("key", "sk-very-secret"),
        ("models", "parrot\necho"),
    ];
    browser.post(&at, &fields).await.leads_to(&at);
}

#[test]
fn an_endpoint_s_key_is_written_tested_and_never_shown() {
    on_both(|app| async move {
        let (project, _, mut browser) = project(&app).await;
        let at = format!("/projects/{project}/endpoints");
        let wrong = [
            ("name", "outside"),
            ("base_url", "api.example.org"),
            ("key", "sk-very-secret"),
        ];
        let page = browser.post(&at, &wrong).await;
        page.has_status(422)
            .holds("api.example.org")
            .lacks("sk-very-secret");
        with_endpoint(&project, &mut browser).await;
        let page = browser.get(&at).await;
        page.holds("outside").lacks("sk-very-secret");
        let endpoint = app.store.endpoints(&project).await.unwrap().remove(0);
        let tested = browser
            .post(&format!("{at}/{}/test", endpoint.id), &[])
            .await;
        tested
            .has_status(200)
            .holds("offers 2 models")
            .lacks("sk-very-secret");
        browser
            .post(&format!("{at}/{}/remove", endpoint.id), &[])
            .await
            .leads_to(&at);
        browser.get(&at).await.lacks("outside/");
        assert!(app.store.endpoints(&project).await.unwrap().is_empty());
    });
}

async fn call(app: &TestApp, token: &str, path: &str, body: Option<Value>) -> Page {
    let mut program = app.browser();
    // a program sends no origin, and no cookie
    program.headers.clear();
    program
        .headers
        .insert("authorization", format!("Bearer {token}"));
    match body {
        Some(body) => {
            program
                .send(Method::POST, path, "application/json", body.to_string())
                .await
        }
        None => program.get(path).await,
    }
}

#[test]
fn a_token_calls_the_models_of_its_project_until_it_is_taken_back() {
    on_both(|app| async move {
        let (project, owner, mut browser) = project(&app).await;
        with_endpoint(&project, &mut browser).await;
        let model = ready_model(&app, &project, "Tiny", ModelKind::Policy).await;
        let at = format!("/projects/{project}/tokens");
        browser.post(&at, &[]).await.has_status(422);
        let page = browser.post(&at, &[("name", "my script")]).await;
        let token = page.between("id=\"token\"", "autocomplete").unwrap();
        let token = token
            .split('"')
            .find(|part| part.starts_with("ts_"))
            .unwrap()
            .to_owned();
        browser.get(&at).await.holds("my script").lacks(&token);

        let models = call(&app, &token, "/v1/models", None).await;
        let listed: Value = serde_json::from_str(&models.body).unwrap();
        let ids: Vec<&str> = listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["id"].as_str())
            .collect();
        assert_eq!(ids, [model.as_str(), "outside/parrot", "outside/echo"]);

        let chat = "/v1/chat/completions";
        let ask = |model: &str, stream: bool| json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello there"}]});
        let whole = call(&app, &token, chat, Some(ask("outside/parrot", false))).await;
        whole.has_status(200).holds("parrot heard: hello there");
        let streamed = call(&app, &token, chat, Some(ask("outside/echo", true))).await;
        assert_eq!(streamed.header("content-type"), "text/event-stream");
        streamed
            .holds("\"content\":\"there\"")
            .holds("data: [DONE]");
        // ours is known, and its engine is away
        call(&app, &token, chat, Some(ask("Tiny", false)))
            .await
            .has_status(503)
            .holds("engine_away");
        call(&app, &token, chat, Some(ask("nobody", false)))
            .await
            .has_status(404)
            .holds("model_not_found");
        call(&app, &token, chat, Some(json!("x")))
            .await
            .has_status(400)
            .holds("invalid_json");
        call(&app, "ts_wrong", chat, Some(ask("echo", false)))
            .await
            .has_status(401)
            .holds("invalid_api_key");

        // another project's models do not exist, and the role of today counts
        let other = app.account("Pia").await;
        let foreign = app
            .store
            .create_project("Else", &Settings::default(), &other, 1)
            .await
            .unwrap();
        let secret = ready_model(&app, &foreign, "Hidden", ModelKind::Policy).await;
        call(&app, &token, chat, Some(ask(secret.as_str(), false)))
            .await
            .has_status(404);
        app.store
            .set_member(&project, &other, Role::Owner, 2)
            .await
            .unwrap();
        app.store
            .set_member(&project, &owner, Role::Annotator, 3)
            .await
            .unwrap();
        call(&app, &token, "/v1/models", None).await.has_status(403);
        app.store
            .set_member(&project, &owner, Role::Owner, 4)
            .await
            .unwrap();
        let kept = app.store.tokens(&owner).await.unwrap().remove(0);
        assert!(kept.used_at.is_some());
        browser
            .post(&format!("{at}/revoke"), &[("id", kept.id.as_str())])
            .await
            .leads_to(&at);
        call(&app, &token, "/v1/models", None).await.has_status(401);
    });
}

#[test]
fn a_comparison_in_the_playground_becomes_a_preference() {
    on_both(|app| async move {
        let (project, owner, mut browser) = project(&app).await;
        with_endpoint(&project, &mut browser).await;
        let at = format!("/projects/{project}/playground");
        browser
            .get(&at)
            .await
            .has_status(200)
            .holds("outside/parrot");
        let asked = [
            ("a", "outside/parrot"),
            ("b", "outside/echo"),
            ("text", "Why <b>so</b>?"),
            ("do", "answer"),
            ("max_tokens", "50"),
        ];
        browser
            .post(&at, &[("a", "outside/parrot"), ("text", "")])
            .await
            .has_status(422);
        let page = browser.post(&at, &asked).await;
        page.has_status(200)
            .holds("parrot heard: Why")
            .holds("echo heard: Why")
            .lacks("<b>so</b>");
        let streamed = browser
            .post(
                &format!("{at}/stream"),
                &[&asked[..], &[("side", "b")]].concat(),
            )
            .await;
        streamed
            .has_status(200)
            .holds("data: {\"text\":\"echo \"}")
            .holds("data: {\"done\":\"stop\"}");

        // what is typed after the answers does not change what they answered
        let answers = [
            ("a", "outside/parrot"),
            ("b", "outside/echo"),
            ("text", "something else by now"),
            ("asked", "Why <b>so</b>?"),
            ("asked_a", "outside/parrot"),
            ("asked_b", "outside/echo"),
            ("answer_a", "one\r\ntwo"),
            ("answer_b", "three"),
            ("reason", "it says why"),
        ];
        let prefer = format!("{at}/prefer");
        let refused = browser.post(&prefer, &answers).await;
        refused
            .has_status(422)
            .holds("something else by now")
            .holds("it says why")
            .holds("three");
        for key in ["6", "6"] {
            let saved = browser
                .post(&prefer, &[&answers[..], &[("strength", key)]].concat())
                .await;
            saved.has_status(303);
            browser
                .get(saved.location())
                .await
                .holds("Saved as a preference");
        }
        let found = app
            .store
            .annotations(&project, &Filter::default())
            .await
            .unwrap();
        assert_eq!(found.len(), 2, "said twice, kept twice: append-only");
        let record = &found[0];
        assert_eq!(record.annotator, owner.as_str());
        assert_eq!(
            app.store.data_counts(&project).await.unwrap(),
            [1, 2, 2],
            "one prompt, two responses"
        );
        let prompt = app
            .store
            .prompt(&project, &record.prompt)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(prompt.messages[0].content, "Why <b>so</b>?");
        let text = |id| {
            prompt
                .responses
                .iter()
                .find(|it| it.id == id)
                .map(|it| it.text.clone())
        };
        let domain::Annotation::Preference(preference) = &record.annotation else {
            panic!("{record:?}");
        };
        let (chosen, rejected, margin) = preference.decided().unwrap();
        assert_eq!(
            (text(chosen.clone()).unwrap().as_str(), margin),
            ("three", 2)
        );
        assert_eq!(text(rejected.clone()).unwrap(), "one\ntwo");

        // by its number, unchanged: the same prompt again
        let number = prompt.number.to_string();
        let taken = browser
            .post(&at, &[("number", &*number), ("do", "take")])
            .await;
        taken.has_status(200).holds(record.prompt.as_str());
        browser
            .post(&at, &[("number", "99"), ("do", "take")])
            .await
            .has_status(422);
    });
}

#[test]
fn an_outside_endpoint_answers_prompts_without_an_engine() {
    on_both(|app| async move {
        let (project, _, mut browser) = project(&app).await;
        with_endpoint(&project, &mut browser).await;
        prefer(&app, &project, 3).await;
        let endpoint = app.store.endpoints(&project).await.unwrap().remove(0);
        let at = format!("/projects/{project}/generate");
        let echo = format!("{}/echo", endpoint.id);
        let form = [
            ("model", &*echo),
            ("prompts", "2"),
            ("samples", "1"),
            ("tasks", "on"),
        ];
        let started = browser.post(&at, &form).await;
        started.has_status(303);
        // it is no work for an engine
        let (engine, kinds) = (EngineId::from("one"), [JobKind::Generate]);
        let claimed = app.store.claim_job(&engine, &kinds, store::now_ms());
        assert!(claimed.await.unwrap().is_none());
        let server = tokio::spawn(app::worker::work(app.app.clone()));
        let mut page = browser.get(started.location()).await;
        for _ in 0..200 {
            if !page.headers.contains_key("refresh") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            page = browser.get(started.location()).await;
        }
        server.abort();
        page.holds("Responses of outside/echo")
            .holds("2 of 2 responses")
            .holds("To the queue");
        let prompts = app
            .store
            .browse(&project, &store::browse::Filter::default(), -1)
            .await;
        let first = prompts.unwrap().lines.remove(0);
        let prompt = app
            .store
            .prompt(&project, &first.id)
            .await
            .unwrap()
            .unwrap();
        let said = prompt
            .responses
            .iter()
            .find(|it| it.source == "outside/echo")
            .unwrap();
        assert_eq!(said.text, "echo heard: Question 0");
        assert_eq!(said.kind, domain::prompt::SourceKind::Api);
        // the one that is left, and then none
        browser.post(&at, &form).await.has_status(303);
        let tasks = app
            .store
            .tasks_of_prompt(&project, &first.id)
            .await
            .unwrap();
        assert!(
            tasks.iter().any(|task| task.responses.contains(&said.id)),
            "{tasks:?}"
        );
    });
}
