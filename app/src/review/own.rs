//! The reviewer's own answer, on the annotators' own forms. Beginning from somebody's answer is a link (`?from=…`), so
//! that a small correction is small work.

use crate::Cx;
use crate::annotate::{part, work::Work};
use crate::error::{Error, Result};
use crate::text::review as text;
use crate::ui::{Errors, textarea_content};
use domain::annotation::{Context, Kind, Shown};
use domain::preferences::Preferences;
use domain::project::Settings;
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::queue::{Assignment, Item};
use store::review::ReviewTask;

/// The responses as the parser wants them, in canonical order.
pub(super) fn shown(it: &ReviewTask) -> Vec<Shown> {
    let responses = it.responses.iter();
    responses
        .map(|r| Shown {
            id: r.id.clone(),
            text: r.text.clone(),
        })
        .collect()
}

/// The task as the forms know it, but in nobody's hands: nothing is shuffled, nothing was typed.
pub(super) async fn item(cx: &Cx, it: &ReviewTask) -> Result<Item> {
    let task = cx.store().task(&cx.project()?.id, &it.id).await?;
    let task = task.ok_or(Error::NotFound)?;
    Ok(Item {
        responses: cx.store().shown(&task.responses).await?,
        task,
        assignment: Assignment {
            state: "done".into(),
            seed: 0,
            round: 0,
            leased_until: 0,
            flagged: None,
            note: None,
        },
        messages: it.messages.clone(),
        reference: it.reference.clone(),
        language: None,
        criteria: it.criteria.clone(),
        draft: None,
        earlier: Vec::new(),
        subject: None,
    })
}

pub(super) fn form(
    here: &str,
    (it, item): (&ReviewTask, &Item),
    settings: &Settings,
    kind: Kind,
    mut fields: Fields,
    errors: Vec<Invalid>,
) -> AnyView {
    let from = fields.get("from").map(str::to_owned);
    let begun = from.and_then(|id| it.answers.iter().find(|a| a.id.as_str() == id));
    if let Some(begun) = begun {
        let shown = shown(it);
        let context = Context {
            responses: &shown,
            settings,
            criteria: &it.criteria,
        };
        fields.0.extend(begun.said.to_fields(context).0);
    }
    let open = !errors.is_empty() || fields.get("from").is_some();
    let starts = it.standing(kind).enumerate().map(|(n, answer)| {
        let href = format!("{here}?kind={0}&from={1}#own-{0}", kind.name(), answer.id);
        view! { " " <a href=href>{text::from_answer(n + 1)}</a> }
    });
    let starts = starts.collect_view();
    // single keys on this page accept answers; two meanings of one key would be a trap
    let preferences = Preferences {
        shortcuts: false,
        ..Preferences::default()
    };
    let work = Work {
        item,
        settings,
        preferences: &preferences,
    };
    let part = part(kind, &work, &fields, &errors);
    let why = format!("why-{}", kind.name());
    let note = textarea_content(fields.raw("note").unwrap_or_default());
    view! {
        <details class="card" open=open id=format!("own-{}", kind.name())>
            <summary>{text::OWN}</summary>
            <p class="muted">{text::OWN_NOTE} {starts}</p>
            <form method="post" action=format!("{here}/own")>
                <Errors errors=errors />
                <input type="hidden" name="kind" value=kind.name() />
                {part}
                <div class="field">
                    <label for=why.clone()>{text::WHY}</label>
                    <textarea id=why name="note" rows="2" dir="auto" inner_html=note></textarea>
                </div>
                <button class="primary">{text::OWN_SAVE}</button>
            </form>
        </details>
    }
    .into_any()
}
