//! The form: which models, which prompts, how many samples, how sampled.

use super::jobs;
use super::outside::Outside;
use crate::error::Result;
use crate::form::Form;
use crate::text::generate as text;
use crate::ui::{Check, Choice, Errors, Field};
use crate::v1::endpoint_model;
use crate::{Cx, learning};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::{ProjectId, PromptId};
use domain::run::{Generate, JobKind, ModelKind, ModelState, Which};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::browse::Filter;
use store::endpoints::Endpoint;
use store::jobs::{Job, NewJob};
use store::models::Model;

/// Which prompts: those not answered yet, all, or those that hold some words.
const WHICH: [&str; 3] = ["unanswered", "all", "found"];

/// What the form calls its fields.
const LABELS: &[(&str, &str)] = &[
    ("which", text::PROMPTS),
    ("words", text::WORDS),
    ("prompts", text::MOST),
    ("samples", text::SAMPLES),
    ("top_p", text::TOP_P),
    ("max_tokens", text::MAX_TOKENS),
];

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let asked = Fields(pairs);
    let usual = domain::run::Sampling::default();
    let mut fields = Fields::from_iter([
        ("which", "unanswered".to_owned()),
        ("prompts", "50".to_owned()),
        ("samples", "2".to_owned()),
        ("temperature", usual.temperature.to_string()),
        ("top_p", usual.top_p.to_string()),
        ("max_tokens", usual.max_tokens.to_string()),
        ("seed", usual.seed.to_string()),
        ("tasks", "on".to_owned()),
    ]);
    for model in asked.all("model") {
        fields.push("model", model);
    }
    page(&cx, StatusCode::OK, fields, Vec::new()).await
}

/// Who can answer: our models that are ready, and endpoints' models.
struct Answering {
    ours: Vec<Model>,
    outside: Vec<(Endpoint, String)>,
}

/// One of them.
enum Chosen<'a> {
    Ours(&'a Model),
    Outside(&'a Endpoint, &'a str),
}

impl Answering {
    async fn of(cx: &Cx) -> Result<Self> {
        let project = &cx.project()?.id;
        let mut ours = cx.store().models(project).await?;
        ours.retain(|it| it.kind == ModelKind::Policy && it.state == ModelState::Ready);
        let endpoints = cx.store().endpoints(project).await?;
        let outside = endpoints.into_iter().flat_map(|it| {
            let models = it.models.clone();
            models.into_iter().map(move |model| (it.clone(), model))
        });
        Ok(Self {
            ours,
            outside: outside.collect(),
        })
    }

    /// Values and names, as the form offers them.
    fn choices(&self) -> Vec<(String, String)> {
        let ours = self
            .ours
            .iter()
            .map(|it| (it.id.to_string(), it.name.clone()));
        let outside = self.outside.iter().map(|(endpoint, model)| {
            let name = endpoint_model(&endpoint.name, model);
            (format!("{}/{model}", endpoint.id), name)
        });
        ours.chain(outside).collect()
    }

    fn find(&self, value: &str) -> Option<Chosen<'_>> {
        let ours = self.ours.iter().find(|it| it.id.as_str() == value);
        let outside = || {
            let (id, model) = value.split_once('/')?;
            let found = self
                .outside
                .iter()
                .find(|(endpoint, its)| endpoint.id.as_str() == id && its == model)?;
            Some(Chosen::Outside(&found.0, &found.1))
        };
        ours.map(Chosen::Ours).or_else(outside)
    }
}

async fn page(
    cx: &Cx,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let answering = Answering::of(cx).await?.choices();
    let standing = learning::standing(cx).await?;
    let [prompts, ..] = cx.store().data_counts(&cx.project()?.id).await?;
    let past = jobs::list(cx).await?;
    Ok(cx.page_with(status, text::GENERATE, || {
        let none = answering.is_empty() || prompts == 0;
        let lacks = if prompts == 0 { text::NO_PROMPTS } else { text::NO_MODELS };
        view! {
            <h1>{text::GENERATE}</h1>
            {learning::tabs(cx)}
            {standing.view()}
            <p class="lead">{text::LEAD}</p>
            {if none {
                view! { <section class="empty"><h2>{text::NOT_YET}</h2><p>{lacks}</p></section> }.into_any()
            } else {
                form(cx, answering, prompts, fields, errors).into_any()
            }}
            {past}
        }
    }))
}

fn form(
    cx: &Cx,
    answering: Vec<(String, String)>,
    prompts: i64,
    fields: Fields,
    errors: Vec<Invalid>,
) -> impl IntoView + use<> {
    let which = WHICH.map(|it| (it.to_owned(), text::which(it, prompts)));
    let number = |name: &'static str, label: &'static str, hint: &'static str| {
        view! { <Field name=name label=label hint=hint fields=fields.clone() errors=errors.clone() /> }
    };
    let boxes = answering.into_iter().map(|(value, name)| {
        let ticked = fields.all("model").any(|it| it == value);
        view! { <label class="choice"><input type="checkbox" name="model" value=value checked=ticked /><span dir="auto">{name}</span></label> }
    });
    let boxes = boxes.collect_view();
    let wrong = errors.iter().find(|it| it.field == "model");
    let wrong = wrong.map(|it| it.problem.to_string());
    view! {
        <form method="post" action=cx.at("generate")>
            <Errors errors=errors.clone() labels=LABELS />
            <section class="card">
                <fieldset class="field" id="model" tabindex="-1">
                    <legend>{text::MODELS}</legend>
                    <div class="choices">{boxes}</div>
                    {wrong.map(|words| view! { <small class="error">{words}</small> })}
                </fieldset>
            </section>
            <section class="card">
                <Choice name="which" label=text::PROMPTS choices=which.to_vec() fields=fields.clone() errors=errors.clone() />
                <Field name="words" label=text::WORDS hint=text::WORDS_HINT required=false fields=fields.clone() errors=errors.clone() />
                <div class="settings">
                    {number("prompts", text::MOST, text::MOST_HINT)}
                    {number("samples", text::SAMPLES, text::SAMPLES_HINT)}
                </div>
                <Check name="tasks" label=text::TASKS hint=text::TASKS_HINT fields=fields.clone() />
            </section>
            <section class="card">
                <h2>{text::SAMPLING}</h2>
                <div class="settings">
                    {number("temperature", text::TEMPERATURE, text::TEMPERATURE_HINT)}
                    {number("top_p", text::TOP_P, text::TOP_P_HINT)}
                    {number("max_tokens", text::MAX_TOKENS, text::MAX_TOKENS_HINT)}
                    {number("seed", text::SEED, text::SEED_HINT)}
                </div>
            </section>
            <p class="row"><button class="primary">{text::START}</button></p>
        </form>
    }
}

pub(super) async fn start(cx: Cx, Form(fields): Form) -> Result<Response> {
    let project = &cx.project()?.id;
    let answering = Answering::of(&cx).await?;
    let (mut chosen, mut seen, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for value in fields.all("model") {
        match answering.find(value) {
            Some(_) if seen.contains(&value) => {}
            Some(one) => chosen.push(one),
            None => wrong.push(Invalid::unknown("model", value)),
        }
        seen.push(value);
    }
    if chosen.is_empty() && wrong.is_empty() {
        wrong.push(Invalid::missing("model"));
    }
    let parsed = Generate::parse(&fields).map_err(|problems| wrong.extend(problems));
    let which = prompts(&cx, project, &fields, parsed.as_ref().ok()).await?;
    let which = which.map_err(|problem| wrong.push(problem));
    let (Ok(generate), Ok(which), true) = (parsed, which, wrong.is_empty()) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return page(&cx, status, fields, wrong).await;
    };
    let generate = Generate {
        prompts: which,
        ..generate
    };
    let (user, now) = (cx.user_id()?, store::now_ms());
    let mut last = None;
    for one in &chosen {
        let (model, name, payload) = match one {
            Chosen::Ours(model) => (
                Some(&model.id),
                model.name.clone(),
                serde_json::to_value(&generate),
            ),
            Chosen::Outside(endpoint, there) => {
                let source = endpoint_model(&endpoint.name, there);
                let outside = Outside {
                    endpoint: endpoint.id.clone(),
                    there: (*there).to_owned(),
                    source: source.clone(),
                    generate: generate.clone(),
                };
                (None, source, serde_json::to_value(&outside))
            }
        };
        let new = NewJob {
            kind: JobKind::Generate,
            project: Some(project),
            run: None,
            model,
            payload: payload.map_err(crate::Error::internal)?,
            account: Some(user),
        };
        last = Some(cx.store().add_job(&new, now).await?);
        cx.store()
            .audit(Some(project), Some(user), "generate", &name, "", now)
            .await?;
    }
    Ok(match last {
        Some(job) if chosen.len() == 1 => cx.redirect(&cx.at(&format!("generate/{job}"))),
        _ => cx.redirect(&cx.at("generate")),
    })
}

/// The prompts that a form names.
async fn prompts(
    cx: &Cx,
    project: &ProjectId,
    fields: &Fields,
    generate: Option<&Generate>,
) -> Result<Result<Which, Invalid>> {
    let most = match generate.map(|it| &it.prompts) {
        Some(Which::Unanswered(most)) => *most,
        // another mistake is shown already
        _ => return Ok(Ok(Which::Unanswered(0))),
    };
    let words = fields.get("words").unwrap_or_default().to_owned();
    let filter = match fields.get("which").unwrap_or("unanswered") {
        "unanswered" => return Ok(Ok(Which::Unanswered(most))),
        "all" => Filter::default(),
        "found" if words.is_empty() => return Ok(Err(Invalid::missing("words"))),
        "found" => Filter {
            words,
            ..Filter::default()
        },
        other => return Ok(Err(Invalid::unknown("which", other))),
    };
    let mut found: Vec<PromptId> = Vec::new();
    let mut after = Some(-1);
    while let Some(number) = after
        && found.len() < most
    {
        let page = cx.store().browse(project, &filter, number).await?;
        found.extend(page.lines.into_iter().map(|line| line.id));
        after = page.next;
    }
    found.truncate(most);
    if found.is_empty() {
        return Ok(Err(Invalid::other("words", text::NOTHING_FOUND)));
    }
    Ok(Ok(Which::These(found)))
}

/// The name of who answers in a job.
pub(super) fn answerer(models: &[Model], job: &Job) -> String {
    let ours = models.iter().find(|it| Some(&it.id) == job.model.as_ref());
    let outside = job.payload["source"]
        .as_str()
        .filter(|_| job.model.is_none());
    ours.map(|it| it.name.clone())
        .or(outside.map(str::to_owned))
        .unwrap_or_else(|| text::UNKNOWN.to_owned())
}
