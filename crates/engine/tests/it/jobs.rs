//! Jobs beside runs: models brought in, prompts answered.

use crate::place::on_both;
use domain::run::{EngineState, Generate, JobKind, JobState, ModelState, Sampling, Which};
use std::time::{Duration, Instant};
use store::jobs::NewJob;

#[test]
fn a_model_answers_a_project_and_the_queue_gets_tasks() {
    on_both(|place| async move {
        let model = place.add_tiny();
        place.prefer(6).await;
        let generate = Generate {
            prompts: Which::Unanswered(5),
            samples: 2,
            sampling: Sampling {
                max_tokens: 12,
                seed: 3,
                ..Sampling::default()
            },
            make_tasks: true,
        };
        let new = NewJob {
            kind: JobKind::Generate,
            project: Some(&place.project),
            run: None,
            model: Some(&model),
            payload: serde_json::to_value(&generate).unwrap(),
            account: None,
        };
        let id = place.store.add_job(&new, store::now_ms()).await.unwrap();
        let engine = place.engine(&["work"]);
        let begun = Instant::now();
        loop {
            let job = place.store.job(&place.project, &id).await.unwrap().unwrap();
            if job.state == JobState::Done {
                assert_eq!((job.done, job.total), (10, 10));
                break;
            }
            assert_ne!(job.state, JobState::Failed, "{:?}", job.problem);
            assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", job.state);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let made: (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COUNT(DISTINCT r.prompt) FROM response r JOIN source s ON s.id = r.source WHERE s.name = 'tiny' AND s.kind = 'model'",
        )
        .fetch_one(&place.store.read)
        .await
        .unwrap();
        // two equal texts to one prompt count once
        assert!((5..=10).contains(&made.0) && made.1 == 5, "{made:?}");
        let tasks: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM task WHERE project = $1")
            .bind(place.project.as_str())
            .fetch_one(&place.store.read)
            .await
            .unwrap();
        assert!(tasks > 6, "{tasks} tasks");
        let seen = place.store.engines(0).await.unwrap();
        assert!(
            seen.iter()
                .any(|it| it.state == EngineState::Ready && it.device.starts_with("CPU"))
        );
        drop(engine);
    });
}

#[test]
fn a_model_that_is_none_says_so() {
    on_both(|place| async move {
        let odd = place.folder.join("odd");
        std::fs::create_dir_all(&odd).unwrap();
        std::fs::write(odd.join("config.json"), r#"{"model_type": "gpt2"}"#).unwrap();
        let added = place.run(&["models", "add", odd.to_str().unwrap()]);
        assert!(!added.status.success());
        let said = String::from_utf8_lossy(&added.stderr).into_owned();
        assert!(
            said.contains("gpt2") || said.contains("config.json"),
            "{said}"
        );
        let added = place.run(&["models", "add", "/nowhere/at/all"]);
        let said = String::from_utf8_lossy(&added.stderr).into_owned();
        assert!(said.contains("neither a folder or a GGUF file"), "{said}");
        let models = place.store.models(&place.project).await.unwrap();
        assert!(models.iter().all(|model| model.state == ModelState::Failed));
        place.add_tiny();
        let listed = place.run(&["models", "list"]);
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert_eq!(listed.lines().count(), 1);
        assert!(listed.contains("policy\ttiny"), "{listed}");
    });
}
