//! Checkpoints: what was trained, the optimiser's state and where the run stood. A checkpoint is a folder
//! that appears under its name only when it is complete; the one before it goes only then.

use super::AdamW;
use crate::{Error, Result};
use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const WEIGHTS: &str = "weights.bpk";
const OPTIMISER: &str = "optimiser.safetensors";
const POSITION: &str = "position.json";
const BEST: &str = "best.bpk";

/// Where a run stands. The order of the data follows from the seed and the step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Steps of the optimiser made.
    pub step: usize,
    /// Tokens that went through the model.
    pub tokens: usize,
    /// Seconds spent training, over all parts of the run.
    pub seconds: f64,
    /// The least held-out loss, and after which step.
    pub best: Option<(usize, f64)>,
    /// Evaluations since then.
    pub since_best: usize,
}

/// A checkpoint on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The step it was made after.
    pub step: usize,
    /// Its folder.
    pub folder: PathBuf,
}

/// The newest complete checkpoint in a run's folder.
pub fn latest(run: &Path) -> Option<Checkpoint> {
    let entries = fs::read_dir(run).ok()?.filter_map(|entry| {
        let folder = entry.ok()?.path();
        let step = folder.file_name()?.to_str()?.strip_prefix("step-")?;
        let step = step.parse().ok()?;
        Some(Checkpoint { step, folder })
    });
    entries.max_by_key(|checkpoint| checkpoint.step)
}

impl Checkpoint {
    pub(super) fn write<M: Module>(
        run: &Path,
        model: &M,
        optimiser: &AdamW,
        position: &Position,
    ) -> Result<Self> {
        let step = position.step;
        let folder = run.join(format!("step-{step:08}"));
        let unfinished = run.join(format!(".step-{step:08}"));
        let failed = |path: &Path, e: std::io::Error| Error::artifact(path, e);
        let _ = fs::remove_dir_all(&unfinished);
        fs::create_dir_all(&unfinished).map_err(|e| failed(&unfinished, e))?;
        save_trained(model, &unfinished.join(WEIGHTS))?;
        optimiser.save(&unfinished.join(OPTIMISER))?;
        let text = serde_json::to_vec(position).map_err(|e| Error::artifact(&unfinished, e))?;
        fs::write(unfinished.join(POSITION), text).map_err(|e| failed(&unfinished, e))?;
        let before = latest(run).filter(|before| before.step != step);
        let _ = fs::remove_dir_all(&folder);
        fs::rename(&unfinished, &folder).map_err(|e| failed(&folder, e))?;
        if let Some(before) = before {
            fs::remove_dir_all(&before.folder).map_err(|e| failed(&before.folder, e))?;
        }
        Ok(Self { step, folder })
    }

    /// The model with the checkpoint's weights, the optimiser and the position.
    pub(super) fn read<M: Module>(
        &self,
        model: M,
        device: &Device,
    ) -> Result<(M, AdamW, Position)> {
        let path = self.folder.join(POSITION);
        let text = fs::read(&path).map_err(|e| Error::artifact(&path, e))?;
        let position = serde_json::from_slice(&text).map_err(|e| Error::artifact(&path, e))?;
        let optimiser = AdamW::load(&self.folder.join(OPTIMISER), device)?;
        let model = load_trained(model, &self.folder.join(WEIGHTS))?;
        Ok((model, optimiser, position))
    }
}

pub(super) fn save_best<M: Module>(run: &Path, model: &M) -> Result<()> {
    fs::create_dir_all(run).map_err(|e| Error::artifact(run, e))?;
    let unfinished = run.join(format!(".{BEST}"));
    save_trained(model, &unfinished)?;
    fs::rename(&unfinished, run.join(BEST)).map_err(|e| Error::artifact(run, e))
}

pub(super) fn load_best<M: Module>(run: &Path, model: M) -> Result<M> {
    load_trained(model, &run.join(BEST))
}

/// Only what is trained is written: the rest is the base model, which the caller has.
fn save_trained<M: Module>(model: &M, path: &Path) -> Result<()> {
    let mut trained = Trained::default();
    model.visit(&mut trained);
    model
        .clone()
        .into_record_group(ParamGroup::from_paths(trained.paths))
        .save(path)
        .map_err(|e| Error::artifact(path, e))
}

fn load_trained<M: Module>(model: M, path: &Path) -> Result<M> {
    let record = ModuleRecord::load(path).map_err(|e| Error::artifact(path, e))?;
    model
        .try_load_record(record.allow_partial(true))
        .map_err(|e| Error::artifact(path, e))
}

/// The paths of the parameters that are trained.
#[derive(Default)]
struct Trained {
    at: Vec<String>,
    paths: Vec<String>,
}

impl ModuleVisitor for Trained {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.at.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.at.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.is_require_grad() {
            self.paths.push(self.at.join("."));
        }
    }
}
