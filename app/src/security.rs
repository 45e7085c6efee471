//! Headers, cookies, origins, random secrets.

use crate::Cx;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use rand::Rng as _;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// `bytes` random bytes from the operating system's generator, in hexadecimal.
pub fn random_hex(bytes: usize) -> String {
    let mut raw = vec![0_u8; bytes];
    rand::rng().fill_bytes(&mut raw);
    raw.iter()
        .fold(String::with_capacity(bytes * 2), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value.to_owned())
}

/// Sets a cookie that scripts cannot read; an empty value removes it.
pub fn set_cookie(response: &mut Response, name: &str, value: &str, seconds: i64, secure: bool) {
    let tls = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{tls}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The address of this site as the browser knows it, e.g. `https://feedback.example.org`.
pub fn own_origin(cx: &Cx, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // the check of origins has passed, so that it is ours
    if let Some(origin) = text("origin").filter(|origin| origin.contains("://")) {
        return origin.to_owned();
    }
    let secure = cx.app.settings.secure_cookies;
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{}", text("host").unwrap_or("localhost"))
}

/// Whether an address stays on this site: a path, and none that a browser takes for another host.
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
}

/// Where a request comes from. Behind a proxy it is the last address that the proxy wrote down: those
/// before it are the client's own words.
pub fn address(request: &Request, behind_proxy: bool) -> IpAddr {
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok())
        .filter(|_| behind_proxy);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    forwarded
        .or_else(|| peer.map(|peer| peer.0.ip()))
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Whether a write comes from our own pages. Browsers send `Sec-Fetch-Site` or `Origin` with every
/// post; what sends neither is no browser and holds no cookie of a victim, but is refused all the same
/// unless it says where it comes from.
pub fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => site == "same-origin" || site == "none",
        None => match (text("origin"), text("host")) {
            (Some(origin), Some(host)) => origin
                .split_once("://")
                .is_some_and(|(_, rest)| rest == host),
            _ => false,
        },
    }
}

/// The response with the headers that every page has.
pub fn secured(cx: &Cx, mut response: Response) -> Response {
    let reload = match cx.app.assets.reload {
        Some(port) => format!(" ws://127.0.0.1:{port} ws://localhost:{port}"),
        None => String::new(),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{0}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        cx.nonce
    );
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let (false, Ok(value)) = (headers.contains_key(name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    set("content-security-policy", &policy);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("x-frame-options", "DENY");
    set(
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    );
    set("cross-origin-opener-policy", "same-origin");
    // pages hold what people wrote: no shared cache, no copy on disk after sign-out
    set("cache-control", "no-store");
    if cx.app.settings.secure_cookies {
        set("strict-transport-security", "max-age=31536000");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_local() {
        for path in ["/", "/projects/1/queue?kind=grade", "/a//b"] {
            assert!(is_local(path), "{path}");
        }
        for path in [
            "",
            "elsewhere",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: x",
        ] {
            assert!(!is_local(path), "{path}");
        }
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_a_proxy_and_only_its_last_part() {
        let request = Request::builder()
            .header("x-forwarded-for", "9.9.9.9, 10.1.2.3")
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(address(&request, true).to_string(), "10.1.2.3");
        assert_eq!(address(&request, false).to_string(), "0.0.0.0");
    }
}
