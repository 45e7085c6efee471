//! What changes while a run goes: its state, and what came of it. Drawn the same way for the page and for
//! the stream of events.

use crate::text::runs as text;
use crate::ui::chart::short;
use crate::ui::interval::{SHARE, drawing};
use crate::ui::{Chart, Guide, Series};
use domain::measure::{self, Figure, Outcome};
use domain::method::Method;
use domain::run::{Status, Wish};
use leptos::prelude::*;
use store::metrics::{Metric, Sample};
use store::runs::{Run, Waits};
use store::waiting::Progress;

/// A run's status in words and colour.
pub(super) fn badge(status: Status) -> impl IntoView {
    view! { <span class=text::status_class(status)>{text::status(status)}</span> }
}

/// How far it is, where that is worth saying.
pub(super) fn progress_words(run: &Run) -> Option<String> {
    let begun = run.step > 0 && run.status != Status::Done;
    begun.then(|| text::step(run.step, run.steps))
}

/// One figure in a few words: `74.0 % (66.1 to 80.9)`.
pub(super) fn figure_line(figure: &Figure) -> String {
    let value = number(figure, figure.value);
    let interval = figure.interval.map_or_else(String::new, |it| {
        format!(
            " ({} to {})",
            number(figure, it.low),
            number(figure, it.high)
        )
    });
    format!("{}: {value}{interval}", text::figure(&figure.name))
}

/// Whether a figure is a share.
fn is_share(figure: &Figure) -> bool {
    let named = |name: &str| figure.name == name || figure.name.ends_with(name);
    named(measure::ACCURACY) || named("_rate") || named("share")
}

fn number(figure: &Figure, value: f64) -> String {
    if is_share(figure) {
        text::percent(value)
    } else {
        short(value)
    }
}

fn last(metrics: &[Metric], name: &str) -> Option<f64> {
    let found = metrics.iter().rev().find(|metric| metric.name == name);
    found.map(|metric| metric.value)
}

/// The state: badge, progress, what hinders it. `before` is how many runs wait before it; `people` how far those are
/// whom it asked.
pub(super) fn state(
    run: &Run,
    metrics: &[Metric],
    before: Option<usize>,
    people: Option<Progress>,
) -> impl IntoView + use<> {
    let going = run.status == Status::Running;
    let waits = (run.status == Status::Queued).then(|| text::waiting(before));
    let wish = match (run.status, run.wish) {
        (Status::Running, Wish::Pause) => Some(text::PAUSING),
        (Status::Running, Wish::Cancel) => Some(text::CANCELLING),
        (Status::Paused, _) if run.waits == Waits::No => Some(text::GOES_ON),
        _ => None,
    };
    let bar = (run.steps > 0 && !run.status.is_over()).then(|| {
        view! { <progress class="percent" max=run.steps value=run.step.min(run.steps) aria-label=text::PROGRESS></progress> }
    });
    let asked = people.filter(|_| for_people(run)).map(|people| {
        let queue = format!("/projects/{}/queue", run.project);
        view! {
            <div class="notice">
                <p><strong>{text::waits_for_people(people.judged, people.refinements)}</strong></p>
                <p>{text::settled(people.settled, people.critiques)}</p>
                <p><a class="button primary" href=queue>{text::JUDGE_IN_QUEUE}</a></p>
            </div>
        }
    });
    let seconds = run.started_at.zip(run.finished_at);
    let facts: Vec<String> = [
        Some(run.stage.clone()).filter(|stage| going && !stage.is_empty()),
        progress_words(run),
        last(metrics, measure::SECONDS_LEFT)
            .filter(|_| going)
            .map(text::left),
        last(metrics, measure::TOKENS_PER_SECOND)
            .filter(|_| going)
            .map(|speed| text::speed(&short(speed))),
        last(metrics, measure::MEMORY)
            .filter(|_| going)
            .map(text::memory),
        seconds.map(|(from, to)| text::took((to - from) as f64 / 1000.0)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let problem = run.problem.clone().map(|words| {
        view! { <div class="notice bad" role="alert"><p><strong>{text::PROBLEM}</strong>" "<span dir="auto">{words}</span></p></div> }
    });
    view! {
        <p class="state">{badge(run.status)} <span>{facts.join(" · ")}</span></p>
        {bar}
        {waits.map(|words| view! { <p class="muted">{words}</p> })}
        {wish.map(|words| view! { <p class="muted">{words}</p> })}
        {asked}
        {problem}
    }
}

/// Whether it waits for people to judge what it sampled.
pub(super) fn for_people(run: &Run) -> bool {
    run.status == Status::Paused && run.waits == Waits::ForPeople
}

/// What came of it on held-out examples; nothing before there is something.
pub(super) fn outcome(run: &Run) -> impl IntoView + use<> {
    let outcome: Outcome = serde_json::from_value(run.result.clone()).unwrap_or_default();
    let any = !outcome.figures.is_empty() || !outcome.calibration.is_empty();
    any.then(|| {
        let figures = outcome.figures.iter().map(figure).collect_view();
        let remarks = outcome.remarks.iter();
        let remarks = remarks.map(|words| view! { <p class="notice">{words.clone()}</p> });
        let calibration = (!outcome.calibration.is_empty()).then(|| calibration(&outcome).view());
        view! {
            <section class="card outcome">
                <h2>{text::OUTCOME}</h2>
                <p class="muted">{text::OUTCOME_WORDS}</p>
                {figures}
                {remarks.collect_view()}
                <div class="charts">{calibration}</div>
            </section>
        }
    })
}

fn figure(it: &Figure) -> impl IntoView + use<> {
    let share = is_share(it);
    let interval = it
        .interval
        .map(|i| text::interval(&number(it, i.low), &number(it, i.high)));
    let of = text::of_examples(it.of);
    let drawn = share.then(|| drawing(SHARE, Some(it.value), it.interval));
    let against = it.baselines.iter().map(|baseline| {
        let drawn = share.then(|| drawing(SHARE, Some(baseline.value), None));
        let value = number(it, baseline.value);
        view! {
            <tr><th scope="row">{text::baseline(&baseline.name)}</th><td class="number">{value}</td><td>{drawn}</td></tr>
        }
    });
    let against = against.collect_view();
    // only where more is better can a baseline be beaten
    let reached = share
        && it.interval.is_some_and(|i| {
            let best = it
                .baselines
                .iter()
                .map(|b| b.value)
                .fold(f64::MIN, f64::max);
            i.low <= best
        });
    let name = text::figure(&it.name);
    view! {
        <p class="figure">
            <span class="label">{name.clone()}</span>
            <strong>{number(it, it.value)}</strong>
            <span>{interval} " " {of}</span>
            {drawn}
        </p>
        {(!it.baselines.is_empty()).then(|| view! {
            <div class="table" tabindex="0" role="region" aria-label=format!("{name}: {}", text::COMPARED_WITH)>
                <table class="baselines"><caption>{text::COMPARED_WITH}</caption><tbody>{against}</tbody></table>
            </div>
        })}
        {reached.then(|| view! { <p class="notice warn">{text::NOT_BETTER}</p> })}
    }
}

fn calibration(outcome: &Outcome) -> Chart {
    let bins = &outcome.calibration;
    let points = bins.iter().map(|bin| (bin.predicted, bin.observed));
    let band = bins.iter().filter_map(|bin| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count is a count"
        )]
        let hits = (bin.observed * bin.count as f64).round() as usize;
        let interval = domain::stats::wilson(hits, bin.count)?;
        Some((bin.predicted, interval.low, interval.high))
    });
    Chart {
        title: text::CALIBRATION.into(),
        note: Some(text::CALIBRATION_NOTE.into()),
        x: text::PREDICTED.into(),
        series: vec![Series {
            band: band.collect(),
            ..Series::new(text::OBSERVED, 0, points.collect())
        }],
        guides: vec![Guide::Diagonal(text::PERFECT.into())],
        range: Some((0.0, 1.0)),
    }
}

/// The same prompts before and after.
pub(super) fn samples(run: &Run, samples: &[Sample]) -> impl IntoView + use<> {
    let over = run.status.is_over();
    let pairs = samples
        .iter()
        .map(|sample| {
            let asked = domain::prompt::plain_text(&sample.prompt);
            view! {
                <article class="card sample">
                    <h3 class="asked-short" dir="auto">{asked}</h3>
                    <div class="side-by-side">
                        {said(text::BEFORE, sample.before.as_deref())}
                        {said(text::AFTER, sample.after.as_deref())}
                    </div>
                </article>
            }
        })
        .collect_view();
    let none = samples.is_empty();
    let silent = none && (over || run.method == Method::RewardModel);
    (!silent).then(|| {
        view! {
            <section>
                <h2>{text::SAMPLES}</h2>
                <p class="muted">{if none { text::NO_SAMPLES } else { text::SAMPLES_WORDS }}</p>
                {pairs}
            </section>
        }
    })
}

fn said(label: &'static str, words: Option<&str>) -> impl IntoView + use<> {
    let body = match words {
        Some(words) => view! { <p class="verbatim" dir="auto">{words.to_owned()}</p> }.into_any(),
        None => view! { <p class="muted">{text::NOT_YET}</p> }.into_any(),
    };
    view! { <div><h4 class="small muted">{label}</h4>{body}</div> }
}
