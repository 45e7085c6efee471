//! The form: which models, which prompts, how many samples, how sampled.

use super::jobs;
use crate::error::Result;
use crate::form::Form;
use crate::text::generate as text;
use crate::ui::{Check, Choice, Errors, Field};
use crate::{Cx, learning};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::{ModelId, ProjectId, PromptId};
use domain::run::{Generate, JobKind, ModelKind, ModelState, Which};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::browse::Filter;
use store::jobs::NewJob;
use store::models::Model;

/// Which prompts: those not answered yet, all, or those that hold some words.
const WHICH: [&str; 3] = ["unanswered", "all", "found"];

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

async fn policies(cx: &Cx) -> Result<Vec<Model>> {
    let mut models = cx.store().models(&cx.project()?.id).await?;
    models.retain(|it| it.kind == ModelKind::Policy && it.state == ModelState::Ready);
    Ok(models)
}

async fn page(
    cx: &Cx,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let models = policies(cx).await?;
    let standing = learning::standing(cx).await?;
    let [prompts, ..] = cx.store().data_counts(&cx.project()?.id).await?;
    let past = jobs::list(cx).await?;
    Ok(cx.page_with(status, text::GENERATE, || {
        let none = models.is_empty() || prompts == 0;
        let lacks = if prompts == 0 { text::NO_PROMPTS } else { text::NO_MODELS };
        view! {
            <h1>{text::GENERATE}</h1>
            {learning::tabs(cx)}
            {standing.view()}
            <p class="lead">{text::LEAD}</p>
            {if none {
                view! { <section class="empty"><h2>{text::NOT_YET}</h2><p>{lacks}</p></section> }.into_any()
            } else {
                form(cx, &models, prompts, fields, errors).into_any()
            }}
            {past}
        }
    }))
}

fn form(
    cx: &Cx,
    models: &[Model],
    prompts: i64,
    fields: Fields,
    errors: Vec<Invalid>,
) -> impl IntoView + use<> {
    let which = WHICH.map(|it| (it.to_owned(), text::which(it, prompts)));
    let number = |name: &'static str, label: &'static str, hint: &'static str| {
        view! { <Field name=name label=label hint=hint fields=fields.clone() errors=errors.clone() /> }
    };
    let boxes = models.iter().map(|it| {
        let ticked = fields.all("model").any(|id| id == it.id.as_str());
        view! { <label class="choice"><input type="checkbox" name="model" value=it.id.to_string() checked=ticked /><span dir="auto">{it.name.clone()}</span></label> }
    });
    let boxes = boxes.collect_view();
    let wrong = errors.iter().find(|it| it.field == "model");
    let wrong = wrong.map(|it| it.problem.to_string());
    view! {
        <form method="post" action=cx.at("generate")>
            <Errors errors=errors.clone() />
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
                {number("prompts", text::MOST, text::MOST_HINT)}
                {number("samples", text::SAMPLES, text::SAMPLES_HINT)}
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
    let known = policies(&cx).await?;
    let (mut models, mut wrong): (Vec<&Model>, Vec<Invalid>) = (Vec::new(), Vec::new());
    for id in fields.all("model") {
        match known.iter().find(|it| it.id.as_str() == id) {
            Some(model) if models.iter().any(|it| it.id == model.id) => {}
            Some(model) => models.push(model),
            None => wrong.push(Invalid::unknown("model", id)),
        }
    }
    if models.is_empty() && wrong.is_empty() {
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
    let payload = serde_json::to_value(&generate).map_err(crate::Error::internal)?;
    let (user, now) = (cx.user_id()?, store::now_ms());
    let mut last = None;
    for model in &models {
        let new = NewJob {
            kind: JobKind::Generate,
            project: Some(project),
            run: None,
            model: Some(&model.id),
            payload: payload.clone(),
            account: Some(user),
        };
        last = Some(cx.store().add_job(&new, now).await?);
        cx.store()
            .audit(Some(project), Some(user), "generate", &model.name, "", now)
            .await?;
    }
    Ok(match last {
        Some(job) if models.len() == 1 => cx.redirect(&cx.at(&format!("generate/{job}"))),
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

/// The name of a job's model.
pub(super) fn model_name(models: &[Model], id: Option<&ModelId>) -> String {
    let found = models.iter().find(|it| Some(&it.id) == id);
    found.map_or_else(|| text::UNKNOWN.to_owned(), |it| it.name.clone())
}
