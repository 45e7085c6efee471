//! What every handler may use: the database, the settings, the names of the built assets.

use std::{path::PathBuf, sync::Arc};
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
}
