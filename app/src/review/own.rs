//! The reviewer's own answer: the same fields as the annotators' form, in their plainest shape, read by the same
//! parser. Beginning from somebody's answer is a link (`?from=…`), so that a small correction is small work.

use super::said::Lettered;
use crate::Cx;
use crate::text::review as text;
use crate::ui::{Choice, Errors, TextArea, textarea_content};
use domain::annotation::{Context, Kind, Polarity, Shown, Verdict};
use domain::{Fields, Invalid};
use leptos::prelude::*;
use store::review::ReviewTask;

/// Remarks that the form has room for.
const REMARKS: usize = 3;

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

pub(super) fn form(
    cx: &Cx,
    here: &str,
    it: &ReviewTask,
    kind: Kind,
    letters: &[Lettered],
    mut fields: Fields,
    errors: Vec<Invalid>,
) -> AnyView {
    let Ok(project) = cx.project() else {
        return ().into_any();
    };
    let settings = &project.settings;
    let from = fields.get("from").map(str::to_owned);
    let begun = from.and_then(|id| {
        it.answers
            .iter()
            .find(|a| a.id.as_str() == id)
            .map(|a| a.said.clone())
    });
    if let Some(begun) = begun {
        let shown = shown(it);
        let context = Context {
            responses: &shown,
            settings,
            criteria: &it.criteria,
        };
        fields.0.extend(begun.to_fields(context).0);
    }
    let open = !errors.is_empty() || fields.get("from").is_some();
    let starts = it.standing(kind).enumerate().map(|(n, answer)| {
        let href = format!(
            "{here}?kind={}&from={}#own-{}",
            kind.name(),
            answer.id,
            kind.name()
        );
        view! { " " <a href=href>{text::from_answer(n + 1)}</a> }
    });
    let starts = starts.collect_view();
    let part = match kind {
        Kind::Preference => preference(settings, &fields, &errors),
        Kind::Critique => critique(settings, letters, &fields, &errors),
        Kind::Refinement => refinement(letters, &fields, &errors),
        Kind::Incorporation => incorporation(&fields, &errors),
        Kind::Grade => grade(settings, it, &fields, &errors),
    };
    view! {
        <details class="card" open=open id=format!("own-{}", kind.name())>
            <summary>{text::OWN}</summary>
            <p class="muted">{text::OWN_NOTE} {starts}</p>
            <form method="post" action=format!("{here}/own")>
                <Errors errors=errors />
                <input type="hidden" name="kind" value=kind.name() />
                {part}
                <div class="field">
                    <label for=format!("why-{}", kind.name())>{text::WHY}</label>
                    <textarea id=format!("why-{}", kind.name()) name="note" rows="2" dir="auto" inner_html=textarea_content(fields.raw("note").unwrap_or_default())></textarea>
                </div>
                <button class="primary">{text::OWN_SAVE}</button>
            </form>
        </details>
    }
    .into_any()
}

fn strengths() -> Vec<(String, String)> {
    (1..=7_i8)
        .map(|key| {
            let words =
                text::preference(key - 4, false, &text::response("A"), &text::response("B"));
            (key.to_string(), words)
        })
        .collect()
}

fn preference(
    settings: &domain::project::Settings,
    fields: &Fields,
    errors: &[Invalid],
) -> AnyView {
    let mut overall = strengths();
    overall.push(("bad".into(), text::BOTH_BAD.into()));
    let aspects = settings.aspects.iter().filter(|_| settings.preference_per_aspect).map(|aspect| {
        view! { <Choice name=format!("preference.aspect.{aspect}") label=aspect.clone() choices=strengths() fields=fields.clone() errors=errors.to_vec() /> }
    });
    let aspects = aspects.collect_view();
    view! {
        <Choice name="preference.strength" label=text::OVERALL choices=overall fields=fields.clone() errors=errors.to_vec() />
        {aspects}
        <TextArea name="preference.reason" label=text::REASON fields=fields.clone() errors=errors.to_vec() />
    }
    .into_any()
}

fn critique(
    settings: &domain::project::Settings,
    letters: &[Lettered],
    fields: &Fields,
    errors: &[Invalid],
) -> AnyView {
    let same = |items: &[String]| {
        items
            .iter()
            .map(|i| (i.clone(), i.clone()))
            .collect::<Vec<_>>()
    };
    let responses: Vec<_> = letters
        .iter()
        .map(|r| (r.id.to_string(), text::response(&r.letter)))
        .collect();
    let polarities: Vec<_> = Polarity::ALL
        .map(|p| (p.name().to_owned(), text::polarity(p).to_owned()))
        .into();
    let (aspects, types) = (same(&settings.aspects), same(&settings.error_types));
    // as many as the answer begun from has, and room for one more
    let filled = (0..domain::annotation::MAX_REMARKS)
        .filter(|n| fields.raw(&format!("critique.{n}.text")).is_some())
        .count();
    (0..REMARKS.max(filled + 1).min(domain::annotation::MAX_REMARKS))
        .map(|n| {
            let name = |part: &str| format!("critique.{n}.{part}");
            let choice = |part: &str, label: &str, choices: &[(String, String)]| {
                (!choices.is_empty()).then(|| view! { <Choice name=name(part) label=label.to_owned() choices=choices.to_vec() fields=fields.clone() errors=errors.to_vec() /> })
            };
            let several = responses.len() > 1;
            view! {
                <fieldset>
                    <legend>{text::remark(n + 1)}</legend>
                    {several.then(|| choice("response", text::WHICH, &responses))}
                    {choice("polarity", text::POLARITY, &polarities)}
                    {choice("aspect", text::ASPECT, &aspects)}
                    {choice("error", text::ERROR_TYPE, &types)}
                    <TextArea name=name("quote") label=text::QUOTE fields=fields.clone() errors=errors.to_vec() rows=1 />
                    <TextArea name=name("text") label=text::WORDS fields=fields.clone() errors=errors.to_vec() rows=2 />
                </fieldset>
            }
        })
        .collect_view()
        .into_any()
}

fn refinement(letters: &[Lettered], fields: &Fields, errors: &[Invalid]) -> AnyView {
    letters
        .iter()
        .enumerate()
        .map(|(n, response)| {
            let name = format!("refinement.{n}.text");
            let mut typed = fields.clone();
            if typed.raw(&name).is_none() {
                typed.set(name.clone(), response.text.clone());
            }
            view! { <TextArea name=name label=text::response(&response.letter) fields=typed errors=errors.to_vec() rows=6 /> }
        })
        .collect_view()
        .into_any()
}

fn incorporation(fields: &Fields, errors: &[Invalid]) -> AnyView {
    let verdicts = Verdict::ALL.map(|v| (v.name().to_owned(), text::verdict(v).to_owned()));
    view! {
        <Choice name="incorporation.verdict" label=text::VERDICT choices=verdicts.into() fields=fields.clone() errors=errors.to_vec() />
        <TextArea name="incorporation.note" label=text::MISSING fields=fields.clone() errors=errors.to_vec() rows=2 />
    }
    .into_any()
}

fn grade(
    settings: &domain::project::Settings,
    it: &ReviewTask,
    fields: &Fields,
    errors: &[Invalid],
) -> AnyView {
    let labels = settings
        .grade_labels
        .iter()
        .map(|l| (l.clone(), l.clone()))
        .collect::<Vec<_>>();
    let items = it.criteria.iter().map(|c| {
        let checked = fields.all("grade.criteria").any(|id| id == c.id.as_str());
        view! { <label class="choice"><input type="checkbox" name="grade.criteria" value=c.id.to_string() checked=checked /><span dir="auto">{c.text.clone()} " (" {crate::text::grade::points(c.points)} ")"</span></label> }
    });
    let items = items.collect_view();
    let rubric = !it.criteria.is_empty();
    let points = settings.grade_points.map(|most| {
        let value = fields.raw("grade.points").unwrap_or_default().to_owned();
        view! { <div class="field"><label for="grade.points">{crate::text::grade::points_of(most)}</label><input id="grade.points" name="grade.points" class="points" inputmode="decimal" value=value /></div> }
    });
    view! {
        <Choice name="grade.label" label=crate::text::grade::GRADE choices=labels fields=fields.clone() errors=errors.to_vec() />
        {points}
        {rubric.then(|| view! { <fieldset class="field"><legend>{crate::text::grade::RUBRIC}</legend><div class="choices">{items}</div></fieldset> })}
        <TextArea name="grade.feedback" label=crate::text::grade::FEEDBACK fields=fields.clone() errors=errors.to_vec() rows=2 />
    }
    .into_any()
}
