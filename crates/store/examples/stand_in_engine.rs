//! Stands in for an engine where only pages are tested: writes the rows that a run leaves behind, through
//! the store as an engine would, **and trains nothing**. Its figures say nothing about any method.
//!
//! `stand_in_engine DATABASE_URL work` takes up what waits; `… fill PROJECT` starts some runs there first.

use domain::ids::{EngineId, ModelId, ProjectId};
use domain::measure::{Baseline, Bin, Figure, Outcome};
use domain::method::{Method, Settings, Value};
use domain::prompt::Message;
use domain::run::{JobKind, ModelKind, Request, Status};
use domain::{Provenance, stats};
use serde_json::json;
use std::error::Error;
use store::jobs::Claimed;
use store::metrics::{Metric, Sample};
use store::models::NewModel;
use store::runs::{Run, Started};
use store::{Store, now_ms};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Steps of a run.
const STEPS: i64 = 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [url, "work"] => work(&Store::open(url).await?, i64::MAX).await,
        [url, "fill", project] => fill(&Store::open(url).await?, project).await,
        _ => Err("stand_in_engine DATABASE_URL work | fill PROJECT".into()),
    }
}

/// Takes up every job that waits; runs stop being worked on after `last` steps, in the middle of things.
async fn work(store: &Store, last: i64) -> Result<()> {
    let engine = EngineId::from("stand-in");
    let kinds = [JobKind::AddModel, JobKind::Train];
    while let Some(claimed) = store.claim_job(&engine, &kinds, now_ms()).await? {
        match (&claimed.job.run, &claimed.job.model) {
            (Some(id), _) => {
                let run = store.any_run(id).await?.ok_or("no such run")?;
                if !train(store, &claimed, &run, last.min(STEPS)).await? {
                    return Ok(());
                }
            }
            (None, Some(model)) => add(store, &claimed, model).await?,
            (None, None) => return Err("a job about nothing".into()),
        }
    }
    Ok(())
}

async fn add(store: &Store, claimed: &Claimed, model: &ModelId) -> Result<()> {
    let config =
        json!({"architecture": "llama", "hidden_size": 64, "layers": 2, "vocabulary": 512});
    let files = format!("models/{model}");
    let outcome = Ok((files.as_str(), &config, 1_200_000));
    store
        .model_added(&claimed.lease, model, outcome, now_ms())
        .await?;
    Ok(())
}

/// What a run measures at a step: curves of the right shape, from the run's own seed.
fn measured(run: &Run, step: i64) -> Vec<Metric> {
    let t = step as f64 / STEPS as f64;
    let wobble = |of: f64| ((step * (17 + run.seed)) as f64 * of).sin();
    let learned = 1.0 - (-3.0 * t * (1.0 + 0.2 * run.seed as f64)).exp();
    let mut values = vec![
        ("loss", 0.693 - 0.4 * learned + 0.03 * wobble(1.3)),
        (
            "accuracy",
            (0.5 + 0.3 * learned + 0.05 * wobble(0.7)).min(1.0),
        ),
        ("margin", 1.6 * learned + 0.1 * wobble(2.1)),
        ("gradient_norm", 2.0 - learned + 0.2 * wobble(0.9)),
        ("learning_rate", 1e-4 * (1.0 - t)),
        ("tokens_per_second", 900.0 + 40.0 * wobble(0.5)),
        ("memory", 1.1e9),
        ("seconds_left", (STEPS - step) as f64 * 2.0),
    ];
    if run.method != Method::RewardModel {
        values.push(("chosen", -0.2 * learned + 0.02 * wobble(1.1)));
        values.push(("rejected", -1.8 * learned + 0.05 * wobble(1.7)));
        values.push(("kl", 3.0 * learned));
        values.push(("length", 40.0 + 8.0 * t));
    }
    if step % 15 == 0 {
        values.push(("held_out.loss", 0.693 - 0.3 * learned));
        values.push(("held_out.accuracy", 0.5 + 0.22 * learned));
    }
    values
        .into_iter()
        .map(|(name, value)| Metric {
            step,
            name: name.into(),
            value,
        })
        .collect()
}

/// Whether the run came to its end.
async fn train(store: &Store, claimed: &Claimed, run: &Run, last: i64) -> Result<bool> {
    let prompt = |text: &str| vec![Message::user(text)];
    let mut samples: Vec<Sample> = [
        "What is a touchstone?",
        "Say it in one sentence: why is the sky blue?",
    ]
    .map(|text| Sample {
        prompt: prompt(text),
        before: Some(format!("{text} {text}")),
        after: None,
    })
    .to_vec();
    store
        .write_samples(&claimed.lease, &run.id, &samples)
        .await?;
    for step in 1..=last {
        let metrics = measured(run, step);
        let progress =
            store.run_progress(&claimed.lease, &run.id, (step, STEPS), &metrics, now_ms());
        if !progress.await? {
            return Ok(true);
        }
    }
    if last < STEPS {
        return Ok(false);
    }
    for sample in &mut samples {
        sample.after = Some("A dark stone on which gold leaves a streak.".into());
    }
    store
        .write_samples(&claimed.lease, &run.id, &samples)
        .await?;
    let outcome = Outcome {
        figures: vec![Figure {
            name: "accuracy".into(),
            value: 29.0 / 40.0,
            interval: stats::wilson(29, 40),
            of: 40,
            baselines: vec![Baseline {
                name: "length".into(),
                value: 0.525,
            }],
        }],
        calibration: [(0.55, 0.5, 12), (0.7, 0.72, 14), (0.9, 0.86, 14)]
            .map(|(predicted, observed, count)| Bin {
                predicted,
                observed,
                count,
            })
            .to_vec(),
        remarks: vec!["Made by a stand-in for tests of pages: nothing was trained.".into()],
    };
    let id = ModelId(store::new_id());
    let model = NewModel {
        name: run.name.clone(),
        kind: if run.method == Method::RewardModel {
            ModelKind::Reward
        } else {
            ModelKind::Policy
        },
        files: format!("models/{id}"),
        config: json!({"architecture": "llama", "hidden_size": 64}),
        card: json!({"method": run.method.name(), "seed": run.seed, "data": {"hash": run.data.hash, "annotations": run.data.annotations}, "remark": "made by a stand-in"}),
        bytes: 1_200_000,
        id,
    };
    let result = serde_json::to_value(&outcome)?;
    Ok(store
        .run_done(&claimed.lease, run, &model, &result, now_ms())
        .await?)
}

/// A model, finished runs, one in the middle, one that waits, one that failed.
async fn fill(store: &Store, name: &str) -> Result<()> {
    let projects = store.projects_named(name).await?;
    let project = projects.first().ok_or("no such project")?;
    let added = store.add_model(
        Some(project),
        "Stand-in base",
        ModelKind::Policy,
        "someone/stand-in",
        None,
        now_ms(),
    );
    let (base, _) = added.await?;
    work(store, STEPS).await?;
    for (method, name, seed) in [
        (Method::RewardModel, "Reward model", 1),
        (Method::Dpo, "DPO, β 0.1", 1),
        (Method::Dpo, "DPO, β 0.5", 2),
    ] {
        start(store, project, &base, method, name, seed).await?;
    }
    work(store, STEPS).await?;
    start(
        store,
        project,
        &base,
        Method::Dpo,
        "DPO with robust loss",
        3,
    )
    .await?;
    work(store, STEPS / 2).await?;
    start(
        store,
        project,
        &base,
        Method::RewardModel,
        "Another reward model",
        4,
    )
    .await?;
    for run in store.runs(project).await? {
        println!("{} {} {}", run.id, run.status.name(), run.name);
        assert_ne!(run.status, Status::Failed);
    }
    store.close().await;
    Ok(())
}

async fn start(
    store: &Store,
    project: &ProjectId,
    base: &ModelId,
    method: Method,
    name: &str,
    seed: u64,
) -> Result<()> {
    let beta = if seed == 2 { 0.5 } else { 0.1 };
    let settings = Settings::defaults(&method.settings());
    let request = Request {
        method,
        name: name.into(),
        base: base.clone(),
        reward: None,
        provenances: vec![Provenance::Person, Provenance::Simulated],
        node: None,
        seed,
        settings: if method == Method::Dpo {
            settings.with("beta", Value::Real(beta))
        } else {
            settings
        },
        parent: None,
    };
    match store.start_run(project, &request, None, now_ms()).await? {
        Started::Run(_) => Ok(()),
        Started::Refused(problems) => Err(format!("{problems:?}").into()),
    }
}
