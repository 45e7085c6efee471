//! Requests to our own server, and what came of them.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, RequestRedirect, Response, UrlSearchParams};

/// What the server answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    /// The page's address: where the server sent us, else `None`.
    pub(super) location: Option<String>,
    /// The fetch was redirected (or would have been).
    redirected_to_sign_in: bool,
}

impl Answer {
    /// Nobody is signed in any more.
    pub(super) fn signed_out(&self) -> bool {
        self.status == 401 || self.redirected_to_sign_in
    }

    /// The draft's new version: a bare number, or `"version":…` in JSON.
    pub(super) fn version(&self) -> Option<String> {
        let digits = |text: &str| {
            text.trim()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        };
        let from = self
            .body
            .find("\"version\":")
            .map_or(0, |at| at + "\"version\":".len());
        Some(digits(&self.body[from..])).filter(|version| !version.is_empty())
    }
}

/// A GET.
pub(super) async fn get(url: &str, what: &str) -> Result<Answer, JsValue> {
    send(url, &RequestInit::new(), what).await
}

/// A POST with a form's body. `on_the_way_out` lets the request outlive the page.
pub(super) async fn post(
    url: &str,
    body: &UrlSearchParams,
    what: &str,
    on_the_way_out: bool,
) -> Result<Answer, JsValue> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body_opt_url_search_params(Some(body));
    if what == "draft" {
        // a redirect can only mean the sign-in page
        request.set_redirect(RequestRedirect::Manual);
    }
    if on_the_way_out {
        js_sys::Reflect::set(&request, &"keepalive".into(), &JsValue::TRUE)?;
    }
    send(url, &request, what).await
}

async fn send(url: &str, request: &RequestInit, what: &str) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    headers.set("x-touchstone", what)?;
    request.set_headers_headers(&headers);
    let response = super::dom::window().fetch_with_str_and_init(url, request);
    let response: Response = JsFuture::from(response).await?.unchecked_into();
    let given = response.headers().get("x-touchstone-location")?;
    let path = path_of(&response.url());
    let sign_in = response.status() == 0 || (response.redirected() && path.starts_with("/sign-in"));
    let location = given.or_else(|| response.redirected().then_some(path));
    let status = response.status();
    let body = JsFuture::from(response.text()?)
        .await?
        .as_string()
        .unwrap_or_default();
    Ok(Answer {
        status,
        body,
        location,
        redirected_to_sign_in: sign_in,
    })
}

/// The part of an address after the host.
fn path_of(url: &str) -> String {
    url.split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()))
        .unwrap_or_default()
}
