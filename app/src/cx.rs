//! The request's context: who asks, in which project, and how to answer with a page.

use crate::{App, Error, shell};
use axum::extract::FromRequestParts;
use axum::http::{StatusCode, request::Parts};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::{Right, Role, ids::UserId};
use hydration_context::SsrSharedContext;
use leptos::prelude::{IntoView, Owner, RenderHtml};
use std::net::IpAddr;
use std::sync::Arc;
use store::{projects::Project, sessions::SignedIn};

/// The project a request is about, and the asker's role in it.
#[derive(Clone, Debug)]
pub struct Here {
    /// The project.
    pub project: Arc<Project>,
    /// The role of who asks.
    pub role: Role,
}

/// Everything a handler knows about its request. Made by [`crate::access`] before the handler runs:
/// **a handler that can ask for it has been allowed in.**
#[derive(Clone)]
pub struct Cx {
    /// The server.
    pub app: App,
    /// Who asks, if signed in.
    pub visitor: Option<Arc<SignedIn>>,
    /// The session's secret, to close it.
    pub secret: Option<Arc<str>>,
    /// The project, on addresses below `/projects/{project}`.
    pub here: Option<Here>,
    /// For the content security policy.
    pub nonce: Arc<str>,
    /// The path that was asked for.
    pub path: Arc<str>,
    /// Where the request comes from.
    pub address: IpAddr,
    /// `light`, `dark`, or empty: as the system does.
    pub theme: &'static str,
}

impl Cx {
    /// Who asks.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] on public pages when nobody is signed in.
    pub fn user(&self) -> Result<&SignedIn, Error> {
        self.visitor.as_deref().ok_or(Error::Unauthenticated)
    }
    /// Who asks, as the store wants it.
    ///
    /// # Errors
    /// As [`Cx::user`].
    pub fn user_id(&self) -> Result<&UserId, Error> {
        self.user().map(|user| &user.id)
    }
    /// The project of this address.
    ///
    /// # Errors
    /// [`Error::NotFound`] on addresses that have none.
    pub fn project(&self) -> Result<&Project, Error> {
        self.here
            .as_ref()
            .map(|here| &*here.project)
            .ok_or(Error::NotFound)
    }
    /// Whether who asks has this right in this project.
    pub fn may(&self, right: Right) -> bool {
        self.here.as_ref().is_some_and(|here| here.role.may(right))
    }
    /// The database.
    pub fn store(&self) -> &store::Store {
        &self.app.store
    }
    /// A page: the shell with `body` in its middle. `body` is called inside a reactive owner, so that it
    /// may hold islands.
    pub fn page<V: IntoView + 'static>(&self, title: &str, body: impl FnOnce() -> V) -> Response {
        self.page_with(StatusCode::OK, title, body)
    }
    /// A page with another status, e.g. 422 for a form with mistakes.
    pub fn page_with<V: IntoView + 'static>(
        &self,
        status: StatusCode,
        title: &str,
        body: impl FnOnce() -> V,
    ) -> Response {
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let html = owner.with(|| {
            let main = body().into_view().to_html();
            shell::document(self, title, &main)
        });
        owner.unset_with_forced_cleanup();
        (status, Html(html)).into_response()
    }
    /// See other: what a successful form answers.
    pub fn redirect(&self, to: &str) -> Response {
        Redirect::to(to).into_response()
    }
    /// The address of a page of this project, e.g. `cx.at("queue")`.
    pub fn at(&self, rest: &str) -> String {
        match &self.here {
            Some(here) => format!("/projects/{}/{rest}", here.project.id),
            None => format!("/{rest}"),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Cx {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::internal("a route without access"))
    }
}
