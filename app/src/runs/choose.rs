//! Choosing a method: what each needs, and how much of it there is.

use super::{form, snapshot};
use crate::Cx;
use crate::error::Result;
use crate::learning;
use crate::text::runs as text;
use axum::extract::Query;
use axum::response::Response;
use domain::ids::NodeId;
use domain::method::Method;
use domain::run::{Below, Data};
use domain::{Fields, Provenance};
use leptos::prelude::*;

/// The feedback that an address asks for: people's, unless it says otherwise.
pub(super) fn provenances(fields: &Fields) -> Vec<Provenance> {
    let mut named: Vec<_> = fields
        .all("provenance")
        .filter_map(Provenance::parse)
        .collect();
    named.sort();
    named.dedup();
    if named.is_empty() {
        named.push(Provenance::Person);
    }
    named
}

/// `people and simulated annotators`.
pub(super) fn listed(provenances: &[Provenance]) -> String {
    let words: Vec<_> = provenances.iter().map(|it| text::provenance(*it)).collect();
    words.join(", ")
}

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let fields = Fields(pairs);
    if fields.get("method").is_some() || fields.get("clone").is_some() {
        return form::show(&cx, fields).await;
    }
    let provenances = provenances(&fields);
    let below = below(&cx, &fields).await?;
    let data = counted(&cx, &provenances, below.as_ref()).await?;
    let standing = learning::standing(&cx).await?;
    Ok(cx.page(text::NEW, || {
        let cards =
            Method::ALL.map(|method| card(&cx, method, &data, &provenances, below.as_ref()));
        view! {
            <p><a href=cx.at("runs")>{format!("← {}", text::BACK)}</a></p>
            <h1>{text::NEW}</h1>
            {learning::tabs(&cx)}
            {standing.view()}
            <h2>{text::CHOOSE_METHOD}</h2>
            <form class="row filters" method="get" action=cx.at("runs/new")>
                {snapshot::whose(&provenances)}
                {snapshot::under(&cx, below.as_ref())}
                <button>{text::COUNT_AGAIN}</button>
            </form>
            <ul class="cards methods">{cards.collect_view()}</ul>
        }
    }))
}

/// What there is to learn from.
pub(super) async fn counted(
    cx: &Cx,
    provenances: &[Provenance],
    below: Option<&Below>,
) -> Result<Data> {
    let project = &cx.project()?.id;
    let training = cx.store().training(project, provenances, below, i64::MAX);
    Ok(training.await?.data)
}

/// The node whose prompts a run is to learn from, if the address names one that exists.
pub(super) async fn below(cx: &Cx, fields: &Fields) -> Result<Option<Below>> {
    let Some(node) = fields.get("node") else {
        return Ok(None);
    };
    let node = NodeId::from(node);
    Ok(cx.store().below(&cx.project()?.id, &node).await?)
}

fn card(
    cx: &Cx,
    method: Method,
    data: &Data,
    provenances: &[Provenance],
    below: Option<&Below>,
) -> impl IntoView + use<> {
    let mut named: String = provenances
        .iter()
        .map(|it| format!("&provenance={}", it.name()))
        .collect();
    if let Some(below) = below {
        named += &format!("&node={}", below.node);
    }
    let href = cx.at(&format!("runs/new?method={}{named}", method.name()));
    let enough = data.examples.enough_for(method);
    let (class, words) = match &enough {
        Ok(()) => ("badge good", text::ENOUGH.to_owned()),
        Err(_) => ("badge", text::TOO_LITTLE.to_owned()),
    };
    let needs = enough.err().map(|it| text::too_little(&it));
    let name = text::method(method);
    view! {
        <li class="card">
            <h3><a href=href>{name}</a></h3>
            <p>{text::method_words(method)}</p>
            <p>{text::has(method, &data.examples)}<br /><span class=class>{words}</span> {needs}</p>
        </li>
    }
}
