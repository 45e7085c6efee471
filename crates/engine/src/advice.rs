//! Why a run could not go on, with what to do about it.

use store::runs::Run;

/// What went wrong, with what to do about it.
pub(crate) fn advised(error: anyhow::Error, run: &Run) -> anyhow::Error {
    if let Some(learn::Error::Diverged { .. }) = error.downcast_ref() {
        let rate = run.settings.real("learning_rate");
        return anyhow::anyhow!(
            "{error}. Clone the run with a lower learning rate (it was {rate}), or clip gradients more"
        );
    }
    error
}

/// What a panic of the training thread means.
pub(crate) fn panicked(error: tokio::task::JoinError) -> anyhow::Error {
    let Ok(panic) = error.try_into_panic() else {
        return anyhow::anyhow!("the training thread was stopped");
    };
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason was given");
    let lower = words.to_lowercase();
    if lower.contains("memory") || lower.contains("alloc") {
        return anyhow::anyhow!(
            "out of memory ({words}): lower the examples at once or the longest sequence, train LoRA matrices only, or take a smaller model"
        );
    }
    anyhow::anyhow!("the training broke off: {words}")
}
