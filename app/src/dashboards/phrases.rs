//! The phrases people use most about what is wrong, each with the remarks it stands in.

use super::asked::Asked;
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::text::dashboards as text;
use crate::ui::Select;
use axum::extract::Query;
use axum::response::Response;
use domain::Fields;
use domain::phrases::{Phrase, phrases};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::reports::drill::Problem;
use store::reports::standings::Board;

const PAGE: &str = "dashboards/phrases";
/// Phrases on the page.
const SHOWN: usize = 40;
/// Remarks shown below a phrase.
const REMARKS: usize = 12;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let model = asked
        .fields
        .get("model")
        .and_then(|n| n.parse::<i64>().ok());
    let (board, (problems, capped)) = match (&asked.judge, asked.of(&cx)) {
        (Some(judge), Some(of)) => (
            cx.store().board(of).await?,
            cx.store()
                .problems(of.project, of.node, judge.provenance, model)
                .await?,
        ),
        _ => (Board::default(), (Vec::new(), false)),
    };
    // thousands of remarks: not on the threads that answer requests
    let (problems, found) = tokio::task::spawn_blocking(move || {
        let found = phrases(problems.iter().map(|it| it.text.as_str()), SHOWN);
        (problems, found)
    })
    .await
    .map_err(Error::internal)?;
    let sheet = sheet(&problems, &found);
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::PHRASES, || {
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if problems.is_empty() {
            view! { {asked.walk(&cx, PAGE)}<p>{text::NO_REMARKS}</p> }.into_any()
        } else {
            let rows: Vec<_> = found.iter().map(|it| row(&cx, &problems, it)).collect();
            let none = found
                .is_empty()
                .then(|| view! { <p>{text::NO_PHRASES}</p> });
            let list = (!found.is_empty()).then(|| {
                view! {
                    <div class="table" tabindex="0" role="region" aria-label=text::PHRASES>
                        <table>
                            <thead><tr>
                                <th scope="col">{text::PHRASE}</th>
                                <th scope="col" class="number">{text::REMARKS}</th>
                                <th scope="col" class="number">{text::PROMPTS}</th>
                                <th scope="col">{text::WORDS}</th>
                            </tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
            });
            view! {
                {asked.walk(&cx, PAGE)}
                <p class="dash-facts">{text::phrases_of(problems.len(), capped)}</p>
                {none}
                {list}
                {asked.save(&cx, PAGE, false)}
            }
            .into_any()
        };
        let mut choices = vec![(String::new(), text::ALL_MODELS.to_owned())];
        choices.extend(
            board
                .lines
                .iter()
                .map(|it| (it.entrant.to_string(), it.name.clone())),
        );
        let chosen = model.map(|it| it.to_string()).unwrap_or_default();
        let pick = asked.judge.is_some().then(
            || view! { <Select name="model" label=text::MODEL choices=choices chosen=chosen /> },
        );
        view! { {asked.head(&cx, PAGE, text::PHRASES, text::LEAD_PHRASES, pick)}{body} }
    }))
}

/// In how many prompts a phrase stands.
fn prompts(problems: &[Problem], phrase: &Phrase) -> usize {
    let prompts: BTreeSet<&str> = phrase
        .remarks
        .iter()
        .map(|&n| problems[n].prompt.as_str())
        .collect();
    prompts.len()
}

fn row(cx: &Cx, problems: &[Problem], phrase: &Phrase) -> impl IntoView + use<> {
    let remarks: Vec<_> = phrase
        .remarks
        .iter()
        .take(REMARKS)
        .map(|&n| {
            let it = &problems[n];
            let href = cx.at(&format!("data/prompts/{}#said-{}", it.prompt, it.annotation));
            view! {
                <li><span class="verbatim" dir="auto">{it.text.clone()}</span>" "<a href=href>{text::prompt(it.number)}</a></li>
            }
        })
        .collect();
    view! {
        <tr>
            <th scope="row" dir="auto">{phrase.words.clone()}</th>
            <td class="number">{phrase.remarks.len()}</td>
            <td class="number">{prompts(problems, phrase)}</td>
            <td><details><summary>{text::SHOW}</summary><ul>{remarks}</ul></details></td>
        </tr>
    }
}

fn sheet(problems: &[Problem], found: &[Phrase]) -> Sheet {
    let number = |n: usize| count(i64::try_from(n).unwrap_or(i64::MAX));
    let rows = found.iter().map(|it| {
        vec![
            it.words.as_str().into(),
            number(it.remarks.len()),
            number(prompts(problems, it)),
        ]
    });
    Sheet {
        name: "phrases",
        columns: vec!["phrase", "remarks", "prompts"],
        rows: rows.collect(),
        picture: None,
        title: text::PHRASES.to_owned(),
    }
}
