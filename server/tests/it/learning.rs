//! Pages about learning and `/v1/…`, with rows written through the store and a server that stands in for
//! whoever answers prompts.

use crate::browser::{Browser, Page};
use crate::test_app::{TestApp, on_both};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use domain::ids::{EngineId, ModelId, ProjectId, RunId, UserId};
use domain::project::Settings;
use domain::run::{JobKind, ModelKind};
use domain::{Kind, Role};
use serde_json::{Value, json};
use store::annotations::Filter;
use store::metrics::Metric;

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

/// A project and its owner, signed in.
async fn project(app: &TestApp) -> (ProjectId, UserId, Browser) {
    let owner = app.account("Olga").await;
    let settings = Settings {
        kinds: vec![Kind::Preference],
        ..Settings::default()
    };
    let project = app.store.create_project("Loop", &settings, &owner, 1).await;
    let browser = app.signed_in(&owner).await;
    (project.unwrap(), owner, browser)
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

/// A model that is ready, brought in by a job as it would be.
async fn ready_model(app: &TestApp, project: &ProjectId, name: &str, kind: ModelKind) -> ModelId {
    let added = app
        .store
        .add_model(Some(project), name, kind, "tiny", None, 1);
    let (id, _) = added.await.unwrap();
    let engine = EngineId::from("adder");
    let claimed = app.store.claim_job(&engine, &[JobKind::AddModel], 2).await;
    let claimed = claimed.unwrap().unwrap();
    let config = json!({"layers": 2});
    let outcome = Ok(("models/x", &config, 9));
    assert!(
        app.store
            .model_added(&claimed.lease, &id, outcome, 3)
            .await
            .unwrap()
    );
    id
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
fn a_run_is_asked_for_watched_paused_and_compared() {
    on_both(|app| async move {
        let (project, _, mut browser) = project(&app).await;
        let runs = format!("/projects/{project}/runs");
        browser
            .get(&runs)
            .await
            .holds("No runs yet")
            .holds("No engine is running");
        let model = ready_model(&app, &project, "Tiny", ModelKind::Policy).await;
        let new = format!("{runs}/new");
        browser
            .get(&format!("{new}?method=dpo"))
            .await
            .holds("needs 20 preferences")
            .holds("Learning rate");
        // a mistake is named by its label, and everything typed comes back
        let typed = [
            ("method", "dpo"),
            ("name", "My very run"),
            ("base", model.as_str()),
            ("learning_rate", "fast"),
            ("epochs", "7"),
        ];
        let page = browser.post(&new, &typed).await;
        page.has_status(422)
            .holds("Learning rate: “fast” is not a number")
            .holds("My very run")
            .holds("value=\"7\"")
            .holds("value=\"fast\"");
        let fine = [
            ("method", "dpo"),
            ("name", "My very run"),
            ("base", model.as_str()),
        ];
        let page = browser.post(&new, &fine).await;
        page.has_status(422)
            .holds("needs at least 20 preferences that are no ties, and there are 0");
        prefer(&app, &project, 21).await;
        let started = browser.post(&new, &fine).await;
        started.has_status(303);
        let at = started.location().to_owned();
        let run = RunId::from(at.rsplit('/').next().unwrap());
        browser
            .get(&at)
            .await
            .holds("waiting")
            .holds("21 preferences")
            .holds("It is the next");
        browser
            .get(&format!("{at}?again=yes"))
            .await
            .holds("Stop looking again");
        browser.post(&at, &[("do", "dance")]).await.has_status(400);
        browser.post(&at, &[("do", "pause")]).await.leads_to(&at);
        browser.post(&at, &[("do", "pause")]).await.has_status(409);
        browser.get(&at).await.holds("paused").holds("Resume");
        browser.post(&at, &[("do", "resume")]).await.leads_to(&at);

        // an engine works on it
        let engine = EngineId::from("one");
        let claimed = app
            .store
            .claim_job(&engine, &[JobKind::Train], store::now_ms())
            .await;
        let claimed = claimed.unwrap().unwrap();
        let metrics = [
            ("loss", 0.69),
            ("chosen", 0.1),
            ("rejected", -0.3),
            ("seconds_left", 90.0),
        ];
        let metrics: Vec<Metric> = metrics
            .map(|(name, value)| Metric {
                step: 4,
                name: name.into(),
                value,
            })
            .to_vec();
        let noted =
            app.store
                .run_progress(&claimed.lease, &run, (4, 40), &metrics, store::now_ms());
        assert!(noted.await.unwrap());
        let page = browser.get(&at).await;
        page.holds("Step 4 of 40")
            .holds("about 90 s left")
            .holds("Log-ratios")
            .holds("chosen")
            .holds("rejected");
        let file = browser.get(&format!("{at}/metrics.csv")).await;
        file.holds("4,loss,0.69");

        // events end when the run does
        let clone = browser.get(&format!("{new}?clone={run}")).await;
        clone.holds("My very run 2").holds(run.as_str());
        let again = browser
            .post(
                &new,
                &[&fine[..], &[("parent", run.as_str()), ("seed", "5")]].concat(),
            )
            .await;
        let other = again.location().rsplit('/').next().unwrap().to_owned();
        browser
            .post(again.location(), &[("do", "cancel")])
            .await
            .has_status(303);
        let events = browser.get(&format!("{}/events", again.location())).await;
        assert_eq!(events.header("content-type"), "text/event-stream");
        events
            .holds("event: run")
            .holds("\"over\":true")
            .holds("\"state\":");
        let compared = browser
            .get(&format!("{runs}/compare?run={run}&run={other}"))
            .await;
        compared
            .holds("My very run (1)")
            .holds("Seed")
            .holds("swatch tone-1");
        browser
            .get(&format!("{runs}/compare?run={run}"))
            .await
            .holds("Choose two runs or more");
    });
}

/// So many preferences of one person, each about a prompt of its own.
async fn prefer(app: &TestApp, project: &ProjectId, count: usize) {
    let owner = app.account("Quinn").await;
    for n in 0..count {
        let said = |text: String| store::comparisons::Said {
            source: "someone".into(),
            kind: domain::prompt::SourceKind::Model,
            text,
            metadata: json!({}),
        };
        let comparison = store::comparisons::Comparison {
            prompt: None,
            messages: vec![domain::prompt::Message::user(format!("Question {n}"))],
            left: said(format!("left {n}")),
            right: said(format!("right {n}")),
            strength: 2,
            both_bad: false,
            reason: String::new(),
        };
        app.store
            .save_comparison(project, &comparison, &owner, 10)
            .await
            .unwrap();
    }
}

#[test]
fn models_answer_the_prompts_that_a_form_names() {
    on_both(|app| async move {
        let (project, _, mut browser) = project(&app).await;
        let at = format!("/projects/{project}/generate");
        browser.get(&at).await.holds("This project has no prompts");
        prefer(&app, &project, 3).await;
        browser
            .get(&at)
            .await
            .holds("No model that answers prompts is ready");
        let model = ready_model(&app, &project, "Tiny", ModelKind::Policy).await;
        browser
            .post(&at, &[("which", "found"), ("samples", "99")])
            .await
            .has_status(422)
            .holds("must be 1 to 16");
        let none = [
            ("model", model.as_str()),
            ("which", "found"),
            ("words", "zebra"),
        ];
        browser
            .post(&at, &none)
            .await
            .has_status(422)
            .holds("no prompt holds these words");
        let fine = [
            ("model", model.as_str()),
            ("which", "all"),
            ("prompts", "2"),
            ("samples", "3"),
            ("tasks", "on"),
        ];
        let started = browser.post(&at, &fine).await;
        started.has_status(303);
        let page = browser.get(started.location()).await;
        page.holds("Responses of Tiny")
            .holds("2 prompts, 3 to each")
            .holds("waiting");
        assert_eq!(page.header("refresh"), "3");
        let job = app
            .store
            .jobs(&project)
            .await
            .unwrap()
            .into_iter()
            .find(|it| it.kind == JobKind::Generate);
        let wanted: domain::run::Generate = serde_json::from_value(job.unwrap().payload).unwrap();
        assert!(wanted.make_tasks);
        assert!(matches!(wanted.prompts, domain::run::Which::These(ids) if ids.len() == 2));
        browser
            .post(started.location(), &[])
            .await
            .leads_to(started.location());
        browser.post(started.location(), &[]).await.has_status(409);
    });
}

#[test]
fn a_model_is_added_listed_below_its_base_and_its_files_are_those_of_its_list() {
    on_both(|app| async move {
        let (project, _, mut browser) = project(&app).await;
        let at = format!("/projects/{project}/models");
        browser.get(&at).await.holds("No models yet");
        browser
            .post(&at, &[("kind", "policy")])
            .await
            .has_status(422)
            .holds("is needed");
        browser
            .post(&at, &[("origin", "someone/some-model"), ("kind", "policy")])
            .await
            .leads_to(&at);
        let page = browser.get(&at).await;
        page.holds("some-model").holds("on its way in");
        assert_eq!(page.header("refresh"), "5");
        let model = app.store.models(&project).await.unwrap().remove(0);
        let engine = EngineId::from("adder");
        let claimed = app
            .store
            .claim_job(&engine, &[JobKind::AddModel], 2)
            .await
            .unwrap()
            .unwrap();
        let folder = app.folder.join("artifacts/models/one");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.json"), "{\"is\": 1}").unwrap();
        std::fs::write(folder.join("files.json"), "{\"config.json\": 9}").unwrap();
        std::fs::write(folder.join("unlisted"), "secret").unwrap();
        let config = json!({"hidden_size": 64});
        let outcome = Ok(("models/one", &config, 9));
        assert!(
            app.store
                .model_added(&claimed.lease, &model.id, outcome, 3)
                .await
                .unwrap()
        );
        let card = format!("{at}/{}", model.id);
        browser
            .get(&card)
            .await
            .holds("someone/some-model")
            .holds("hidden size")
            .holds("config.json");
        let file = browser.get(&format!("{card}/files?file=config.json")).await;
        assert_eq!(file.body, "{\"is\": 1}");
        for bad in ["unlisted", "../one/config.json", "files.json"] {
            browser
                .get(&format!("{card}/files?file={bad}"))
                .await
                .has_status(404);
        }
        browser
            .post(&format!("{card}/remove"), &[])
            .await
            .leads_to(&at);
        browser.get(&card).await.has_status(404);
    });
}
