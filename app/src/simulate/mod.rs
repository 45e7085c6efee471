//! Simulated annotators: a form that says by which rule, how noisily and how many, and what those who
//! have a seat in this project have done. **What they say is marked by their account, not by this page.**

use crate::Cx;
use crate::access::Access;
use crate::error::Result;
use crate::form::Form;
use crate::routes::{Route, get, post};
use crate::text::simulate as text;
use crate::ui::{Check, Errors, Field, Select};
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use domain::method::{Setting, Settings, Value, ValueKind};
use domain::simulate::Panel;
use domain::{Fields, Invalid, Right};
use leptos::prelude::*;
use store::simulate::Simulated;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let data = Access::Project(Right::Data);
    vec![
        get("/projects/{project}/simulate", data, show),
        post("/projects/{project}/simulate", data, start),
    ]
}

async fn show(cx: Cx, RawQuery(query): RawQuery) -> Result<Response> {
    let seated = cx.store().simulated(&cx.project()?.id).await?;
    let defaults = Settings::defaults(&Panel::table());
    let fields = defaults.iter().map(|(name, value)| (name, words(value)));
    let started = query.as_deref() == Some("started");
    Ok(page(
        &cx,
        StatusCode::OK,
        fields.collect(),
        Vec::new(),
        seated,
        started,
    ))
}

fn words(value: &Value) -> String {
    match value {
        Value::Flag(on) => if *on { "on" } else { "" }.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Name(name) => name.clone(),
    }
}

fn page(
    cx: &Cx,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
    seated: Vec<Simulated>,
    started: bool,
) -> Response {
    cx.page_with(status, text::TITLE, || {
        let settings = Panel::table().into_iter().enumerate().map(|(n, setting)| {
            // the list of words belongs to the rule, which comes first
            let list = (n == 0).then(|| {
                view! { <Field name="words" label=text::WORDS hint=text::WORDS_HINT required=false fields=fields.clone() errors=errors.clone() /> }
            });
            view! { {field(&setting, &fields, &errors)} {list} }
        });
        let settings = settings.collect_view();
        view! {
            <h1>{text::TITLE}</h1>
            <p class="lead">{text::LEAD}</p>
            {started.then(|| view! { <div class="notice good" role="status"><p>{text::STARTED}</p></div> })}
            <form class="card" method="post" action=cx.at("simulate")>
                <Errors errors=errors.clone() />
                <div class="notice warn"><p>{text::WARNING}</p></div>
                {settings}
                <Check name="confirm" label=text::CONFIRM fields=fields.clone() />
                <button class="primary">{text::START}</button>
            </form>
            {table(seated)}
        }
    })
}

fn field(setting: &Setting, fields: &Fields, errors: &[Invalid]) -> AnyView {
    let errors = errors.to_vec();
    match &setting.kind {
        ValueKind::Choice(choices) => {
            let choices = choices.iter().map(|c| (c.name.to_owned(), c.label.to_owned()));
            let chosen = fields.get(setting.name).unwrap_or_default().to_owned();
            view! { <Select name=setting.name label=setting.label choices=choices.collect() chosen=chosen /> }.into_any()
        }
        ValueKind::Flag => {
            view! { <Check name=setting.name label=setting.label hint=setting.help fields=fields.clone() /> }.into_any()
        }
        // a number's own field would refuse a decimal without its step: the server says what is wrong
        ValueKind::Integer(_) | ValueKind::Real(_) => {
            view! { <Field name=setting.name label=setting.label hint=setting.help fields=fields.clone() errors=errors /> }.into_any()
        }
    }
}

fn table(seated: Vec<Simulated>) -> impl IntoView {
    let rows = seated.iter().map(|it| {
        view! {
            <tr>
                <th scope="row">{it.name.clone()}</th>
                <td dir="auto">{text::rule(&it.model)}</td>
                <td class="number">{it.model.noise}</td>
                <td class="number">{it.done}</td>
                <td class="number">{it.skipped}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let body = if seated.is_empty() {
        view! { <p class="muted">{text::NOBODY}</p> }.into_any()
    } else {
        view! {
            <div class="table" tabindex="0" role="region" aria-label=text::SEATED>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{text::NAME}</th>
                            <th scope="col">{text::RULE}</th>
                            <th scope="col" class="number">{text::NOISE}</th>
                            <th scope="col" class="number">{text::DONE}</th>
                            <th scope="col" class="number">{text::SKIPPED}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! { <section class="card"><h2>{text::SEATED}</h2>{body}</section> }
}

async fn start(cx: Cx, Form(fields): Form) -> Result<Response> {
    let mut parsed = Panel::parse(&fields);
    if !fields.ticked("confirm") {
        let mut wrong = parsed.err().unwrap_or_default();
        wrong.push(Invalid::missing("confirm"));
        parsed = Err(wrong);
    }
    let project = cx.project()?;
    let panel = match parsed {
        Ok(panel) => panel,
        Err(wrong) => {
            let seated = cx.store().simulated(&project.id).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(page(&cx, status, fields, wrong, seated, false));
        }
    };
    let user = cx.user_id()?;
    let detail = serde_json::to_string(&panel).unwrap_or_default();
    let store = cx.store().clone();
    store
        .audit(
            Some(&project.id),
            Some(user),
            "simulate",
            "",
            &detail,
            store::now_ms(),
        )
        .await?;
    // the page shows their seats at once; the answers come while it is read
    store
        .seat_panel(&project.id, &panel, store::now_ms())
        .await?;
    let (id, settings) = (project.id.clone(), project.settings.clone());
    tokio::spawn(async move {
        if let Err(cause) = store.run_panel(&id, &settings, &panel, store::now_ms).await {
            tracing::error!(%cause, project = %id, "simulated annotators stopped");
        }
    });
    Ok(cx.redirect(&cx.at("simulate?started")))
}
