//! The list: the most disputed first.

use crate::Cx;
use crate::agreement::Pairs;
use crate::error::Result;
use crate::text::{agreement, review as text};
use axum::extract::Query;
use axum::response::Response;
use domain::{Fields, Kind};
use leptos::prelude::*;
use store::reports::disputes::{Dispute, Stage};

const PAGE: usize = 50;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let fields = Fields(pairs);
    let project = cx.project()?;
    let stage = fields
        .get("stage")
        .and_then(Stage::parse)
        .unwrap_or(Stage::Open);
    let kind = fields.get("kind").and_then(Kind::parse);
    let skip: usize = fields.number("skip").ok().flatten().unwrap_or(0);
    let all = cx
        .store()
        .disputes(&project.id, &project.settings, stage, kind)
        .await?;
    let total = all.len();
    let shown: Vec<Dispute> = all.into_iter().skip(skip).take(PAGE).collect();
    let prompts: Vec<_> = shown.iter().map(|d| d.prompt.clone()).collect();
    let previews = cx.store().prompt_previews(&project.id, &prompts).await?;
    let here = cx.at("review");
    let next = (total > skip + PAGE).then(|| {
        let kind = kind.map_or("", Kind::name);
        format!(
            "{here}?stage={}&kind={kind}&skip={}",
            stage.name(),
            skip + PAGE
        )
    });
    Ok(cx.page(text::TITLE, || {
        let rows = shown.into_iter().zip(previews).map(|(dispute, preview)| row(&cx, dispute, preview));
        let rows = rows.collect_view();
        view! {
            <div class="page-head"><h1>{text::TITLE}</h1></div>
            <p class="lead">{text::LEAD}</p>
            {filter(&here, stage, kind)}
            <p class="muted" role="status">{text::found(total)}</p>
            {(total == 0).then(|| view! { <section class="empty"><h2>{text::NONE}</h2><p>{text::none_words(stage.name())}</p></section> })}
            {(total > 0).then(|| view! {
                <div class="table" tabindex="0" role="region" aria-label=text::TITLE>
                    <table>
                        <thead><tr>
                            <th scope="col">{text::ITEM}</th>
                            <th scope="col" class="number">{text::ANSWERS}</th>
                            <th scope="col">{text::DIFFER}</th>
                            <th scope="col">{text::STATE}</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            })}
            {next.map(|next| view! { <p><a class="button" href=next>{text::NEXT}</a></p> })}
        }
    }))
}

fn filter(here: &str, stage: Stage, kind: Option<Kind>) -> impl IntoView + use<> {
    let stages = Stage::ALL.map(|one| {
        view! { <option value=one.name() selected=one == stage>{text::stage(one.name())}</option> }
    });
    let kinds = Kind::ALL.map(|one| {
        view! { <option value=one.name() selected=Some(one) == kind>{agreement::kind(one)}</option> }
    });
    view! {
        <form class="row report-filters" method="get" action=here.to_owned()>
            <label>{text::SHOW_WHICH} <select name="stage">{stages}</select></label>
            <label>{agreement::KIND} <select name="kind"><option value="">{agreement::ALL_KINDS}</option>{kinds}</select></label>
            <button>{agreement::SHOW}</button>
        </form>
    }
}

fn row(cx: &Cx, it: Dispute, preview: String) -> impl IntoView + use<> {
    let href = cx.at(&format!("review/{}", it.task));
    let differ = match (it.distance, &it.question) {
        (Some(0.0), _) => text::SAME.to_owned(),
        (Some(distance), Some((kind, question))) => {
            text::apart(distance, &agreement::question(*kind, question))
        }
        _ => text::READ_THEM.to_owned(),
    };
    view! {
        <tr>
            <th scope="row" class="question"><a href=href dir="auto">{preview}</a></th>
            <td class="number">{it.answered}</td>
            <td dir="auto">{differ}</td>
            <td>
                {it.decided.then(|| view! { <span class="badge good">{text::DECIDED}</span> " " })}
                {(it.flags > 0).then(|| view! { <span class="badge bad">{text::flags(it.flags)}</span> " " })}
                {(it.returned > 0).then(|| view! { <span class="badge gold">{text::RETURNED}</span> })}
            </td>
        </tr>
    }
}
