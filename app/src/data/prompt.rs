//! One prompt: the conversation, its responses side by side, and every word anybody wrote about them.

use super::{hides_names, said};
use crate::Cx;
use crate::error::{Error, Result};
use crate::text::data as text;
use crate::ui::Markdown;
use axum::extract::Path;
use axum::response::Response as Answer;
use domain::annotation::Quote;
use domain::ids::{PromptId, ResponseId};
use domain::{Annotation, Right, prompt::Message};
use leptos::prelude::*;
use serde_json::Value;
use store::annotations::Record;
use store::browse::{Prompt, Response};

/// What a page calls a prompt's responses and annotators.
pub(super) struct Names {
    /// In the order of the page: `Response A`, and its source where that is not hidden.
    responses: Vec<(ResponseId, String, Option<String>)>,
    /// Annotators in the order in which they spoke, if their names are hidden.
    hidden: Option<Vec<String>>,
}

impl Names {
    fn new(prompt: &Prompt, hide: bool) -> Self {
        let letter = |n: usize| {
            let offset = u32::try_from(n.min(25)).unwrap_or(0);
            char::from_u32(u32::from('A') + offset).unwrap_or('?')
        };
        let responses = prompt.responses.iter().enumerate().map(|(n, response)| {
            let source = (!hide).then(|| response.source.clone());
            (response.id.clone(), text::response(letter(n)), source)
        });
        let mut people: Vec<String> = Vec::new();
        for one in &prompt.said {
            if !people.contains(&one.annotator) {
                people.push(one.annotator.clone());
            }
        }
        Self {
            responses: responses.collect(),
            hidden: hide.then_some(people),
        }
    }

    pub(super) fn response(&self, id: &ResponseId) -> String {
        self.responses
            .iter()
            .find(|(known, ..)| known == id)
            .map_or_else(String::new, |(_, name, _)| name.clone())
    }

    fn source(&self, id: &ResponseId) -> Option<String> {
        let found = self.responses.iter().find(|(known, ..)| known == id)?;
        found.2.clone()
    }

    pub(super) fn annotator(&self, record: &Record) -> String {
        match &self.hidden {
            None => record.name.clone(),
            Some(people) => {
                let place = people.iter().position(|p| *p == record.annotator);
                text::somebody(place.unwrap_or(0) + 1)
            }
        }
    }
}

pub(super) async fn show(cx: Cx, Path((_, id)): Path<(String, String)>) -> Result<Answer> {
    let project = &cx.project()?.id;
    let prompt = cx
        .store()
        .prompt(project, &PromptId(id))
        .await?
        .ok_or(Error::NotFound)?;
    let hide = hides_names(&cx);
    let title = text::prompt(prompt.number);
    Ok(cx.page(&title, || {
        let names = Names::new(&prompt, hide);
        let written = domain::prompt::written_by(&prompt.metadata).map(text::written_by);
        let written = written.map(|words| view! { <span class="badge gold" dir="auto">{words}</span> });
        let paths = prompt.paths.iter().map(|path| view! { <span class="badge">{path.clone()}</span> }).collect_view();
        let responses = prompt
            .responses
            .iter()
            .map(|one| response(one, &names, &prompt.said, hide))
            .collect_view();
        view! {
            <p><a href=cx.at("data")>{format!("← {}", text::BACK)}</a></p>
            <div class="page-head">
                <h1>{title.clone()}</h1>
                {cx.may(Right::Review).then(|| view! { <a class="button" href=cx.at(&format!("playground?prompt={}", prompt.id))>{text::PLAYGROUND}</a> })}
                <span class="badges">{written} {prompt.language.clone().map(|language| view! { <span class="badge">{language}</span> })} {paths}</span>
            </div>
            {hide.then(|| view! { <p class="notice">{text::HIDDEN}</p> })}
            <section class="card conversation" aria-label=text::CONVERSATION>
                {prompt.messages.iter().map(message).collect_view()}
            </section>
            {reference(&prompt)}
            <h2>{text::RESPONSES}</h2>
            <div class="side-by-side">{responses}</div>
            <h2>{text::SAID}</h2>
            {said::list(&prompt, &names)}
            {metadata(&prompt.metadata)}
        }
    }))
}

fn message(message: &Message) -> impl IntoView + use<> {
    view! {
        <div class=format!("message {}", message.role)>
            <h3 class="small muted">{text::role(&message.role)}</h3>
            <Markdown text=message.content.clone() />
        </div>
    }
}

fn reference(prompt: &Prompt) -> impl IntoView + use<> {
    let rubric = (!prompt.criteria.is_empty()).then(|| {
        let items = prompt.criteria.iter().map(|criterion| {
            view! { <li><span dir="auto">{criterion.text.clone()}</span> " " <span class="badge">{text::points(criterion.points)}</span></li> }
        });
        view! { <h2>{text::RUBRIC}</h2> <ul>{items.collect_view()}</ul> }
    });
    let reference = prompt
        .reference
        .clone()
        .map(|reference| view! { <h2>{text::REFERENCE}</h2> <Markdown text=reference /> });
    (rubric.is_some() || reference.is_some())
        .then(|| view! { <section class="card">{reference}{rubric}</section> })
}

fn response(
    response: &Response,
    names: &Names,
    said: &[Record],
    hide: bool,
) -> impl IntoView + use<> {
    let quotes = quotes(&response.id, said);
    // quoted places count characters of the text as it was written, so it is shown as written
    let body = if quotes.is_empty() {
        view! { <Markdown text=response.text.clone() /> }.into_any()
    } else {
        let pieces = marked(&response.text, quotes)
            .into_iter()
            .map(|(piece, quoted)| {
                if quoted {
                    view! { <mark>{piece}</mark> }.into_any()
                } else {
                    piece.into_any()
                }
            })
            .collect_view();
        view! { <div class="prose verbatim" dir="auto">{pieces}</div> }.into_any()
    };
    let source = names.source(&response.id);
    let kind = (!hide).then(|| view! { <span class="badge">{response.kind.name()}</span> });
    view! {
        <article class="card" id=format!("response-{}", response.id)>
            <h3>{names.response(&response.id)} {source.map(|source| view! { ": " <span dir="auto">{source}</span> " " })} {kind}</h3>
            {body}
            {(!hide).then(|| metadata(&response.metadata))}
        </article>
    }
}

/// The places of a response that standing critiques quote.
fn quotes(response: &ResponseId, said: &[Record]) -> Vec<Quote> {
    said.iter()
        .filter(|one| one.current)
        .filter_map(|one| match &one.annotation {
            Annotation::Critique(critique) => Some(critique),
            _ => None,
        })
        .flat_map(|critique| &critique.remarks)
        .filter(|remark| remark.response == *response)
        .filter_map(|remark| remark.quote.clone())
        .collect()
}

/// The text in pieces, each quoted or not; quotes may overlap and may reach beyond the text.
fn marked(text: &str, mut quotes: Vec<Quote>) -> Vec<(String, bool)> {
    quotes.sort_by_key(|quote| quote.start);
    let characters: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |from: usize, to: usize, quoted: bool| {
        if from < to {
            pieces.push((characters[from..to].iter().collect::<String>(), quoted));
        }
    };
    for quote in quotes {
        let start = quote.start.clamp(at, characters.len());
        let end = quote.end.clamp(start, characters.len());
        push(at, start, false);
        push(start, end, true);
        at = end;
    }
    push(at, characters.len(), false);
    pieces
}

fn metadata(value: &Value) -> impl IntoView + use<> {
    let fields = value.as_object().filter(|fields| !fields.is_empty())?;
    let rows = fields
        .iter()
        .map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            view! { <dt dir="auto">{name.clone()}</dt><dd dir="auto">{value}</dd> }
        })
        .collect_view();
    Some(
        view! { <details class="metadata"><summary>{text::METADATA}</summary><dl>{rows}</dl></details> },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_and_overlong_quotes_lose_no_text() {
        let quote = |start, end| Quote {
            start,
            end,
            text: String::new(),
        };
        let pieces = marked("naïve text", vec![quote(6, 99), quote(0, 5), quote(3, 8)]);
        let text: String = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        assert_eq!(text, "naïve text");
        assert_eq!(pieces[0], ("naïve".into(), true));
        assert!(pieces.iter().all(|(_, quoted)| *quoted));
    }
}
