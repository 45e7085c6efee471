//! The list of prompts: search, filters, pages.

use super::hides_names;
use crate::Cx;
use crate::error::Result;
use crate::text::data as text;
use axum::extract::Query;
use axum::response::Response;
use domain::{Fields, Kind, Provenance, Right};
use leptos::prelude::*;
use store::browse::{Choices, Filter, Line, Page};

/// The filter that an address asks for.
fn filter(fields: &Fields, hide: bool) -> Filter {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    Filter {
        words: text("words"),
        source: if hide { String::new() } else { text("source") },
        language: text("language"),
        path: text("topic"),
        kind: fields.get("kind").and_then(Kind::parse),
        provenance: fields.get("provenance").and_then(Provenance::parse),
        feedback: match fields.get("feedback") {
            Some("some") => Some(true),
            Some("none") => Some(false),
            _ => None,
        },
        unplaced: false,
    }
}

pub(super) async fn show(cx: Cx, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response> {
    let fields = Fields(pairs);
    let project = &cx.project()?.id;
    let after = fields.number("after").ok().flatten().unwrap_or(-1);
    let filter = filter(&fields, hides_names(&cx));
    let page = cx.store().browse(project, &filter, after).await?;
    let choices = cx.store().choices(project).await?;
    let counts = cx.store().data_counts(project).await?;
    Ok(cx.page(text::DATA, || {
        let empty = counts[0] == 0;
        view! {
            <div class="page-head">
                <div>
                    <h1>{text::DATA}</h1>
                    <p class="muted">{text::counts(counts)}</p>
                </div>
                {actions(&cx, empty)}
            </div>
            {if empty { nothing(&cx).into_any() } else { list(&cx, &fields, choices, page).into_any() }}
        }
    }))
}

fn actions(cx: &Cx, empty: bool) -> impl IntoView + use<> {
    let (import, export) = (cx.at("data/import"), cx.at("data/export"));
    let (simulate, taxonomy) = (cx.at("simulate"), cx.at("data/taxonomy"));
    let tree = view! { <a class="button" href=taxonomy>{crate::text::taxonomy::LINK}</a> };
    if !cx.may(Right::Data) {
        return view! { <div class="row">{tree}</div> }.into_any();
    }
    view! {
        <div class="row">
            {tree}
            {(!empty).then(|| view! {
                <a class="button" href=simulate>{crate::text::simulate::LINK}</a>
                <a class="button" href=export>{text::EXPORT}</a>
            })}
            <a class="button primary" href=import>{text::IMPORT}</a>
        </div>
    }
    .into_any()
}

fn nothing(cx: &Cx) -> impl IntoView + use<> {
    let words = if cx.may(Right::Data) {
        text::EMPTY_WORDS
    } else {
        text::EMPTY_ASK
    };
    view! { <section class="empty"><h2>{text::EMPTY}</h2><p>{words}</p></section> }
}

fn list(cx: &Cx, fields: &Fields, choices: Choices, page: Page) -> impl IntoView + use<> {
    let address = cx.at("data");
    let nothing = page.lines.is_empty();
    let found = page.found.map(text::found);
    let later = fields.get("after").is_some();
    let mut next = fields.clone();
    let next = page.next.map(|number| {
        next.set("after", number.to_string());
        format!("{address}?{}", query(&next))
    });
    let first = later.then(|| {
        let mut first = fields.clone();
        first.0.retain(|(name, _)| name != "after");
        format!("{address}?{}", query(&first))
    });
    let lines = page
        .lines
        .into_iter()
        .map(|line| row(&address, line))
        .collect_view();
    view! {
        {form(cx, fields, choices)}
        {found.map(|words| view! { <p class="muted" role="status">{words}</p> })}
        {nothing.then(|| view! { <section class="empty"><h2>{text::NOTHING_FOUND}</h2><p>{text::NOTHING_FOUND_WORDS}</p></section> })}
        <ol class="prompts">{lines}</ol>
        <nav class="row" aria-label=text::NEXT_PAGE>
            {first.map(|href| view! { <a class="button" href=href>{text::FIRST_PAGE}</a> })}
            {next.map(|href| view! { <a class="button" href=href rel="next">{text::NEXT_PAGE}</a> })}
        </nav>
    }
}

/// The fields as a query string.
pub(crate) fn query(fields: &Fields) -> String {
    let escape = |text: &str| -> String {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    fields
        .0
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn row(address: &str, line: Line) -> impl IntoView + use<> {
    let href = format!("{address}/prompts/{}", line.id);
    let said = text::annotations(line.annotations);
    let badge = if line.annotations == 0 {
        "badge"
    } else {
        "badge good"
    };
    view! {
        <li>
            <span class="muted number">{line.number}</span>
            <a href=href dir="auto">{line.preview}</a>
            <span class="badges">
                {line.written_by.map(|model| view! { <span class="badge gold" title=model>{text::WRITTEN}</span> })}
                {line.language.map(|language| view! { <span class="badge">{language}</span> })}
                <span class="badge">{text::responses(line.responses)}</span>
                <span class=badge>{said}</span>
            </span>
        </li>
    }
}

/// A list of choices with "any" on top.
pub(super) fn select(
    name: &'static str,
    label: &'static str,
    any: &'static str,
    choices: Vec<(String, String)>,
    fields: &Fields,
) -> impl IntoView + use<> {
    let chosen = fields.get(name).unwrap_or_default().to_owned();
    let options = choices
        .into_iter()
        .map(|(value, words)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{words}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select id=name name=name>
                {(!any.is_empty()).then(|| view! { <option value="">{any}</option> })}
                {options}
            </select>
        </div>
    }
}

fn form(cx: &Cx, fields: &Fields, choices: Choices) -> impl IntoView + use<> {
    let same = |names: Vec<String>| {
        names
            .into_iter()
            .map(|n| (n.clone(), n))
            .collect::<Vec<_>>()
    };
    let sources: Vec<_> = choices
        .sources
        .into_iter()
        .map(|(id, name)| (id.0, name))
        .collect();
    let kinds = Kind::ALL.map(|kind| (kind.name().to_owned(), text::kind(kind).to_owned()));
    let provenances =
        Provenance::ALL.map(|p| (p.name().to_owned(), text::provenance(p).to_owned()));
    let feedback = [("some", text::HAS), ("none", text::HAS_NONE)]
        .map(|(value, words)| (value.to_owned(), words.to_owned()));
    let words = fields.get("words").unwrap_or_default().to_owned();
    let filtered = fields.0.iter().any(|(_, value)| !value.is_empty());
    let sources = (!hides_names(cx) && !sources.is_empty())
        .then(|| select("source", text::SOURCE, text::ANY, sources, fields));
    let languages = (!choices.languages.is_empty()).then(|| {
        select(
            "language",
            text::LANGUAGE,
            text::ANY,
            same(choices.languages),
            fields,
        )
    });
    let topics = (!choices.paths.is_empty())
        .then(|| select("topic", text::TOPIC, text::ANY, same(choices.paths), fields));
    view! {
        <form class="card finder" method="get" action=cx.at("data") role="search">
            <div class="field words">
                <label for="words">{text::SEARCH_LABEL}</label>
                <input id="words" name="words" type="search" value=words dir="auto" autocomplete="off" />
            </div>
            {sources}
            {languages}
            {topics}
            {select("kind", text::KIND, text::ANY, kinds.into(), fields)}
            {select("provenance", text::PROVENANCE, text::ANY, provenances.into(), fields)}
            {select("feedback", text::FEEDBACK, text::ANY, feedback.into(), fields)}
            <div class="row">
                <button class="primary">{text::FILTER}</button>
                {filtered.then(|| view! { <a class="button quiet" href=cx.at("data")>{text::CLEAR}</a> })}
            </div>
        </form>
    }
}
