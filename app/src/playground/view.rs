//! The page, and its plain post.

use super::ask::{Models, Side, check, conversation, note, request, take, usual};
use super::heat;
use crate::Cx;
use crate::error::Result;
use crate::form::Form;
use crate::islands::Playground;
use crate::learning;
use crate::text::annotate::{BOTH_BAD, STRENGTH};
use crate::text::playground as text;
use crate::ui::{Errors, Field, Markdown, Select, TextArea};
use crate::v1::Served;
use crate::wire::{Answer, Problem, Score};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::PromptId;
use domain::preferences::Preferences;
use domain::run::ModelKind;
use domain::{Fields, Invalid};
use leptos::prelude::*;

/// What came of asking the two sides; the answers themselves stand in the fields.
pub(super) type Problems = [Option<String>; 2];

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let asked = Fields(pairs);
    let models = Models::of(&cx).await?;
    let mut fields = usual();
    for name in ["a", "b", "saved", "reward"] {
        if let Some(value) = asked.get(name) {
            fields.set(name, value);
        }
    }
    if let Some(id) = asked.get("prompt") {
        let project = &cx.project()?.id;
        let prompt = cx.store().prompt(project, &PromptId::from(id)).await?;
        if let Some(prompt) = prompt {
            take(&mut fields, &prompt);
        }
    }
    page(&cx, StatusCode::OK, &models, fields, Vec::new(), None).await
}

pub(super) async fn answer(cx: Cx, Form(mut fields): Form) -> Result<Response> {
    let models = Models::of(&cx).await?;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    match fields.get("do") {
        Some("take") => {
            let wrong = take_numbered(&cx, &mut fields).await?.err();
            let status = if wrong.is_some() {
                refused
            } else {
                StatusCode::OK
            };
            let wrong = wrong.into_iter().collect();
            return page(&cx, status, &models, fields, wrong, None).await;
        }
        Some("heat") => {
            return page(&cx, StatusCode::OK, &models, fields, Vec::new(), None).await;
        }
        _ => {}
    }
    let sampling = match check(&fields, &models) {
        Ok(sampling) => sampling,
        Err(wrong) => return page(&cx, refused, &models, fields, wrong, None).await,
    };
    let (messages, _) = conversation(&cx, &fields, "text").await?;
    let ask = async |side: Side| -> Result<Answer, Problem> {
        match request(&models, &fields, side, &messages, &sampling) {
            Some((served, ask)) => served.upstream.chat(&ask).await,
            None => Ok(Answer::default()),
        }
    };
    let (a, b) = tokio::join!(ask(Side::A), ask(Side::B));
    note(&mut fields, &models);
    let mut problems = [None, None];
    for (n, (side, answer)) in [(Side::A, a), (Side::B, b)].into_iter().enumerate() {
        let field = format!("answer_{}", side.name());
        match answer {
            Ok(answer) => fields.set(field, answer.text),
            Err(problem) => {
                fields.set(field, "");
                problems[n] = Some(problem.words());
            }
        }
    }
    page(
        &cx,
        StatusCode::OK,
        &models,
        fields,
        Vec::new(),
        Some(problems),
    )
    .await
}

async fn take_numbered(cx: &Cx, fields: &mut Fields) -> Result<Result<(), Invalid>> {
    let number = match fields.number::<i64>("number") {
        Ok(Some(number)) => number,
        Ok(None) => return Ok(Err(Invalid::missing("number"))),
        Err(problem) => return Ok(Err(problem)),
    };
    let project = &cx.project()?.id;
    let Some(id) = cx.store().prompt_numbered(project, number).await? else {
        return Ok(Err(Invalid::other("number", text::NO_SUCH_PROMPT)));
    };
    if let Some(prompt) = cx.store().prompt(project, &id).await? {
        take(fields, &prompt);
    }
    Ok(Ok(()))
}

pub(super) async fn page(
    cx: &Cx,
    status: StatusCode,
    models: &Models,
    fields: Fields,
    errors: Vec<Invalid>,
    problems: Option<Problems>,
) -> Result<Response> {
    let standing = learning::standing(cx).await?;
    let scores = heat::ask(cx, models, &fields).await?;
    let any = models.kind(ModelKind::Policy).next().is_some();
    let saved = fields
        .get("saved")
        .map(|id| cx.at(&format!("data/prompts/{id}")));
    Ok(cx.page_with(status, text::PLAYGROUND, || {
        let body = if any {
            form(cx, models, &fields, &errors, problems.unwrap_or_default(), scores).into_any()
        } else {
            view! { <section class="empty"><h2>{text::NO_MODELS}</h2><p>{text::NO_MODELS_WORDS}</p></section> }.into_any()
        };
        view! {
            <h1>{text::PLAYGROUND}</h1>
            {learning::tabs(cx)}
            {standing.view()}
            {saved.map(|href| view! { <div class="notice good" role="status"><p>{text::SAVED} " " <a href=href>{text::SEE_IT}</a></p></div> })}
            {body}
        }
    }))
}

fn form(
    cx: &Cx,
    models: &Models,
    fields: &Fields,
    errors: &[Invalid],
    problems: Problems,
    scores: Option<Result<Vec<Score>, Problem>>,
) -> impl IntoView + use<> {
    let shortcuts = cx
        .user()
        .is_ok_and(|user| Preferences::read(&user.settings).shortcuts);
    let action = cx.at("playground");
    let (scores, no_heat) = match scores {
        Some(Ok(scores)) => (scores, None),
        Some(Err(problem)) => (Vec::new(), Some(problem.words())),
        None => (Vec::new(), None),
    };
    let strongest = heat::strongest(&scores);
    let panes = Side::BOTH
        .into_iter()
        .zip(problems)
        .enumerate()
        .map(|(n, (side, problem))| {
            let heat = scores.get(n).map(|it| heat::view(it, strongest).into_any());
            pane(models, fields, side, problem, heat)
        })
        .collect_view();
    let answered = Side::BOTH
        .iter()
        .all(|side| fields.get(&format!("answer_{}", side.name())).is_some());
    let field = |name: &'static str, label: &'static str| {
        view! { <Field name=name label=label fields=fields.clone() errors=errors.to_vec() /> }
    };
    let hidden = [
        "prompt",
        "asked",
        "asked_temperature",
        "asked_top_p",
        "asked_max_tokens",
        "asked_seed",
    ]
    .map(|name| {
        let value = fields.raw(name).unwrap_or_default().to_owned();
        view! { <input type="hidden" name=name value=value /> }
    });
    view! {
        <form id="playground" method="post" action=action.clone() data-stream=format!("{action}/stream")
            data-shortcuts=(!shortcuts).then_some("off")>
            <Errors errors=errors.to_vec() />
            {hidden.collect_view()}
            <section class="card">
                <div class="row filters">
                    {choice(models, fields, Side::A)}
                    {choice(models, fields, Side::B)}
                </div>
                <TextArea name="text" label=text::PROMPT hint=text::PROMPT_HINT rows=3 fields=fields.clone() errors=errors.to_vec() />
                <div class="row">
                    <button class="primary" name="do" value="answer" data-key=shortcuts.then_some("ctrl+enter")>{text::ANSWER} " " {shortcuts.then(|| view! { <kbd>"Ctrl ↵"</kbd> })}</button>
                    <button type="button" data-stop hidden>{text::STOP}</button>
                </div>
                <details class="more">
                    <summary>{text::MORE}</summary>
                    <div class="settings">
                        {field("temperature", text::TEMPERATURE)}
                        {field("top_p", text::TOP_P)}
                        {field("max_tokens", text::MAX_TOKENS)}
                        {field("seed", text::SEED)}
                    </div>
                    <div class="row filters">
                        <Field name="number" label=text::NUMBER required=false fields=fields.clone() errors=errors.to_vec() />
                        <button name="do" value="take">{text::TAKE}</button>
                    </div>
                </details>
            </section>
            <div class="sides answers">{panes}</div>
            <div data-verdict hidden=!answered>
                {verdict(&action, shortcuts)}
                <TextArea name="reason" label=text::REASON rows=2 fields=fields.clone() errors=errors.to_vec() />
            </div>
            {reward(models, fields, no_heat)}
        </form>
        <Playground />
    }
}

fn options<'a>(served: impl Iterator<Item = &'a Served>) -> Vec<(String, String)> {
    served.map(|it| (it.id.clone(), it.name.clone())).collect()
}

fn choice(models: &Models, fields: &Fields, side: Side) -> impl IntoView + use<> {
    let chosen = models.chosen(fields, side).map(|it| it.id.clone());
    let mut choices = options(models.kind(ModelKind::Policy));
    choices.reverse();
    let label = text::model(side.label());
    view! { <Select name=side.name() label=label choices=choices chosen=chosen.unwrap_or_default() /> }
}

fn pane(
    models: &Models,
    fields: &Fields,
    side: Side,
    problem: Option<String>,
    heat: Option<AnyView>,
) -> impl IntoView + use<> {
    let answer = format!("answer_{}", side.name());
    let asked = format!("asked_{}", side.name());
    let words = fields.raw(&answer).unwrap_or_default().to_owned();
    let by = fields.raw(&asked).unwrap_or_default().to_owned();
    let name = models
        .find(&by, ModelKind::Policy)
        .or_else(|| models.chosen(fields, side))
        .map(|it| it.name.clone());
    let body = match heat {
        Some(heat) => heat,
        None if words.is_empty() => {
            view! { <p class="muted" data-empty>{text::NOTHING_YET}</p> }.into_any()
        }
        None => view! { <Markdown text=words.clone() /> }.into_any(),
    };
    let problem = problem.map(|words| {
        view! { <div class="notice bad" role="alert"><p dir="auto">{words}</p></div> }
    });
    let label = text::response(side.label());
    let heading = label.clone();
    view! {
        <section class=format!("card answer-{}", side.name()) aria-label=label>
            <h2>{heading} " " <small class="muted" dir="auto" data-name=side.name()>{name}</small></h2>
            {problem}
            <div data-pane=side.name() aria-live="off">{body}</div>
            <input type="hidden" name=answer value=words />
            <input type="hidden" name=asked value=by />
        </section>
    }
}

/// Which is better: each button saves it.
fn verdict(action: &str, shortcuts: bool) -> impl IntoView + use<> {
    let to = format!("{action}/prefer");
    let button = |value: String, key: String, words: &'static str| {
        let shown = key.clone();
        view! {
            <button name="strength" value=value formaction=to.clone() data-key=shortcuts.then_some(key)>
                {shortcuts.then(|| view! { <kbd>{shown}</kbd> })} {words}
            </button>
        }
    };
    let scale: Vec<_> = (1..=7_usize)
        .map(|n| button(n.to_string(), n.to_string(), STRENGTH[n - 1]))
        .collect();
    view! {
        <fieldset class="field verdict" id="strength" tabindex="-1">
            <legend>{text::WHICH}</legend>
            <small class="hint">{text::WHICH_HINT}</small>
            <div class="scale">{scale} {button("bad".into(), "0".into(), BOTH_BAD)}</div>
        </fieldset>
    }
}

fn reward(models: &Models, fields: &Fields, problem: Option<String>) -> impl IntoView + use<> {
    let mut choices = options(models.kind(ModelKind::Reward));
    let none = choices.is_empty();
    choices.insert(0, (String::new(), text::NO_REWARD.to_owned()));
    let chosen = fields.get("reward").unwrap_or_default().to_owned();
    let parts = [("words", text::WORDS), ("segments", text::SEGMENTS)];
    let parts = parts.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let part = fields.get("parts").unwrap_or("words").to_owned();
    (!none).then(|| {
        view! {
            <section class="card">
                <h2>{text::HEAT}</h2>
                <p class="muted">{text::HEAT_WORDS}</p>
                {problem.map(|words| view! { <div class="notice bad" role="alert"><p dir="auto">{words}</p></div> })}
                <div class="row filters">
                    <Select name="reward" label=text::REWARD_MODEL choices=choices chosen=chosen />
                    <Select name="parts" label=text::PARTS choices=parts.to_vec() chosen=part />
                    <button name="do" value="heat">{text::SHOW_HEAT}</button>
                </div>
            </section>
        }
    })
}
