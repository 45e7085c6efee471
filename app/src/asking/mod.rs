//! One call: from memory where the same was asked before, else made, waited for and kept.

use crate::App;
use crate::v1::Served;
use crate::wire::{Ask, Problem};
use domain::ids::{ProjectId, PromptId};
use domain::judge::{Judging, Unread};
use domain::prompt::Message;
use domain::run::Sampling;
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;
use store::judging::Call;
use store::{jobs::Lease, now_ms};

/// Calls at once: an outside server answers several, ours one after the other.
const AT_ONCE: usize = 4;
/// How often the same is asked until the reply can be read.
const TRIES: u64 = 3;
/// Waits after a server that is busy or away; then the job ends, and can be taken up again.
const WAITS: [u64; 5] = [1, 2, 4, 8, 16];

/// Why no more is asked.
pub(super) enum Stop {
    /// The job is somebody else's by now, or was cancelled.
    Lost,
    /// It cannot go on; in words.
    Failed(String),
}

impl From<store::Error> for Stop {
    fn from(cause: store::Error) -> Self {
        Self::Failed(crate::worker::words(cause))
    }
}

/// What a call is about: in words, and what the judge is shown.
pub(super) type Question = (String, String);

/// Who is asked for which job.
pub(super) struct Asking<'a> {
    pub(super) app: &'a App,
    pub(super) lease: &'a Lease,
    pub(super) project: &'a ProjectId,
    pub(super) wanted: &'a Judging,
    pub(super) served: Served,
}

/// A reply, and the call to be kept where it was made just now.
pub(super) struct Reply {
    pub(super) text: String,
    pub(super) tokens: [i64; 2],
    fresh: Option<Call>,
}

impl Asking<'_> {
    /// Asks all of these, some at once, each until its reply can be read; `None` for those that never could. In
    /// their order.
    pub(super) async fn all<T>(
        &self,
        prompt: &PromptId,
        questions: Vec<Question>,
        read: impl Fn(&str) -> Result<T, Unread>,
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

    pub(super) fn at_once(&self) -> usize {
        if self.served.outside { AT_ONCE } else { 1 }
    }

    async fn until_read<T>(
        &self,
        prompt: &PromptId,
        question: &Question,
        read: impl Fn(&str) -> Result<T, Unread>,
    ) -> Result<Option<(T, String)>, Stop> {
        for attempt in 0..self.tries() {
            let reply = self.once(prompt, question, attempt).await?;
            let text = reply.text.clone();
            match read(&text) {
                Ok(found) => {
                    self.keep(reply, None).await?;
                    return Ok(Some((found, text)));
                }
                Err(unread) => self.keep(reply, Some(&unread)).await?,
            }
        }
        Ok(None)
    }

    /// Our engine says the same again where nothing is drawn.
    fn tries(&self) -> u64 {
        let drawn = self.served.outside || self.wanted.sampling.temperature > 0.0;
        if drawn { TRIES } else { 1 }
    }

    /// The reply to this, the try of that number.
    pub(super) async fn once(
        &self,
        prompt: &PromptId,
        (about, text): &Question,
        attempt: u64,
    ) -> Result<Reply, Stop> {
        let sampling = Sampling {
            seed: self.wanted.sampling.seed + attempt,
            ..self.wanted.sampling.clone()
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
                prompt: prompt.clone(),
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
    pub(super) async fn keep(&self, reply: Reply, unread: Option<&Unread>) -> Result<(), Stop> {
        let Some(mut call) = reply.fresh else {
            return Ok(());
        };
        call.problem = unread.map(ToString::to_string);
        self.keep_call(&call).await
    }

    pub(super) async fn keep_call(&self, call: &Call) -> Result<(), Stop> {
        let store = &self.app.store;
        let kept = store.keep_call(self.lease, self.project, call, now_ms());
        if kept.await? { Ok(()) } else { Err(Stop::Lost) }
    }
}

/// Asks until there is an answer: whoever is busy or away for a moment is asked again after a while.
pub(super) async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, Stop>
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
