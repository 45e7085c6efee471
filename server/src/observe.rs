//! Every request gets an id, a line in the log and a place in the counters of `/metrics`, which only
//! this machine may read.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use store::Store;
use tracing::Instrument;

/// Upper ends of the histogram's bins, in seconds.
const BINS: [f64; 8] = [0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];

/// Counters since the start.
#[derive(Default)]
struct Counters {
    /// By the first digit of the status.
    answers: [AtomicU64; 6],
    bins: [AtomicU64; BINS.len()],
    count: AtomicU64,
    microseconds: AtomicU64,
}

/// What the middleware and `/metrics` share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Observer {
    counters: Arc<Counters>,
    store: Store,
}

impl Observer {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            counters: Arc::default(),
            store,
        }
    }

    fn count(&self, status: StatusCode, seconds: f64, microseconds: u64) {
        let class = usize::from(status.as_u16() / 100).min(5);
        self.counters.answers[class].fetch_add(1, Relaxed);
        if let Some(bin) = BINS.iter().position(|end| seconds <= *end) {
            self.counters.bins[bin].fetch_add(1, Relaxed);
        }
        self.counters.count.fetch_add(1, Relaxed);
        self.counters.microseconds.fetch_add(microseconds, Relaxed);
    }

    /// The counters in the text format of Prometheus.
    fn text(&self) -> String {
        let mut text = String::from("# TYPE touchstone_requests_total counter\n");
        for (class, answers) in self.counters.answers.iter().enumerate().skip(1) {
            let count = answers.load(Relaxed);
            let _ = writeln!(
                text,
                "touchstone_requests_total{{status=\"{class}xx\"}} {count}"
            );
        }
        text.push_str("# TYPE touchstone_request_seconds histogram\n");
        let mut below = 0;
        for (end, bin) in BINS.iter().zip(&self.counters.bins) {
            below += bin.load(Relaxed);
            let _ = writeln!(
                text,
                "touchstone_request_seconds_bucket{{le=\"{end}\"}} {below}"
            );
        }
        let count = self.counters.count.load(Relaxed);
        let sum = self.counters.microseconds.load(Relaxed) as f64 / 1e6;
        let _ = writeln!(
            text,
            "touchstone_request_seconds_bucket{{le=\"+Inf\"}} {count}"
        );
        let _ = writeln!(text, "touchstone_request_seconds_sum {sum}");
        let _ = writeln!(text, "touchstone_request_seconds_count {count}");
        text.push_str("# TYPE touchstone_database_connections gauge\n");
        for (pool, connections) in [("read", &self.store.read), ("write", &self.store.write)] {
            let (size, idle) = (connections.size() as usize, connections.num_idle());
            let busy = size.saturating_sub(idle);
            for (state, count) in [("busy", busy), ("idle", idle)] {
                let _ = writeln!(
                    text,
                    "touchstone_database_connections{{pool=\"{pool}\",state=\"{state}\"}} {count}"
                );
            }
        }
        text
    }
}

/// The middleware around everything.
pub(crate) async fn observe(
    State(observer): State<Observer>,
    request: Request,
    next: Next,
) -> Response {
    // ours, whatever the client sent: nobody else writes into the log
    let id = store::new_id();
    let span = tracing::info_span!("request", id);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span).await;
    let taken = begun.elapsed();
    let (status, milliseconds) = (response.status(), taken.as_secs_f64() * 1e3);
    let microseconds = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
    observer.count(status, taken.as_secs_f64(), microseconds);
    // an invitation's link is a secret
    let path = if path.starts_with("/invite/") {
        "/invite/…"
    } else {
        &path
    };
    let status = status.as_u16();
    tracing::info!(target: "request", id, %method, path, status, milliseconds);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// `/metrics`, for this machine alone. What a proxy hands on comes from elsewhere.
pub(crate) async fn metrics(State(observer): State<Observer>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let local = peer.is_some_and(|peer| peer.0.ip().is_loopback());
    if !local || request.headers().contains_key("x-forwarded-for") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], observer.text()).into_response()
}
