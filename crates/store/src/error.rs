//! What can go wrong with the database. Lookups return `Option`, so there is no "not found" here.

/// The result of a query.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else was faster, or the thing exists already; the text says which.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// A row holds what this version cannot read.
    #[error("{table}.{column} of {id} cannot be read: {problem}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database itself failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The migrations failed.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Error {
    /// Whether a unique index refused the write.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(cause)) if cause.is_unique_violation())
    }
    /// Turns a unique index's refusal into a conflict with these words.
    #[must_use]
    pub fn or_conflict(self, words: &'static str) -> Self {
        if self.is_duplicate() {
            Self::Conflict(words)
        } else {
            self
        }
    }
}

/// Reads JSON out of a column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    text: &str,
    table: &'static str,
    column: &'static str,
    id: &str,
) -> Result<T> {
    serde_json::from_str(text).map_err(|cause| Error::Corrupt {
        table,
        column,
        id: id.to_owned(),
        problem: cause.to_string(),
    })
}

/// Writes JSON for a column. Our types always serialise: maps have text keys, numbers are finite.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
