//! A server over a database of its own.

use crate::browser::Browser;
use app::App;
use app::state::{Assets, Engine, Settings};
use axum::Router;
use domain::ids::UserId;
use std::future::Future;
use std::sync::Arc;
use store::Store;

/// A server, its router called without a socket.
#[derive(Clone)]
pub(crate) struct TestApp {
    pub(crate) store: Store,
    pub(crate) app: App,
    pub(crate) router: Router,
    /// Where its data and its artifacts are.
    pub(crate) folder: std::path::PathBuf,
}

/// Runs a story on a fresh server over each kind of database.
pub(crate) fn on_both<F: Future<Output = ()>>(story: impl Fn(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/story.db", folder.path().display()))
            .await
            .unwrap();
        story(TestApp::over(store.clone(), folder.path())).await;
        store.close().await;
        let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
            println!("TEST_POSTGRES_URL is not set: PostgreSQL is left out");
            return;
        };
        let name = format!("server_{}", store::new_id().replace('-', ""));
        let admin = sqlx::AnyPool::connect(&url).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&admin)
            .await
            .unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        let store = Store::open(&format!("{server}/{name}")).await.unwrap();
        story(TestApp::over(store.clone(), folder.path())).await;
        store.close().await;
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}")))
            .execute(&admin)
            .await
            .unwrap();
    });
}

impl TestApp {
    fn over(store: Store, folder: &std::path::Path) -> Self {
        let app = App {
            store: store.clone(),
            settings: Arc::new(Settings {
                secure_cookies: false,
                behind_proxy: true,
                data_dir: folder.join("data"),
                artifacts: Some(folder.join("artifacts")),
                upload_limit: 8 * 1024 * 1024,
            }),
            assets: Arc::new(Assets::default()),
            // a port that nothing listens on
            engine: Arc::new(Engine::at("http://127.0.0.1:9/v1")),
        };
        let router = server::serve::router(app.clone(), folder);
        Self {
            store,
            app,
            router,
            folder: folder.to_owned(),
        }
    }

    /// A browser that nobody has signed in with yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// An account that cannot sign in by password; quicker than hashing one.
    pub(crate) async fn account(&self, name: &str) -> UserId {
        let email = format!("{}@example.org", name.to_lowercase());
        self.store
            .create_account(&email, name, "no password", store::now_ms())
            .await
            .unwrap()
    }

    /// A browser with a session of this account.
    pub(crate) async fn signed_in(&self, account: &UserId) -> Browser {
        let secret = store::new_id();
        self.store
            .open_session(&secret, account, "test", store::now_ms())
            .await
            .unwrap();
        let mut browser = self.browser();
        browser.set_cookie("touchstone", &secret);
        browser
    }
}
