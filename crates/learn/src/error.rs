//! What can go wrong while a model is read, trained or asked. Each message says what was wrong and
//! where; the engine adds what to do about it.

use std::path::{Path, PathBuf};

/// This crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why learning, loading or generating stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The feedback does not suffice for the method.
    #[error("too little data: {has} {what}, at least {needs} are needed")]
    TooLittleData {
        /// What is counted, in the plural ("preferences").
        what: String,
        /// How many there are.
        has: usize,
        /// How many there must be.
        needs: usize,
    },
    /// The loss or a gradient is no longer a finite number.
    #[error("training diverged at step {step}: {what} is not finite{}", last_good(*.checkpoint))]
    Diverged {
        /// The step at which it was seen, from 1.
        step: usize,
        /// What was not finite ("loss", "gradient norm").
        what: String,
        /// The step of the last checkpoint before it.
        checkpoint: Option<usize>,
    },
    /// A file of a model, a tokenizer or a checkpoint cannot be used.
    #[error("{}: {reason}", .path.display())]
    Artifact {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, naming the tensor or the key.
        reason: String,
    },
    /// Somebody asked the run to stop.
    #[error("cancelled")]
    Cancelled,
    /// Somebody paused the run before its first step: it begins anew, or at its last checkpoint.
    #[error("paused before the first step")]
    Paused,
}

impl Error {
    /// An unusable file.
    pub fn artifact(path: impl AsRef<Path>, reason: impl std::fmt::Display) -> Self {
        Self::Artifact {
            path: path.as_ref().to_path_buf(),
            reason: reason.to_string(),
        }
    }
}

fn last_good(checkpoint: Option<usize>) -> String {
    checkpoint.map_or_else(
        || "; there is no checkpoint yet".to_owned(),
        |step| format!("; the last good checkpoint is of step {step}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_and_where() {
        let error = Error::artifact("model.gguf", "tensor blk.0.attn_q.weight: type 99");
        assert_eq!(
            error.to_string(),
            "model.gguf: tensor blk.0.attn_q.weight: type 99"
        );
        let error = Error::Diverged {
            step: 7,
            what: "loss".into(),
            checkpoint: Some(5),
        };
        assert_eq!(
            error.to_string(),
            "training diverged at step 7: loss is not finite; the last good checkpoint is of step 5"
        );
    }
}
