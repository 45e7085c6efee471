//! Adding a model by its hub name or its place on the engine's machine: an engine brings its files in.

use super::{list, model};
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::models as text;
use crate::ui::{Errors, Field, Select};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::run::ModelKind;
use domain::{Fields, Invalid, Problem};
use leptos::prelude::*;

/// The most characters of a name and of a place.
const MAX: usize = 300;

pub(super) fn form(
    cx: &Cx,
    fields: Fields,
    errors: Vec<Invalid>,
    open: bool,
) -> impl IntoView + use<> {
    let kinds = [ModelKind::Policy, ModelKind::Reward, ModelKind::Encoder];
    let kinds = kinds.map(|it| (it.name().to_owned(), text::kind_words(it).to_owned()));
    let chosen = fields.get("kind").unwrap_or("policy").to_owned();
    let open = open || !errors.is_empty();
    view! {
        <details class="card" open=open>
            <summary><h2>{text::ADD}</h2></summary>
            <p>{text::ADD_WORDS}</p>
            <form method="post" action=cx.at("models")>
                <Errors errors=errors.clone() />
                <Field name="origin" label=text::ORIGIN hint=text::ORIGIN_HINT fields=fields.clone() errors=errors.clone() />
                <Field name="name" label=text::NAME hint=text::NAME_HINT required=false fields=fields errors=errors />
                <Select name="kind" label=text::KIND choices=kinds.to_vec() chosen=chosen />
                <button class="primary">{text::ADD_BUTTON}</button>
            </form>
        </details>
    }
}

/// Where the model comes from, what it is called, what it is for.
fn parse(fields: &Fields) -> Result<(String, String, ModelKind), Vec<Invalid>> {
    let mut wrong = Vec::new();
    let origin = fields.get("origin").unwrap_or_default().to_owned();
    if origin.is_empty() {
        wrong.push(Invalid::missing("origin"));
    }
    let last = origin.trim_end_matches('/').rsplit('/').next();
    let name = fields.get("name").or(last).unwrap_or_default().to_owned();
    for (field, given) in [("origin", &origin), ("name", &name)] {
        if given.chars().count() > MAX {
            wrong.push(Invalid::new(field, Problem::TooLong { max: MAX }));
        }
    }
    let kind = fields.get("kind").unwrap_or("policy");
    match ModelKind::parse(kind) {
        Some(kind) if wrong.is_empty() => Ok((origin, name, kind)),
        Some(_) => Err(wrong),
        None => {
            wrong.push(Invalid::unknown("kind", kind));
            Err(wrong)
        }
    }
}

pub(super) async fn add(cx: Cx, Form(fields): Form) -> Result<Response> {
    let (origin, name, kind) = match parse(&fields) {
        Ok(parsed) => parsed,
        Err(errors) => {
            return list::page(&cx, StatusCode::UNPROCESSABLE_ENTITY, fields, errors).await;
        }
    };
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    cx.store()
        .add_model(Some(project), &name, kind, &origin, Some(user), now)
        .await?;
    cx.store()
        .audit(Some(project), Some(user), "add-model", &name, &origin, now)
        .await?;
    Ok(cx.redirect(&cx.at("models")))
}

pub(super) async fn remove(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Response> {
    let model = model(&cx, &id).await?;
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    if !cx.store().remove_model(project, &model.id, now).await? {
        return Err(Error::Conflict(text::NOT_OURS.into()));
    }
    cx.store()
        .audit(
            Some(project),
            Some(user),
            "remove-model",
            &model.name,
            "",
            now,
        )
        .await?;
    Ok(cx.redirect(&cx.at("models")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_called_after_its_place_unless_somebody_names_it() {
        let fields = Fields::from_iter([("origin", "HuggingFaceTB/SmolLM2-135M-Instruct/")]);
        assert_eq!(parse(&fields).unwrap().1, "SmolLM2-135M-Instruct");
        let wrong = parse(&Fields::from_iter([("kind", "oracle")])).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["origin", "kind"]);
    }
}
