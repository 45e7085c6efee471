//! The table of every address: method, path, who may, what answers.
//!
//! [`all`] is what the authorisation test walks; [`router`] is what the server serves. There is no other
//! way to add an address to a page.

use crate::access::{Access, check};
use crate::{App, Error};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};

/// Forms are small; uploads say otherwise.
const FORM_LIMIT: usize = 2 * 1024 * 1024;

/// One address.
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// The path, `{…}` for what varies.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    handler: MethodRouter<App>,
    limit: usize,
}

impl Route {
    /// Takes bodies of up to so many bytes.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }
}

/// An address that shows something.
pub fn get<H: Handler<T, App>, T: 'static>(
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    let handler = on(MethodFilter::GET, handler);
    Route {
        method: Method::GET,
        path,
        access,
        handler,
        limit: FORM_LIMIT,
    }
}

/// An address that changes something.
pub fn post<H: Handler<T, App>, T: 'static>(
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    let handler = on(MethodFilter::POST, handler);
    Route {
        method: Method::POST,
        path,
        access,
        handler,
        limit: FORM_LIMIT,
    }
}

/// Every address.
pub fn all() -> Vec<Route> {
    [
        crate::account::routes(),
        crate::agreement::routes(),
        crate::annotate::routes(),
        crate::dashboards::routes(),
        crate::data::routes(),
        crate::grade::routes(),
        crate::judging::routes(),
        crate::live::routes(),
        crate::projects::routes(),
        crate::review::routes(),
        crate::endpoints::routes(),
        crate::generate::routes(),
        crate::models::routes(),
        crate::playground::routes(),
        crate::proposing::routes(),
        crate::runs::routes(),
        crate::taxonomy::routes(),
        crate::tokens::routes(),
        crate::v1::routes(),
        crate::simulate::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The router over [`all`].
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in all() {
        let guarded = route
            .handler
            .layer(DefaultBodyLimit::max(route.limit))
            .layer(from_fn_with_state((app.clone(), route.access), check));
        router = router.route(route.path, guarded);
    }
    let lost = on(MethodFilter::GET, async || Error::NotFound)
        .layer(from_fn_with_state((app.clone(), Access::Public), check));
    router
        .fallback_service(Router::new().fallback(lost).with_state(app.clone()))
        .with_state(app)
}
