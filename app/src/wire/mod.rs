//! The OpenAI wire format, as its client: our own engine on loopback and any outside endpoint are called
//! the same way. What goes wrong comes back in words that say what to do, never as a bare status.
//!
//! An address is a base such as `http://127.0.0.1:8000/v1`; a key goes to that address only, since
//! redirects are not followed.

mod answer;
mod embeddings;
mod problem;
mod stream;

pub use answer::{Answer, Ask, Score};
pub use problem::Problem;
pub use stream::Words;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;

/// The most bytes of an answer that is read in one piece.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// A server that is there answers the connection at once; a model may take long to say its first word.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_mins(3);

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    // the second call of a process finds one installed, which is as good
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("touchstone")
        .build()
        .unwrap_or_default()
});

/// A server that speaks the format.
#[derive(Clone)]
pub struct Upstream {
    /// Its address up to and with `/v1`.
    base: String,
    key: Option<String>,
    /// Whether it is our own engine: it knows more settings, and other advice helps when it is away.
    pub own: bool,
}

// a key must never reach a log
impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upstream({})", self.base)
    }
}

impl Upstream {
    /// Our engine.
    pub fn engine(engine: &crate::state::Engine) -> Self {
        Self {
            base: engine.url.trim_end_matches('/').to_owned(),
            key: Some(engine.secret.clone()).filter(|secret| !secret.is_empty()),
            own: true,
        }
    }

    /// Somebody else's server.
    pub fn outside(base: &str, key: Option<String>) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            key,
            own: false,
        }
    }

    fn request(&self, method: http::Method, path: &str) -> RequestBuilder {
        let request = CLIENT.request(method, format!("{}/{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Sends a request and hands on what came, whatever it says; fails only when nothing came.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn send(&self, path: &str, body: Option<&Value>) -> Result<Response, Problem> {
        let request = match body {
            Some(body) => self.request(http::Method::POST, path).json(body),
            None => self.request(http::Method::GET, path),
        };
        let sent = request.send().await;
        sent.map_err(|cause| Problem::of(self, &cause))
    }

    async fn ask(&self, path: &str, body: Option<&Value>) -> Result<Response, Problem> {
        let response = self.send(path, body).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let said = read(response).await.unwrap_or_default();
        Err(Problem::Refused {
            status,
            said: problem::said(&said),
            own: self.own,
        })
    }

    async fn json(&self, path: &str, body: Option<&Value>) -> Result<Value, Problem> {
        let response = self.ask(path, body).await?;
        let text = read(response).await.map_err(|()| Problem::BrokeOff)?;
        serde_json::from_str(&text).map_err(|_| Problem::NotTheFormat)
    }

    /// The names of the models it offers.
    ///
    /// # Errors
    /// When it cannot be reached, refuses, or answers something else.
    pub async fn models(&self) -> Result<Vec<String>, Problem> {
        let answer = self.json("models", None).await?;
        let listed = answer["data"].as_array().ok_or(Problem::NotTheFormat)?;
        Ok(listed
            .iter()
            .filter_map(|model| model["id"].as_str().map(str::to_owned))
            .collect())
    }

    /// One whole answer.
    ///
    /// # Errors
    /// When it cannot be reached, refuses, or answers something else.
    pub async fn chat(&self, ask: &Ask) -> Result<Answer, Problem> {
        let answer = self
            .json("chat/completions", Some(&ask.body(self.own, false)))
            .await?;
        Answer::read(&answer).ok_or(Problem::NotTheFormat)
    }

    /// An answer word by word.
    ///
    /// # Errors
    /// When it cannot be reached or refuses; what goes wrong later comes out of [`Words`].
    pub async fn stream(&self, ask: &Ask) -> Result<Words, Problem> {
        let response = self
            .ask("chat/completions", Some(&ask.body(self.own, true)))
            .await?;
        Ok(Words::new(response))
    }

    /// What a reward model of ours makes of responses, and of the parts of each.
    ///
    /// # Errors
    /// As [`Upstream::chat`].
    pub async fn score(&self, body: &Value) -> Result<Vec<Score>, Problem> {
        let answer = self.json("score", Some(body)).await?;
        Score::read(&answer).ok_or(Problem::NotTheFormat)
    }
}

/// The whole body, if it is not larger than an answer may be.
async fn read(mut response: Response) -> Result<String, ()> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ())? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err(());
        }
    }
    String::from_utf8(bytes).map_err(|_| ())
}
