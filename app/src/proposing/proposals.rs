//! A job's proposals as a list: what each does, how sure it is, what the model wrote; accepted or declined one by one,
//! ticked, from a threshold on, or all.

use crate::Cx;
use crate::text::proposing as text;
use domain::ids::NodeId;
use domain::taxonomy::realmix::{Answer, QUESTIONS};
use domain::taxonomy::{Proposed, Tree, Wish};
use leptos::prelude::*;
use store::proposals::{Listed, State};

/// Proposals on a page.
pub(super) const PAGE: i64 = 100;

/// What the list needs to know.
pub(super) struct List<'a> {
    pub(super) cx: &'a Cx,
    /// The job's address.
    pub(super) here: &'a str,
    pub(super) wish: Option<&'a Wish>,
    pub(super) tree: &'a Tree,
    pub(super) state: State,
    pub(super) skip: i64,
    /// Whether it can be decided here.
    pub(super) may: bool,
}

impl List<'_> {
    pub(super) fn view(&self, mut all: Vec<Listed>) -> AnyView {
        if all.is_empty() {
            let words = match self.may {
                true => text::none(self.state.name()),
                false => text::NONE_YET,
            };
            return view! { <p class="muted">{words}</p> }.into_any();
        }
        let size = usize::try_from(PAGE).unwrap_or(0);
        let more = all.len() > size;
        all.truncate(size);
        let next = more.then(|| {
            let href = format!(
                "{}?view={}&skip={}",
                self.here,
                self.state.name(),
                self.skip + PAGE
            );
            view! { <a class="button" href=href rel="next">{crate::text::taxonomy::NEXT_PAGE}</a> }
        });
        let scored = all.iter().any(|it| it.score.is_some());
        let rows: Vec<AnyView> = all.into_iter().map(|it| self.row(it)).collect();
        let decides = self.may && self.state == State::Open;
        let reopen = (self.may && self.state == State::Declined).then(|| {
            view! { <button name="do" value="reopen">{text::REOPEN}</button> }
        });
        view! {
            <form method="post" action=self.here.to_owned()>
                {decides.then(|| self.bulk(scored))}
                <ol class="proposals">{rows}</ol>
                <div class="row">
                    {decides.then(|| view! {
                        <button class="primary" name="do" value="accept-ticked">{text::ACCEPT_TICKED}</button>
                        <button name="do" value="decline-ticked">{text::DECLINE_TICKED}</button>
                    })}
                    {reopen}
                    {next}
                </div>
            </form>
        }
        .into_any()
    }

    /// What decides on more than a page.
    fn bulk(&self, scored: bool) -> impl IntoView + use<> {
        let (usual, step) = match self.wish {
            Some(Wish::Write { .. }) => ("6", "1"),
            Some(wish) if wish.is_by_embedding() => ("0.05", "any"),
            _ => ("80", "1"),
        };
        let hint = self.wish.map(text::from_hint);
        let from = scored.then(|| {
            view! {
                <span class="from">
                    <button name="do" value="accept-from">{text::FROM}</button>
                    <label class="visually-hidden" for="from">{hint}</label>
                    <input id="from" name="from" type="number" min="0" step=step value=usual />
                    <span class="muted">{hint}</span>
                </span>
            }
        });
        view! {
            <div class="row bulk">
                <button name="do" value="accept-all">{text::ACCEPT_ALL}</button>
                <button name="do" value="decline-all">{text::DECLINE_ALL}</button>
                {from}
            </div>
        }
    }

    fn row(&self, it: Listed) -> AnyView {
        let decides = self.may && self.state == State::Open;
        let tick = decides.then(|| {
            view! { <input type="checkbox" name="proposal" value=it.id.clone() aria-label=format!("{} {}", text::TICK, it.what) /> }
        });
        let act = decides.then(|| {
            let accept = format!("{}: {}", text::ACCEPT, it.what);
            let decline = format!("{}: {}", text::DECLINE, it.what);
            view! {
                <span class="acts">
                    <button name="accept" value=it.id.clone() aria-label=accept>{text::ACCEPT}</button>
                    <button class="quiet" name="decline" value=it.id.clone() aria-label=decline>{text::DECLINE}</button>
                </span>
            }
        });
        let refusal = it.refusal.clone().filter(|_| it.state == State::Open);
        let refusal = refusal.map(|why| view! { <p class="refusal">{text::refused(&why)}</p> });
        let reply = (!it.reply.is_empty()).then(|| {
            view! { <details><summary>{text::REPLY}</summary><pre class="verbatim" dir="auto">{it.reply.clone()}</pre></details> }
        });
        view! {
            <li>
                <span class="tick">{tick}</span>
                <div class="what">{self.what(&it)} {refusal} {reply}</div>
                {act}
            </li>
        }
        .into_any()
    }

    fn what(&self, it: &Listed) -> AnyView {
        let written = matches!(it.content, Proposed::Prompt { .. });
        let prompt = it.prompt.clone().map(|(id, number, preview)| {
            let href = self.cx.at(&format!("data/prompts/{id}"));
            // a new prompt's words stand there in full
            let preview =
                (!written).then(|| view! { " "<span class="preview" dir="auto">{preview}</span> });
            view! { <p><a href=href>{text::number(number)}</a>{preview}</p> }
        });
        match &it.content {
            Proposed::Change { .. } => view! { <p dir="auto">{it.what.clone()}</p> }.into_any(),
            Proposed::Place {
                node,
                cosine,
                second,
                ..
            } => {
                let score = it.score.unwrap_or(0.0);
                let how = match cosine {
                    Some(cosine) => text::near(*cosine, score),
                    None => text::sure(score),
                };
                let second = second.as_ref().map(|second| {
                    let path = self.path(second);
                    view! { " "<span class="muted" dir="auto">{text::ahead_of(&path)}</span> }
                });
                view! {
                    {prompt}
                    <p>{self.node(node)}" "<span class="badge">{how}</span>{second}</p>
                }
                .into_any()
            }
            Proposed::Prompt {
                node,
                text: words,
                answers,
                ..
            } => view! {
                <p class="new-prompt" dir="auto">{words.clone()}</p>
                {prompt}
                <p>{self.node(node)}" "{quality(answers)}</p>
                {questions(answers)}
            }
            .into_any(),
        }
    }

    fn path(&self, node: &NodeId) -> String {
        match self.tree.get(node) {
            Ok(_) => self.tree.path(node),
            Err(_) => text::NODE_NOW_GONE.to_owned(),
        }
    }

    fn node(&self, node: &NodeId) -> impl IntoView + use<> {
        let (path, there) = (self.path(node), self.tree.get(node).is_ok());
        let href = self.cx.at(&format!("data/taxonomy/nodes/{node}"));
        if there {
            view! { "→ "<a href=href dir="auto">{path}</a> }.into_any()
        } else {
            view! { "→ "<span class="muted">{path}</span> }.into_any()
        }
    }
}

fn quality(answers: &[Answer]) -> impl IntoView + use<> {
    if answers.is_empty() {
        return view! { <span class="badge">{text::NOT_JUDGED}</span> }.into_any();
    }
    let yes = answers.iter().filter(|it| it.yes).count();
    let class = match yes {
        6.. => "badge good",
        4..=5 => "badge gold",
        _ => "badge bad",
    };
    view! { <span class=class>{text::yes(yes)}</span> }.into_any()
}

fn questions(answers: &[Answer]) -> impl IntoView + use<> {
    let rows = QUESTIONS.iter().zip(answers).map(|((_, asked), answer)| {
        let class = if answer.yes { "badge good" } else { "badge bad" };
        let why = answer.why.clone();
        view! { <li>{*asked}" "<span class=class>{text::answer(answer.yes, &answer.said)}</span>" "<span class="muted" dir="auto">{why}</span></li> }
    });
    let rows = rows.collect_view();
    (!answers.is_empty())
        .then(|| view! { <details><summary>{text::QUESTIONS}</summary><ol>{rows}</ol></details> })
}
