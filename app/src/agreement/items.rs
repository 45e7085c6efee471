//! The items behind a number: those on which people's answers differ.

use super::page::encode;
use super::{Asked, Pairs, readings};
use crate::Cx;
use crate::error::{Error, Result};
use crate::text::agreement as text;
use axum::extract::Query;
use axum::response::Response;
use domain::{Fields, Kind};
use leptos::prelude::*;
use store::reports::Readings;
use store::reports::agreement::Disagreement;

const PAGE: usize = 50;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let fields = Fields(pairs);
    let asked = Asked::from(&fields);
    let kind = fields
        .get("of")
        .and_then(Kind::parse)
        .ok_or(Error::NotFound)?;
    let question = fields.get("question").ok_or(Error::NotFound)?.to_owned();
    let readings = readings(&cx, &asked).await?;
    let number = readings
        .question_number(kind, &question)
        .ok_or(Error::NotFound)?;
    let pair = fields.get("one").zip(fields.get("other"));
    let mut found = readings.disagreements(number, pair);
    let skip: usize = fields.number("skip").ok().flatten().unwrap_or(0);
    let more = found.len() > skip + PAGE;
    found = found.into_iter().skip(skip).take(PAGE).collect();
    let prompts: Vec<_> = found
        .iter()
        .map(|d| readings.items[d.item].prompt.clone())
        .collect();
    let previews = cx
        .store()
        .prompt_previews(&cx.project()?.id, &prompts)
        .await?;
    let name = |id: &str| {
        let person = readings.people.iter().find(|p| p.annotator == id);
        person.map_or_else(|| id.to_owned(), |p| p.name.clone())
    };
    let whose = pair.map_or_else(
        || text::ITEMS_OF_ALL.to_owned(),
        |(one, other)| text::items_of(&name(one), &name(other)),
    );
    let here = cx.at("agreement");
    let pair_query = pair.map_or_else(String::new, |(one, other)| {
        format!("&one={}&other={}", encode(one), encode(other))
    });
    let next = more.then(|| {
        let skip = skip + PAGE;
        format!(
            "{here}/items?{}&of={}&question={}{pair_query}&skip={skip}",
            asked.query(),
            kind.name(),
            encode(&question)
        )
    });
    Ok(cx.page(text::ITEMS_TITLE, || {
        let rows = found.iter().zip(previews).map(|(d, preview)| row(&cx, &readings, d, preview));
        let none = found.is_empty();
        view! {
            <p><a href=format!("{here}?{}", asked.query())>{text::BACK}</a></p>
            <h1>{text::ITEMS_TITLE}</h1>
            <p class="lead" dir="auto">{text::question(kind, &question)} ". " {whose} "."</p>
            {none.then(|| view! { <p>{text::ITEMS_NONE}</p> })}
            {(!none).then(|| view! {
                <div class="table" tabindex="0" role="region" aria-label=text::ITEMS_TITLE>
                    <table>
                        <thead><tr><th scope="col">{text::ITEM}</th><th scope="col">{text::ANSWERS}</th></tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            })}
            {next.map(|next| view! { <p><a class="button" href=next>{text::NEXT}</a></p> })}
        }
    }))
}

fn row(cx: &Cx, readings: &Readings, it: &Disagreement, preview: String) -> impl IntoView + use<> {
    let item = &readings.items[it.item];
    let href = match &item.task {
        Some(task) => cx.at(&format!("review/{task}")),
        None => cx.at(&format!("data/{}", item.prompt)),
    };
    let answers = it.answers.iter().map(|&(person, category)| {
        let name = readings.people[person].name.clone();
        let said = readings.categories[category].clone();
        view! { <li><span class="muted" dir="auto">{name} ": "</span><strong dir="auto">{said}</strong></li> }
    });
    view! {
        <tr>
            <th scope="row"><a href=href dir="auto">{preview}</a></th>
            <td><ul class="plain">{answers.collect_view()}</ul></td>
        </tr>
    }
}
