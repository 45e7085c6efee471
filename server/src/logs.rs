//! The log: lines for people, or JSON for machines; there also one line a request.

use tracing_subscriber::{EnvFilter, fmt};

/// How the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line, requests included.
    Json,
}

/// Starts logging to standard error. `filter` is as in `RUST_LOG`; empty: the usual.
pub fn start(format: Format, filter: &str) {
    let usual = match format {
        Format::Text => "warn,touchstone=info,server=info,app=info,store=info",
        Format::Json => "warn,touchstone=info,server=info,app=info,store=info,request=info",
    };
    let filter = if filter.is_empty() { usual } else { filter };
    let builder = fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr);
    match format {
        Format::Text => builder.init(),
        Format::Json => builder.json().flatten_event(true).init(),
    }
}
