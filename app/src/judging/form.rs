//! The form: who judges, how, which aspect, how many prompts, at what price.

use super::jobs;
use crate::error::Result;
use crate::form::Form;
use crate::text::judging as text;
use crate::ui::{Choice, Errors, Field, Select};
use crate::v1::{Served, serving};
use crate::{Cx, learning};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::judge::{How, Judging};
use domain::run::{JobKind, ModelKind};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::jobs::NewJob;

/// What a judge can be asked about.
struct Given {
    served: Vec<Served>,
    /// Whose responses there are, to how many prompts.
    sources: Vec<(String, i64)>,
    /// Prompts with responses of two models.
    comparable: i64,
    /// The most different models that answered one prompt, of 2 and 3.
    most: usize,
}

impl Given {
    async fn of(cx: &Cx) -> Result<Self> {
        let project = &cx.project()?.id;
        let sources = cx.store().answering_sources(project).await?;
        let three = cx.store().prompts_with_sources(project, 3).await?;
        Ok(Self {
            served: serving(&cx.app, std::slice::from_ref(project)).await?,
            comparable: cx.store().prompts_with_sources(project, 2).await?,
            most: if three > 0 {
                sources.len()
            } else {
                sources.len().min(2)
            },
            sources,
        })
    }
}

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let asked = Fields(pairs);
    let mut fields = Fields::from_iter([
        ("how", "pairwise"),
        ("scale", "3"),
        ("most", "100"),
        ("temperature", "0"),
        ("max_tokens", "1024"),
        ("seed", "1"),
        ("price_in", "0"),
        ("price_out", "0"),
    ]);
    for name in ["model", "how", "against"] {
        if let Some(value) = asked.get(name) {
            fields.set(name, value);
        }
    }
    page(&cx, StatusCode::OK, fields, Vec::new()).await
}

/// What the form calls its fields.
const LABELS: &[(&str, &str)] = &[
    ("model", text::MODEL),
    ("how", text::HOW),
    ("against", text::AGAINST),
    ("scale", text::SCALE),
    ("most", text::MOST),
    ("max_tokens", text::MAX_TOKENS),
    ("price_in", text::PRICE_IN),
    ("price_out", text::PRICE_OUT),
];

async fn page(
    cx: &Cx,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let given = Given::of(cx).await?;
    let standing = learning::standing(cx).await?;
    let past = jobs::list(cx).await?;
    Ok(cx.page_with(status, text::TITLE, || {
        let body = if given.served.is_empty() {
            let (models, endpoints) = (cx.at("models"), cx.at("endpoints"));
            view! {
                <section class="empty"><h2>{text::NOT_YET}</h2><p>{text::NO_MODELS}</p>
                    <p><a class="button primary" href=models>{text::TO_MODELS}</a>" "<a class="button" href=endpoints>{text::TO_ENDPOINTS}</a></p>
                </section>
            }
            .into_any()
        } else if given.comparable == 0 && given.sources.is_empty() {
            view! {
                <section class="empty"><h2>{text::NOT_YET}</h2><p>{text::NO_RESPONSES}</p>
                    <p><a class="button primary" href=cx.at("generate")>{text::TO_GENERATE}</a></p>
                </section>
            }
            .into_any()
        } else {
            form(cx, &given, fields, errors).into_any()
        };
        view! {
            <p><a href=cx.at("dashboards/judges")>{format!("← {}", crate::text::judges::TITLE)}</a></p>
            <h1>{text::TITLE}</h1>
            {standing.view()}
            <p class="lead">{text::LEAD}</p>
            {body}
            {past}
        }
    }))
}

fn form(cx: &Cx, given: &Given, fields: Fields, errors: Vec<Invalid>) -> impl IntoView + use<> {
    let number = |name: &'static str, label: &'static str, hint: &'static str| {
        view! { <Field name=name label=label hint=hint fields=fields.clone() errors=errors.clone() /> }
    };
    let models: Vec<_> = given
        .served
        .iter()
        .map(|it| (it.id.clone(), it.name.clone()))
        .collect();
    let model = fields.get("model").unwrap_or_default().to_owned();
    let how: Vec<_> = How::ALL
        .into_iter()
        .map(|how| {
            let calls = how.calls(given.most, how == How::Pc2);
            let words = text::calls(text::how(how), calls, given.most);
            (how.name().to_owned(), words)
        })
        .collect();
    let mut against = vec![(String::new(), text::ALL_PAIRS.to_owned())];
    against.extend(
        given
            .sources
            .iter()
            .map(|(name, n)| (name.clone(), text::source(name, *n))),
    );
    let chosen = fields.get("against").unwrap_or_default().to_owned();
    let scales = vec![
        ("3".to_owned(), text::THREE.to_owned()),
        ("5".to_owned(), text::FIVE.to_owned()),
    ];
    let wrong = |name: &str| {
        let wrong = errors.iter().find(|it| it.field == name);
        wrong.map(|it| view! { <small class="error">{it.problem.to_string()}</small> })
    };
    view! {
        <form method="post" action=cx.at("judging")>
            <Errors errors=errors.clone() labels=LABELS />
            <section class="card">
                <div class="field">
                    <Select name="model" label=text::MODEL choices=models chosen=model />
                    <small class="hint">{text::MODEL_HINT}</small>
                    {wrong("model")}
                </div>
                <Choice name="how" label=text::HOW choices=how fields=fields.clone() errors=errors.clone() />
                <div class="settings">
                    <div class="field">
                        <Select name="against" label=text::AGAINST choices=against chosen=chosen />
                        <small class="hint">{text::AGAINST_HINT}</small>
                        {wrong("against")}
                    </div>
                    <div class="field">
                        <Select name="scale" label=text::SCALE choices=scales chosen=fields.get("scale").unwrap_or("3").to_owned() />
                    </div>
                    {number("most", text::MOST, text::MOST_HINT)}
                </div>
                <div class="settings">
                    <Field name="aspect" label=text::ASPECT hint=text::ASPECT_HINT required=false fields=fields.clone() errors=errors.clone() />
                    <Field name="version" label=text::VERSION hint=text::VERSION_HINT required=false fields=fields.clone() errors=errors.clone() />
                </div>
            </section>
            <details class="card">
                <summary>{text::SAMPLING}</summary>
                <div class="settings">
                    {number("temperature", text::TEMPERATURE, text::TEMPERATURE_HINT)}
                    {number("max_tokens", text::MAX_TOKENS, "")}
                    {number("seed", text::SEED, "")}
                    {number("price_in", text::PRICE_IN, text::PRICE_HINT)}
                    {number("price_out", text::PRICE_OUT, text::PRICE_HINT)}
                </div>
            </details>
            <p class="row"><button class="primary">{text::START}</button></p>
        </form>
    }
}

pub(super) async fn start(cx: Cx, Form(fields): Form) -> Result<Response> {
    let given = Given::of(&cx).await?;
    let mut wrong = Vec::new();
    let judging = Judging::parse(&fields).map_err(|problems| wrong.extend(problems));
    let judging = judging
        .ok()
        .map(|judging| named(judging, &given, &mut wrong));
    let (Some(judging), true) = (judging, wrong.is_empty()) else {
        return page(&cx, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong).await;
    };
    enqueue(&cx, &judging).await
}

/// With the judge's name, if all that is named exists and fits.
fn named(judging: Judging, given: &Given, wrong: &mut Vec<Invalid>) -> Judging {
    let served = given.served.iter().find(|it| it.id == judging.model);
    match (served.map(|it| it.kind), judging.how) {
        (None, _) => wrong.push(Invalid::other("model", text::NO_SUCH)),
        (Some(ModelKind::Reward), How::Reward) => {}
        (Some(ModelKind::Reward), _) => wrong.push(Invalid::other("how", text::REWARD_ONLY)),
        (Some(_), How::Reward) => wrong.push(Invalid::other("model", text::NO_REWARD)),
        _ => {}
    }
    let against = &judging.against;
    if !against.is_empty() && !given.sources.iter().any(|(name, _)| name == against) {
        wrong.push(Invalid::other("against", text::NO_SUCH_SOURCE));
    }
    Judging {
        name: served.map_or_else(String::new, |it| it.name.clone()),
        ..judging
    }
}

/// Puts a request into the queue and leads to its job.
pub(super) async fn enqueue(cx: &Cx, judging: &Judging) -> Result<Response> {
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    let new = NewJob {
        kind: JobKind::Judge,
        project: Some(project),
        run: None,
        model: None,
        payload: serde_json::to_value(judging).map_err(crate::Error::internal)?,
        account: Some(user),
    };
    let job = cx.store().add_job(&new, now).await?;
    cx.store()
        .audit(Some(project), Some(user), "judge", &judging.name, "", now)
        .await?;
    Ok(cx.redirect(&cx.at(&format!("judging/{job}"))))
}
