//! The store's story, told on SQLite always and on PostgreSQL when `TEST_POSTGRES_URL` is set.

mod agreement;
mod beside;
mod evaluation;
mod exports;
mod grades;
mod imports;
mod learning;
mod live;
mod people;
mod proposals;
mod queue;
mod review;
mod settings;
mod simulated;
mod taxonomy;
mod waiting;
mod weakness;
mod world;

use std::future::Future;
use store::Store;

/// Runs a story on a fresh database of each kind.
pub(crate) fn on_both<F: Future<Output = ()>>(story: impl Fn(Store) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/story.db", folder.path().display()))
            .await
            .unwrap();
        story(store.clone()).await;
        store.close().await;
        let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
            println!("TEST_POSTGRES_URL is not set: PostgreSQL is left out");
            return;
        };
        // a database of its own for each story, so that they can run side by side
        let name = format!("story_{}", store::new_id().replace('-', ""));
        let admin = sqlx::AnyPool::connect(&url).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&admin)
            .await
            .unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        let store = Store::open(&format!("{server}/{name}")).await.unwrap();
        story(store.clone()).await;
        store.close().await;
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}")))
            .execute(&admin)
            .await
            .unwrap();
    });
}
