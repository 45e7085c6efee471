//! A reward model's heat: what each word or segment of a response adds to its reward.

use super::ask::{Models, Side, conversation, lines};
use crate::Cx;
use crate::error::Result;
use crate::text::playground as text;
use crate::ui::chart::short;
use crate::wire::{Problem, Score};
use domain::Fields;
use domain::occlusion::{segments, without};
use domain::run::ModelKind;
use leptos::prelude::*;
use serde_json::json;

/// Steps of heat on either side of none.
const STEPS: f64 = 4.0;
/// The most segments of one response.
const SEGMENTS: usize = 60;
/// Parts named in words below the text.
const NAMED: usize = 3;

/// What the chosen reward model makes of the answers; none where none is chosen or there are no answers.
pub(super) async fn ask(
    cx: &Cx,
    models: &Models,
    fields: &Fields,
) -> Result<Option<Result<Vec<Score>, Problem>>> {
    let Some(reward) = fields.get("reward") else {
        return Ok(None);
    };
    let Some(served) = models.find(reward, ModelKind::Reward) else {
        return Ok(None);
    };
    let answers = Side::BOTH.map(|side| {
        let name = format!("answer_{}", side.name());
        lines(fields.raw(&name).unwrap_or_default())
    });
    if answers.iter().any(String::is_empty) {
        return Ok(None);
    }
    let (messages, _) = conversation(cx, fields, "asked").await?;
    let request = |responses: &[String], parts: bool| {
        json!({
            "model": served.there, "messages": messages, "responses": responses, "parts": parts,
        })
    };
    if fields.get("parts") != Some("segments") {
        return Ok(Some(served.upstream.score(&request(&answers, true)).await));
    }
    let mut scores = Vec::new();
    for answer in answers {
        let segments = segments(&answer, SEGMENTS);
        let mut texts = vec![answer.clone()];
        texts.extend((0..segments.len()).map(|n| without(&segments, n)));
        match served.upstream.score(&request(&texts, false)).await {
            Ok(found) => scores.push(occluded(&segments, &found)),
            Err(problem) => return Ok(Some(Err(problem))),
        }
    }
    Ok(Some(Ok(scores)))
}

/// What each segment adds: the reward of the whole less that without it.
fn occluded(segments: &[&str], found: &[Score]) -> Score {
    let whole = found.first().map_or(f64::NAN, |it| it.reward);
    let effects = found.iter().skip(1).map(|it| whole - it.reward);
    Score {
        reward: whole,
        parts: segments
            .iter()
            .map(|segment| (*segment).to_owned())
            .zip(effects)
            .collect(),
        by: "occlusion".to_owned(),
    }
}

/// How much heat, from −4 to 4: shares of the strongest effect in either response.
fn step(effect: f64, strongest: f64) -> i8 {
    if strongest <= 0.0 || !effect.is_finite() {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most four either way")]
    let step = (effect / strongest * STEPS).round().clamp(-STEPS, STEPS) as i8;
    step
}

fn class(step: i8) -> String {
    match step {
        0 => "heat".to_owned(),
        s if s > 0 => format!("heat up-{s}"),
        s => format!("heat down-{}", s.unsigned_abs()),
    }
}

/// The strongest effect of all, so that two responses can be compared.
pub(super) fn strongest(scores: &[Score]) -> f64 {
    let effects = scores.iter().flat_map(|it| &it.parts);
    effects
        .map(|(_, effect)| effect.abs())
        .filter(|effect| effect.is_finite())
        .fold(0.0, f64::max)
}

/// A response with the reward model's heat on its parts.
pub(super) fn view(score: &Score, strongest: f64) -> impl IntoView + use<> {
    let parts = score
        .parts
        .iter()
        .map(|(words, effect)| {
            let signed = signed(*effect);
            let class = class(step(*effect, strongest));
            view! { <span class=class title=signed>{words.clone()}</span> }
        })
        .collect_view();
    let mut named: Vec<&(String, f64)> = score
        .parts
        .iter()
        .filter(|(words, effect)| !words.trim().is_empty() && effect.is_finite())
        .collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    let list = |parts: Vec<&(String, f64)>| {
        let words: Vec<String> = parts
            .iter()
            .map(|(words, effect)| format!("{} ({})", words.trim(), signed(*effect)))
            .collect();
        words.join(", ")
    };
    let raises = named.iter().take(NAMED).filter(|it| it.1 > 0.0);
    let raises = list(raises.copied().collect());
    let lowers = named.iter().rev().take(NAMED).filter(|it| it.1 < 0.0);
    let lowers = list(lowers.copied().collect());
    view! {
        <p>{text::reward(&short(score.reward))}</p>
        <p class="verbatim heated" dir="auto">{parts}</p>
        {(!raises.is_empty()).then(|| view! { <p class="small" dir="auto"><strong>{text::RAISES}</strong>" "{raises}</p> })}
        {(!lowers.is_empty()).then(|| view! { <p class="small" dir="auto"><strong>{text::LOWERS}</strong>" "{lowers}</p> })}
        <p class="small muted">{text::by(&score.by)}</p>
    }
}

fn signed(effect: f64) -> String {
    if effect > 0.0 {
        format!("+{}", short(effect))
    } else {
        short(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_adds_is_what_is_missing_without_it() {
        let scores = [3.0, 1.0, 4.0].map(|reward| Score {
            reward,
            ..Score::default()
        });
        let score = occluded(&["a", "b"], &scores);
        assert_eq!(score.parts, [("a".to_owned(), 2.0), ("b".to_owned(), -1.0)]);
    }

    #[test]
    fn heat_is_a_share_of_the_strongest_effect_of_both() {
        let score = |effects: &[f64]| Score {
            reward: 1.0,
            parts: effects.iter().map(|e| ("w ".to_owned(), *e)).collect(),
            by: "occlusion".into(),
        };
        let scores = [score(&[0.5, -2.0]), score(&[1.0, f64::NAN])];
        let strongest = strongest(&scores);
        assert!((strongest - 2.0).abs() < 1e-12);
        let steps: Vec<i8> = [0.5, -2.0, 1.0, 0.01, f64::NAN]
            .map(|effect| step(effect, strongest))
            .to_vec();
        assert_eq!(steps, [1, -4, 2, 0, 0]);
        assert_eq!(
            (class(-4), class(2)),
            ("heat down-4".into(), "heat up-2".into())
        );
        assert_eq!(step(1.0, 0.0), 0);
    }
}
