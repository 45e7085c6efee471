//! Language models and encoders: their configuration, layers, files, tokenizers and chat templates.

mod attention;
mod bert;
mod cache;
mod config;
mod files;
mod llama;
#[cfg(test)]
mod llama_tests;
mod lora;
mod reward_head;
mod rope;
mod template;
mod tokenizer;

pub use bert::Encoder;
pub use cache::Cache;
pub use config::LlamaConfig;
pub use files::{Gguf, LoadedModel, Quantisation, Safetensors, describe, load, save};
pub use llama::Llama;
pub use lora::{Adapter, Linear};
pub use reward_head::RewardModel;
pub use rope::RopeScaling;
pub use template::ChatTemplate;
pub use tokenizer::{TextStream, Tokenizer};
