//! `touchstone serve`: settings, assets, the listener, the end.

use crate::observe::{self, Observer};
use crate::supervise::{self, Plan, Which};
use anyhow::Context;
use app::state::{App, Assets, Engine, Settings};
use axum::Router;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use store::Store;
use tower_http::{
    compression::CompressionLayer, services::ServeDir, set_header::SetResponseHeaderLayer,
};

/// Serve the pages.
#[derive(clap::Args)]
pub struct Serve {
    /// Where to listen. Loopback unless you say otherwise.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Where uploads wait to be imported.
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Where the built style sheet and scripts are.
    #[arg(long, env = "SITE_ROOT", default_value = "target/site")]
    site_root: PathBuf,
    /// Send cookies over TLS only: set it when a proxy in front speaks TLS.
    #[arg(long, env = "SECURE_COOKIES")]
    secure_cookies: bool,
    /// A proxy in front sets X-Forwarded-For: without one, anybody could write there.
    #[arg(long, env = "BEHIND_PROXY")]
    behind_proxy: bool,
    /// The most megabytes one upload may have.
    #[arg(long, env = "UPLOAD_LIMIT_MB", default_value_t = 200)]
    upload_limit_mb: usize,
    /// Which engine is started beside the server, to train and to generate: `off`, `auto` (the one beside
    /// this program or in `ENGINE_DIR`, as soon as it is there), or the program's path.
    #[arg(long, env = "TOUCHSTONE_ENGINE", default_value = "auto")]
    engine: Which,
    /// Where the engine is being built.
    #[arg(long, env = "ENGINE_DIR")]
    engine_dir: Option<PathBuf>,
    /// The file in which its build says how it stands: `building …`, `ready` or `failed LOG`.
    #[arg(long, env = "ENGINE_STATE")]
    engine_state: Option<PathBuf>,
    /// Where an engine that somebody else starts answers in the OpenAI wire format.
    #[arg(long, env = "ENGINE_URL", default_value = "http://127.0.0.1:3010/v1")]
    engine_url: String,
    /// Where models and checkpoints are: a folder, or `s3://bucket/path`. Unset: in the data folder.
    #[arg(long, env = "ARTIFACTS")]
    artifacts: Option<String>,
}

/// How long requests that are under way may take when the server stops.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

impl Serve {
    /// Whether these settings can work, before anything is opened.
    ///
    /// # Errors
    /// With a sentence that names the setting.
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            (1..=10_000).contains(&self.upload_limit_mb),
            "UPLOAD_LIMIT_MB must be 1 to 10000"
        );
        std::fs::create_dir_all(&self.data_dir)
            .with_context(|| format!("DATA_DIR {} cannot be made", self.data_dir.display()))?;
        if !self.listen.ip().is_loopback() && !self.secure_cookies {
            tracing::warn!(
                "listening on {} without SECURE_COOKIES: passwords and sessions cross the network in the open",
                self.listen
            );
        }
        Ok(())
    }

    /// Where models and checkpoints are.
    fn artifacts(&self) -> String {
        let usual = || self.data_dir.join("artifacts").display().to_string();
        self.artifacts.clone().unwrap_or_else(usual)
    }

    /// What the supervisor is to do, and where the engine answers.
    fn engine(&self, database_url: &str) -> anyhow::Result<(Option<Plan>, Engine)> {
        if self.engine == Which::Off {
            let secret = std::env::var("ENGINE_SECRET").unwrap_or_default();
            return Ok((None, Engine::with_secret(&self.engine_url, secret)));
        }
        let listen =
            supervise::free_address().context("no port is free for the engine to listen on")?;
        let engine =
            Engine::with_secret(format!("http://{listen}/v1"), app::security::random_hex(32));
        let artifacts = self.artifacts();
        let plan = Plan {
            which: self.engine.clone(),
            folder: self.engine_dir.clone(),
            state: self.engine_state.clone(),
            database_url: database_url.to_owned(),
            artifacts,
            listen,
        };
        Ok((Some(plan), engine))
    }

    /// Serves until it is told to stop.
    pub async fn run(self, store: Store, database_url: &str) -> anyhow::Result<()> {
        let (plan, engine) = self.engine(database_url)?;
        let engine = Arc::new(engine);
        let artifacts = self.artifacts();
        let artifacts = artifacts.strip_prefix("file://").unwrap_or(&artifacts);
        let artifacts = (!artifacts.contains("://")).then(|| artifacts.into());
        let app = App {
            store: store.clone(),
            settings: Arc::new(Settings {
                secure_cookies: self.secure_cookies,
                behind_proxy: self.behind_proxy,
                data_dir: self.data_dir,
                artifacts,
                upload_limit: self.upload_limit_mb * 1024 * 1024,
            }),
            assets: Arc::new(assets(&self.site_root)),
            engine: engine.clone(),
        };
        app::data::resume(&app).await?;
        tokio::spawn(store::live::keep_fresh(store.clone()));
        tokio::spawn(store::evaluation::keep_counted(store.clone()));
        tokio::spawn(app::worker::work(app.clone()));
        tokio::spawn(app::live::encode(app.clone()));
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        tracing::info!("http://{address}");
        println!("Touchstone: http://{address}");
        let listener = axum::serve::ListenerExt::tap_io(listener, |connection| {
            // without this a small answer waits for a delayed acknowledgement
            let _ = connection.set_nodelay(true);
        });
        let service = router(app, &self.site_root);
        // when the last sender is gone, whatever the reason, the supervisor stops too
        let (stop_engine, stopped_engine) = tokio::sync::watch::channel(false);
        let supervisor =
            plan.map(|plan| tokio::spawn(supervise::supervise(plan, engine, stopped_engine)));
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = axum::serve(
            listener,
            service.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(async move {
            stop().await;
            let _ = stopping.send(());
        });
        let too_long = async {
            let _ = stopped.await;
            tokio::time::sleep(LAST_REQUESTS).await;
        };
        tokio::select! {
            done = serving.into_future() => done?,
            () = too_long => tracing::warn!("some requests took too long and were cut off"),
        }
        let _ = stop_engine.send(true);
        if let Some(supervisor) = supervisor {
            let _ = supervisor.await;
        }
        store.close().await;
        Ok(())
    }
}

/// Pages, files, health.
pub fn router(app: App, site_root: &std::path::Path) -> Router {
    let for_ever = SetResponseHeaderLayer::overriding(
        axum::http::header::CACHE_CONTROL,
        axum::http::HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    let files = tower::ServiceBuilder::new().layer(for_ever).service(
        ServeDir::new(site_root.join("pkg"))
            .precompressed_br()
            .precompressed_gzip(),
    );
    let health = app.store.clone();
    let observer = Observer::new(app.store.clone());
    let metrics = axum::routing::get(observe::metrics).with_state(observer.clone());
    app::router(app)
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .nest_service("/pkg", files)
        .route(
            "/icon.svg",
            axum::routing::get(async || {
                (
                    [("content-type", "image/svg+xml")],
                    include_str!("../../public/icon.svg"),
                )
            }),
        )
        .route("/healthz", axum::routing::get(async || "ok"))
        .route("/readyz", axum::routing::get(move || ready(health.clone())))
        .route("/metrics", metrics)
        .layer(axum::middleware::from_fn_with_state(
            observer,
            observe::observe,
        ))
}

async fn ready(store: Store) -> (axum::http::StatusCode, &'static str) {
    match store.has_accounts().await {
        Ok(_) => (axum::http::StatusCode::OK, "ready"),
        Err(_) => (
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        ),
    }
}

/// The names of the built files; none when nothing was built, and the pages go without.
fn assets(site_root: &std::path::Path) -> Assets {
    let manifest = site_root.join("assets.json");
    std::fs::read_to_string(&manifest)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .or_else(watched)
        .unwrap_or_else(|| {
            tracing::warn!(
                "{} is missing: pages go without style and scripts",
                manifest.display()
            );
            Assets::default()
        })
}

/// Under `cargo leptos watch` there is no manifest and names stay the same; the query makes the browser
/// fetch them anew after each build.
fn watched() -> Option<Assets> {
    let name = std::env::var("LEPTOS_OUTPUT_NAME").ok()?;
    let fresh = |ending: &str| format!("{name}.{ending}?{}", store::now_ms());
    Some(Assets {
        js: fresh("js"),
        wasm: fresh("wasm"),
        css: fresh("css"),
        reload: std::env::var("LEPTOS_RELOAD_PORT")
            .ok()
            .and_then(|port| port.parse().ok()),
    })
}

async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let Ok(mut terminate) = terminate else {
        return drop(interrupt.await);
    };
    tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
}
