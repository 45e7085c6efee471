//! The job that brings a model's files into the artifact store: from a folder or a GGUF file on this machine,
//! or from the hub. What came is read before it counts.

use crate::held::{Go, Signal};
use crate::hub;
use crate::worker::Engine;
use anyhow::{Context, bail};
use domain::run::ModelKind;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::jobs::Claimed;
use store::now_ms;

/// Files of a Hugging Face folder that are taken: weights and words, no pictures, no other formats.
const ENDINGS: [&str; 5] = ["safetensors", "json", "jinja", "txt", "gguf"];

/// Does the job, and says what came of it.
///
/// # Errors
/// When the outcome cannot be written down.
pub async fn add(engine: &Engine, claimed: &Claimed, signal: &Signal) -> anyhow::Result<()> {
    let id = claimed
        .job
        .model
        .as_ref()
        .context("the job names no model")?;
    let model = engine
        .store
        .any_model(id)
        .await?
        .context("the model is gone")?;
    let files = format!("models/{id}");
    let brought = bring(engine, claimed, signal, &model.origin, &files, model.kind).await;
    match brought {
        Err(_) if signal.go() == Go::Lost => Ok(()),
        Err(_) if signal.go() == Go::Leave => Ok(engine.store.release_job(&claimed.lease).await?),
        Err(error) => {
            let problem = format!("{error:#}");
            tracing::warn!("model {} cannot be added: {problem}", model.name);
            engine
                .store
                .model_added(&claimed.lease, id, Err(&problem), now_ms())
                .await?;
            Ok(())
        }
        Ok((config, bytes)) => {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            let done = Ok((files.as_str(), &config, bytes));
            engine
                .store
                .model_added(&claimed.lease, id, done, now_ms())
                .await?;
            Ok(())
        }
    }
}

async fn bring(
    engine: &Engine,
    claimed: &Claimed,
    signal: &Signal,
    origin: &str,
    files: &str,
    kind: ModelKind,
) -> anyhow::Result<(Value, u64)> {
    let folder = engine.artifacts.workplace(files)?;
    let path = Path::new(origin);
    let mut commit = None;
    if path.exists() {
        copy(path, &folder).with_context(|| format!("{origin} cannot be copied"))?;
    } else if hub::is_name(origin) {
        commit = Some(download(engine, claimed, signal, origin, &folder).await?);
    } else {
        bail!(
            "{origin} is neither a folder or a GGUF file on the engine's machine, nor a hub name like OWNER/MODEL"
        );
    }
    let mut config = tokio::task::spawn_blocking(move || describe(&folder, kind)).await??;
    if let Some(commit) = commit {
        config["commit"] = json!(commit);
    }
    let bytes = engine.artifacts.keep(files).await?;
    Ok((config, bytes))
}

async fn download(
    engine: &Engine,
    claimed: &Claimed,
    signal: &Signal,
    origin: &str,
    folder: &Path,
) -> anyhow::Result<String> {
    let (done, total) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    // progress is written beside the download, a few times a second at most
    let teller = {
        let (store, lease) = (engine.store.clone(), claimed.lease.clone());
        let (done, total) = (done.clone(), total.clone());
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_secs(1));
            let mut last = u64::MAX;
            loop {
                tick.tick().await;
                let now = done.load(Ordering::Relaxed);
                if now != last {
                    last = now;
                    let of = total.load(Ordering::Relaxed);
                    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
                    let _ = store
                        .job_progress(&lease, number(now), number(of), now_ms())
                        .await;
                }
            }
        })
    };
    let mut progress = |bytes: u64, of: u64| {
        done.store(bytes, Ordering::Relaxed);
        total.store(of, Ordering::Relaxed);
        signal.go() == Go::On
    };
    let client = hub::client()?;
    let fetched = hub::fetch(&client, &engine.hub, origin, folder, &mut progress).await;
    teller.abort();
    fetched
}

/// Copies a GGUF file, or the files of a folder that a model is made of.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if from.is_file() {
        let name = from.file_name().context("a file without a name")?;
        std::fs::copy(from, to.join(name))?;
        return Ok(());
    }
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let ending = path
            .extension()
            .and_then(|it| it.to_str())
            .unwrap_or_default();
        if path.is_file()
            && ENDINGS.contains(&ending)
            && let Some(name) = path.file_name()
        {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// What the model is, as far as its files say; an error when they cannot be read.
fn describe(folder: &Path, kind: ModelKind) -> anyhow::Result<Value> {
    if kind == ModelKind::Encoder {
        // an encoder is small: it is read as a whole, so that it can be used when it is there
        let encoder = learn::models::Encoder::load(folder, &burn::tensor::Device::flex())?;
        return Ok(json!({ "width": encoder.width() }));
    }
    let (config, _, template) = learn::models::describe(folder)?;
    let mut described = serde_json::to_value(&config)?;
    described["parameters"] = json!(config.parameters());
    described["chat"] = json!(template.is_some());
    Ok(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_what_a_model_is_made_of_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(from.join("onnx")).unwrap();
        std::fs::create_dir_all(&to).unwrap();
        for name in [
            "config.json",
            "model.safetensors",
            "picture.png",
            "onnx/model.onnx",
        ] {
            std::fs::write(from.join(name), name).unwrap();
        }
        copy(&from, &to).unwrap();
        let mut found: Vec<_> = std::fs::read_dir(&to)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, ["config.json", "model.safetensors"]);
    }
}
