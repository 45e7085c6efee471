//! One job from its beginning, or from where it was cut off, to its end. Proposals are kept as they come; calls come
//! from memory where they were made before, so that a job taken up again pays for nothing twice.

use super::{build, place, write};
use crate::App;
use crate::asking::{self, Asking, Stop};
use crate::text::proposing as text;
use crate::worker::kept;
use domain::ids::ProjectId;
use domain::run::ModelKind;
use domain::taxonomy::{Kept, Request, Tree, Wish};
use store::jobs::Claimed;
use store::now_ms;
use store::proposals::NewProposal;

/// Does one job; why it could not be done, in words for people.
pub(crate) async fn propose(app: &App, claimed: &Claimed) -> Result<(), String> {
    match work(app, claimed).await {
        Ok(()) | Err(Stop::Lost) => Ok(()),
        Err(Stop::Failed(words)) => Err(words),
    }
}

/// A job at work.
pub(super) struct Work<'a> {
    pub(super) app: &'a App,
    claimed: &'a Claimed,
    pub(super) project: &'a ProjectId,
    pub(super) request: &'a Request,
    pub(super) asking: Asking<'a>,
    pub(super) tree: Tree,
    pub(super) kept: Kept,
    pub(super) done: usize,
    pub(super) total: usize,
}

impl Work<'_> {
    /// What comes of asking, while the lease is kept.
    pub(super) async fn while_held<T>(
        &self,
        asking: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        kept(self.app, self.claimed, asking)
            .await?
            .unwrap_or(Err(Stop::Lost))
    }

    /// Keeps proposals, and how far the job is.
    pub(super) async fn keep(&self, proposals: &[NewProposal]) -> Result<(), Stop> {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let progress = (number(self.done), number(self.total));
        let (lease, project) = (&self.claimed.lease, self.project);
        let store = &self.app.store;
        let written =
            store.keep_proposals(lease, project, proposals, &self.kept, progress, now_ms());
        if written.await? {
            Ok(())
        } else {
            Err(Stop::Lost)
        }
    }

    /// The places that this job's proposals take already.
    pub(super) async fn proposed(&self) -> Result<std::collections::BTreeSet<i64>, Stop> {
        let (store, job) = (&self.app.store, &self.claimed.job.id);
        Ok(store.proposed(self.project, job).await?)
    }
}

async fn work(app: &App, claimed: &Claimed) -> Result<(), Stop> {
    let (job, store) = (&claimed.job, &app.store);
    let project = job.project.as_ref();
    let project = project.ok_or_else(|| Stop::failed(text::UNREADABLE))?;
    let request = super::request(job).ok_or_else(|| Stop::failed(text::UNREADABLE))?;
    let kinds: &[ModelKind] = if request.wish.is_by_embedding() {
        &[ModelKind::Encoder, ModelKind::Policy]
    } else {
        &[ModelKind::Policy]
    };
    let tree = store.taxonomy(project).await?.tree;
    let mut work = Work {
        app,
        claimed,
        project,
        request: &request,
        asking: Asking {
            app,
            lease: &claimed.lease,
            project,
            sampling: request.sampling.clone(),
            served: asking::served(app, project, &request.model, kinds, text::GONE).await?,
        },
        tree,
        kept: store.job_kept(project, &job.id).await?,
        done: 0,
        total: 0,
    };
    match &request.wish {
        Wish::Insert { .. } | Wish::Refine { .. } => build::build(&mut work).await,
        Wish::Place { .. } if request.wish.is_by_embedding() => {
            place::by_embedding(&mut work).await
        }
        Wish::Place { .. } => place::by_model(&mut work).await,
        Wish::Write { nodes, each } => write::write(&mut work, nodes, *each).await,
    }
}
