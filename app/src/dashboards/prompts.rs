//! The way down: a node's prompts, and everything that was judged about one, with the words.

use super::asked::Asked;
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::{Pairs, encode};
use crate::data::hides_names;
use crate::error::{Error, Result};
use crate::text::dashboards as text;
use crate::ui::{Markdown, Select, time};
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::Fields;
use domain::ids::PromptId;
use leptos::prelude::*;
use store::browse::Prompt;
use store::evaluation::Judge;
use store::reports::drill::{Below, Said};
use store::reports::standings::Board;

const PAGE: &str = "dashboards/prompts";
/// Prompts on a page.
const SHOWN: i64 = 25;
/// So many verdicts of a prompt are shown.
const VERDICTS: i64 = 200;

pub(super) async fn list(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let model = asked
        .fields
        .get("model")
        .and_then(|n| n.parse::<i64>().ok());
    let skip: i64 = asked
        .fields
        .number("skip")
        .ok()
        .flatten()
        .unwrap_or(0)
        .max(0);
    let (board, mut found) = match asked.of(&cx) {
        Some(of) => (
            cx.store().board(of).await?,
            cx.store().prompts_below(of, model, skip, SHOWN + 1).await?,
        ),
        None => (Board::default(), Vec::new()),
    };
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let sheet = sheet(&found, model.is_some());
    if let Some(file) = sheet.asked(&cx, &asked.fields).await {
        return Ok(file);
    }
    Ok(cx.page(text::PROMPTS, || {
        let chosen = model.map(|it| it.to_string()).unwrap_or_default();
        let mut choices = vec![(String::new(), text::ALL_MODELS.to_owned())];
        choices.extend(board.lines.iter().map(|it| (it.entrant.to_string(), it.name.clone())));
        let body = if asked.judge.is_none() {
            Asked::empty(&cx).into_any()
        } else if found.is_empty() {
            view! { {asked.walk(&cx, PAGE)}<p>{text::NONE_HERE}</p> }.into_any()
        } else {
            let next = more.then(|| {
                let chosen = encode(&chosen);
                let href = format!("{}{}&model={chosen}&skip={}", cx.at(PAGE), asked.query(Some(asked.node_id())), skip + SHOWN);
                view! { <p><a class="button" href=href>{text::MORE}</a></p> }
            });
            view! {
                {asked.walk(&cx, PAGE)}
                {table(&cx, &asked, &found, model.is_some())}
                {next}
                {asked.save(&cx, PAGE, false)}
            }
            .into_any()
        };
        let pick = asked.judge.is_some()
            .then(|| view! { <Select name="model" label=text::MODEL choices=choices chosen=chosen.clone() /> });
        view! { {asked.head(&cx, PAGE, text::PROMPTS, text::LEAD_PROMPTS, pick)}{body} }
    }))
}

fn table(cx: &Cx, asked: &Asked, found: &[Below], of_model: bool) -> impl IntoView + use<> {
    let rows: Vec<_> = found
        .iter()
        .map(|it| {
            let href = format!(
                "{}/{}{}",
                cx.at(PAGE),
                it.id,
                asked.query(Some(asked.node_id()))
            );
            let record = of_model.then(|| {
                it.record
                    .map(|n| view! { <td class="number">{n}</td> })
                    .collect_view()
            });
            view! {
                <tr>
                    <th scope="row"><a href=href dir="auto">{it.preview.clone()}</a></th>
                    <td class="number">{it.verdicts}</td>
                    {record}
                    <td class="number">{it.judgments}</td>
                </tr>
            }
        })
        .collect();
    let record = of_model.then(|| {
        [text::WON, text::TIED, text::LOST]
            .map(|words| view! { <th scope="col" class="number">{words}</th> })
            .collect_view()
    });
    view! {
        <div class="table" tabindex="0" role="region" aria-label=text::PROMPTS>
            <table>
                <thead><tr>
                    <th scope="col">{text::PROMPT}</th>
                    <th scope="col" class="number">{text::SAID}</th>
                    {record}
                    <th scope="col" class="number">{text::JUDGMENTS}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn sheet(found: &[Below], of_model: bool) -> Sheet {
    let rows = found.iter().map(|it| {
        let mut cells = vec![
            count(it.number),
            it.id.as_str().into(),
            it.preview.as_str().into(),
            count(it.verdicts),
            count(it.judgments),
        ];
        if of_model {
            cells.extend(it.record.map(count));
        }
        cells
    });
    let mut columns = vec!["number", "prompt", "preview", "verdicts", "judgments"];
    if of_model {
        columns.extend(["won", "tied", "lost"]);
    }
    Sheet {
        name: "prompts",
        columns,
        rows: rows.collect(),
        picture: None,
        title: text::PROMPTS.to_owned(),
    }
}

pub(super) async fn one(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Result<Response> {
    let project = &cx.project()?.id;
    let id = PromptId(id);
    let prompt = cx
        .store()
        .prompt(project, &id)
        .await?
        .ok_or(Error::NotFound)?;
    let said = cx.store().said_of(project, &id, VERDICTS).await?;
    let asked = Asked::read(&cx, Fields(pairs)).await?;
    let hide = hides_names(&cx);
    let title = text::prompt(prompt.number);
    Ok(cx.page(&title, || {
        let back = format!("{}{}", cx.at(PAGE), asked.query(Some(asked.node_id())));
        let open = cx.at(&format!("data/prompts/{id}"));
        let none = said.is_empty().then(|| view! { <p>{text::NONE_HERE}</p> });
        let rows: Vec<_> = said.iter().map(|it| row(&cx, &prompt, &asked.judges, it, hide)).collect();
        let table = (!said.is_empty()).then(|| {
            view! {
                <div class="table" tabindex="0" role="region" aria-label=text::SAID>
                    <table>
                        <thead><tr>
                            <th scope="col">{text::BY}</th>
                            <th scope="col">{text::ASPECT}</th>
                            <th scope="col">{text::VERDICT}</th>
                            <th scope="col">{text::WORDS}</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
        });
        let asked_text = prompt.messages.iter().map(|it| it.content.clone()).collect::<Vec<_>>().join("\n\n");
        let responses: Vec<_> = prompt.responses.iter().enumerate().map(|(n, it)| {
            view! { <details class="card"><summary><strong dir="auto">{name(&prompt, &it.id.0, hide, n)}</strong></summary><Markdown text=it.text.clone() /></details> }
        }).collect();
        view! {
            <p><a href=back>{text::PROMPTS}</a></p>
            <h1>{title.clone()}</h1>
            <section class="card"><Markdown text=asked_text /></section>
            <p><a class="button" href=open.clone()>{text::OPEN_PROMPT}</a></p>
            <h2>{text::SAID}</h2>
            {none}
            {table}
            <h2>{text::RESPONSES}</h2>
            {responses}
        }
    }))
}

/// What a response is called: its letter, and its source where that is not hidden.
fn name(prompt: &Prompt, id: &str, hide: bool, n: usize) -> String {
    let letter = u32::try_from(n.min(25)).unwrap_or(0);
    let letter = char::from_u32(u32::from('A') + letter).unwrap_or('?');
    match prompt.responses.iter().find(|it| it.id.0 == id) {
        Some(it) if !hide => format!("{letter} · {}", it.source),
        _ => letter.to_string(),
    }
}

fn row(cx: &Cx, prompt: &Prompt, judges: &[Judge], it: &Said, hide: bool) -> impl IntoView + use<> {
    let named = |id: &String| {
        let n = prompt.responses.iter().position(|it| it.id.0 == *id);
        name(prompt, id, hide, n.unwrap_or(25))
    };
    let judge = judges
        .iter()
        .find(|judge| judge.id == it.judge)
        .map(|judge| {
            text::judge(
                judge.kind.name(),
                &judge.name,
                &judge.version,
                judge.provenance,
            )
        });
    let by = match &it.annotator {
        Some(name) if !hide => format!("{} · {name}", judge.unwrap_or_default()),
        _ => judge.unwrap_or_default(),
    };
    let names: Vec<String> = it.responses.iter().map(named).collect();
    let verdict = match (&names[..], it.outcome, it.score) {
        ([one, other], Some((share, _)), _) if (share - 0.5).abs() < 1e-9 => text::tied(one, other),
        ([one, other], Some((share, margin)), _) if share > 0.5 => text::better(one, other, margin),
        ([one, other], Some((_, margin)), _) => text::better(other, one, margin),
        ([one], _, Some((score, low, high))) => text::scored(one, score, low, high),
        _ => String::new(),
    };
    let href = it
        .annotation
        .as_ref()
        .map(|annotation| cx.at(&format!("data/prompts/{}#said-{annotation}", prompt.id)));
    let verdict = match href {
        Some(href) => view! { <a href=href dir="auto">{verdict}</a> }.into_any(),
        None => view! { <span dir="auto">{verdict}</span> }.into_any(),
    };
    let aspect = if it.aspect.is_empty() {
        text::OVERALL.to_owned()
    } else {
        it.aspect.clone()
    };
    let raw = it.raw.clone().map(|raw| {
        view! { <details><summary>{text::RAW}</summary><pre class="verbatim" dir="auto">{raw}</pre></details> }
    });
    let marks = (!it.marks.is_empty()).then(|| {
        let marks = it.marks.iter().map(|mark| {
            view! { <li dir="auto">{text::mark(&mark.text, mark.weight, mark.score)}</li> }
        });
        view! { <details><summary>{text::MARKS}</summary><ul>{marks.collect_view()}</ul></details> }
    });
    view! {
        <tr>
            <td dir="auto">{by}<br /><span class="small muted">{time::minute(it.at)}</span></td>
            <td dir="auto">{aspect}</td>
            <td>{verdict}</td>
            <td class="dash-words"><span class="verbatim" dir="auto">{it.words.clone()}</span>{marks}{raw}</td>
        </tr>
    }
}
