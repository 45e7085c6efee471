//! How models learn from what people say: models, losses, methods and their evaluation on burn,
//! without naming a backend. A [`burn::tensor::Device`] is a value that the caller brings.

pub mod data;
pub mod error;
pub mod evaluate;
pub mod generate;
pub mod lanes;
pub mod losses;
pub mod methods;
pub mod models;
pub mod train;
pub mod world;

pub use error::{Error, Result};
