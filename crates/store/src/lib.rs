//! All of Touchstone's SQL, one module a table, written once for SQLite and PostgreSQL.
//!
//! **The database decides every race**: writes are guarded updates, unique indexes and one transaction
//! each, never a read followed by a write. **What a caller was told is saved, is saved.**
//!
//! # Adding a query
//! Write it beside its table's other queries, with `$1` placeholders and only the types named in
//! `migrations/`; lookups return `Option`; run it in `tests/it`, which does so on both databases.

mod background;
mod db;
mod error;
mod real;

pub mod accounts;
pub mod annotations;
pub mod audit;
pub mod browse;
pub mod calls;
pub mod comparisons;
pub mod criteria;
pub mod drafts;
pub mod endpoints;
pub mod engines;
pub mod evaluation;
pub mod export;
pub mod generated;
pub mod group_grade;
pub mod imports;
pub mod invites;
pub mod jobs;
pub mod judging;
pub mod live;
pub mod members;
pub mod metrics;
pub mod models;
pub mod narration;
pub mod projects;
pub mod proposals;
pub mod queue;
pub mod reports;
pub mod review;
pub mod runs;
pub mod search;
pub mod sessions;
pub mod simulate;
pub mod tasks;
pub mod tasks_changed;
pub mod taxonomy;
pub mod throttle;
pub mod tokens;
pub mod training;
pub mod waiting;

pub use db::{Database, Store, Transaction};
pub use error::{Error, Result};

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in milliseconds since the epoch: the one place that reads the clock.
pub fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// A new identifier, ordered by time.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A text that both databases can hold: PostgreSQL takes no zero byte, which a model may well say.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// SHA-256 in hexadecimal: of secrets that are only compared, and of contents that are deduplicated.
pub fn sha256(data: impl AsRef<[u8]>) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(data.as_ref())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
