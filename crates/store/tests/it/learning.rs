//! Runs, jobs with leases, models, tokens: who may write, and what is repeated exactly.

use crate::on_both;
use crate::world::World;
use domain::ids::{EngineId, ModelId, RunId};
use domain::method::{Method, Settings as MethodSettings};
use domain::project::Settings;
use domain::run::{EngineState, JobKind, JobState, ModelKind, Request, Status, Wish};
use domain::{Kind, Provenance};
use serde_json::json;
use std::collections::HashSet;
use store::Store;
use store::endpoints::Key;
use store::engines::Engine;
use store::jobs::{Claimed, LEASE_MS, MAX_ATTEMPTS, NewJob};
use store::metrics::{Metric, Sample};
use store::models::NewModel;
use store::runs::Started;
use store::training::Origin;

const LEFT: [(&str, &str); 1] = [("preference.strength", "2")];
const TIE: [(&str, &str); 1] = [("preference.strength", "4")];

fn engine(name: &str) -> EngineId {
    EngineId::from(name)
}

/// A model that is ready, brought in by a job as it would be.
async fn base(store: &Store) -> ModelId {
    let (id, _) = store
        .add_model(None, "Tiny", ModelKind::Policy, "tiny", None, 1)
        .await
        .unwrap();
    let claimed = store
        .claim_job(&engine("adder"), &[JobKind::AddModel], 2)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(claimed.job.model.as_ref(), Some(&id));
    let config = json!({"layers": 2});
    let added = store.model_added(&claimed.lease, &id, Ok(("models/x", &config, 9)), 3);
    assert!(added.await.unwrap());
    id
}

fn request(base: &ModelId) -> Request {
    Request {
        method: Method::Dpo,
        name: "First".into(),
        base: base.clone(),
        reward: None,
        provenances: vec![Provenance::Person],
        node: None,
        seed: 7,
        settings: MethodSettings::defaults(&Method::Dpo.settings()),
        parent: None,
    }
}

/// A project with so many decided preferences and one tie.
async fn preferred(store: &Store, decided: usize) -> World {
    let w = World::new(store, Settings::default(), decided + 1, 2, 1).await;
    for n in 0..=decided {
        let at = 10 + i64::try_from(n).unwrap();
        let task = w.next(0, at).await.unwrap();
        let fields = if n == decided { &TIE } else { &LEFT };
        w.submit(0, &task, fields, at).await;
    }
    w
}

async fn started(w: &World, request: &Request, now: i64) -> RunId {
    match w.store.start_run(&w.project, request, None, now).await {
        Ok(Started::Run(id)) => id,
        other => panic!("not started: {other:?}"),
    }
}

async fn claim(store: &Store, name: &str, now: i64) -> Option<Claimed> {
    store
        .claim_job(&engine(name), &[JobKind::Train], now)
        .await
        .unwrap()
}

async fn status(w: &World, run: &RunId) -> (Status, Wish) {
    let run = w.store.run(&w.project, run).await.unwrap().unwrap();
    (run.status, run.wish)
}

#[test]
fn a_run_says_what_it_lacks_and_stands_on_a_snapshot() {
    on_both(|store| async move {
        let w = preferred(&store, 19).await;
        let base = base(&store).await;
        let mut request = request(&base);
        request.reward = Some(base.clone());
        let Ok(Started::Refused(wrong)) = store.start_run(&w.project, &request, None, 50).await
        else {
            panic!("started on too little")
        };
        let said: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(wrong[0].field, "reward", "{said:?}");
        assert!(
            said[1].contains("at least 20 preferences that are no ties, and there are 19"),
            "{said:?}"
        );
        request.reward = None;
        w.add_prompts(2, 2).await;
        let task = w.next(0, 60).await.unwrap();
        w.submit(0, &task, &LEFT, 61).await;
        let id = started(&w, &request, 70).await;
        let run = store.run(&w.project, &id).await.unwrap().unwrap();
        assert_eq!(run.data.annotations, 21);
        assert_eq!(run.data.by_kind[&Kind::Preference], 21);
        let before = store.training_of(&run).await.unwrap();
        let examples = &before.examples;
        assert_eq!((examples.counts().pairs, examples.counts().ties), (20, 1));
        assert_eq!(examples.pairs.iter().filter(|p| p.margin == 2).count(), 20);
        assert_eq!(examples.judged.len(), 40);
        assert!(
            examples
                .completions
                .iter()
                .all(|c| c.origin == Origin::Chosen)
        );
        assert_eq!(
            examples.prompts[&examples.pairs[0].prompt][0].content,
            "Why?"
        );

        // more feedback, and one answer withdrawn: the run still stands on the same
        let task = w.next(0, 80).await.unwrap();
        w.submit(0, &task, &LEFT, 81).await;
        sqlx::query("UPDATE annotation SET current = 0 WHERE task IN (SELECT id FROM task WHERE position < 20000)")
            .execute(&store.write)
            .await
            .unwrap();
        let after = store.training_of(&run).await.unwrap();
        assert_eq!(before.examples, after.examples);
        assert_eq!(after.data.hash, run.data.hash);
        let now = store
            .training(&w.project, &[Provenance::Person], None, i64::MAX)
            .await
            .unwrap();
        assert_ne!(now.data.hash, run.data.hash);
        // nobody simulated anything
        let none = store
            .training(&w.project, &[Provenance::Simulated], None, i64::MAX)
            .await
            .unwrap();
        assert_eq!(none.data.annotations, 0);
    });
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story")]
fn what_an_engine_writes_counts_only_while_it_has_the_lease() {
    on_both(|store| async move {
        let w = preferred(&store, 20).await;
        let base = base(&store).await;
        let id = started(&w, &request(&base), 100).await;
        let first = claim(&store, "one", 200).await.unwrap();
        assert_eq!(first.job.run.as_ref(), Some(&id));
        assert!(claim(&store, "two", 201).await.is_none());
        let metric = |step, value| Metric {
            step,
            name: "loss".into(),
            value,
        };
        let wrote = store
            .run_progress(
                &first.lease,
                &id,
                (2, 10),
                &[metric(1, 0.7), metric(2, 0.6)],
                202,
            )
            .await;
        assert!(wrote.unwrap());
        assert!(
            store
                .run_checkpoint(&first.lease, &id, 2, "runs/x/2")
                .await
                .unwrap()
        );
        let wrote = store
            .run_progress(
                &first.lease,
                &id,
                (3, 10),
                &[metric(3, 0.5), metric(3, f64::NAN)],
                203,
            )
            .await;
        assert!(wrote.unwrap());
        assert_eq!(
            store.metrics(&id, 1).await.unwrap(),
            [metric(2, 0.6), metric(3, 0.5)]
        );

        // the first falls silent; the second goes on from the checkpoint
        let later = 203 + LEASE_MS + 1;
        let second = claim(&store, "two", later).await.unwrap();
        assert_eq!(second.lease.job, first.lease.job);
        let run = store.run(&w.project, &id).await.unwrap().unwrap();
        assert_eq!(
            (run.status, run.checkpoint.as_deref()),
            (Status::Running, Some("runs/x/2"))
        );
        assert_eq!(run.engine, Some(engine("two")));
        assert!(store.rewind_run(&second.lease, &id, 2).await.unwrap());
        assert_eq!(store.metrics(&id, 0).await.unwrap().len(), 2);

        // the first wakes up: nothing it writes counts
        let late = store
            .run_progress(&first.lease, &id, (9, 10), &[metric(9, 0.1)], later + 1)
            .await;
        assert!(!late.unwrap());
        assert!(
            !store
                .run_checkpoint(&first.lease, &id, 9, "runs/x/9")
                .await
                .unwrap()
        );
        assert!(!store.renew_job(&first.lease, later + 1).await.unwrap());
        assert!(
            !store
                .run_stopped(&first.lease, &id, Wish::Pause, later)
                .await
                .unwrap()
        );
        let run = store.run(&w.project, &id).await.unwrap().unwrap();
        let new = |name: &str| NewModel {
            id: ModelId(store::new_id()),
            name: name.into(),
            kind: ModelKind::Policy,
            files: format!("models/{name}"),
            config: json!({}),
            card: json!({"method": "dpo"}),
            bytes: 5,
        };
        let late = new("late");
        assert!(
            !store
                .run_done(&first.lease, &run, &late, &json!({}), later)
                .await
                .unwrap()
        );
        assert!(store.any_model(&late.id).await.unwrap().is_none());
        let sample = Sample {
            prompt: vec![],
            before: Some("b".into()),
            after: None,
        };
        assert!(
            !store
                .write_samples(&first.lease, &id, std::slice::from_ref(&sample))
                .await
                .unwrap()
        );
        assert!(
            store
                .write_samples(&second.lease, &id, std::slice::from_ref(&sample))
                .await
                .unwrap()
        );
        let after = Sample {
            before: None,
            // models say what no database holds
            after: Some("a\0".into()),
            ..sample
        };
        assert!(
            store
                .write_samples(&second.lease, &id, &[after])
                .await
                .unwrap()
        );
        let samples = store.samples(&id).await.unwrap();
        assert_eq!(
            (samples[0].before.as_deref(), samples[0].after.as_deref()),
            (Some("b"), Some("a\u{FFFD}"))
        );

        let made = new("made");
        let result = json!({"held_out.accuracy": 0.8});
        assert!(
            store
                .run_done(&second.lease, &run, &made, &result, later + 5)
                .await
                .unwrap()
        );
        let run = store.run(&w.project, &id).await.unwrap().unwrap();
        assert_eq!(
            (run.status, run.finished_at),
            (Status::Done, Some(later + 5))
        );
        assert_eq!(run.result, result);
        assert_eq!(
            store.model_of_run(&id).await.unwrap(),
            Some(made.id.clone())
        );
        let line = store.lineage(&w.project, &made.id).await.unwrap();
        let line: Vec<_> = line.into_iter().map(|model| model.id).collect();
        assert_eq!(line, [base.clone(), made.id.clone()]);
        assert_eq!(
            store.trained_from(&w.project, &base).await.unwrap()[0].id,
            made.id
        );
        // a foreign project sees the shared base alone
        let other = World::new(&store, Settings::default(), 1, 2, 1).await;
        let theirs: Vec<_> = store
            .models(&other.project)
            .await
            .unwrap()
            .into_iter()
            .map(|m| m.id)
            .collect();
        assert_eq!(theirs, [base]);
        assert!(store.run(&other.project, &id).await.unwrap().is_none());
    });
}

#[test]
fn runs_wait_go_on_and_stop_as_people_wish() {
    on_both(|store| async move {
        let w = preferred(&store, 20).await;
        let base = base(&store).await;
        let id = started(&w, &request(&base), 100).await;
        let (s, p) = (&store, &w.project);
        // before any engine has it
        assert!(s.pause_run(p, &id).await.unwrap());
        assert_eq!(status(&w, &id).await.0, Status::Paused);
        assert!(!s.pause_run(p, &id).await.unwrap());
        assert!(claim(s, "one", 101).await.is_none());
        assert!(s.resume_run(p, &id).await.unwrap());
        // while one works on it
        let claimed = claim(s, "one", 102).await.unwrap();
        assert!(s.pause_run(p, &id).await.unwrap());
        assert_eq!(status(&w, &id).await, (Status::Running, Wish::Pause));
        assert_eq!(s.run_wish(&id).await.unwrap(), Wish::Pause);
        assert!(s.resume_run(p, &id).await.unwrap());
        assert_eq!(s.run_wish(&id).await.unwrap(), Wish::Run);
        assert!(s.pause_run(p, &id).await.unwrap());
        assert!(
            s.run_stopped(&claimed.lease, &id, Wish::Pause, 110)
                .await
                .unwrap()
        );
        assert_eq!(status(&w, &id).await, (Status::Paused, Wish::Run));
        assert!(s.resume_run(p, &id).await.unwrap());
        // its engine dies with a wish unheard: the next claim hears it
        claim(s, "one", 120).await.unwrap();
        assert!(s.pause_run(p, &id).await.unwrap());
        assert!(claim(s, "two", 121 + LEASE_MS).await.is_none());
        assert_eq!(status(&w, &id).await, (Status::Paused, Wish::Run));
        // failed, and tried again
        assert!(s.resume_run(p, &id).await.unwrap());
        let claimed = claim(s, "one", 200_000).await.unwrap();
        assert!(
            s.run_failed(&claimed.lease, &claimed.job, "diverged at step 3", 200_001)
                .await
                .unwrap()
        );
        let run = s.run(p, &id).await.unwrap().unwrap();
        assert_eq!(
            (run.status, run.problem.as_deref()),
            (Status::Failed, Some("diverged at step 3"))
        );
        assert!(s.resume_run(p, &id).await.unwrap());
        assert_eq!(s.run(p, &id).await.unwrap().unwrap().problem, None);
        // cancelled while its engine is silent: at once, and the engine may write nothing more
        let claimed = claim(s, "one", 300_000).await.unwrap();
        assert!(s.cancel_run(p, &id, 300_001).await.unwrap());
        assert_eq!(status(&w, &id).await, (Status::Running, Wish::Cancel));
        assert!(s.cancel_run(p, &id, 300_001 + LEASE_MS).await.unwrap());
        assert_eq!(status(&w, &id).await.0, Status::Cancelled);
        assert!(!s.renew_job(&claimed.lease, 300_002).await.unwrap());
        assert!(!s.resume_run(p, &id).await.unwrap());
        assert!(!s.cancel_run(p, &id, 400_000).await.unwrap());
    });
}

#[test]
fn many_engines_share_jobs_and_none_is_done_twice() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 1, 2, 1).await;
        for n in 0..40 {
            let job = NewJob {
                kind: JobKind::Embed,
                project: Some(&w.project),
                run: None,
                model: None,
                payload: json!({"n": n}),
                account: None,
            };
            store.add_job(&job, n).await.unwrap();
        }
        let mut engines = tokio::task::JoinSet::new();
        for name in 0..8 {
            let store = store.clone();
            engines.spawn(async move {
                let id = engine(&format!("e{name}"));
                let mut done = Vec::new();
                while let Some(claimed) =
                    store.claim_job(&id, &[JobKind::Embed], 100).await.unwrap()
                {
                    assert!(store.finish_job(&claimed.lease, Ok(()), 101).await.unwrap());
                    done.push(claimed.job.id);
                    tokio::task::yield_now().await;
                }
                done
            });
        }
        let all: Vec<_> = engines.join_all().await.into_iter().flatten().collect();
        let different: HashSet<_> = all.iter().collect();
        assert_eq!((all.len(), different.len()), (40, 40));
        assert!(
            store
                .jobs(&w.project)
                .await
                .unwrap()
                .iter()
                .all(|job| job.state == JobState::Done)
        );
    });
}

#[test]
fn a_job_that_kills_its_engines_fails_in_the_end() {
    on_both(|store| async move {
        let w = preferred(&store, 20).await;
        let id = started(&w, &request(&base(&store).await), 100).await;
        let mut now = 200;
        for _ in 0..MAX_ATTEMPTS {
            let claimed = claim(&store, "one", now).await.unwrap();
            now += LEASE_MS + 1;
            if claimed.attempt == 2 {
                // stopped in an orderly way: that does not count
                store.release_job(&claimed.lease).await.unwrap();
                assert_eq!(claim(&store, "one", now).await.unwrap().attempt, 2);
                now += LEASE_MS + 1;
            }
        }
        assert!(claim(&store, "one", now).await.is_none());
        let run = store.run(&w.project, &id).await.unwrap().unwrap();
        assert_eq!(run.status, Status::Failed);
        assert!(run.problem.unwrap().contains("lower the batch size"));
    });
}

#[test]
fn engines_report_and_tokens_and_keys_are_kept() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 1, 2, 2).await;
        let mut here = Engine {
            id: engine("e"),
            host: "box".into(),
            device: "CPU, 2 threads".into(),
            version: "0.1.0".into(),
            state: EngineState::Starting,
            problem: None,
            started_at: 5,
            seen_at: 5,
        };
        store.engine_seen(&here).await.unwrap();
        here.state = EngineState::Ready;
        here.seen_at = 900;
        store.engine_seen(&here).await.unwrap();
        assert_eq!(store.engines(800).await.unwrap(), [here.clone()]);
        assert!(store.engines(901).await.unwrap().is_empty());
        assert!(here.is_there(1_000) && !here.is_there(100_000));

        let id = store
            .create_token(&w.people[0], Some(&w.project), "script", "secret", 10)
            .await
            .unwrap();
        let bearer = store.bearer("secret", 20).await.unwrap().unwrap();
        assert_eq!(
            (&bearer.account, bearer.project.as_ref()),
            (&w.people[0], Some(&w.project))
        );
        assert_eq!(store.bearer("other", 20).await.unwrap(), None);
        assert_eq!(
            store.tokens(&w.people[0]).await.unwrap()[0].used_at,
            Some(20)
        );
        assert!(!store.revoke_token(&w.people[1], &id, 30).await.unwrap());
        assert!(store.revoke_token(&w.people[0], &id, 30).await.unwrap());
        assert_eq!(store.bearer("secret", 40).await.unwrap(), None);

        let key = Key::from("sk-very-secret".to_owned());
        let models = vec!["big".to_owned()];
        let id = store
            .create_endpoint(
                &w.project,
                "Out",
                "https://example.org/v1",
                Some(&key),
                &models,
                1,
            )
            .await
            .unwrap();
        let found = store.endpoint(&w.project, &id).await.unwrap().unwrap();
        assert_eq!(found.key.as_ref().unwrap().reveal(), "sk-very-secret");
        assert!(!format!("{found:?}").contains("secret"));
        assert!(store.remove_endpoint(&w.project, &id, 2).await.unwrap());
        assert!(store.endpoints(&w.project).await.unwrap().is_empty());
    });
}
