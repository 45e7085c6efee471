//! The item's page: prompt, responses, the form, the bar. One screen for the common case.

use super::parts::{kbd, key_of};
use super::work::{Named, Work};
use super::{part, work};
use crate::Cx;
use crate::error::Result;
use crate::islands::Desk;
use crate::text::annotate as text;
use crate::text::common;
use crate::ui::Markdown;
use axum::http::StatusCode;
use axum::response::Response;
use domain::preferences::Preferences;
use domain::{Fields, Invalid, Kind};
use leptos::prelude::*;
use store::queue::{Item, Progress};

/// What stands above the item besides it.
#[derive(Default)]
pub(super) struct Above {
    /// A sentence.
    pub(super) notice: Option<String>,
    /// What the live model had expected of the item before this one.
    pub(super) expected: Option<String>,
    /// Another version of the form, to be copied from.
    pub(super) other: Option<Fields>,
    /// What is wrong with the form.
    pub(super) errors: Vec<Invalid>,
    /// Only tasks of this prompt come next.
    pub(super) only: Option<String>,
}

/// The page. `fields` is what the form says, `version` the draft it stands on.
pub(super) async fn item(
    cx: &Cx,
    item: &Item,
    status: StatusCode,
    fields: &Fields,
    version: i64,
    seconds: f64,
    above: Above,
) -> Result<Response> {
    let preferences = Preferences::read(&cx.user()?.settings);
    let settings = &cx.project()?.settings;
    let progress = cx
        .store()
        .progress(&cx.project()?.id, cx.user_id()?)
        .await?;
    let work = Work {
        item,
        settings,
        preferences: &preferences,
    };
    let kinds = &item.task.kinds;
    let heading = text::heading(kinds);
    let here = cx.at(&format!("queue/{}", item.task.id));
    let peek = cx.at(&format!("queue/peek?after={}", item.task.id));
    let person = cx.user_id()?.to_string();
    Ok(cx.page_with(status, &heading, || {
        let parts: Vec<_> = kinds
            .iter()
            .map(|&kind| {
                let missing = above.errors.iter().any(|it| it.field == kind.name()).then(|| {
                    super::parts::error(&above.errors, kind.name())
                });
                let body = part(kind, &work, fields, &above.errors);
                let named = (kinds.len() > 1).then(|| view! { <h2>{text::kind_name(kind)}</h2> });
                view! { <section class=format!("part {}", kind.name()) id=kind.name()>{named}{missing}{body}</section> }
            })
            .collect();
        let hidden = [
            ("round", item.assignment.round.to_string()),
            ("draft.version", version.to_string()),
            ("seconds", seconds.to_string()),
            ("task", item.task.id.to_string()),
            ("only", above.only.clone().unwrap_or_default()),
        ]
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
        view! {
            <div class="desk" class:two-columns=item.responses.len() == 1 data-person=person data-preferences="/account"
                data-shortcuts=(!preferences.shortcuts).then_some("off") data-announce=text::announce(kinds, progress.left)>
                <Desk />
                <h1 class="visually-hidden">{heading.clone()}</h1>
                {notices(&work, &above)}
                {mistakes(&above.errors)}
                {guidelines(&work)}
                <div class="read">
                    {prompt(&work)}
                    {responses(&work)}
                </div>
                <form id="work" method="post" action=here.clone() data-draft=format!("{here}/draft") data-peek=peek>
                    // the button that Enter in a field presses
                    <button name="action" value="submit" class="visually-hidden" tabindex="-1" aria-hidden="true">{text::SUBMIT}</button>
                    {hidden}
                    <div class="parts">{parts}</div>
                    {bar(cx, &work, &progress)}
                </form>
            </div>
        }
    }))
}

fn notices(work: &Work<'_>, above: &Above) -> impl IntoView + use<> {
    let returned = work.item.assignment.note.as_deref().map(text::returned);
    let all = [returned, above.notice.clone()]
        .into_iter()
        .flatten()
        .map(|words| view! { <p class="notice" role="status" dir="auto">{words}</p> })
        .collect_view();
    let other = above
        .other
        .as_ref()
        .map(|fields| other_version(text::KEPT_THERE, fields));
    let expected = above
        .expected
        .clone()
        .map(|words| view! { <p class="expected" role="status">{words}</p> });
    view! { {expected}{all}{other} }
}

/// A version of the form, field by field, to read and to copy from.
pub(super) fn other_version(heading: &'static str, fields: &Fields) -> impl IntoView + use<> {
    let entries = work::answer(fields)
        .0
        .into_iter()
        .filter(|(name, value)| !value.trim().is_empty() && name != super::critique::ROWS)
        .map(|(name, value)| view! { <dt>{text::field(&name)}</dt> <dd dir="auto" class="as-typed">{value}</dd> })
        .collect_view();
    view! { <section class="card"><h2>{heading}</h2><dl>{entries}</dl></section> }
}

fn mistakes(errors: &[Invalid]) -> impl IntoView + use<> {
    let items = errors
        .iter()
        .map(|it| {
            let href = format!("#{}", it.field.replace(char::is_whitespace, "_"));
            view! { <li><a href=href>{format!("{}: {}", text::field(&it.field), it.problem)}</a></li> }
        })
        .collect_view();
    (!errors.is_empty()).then(|| {
        view! { <div class="errors" role="alert" tabindex="-1" autofocus><p>{common::PLEASE_MEND}</p><ul>{items}</ul></div> }
    })
}

fn guidelines(work: &Work<'_>) -> impl IntoView + use<> {
    let words = work.settings.guidelines.trim().to_owned();
    let key = key_of(work.preferences, "guidelines");
    let body = if words.is_empty() {
        view! { <p class="muted">{text::NO_GUIDELINES}</p> }.into_any()
    } else {
        view! { <Markdown text=words /> }.into_any()
    };
    view! {
        <details class="guidelines">
            <summary data-key=key.clone()>{kbd(key.as_ref())} {text::GUIDELINES}</summary>
            <div class="card">{body}</div>
        </details>
    }
}

fn prompt(work: &Work<'_>) -> impl IntoView + use<> {
    let grading = work.item.task.kinds.contains(&Kind::Grade);
    let messages: Vec<_> = work
        .item
        .messages
        .iter()
        .map(|message| {
            let who = match message.role.as_str() {
                "system" => text::SYSTEM,
                "assistant" => text::ASSISTANT,
                "tool" => text::TOOL,
                _ => text::USER,
            };
            let (class, words) = (format!("message {}", message.role), message.content.clone());
            let who = (!grading).then(|| view! { <span class="who-says">{who}</span> });
            view! { <div class=class>{who}<Markdown text=words /></div> }
        })
        .collect();
    let heading = if grading {
        text::QUESTION
    } else {
        text::PROMPT
    };
    let reference = work.item.reference.clone().filter(|it| !it.trim().is_empty()).map(|words| {
        view! {
            <details class="reference panel" open=grading>
                <summary>{text::REFERENCE}</summary>
                <div class="pane" tabindex="0" role="region" aria-label=text::REFERENCE><Markdown text=words /></div>
            </details>
        }
    });
    view! {
        <div class="asked">
            <details class="prompt panel" open>
                <summary>{heading}</summary>
                <div class="pane" tabindex="0" role="region" aria-label=heading>{messages}</div>
            </details>
            {reference}
        </div>
    }
}

fn responses(work: &Work<'_>) -> impl IntoView + use<> {
    let all = work.responses();
    let pair = all.len() == 2;
    let shown: Vec<_> = all.into_iter().map(|it| response(it, pair)).collect();
    let critique = work.item.task.kinds.contains(&Kind::Critique);
    let tool = |name: &'static str, action: &str, words: &'static str| {
        let key = key_of(work.preferences, action);
        view! { <button type="button" class="quiet" data-tool=name data-key=key.clone() hidden>{kbd(key.as_ref())} {words}</button> }
    };
    let compare = pair.then(|| tool("compare", "d", text::DIFFERENCES));
    let together = pair.then(|| tool("together", "", text::SCROLL_TOGETHER));
    let critique = critique.then(|| {
        view! { {tool("critique", "critique", text::CRITIQUE_SELECTION)} {tool("select", "s", text::SELECT_WORDS)} }
    });
    view! {
        <div class="tools" role="group" aria-label=text::TOOLS>{compare}{together}{critique}</div>
        <div class="responses" class:pair=pair>{shown}</div>
    }
}

fn response(it: Named, pair: bool) -> impl IntoView {
    let source = it
        .source
        .map(|name| view! { <span class="badge" dir="auto">{name}</span> });
    let id = it.id.to_string();
    let side = format!("response side-{}", it.letter.to_lowercase());
    view! {
        <article class=side>
            <h2>{it.label.clone()} {source}</h2>
            <div class="pane" tabindex="0" role="region" aria-label=it.label data-sync-scroll=pair.then_some("")>
                <div data-response=id.clone() data-label=it.letter><Markdown text=it.text.clone() /></div>
            </div>
            <template data-raw=id>{it.text}</template>
        </article>
    }
}

fn bar(cx: &Cx, work: &Work<'_>, progress: &Progress) -> impl IntoView + use<> {
    let key = |action: &str| key_of(work.preferences, action);
    let reasons: Vec<_> = work
        .settings
        .skip_reasons
        .iter()
        .map(|reason| {
            let (value, words) = (reason.clone(), reason.clone());
            view! { <button name="skip" value=value dir="auto">{words}</button> }
        })
        .collect();
    let (skip, flag, undo) = (key("skip"), key("flag"), key("undo"));
    let flagged = work.item.assignment.flagged.clone();
    let flag_label = if flagged.is_some() {
        text::FLAGGED
    } else {
        text::FLAG
    };
    let left = work
        .preferences
        .time_left
        .then(|| {
            progress
                .median_seconds
                .map(|median| text::time_left(median * progress.left as f64))
        })
        .flatten()
        .map(|words| format!(" · {words}"));
    let submit = key("submit").unwrap_or_else(|| "ctrl+enter".into());
    let shown = submit.clone();
    let help = key_of(work.preferences, "?");
    view! {
        <div class="actions" data-actions="">
            <div class="bar">
                <button name="action" value="submit" class="primary" data-key=submit>{text::SUBMIT} <kbd aria-hidden="true">{shown}</kbd></button>
                <details class="menu">
                    <summary data-key=skip.clone()>{kbd(skip.as_ref())} {text::SKIP}</summary>
                    <div class="card">
                        <p>{text::SKIP_WHY}</p>
                        <div class="reasons">{reasons}</div>
                        <div class="field"><label for="skip.words">{text::SKIP_OTHER}</label><input id="skip.words" name="skip.words" dir="auto" autocomplete="off" /></div>
                        <button name="action" value="skip">{text::SKIP}</button>
                    </div>
                </details>
                <details class="menu">
                    <summary data-key=flag.clone()>{kbd(flag.as_ref())} {flag_label}</summary>
                    <div class="card">
                        <div class="field"><label for="flag.words">{text::FLAG_WHAT}</label><input id="flag.words" name="flag.words" dir="auto" autocomplete="off" value=flagged.unwrap_or_default() /></div>
                        <button name="action" value="flag">{text::FLAG_SEND}</button>
                    </div>
                </details>
                <button class="quiet" formaction=cx.at("undo") data-key=undo.clone()>{kbd(undo.as_ref())} {text::UNDO}</button>
                <details class="menu">
                    <summary>{text::MORE}</summary>
                    <div class="card">
                        <button name="action" value="save">{text::SAVE_DRAFT}</button>
                        <button name="action" value="release">{text::GIVE_BACK}</button>
                        <a class="button" href=cx.at("queue/history")>{text::LAST_TEN}</a>
                    </div>
                </details>
                <button type="button" class="quiet" data-tool="help" data-key=help.clone() hidden>{kbd(help.as_ref())} {text::KEYS}</button>
                <span class="progress muted">{text::progress(progress.done, progress.left)}{left}</span>
                <span class="muted" data-save-state=""></span>
            </div>
        </div>
    }
}
