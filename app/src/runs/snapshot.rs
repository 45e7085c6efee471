//! What a run stands on, in words; and the question whose feedback that is to be.

use super::choose::listed;
use crate::Cx;
use crate::text::runs as text;
use domain::Provenance;
use domain::run::{Below, Data};
use leptos::prelude::*;

/// Whose feedback: people's is ticked at first, and nothing else.
pub(super) fn whose(ticked: &[Provenance]) -> impl IntoView + use<> {
    let boxes = Provenance::ALL.map(|it| {
        let checked = ticked.contains(&it);
        view! { <label class="choice"><input type="checkbox" name="provenance" value=it.name() checked=checked /><span>{text::provenance(it)}</span></label> }
    });
    view! {
        <fieldset class="field" id="provenance" tabindex="-1">
            <legend>{text::WHOSE}</legend>
            <small class="hint">{text::WHOSE_HINT}</small>
            <div class="choices">{boxes.collect_view()}</div>
        </fieldset>
    }
}

/// The part of the taxonomy that is learnt from, kept in the form, with the way to all of it.
pub(super) fn under(cx: &Cx, below: Option<&Below>) -> impl IntoView + use<> {
    below.map(|below| {
        view! {
            <p class="notice">
                <input type="hidden" name="node" value=below.node.to_string() />
                <span dir="auto">{text::under(&below.path)}</span>" "<a href=cx.at("runs/new")>{text::EVERYTHING}</a>
            </p>
        }
    })
}

/// Whose feedback, how much, how far people agreed.
pub(super) fn facts(data: &Data) -> impl IntoView + use<> {
    let by: Vec<String> = data
        .by_provenance
        .iter()
        .map(|(it, count)| format!("{}: {count}", text::provenance(*it)))
        .collect();
    let by = if by.is_empty() {
        listed(&data.provenances)
    } else {
        by.join(", ")
    };
    let it = data.examples;
    let examples: Vec<String> = [
        (it.pairs, "preferences"),
        (it.ties, "ties"),
        (it.refinements, "refinements"),
        (it.demonstrations, "demonstrations"),
        (it.critiques, "critiques"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let agreement = data.agreement.map_or_else(
        || text::NO_AGREEMENT.to_owned(),
        |it| text::alpha(it.alpha, it.interval, it.items),
    );
    let hash: String = data.hash.chars().take(12).collect();
    view! {
        <dl class="facts">
            <div><dt>{text::BY}</dt><dd>{by}</dd></div>
            {data.below.as_ref().map(|it| view! { <div><dt>{text::UNDER}</dt><dd dir="auto">{it.path.clone()}</dd></div> })}
            <div><dt>{text::ANNOTATIONS}</dt><dd>{data.annotations}</dd></div>
            <div><dt>{text::ANNOTATORS}</dt><dd>{data.annotators}</dd></div>
            <div><dt>{text::EXAMPLES}</dt><dd>{examples.join(", ")}</dd></div>
            <div><dt>{text::AGREEMENT}</dt><dd>{agreement}</dd></div>
            {(!hash.is_empty()).then(|| view! { <div><dt>{text::HASH}</dt><dd><code>{hash}</code></dd></div> })}
        </dl>
    }
}
