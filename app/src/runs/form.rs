//! The form that starts a run, drawn from the method's table of settings; and what becomes of it. A form
//! with a mistake comes back with everything that was typed.

use super::choose::{below, counted, provenances};
use super::{run, snapshot};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::learning;
use crate::text::{common, runs as text};
use crate::ui::chart::short;
use crate::ui::{Field, Select};
use axum::http::StatusCode;
use axum::response::Response;
use domain::method::{Method, Setting, Settings, Value, ValueKind};
use domain::run::{Data, ModelKind, ModelState, Request};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::models::Model;
use store::runs::{Run, Started};

/// A setting's value as its field holds it.
fn typed(value: &Value) -> String {
    match value {
        Value::Flag(true) => "on".to_owned(),
        Value::Flag(false) => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Name(name) => name.clone(),
    }
}

fn fill(fields: &mut Fields, method: Method, settings: &Settings) {
    for setting in method.settings() {
        let value = settings.get(setting.name).unwrap_or(&setting.default);
        fields.set(setting.name, typed(value));
    }
}

/// The fields of a clone: everything as it was, under a name of its own.
fn cloned(of: &Run) -> Fields {
    let mut fields = Fields::default();
    fields.set("method", of.method.name());
    fields.set("name", format!("{} 2", of.name));
    fields.set("base", of.base.as_str());
    if let Some(reward) = &of.reward {
        fields.set("reward", reward.as_str());
    }
    for provenance in &of.data.provenances {
        fields.push("provenance", provenance.name());
    }
    if let Some(below) = &of.data.below {
        fields.set("node", below.node.as_str());
    }
    fields.set("seed", of.seed.to_string());
    fields.set("parent", of.id.as_str());
    fill(&mut fields, of.method, &of.settings);
    fields
}

pub(super) async fn show(cx: &Cx, asked: Fields) -> Result<Response> {
    let (method, fields) = match asked.get("clone") {
        Some(id) => {
            let run = run(cx, id).await?;
            (run.method, cloned(&run))
        }
        None => {
            let method = method(&asked)?;
            let mut fields = asked;
            fields.set("seed", "1");
            fill(&mut fields, method, &Settings::defaults(&method.settings()));
            (method, fields)
        }
    };
    page(cx, StatusCode::OK, method, fields, Vec::new()).await
}

fn method(fields: &Fields) -> Result<Method> {
    fields
        .get("method")
        .and_then(Method::from_name)
        .ok_or_else(|| Error::BadRequest(text::UNKNOWN_METHOD.into()))
}

pub(super) async fn start(cx: Cx, Form(fields): Form) -> Result<Response> {
    let method = method(&fields)?;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    if fields.ticked("count") {
        return page(&cx, StatusCode::OK, method, fields, Vec::new()).await;
    }
    let request = match Request::parse(method, &fields) {
        Ok(request) => request,
        Err(errors) => return page(&cx, refused, method, fields, errors).await,
    };
    if let Some(parent) = &request.parent {
        run(&cx, parent.as_str()).await?;
    }
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    match cx
        .store()
        .start_run(project, &request, Some(user), now)
        .await?
    {
        Started::Run(id) => {
            let (action, detail) = ("start-run", method.name());
            cx.store()
                .audit(
                    Some(project),
                    Some(user),
                    action,
                    &request.name,
                    detail,
                    now,
                )
                .await?;
            Ok(cx.redirect(&cx.at(&format!("runs/{id}"))))
        }
        Started::Refused(errors) => page(&cx, refused, method, fields, errors).await,
    }
}

async fn page(
    cx: &Cx,
    status: StatusCode,
    method: Method,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let provenances = provenances(&fields);
    let below = below(cx, &fields).await?;
    let data = counted(cx, &provenances, below.as_ref()).await?;
    let models = cx.store().models(&cx.project()?.id).await?;
    let standing = learning::standing(cx).await?;
    let title = format!("{}: {}", text::NEW, text::method(method));
    Ok(cx.page_with(status, &title, || {
        let parent = fields.get("parent").map(str::to_owned);
        let table = method.settings();
        let drawn = |advanced: bool| {
            let some = table.iter().filter(|it| it.advanced == advanced);
            some.map(|it| setting(it, &fields, &errors)).collect_view()
        };
        // a mistake must not hide behind a closed summary
        let open = table
            .iter()
            .any(|it| it.advanced && errors.iter().any(|error| error.field == it.name));
        let more = table.iter().any(|it| it.advanced).then(|| {
            view! { <details open=open class="more"><summary>{text::MORE}</summary><div class="settings">{drawn(true)}</div></details> }
        });
        let plain = drawn(false);
        let own_seed = table.iter().any(|it| it.name == "seed");
        view! {
            <p><a href=cx.at("runs/new")>{format!("← {}", text::OTHER_METHOD)}</a></p>
            <h1>{title.clone()}</h1>
            {learning::tabs(cx)}
            {standing.view()}
            <p class="lead">{text::method_words(method)}</p>
            <form method="post" action=cx.at("runs/new")>
                <input type="hidden" name="method" value=method.name() />
                {parent.clone().map(|parent| view! { <input type="hidden" name="parent" value=parent /> })}
                {mistakes(&errors, &table)}
                {parent.is_some().then(|| view! { <p class="notice">{text::CLONED}</p> })}
                <section class="card">
                    <Field name="name" label=text::NAME hint=text::NAME_HINT required=false fields=fields.clone() errors=errors.clone() />
                    {model_choice(None, &models, &fields, &errors)}
                    {matches!(method, Method::BestOfN | Method::Ilf).then(|| model_choice(Some(method), &models, &fields, &errors))}
                </section>
                <section class="card">
                    {snapshot::whose(&provenances)}
                    {snapshot::under(cx, below.as_ref())}
                    {problem(&errors, "provenance")}
                    {at_hand(method, &data)}
                    <button name="count" value="1">{text::COUNT_AGAIN}</button>
                </section>
                <section class="card">
                    <h2>{text::SETTINGS}</h2>
                    <div class="settings">{plain}</div>
                    {more}
                    {(!own_seed).then(|| view! { <Field name="seed" label=text::SEED hint=text::SEED_HINT fields=fields.clone() errors=errors.clone() /> })}
                </section>
                <p class="row"><button class="primary">{text::START}</button></p>
            </form>
        }
    }))
}

/// What there is, and whether it is enough.
fn at_hand(method: Method, data: &Data) -> impl IntoView + use<> {
    let enough = data.examples.enough_for(method);
    let badge = if enough.is_ok() {
        "badge good"
    } else {
        "badge bad"
    };
    let words = if enough.is_ok() {
        text::ENOUGH
    } else {
        text::TOO_LITTLE
    };
    let needs = enough.err().map(|it| text::too_little(&it));
    view! {
        <h2>{text::DATA_NOW}</h2>
        {snapshot::facts(data)}
        <p>{text::has(method, &data.examples)} " " <span class=badge>{words}</span> " " {needs}</p>
    }
}

/// What is wrong, by the labels that people see.
fn mistakes(errors: &[Invalid], table: &[Setting]) -> impl IntoView + use<> {
    let label = |field: &str| match field {
        "name" => text::NAME,
        "base" => text::BASE,
        "reward" => text::REWARD,
        "provenance" => text::WHOSE,
        "seed" => text::SEED,
        other => table
            .iter()
            .find(|it| it.name == other)
            .map_or(text::SETTINGS, |it| it.label),
    };
    (!errors.is_empty()).then(|| {
        let items = errors
            .iter()
            .map(|it| {
                let words = format!("{}: {}", label(&it.field), it.problem);
                view! { <li><a href=format!("#{}", it.field)>{words}</a></li> }
            })
            .collect_view();
        view! {
            <div class="errors" role="alert" tabindex="-1" autofocus>
                <p>{common::PLEASE_MEND}</p>
                <ul>{items}</ul>
            </div>
        }
    })
}

fn problem(errors: &[Invalid], field: &str) -> Option<impl IntoView + use<>> {
    let found = errors.iter().find(|it| it.field == field)?;
    let (id, words) = (format!("{field}-error"), found.problem.to_string());
    Some(view! { <small id=id class="error">{words}</small> })
}

/// The field of a model: one that learns, or the reward model that judges in this method.
fn model_choice(
    judges: Option<Method>,
    models: &[Model],
    fields: &Fields,
    errors: &[Invalid],
) -> impl IntoView + use<> {
    let reward = judges.is_some();
    // ILF may do without: others can select
    let may_be_none = judges == Some(Method::Ilf);
    let (name, label, hint, none) = match judges {
        Some(Method::Ilf) => (
            "reward",
            text::REWARD,
            text::REWARD_FOR_ILF,
            text::NO_REWARD,
        ),
        Some(_) => ("reward", text::REWARD, text::REWARD_HINT, text::NO_REWARD),
        None => ("base", text::BASE, text::BASE_HINT, text::NO_MODELS),
    };
    let mut choices: Vec<(String, String)> = models
        .iter()
        // the oldest first: what everything else was trained from
        .rev()
        .filter(|it| it.state == ModelState::Ready && (it.kind == ModelKind::Reward) == reward)
        .map(|it| (it.id.to_string(), it.name.clone()))
        .collect();
    let empty = choices.is_empty() && !may_be_none;
    if may_be_none {
        choices.insert(0, (String::new(), text::NO_REWARD_MODEL.to_owned()));
    }
    let chosen = fields.get(name).unwrap_or_default().to_owned();
    let body = if empty {
        view! { <p class="notice warn" id=name tabindex="-1">{none}</p> }.into_any()
    } else {
        view! { <Select name=name label=label choices=choices chosen=chosen /> }.into_any()
    };
    view! {
        <div class="field">
            {body}
            {(!empty).then(|| view! { <small class="hint">{hint}</small> })}
            {problem(errors, name)}
        </div>
    }
}

/// One setting's field, with its help and its range.
fn setting(it: &Setting, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let (name, value) = (it.name, fields.raw(it.name).unwrap_or_default().to_owned());
    let range = match &it.kind {
        ValueKind::Integer(range) | ValueKind::Real(range) => {
            Some(text::range(&short(range.min), &short(range.max)))
        }
        ValueKind::Choice(_) | ValueKind::Flag => None,
    };
    let error = problem(errors, name);
    let invalid = error.is_some().then_some("true");
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described = if error.is_some() {
        format!("{hint_id} {error_id}")
    } else {
        hint_id.clone()
    };
    let input = match &it.kind {
        ValueKind::Flag => {
            let checked = !value.trim().is_empty();
            view! { <label class="choice"><input type="checkbox" id=name name=name value="on" checked=checked aria-describedby=described /><span>{it.label}</span></label> }
                .into_any()
        }
        ValueKind::Choice(choices) => {
            let options = choices.iter().map(|choice| {
                let selected = choice.name == value;
                view! { <option value=choice.name selected=selected>{choice.label}</option> }
            });
            view! { <select id=name name=name aria-describedby=described>{options.collect_view()}</select> }
                .into_any()
        }
        ValueKind::Integer(_) | ValueKind::Real(_) => {
            view! { <input id=name name=name value=value inputmode="decimal" autocomplete="off" aria-invalid=invalid aria-describedby=described /> }
                .into_any()
        }
    };
    let flag = matches!(it.kind, ValueKind::Flag);
    let hint = match range {
        Some(range) => format!("{} ({range})", it.help),
        None => it.help.to_owned(),
    };
    view! {
        <div class="field">
            {(!flag).then(|| view! { <label for=name>{it.label}</label> })}
            {input}
            <small id=hint_id class="hint">{hint}</small>
            {error}
        </div>
    }
}
