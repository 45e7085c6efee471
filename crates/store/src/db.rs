//! Connections: which database, how many, and the settings that make SQLite safe and quick.

use crate::reports::spots::Readings;
use crate::{Error, Result};
use sqlx::{AnyPool, Executor, any::AnyPoolOptions};
use std::sync::{Arc, Mutex, atomic::AtomicI64};
use std::time::Duration;

/// A transaction; commit it or it never was.
pub type Transaction = sqlx::Transaction<'static, sqlx::Any>;

/// Which database the address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file, WAL, one writer at a time.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    /// For reading. On SQLite these connections never write.
    pub read: AnyPool,
    /// For writing. **On SQLite this pool has one connection**: writers queue here, fairly and without
    /// spinning on the file's lock.
    pub write: AnyPool,
    /// Which database this is.
    pub database: Database,
    /// When expired leases were last looked for.
    pub(crate) swept_at: Arc<AtomicI64>,
    /// Where models stand, as pages last read it.
    pub(crate) spots: Arc<Mutex<Readings>>,
}

/// Embedded, so that the binary can set up an empty database by itself.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

impl Store {
    /// Connects, and applies the migrations that are missing.
    ///
    /// `url` is `sqlite:///path/to/file.db` (created when missing) or `postgres://…`.
    ///
    /// # Errors
    /// When the address is of neither kind, the database cannot be reached, or a migration fails.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let (database, url) = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.trim_start_matches("//");
            let path = path.split('?').next().unwrap_or(path);
            if let Some(folder) = std::path::Path::new(path).parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|cause| Error::Database(sqlx::Error::Io(cause)))?;
            }
            (Database::Sqlite, format!("sqlite://{path}?mode=rwc"))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            (Database::Postgres, url.to_owned())
        } else {
            let problem = "DATABASE_URL must start with sqlite: or postgres:";
            return Err(Error::Database(sqlx::Error::Configuration(problem.into())));
        };
        let write = pool(database, if database == Database::Sqlite { 1 } else { 8 })
            .connect(&url)
            .await?;
        MIGRATIONS.run(&write).await?;
        let read = match database {
            Database::Sqlite => pool(database, 4).connect(&url).await?,
            Database::Postgres => write.clone(),
        };
        Ok(Self {
            read,
            write,
            database,
            swept_at: Arc::default(),
            spots: Arc::default(),
        })
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once, so that it cannot
    /// fail half-way.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(&self) -> Result<Transaction> {
        Ok(match self.database {
            Database::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Database::Postgres => self.write.begin().await?,
        })
    }

    /// Closes every connection; SQLite folds its log into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool(database: Database, connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if database == Database::Sqlite {
                    // NORMAL in WAL mode survives a killed process; only a power cut can take the last
                    // transactions. 4 MiB of cache a connection keeps the server small.
                    connection
                        .execute(
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000; \
                             PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; \
                             PRAGMA journal_size_limit = 67108864;",
                        )
                        .await?;
                }
                Ok(())
            })
        })
}
