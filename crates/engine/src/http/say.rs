//! Lets a model speak for a request: in a thread, in turn, word by word if need be. Whoever hangs up ends it.

use super::{Problem, Wire};
use crate::generate::settings;
use crate::loaded::Loaded;
use domain::run::Sampling;
use learn::generate::{Text, generate_text};
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What is to be said.
pub(super) struct Speech {
    pub(super) loaded: Arc<Loaded>,
    pub(super) prompts: Vec<Vec<u32>>,
    pub(super) samples: usize,
    pub(super) sampling: Sampling,
    /// So many of the likeliest tokens are reported with each.
    pub(super) alternatives: usize,
}

/// A piece of one choice's text: the choice, the text.
pub(super) type Piece = (usize, String);

impl Wire {
    /// Speaks, and returns all that was said. Pieces go into `pieces` as they come; when nobody listens to
    /// them any more, it ends.
    pub(super) async fn speak(
        &self,
        speech: Speech,
        pieces: Option<mpsc::Sender<Piece>>,
    ) -> Result<Vec<Text>, Problem> {
        let context = speech
            .loaded
            .policy()
            .map_err(|why| Problem::invalid("model", why.to_string()))?;
        let context = context.config().context;
        for prompt in &speech.prompts {
            if prompt.len() >= context {
                let words = format!(
                    "the prompt has {} tokens, and the model reads at most {context}",
                    prompt.len()
                );
                return Err(Problem::invalid("messages", words));
            }
        }
        // a run stands back from now on, also while we wait for our place
        let turn = self.engine.turns.ask();
        let place = self.places.clone().acquire_owned().await;
        let stop = self.engine.stop.clone();
        let said = tokio::task::spawn_blocking(move || {
            let (_turn, _place) = (turn, place);
            let Speech {
                loaded,
                prompts,
                samples,
                sampling,
                alternatives,
            } = speech;
            let tokenizer = &loaded.words.tokenizer;
            let mut settings = settings(&sampling, samples, tokenizer.ends());
            settings.alternatives = alternatives;
            Ok(generate_text(
                loaded.policy()?,
                tokenizer,
                &prompts,
                &settings,
                &sampling.stop,
                sampling.seed,
                &mut |prompt, sample, piece| {
                    let choice = prompt * samples + sample;
                    let heard = pieces.as_ref().is_none_or(|pieces| {
                        pieces.blocking_send((choice, piece.to_owned())).is_ok()
                    });
                    if heard && !*stop.borrow() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                },
            ))
        })
        .await;
        match said {
            Ok(Ok(texts)) => Ok(texts),
            Ok(Err(error)) => Err(Problem::inside(&error)),
            Err(panic) => Err(Problem::inside(&anyhow::anyhow!(
                "the model broke off: {panic}"
            ))),
        }
    }
}

/// Tokens used: of the prompts, and of the answers.
pub(super) fn usage(prompts: usize, texts: &[Text]) -> serde_json::Value {
    let completion: usize = texts.iter().map(|it| it.completion.tokens.len()).sum();
    serde_json::json!({
        "prompt_tokens": prompts,
        "completion_tokens": completion,
        "total_tokens": prompts + completion,
    })
}
