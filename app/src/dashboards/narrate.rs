//! A served model narrates what the weakness reporter found: it is sent the numbers and nothing else, and what it writes
//! stands beside them, marked as a model's.

use super::asked::Asked;
use super::weakness;
use crate::error::Result;
use crate::form::Form;
use crate::text::{narrate as text, weakness as words};
use crate::ui::{Select, time};
use crate::v1::{Served, serving};
use crate::wire::Ask;
use crate::{App, Cx};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Right;
use domain::prompt::Message;
use domain::run::{ModelKind, Sampling};
use leptos::prelude::*;
use store::evaluation::Derived;
use store::narration::Narration;
use store::now_ms;

/// So many texts are shown.
const SHOWN: i64 = 5;
/// Without a reply for so long, there will be none.
const GIVEN_UP: i64 = 600_000;
/// Words enough for four short parts.
const TOKENS: usize = 700;

/// Who may be asked.
async fn writers(cx: &Cx) -> Result<Vec<Served>> {
    let mut served = serving(&cx.app, std::slice::from_ref(&cx.project()?.id)).await?;
    served.retain(|it| it.kind == ModelKind::Policy);
    Ok(served)
}

/// Asks; the page shows that it is being written, and later what was.
pub(super) async fn ask(cx: Cx, Form(fields): Form) -> Result<Response> {
    let asked = Asked::read(&cx, fields).await?;
    let entrant = weakness::entrant(&asked.fields);
    let wanted = asked.fields.get("writer").unwrap_or_default();
    let writer = writers(&cx).await?.into_iter().find(|it| it.id == wanted);
    let found = match weakness::found(&cx, &asked).await? {
        Derived::Ready { result, .. } => Some(result),
        Derived::Nothing | Derived::Waiting => None,
    };
    let place = found
        .as_ref()
        .zip(entrant)
        .and_then(|(found, entrant)| found.entrants.iter().position(|it| *it == entrant));
    let (Some(found), Some(model), Some(writer), Some(of), Some(entrant)) =
        (&found, place, writer, asked.whole(&cx), entrant)
    else {
        return Ok(
            cx.page_with(StatusCode::UNPROCESSABLE_ENTITY, text::TITLE, || {
                view! {
                    <h1>{text::TITLE}</h1>
                    <p class="notice bad" role="alert">{text::ONE_MODEL}</p>
                    <p><a href=cx.at(weakness::PAGE)>{format!("← {}", words::TITLE)}</a></p>
                }
            }),
        );
    };
    let known = weakness::known(&cx, &asked, found).await?;
    let sent = known.facts(model, found).call();
    let store = cx.store();
    let id = store
        .begin_narration(of, entrant, (&writer.name, &sent), cx.user_id()?, now_ms())
        .await?;
    // a model may take minutes, and nobody should have to wait for it with an open page
    tokio::spawn(write(cx.app.clone(), id, writer, sent));
    let query = asked.query(None);
    Ok(cx.redirect(&format!(
        "{}{query}&model={entrant}#narration",
        cx.at(weakness::PAGE)
    )))
}

async fn write(app: App, id: String, writer: Served, sent: String) {
    let ask = Ask {
        model: writer.there,
        messages: vec![Message::user(sent)],
        sampling: Sampling {
            temperature: 0.0,
            max_tokens: TOKENS,
            ..Sampling::default()
        },
    };
    let answer = writer.upstream.chat(&ask).await;
    let wrote = match &answer {
        Ok(answer) if answer.text.trim().is_empty() => Err(text::EMPTY_REPLY.to_owned()),
        Ok(answer) => Ok(answer.text.as_str()),
        Err(problem) => Err(problem.words()),
    };
    let wrote = wrote.as_ref().map(|text| *text).map_err(String::as_str);
    if let Err(error) = app.store.narrated(&id, wrote, now_ms()).await {
        tracing::warn!("a narration is lost: {error}");
    }
}

/// What was written about the chosen model, and the form that asks for more.
pub(super) struct Written {
    past: Vec<Narration>,
    writers: Vec<Served>,
}

impl Written {
    pub(super) async fn read(cx: &Cx, asked: &Asked, entrant: i64) -> Result<Self> {
        let past = match asked.whole(cx) {
            Some(of) => cx.store().narrations(of, entrant, SHOWN).await?,
            None => Vec::new(),
        };
        Ok(Self {
            past,
            writers: writers(cx).await?,
        })
    }

    pub(super) fn view(&self, cx: &Cx, asked: &Asked, entrant: i64) -> impl IntoView + use<> {
        let now = now_ms();
        let past: Vec<_> = self.past.iter().map(|it| one(it, now)).collect();
        let form = cx.may(Right::Data).then(|| self.form(cx, asked, entrant));
        view! {
            <section class="card" id="narration">
                <h2>{text::TITLE}</h2>
                <p class="muted">{text::WORDS}</p>
                {past}
                {form}
            </section>
        }
    }

    fn form(&self, cx: &Cx, asked: &Asked, entrant: i64) -> AnyView {
        if self.writers.is_empty() {
            return view! {
                <p>{text::NO_MODELS}" "<a href=cx.at("models")>{text::TO_MODELS}</a>" · "<a href=cx.at("endpoints")>{text::TO_ENDPOINTS}</a></p>
            }
            .into_any();
        }
        let choices: Vec<_> = self
            .writers
            .iter()
            .map(|it| (it.id.clone(), it.name.clone()))
            .collect();
        let first = choices[0].0.clone();
        let judge = asked.judge.as_ref().map(|it| it.id.clone());
        view! {
            <form method="post" action=cx.at("dashboards/weakness/narrate") class="row dash-pick">
                <input type="hidden" name="judge" value=judge.unwrap_or_default() />
                <input type="hidden" name="aspect" value=asked.aspect.clone() />
                <input type="hidden" name="model" value=entrant.to_string() />
                <Select name="writer" label=text::WRITER choices=choices chosen=first />
                <button>{text::ASK}</button>
            </form>
        }
        .into_any()
    }
}

fn one(it: &Narration, now: i64) -> impl IntoView + use<> {
    let minute = time::minute(it.created_at);
    let body = match (&it.reply, &it.problem) {
        (Some(reply), _) => {
            // a model's words stand as they came: no markup of it is followed
            view! { <blockquote class="narration" dir="auto">{reply.clone()}</blockquote> }
                .into_any()
        }
        (None, Some(problem)) => {
            view! { <p class="notice bad" dir="auto">{problem.clone()}</p> }.into_any()
        }
        (None, None) if now - it.created_at > GIVEN_UP => {
            view! { <p class="notice bad">{text::BROKE_OFF}</p> }.into_any()
        }
        (None, None) => view! { <p class="notice" role="status">{text::PENDING}</p> }.into_any(),
    };
    view! {
        <h3 dir="auto">{text::by(&it.writer, &minute)}</h3>
        {body}
        <details><summary>{text::GIVEN}</summary><pre class="narration" dir="auto">{it.asked.clone()}</pre></details>
    }
}
