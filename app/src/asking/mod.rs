//! Models are asked one question after the other by jobs of the server: judging, and for the tree. A call comes from
//! memory where the same was asked before, else it is made, waited for and kept with what came back.

pub(crate) mod calls;

use crate::App;
use crate::v1::{Served, serving};
use crate::wire::{Ask, Problem};
use domain::ids::{ProjectId, PromptId};
use domain::prompt::Message;
use domain::run::{ModelKind, Sampling};
use futures_util::StreamExt;
use serde_json::json;
use std::fmt::Display;
use std::time::Duration;
use store::calls::Call;
use store::{jobs::Lease, now_ms};

/// Calls at once: an outside server answers several, ours one after the other.
const AT_ONCE: usize = 4;
/// How often the same is asked until the reply can be read.
const TRIES: u64 = 3;
/// Waits after a server that is busy or away; then the job ends, and can be taken up again.
const WAITS: [u64; 5] = [1, 2, 4, 8, 16];

/// Why no more is asked.
pub(crate) enum Stop {
    /// The job is somebody else's by now, or was cancelled.
    Lost,
    /// It cannot go on; in words.
    Failed(String),
}

impl Stop {
    /// It cannot go on, for this reason.
    pub(crate) fn failed(words: &str) -> Self {
        Self::Failed(words.to_owned())
    }
}

impl From<store::Error> for Stop {
    fn from(cause: store::Error) -> Self {
        Self::Failed(crate::worker::words(cause))
    }
}

/// What a call is about: in words, and what the model is shown.
pub(crate) type Question = (String, String);

/// Who is asked for which job.
#[derive(Clone)]
pub(crate) struct Asking<'a> {
    pub(crate) app: &'a App,
    pub(crate) lease: &'a Lease,
    pub(crate) project: &'a ProjectId,
    pub(crate) sampling: Sampling,
    pub(crate) served: Served,
}

/// The model of this name, if it is still served and is one of these kinds.
pub(crate) async fn served(
    app: &App,
    project: &ProjectId,
    model: &str,
    kinds: &[ModelKind],
    gone: &str,
) -> Result<Served, Stop> {
    let served = serving(app, std::slice::from_ref(project)).await;
    let served = served.map_err(|cause| Stop::Failed(cause.words().1))?;
    let mut served = served.into_iter();
    served
        .find(|it| it.id == model && kinds.contains(&it.kind))
        .ok_or_else(|| Stop::failed(gone))
}

/// A reply, and the call to be kept where it was made just now.
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) tokens: [i64; 2],
    fresh: Option<Call>,
}

impl Asking<'_> {
    /// Asks all of these, some at once, each until its reply can be read; `None` for those that never could. In
    /// their order.
    pub(crate) async fn all<T, E: Display>(
        &self,
        prompt: Option<&PromptId>,
        questions: Vec<Question>,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<Option<(T, String)>>, Stop> {
        let read = &read;
        let asked = questions
            .into_iter()
            .map(|question| async move { self.until_read(prompt, &question, read).await });
        let replies: Vec<_> = futures_util::stream::iter(asked)
            .buffered(self.at_once())
            .collect()
            .await;
        replies.into_iter().collect()
    }

    pub(crate) fn at_once(&self) -> usize {
        if self.served.outside { AT_ONCE } else { 1 }
    }

    /// Asks until the reply can be read; `None` where it never could.
    pub(crate) async fn until_read<T, E: Display>(
        &self,
        prompt: Option<&PromptId>,
        question: &Question,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<(T, String)>, Stop> {
        for attempt in 0..self.tries() {
            let reply = self.once(prompt, question, attempt).await?;
            let text = reply.text.clone();
            match read(&text) {
                Ok(found) => {
                    self.keep(reply, None).await?;
                    return Ok(Some((found, text)));
                }
                Err(unread) => self.keep(reply, Some(unread.to_string())).await?,
            }
        }
        Ok(None)
    }

    /// Our engine says the same again where nothing is drawn.
    pub(crate) fn tries(&self) -> u64 {
        let drawn = self.served.outside || self.sampling.temperature > 0.0;
        if drawn { TRIES } else { 1 }
    }

    /// The reply to this, the try of that number.
    pub(crate) async fn once(
        &self,
        prompt: Option<&PromptId>,
        (about, text): &Question,
        attempt: u64,
    ) -> Result<Reply, Stop> {
        let sampling = Sampling {
            seed: self.sampling.seed + attempt,
            ..self.sampling.clone()
        };
        let digest = json!([
            self.served.id,
            sampling.temperature,
            sampling.max_tokens,
            sampling.seed,
            text
        ]);
        let digest = store::sha256(digest.to_string());
        let store = &self.app.store;
        if let Some(call) = store.call_made(self.project, &digest).await? {
            return Ok(Reply {
                text: call.reply,
                tokens: [0, 0],
                fresh: None,
            });
        }
        let ask = Ask {
            model: self.served.there.clone(),
            messages: vec![Message::user(text.clone())],
            sampling,
        };
        let answer = patiently(|| self.served.upstream.chat(&ask)).await?;
        Ok(Reply {
            tokens: answer.tokens,
            fresh: Some(Call {
                prompt: prompt.cloned(),
                about: about.clone(),
                digest,
                asked: text.clone(),
                reply: answer.text.clone(),
                tokens: answer.tokens,
                problem: None,
            }),
            text: answer.text,
        })
    }

    /// Keeps a call that was made just now, and why its reply cannot be read.
    pub(crate) async fn keep(&self, reply: Reply, unread: Option<String>) -> Result<(), Stop> {
        let Some(mut call) = reply.fresh else {
            return Ok(());
        };
        call.problem = unread;
        self.keep_call(&call).await
    }

    pub(crate) async fn keep_call(&self, call: &Call) -> Result<(), Stop> {
        let store = &self.app.store;
        let kept = store.keep_call(self.lease, self.project, call, now_ms());
        if kept.await? { Ok(()) } else { Err(Stop::Lost) }
    }
}

/// Asks until there is an answer: whoever is busy or away for a moment is asked again after a while.
pub(crate) async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, Stop>
where
    F: Future<Output = Result<T, Problem>>,
{
    let mut waits = WAITS.into_iter();
    loop {
        let problem = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(problem) => problem,
        };
        match waits.next().filter(|_| problem.may_pass()) {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => return Err(Stop::Failed(problem.words())),
        }
    }
}
