//! Pages about learning, with rows written through the store as an engine would write them.

use crate::browser::Browser;
use crate::test_app::{TestApp, on_both};
use domain::Kind;
use domain::ids::{EngineId, ModelId, ProjectId, RunId, UserId};
use domain::project::Settings;
use domain::run::{JobKind, ModelKind};
use serde_json::json;
use store::metrics::Metric;

/// A project and its owner, signed in.
pub(crate) async fn project(app: &TestApp) -> (ProjectId, UserId, Browser) {
    let owner = app.account("Olga").await;
    let settings = Settings {
        kinds: vec![Kind::Preference],
        ..Settings::default()
    };
    let project = app.store.create_project("Loop", &settings, &owner, 1).await;
    let browser = app.signed_in(&owner).await;
    (project.unwrap(), owner, browser)
}

/// A model that is ready, brought in by a job as it would be.
pub(crate) async fn ready_model(
    app: &TestApp,
    project: &ProjectId,
    name: &str,
    kind: ModelKind,
) -> ModelId {
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
pub(crate) async fn prefer(app: &TestApp, project: &ProjectId, count: usize) {
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
