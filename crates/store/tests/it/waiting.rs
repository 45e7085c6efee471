//! An ILF run whose refinements people select: it asks, waits, and goes on, whatever happens to its engines.

use crate::on_both;
use crate::world::World;
use domain::ids::{EngineId, ModelId, RunId};
use domain::method::{Method, Settings as MethodSettings, Value};
use domain::project::Settings;
use domain::run::{JobKind, ModelKind, Request, Status};
use domain::{Kind, Provenance};
use serde_json::json;
use store::Store;
use store::jobs::{Claimed, LEASE_MS};
use store::runs::{Started, Waits};
use store::waiting::{Progress, Sampled, best};

async fn base(store: &Store) -> ModelId {
    let added = store.add_model(None, "Tiny", ModelKind::Policy, "tiny", None, 1);
    let (id, _) = added.await.unwrap();
    let adder = EngineId::from("adder");
    let claimed = store.claim_job(&adder, &[JobKind::AddModel], 2).await;
    let claimed = claimed.unwrap().unwrap();
    let config = json!({"layers": 2});
    let added = store.model_added(&claimed.lease, &id, Ok(("models/x", &config, 9)), 3);
    assert!(added.await.unwrap());
    id
}

/// A project with ten criticised responses, and a run on it.
async fn criticised(store: &Store) -> (World, RunId) {
    let settings = Settings {
        kinds: vec![Kind::Critique],
        ..Settings::default()
    };
    let w = World::new(store, settings, 10, 1, 2).await;
    for n in 0..10 {
        let task = w.next(0, 10 + n).await.unwrap();
        let said = [("critique.0.text", "too short")];
        w.submit(0, &task, &said, 10 + n).await;
    }
    let people = Value::Name("person".into());
    let request = Request {
        method: Method::Ilf,
        name: "Heeds".into(),
        base: base(store).await,
        reward: None,
        provenances: vec![Provenance::Person],
        node: None,
        seed: 7,
        settings: MethodSettings::defaults(&Method::Ilf.settings()).with("selector", people),
        parent: None,
    };
    match store.start_run(&w.project, &request, None, 100).await {
        Ok(Started::Run(id)) => (w, id),
        other => panic!("not started: {other:?}"),
    }
}

async fn claim(store: &Store, now: i64) -> Claimed {
    let engine = EngineId::from("one");
    let claimed = store.claim_job(&engine, &[JobKind::Train], now).await;
    claimed.unwrap().expect("a run to work on")
}

/// Two refinements of each of the first two critiques.
async fn ask(w: &World, id: &RunId, claimed: &Claimed, now: i64) -> bool {
    let run = w.store.any_run(id).await.unwrap().unwrap();
    let examples = w.store.training_of(&run).await.unwrap().examples;
    let sampled: Vec<Sampled> = (0..2)
        .zip(&examples.critiques)
        .map(|(position, it)| Sampled {
            position,
            prompt: it.prompt.clone(),
            response: it.id.clone(),
            texts: vec![format!("longer {position}"), format!("longest {position}")],
        })
        .collect();
    let asked = w
        .store
        .ask_people(&claimed.lease, &run, "Tiny", 1, &sampled, now);
    asked.await.unwrap()
}

/// Judges what comes next; what it was, and who was asked.
async fn judge(w: &World, verdict: &str, now: i64) -> String {
    let task = w.next(1, now).await.unwrap();
    let item = w.item(1, &task).await;
    assert_eq!(item.task.kinds, [Kind::Incorporation]);
    let subject = item.subject.unwrap();
    assert_eq!(subject.remarks[0].text, "too short", "what it should heed");
    w.submit(1, &task, &[("incorporation.verdict", verdict)], now + 1)
        .await;
    subject.refined
}

#[test]
fn a_run_waits_for_people_and_goes_on_when_every_critique_is_settled() {
    on_both(|store| async move {
        let (w, id) = criticised(&store).await;
        let run = async || store.any_run(&id).await.unwrap().unwrap();
        let first = claim(&store, 200).await;
        assert!(ask(&w, &id, &first, 201).await);
        let waits = run().await;
        assert_eq!(
            (waits.status, waits.waits),
            (Status::Paused, Waits::ForPeople)
        );
        // the lease has ended, and nobody takes it up while people are not done
        assert!(!ask(&w, &id, &first, 202).await);
        assert_eq!(store.wake_judged().await.unwrap(), 0);
        let engine = EngineId::from("two");
        let later = 300 + LEASE_MS;
        let claimed = store.claim_job(&engine, &[JobKind::Train], later).await;
        assert!(claimed.unwrap().is_none());

        // one that heeds settles its critique; of the other all must be judged
        assert_eq!(judge(&w, "yes", 400).await, "longer 0");
        let progress = Progress::of(&store.asked(&waits).await.unwrap()).unwrap();
        assert_eq!((progress.judged, progress.refinements), (1, 4));
        assert_eq!((progress.settled, progress.critiques), (1, 2));
        for at in [410, 420, 430] {
            assert_eq!(store.wake_judged().await.unwrap(), 0);
            let refined = judge(&w, if at == 430 { "partly" } else { "no" }, at).await;
            assert!(refined.starts_with("long"), "{refined}");
        }
        assert_eq!(store.wake_judged().await.unwrap(), 1);
        assert_eq!(run().await.status, Status::Queued);

        // what it learns from is decided once: a verdict withdrawn later changes nothing
        let second = claim(&store, later + 1).await;
        let asked = store.asked(&run().await).await.unwrap();
        let chosen: Vec<_> = best(&asked, 1).into_values().collect();
        let texts: Vec<&str> = chosen.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["longer 0", "longest 1"]);
        let ids: Vec<_> = chosen.iter().map(|it| it.annotation.clone()).collect();
        let decided = store.choose(&second.lease, &id, &ids, later + 2).await;
        assert!(decided.unwrap());
        let undone = store
            .undo(&w.project, &w.people[1], None, &w.settings, later + 3)
            .await;
        undone.unwrap();
        let asked = store.asked(&run().await).await.unwrap();
        let decided = asked.iter().filter(|it| it.chosen);
        assert_eq!(decided.count(), 2);
        assert_eq!(run().await.waits, Waits::No);

        // refinements by a machine are questions: no run learns from them as they are, but what people said
        // about them measures selectors
        let every = [Provenance::Person, Provenance::Machine];
        let training = store.training(&w.project, &every, None, i64::MAX).await;
        let training = training.unwrap();
        assert_eq!(training.data.examples.refinements, 0);
        assert_eq!(training.examples.incorporated.len(), 3, "yes and two no");
        assert_eq!(training.examples.incorporated[0].remarks, ["too short"]);
        w.consistent().await;
    });
}

#[test]
fn its_owner_lets_it_go_on_with_what_is_judged_or_ends_it() {
    on_both(|store| async move {
        let (w, id) = criticised(&store).await;
        let first = claim(&store, 200).await;
        assert!(ask(&w, &id, &first, 201).await);
        judge(&w, "yes", 300).await;
        assert!(store.resume_run(&w.project, &id).await.unwrap());
        let run = store.any_run(&id).await.unwrap().unwrap();
        assert_eq!((run.status, run.waits), (Status::Queued, Waits::NoLonger));
        let second = claim(&store, 400).await;
        let asked = store.asked(&run).await.unwrap();
        let ids: Vec<_> = best(&asked, 1)
            .into_values()
            .map(|it| it.annotation)
            .collect();
        assert_eq!(ids.len(), 1);
        let decided = store.choose(&second.lease, &id, &ids, 401).await;
        assert!(decided.unwrap());
        // what nobody judged is asked no more
        assert_eq!(w.next(1, 500).await, None);
        w.consistent().await;

        // the next one is cancelled while it waits
        let (w, id) = criticised(&store).await;
        let third = claim(&store, 600).await;
        assert!(ask(&w, &id, &third, 601).await);
        assert!(store.cancel_run(&w.project, &id, 602).await.unwrap());
        assert_eq!(w.next(1, 603).await, None);
        assert_eq!(store.wake_judged().await.unwrap(), 0);
        w.consistent().await;
    });
}
