//! The work that a server does itself, beside answering requests: outside endpoints answer prompts, judges are asked, models
//! propose for the tree.
//! Nothing here computes; whatever does is an engine's.

use crate::{App, generate, judging, proposing};
use domain::ids::EngineId;
use domain::run::JobKind;
use std::time::Duration;
use store::jobs::Claimed;
use store::now_ms;

/// How often a server that has nothing to ask looks for work.
const LOOK: Duration = Duration::from_secs(2);
/// How often a lease is kept while somebody outside thinks.
const KEEP: Duration = Duration::from_secs(10);

/// Does such jobs for as long as the server lives.
pub async fn work(app: App) {
    let own = EngineId(format!("server-{}", store::new_id()));
    loop {
        match app.store.claim_outside_job(&own, now_ms()).await {
            Ok(Some(claimed)) => {
                let outcome = match claimed.job.kind {
                    JobKind::Judge => judging::judge(&app, &claimed).await,
                    JobKind::Taxonomy => proposing::propose(&app, &claimed).await,
                    _ => generate::answer(&app, &claimed).await,
                };
                let outcome = outcome.as_ref().map_err(String::as_str).copied();
                if let Err(cause) = app
                    .store
                    .finish_job(&claimed.lease, outcome, now_ms())
                    .await
                {
                    tracing::error!(%cause, "a job's end could not be written down");
                }
            }
            Ok(None) => tokio::time::sleep(LOOK).await,
            Err(cause) => {
                tracing::warn!(%cause, "no job could be claimed");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// What went wrong with the database, for people.
pub(crate) fn words(cause: store::Error) -> String {
    let (heading, words) = crate::Error::internal(cause).words();
    format!("{heading}. {words}")
}

/// What comes of it, while the lease is kept; nothing when that was lost, e.g. because somebody cancelled.
pub(crate) async fn kept<T>(
    app: &App,
    claimed: &Claimed,
    asking: impl Future<Output = T>,
) -> store::Result<Option<T>> {
    tokio::pin!(asking);
    loop {
        tokio::select! {
            said = &mut asking => return Ok(Some(said)),
            () = tokio::time::sleep(KEEP) => {
                if !app.store.renew_job(&claimed.lease, now_ms()).await? {
                    return Ok(None);
                }
            }
        }
    }
}
