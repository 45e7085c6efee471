//! A run that asks people: what its page says, and how it goes on, by forms alone.

use crate::learning::ready_model;
use crate::test_app::on_both;
use domain::ids::{EngineId, RunId};
use domain::project::Settings;
use domain::run::{JobKind, ModelKind, Status};
use domain::{Kind, Role};
use store::comparisons::{Comparison, Said};
use store::waiting::Sampled;

#[test]
fn a_run_waits_for_people_in_the_queue_and_its_owner_lets_it_go_on() {
    on_both(|app| async move {
        let owner = app.account("Olga").await;
        let settings = Settings {
            kinds: vec![Kind::Critique],
            ..Settings::default()
        };
        let project = app.store.create_project("Loop", &settings, &owner, 1).await;
        let project = project.unwrap();
        let mut browser = app.signed_in(&owner).await;
        let said = |text: String| Said {
            source: "someone".into(),
            kind: domain::prompt::SourceKind::Model,
            text,
            metadata: serde_json::json!({}),
        };
        for n in 0..6 {
            let comparison = Comparison {
                prompt: None,
                messages: vec![domain::prompt::Message::user(format!("Question {n}"))],
                left: said(format!("left {n}")),
                right: said(format!("right {n}")),
                strength: 2,
                both_bad: false,
                reason: String::new(),
            };
            let saved = app.store.save_comparison(&project, &comparison, &owner, 10);
            saved.await.unwrap();
        }
        app.store
            .make_missing_tasks(&project, &settings, 11)
            .await
            .unwrap();
        let queue = format!("/projects/{project}/queue");
        let mut critic = browser.get(&queue).await.location().to_owned();
        for _ in 0..10 {
            let answer = [
                ("round", "0"),
                ("seconds", "3"),
                ("critique.0.text", "says nothing"),
            ];
            let next = browser.post(&critic, &answer).await;
            next.has_status(303);
            critic = next.location().to_owned();
        }
        let model = ready_model(&app, &project, "Tiny", ModelKind::Policy).await;
        let new = format!("/projects/{project}/runs/new");
        let page = browser.get(&format!("{new}?method=ilf")).await;
        page.holds("people, in the queue").holds("Who selects");
        let mut wanted = vec![
            ("method", "ilf"),
            ("name", "Heeds critiques"),
            ("base", model.as_str()),
        ];
        // a reward model that is named nowhere cannot select
        let refused = browser.post(&new, &wanted).await;
        refused.has_status(422).holds("Reward model: ");
        wanted.push(("selector", "person"));
        let started = browser.post(&new, &wanted).await;
        started.has_status(303);
        let at = started.location().to_owned();
        let id = RunId::from(at.rsplit('/').next().unwrap());

        // an engine samples, and asks
        let engine = EngineId::from("one");
        let now = store::now_ms();
        let claimed = app.store.claim_job(&engine, &[JobKind::Train], now).await;
        let claimed = claimed.unwrap().unwrap();
        let run = app.store.any_run(&id).await.unwrap().unwrap();
        let training = app.store.training_of(&run).await.unwrap();
        let of = &training.examples.critiques[0];
        let sampled = [Sampled {
            position: 0,
            prompt: of.prompt.clone(),
            response: of.id.clone(),
            texts: vec!["It says more.".into(), "It says most.".into()],
        }];
        let asked = app
            .store
            .ask_people(&claimed.lease, &run, "Tiny", 1, &sampled, now);
        assert!(asked.await.unwrap());
        browser
            .get(&at)
            .await
            .holds("It waits for people: 0 of 2 refinements judged.")
            .holds("0 of 1 are")
            .holds("Judge in the queue")
            .holds("Go on with what is judged");

        // somebody else judges one
        let ann = app.account("Ann").await;
        let member = app.store.set_member(&project, &ann, Role::Annotator, 1);
        member.await.unwrap();
        let mut annotator = app.signed_in(&ann).await;
        let task = annotator.get(&queue).await.location().to_owned();
        annotator
            .get(&task)
            .await
            .holds("says nothing")
            .holds("It says more.");
        let verdict = [
            ("round", "0"),
            ("seconds", "2"),
            ("incorporation.verdict", "partly"),
        ];
        annotator.post(&task, &verdict).await.has_status(303);
        browser
            .get(&at)
            .await
            .holds("It waits for people: 1 of 2 refinements judged.");
        assert_eq!(app.store.wake_judged().await.unwrap(), 0);
        browser.post(&at, &[("do", "resume")]).await.leads_to(&at);
        let run = app.store.any_run(&id).await.unwrap().unwrap();
        assert_eq!(run.status, Status::Queued);
        browser.get(&at).await.lacks("It waits for people");
    });
}
