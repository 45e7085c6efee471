//! What every page has: security headers, a fresh nonce, nothing inline.

use crate::browser::Page;
use crate::fixture::World;
use crate::test_app::on_both;
use app::routes::all;
use axum::http::Method;
use domain::Role;

/// The tags of a document; text between them is escaped, so that `<` begins one.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('>')?.0))
}

fn nonce(page: &Page) -> String {
    let policy = page.header("content-security-policy");
    let (_, rest) = policy.split_once("'nonce-").expect("a nonce");
    rest.split_once('\'').unwrap().0.to_owned()
}

fn check(path: &str, page: &Page) {
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(
            policy.contains(part),
            "{path}: {part} is missing in {policy}"
        );
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{path}: {policy}"
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(page.header("cache-control"), "no-store", "{path}");
    if !page.header("content-type").starts_with("text/html") {
        return;
    }
    for harm in ["<script>alert", "<img src=x"] {
        assert!(
            !page.body.contains(harm),
            "{path}: {harm} got out: {}",
            page.body
        );
    }
    for tag in tags(&page.body) {
        for attribute in tag.split_ascii_whitespace().skip(1) {
            let name = attribute.split('=').next().unwrap_or_default();
            assert!(
                name != "style" || !attribute.contains('='),
                "{path}: inline style in <{tag}>"
            );
            let handler = attribute.contains("=\"") && name.starts_with("on");
            assert!(!handler, "{path}: inline handler in <{tag}>");
        }
        if tag.starts_with("script") {
            assert!(
                tag.contains(&format!("nonce=\"{}\"", nonce(page))),
                "{path}: <{tag}>"
            );
        }
    }
}

#[test]
fn every_page_has_its_headers_and_nothing_inline() {
    on_both(|app| async move {
        let own = World::new(&app, "own").await;
        let mut browser = app.signed_in(&own.members[&Role::Owner]).await;
        let mut paths: Vec<String> = all()
            .iter()
            .filter(|route| route.method == Method::GET)
            .map(|route| {
                let part =
                    |part: &str| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                        Some("project") => own.project.to_string(),
                        Some("token") => "none".to_owned(),
                        Some(name) => own.object(name).to_owned(),
                        None => part.to_owned(),
                    };
                route
                    .path
                    .split('/')
                    .map(part)
                    .collect::<Vec<_>>()
                    .join("/")
            })
            .collect();
        paths.push("/no-such-page".into());
        for path in paths {
            let (page, again) = (browser.get(&path).await, browser.get(&path).await);
            check(&path, &page);
            assert_ne!(nonce(&page), nonce(&again), "{path}: the nonce repeats");
            let (signed_out, mut nobody) = (path.clone(), app.browser());
            check(&signed_out, &nobody.get(&path).await);
        }
    });
}
