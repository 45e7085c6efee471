//! Runs go on whatever happens to engines, and end where they would have ended.

use crate::place::on_both;
use domain::measure::Outcome;
use domain::method::{Method, Value};
use domain::run::{ModelKind, Status};
use store::runs::Waits;
use store::waiting::Progress;

fn done(run: &store::runs::Run) -> bool {
    run.status == Status::Done
}

#[test]
fn two_engines_share_runs_and_a_killed_one_is_continued_to_the_same_weights() {
    on_both(|place| async move {
        let base = place.add_tiny();
        place.prefer(40).await;
        // undisturbed, for comparison
        let whole = place.start(Method::Dpo, &base, 12, 5).await;
        let mut first = place.engine(&["work"]);
        place.until(&whole, "its end", done).await;

        let killed = place.start(Method::Dpo, &base, 12, 5).await;
        let midway = |run: &store::runs::Run| run.step > 7 && run.checkpoint.is_some();
        let before = place.until(&killed, "its middle", midway).await;
        assert!(
            before.step < before.steps,
            "it was over too soon to be killed"
        );
        first.kill();
        let second = place.engine(&["work"]);
        // the second has work of its own meanwhile, and a third joins
        let other = place.start(Method::RewardModel, &base, 2, 0).await;
        let third = place.engine(&["work"]);
        let after = place.until(&killed, "its end", done).await;
        place.until(&other, "its end", done).await;
        assert_ne!(after.engine, before.engine);
        assert_eq!(after.data.hash, before.data.hash);
        // nothing is left of what was only needed on the way
        let left = place.folder.join("artifacts/runs").join(killed.as_str());
        for _ in 0..200 {
            if !left.exists() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(!left.exists(), "{} is left", left.display());
        drop((second, third));

        assert_eq!(
            place.weights(&whole).await,
            place.weights(&killed).await,
            "not the same weights"
        );
        assert_ne!(
            place.weights(&whole).await,
            std::fs::read(place.folder.join("tiny/model.safetensors")).unwrap()
        );
        // every step was measured once, and no run made two models
        let losses = |metrics: Vec<store::metrics::Metric>| -> Vec<(i64, f64)> {
            let losses = metrics.into_iter().filter(|metric| metric.name == "loss");
            losses.map(|metric| (metric.step, metric.value)).collect()
        };
        let of_whole = losses(place.store.metrics(&whole, 0).await.unwrap());
        assert_eq!(
            of_whole,
            losses(place.store.metrics(&killed, 0).await.unwrap())
        );
        assert_eq!(i64::try_from(of_whole.len()).unwrap(), after.steps);
        let models = place.store.models(&place.project).await.unwrap();
        assert_eq!(models.len(), 4);
        let kinds = models
            .iter()
            .filter(|model| model.kind == ModelKind::Reward);
        assert_eq!(kinds.count(), 1);
        let samples = place.store.samples(&killed).await.unwrap();
        assert_eq!(samples.len(), 4);
        assert!(
            samples
                .iter()
                .all(|it| it.before.is_some() && it.after.is_some())
        );
    });
}

#[test]
fn a_run_heeds_pause_resume_and_cancel_within_a_step() {
    on_both(|place| async move {
        let base = place.add_tiny();
        place.prefer(24).await;
        let (store, project) = (&place.store, &place.project);
        let engine = place.engine(&["work"]);
        let id = place.start(Method::Sft, &base, 200, 0).await;
        place.until(&id, "its beginning", |run| run.step > 3).await;
        assert!(store.pause_run(project, &id).await.unwrap());
        let paused = place
            .until(&id, "its pause", |run| run.status == Status::Paused)
            .await;
        assert!(paused.checkpoint.is_some(), "a pause loses nothing");
        assert!(store.resume_run(project, &id).await.unwrap());
        let further =
            |run: &store::runs::Run| run.status == Status::Running && run.step > paused.step + 3;
        place.until(&id, "its going on", further).await;
        assert!(
            store
                .cancel_run(project, &id, store::now_ms())
                .await
                .unwrap()
        );
        place
            .until(&id, "its end", |run| run.status == Status::Cancelled)
            .await;
        assert_eq!(store.model_of_run(&id).await.unwrap(), None);
        drop(engine);
    });
}

/// Best of n by a reward model that was trained a moment ago, ILF by chance and by that reward model, KTO: each ends
/// with another model, and with what it measured.
#[test]
fn methods_that_sample_learn_from_what_they_sampled() {
    on_both(|place| async move {
        let base = place.add_tiny();
        place.prefer(24).await;
        let engine = place.engine(&["work"]);
        let judge = place.start(Method::RewardModel, &base, 2, 0).await;
        place.until(&judge, "its end", done).await;
        let judge = place.store.model_of_run(&judge).await.unwrap().unwrap();
        let few = |selector: &'static str| {
            let mut few = vec![
                ("samples", Value::Integer(2)),
                ("max_new_tokens", Value::Integer(12)),
                ("epochs", Value::Integer(1)),
            ];
            if !selector.is_empty() {
                few.push(("selector", Value::Name(selector.into())));
            }
            few
        };
        let epoch = vec![("epochs", Value::Integer(1))];
        let untrained = std::fs::read(place.folder.join("tiny/model.safetensors")).unwrap();
        for (method, reward, changes, measured) in [
            (Method::BestOfN, Some(&judge), few(""), "reward"),
            (Method::Ilf, Some(&judge), few("reward-model"), "loss"),
            (Method::Ilf, None, few("random"), "loss"),
            (Method::Kto, None, epoch, "kl"),
        ] {
            let id = place.start_with(method, &base, reward, &changes).await;
            let run = place.until(&id, "its end", done).await;
            assert!(run.step > 0 && run.step == run.steps, "{method:?}");
            assert_ne!(place.weights(&id).await, untrained, "{method:?}");
            let metrics = place.store.metrics(&id, -1).await.unwrap();
            let name = |it: &&store::metrics::Metric| it.name.ends_with(measured);
            assert!(
                metrics.iter().any(|it| name(&it)),
                "{method:?} measured no {measured}"
            );
            let outcome: Outcome = serde_json::from_value(run.result).unwrap();
            assert!(
                !(outcome.figures.is_empty() && outcome.remarks.is_empty()),
                "{method:?} says nothing in the end"
            );
        }
        drop(engine);
    });
}

#[test]
fn what_cannot_go_on_says_what_to_do() {
    on_both(|place| async move {
        let base = place.add_tiny();
        place.prefer(24).await;
        // it would need more memory than there is
        let large = place.start(Method::Dpo, &base, 2, 0).await;
        let small = place.engine(&["work", "--memory-mb", "1"]);
        let problem = place.problem(&large).await;
        for words in [
            "there is not enough memory",
            "lower “Examples at once”",
            "with 1 instead of 4",
            "“Longest sequence”",
        ] {
            assert!(problem.contains(words), "{words:?} is missing: {problem}");
        }
        drop(small);
        // its model's files are damaged
        let id = place.start(Method::Dpo, &base, 2, 0).await;
        let model = place.store.any_model(&base).await.unwrap().unwrap();
        let weights = place
            .folder
            .join("artifacts")
            .join(model.files)
            .join("model.safetensors");
        std::fs::write(weights, "cut").unwrap();
        let engine = place.engine(&["work"]);
        let problem = place.problem(&id).await;
        assert!(
            problem.contains("model.safetensors is damaged"),
            "{problem}"
        );
        drop(engine);
    });
}

/// Asks people through the queue, is killed while it waits, and learns from what they found good.
#[test]
fn a_run_asks_people_which_refinements_heed_their_critique() {
    on_both(|place| async move {
        let base = place.add_tiny();
        place.prefer(12).await;
        let changes = [
            ("samples", Value::Integer(2)),
            ("max_new_tokens", Value::Integer(8)),
            ("epochs", Value::Integer(2)),
            ("selector", Value::Name("person".into())),
        ];
        let mut first = place.engine(&["work"]);
        let id = place.start_with(Method::Ilf, &base, None, &changes).await;
        let waits = |run: &store::runs::Run| run.waits == Waits::ForPeople;
        let run = place.until(&id, "its waiting", waits).await;
        assert_eq!(run.status, Status::Paused);
        let asked = place.store.asked(&run).await.unwrap();
        let progress = Progress::of(&asked).unwrap();
        assert_eq!((progress.critiques, progress.judged), (12, 0));
        assert!((12..=24).contains(&progress.refinements), "{progress:?}");

        // the engine is gone while people judge: the second refinement of each is no good, the first one is
        first.kill();
        for n in 0..progress.refinements {
            place.judge(n).await;
        }
        let second = place.engine(&["work"]);
        let run = place.until(&id, "its end", done).await;
        assert_eq!(run.waits, Waits::No);
        let after = place.store.asked(&run).await.unwrap();
        let texts = |all: &[store::waiting::Asked]| -> Vec<String> {
            all.iter().map(|it| it.text.clone()).collect()
        };
        assert_eq!(texts(&asked), texts(&after), "nothing was sampled anew");
        let chosen = after.iter().filter(|it| it.chosen).count();
        assert!((1..=12).contains(&chosen), "{chosen} chosen");
        let outcome: Outcome = serde_json::from_value(run.result).unwrap();
        let said = outcome.remarks.join(" ");
        assert!(said.contains("People chose the refinements."), "{said}");
        assert!(
            said.contains(&format!("the run learns from {chosen} of them")),
            "{said}"
        );
        drop(second);
    });
}
