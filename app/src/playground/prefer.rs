//! The comparison becomes a preference. What it is about is what was asked when the answers were made, not
//! what stands in the fields by now.

use super::ask::{Models, Side, conversation, lines};
use super::view::page;
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::playground as text;
use axum::http::StatusCode;
use axum::response::Response;
use domain::prompt::SourceKind;
use domain::run::ModelKind;
use domain::{Fields, Invalid, Problem};
use serde_json::json;
use store::comparisons::{Comparison, Said};

/// The most characters of a reason.
const MAX_REASON: usize = 10_000;

/// Which is better: −3 to 3, and whether both are bad.
fn strength(fields: &Fields) -> Result<(i8, bool), Invalid> {
    match fields.get("strength") {
        Some("bad") => Ok((0, true)),
        Some(key) => match key.parse::<i8>() {
            Ok(key @ 1..=7) => Ok((key - 4, false)),
            _ => Err(Invalid::unknown("strength", key)),
        },
        None => Err(Invalid::missing("strength")),
    }
}

/// What one side said, as it is kept.
fn said(fields: &Fields, models: &Models, side: Side) -> Result<Said, Invalid> {
    let field = format!("answer_{}", side.name());
    let text = lines(fields.raw(&field).unwrap_or_default());
    if text.trim().is_empty() {
        return Err(Invalid::other(side.name(), text::NO_ANSWER));
    }
    let id = fields.get(&format!("asked_{}", side.name()));
    let served = id.and_then(|id| models.find(id, ModelKind::Policy));
    let served = served.ok_or_else(|| Invalid::other(side.name(), text::NO_SUCH_MODEL))?;
    let sampled = |name: &str| fields.get(&format!("asked_{name}")).map(str::to_owned);
    Ok(Said {
        source: served.name.clone(),
        kind: if served.outside {
            SourceKind::Api
        } else {
            SourceKind::Model
        },
        text,
        metadata: json!({
            "model": served.id, "from": "playground", "temperature": sampled("temperature"),
            "top_p": sampled("top_p"), "max_tokens": sampled("max_tokens"), "seed": sampled("seed"),
        }),
    })
}

pub(super) async fn prefer(cx: Cx, Form(fields): Form) -> Result<Response> {
    let models = Models::of(&cx).await?;
    let mut wrong = Vec::new();
    let mut note = |problem: Invalid| wrong.push(problem);
    let strength = strength(&fields).map_err(&mut note);
    let left = said(&fields, &models, Side::A).map_err(&mut note);
    let right = said(&fields, &models, Side::B).map_err(&mut note);
    let reason = lines(fields.get("reason").unwrap_or_default());
    if reason.chars().count() > MAX_REASON {
        note(Invalid::new("reason", Problem::TooLong { max: MAX_REASON }));
    }
    if let (Ok(left), Ok(right)) = (&left, &right)
        && (&left.source, &left.text) == (&right.source, &right.text)
    {
        note(Invalid::other("strength", text::THE_SAME));
    }
    let (messages, prompt) = conversation(&cx, &fields, "asked").await?;
    if messages.last().is_none_or(|it| it.content.is_empty()) {
        note(Invalid::missing("text"));
    }
    let (Ok((strength, both_bad)), Ok(left), Ok(right), true) =
        (strength, left, right, wrong.is_empty())
    else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return page(&cx, status, &models, fields, wrong, None).await;
    };
    let comparison = Comparison {
        prompt,
        messages,
        left,
        right,
        strength,
        both_bad,
        reason,
    };
    let (project, user, now) = (&cx.project()?.id, cx.user_id()?, store::now_ms());
    let saved = cx
        .store()
        .save_comparison(project, &comparison, user, now)
        .await;
    let prompt = match saved {
        Ok((prompt, _)) => prompt,
        // nothing typed is lost, and the same button tries again
        Err(cause) => {
            let (_, words) = Error::from(cause).words();
            let wrong = vec![Invalid::other("strength", words)];
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return page(&cx, status, &models, fields, wrong, None).await;
        }
    };
    let encode = |name: &str| -> String {
        let value = fields.get(name).unwrap_or_default();
        form_urlencoded::byte_serialize(value.as_bytes()).collect()
    };
    let next = format!(
        "playground?a={}&b={}&saved={prompt}",
        encode("a"),
        encode("b")
    );
    Ok(cx.redirect(&cx.at(&next)))
}

#[cfg(test)]
mod tests {
    use super::strength;
    use domain::Fields;

    #[test]
    fn keys_are_those_of_the_queue() {
        for (key, expected) in [
            ("1", (-3, false)),
            ("4", (0, false)),
            ("7", (3, false)),
            ("bad", (0, true)),
        ] {
            assert_eq!(
                strength(&Fields::from_iter([("strength", key)])),
                Ok(expected)
            );
        }
        for key in ["", "0", "8", "x"] {
            assert!(
                strength(&Fields::from_iter([("strength", key)])).is_err(),
                "{key}"
            );
        }
    }
}
