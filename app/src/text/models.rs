//! Words about models.

use domain::run::ModelKind;

pub const MODELS: &str = "Models";
pub const LEAD: &str = "Each model stands below the one it was trained from. Its files never change: training makes another one.";
pub const NONE: &str = "No models yet";
pub const NONE_WORDS: &str = "make run brings SmolLM2-135M-Instruct where there is a network. Or add one below, from a hub or from a folder.";
pub const NONE_ASK: &str = "A researcher of this project can add one.";
pub const EVERYBODYS: &str = "for all projects";
pub const ITS_RUN: &str = "its run";
pub const ADDING: &str = "on its way in";
pub const FAILED: &str = "could not be brought in";
pub fn kind(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Policy => "answers prompts",
        ModelKind::Reward => "reward model",
        ModelKind::Encoder => "encoder",
    }
}
pub fn kind_words(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Policy => "answers prompts (a language model)",
        ModelKind::Reward => "gives responses a score (a reward model)",
        ModelKind::Encoder => "turns a text into a vector (an encoder)",
    }
}
pub fn size(bytes: i64) -> String {
    match bytes as f64 {
        b if b >= 1e9 => format!("{:.1} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.0} kB", (b / 1e3).max(1.0)),
    }
}

pub const ADD: &str = "Add a model";
pub const ADD_WORDS: &str = "The engine brings the files in: a Llama or Qwen model, or a BERT encoder, as a Hugging Face folder (safetensors, tokenizer.json) or as a GGUF file.";
pub const ORIGIN: &str = "Where it comes from";
pub const ORIGIN_HINT: &str = "A hub name such as HuggingFaceTB/SmolLM2-135M-Instruct, or the path of a folder or of a GGUF file on the engine’s machine.";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "What it is called here. Empty: as where it comes from.";
pub const KIND: &str = "What it is for";
pub const ADD_BUTTON: &str = "Add";
pub const NOT_OURS: &str = "A model for all projects cannot be removed from one of them.";

pub const BACK: &str = "All models";
pub const SIZE: &str = "Size";
pub const SINCE: &str = "Here since";
pub const PLAYGROUND: &str = "Try it";
pub const GENERATE: &str = "Generate with it";
pub const TRAIN: &str = "Start a run";
pub const REMOVE: &str = "Remove";
pub const REMOVE_WORDS: &str =
    "It disappears from the lists. What was trained from it and what it said stays.";
pub const REMOVE_NOW: &str = "Remove it";
pub const LINEAGE: &str = "Lineage";
pub const RUN: &str = "run";
pub const TRAINED: &str = "Trained from it";
pub const CARD: &str = "Model card";
pub const ARCHITECTURE: &str = "Architecture";
pub const FILES: &str = "Files";
pub const FILES_WORDS: &str = "A Hugging Face folder: put them into one folder, and transformers, vLLM or llama.cpp’s converter can read it.";
pub fn elsewhere(folder: &str) -> String {
    format!("They are in the artifact store under {folder}, which this server cannot read itself.")
}
pub const YES: &str = "yes";
pub const NO: &str = "no";
