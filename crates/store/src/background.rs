//! What computes for longer than a request may wait runs on a thread of its own, behind everything that answers people.

use crate::{Error, Result};

/// Computes on a thread of its own; under Linux one that gives way to all others. (Elsewhere priorities are a process's.)
pub(crate) async fn apart<T: Send + 'static>(
    compute: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let failed = |cause: std::io::Error| Error::Database(sqlx::Error::Io(cause));
    let (send, receive) = tokio::sync::oneshot::channel();
    let work = move || {
        #[cfg(target_os = "linux")]
        if let Err(cause) = rustix::process::nice(10) {
            tracing::debug!("a thread's priority could not be lowered: {cause}");
        }
        // whoever asked may be gone
        let _ = send.send(compute());
    };
    std::thread::Builder::new()
        .name("background".into())
        .spawn(work)
        .map_err(failed)?;
    receive
        .await
        .map_err(|_| failed(std::io::Error::other("what was computed panicked")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_back_what_was_computed_and_says_when_it_panicked() {
        assert_eq!(apart(|| 6 * 7).await.unwrap(), 42);
        #[cfg(target_os = "linux")]
        {
            let niceness = || rustix::process::nice(0).unwrap();
            let own = niceness();
            assert_eq!(apart(niceness).await.unwrap(), (own + 10).min(19));
            // this thread kept its own
            assert_eq!(niceness(), own);
        }
        let panicked = apart(|| -> u8 { panic!("on purpose") }).await;
        assert!(panicked.unwrap_err().to_string().contains("panicked"));
    }
}
