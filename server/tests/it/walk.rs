//! Every address × everybody × their own and a foreign project: nobody sees or changes what they may
//! not. The table of addresses is walked, so that a new one is tested by being there.

use crate::browser::{Browser, Page};
use crate::fixture::{World, rows};
use crate::test_app::{TestApp, on_both};
use app::access::Access;
use app::routes::{Route, all};
use axum::http::Method;
use domain::Role;
use domain::ids::UserId;

/// The parameters of an address, but for the project.
fn parameters(route: &Route) -> Vec<&'static str> {
    route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .filter(|name| *name != "project")
        .collect()
}

/// The address with `world`'s project and objects, but for the parameter `foreign`, which is `other`'s.
fn address(route: &Route, world: &World, foreign: Option<&str>, other: &World) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
        Some("project") => world.project.to_string(),
        // an invitation's secret: nobody knows one
        Some("token") => "0123456789abcdef".into(),
        Some(name) if Some(name) == foreign => other.object(name).to_owned(),
        Some(name) => world.object(name).to_owned(),
        None => part.to_owned(),
    };
    route
        .path
        .split('/')
        .map(part)
        .collect::<Vec<_>>()
        .join("/")
}

async fn call(browser: &mut Browser, route: &Route, path: &str) -> Page {
    if route.method == Method::GET {
        browser.get(path).await
    } else {
        browser.post(path, &[]).await
    }
}

#[test]
fn nobody_sees_or_changes_what_they_may_not() {
    on_both(|app| async move {
        let own = World::new(&app, "own").await;
        let other = World::new(&app, "other").await;
        let stranger = app.account("Stranger").await;
        for route in all().iter().filter(|route| route.access != Access::Public) {
            let before = rows(&app).await;
            let path = address(route, &own, None, &other);
            let what = format!("{} {}", route.method, route.path);

            let page = call(&mut app.browser(), route, &path).await;
            if route.access == Access::Token {
                // a session opens nothing here
                let owner = &own.members[&Role::Owner];
                let signed_in = call(&mut app.signed_in(owner).await, route, &path).await;
                for page in [page, signed_in] {
                    assert_eq!(page.status, 401, "{what} without a token");
                    assert_eq!(page.header("content-type"), "application/json", "{what}");
                }
                continue;
            }
            if route.method == Method::GET {
                let wanted = format!(
                    "/sign-in?next={}",
                    form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>()
                );
                assert_eq!(
                    (page.status.as_u16(), page.location()),
                    (303, &*wanted),
                    "{what} signed out"
                );
            } else {
                assert_eq!(page.status, 401, "{what} signed out");
            }
            if let Access::Project(right) = route.access {
                assert!(
                    route.path.starts_with("/projects/{project}"),
                    "{what} asks for a role but names no project"
                );
                let outside = other.members.values().chain([&stranger]);
                let low = own
                    .members
                    .iter()
                    .filter(|(role, _)| !role.may(right))
                    .map(|(_, account)| account);
                for (status, account) in outside.map(|a| (404, a)).chain(low.map(|a| (403, a))) {
                    let mut browser = app.signed_in(account).await;
                    let page = call(&mut browser, route, &path).await;
                    assert_eq!(page.status, status, "{what} as {account}: {}", page.body);
                    app.store
                        .close_session(browser.cookie("touchstone").unwrap())
                        .await
                        .unwrap();
                }
            } else {
                assert!(
                    !route.path.contains("{project}"),
                    "{what} names a project but asks for no role in it"
                );
            }
            assert_eq!(
                rows(&app).await,
                before,
                "{what} changed a row for somebody who may not"
            );
        }
    });
}

#[test]
fn what_belongs_to_another_project_does_not_exist() {
    on_both(|app| async move {
        let own = World::new(&app, "own").await;
        let other = World::new(&app, "other").await;
        let mut owner = app.signed_in(&own.members[&Role::Owner]).await;
        for route in all() {
            if !matches!(route.access, Access::Project(_)) {
                continue;
            }
            for foreign in parameters(&route) {
                let before = rows(&app).await;
                let path = address(&route, &own, Some(foreign), &other);
                let page = call(&mut owner, &route, &path).await;
                let what = format!("{} {path}", route.method);
                assert_eq!(page.status, 404, "{what}: {}", page.body);
                assert_eq!(rows(&app).await, before, "{what} changed a row");
            }
        }
    });
}

#[test]
fn those_who_may_are_let_in() {
    on_both(|app| async move {
        let own = World::new(&app, "own").await;
        let other = World::new(&app, "other").await;
        // what only shows first, what changes after
        let mut routes = all();
        routes.sort_by_key(|route| route.method != Method::GET);
        // what asks for a token has tests of its own
        routes.retain(|route| route.access != Access::Token);
        for route in &routes {
            for (role, account) in &own.members {
                if let Access::Project(right) = route.access
                    && !role.may(right)
                {
                    continue;
                }
                own.repair(&app).await;
                let path = address(route, &own, None, &other);
                let page = let_in(&app, account, route, &path).await;
                let status = page.status.as_u16();
                let what = format!(
                    "{} {path} as {}: {status} {}",
                    route.method,
                    role.name(),
                    page.body
                );
                let token = route.path.contains("{token}");
                let fine = match route.method {
                    Method::GET => matches!(status, 200 | 303) || (token && status == 404),
                    // an empty form may name nothing that can be found
                    _ => matches!(status, 200 | 303 | 400 | 404 | 409 | 422),
                };
                assert!(fine, "{what}");
                assert!(!page.location().starts_with("/sign-in?next"), "{what}");
            }
        }
    });
}

/// What an address needs behind its question mark to have anything to show. Add to it when a new page
/// answers 404 without.
const QUERIES: [(&str, &str); 1] = [(
    "/projects/{project}/agreement/items",
    "of=preference&question=overall",
)];

async fn let_in(app: &TestApp, account: &UserId, route: &Route, path: &str) -> Page {
    let mut browser = app.signed_in(account).await;
    let query = QUERIES.iter().find(|(path, _)| *path == route.path);
    let path = query.map_or_else(|| path.to_owned(), |(_, query)| format!("{path}?{query}"));
    call(&mut browser, route, &path).await
}

#[test]
fn forms_sent_from_elsewhere_are_refused() {
    on_both(|app| async move {
        let own = World::new(&app, "own").await;
        let other = World::new(&app, "other").await;
        let mut browser = app.signed_in(&own.members[&Role::Owner]).await;
        let origins: [&[(&'static str, &str)]; 4] = [
            &[("origin", "https://elsewhere.example")],
            &[("origin", "")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
        ];
        for headers in origins {
            let usual = browser.headers.clone();
            for (name, value) in headers {
                browser.headers.insert(name, (*value).to_owned());
            }
            let posts = all().into_iter().filter(|it| it.method == Method::POST);
            for route in posts.filter(|it| it.access != Access::Token) {
                let route = &route;
                let before = rows(&app).await;
                let page = call(&mut browser, route, &address(route, &own, None, &other)).await;
                assert_eq!(page.status, 400, "{} with {headers:?}", route.path);
                page.holds(app::text::common::WRONG_ORIGIN);
                assert_eq!(rows(&app).await, before, "{} changed a row", route.path);
            }
            browser.headers = usual;
        }
    });
}
