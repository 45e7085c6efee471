//! One item: the prompt, the responses, every answer side by side, what was decided, and the three decisions.

use super::own;
use super::said::{Lettered, said};
use crate::Cx;
use crate::agreement::Pairs;
use crate::error::{Error, Result};
use crate::islands::Desk;
use crate::text::{agreement, review as text};
use crate::ui::{Markdown, time};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::annotation::Kind;
use domain::preferences::Preferences;
use domain::project::Settings;
use domain::{Fields, Invalid, Provenance};
use leptos::prelude::*;
use store::queue::Item;
use store::review::{Answer, Decided, Decision, Hold, ReviewTask};

pub(super) async fn show(
    cx: Cx,
    Path((_, task)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Result<Response> {
    page(&cx, &task, StatusCode::OK, Fields(pairs), Vec::new()).await
}

/// Names or numbers, as asked for.
struct Who<'a> {
    shown: bool,
    order: Vec<&'a str>,
}

impl<'a> Who<'a> {
    fn new(it: &'a ReviewTask, shown: bool) -> Self {
        let mut order: Vec<&str> = it.answers.iter().map(|a| a.annotator.as_str()).collect();
        order.extend(it.holds.iter().map(|h| h.account.as_str()));
        let mut seen = std::collections::BTreeSet::new();
        order.retain(|id| seen.insert(*id));
        Self { shown, order }
    }
    fn name(&self, annotator: &str, name: &str) -> String {
        if self.shown {
            return name.to_owned();
        }
        let place = self.order.iter().position(|id| *id == annotator);
        text::annotator(place.unwrap_or_default() + 1)
    }
}

/// The page; also after a form with mistakes, with what was typed.
pub(super) async fn page(
    cx: &Cx,
    task: &str,
    status: StatusCode,
    fields: Fields,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let project = cx.project()?;
    let task = task.into();
    let it = cx
        .store()
        .review_task(&project.id, &task)
        .await?
        .ok_or(Error::NotFound)?;
    let item = own::item(cx, &it).await?;
    let preferences = Preferences::read(&cx.user()?.settings);
    Ok(cx.page_with(status, text::TITLE, || {
        let here = cx.at(&format!("review/{task}"));
        let names = fields.get("names") == Some("show");
        let who = Who::new(&it, names);
        let letters: Vec<Lettered> = it
            .responses
            .iter()
            .zip('A'..)
            .map(|(r, letter)| Lettered { letter: letter.to_string(), id: r.id.clone(), text: r.text.clone() })
            .collect();
        let mut keys = (1..=9).filter(|_| preferences.shortcuts).map(|n| preferences.key(&n.to_string()).to_owned());
        let kinds = kinds_of(&it);
        let sections: Vec<_> = kinds
            .into_iter()
            .map(|kind| section(&here, (&it, &item), &project.settings, kind, &letters, &who, &mut keys, (&fields, &errors)))
            .collect();
        let toggle = if names { here.clone() } else { format!("{here}?names=show") };
        let toggle_words = if names { text::HIDE_NAMES } else { text::SHOW_NAMES };
        view! {
            <p><a href=cx.at("review")>{text::BACK}</a></p>
            <div class="page-head"><h1>{text::ITEM}</h1><a class="button quiet" href=toggle>{toggle_words}</a></div>
            {asked(&it, &letters, names)}
            {notes(&it.holds, &who)}
            {sections}
            {history(&it.history)}
            {remark(&here, &it)}
            <Desk />
        }
    }))
}

/// The kinds that the task asks for, and those that somebody gave besides.
fn kinds_of(it: &ReviewTask) -> Vec<Kind> {
    let mut kinds = it.kinds.clone();
    for answer in &it.answers {
        if !kinds.contains(&answer.said.kind()) {
            kinds.push(answer.said.kind());
        }
    }
    kinds
}

fn asked(it: &ReviewTask, letters: &[Lettered], names: bool) -> impl IntoView + use<> {
    let many = it.messages.len() > 1;
    let turns = it.messages.iter().map(|m| {
        view! { {many.then(|| view! { <h3 class="muted">{m.role.clone()}</h3> })} <Markdown text=m.content.clone() /> }
    });
    let turns = turns.collect_view();
    let responses = it.responses.iter().zip(letters).map(|(response, letter)| {
        // which model or student wrote it would sway a reviewer as it would an annotator
        let source = names.then(
            || view! { " " <small class="muted" dir="auto">{response.source.clone()}</small> },
        );
        view! {
            <section class="card">
                <h2>{text::response(&letter.letter)} {source}</h2>
                <Markdown text=response.text.clone() />
            </section>
        }
    });
    let responses = responses.collect_view();
    let reference = it.reference.clone().map(|reference| {
        view! { <h3>{crate::text::grade::REFERENCE}</h3> <Markdown text=reference /> }
    });
    let subject = it.subject.as_ref().map(|subject| {
        view! { <section class="card"><h2>{text::ABOUT}</h2>{said(subject, letters, &it.criteria)}</section> }
    });
    view! {
        <section class="card"><h2>{text::PROMPT}</h2>{turns}{reference}</section>
        <div class="sides">{responses}</div>
        {subject}
    }
}

/// Flags, reasons for skipping, notes of earlier returns.
fn notes(holds: &[Hold], who: &Who<'_>) -> impl IntoView + use<> {
    let mut lines = Vec::new();
    for hold in holds {
        let name = who.name(hold.account.as_str(), &hold.name);
        let said = [
            hold.flagged
                .as_ref()
                .map(|words| text::flagged(&name, words)),
            hold.reason
                .as_ref()
                .map(|words| text::skipped(&name, words)),
            hold.note.as_ref().map(|words| text::waiting(&name, words)),
        ];
        lines.extend(said.into_iter().flatten());
    }
    (!lines.is_empty()).then(|| {
        let items = lines
            .into_iter()
            .map(|line| view! { <li dir="auto">{line}</li> });
        view! { <div class="notice warn"><ul class="plain">{items.collect_view()}</ul></div> }
    })
}

#[expect(clippy::too_many_arguments, reason = "the parts of one page")]
fn section(
    here: &str,
    (it, item): (&ReviewTask, &Item),
    settings: &Settings,
    kind: Kind,
    letters: &[Lettered],
    who: &Who<'_>,
    keys: &mut dyn Iterator<Item = String>,
    (fields, errors): (&Fields, &[Invalid]),
) -> impl IntoView + use<> {
    let decided = it.decided(kind);
    let stands = decided.and_then(|d| d.annotation.clone());
    let standing: Vec<_> = it
        .standing(kind)
        .map(|answer| {
            let accepted = stands.as_ref() == Some(&answer.id);
            let key = if accepted { None } else { keys.next() };
            card(here, answer, (accepted, key), letters, it, who)
        })
        .collect();
    let none = standing.is_empty();
    let own_answer = it
        .answers
        .iter()
        .find(|a| a.by_reviewer && Some(&a.id) == stands.as_ref())
        .map(|a| view! { <section class="card accepted"><h3>{text::REVIEWERS_ANSWER}</h3>{said(&a.said, letters, &it.criteria)}</section> });
    let old: Vec<_> = it
        .answers
        .iter()
        .filter(|a| a.said.kind() == kind && !a.current)
        .map(|a| earlier(a, letters, it, who))
        .collect();
    let banner = decided.map(|d| {
        let words = text::decided(d.decision.name(), &d.reviewer, &time::minute(d.created_at));
        view! { <p class="notice good" dir="auto">{words}</p> }
    });
    let mine = fields.get("kind") == Some(kind.name());
    let (typed, wrong) = if mine {
        (fields.clone(), errors.to_vec())
    } else {
        (Fields::default(), Vec::new())
    };
    view! {
        <section>
            <h2>{agreement::kind(kind)}</h2>
            {banner}
            {own_answer}
            {none.then(|| view! { <p class="muted">{text::NO_ANSWERS}</p> })}
            <div class="sides">{standing}</div>
            {(!old.is_empty()).then(|| view! { <details><summary>{text::earlier(old.len())}</summary><div class="sides">{old}</div></details> })}
            {own::form(here, (it, item), settings, kind, typed, wrong)}
        </section>
    }
}

fn card(
    here: &str,
    answer: &Answer,
    (accepted, key): (bool, Option<String>),
    letters: &[Lettered],
    it: &ReviewTask,
    who: &Who<'_>,
) -> impl IntoView + use<> {
    let name = who.name(&answer.annotator, &answer.name);
    let returnable = answer
        .account
        .clone()
        .filter(|_| answer.provenance == Provenance::Person);
    let send_back = returnable.map(|account| {
        let id = format!("note-{}", answer.id);
        view! {
            <details>
                <summary>{text::RETURN}</summary>
                <form method="post" action=format!("{here}/return")>
                    <input type="hidden" name="account" value=account.to_string() />
                    <input type="hidden" name="kind" value=answer.said.kind().name() />
                    <div class="field">
                        <label for=id.clone()>{text::RETURN_NOTE}</label>
                        <textarea id=id name="note" rows="2" required dir="auto"></textarea>
                    </div>
                    <button>{text::RETURN_NOW}</button>
                </form>
            </details>
        }
    });
    let class = if accepted { "card accepted" } else { "card" };
    let keycap = key
        .clone()
        .map(|k| view! { " " <kbd aria-hidden="true">{k}</kbd> });
    let accept = (!accepted).then(|| {
        view! {
            <form method="post" action=format!("{here}/accept")>
                <input type="hidden" name="annotation" value=answer.id.to_string() />
                <button data-key=key.clone()>{text::ACCEPT}<span class="visually-hidden">": " {name.clone()}</span> {keycap}</button>
            </form>
        }
    });
    view! {
        <article class=class>
            <h3><span dir="auto">{name.clone()}</span> {provenance(answer)} {accepted.then(|| view! { " " <span class="badge good">{text::ACCEPTED}</span> })}</h3>
            <p class="muted"><small>{time::minute(answer.created_at)} {answer.seconds.map(text::seconds)}</small></p>
            {said(&answer.said, letters, &it.criteria)}
            <div class="actions">{accept} {send_back}</div>
        </article>
    }
}

fn earlier(
    answer: &Answer,
    letters: &[Lettered],
    it: &ReviewTask,
    who: &Who<'_>,
) -> impl IntoView + use<> {
    let name = if answer.by_reviewer {
        text::REVIEWERS_ANSWER.to_owned()
    } else {
        who.name(&answer.annotator, &answer.name)
    };
    view! {
        <article class="card">
            <h3 dir="auto">{name}</h3>
            <p class="muted"><small>{text::NO_LONGER} " " {time::minute(answer.created_at)}</small></p>
            {said(&answer.said, letters, &it.criteria)}
        </article>
    }
}

fn provenance(answer: &Answer) -> Option<impl IntoView + use<>> {
    (answer.provenance != Provenance::Person)
        .then(|| view! { " " <span class="badge">{text::provenance(answer.provenance)}</span> })
}

fn history(history: &[Decided]) -> impl IntoView + use<> {
    let lines = history.iter().rev().map(|it| {
        let words = text::decided(it.decision.name(), &it.reviewer, &time::minute(it.created_at));
        let about = agreement::kind(it.kind);
        let note = (!it.note.is_empty()).then(|| view! { <blockquote dir="auto">{it.note.clone()}</blockquote> });
        let returned = it.decision == Decision::Return;
        let class = if returned { "badge gold" } else { "badge" };
        view! { <li><span class=class>{about}</span> " " <span dir="auto">{words}</span> {note}</li> }
    });
    let lines = lines.collect_view();
    (!history.is_empty()).then(|| view! { <section class="card"><h2>{text::HISTORY}</h2><ul class="plain history">{lines}</ul></section> })
}

fn remark(here: &str, it: &ReviewTask) -> Option<impl IntoView + use<>> {
    let kind = it.kinds.first()?.name();
    Some(view! {
        <form method="post" action=format!("{here}/comment") class="card">
            <input type="hidden" name="kind" value=kind />
            <div class="field"><label for="remark">{text::COMMENT}</label><textarea id="remark" name="note" rows="2" required dir="auto"></textarea></div>
            <button>{text::COMMENT_SAVE}</button>
        </form>
    })
}
