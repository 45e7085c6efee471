//! A project's settings. Saved only on top of the state that the form was made from: two owners who
//! change them at once see each other's work.

use super::{new::parse_name, tabs};
use crate::Cx;
use crate::error::Result;
use crate::form::Form;
use crate::text::{live, projects as text};
use crate::ui::{Check, Errors, Field, Markdown, Select, TextArea};
use crate::v1::{Served, serving};
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use domain::live::Order;
use domain::project::{CHOICES, Settings};
use domain::run::ModelKind;
use domain::{Fields, Invalid, Kind};
use leptos::prelude::*;
use store::tasks_changed::TasksChanged;

/// What the form calls its fields.
const LABELS: &[(&str, &str)] = &[
    ("kinds", text::KINDS),
    ("aspects", text::ASPECTS_LABEL),
    ("error_types", text::ERROR_TYPES),
    ("grade_labels", text::GRADE_LABELS),
    ("grade_points", text::GRADE_POINTS),
    ("overlap", text::OVERLAP),
    ("gold_percent", text::GOLD),
    ("lease_minutes", text::LEASE),
    ("queue_order", live::SETTING),
    ("encoder", live::ENCODER),
    ("skip_reasons", text::SKIP_REASONS),
];

/// What stands above the form.
#[derive(Clone, Copy, PartialEq)]
enum Notice {
    None,
    Saved(TasksChanged),
    Changed,
    Preview,
}

pub(super) async fn page(cx: Cx, RawQuery(query): RawQuery) -> Result<Response> {
    let project = cx.project()?;
    let mut fields = project.settings.to_fields();
    fields.push("name", &project.name);
    fields.push("version", project.version());
    let notice = match query
        .as_deref()
        .and_then(|query| query.strip_prefix("saved="))
    {
        None => Notice::None,
        Some(counts) => {
            let mut counts = counts.split('.').map(|count| count.parse().unwrap_or(0));
            let mut next = || counts.next().unwrap_or(0);
            Notice::Saved(TasksChanged {
                removed: next(),
                made: next(),
                retargeted: next(),
            })
        }
    };
    form(&cx, StatusCode::OK, notice, fields, Vec::new()).await
}

async fn form(
    cx: &Cx,
    status: StatusCode,
    notice: Notice,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let encoders = encoders(cx).await?;
    let version = fields.get("version").unwrap_or_default().to_owned();
    let guidelines = fields.raw("guidelines").unwrap_or_default().to_owned();
    let archived = cx
        .here
        .as_ref()
        .is_some_and(|here| here.project.archived_at.is_some());
    let text_field = |name: &'static str, label: &'static str, hint: &'static str, rows: u32| {
        view! { <TextArea name=name label=label hint=hint rows=rows fields=fields.clone() errors=errors.clone() /> }
    };
    let number = |name: &'static str, label: &'static str, hint: &'static str, required: bool| {
        view! { <Field name=name label=label hint=hint kind="number" required=required fields=fields.clone() errors=errors.clone() /> }
    };
    let check = |name: &'static str, label: &'static str, hint: &'static str| {
        view! { <Check name=name label=label hint=hint fields=fields.clone() /> }
    };
    Ok(cx.page_with(status, text::TAB_SETTINGS, || {
        let said = match notice {
            Notice::None | Notice::Preview => None,
            Notice::Saved(tasks) => Some((
                "notice good",
                text::saved(tasks.removed, tasks.made, tasks.retargeted),
            )),
            Notice::Changed => Some(("notice warn", text::CHANGED.to_owned())),
        };
        view! {
            <h1>{text::TAB_SETTINGS}</h1>
            {tabs(cx)}
            {said.map(|(class, words)| view! { <div class=class role="status"><p>{words}</p></div> })}
            <form method="post" action=cx.at("settings")>
                <Errors errors=errors.clone() labels=LABELS />
                <input type="hidden" name="version" value=version />
                <section class="card">
                    <Field name="name" label=text::NAME fields=fields.clone() errors=errors.clone() />
                    {text_field("guidelines", text::GUIDELINES, text::GUIDELINES_HINT, 10)}
                    {(notice == Notice::Preview).then(|| view! {
                        <div class="notice" id="preview" role="region" aria-label=text::PREVIEW><Markdown text=guidelines /></div>
                    })}
                    <button name="preview" value="1">{text::PREVIEW_BUTTON}</button>
                </section>
                <section class="card">
                    <h2>{text::ASKED}</h2>
                    <p>{text::KINDS_CHANGE}</p>
                    {kinds(&fields, &errors)}
                    {text_field("aspects", text::ASPECTS_LABEL, text::ASPECTS_HINT, 3)}
                    {check("preference_per_aspect", text::PER_ASPECT, "")}
                    {check("ask_reason", text::ASK_REASON, "")}
                    {text_field("error_types", text::ERROR_TYPES, text::LINES_HINT, 4)}
                    {check("check_refinements", text::CHECK_REFINEMENTS, text::CHECK_REFINEMENTS_HINT)}
                </section>
                <section class="card">
                    <h2>{text::GRADING}</h2>
                    {text_field("grade_labels", text::GRADE_LABELS, text::GRADE_LABELS_HINT, 3)}
                    {number("grade_points", text::GRADE_POINTS, text::GRADE_POINTS_HINT, false)}
                </section>
                <section class="card">
                    <h2>{text::HANDING_OUT}</h2>
                    {number("overlap", text::OVERLAP, text::OVERLAP_HINT, true)}
                    {number("gold_percent", text::GOLD, text::GOLD_HINT, true)}
                    {number("lease_minutes", text::LEASE, text::LEASE_HINT, true)}
                    {check("blind", text::BLIND, text::BLIND_HINT)}
                    {order(&fields)}
                    {encoder(&fields, &encoders)}
                    {check("tell_expected", live::TELL, live::TELL_HINT)}
                    {check("learn_simulated", live::LEARN_SIMULATED, "")}
                    {text_field("skip_reasons", text::SKIP_REASONS, text::LINES_HINT, 4)}
                </section>
                <p class="row"><button class="primary">{crate::text::common::SAVE}</button></p>
            </form>
            <form class="card" method="post" action=cx.at("archive")>
                <h2>{if archived { text::IS_ARCHIVED } else { text::ARCHIVE }}</h2>
                <p>{text::ARCHIVE_WORDS}</p>
                <input type="hidden" name="archived" value=if archived { "no" } else { "yes" } />
                <button class=if archived { "" } else { "danger" }>{if archived { text::RESTORE } else { text::ARCHIVE_BUTTON }}</button>
            </form>
        }
    }))
}

/// In which order comparisons are handed out.
fn order(fields: &Fields) -> impl IntoView + use<> {
    let choices = Order::ALL.map(|order| (order.name().into(), live::order_choice(order).into()));
    let chosen = fields.get("queue_order").unwrap_or_default().to_owned();
    view! {
        <Select name="queue_order" label=live::SETTING choices=choices.to_vec() chosen=chosen />
        <p class="muted small">{live::SETTING_HINT}</p>
    }
}

/// Models that give vectors, or may, with their names.
async fn encoders(cx: &Cx) -> Result<Vec<(String, String)>> {
    let served = serving(&cx.app, std::slice::from_ref(&cx.project()?.id)).await?;
    let may = |it: &Served| it.outside || it.kind == ModelKind::Encoder;
    Ok(served
        .into_iter()
        .filter(may)
        .map(|it| (it.id, it.name))
        .collect())
}

/// What the live model sees of a response.
fn encoder(fields: &Fields, encoders: &[(String, String)]) -> impl IntoView + use<> {
    let chosen = fields.get("encoder").unwrap_or_default().to_owned();
    let mut choices = vec![(String::new(), live::ENCODER_NONE.to_owned())];
    choices.extend(
        encoders
            .iter()
            .map(|(id, name)| (id.clone(), live::encoder(name))),
    );
    // what was chosen stays chosen while it is away
    if !chosen.is_empty() && !encoders.iter().any(|(id, _)| *id == chosen) {
        choices.push((chosen.clone(), live::encoder_away(&chosen)));
    }
    view! {
        <Select name="encoder" label=live::ENCODER choices=choices chosen=chosen />
        <p class="muted small">{live::ENCODER_HINT}</p>
    }
}

/// Which kinds are asked, and which of these may be left empty.
fn kinds(fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let ticked = |name: &str, kind: Kind| fields.all(name).any(|given| given == kind.name());
    let error = errors
        .iter()
        .find(|invalid| invalid.field == "kinds")
        .map(|invalid| invalid.problem.to_string());
    let rows = CHOICES.map(|kind| {
        let (asked, optional) = (ticked("kinds", kind), ticked("optional", kind));
        view! {
            <li>
                <label class="choice"><input type="checkbox" name="kinds" value=kind.name() checked=asked /><span>{text::kind(kind)}</span></label>
                <label class="choice"><input type="checkbox" name="optional" value=kind.name() checked=optional /><span>{text::MAY_BE_EMPTY}<span class="visually-hidden">{format!(": {}", text::kind(kind))}</span></span></label>
                <small class="hint">{text::kind_words(kind)}</small>
            </li>
        }
    });
    view! {
        <fieldset class="field" id="kinds" tabindex="-1">
            <legend>{text::KINDS}</legend>
            <ul class="kinds">{rows.collect_view()}</ul>
            {error.map(|error| view! { <small class="error">{error}</small> })}
        </fieldset>
    }
}

pub(super) async fn save(cx: Cx, Form(mut fields): Form) -> Result<Response> {
    if fields.ticked("preview") {
        let notice = Notice::Preview;
        return form(&cx, StatusCode::OK, notice, fields, Vec::new()).await;
    }
    let (name, settings) = match (parse_name(&fields), Settings::parse(&fields)) {
        (Ok(name), Ok(settings)) => (name, settings),
        (name, settings) => {
            let errors = name
                .err()
                .into_iter()
                .chain(settings.err().into_iter().flatten());
            let (status, errors) = (StatusCode::UNPROCESSABLE_ENTITY, errors.collect());
            return form(&cx, status, Notice::None, fields, errors).await;
        }
    };
    let project = cx.project()?;
    let version = fields.get("version").unwrap_or_default().to_owned();
    let done = cx
        .store()
        .change_project(&project.id, &version, &name, &settings)
        .await?;
    if let Err(newer) = done {
        fields.set("version", newer);
        let notice = Notice::Changed;
        return form(&cx, StatusCode::CONFLICT, notice, fields, Vec::new()).await;
    }
    let changed = changes(&project.settings, &settings);
    let (user, now) = (cx.user_id()?, store::now_ms());
    cx.store()
        .audit(
            Some(&project.id),
            Some(user),
            "change-settings",
            &changed,
            "",
            now,
        )
        .await?;
    let tasks = cx
        .store()
        .change_tasks(&project.id, &project.settings, &settings, now)
        .await?;
    Ok(cx.redirect(&cx.at(&format!(
        "settings?saved={}.{}.{}",
        tasks.removed, tasks.made, tasks.retargeted
    ))))
}

/// The names of the settings that differ, for the log.
fn changes(before: &Settings, after: &Settings) -> String {
    let (before, after) = (before.to_fields(), after.to_fields());
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in before.0.iter().chain(&after.0) {
        let differs = !before.all(name).eq(after.all(name));
        if differs && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.join(", ")
}

pub(super) async fn archive(cx: Cx, Form(fields): Form) -> Result<Response> {
    let project = &cx.project()?.id;
    let now = store::now_ms();
    let (since, action, to) = match fields.get("archived") {
        Some("yes") => (Some(now), "archive-project", "/".to_owned()),
        Some("no") => (None, "restore-project", cx.at("settings")),
        _ => return Err(crate::Error::BadRequest(text::NO_CHOICE.into())),
    };
    cx.store().archive_project(project, since).await?;
    cx.store()
        .audit(Some(project), Some(cx.user_id()?), action, "", "", now)
        .await?;
    Ok(cx.redirect(&to))
}
