//! The form: what is wanted, of whom, below which node.

use super::job::badge_open;
use super::{address, request};
use crate::error::Result;
use crate::form::Form;
use crate::text::{judging, proposing as text};
use crate::ui::{Choice, Errors, Field, Select, TextArea};
use crate::v1::{Served, serving};
use crate::{Cx, jobs};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::NodeId;
use domain::run::{JobKind, ModelKind};
use domain::taxonomy::{Placing, Request, Task, Tree, Wish, place, realmix, tags};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use std::collections::{BTreeSet, HashMap};
use store::jobs::{Job, NewJob};

/// Tags that are put into the form at once.
const TAGS: usize = 200;
/// Thin leaves that the form lists.
const LISTED: usize = 50;

/// What the form calls its fields.
const LABELS: &[(&str, &str)] = &[
    ("by", text::BY),
    ("which", text::WHICH),
    ("most", text::MOST),
    ("check", text::CHECK),
    ("each", text::EACH),
    ("node", text::NODE),
    ("names", text::NAMES),
    ("model", text::MODEL),
    ("max_tokens", judging::MAX_TOKENS),
    ("price_in", judging::PRICE_IN),
    ("price_out", judging::PRICE_OUT),
];

/// What a model can be asked about.
struct Given {
    task: Task,
    served: Vec<Served>,
    tree: Tree,
    /// How many tags were put into the form, and how many there are.
    tags: Option<(usize, usize)>,
}

impl Given {
    async fn of(cx: &Cx, task: Task) -> Result<Self> {
        let project = &cx.project()?.id;
        let mut served = serving(&cx.app, std::slice::from_ref(project)).await?;
        served.retain(|it| match it.kind {
            ModelKind::Policy => true,
            ModelKind::Encoder => task == Task::Place,
            ModelKind::Reward => false,
        });
        Ok(Self {
            task,
            served,
            tree: cx.store().taxonomy(project).await?.tree,
            tags: None,
        })
    }
}

fn usual(task: Task) -> Fields {
    let mut fields = Fields::from_iter([
        ("temperature", if task == Task::Write { "0.8" } else { "0" }),
        ("max_tokens", "1024"),
        ("seed", "1"),
        ("price_in", "0"),
        ("price_out", "0"),
    ]);
    match task {
        Task::Place => {
            for (name, value) in [
                ("by", "model"),
                ("which", "none"),
                ("most", "200"),
                ("check", "20"),
            ] {
                fields.set(name, value);
            }
        }
        Task::Write => fields.set("each", "3"),
        Task::Insert | Task::Refine => {}
    }
    fields
}

fn task(fields: &Fields) -> Task {
    fields
        .get("do")
        .and_then(Task::parse)
        .unwrap_or(Task::Insert)
}

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let asked = Fields(pairs);
    let task = task(&asked);
    let mut given = Given::of(&cx, task).await?;
    let mut fields = usual(task);
    for name in ["model", "by", "which", "enough"] {
        if let Some(value) = asked.get(name) {
            fields.set(name, value);
        }
    }
    asked.all("node").for_each(|node| fields.push("node", node));
    if task == Task::Insert && asked.ticked("tags") {
        let metadata = cx.store().prompts_metadata(&cx.project()?.id).await?;
        let there: BTreeSet<String> = given.tree.iter().map(|(_, it)| it.name.folded()).collect();
        let mut found = tags(&metadata);
        found.retain(|(name, _)| !there.contains(&name.folded()));
        let names: Vec<&str> = found
            .iter()
            .take(TAGS)
            .map(|(name, _)| name.as_str())
            .collect();
        given.tags = Some((names.len(), found.len()));
        fields.set("names", names.join("\n"));
    }
    page(&cx, StatusCode::OK, given, fields, Vec::new()).await
}

async fn page(
    cx: &Cx,
    status: StatusCode,
    given: Given,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let past = past(cx).await?;
    Ok(cx.page_with(status, text::TITLE, || {
        let body = if given.tree.is_empty() {
            empty(text::NO_TREE, text::NO_TREE_WORDS, &[(text::TO_TREE, cx.at("data/taxonomy"))]).into_any()
        } else if given.served.is_empty() {
            let to = [(judging::TO_MODELS, cx.at("models")), (judging::TO_ENDPOINTS, cx.at("endpoints"))];
            empty(text::NO_MODELS, text::NO_MODELS_WORDS, &to).into_any()
        } else {
            form(cx, &given, &fields, errors).into_any()
        };
        view! {
            <p><a href=cx.at("data/taxonomy")>{format!("← {}", crate::text::taxonomy::TITLE)}</a></p>
            <h1>{text::TITLE}</h1>
            <p class="lead">{text::LEAD}</p>
            {tabs(cx, given.task, &fields)}
            <p>{text::task_words(given.task)}</p>
            {body}
            {past}
        }
    }))
}

fn empty(
    heading: &'static str,
    words: &'static str,
    to: &[(&'static str, String)],
) -> impl IntoView + use<> {
    let links = to.iter().enumerate().map(|(n, (words, href))| {
        let class = if n == 0 { "button primary" } else { "button" };
        view! { <a class=class href=href.clone()>{*words}</a>" " }
    });
    let links = links.collect_view();
    view! { <section class="empty"><h2>{heading}</h2><p>{words}</p><p>{links}</p></section> }
}

fn tabs(cx: &Cx, here: Task, fields: &Fields) -> impl IntoView + use<> {
    let node = fields.get("node").map(|node| format!("&node={node}"));
    let node = node.unwrap_or_default();
    let links = Task::ALL.into_iter().map(|task| {
        let href = format!(
            "{}?do={}{node}",
            cx.at("data/taxonomy/propose"),
            task.name()
        );
        let current = (task == here).then_some("page");
        view! { <li><a href=href aria-current=current>{text::task(task)}</a></li> }
    });
    let links = links.collect_view();
    view! { <nav aria-label=text::TASKS><ul class="tabs">{links}</ul></nav> }
}

fn form(cx: &Cx, given: &Given, fields: &Fields, errors: Vec<Invalid>) -> impl IntoView + use<> {
    let number = |name: &'static str, label: &'static str, hint: &'static str| {
        view! { <Field name=name label=label hint=hint fields=fields.clone() errors=errors.clone() /> }
    };
    let wrong = |name: &str| {
        let wrong = errors.iter().find(|it| it.field == name);
        wrong.map(|it| view! { <small class="error">{it.problem.to_string()}</small> })
    };
    let models: Vec<_> = given
        .served
        .iter()
        .map(|it| {
            let name = match it.kind {
                ModelKind::Encoder => text::encoder(&it.name),
                _ => it.name.clone(),
            };
            (it.id.clone(), name)
        })
        .collect();
    let (label, hint) = match given.task {
        Task::Place => (text::MODEL_PLACE, text::MODEL_PLACE_HINT),
        _ => (text::MODEL, text::MODEL_HINT),
    };
    let chosen = fields.get("model").unwrap_or_default().to_owned();
    let own = match given.task {
        Task::Insert => insert(cx, given, fields, &errors).into_any(),
        Task::Refine => ().into_any(),
        Task::Place => {
            let choices = |all: &[(&str, &str)]| -> Vec<(String, String)> {
                all.iter()
                    .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
                    .collect()
            };
            let by = [Placing::Model, Placing::Embedding].map(|by| (by.name(), text::by(by)));
            let which = [("none", text::WHICH_NONE), ("here", text::WHICH_HERE)];
            view! {
                <Choice name="by" label=text::BY choices=choices(&by) fields=fields.clone() errors=errors.clone() />
                <Choice name="which" label=text::WHICH choices=choices(&which) fields=fields.clone() errors=errors.clone() />
                <div class="settings">
                    {number("most", text::MOST, "")}
                    {number("check", text::CHECK, text::CHECK_HINT)}
                </div>
            }
            .into_any()
        }
        Task::Write => write(
            given,
            fields,
            number("each", text::EACH, text::EACH_HINT).into_any(),
        )
        .into_any(),
    };
    let node = (given.task != Task::Write).then(|| {
        let chosen = fields.get("node").unwrap_or_default().to_owned();
        view! {
            <div class="field">
                <Select name="node" label=text::NODE choices=nodes(given) chosen=chosen />
                <small class="hint">{text::NODE_HINT}</small>
                {wrong("node")}
            </div>
        }
    });
    view! {
        <form method="post" action=cx.at("data/taxonomy/propose")>
            <Errors errors=errors.clone() labels=LABELS />
            <input type="hidden" name="do" value=given.task.name() />
            <section class="card">
                <div class="field">
                    <Select name="model" label=label choices=models chosen=chosen />
                    <small class="hint">{hint}</small>
                    {wrong("model")}
                </div>
                {node}
                {own}
                {(given.task == Task::Write).then(|| wrong("node"))}
            </section>
            <details class="card">
                <summary>{text::SAMPLING}</summary>
                <div class="settings">
                    {number("temperature", judging::TEMPERATURE, "")}
                    {number("max_tokens", judging::MAX_TOKENS, "")}
                    {number("seed", judging::SEED, "")}
                    {number("price_in", judging::PRICE_IN, judging::PRICE_HINT)}
                    {number("price_out", judging::PRICE_OUT, judging::PRICE_HINT)}
                </div>
            </details>
            <p class="row"><button class="primary">{text::START}</button></p>
        </form>
    }
}

/// The nodes that can be chosen: all for new names, else those with something below.
fn nodes(given: &Given) -> Vec<(String, String)> {
    let all = given.tree.in_order().into_iter();
    let fit = all.filter(|(_, it, _)| given.task == Task::Insert || !it.children.is_empty());
    fit.map(|(id, ..)| (id.to_string(), given.tree.path(id)))
        .collect()
}

fn insert(cx: &Cx, given: &Given, fields: &Fields, errors: &[Invalid]) -> impl IntoView + use<> {
    let node = fields.get("node").map(|node| format!("&node={node}"));
    let href = format!(
        "{}?do=insert&tags=on{}",
        cx.at("data/taxonomy/propose"),
        node.unwrap_or_default()
    );
    let taken = given.tags.map(|(taken, all)| {
        view! { <p class="notice" role="status">{text::tags_taken(taken, all)}</p> }
    });
    view! {
        {taken}
        <TextArea name="names" label=text::NAMES hint=text::NAMES_HINT rows=8 fields=fields.clone() errors=errors.to_vec() />
        <p><a href=href>{text::FROM_TAGS}</a></p>
    }
}

/// The thin leaves to tick; those that the address names are ticked, or, where it names none, the first few.
fn write(given: &Given, fields: &Fields, each: AnyView) -> impl IntoView + use<> {
    let named: BTreeSet<&str> = fields.all("node").collect();
    let enough = fields.number::<usize>("enough").ok().flatten();
    let mut thin = realmix::thin(&given.tree, enough.unwrap_or(realmix::ENOUGH));
    // those that are named come first, however many others there are
    thin.sort_by_key(|it| !named.contains(it.node.as_str()));
    let none = thin.is_empty();
    let rows = thin.iter().take(LISTED.max(named.len())).map(|it| {
        let checked = named.contains(it.node.as_str());
        view! {
            <label class="choice">
                <input type="checkbox" name="node" value=it.node.to_string() checked=checked />
                <span><span dir="auto">{given.tree.path(&it.node)}</span>" "<span class="badge">{text::thin(it.prompts)}</span></span>
            </label>
        }
    });
    let rows = rows.collect_view();
    let list = if none {
        view! { <p class="muted">{text::NO_THIN}</p> }.into_any()
    } else {
        view! { <fieldset class="field thin-nodes" id="node"><legend>{text::THIN}</legend><div class="choices">{rows}</div></fieldset> }
            .into_any()
    };
    view! { {list} <div class="settings">{each}</div> }
}

pub(super) async fn start(cx: Cx, Form(fields): Form) -> Result<Response> {
    let task = task(&fields);
    let given = Given::of(&cx, task).await?;
    let mut wrong = Vec::new();
    let request = Request::parse(task, &fields).map_err(|problems| wrong.extend(problems));
    let request = request
        .ok()
        .map(|request| named(request, &given, &mut wrong));
    let (Some(request), true) = (request, wrong.is_empty()) else {
        return page(&cx, StatusCode::UNPROCESSABLE_ENTITY, given, fields, wrong).await;
    };
    enqueue(&cx, &request).await
}

/// With the names of who is asked and of what it is about, if all that exists and fits.
fn named(request: Request, given: &Given, wrong: &mut Vec<Invalid>) -> Request {
    let served = given.served.iter().find(|it| it.id == request.model);
    match served.map(|it| it.kind) {
        None => wrong.push(Invalid::other("model", text::NO_SUCH)),
        Some(ModelKind::Encoder) if !request.wish.is_by_embedding() => {
            wrong.push(Invalid::other("model", text::ENCODER_ANSWERS_NOT));
        }
        Some(_) => {}
    }
    let tree = &given.tree;
    let nodes: Vec<&NodeId> = request.wish.nodes().iter().collect();
    let gone = nodes.iter().any(|node| tree.get(node).is_err());
    let levels = |node: &NodeId| {
        tree.subtree(node)
            .iter()
            .any(|it| tree.below(Some(it)).len() > 1)
    };
    match (&request.wish, gone) {
        (_, true) => wrong.push(Invalid::other("node", text::NO_NODE)),
        (Wish::Place { node, .. }, _) if place::leaves(tree, node).is_empty() => {
            wrong.push(Invalid::other("node", text::NOTHING_BELOW));
        }
        (Wish::Refine { node }, _) if !levels(node) => {
            wrong.push(Invalid::other("node", text::ONE_BELOW));
        }
        _ => {}
    }
    let first = nodes
        .first()
        .map_or_else(String::new, |node| tree.path(node));
    let about = text::several(&first, nodes.len().saturating_sub(1));
    Request {
        name: served.map_or_else(String::new, |it| it.name.clone()),
        about,
        ..request
    }
}

/// Puts a request into the queue and leads to its job.
pub(super) async fn enqueue(cx: &Cx, request: &Request) -> Result<Response> {
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    let new = NewJob {
        kind: JobKind::Taxonomy,
        project: Some(project),
        run: None,
        model: None,
        payload: serde_json::to_value(request).map_err(crate::Error::internal)?,
        account: Some(user),
    };
    let job = cx.store().add_job(&new, now).await?;
    let detail = text::about(request);
    cx.store()
        .audit(
            Some(project),
            Some(user),
            "propose",
            &request.name,
            &detail,
            now,
        )
        .await?;
    Ok(cx.redirect(&address(cx, &job)))
}

/// The jobs of this project, as a table; nothing where there are none.
async fn past(cx: &Cx) -> Result<AnyView> {
    let all = jobs::all(cx, JobKind::Taxonomy).await?;
    let (project, mut open) = (&cx.project()?.id, HashMap::new());
    for job in &all {
        let [count, ..] = cx.store().proposal_counts(project, &job.id).await?;
        open.insert(job.id.clone(), count);
    }
    let name =
        |job: &Job| request(job).map_or_else(|| text::UNREADABLE.to_owned(), |it| text::about(&it));
    let mark = |job: &Job| badge_open(open[&job.id]).map(IntoAny::into_any);
    let heads = [text::ABOUT, text::PROGRESS];
    Ok(jobs::list(
        cx,
        &all,
        "data/taxonomy/proposals",
        heads,
        name,
        mark,
    ))
}
