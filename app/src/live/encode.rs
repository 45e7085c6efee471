//! Reads what the live models look at with the encoders that projects chose, in small batches beside everything else.
//! **Nobody waits for it**: a comparison without vectors is judged by its words.

use crate::App;
use crate::text::live as text;
use crate::v1::serving;
use domain::live::encoded::{MOST, block};
use std::collections::HashMap;
use std::time::Duration;
use store::live::{Encoding, Text};
use store::now_ms;

/// How often it looks for responses to read.
const LOOK: Duration = Duration::from_secs(2);
/// After a problem a project's encoder is left alone for so long.
const REST_MS: i64 = 30_000;
/// Responses in one request.
const BATCH: usize = 16;
/// The most characters of a response that are sent: encoders read its beginning.
const READ: usize = 4_000;
/// For a response without text, since some servers refuse empty ones.
const EMPTY: &str = "(empty)";

/// What is known of a project between looks.
#[derive(Default)]
struct Seen {
    /// The encoder and the time of the model for which everything was read.
    done: (String, i64),
    rests_until: i64,
}

/// Reads for as long as the server lives.
pub async fn encode(app: App) {
    let owner = store::new_id();
    let mut seen: HashMap<String, Seen> = HashMap::new();
    loop {
        match turn(&app, &owner, &mut seen).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(LOOK).await,
            Err(cause) => {
                tracing::warn!(%cause, "responses could not be read for the live model");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// One batch of each project; whether there may be more.
async fn turn(app: &App, owner: &str, seen: &mut HashMap<String, Seen>) -> store::Result<bool> {
    let mut more = false;
    for it in app.store.live_encoding().await? {
        let known = seen.entry(it.project.0.clone()).or_default();
        let now = now_ms();
        let state = (it.settings.encoder.clone(), it.trained_at);
        if known.done == state || now < known.rests_until {
            continue;
        }
        if !app.store.take_vector_lease(owner, now).await? {
            return Ok(false);
        }
        let (project, encoder) = (&it.project, &it.settings.encoder);
        let texts = app
            .store
            .live_without_vector(project, &it.settings, BATCH)
            .await?;
        if texts.is_empty() {
            known.done = state;
            app.store.note_encoder(project, encoder, None, now).await?;
            continue;
        }
        match read(app, &it, &texts).await {
            Ok(vectors) => {
                app.store
                    .save_live_vectors(project, encoder, &vectors)
                    .await?;
                app.store
                    .note_encoder(project, encoder, None, now_ms())
                    .await?;
                more = true;
            }
            Err(problem) => {
                known.rests_until = now_ms() + REST_MS;
                let problem = Some(problem.as_str());
                app.store
                    .note_encoder(project, encoder, problem, now_ms())
                    .await?;
            }
        }
    }
    Ok(more)
}

/// The blocks of these responses, or why there are none, in words.
async fn read(app: &App, it: &Encoding, texts: &[Text]) -> Result<Vec<(String, Vec<f32>)>, String> {
    let served = serving(app, std::slice::from_ref(&it.project)).await;
    let served = served.map_err(|cause| cause.words().1)?;
    let served = served
        .into_iter()
        .find(|model| model.id == it.settings.encoder);
    let served = served.ok_or_else(|| text::ENCODER_GONE.to_owned())?;
    let inputs: Vec<String> = texts.iter().map(sent).collect();
    let vectors = served.upstream.embed(&served.there, &inputs).await;
    let vectors = vectors.map_err(|problem| problem.words())?;
    let read = texts.iter().zip(&vectors).map(|(text, vector)| {
        // what says nothing is kept too, or it would be asked again and again
        let nothing = || vec![0.0; vector.len().min(MOST)];
        (text.id.clone(), block(vector).unwrap_or_else(nothing))
    });
    Ok(read.collect())
}

fn sent(it: &Text) -> String {
    let text: String = it.response.trim().chars().take(READ).collect();
    if text.is_empty() {
        EMPTY.to_owned()
    } else {
        text
    }
}
