//! Endpoints: outside servers that speak the OpenAI format, for generating and for the playground. **A key
//! can be written here and not be read.**

use crate::access::Access;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::routes::{Route, get, post};
use crate::text::endpoints as text;
use crate::ui::{Errors, Field, TextArea};
use crate::wire::Upstream;
use crate::{Cx, learning};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::EndpointId;
use domain::{Fields, Invalid, Problem, Right};
use leptos::prelude::*;
use store::endpoints::{Endpoint, Key};

/// The most characters of one field.
const MAX: usize = 500;
/// Models of an endpoint that are listed after a test.
const LISTED: usize = 40;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/endpoints", data, page),
        post("/projects/{project}/endpoints", data, create),
        post("/projects/{project}/endpoints/{endpoint}/test", data, test),
        post(
            "/projects/{project}/endpoints/{endpoint}/remove",
            data,
            remove,
        ),
    ]
}

/// An endpoint as an upstream.
pub(crate) fn upstream(endpoint: &Endpoint) -> Upstream {
    let key = endpoint.key.as_ref().map(|key| key.reveal().to_owned());
    Upstream::outside(&endpoint.base_url, key)
}

/// What a test of an endpoint said.
struct Tested {
    endpoint: EndpointId,
    outcome: Result<Vec<String>, String>,
}

/// A new endpoint as somebody typed it.
#[derive(Debug, PartialEq)]
struct New {
    name: String,
    base_url: String,
    models: Vec<String>,
}

fn parse(fields: &Fields) -> Result<New, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let mut text = |name: &str| {
        let given = fields.get(name).unwrap_or_default().to_owned();
        if given.is_empty() {
            wrong.push(Invalid::missing(name));
        } else if given.chars().count() > MAX {
            wrong.push(Invalid::new(name, Problem::TooLong { max: MAX }));
        }
        given
    };
    let (name, base_url) = (text("name"), text("base_url"));
    let base_url = base_url.trim_end_matches('/').to_owned();
    if !base_url.is_empty() && !is_address(&base_url) {
        wrong.push(Invalid::other("base_url", text::NO_ADDRESS));
    }
    if fields
        .raw("key")
        .is_some_and(|key| !key.trim().chars().all(|c| c.is_ascii_graphic()))
    {
        wrong.push(Invalid::other("key", text::NO_KEY));
    }
    let models = fields.raw("models").unwrap_or_default();
    let models = models
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let models: Vec<String> = models.map(str::to_owned).collect();
    if wrong.is_empty() {
        Ok(New {
            name,
            base_url,
            models,
        })
    } else {
        Err(wrong)
    }
}

/// Whether it is an address of the web without a user's name, a query or a fragment.
fn is_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some_and(|it| !it.as_str().contains('@'))
        && uri.query().is_none()
        && !text.contains('#')
}

async fn page(cx: Cx) -> Result<Response> {
    let fields = Fields::default();
    show(&cx, StatusCode::OK, fields, Vec::new(), None).await
}

async fn show(
    cx: &Cx,
    status: StatusCode,
    mut fields: Fields,
    errors: Vec<Invalid>,
    tested: Option<Tested>,
) -> Result<Response> {
    let endpoints = cx.store().endpoints(&cx.project()?.id).await?;
    // what was typed as a key is not sent back
    fields.0.retain(|(name, _)| name != "key");
    Ok(cx.page_with(status, text::ENDPOINTS, || {
        let none = endpoints.is_empty();
        let cards = endpoints
            .iter()
            .map(|it| card(cx, it, tested.as_ref().filter(|tested| tested.endpoint == it.id)))
            .collect_view();
        view! {
            <h1>{text::ENDPOINTS}</h1>
            {learning::tabs(cx)}
            <p class="lead">{text::LEAD}</p>
            {none.then(|| view! { <p class="muted">{text::NONE}</p> })}
            <ul class="cards">{cards}</ul>
            <form class="card" method="post" action=cx.at("endpoints")>
                <h2>{text::NEW}</h2>
                <Errors errors=errors.clone() />
                <Field name="name" label=text::NAME hint=text::NAME_HINT fields=fields.clone() errors=errors.clone() />
                <Field name="base_url" label=text::BASE_URL hint=text::BASE_URL_HINT fields=fields.clone() errors=errors.clone() />
                <Field name="key" label=text::KEY hint=text::KEY_HINT kind="password" complete="off" required=false fields=fields.clone() errors=errors.clone() />
                <TextArea name="models" label=text::MODELS hint=text::MODELS_HINT rows=3 fields=fields errors=errors />
                <p class="notice">{text::LEAVES}</p>
                <button class="primary">{text::CREATE}</button>
            </form>
        }
    }))
}

fn card(cx: &Cx, it: &Endpoint, tested: Option<&Tested>) -> impl IntoView + use<> {
    let at = |what: &str| cx.at(&format!("endpoints/{}/{what}", it.id));
    let key = if it.key.is_some() {
        text::HAS_KEY
    } else {
        text::HAS_NO_KEY
    };
    let models = if it.models.is_empty() {
        text::NO_MODELS.to_owned()
    } else {
        it.models.join(", ")
    };
    let said = tested.map(|tested| match &tested.outcome {
        Ok(models) => {
            let words = text::works(models.len());
            let shown: Vec<String> = models.iter().take(LISTED).cloned().collect();
            view! { <div class="notice good" role="status"><p>{words}</p><p class="small" dir="auto">{shown.join(", ")}</p></div> }.into_any()
        }
        Err(words) => {
            let words = words.clone();
            view! { <div class="notice bad" role="alert"><p dir="auto">{words}</p></div> }.into_any()
        }
    });
    let name = it.name.clone();
    view! {
        <li class="card">
            <h2 dir="auto">{name.clone()}</h2>
            <dl>
                <dt>{text::BASE_URL}</dt><dd class="address">{it.base_url.clone()}</dd>
                <dt>{text::KEY}</dt><dd>{key}</dd>
                <dt>{text::MODELS}</dt><dd dir="auto">{models}</dd>
            </dl>
            {said}
            <div class="row">
                <form method="post" action=at("test")><button>{text::TEST}<span class="visually-hidden">{format!(" {name}")}</span></button></form>
                <form method="post" action=at("remove")><button class="danger">{text::REMOVE}<span class="visually-hidden">{format!(" {name}")}</span></button></form>
            </div>
        </li>
    }
}

async fn create(cx: Cx, Form(fields): Form) -> Result<Response> {
    let new = match parse(&fields) {
        Ok(new) => new,
        Err(errors) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show(&cx, status, fields, errors, None).await;
        }
    };
    let key = fields.get("key").map(|key| Key::from(key.to_owned()));
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    cx.store()
        .create_endpoint(
            project,
            &new.name,
            &new.base_url,
            key.as_ref(),
            &new.models,
            now,
        )
        .await?;
    let detail = &new.base_url;
    cx.store()
        .audit(
            Some(project),
            Some(user),
            "add-endpoint",
            &new.name,
            detail,
            now,
        )
        .await?;
    Ok(cx.redirect(&cx.at("endpoints")))
}

async fn endpoint(cx: &Cx, id: &str) -> Result<Endpoint> {
    let id = EndpointId::from(id);
    let found = cx.store().endpoint(&cx.project()?.id, &id).await?;
    found.ok_or(Error::NotFound)
}

async fn test(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let endpoint = endpoint(&cx, &id).await?;
    let outcome = upstream(&endpoint).models().await;
    let tested = Tested {
        endpoint: endpoint.id,
        outcome: outcome.map_err(|problem| problem.words()),
    };
    let fields = Fields::default();
    show(&cx, StatusCode::OK, fields, Vec::new(), Some(tested)).await
}

async fn remove(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let endpoint = endpoint(&cx, &id).await?;
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    cx.store()
        .remove_endpoint(project, &endpoint.id, now)
        .await?;
    cx.store()
        .audit(
            Some(project),
            Some(user),
            "remove-endpoint",
            &endpoint.name,
            "",
            now,
        )
        .await?;
    Ok(cx.redirect(&cx.at("endpoints")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_taken() {
        for good in [
            "https://api.example.org/v1",
            "http://127.0.0.1:8000/v1",
            "http://[::1]:8000",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "api.example.org/v1",
            "file:///etc/passwd",
            "https://user:password@example.org",
            "https://example.org/v1?key=x",
            "https://example.org/#v1",
            "javascript:alert(1)",
            "http://",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn models_stand_one_a_line() {
        let fields = Fields::from_iter([
            ("name", "ours"),
            ("base_url", "http://127.0.0.1:8000/v1/"),
            ("models", "a\n\n b \r\n"),
        ]);
        let new = parse(&fields).unwrap();
        assert_eq!(new.base_url, "http://127.0.0.1:8000/v1");
        assert_eq!(new.models, ["a", "b"]);
        let wrong = parse(&Fields::from_iter([("key", "two words")])).unwrap_err();
        let wrong: Vec<_> = wrong.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(wrong, ["name", "base_url", "key"]);
    }
}
