//! The page itself.

use super::{Asked, Pairs, report};
use crate::Cx;
use crate::error::Result;
use crate::text::agreement as text;
use crate::ui::interval::{CHANCE_CORRECTED, SHARE, drawing};
use crate::ui::time;
use axum::extract::Query;
use axum::response::Response;
use domain::annotation::Scale;
use domain::stats::Interval;
use domain::{Fields, Kind, Provenance};
use leptos::prelude::*;
use store::reports::agreement::{Agreement, Pair, Question, Week, Without};
use store::reports::gold::Gold;

pub(super) async fn show(cx: Cx, Query(pairs): Pairs) -> Result<Response> {
    let asked = Asked::from(&Fields(pairs));
    let (report, gold) = report(&cx, &asked).await?;
    Ok(cx.page(text::TITLE, || {
        let here = cx.at("agreement");
        let query = asked.query();
        let comparable = report.questions.iter().any(|q| q.counts.items > 0);
        let draws = report.questions.iter().map(|q| q.draws).max().unwrap_or(1000);
        view! {
            <div class="page-head">
                <h1>{text::TITLE}</h1>
                <a class="button" href=format!("{here}.csv?{query}")>{text::SAVE_CSV}</a>
                <a class="button" href=format!("{here}.json?{query}")>{text::SAVE_JSON}</a>
            </div>
            <p class="lead">{text::LEAD}</p>
            {filter(&here, &asked)}
            {used(&here, &asked, &report)}
            {(!comparable).then(|| nothing(&report))}
            {report.questions.into_iter().filter(|q| q.counts.items > 0).map(|q| question(&here, &query, q)).collect_view()}
            {gold_section(gold)}
            {comparable.then(|| explain(draws))}
        }
    }))
}

fn filter(here: &str, asked: &Asked) -> impl IntoView + use<> {
    let kinds = Kind::ALL.into_iter().filter(|k| *k != Kind::Refinement);
    let kinds = kinds.map(|kind| {
        let selected = asked.kind == Some(kind);
        view! { <option value=kind.name() selected=selected>{text::kind(kind)}</option> }
    });
    let provenances = Provenance::ALL.map(|provenance| {
        let selected = asked.provenance == Some(provenance);
        view! { <option value=provenance.name() selected=selected>{text::provenance(provenance)}</option> }
    });
    let mixed = asked.provenance.is_none();
    view! {
        <form class="row report-filters" method="get" action=here.to_owned()>
            <label>{text::KIND} <select name="kind"><option value="">{text::ALL_KINDS}</option>{kinds.collect_view()}</select></label>
            <label>
                {text::PROVENANCE}
                <select name="provenance">{provenances}<option value="all" selected=mixed>{text::ALL_PROVENANCES}</option></select>
            </label>
            <button>{text::SHOW}</button>
        </form>
    }
}

fn used(here: &str, asked: &Asked, report: &Agreement) -> impl IntoView + use<> {
    let kind = asked.kind.map_or("", Kind::name);
    let left = report.left_out.iter().map(|left| {
        let href = format!("{here}?kind={kind}&provenance={}", left.provenance.name());
        let words = text::left_out(left.annotations, left.provenance);
        view! { " " {words} " " <a href=href>{text::see_these(left.provenance)}</a> }
    });
    let left = left.collect_view();
    view! { <p class="notice">{text::used(asked.provenance)} {left}</p> }
}

fn nothing(report: &Agreement) -> impl IntoView + use<> {
    let alone: usize = report
        .questions
        .iter()
        .map(|q| q.counts.alone)
        .max()
        .unwrap_or(0);
    view! {
        <section class="empty">
            <h2>{text::NOTHING}</h2>
            <p>{text::NOTHING_WORDS}</p>
            <p>{text::alone(alone)}</p>
        </section>
    }
}

fn question(here: &str, query: &str, it: Question) -> impl IntoView + use<> {
    let see = format!(
        "{here}/items?{query}&of={}&question={}",
        it.kind.name(),
        encode(&it.question)
    );
    let value = it
        .alpha
        .map_or_else(|| text::UNDEFINED.to_owned(), text::number);
    let counts = it.counts;
    let fleiss = it
        .fleiss
        .map_or_else(|| text::FLEISS_NOT.to_owned(), text::number);
    let same = it
        .same
        .map_or_else(|| text::UNDEFINED.to_owned(), text::percent);
    let different = it.pairs.iter().any(|p| p.different > 0);
    let weekly = it.weeks.len() > 1;
    view! {
        <section class="card agreement">
            <h2 dir="auto">{text::question(it.kind, &it.question)}</h2>
            <p class="figure">
                <span class="label">{text::ALPHA}</span>
                <strong>{value}</strong>
                {it.alpha.is_some().then(|| view! { <span>{text::interval(it.interval)}</span> })}
                {drawing(CHANCE_CORRECTED, it.alpha, it.interval)}
            </p>
            <p>{text::meaning(it.alpha, it.interval, it.same, counts.items, counts.people)}</p>
            <dl class="facts">
                <div><dt>{text::ITEMS}</dt><dd>{counts.items}</dd></div>
                <div><dt>{text::PEOPLE}</dt><dd>{counts.people}</dd></div>
                <div><dt>{text::ANSWERS}</dt><dd>{counts.answers}</dd></div>
                <div><dt>{text::SAME}</dt><dd>{same}</dd></div>
                <div><dt>{text::FLEISS}</dt><dd>{fleiss}</dd></div>
            </dl>
            <p class="muted">{text::scale(it.scale)} ". " {text::alone(counts.alone)}</p>
            {different.then(|| view! { <p><a href=see.clone()>{text::SEE_ALL}</a></p> })}
            {pairs(&see, it.scale, it.pairs)}
            {weekly.then(|| weeks(it.weeks))}
            {(!it.without.is_empty()).then(|| without(it.without))}
        </section>
    }
}

fn pairs(see: &str, scale: Scale, pairs: Vec<Pair>) -> impl IntoView + use<> {
    let note = match scale {
        Scale::Nominal => text::PAIRS_NOTE_NOMINAL,
        Scale::Ordinal | Scale::Interval => text::PAIRS_NOTE_ORDERED,
    };
    let open = pairs.len() <= 6;
    let rows = pairs.into_iter().map(|pair| {
        let href = format!(
            "{see}&one={}&other={}",
            encode(&pair.one.annotator),
            encode(&pair.other.annotator)
        );
        let words = text::show_different(pair.different);
        let different = if pair.different > 0 {
            let names = text::and(&pair.one.name, &pair.other.name);
            view! { <a href=href aria-label=format!("{words}: {names}")>{words.clone()}</a> }
                .into_any()
        } else {
            words.into_any()
        };
        view! {
            <tr>
                <th scope="row" dir="auto">{text::and(&pair.one.name, &pair.other.name)}</th>
                <td class="number">{pair.items}</td>
                <td class="number">{different}</td>
                {measured(pair.kappa, pair.interval, pair.items)}
            </tr>
        }
    });
    view! {
        <details open=open>
            <summary><h3>{text::PAIRS}</h3></summary>
            <p class="muted">{note}</p>
            <div class="table" tabindex="0" role="region" aria-label=text::PAIRS>
                <table>
                    <thead><tr>
                        <th scope="col">{text::PAIR}</th>
                        <th scope="col" class="number">{text::ITEMS}</th>
                        <th scope="col" class="number">{text::DIFFERENT}</th>
                        <th scope="col" class="number">{text::KAPPA}</th>
                        <th scope="col">{text::KAPPA_INTERVAL}</th>
                        <th scope="col">{text::DRAWN}</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

/// Fewer items than this give no number worth reading; files have it all the same.
const ENOUGH: usize = 5;

/// A coefficient's three cells.
fn measured(value: Option<f64>, interval: Option<Interval>, items: usize) -> impl IntoView {
    let value = value.filter(|_| items >= ENOUGH);
    let words = match value {
        Some(value) => text::number(value),
        None if items < ENOUGH => text::TOO_FEW.to_owned(),
        None => text::UNDEFINED.to_owned(),
    };
    view! {
        <td class="number">{words}</td>
        <td>{value.is_some().then(|| text::interval(interval))}</td>
        <td>{drawing(CHANCE_CORRECTED, value, interval)}</td>
    }
}

fn weeks(weeks: Vec<Week>) -> impl IntoView {
    let rows = weeks.into_iter().map(|week| {
        view! {
            <tr>
                <th scope="row">{time::day(week.start)}</th>
                <td class="number">{week.items}</td>
                {measured(week.alpha, week.interval, week.items)}
            </tr>
        }
    });
    view! {
        <details open>
            <summary><h3>{text::OVER_TIME}</h3></summary>
            <div class="table" tabindex="0" role="region" aria-label=text::OVER_TIME>
                <table>
                    <thead><tr>
                        <th scope="col">{text::WEEK}</th>
                        <th scope="col" class="number">{text::ITEMS}</th>
                        <th scope="col" class="number">{text::ALPHA}</th>
                        <th scope="col">{text::KAPPA_INTERVAL}</th>
                        <th scope="col">{text::DRAWN}</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

fn without(lines: Vec<Without>) -> impl IntoView {
    let rows = lines.into_iter().map(|line| {
        view! {
            <tr>
                <th scope="row" dir="auto">{line.person.name}</th>
                <td class="number">{line.answers}</td>
                <td class="number">{line.alpha.map_or_else(|| text::UNDEFINED.to_owned(), text::number)}</td>
                <td>{drawing(CHANCE_CORRECTED, line.alpha, None)}</td>
            </tr>
        }
    });
    view! {
        <details>
            <summary><h3>{text::WITHOUT}</h3></summary>
            <p class="muted">{text::WITHOUT_NOTE}</p>
            <div class="table" tabindex="0" role="region" aria-label=text::WITHOUT>
                <table>
                    <thead><tr>
                        <th scope="col">{text::PERSON}</th>
                        <th scope="col" class="number">{text::ANSWERS}</th>
                        <th scope="col" class="number">{text::ALPHA}</th>
                        <th scope="col">{text::DRAWN}</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

fn gold_section(gold: Gold) -> impl IntoView {
    if gold.tasks == 0 {
        return None;
    }
    let nobody = gold.people.is_empty();
    let rows = gold.people.into_iter().map(|line| {
        let share = line.right as f64 / line.of as f64;
        view! {
            <tr>
                <th scope="row" dir="auto">{line.person.name}</th>
                <td class="number">{format!("{} / {}", line.right, line.of)}</td>
                <td class="number">{text::percent(share)}</td>
                <td>{text::interval(line.interval)}</td>
                <td>{drawing(SHARE, Some(share), line.interval)}</td>
            </tr>
        }
    });
    Some(view! {
        <section class="card agreement">
            <h2>{text::GOLD}</h2>
            <p class="muted">{text::GOLD_NOTE}</p>
            {nobody.then(|| view! { <p>{text::gold_none(gold.tasks)}</p> })}
            {(!nobody).then(|| view! {
                <div class="table" tabindex="0" role="region" aria-label=text::GOLD>
                    <table>
                        <thead><tr>
                            <th scope="col">{text::PERSON}</th>
                            <th scope="col" class="number">{text::ANSWERS}</th>
                            <th scope="col" class="number">{text::RIGHT}</th>
                            <th scope="col">{text::KAPPA_INTERVAL}</th>
                            <th scope="col">{text::DRAWN}</th>
                        </tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            })}
        </section>
    })
}

fn explain(draws: usize) -> impl IntoView {
    view! {
        <details class="card">
            <summary><h2>{text::EXPLAIN}</h2></summary>
            <p>{text::EXPLAIN_ALPHA}</p>
            <p>{text::EXPLAIN_KAPPA}</p>
            <p>{text::EXPLAIN_SAME}</p>
            <p>{text::explain_interval(draws)}</p>
            <p>{text::EXPLAIN_REVIEW}</p>
        </details>
    }
}

/// Percent-encodes a value for a query string.
pub(crate) fn encode(value: &str) -> String {
    value
        .bytes()
        .fold(String::with_capacity(value.len()), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
}
