//! What the form asks: which models, about what, sampled how; and the answers it holds already.

use crate::Cx;
use crate::error::Result;
use crate::text::playground as text;
use crate::v1::{Served, serving};
use crate::wire::Ask;
use domain::ids::PromptId;
use domain::prompt::Message;
use domain::run::{Generate, ModelKind, Sampling};
use domain::{Fields, Invalid, Problem};
use store::browse::Prompt;

/// The most characters of a prompt that is typed here.
const MAX_TEXT: usize = 50_000;
/// The answers' tokens, unless somebody says otherwise: on a CPU more takes long.
const TOKENS: usize = 200;

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Left.
    A,
    /// Right.
    B,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The name of its fields.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    /// What people call it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// Which models there are.
pub(super) struct Models(Vec<Served>);

impl Models {
    pub(super) async fn of(cx: &Cx) -> Result<Self> {
        let projects = [cx.project()?.id.clone()];
        Ok(Self(serving(&cx.app, &projects).await?))
    }

    /// Those that answer prompts, or those that score.
    pub(super) fn kind(&self, kind: ModelKind) -> impl Iterator<Item = &Served> {
        self.0.iter().filter(move |it| it.kind == kind)
    }

    pub(super) fn find(&self, id: &str, kind: ModelKind) -> Option<&Served> {
        self.kind(kind).find(|it| it.id == id)
    }

    /// The chosen model of a side; the first or the second where none is chosen yet.
    pub(super) fn chosen(&self, fields: &Fields, side: Side) -> Option<&Served> {
        match fields.get(side.name()) {
            Some(id) => self.find(id, ModelKind::Policy),
            None => {
                let mut policies: Vec<_> = self.kind(ModelKind::Policy).collect();
                policies.reverse();
                let place = usize::from(side == Side::A);
                policies.get(place).or(policies.first()).copied()
            }
        }
    }
}

/// A text of a form as it was before the browser gave its lines other ends.
pub(super) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The fields of an empty form.
pub(super) fn usual() -> Fields {
    let usual = Sampling::default();
    Fields::from_iter([
        ("temperature", usual.temperature.to_string()),
        ("top_p", usual.top_p.to_string()),
        ("max_tokens", TOKENS.to_string()),
        ("seed", "1".to_owned()),
        ("parts", "words".to_owned()),
    ])
}

/// Puts a prompt of the project into the form.
pub(super) fn take(fields: &mut Fields, prompt: &Prompt) {
    let asked = prompt.messages.last();
    fields.set("prompt", prompt.id.as_str());
    fields.set("number", prompt.number.to_string());
    fields.set("text", asked.map_or("", |it| it.content.as_str()));
}

/// The conversation that the form asks about, and the project's prompt if it is that one unchanged.
pub(super) async fn conversation(
    cx: &Cx,
    fields: &Fields,
    field: &str,
) -> Result<(Vec<Message>, Option<PromptId>)> {
    let typed = lines(fields.raw(field).unwrap_or_default());
    if let Some(id) = fields.get("prompt") {
        let project = &cx.project()?.id;
        let prompt = cx.store().prompt(project, &PromptId::from(id)).await?;
        if let Some(prompt) = prompt
            && prompt
                .messages
                .last()
                .is_some_and(|last| lines(&last.content).trim() == typed.trim())
        {
            return Ok((prompt.messages, Some(prompt.id)));
        }
    }
    Ok((vec![Message::user(typed.trim())], None))
}

/// What is wrong with the form, and how it wants to be sampled.
pub(super) fn check(fields: &Fields, models: &Models) -> Result<Sampling, Vec<Invalid>> {
    let mut wrong = Vec::new();
    match fields.get("text").map_or(0, |it| it.chars().count()) {
        0 => wrong.push(Invalid::missing("text")),
        n if n > MAX_TEXT => wrong.push(Invalid::new("text", Problem::TooLong { max: MAX_TEXT })),
        _ => {}
    }
    for side in Side::BOTH {
        if models.chosen(fields, side).is_none() {
            wrong.push(Invalid::other(side.name(), text::NO_SUCH_MODEL));
        }
    }
    match Generate::parse(fields) {
        Ok(generate) if wrong.is_empty() => Ok(generate.sampling),
        Ok(_) => Err(wrong),
        Err(problems) => {
            wrong.extend(problems);
            Err(wrong)
        }
    }
}

/// The request of one side. The same model on both sides is sampled twice.
pub(super) fn request(
    models: &Models,
    fields: &Fields,
    side: Side,
    messages: &[Message],
    sampling: &Sampling,
) -> Option<(Served, Ask)> {
    let served = models.chosen(fields, side)?.clone();
    let other = models.chosen(fields, Side::A)?;
    let again = side == Side::B && other.id == served.id;
    let sampling = Sampling {
        seed: sampling.seed + u64::from(again),
        ..sampling.clone()
    };
    let ask = Ask {
        model: served.there.clone(),
        messages: messages.to_vec(),
        sampling,
    };
    Some((served, ask))
}

/// Notes in the form what its answers answer: what is typed later does not change that.
pub(super) fn note(fields: &mut Fields, models: &Models) {
    let asked = lines(fields.raw("text").unwrap_or_default());
    fields.set("asked", asked);
    for side in Side::BOTH {
        let chosen = models.chosen(fields, side).map(|it| it.id.clone());
        fields.set(format!("asked_{}", side.name()), chosen.unwrap_or_default());
    }
    for name in ["temperature", "top_p", "max_tokens", "seed"] {
        let value = fields.raw(name).unwrap_or_default().to_owned();
        fields.set(format!("asked_{name}"), value);
    }
}
