//! What every handler may use: the database, the settings, the names of the built assets.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use store::Store;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What the command line and the environment set.
    pub settings: Arc<Settings>,
    /// The built style sheet and scripts.
    pub assets: Arc<Assets>,
    /// The engine beside this server.
    pub engine: Arc<Engine>,
}

/// The engine beside this server: where it answers, and how whoever looks after it says that it stands.
pub struct Engine {
    /// Its address for the OpenAI wire format, e.g. `http://127.0.0.1:3001/v1`.
    pub url: String,
    /// What whoever calls it must show; empty: it asks for nothing.
    pub secret: String,
    stands: RwLock<Stands>,
}

// the secret must never reach a log
impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({}, {:?})", self.url, self.stands())
    }
}

/// How the engine stands, as its supervisor sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stands {
    /// This server looks after none; one may run all the same.
    #[default]
    Elsewhere,
    /// It is being built; pages work meanwhile.
    Building,
    /// Its process was started.
    Starting,
    /// Its process runs.
    Running,
    /// Its process ended, for this reason.
    Stopped(String),
}

impl Engine {
    /// An engine at this address that nobody looks after yet.
    pub fn at(url: impl Into<String>) -> Self {
        Self::with_secret(url, "")
    }

    /// An engine at this address that answers only those who show this secret.
    pub fn with_secret(url: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            secret: secret.into(),
            stands: RwLock::default(),
        }
    }

    /// How it stands.
    pub fn stands(&self) -> Stands {
        let stands = self.stands.read().unwrap_or_else(PoisonError::into_inner);
        stands.clone()
    }

    /// Its supervisor says how it stands now.
    pub fn set(&self, now: Stands) {
        *self.stands.write().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

/// The server's settings, as far as pages need them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Cookies are only sent over TLS.
    pub secure_cookies: bool,
    /// A proxy in front writes down where requests come from.
    pub behind_proxy: bool,
    /// Where uploads wait to be imported.
    pub data_dir: PathBuf,
    /// The artifact store, where that is a folder of this machine.
    pub artifacts: Option<PathBuf>,
    /// The most bytes one upload may have.
    pub upload_limit: usize,
}

/// The names of the built files, from `assets.json`. Empty names: pages work, without the islands.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Assets {
    /// The module that loads the islands, e.g. `touchstone.3f2a.js`.
    pub js: String,
    /// The islands.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// The port on which `cargo leptos watch` says that something was built anew; none when served.
    #[serde(skip)]
    pub reload: Option<u16>,
}
