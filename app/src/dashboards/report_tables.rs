//! The reports as tables of words: pure functions from a board of scores.

use super::reports::{Found, Given};
use crate::text::reports as words;
use crate::ui::chart::{Branch, Whisker, dendrogram, intervals};
use domain::feedbacker::weakness::{RANKS, by_rank};
use domain::feedbacker::{cluster, difference, failure, trade};
use domain::stats::{Interval, Random};
use domain::taxonomy::path;
use std::collections::HashSet;

/// The seed of every draw: the same numbers give the same page.
const SEED: u64 = 20_260_401;
/// Draws of scores for intervals of ranks.
const DRAWS: usize = 100;
/// Lines of a report.
const LINES: usize = 60;
/// Nodes that are compared with each other at most: those with most said.
const NODES: usize = 60;

fn interval(it: Option<Interval>) -> String {
    it.map_or_else(
        || "–".to_owned(),
        |it| format!("{:.1} to {:.1}", it.low, it.high),
    )
}

/// At most so many are drawn: the table has the rest.
const DRAWN: usize = 40;

/// Numbers with their intervals around a guide; none where there is nothing to draw.
fn plot(heading: &str, axis: &str, guide: Option<f64>, drawn: Vec<Whisker>) -> Option<String> {
    (!drawn.is_empty()).then(|| intervals(heading, axis, guide, &drawn))
}

fn whisker(name: String, value: f64, interval: Option<(f64, f64)>) -> Whisker {
    Whisker {
        name,
        value,
        interval,
        thin: false,
    }
}

fn ends(it: Option<Interval>) -> Option<(f64, f64)> {
    it.map(|it| (it.low, it.high))
}

/// Feedbacker's: nodes on which the model's rank is another than overall by more than three.
pub(super) fn ranks(given: &Given) -> Found {
    let shifts = by_rank(&given.board, given.model, RANKS);
    let mut all: Vec<_> = shifts.worse.iter().chain(&shifts.better).collect();
    all.sort_by_key(|it| -it.difference);
    let cut: Vec<_> = if all.len() > LINES {
        [&all[..LINES * 2 / 3], &all[all.len() - LINES / 3..]].concat()
    } else {
        all
    };
    Found {
        columns: vec![
            words::NODE,
            words::RANK_THERE,
            words::RANK_DIFFERS,
            words::INTERVAL,
        ],
        nodes: cut.iter().map(|it| Some(it.place)).collect(),
        lines: cut
            .iter()
            .map(|it| {
                let interval = it
                    .interval
                    .map(|(low, high)| format!("{low:+} to {high:+}"));
                vec![
                    given.board.places[it.place].path.clone(),
                    it.rank.to_string(),
                    format!("{:+}", it.difference),
                    interval.unwrap_or_else(|| "–".to_owned()),
                ]
            })
            .collect(),
        note: words::ranks(&given.board.models[given.model], given.board.models.len()),
        picture: plot(
            words::SHIFTS,
            words::RANK_DIFFERS,
            Some(0.0),
            cut.iter()
                .take(DRAWN)
                .map(|it| {
                    let interval = it.interval.map(|(low, high)| (low as f64, high as f64));
                    let name = given.board.places[it.place].path.clone();
                    whisker(name, it.difference as f64, interval)
                })
                .collect(),
        ),
    }
}

pub(super) fn failures(given: &Given) -> Found {
    let mut random = Random::seeded(SEED);
    let draws = given.board.draw(DRAWS, &mut random);
    let modes = failure::explore(&given.board, draws.as_ref(), &mut random);
    let mine = |it: &&failure::Mode| it.model == given.model;
    let systematic = modes
        .systematic()
        .filter(mine)
        .map(|it| (it, words::SYSTEMATIC));
    let occasional = modes
        .occasional()
        .filter(mine)
        .map(|it| (it, words::OCCASIONAL));
    let all: Vec<_> = systematic.chain(occasional).take(LINES).collect();
    Found {
        columns: vec![
            words::NODE,
            words::KIND,
            words::RANK_THERE,
            words::UNEVEN,
            words::INTERVAL,
            words::CHANCE,
            words::CHILDREN,
        ],
        nodes: all.iter().map(|(it, _)| Some(it.place)).collect(),
        lines: all
            .iter()
            .map(|(it, kind)| {
                let chance = it
                    .chance
                    .map_or_else(|| "–".to_owned(), |it| format!("{it:.1}"));
                let children: Vec<String> = it
                    .children
                    .iter()
                    .map(|(_, rank)| rank.to_string())
                    .collect();
                vec![
                    given.board.places[it.place].path.clone(),
                    (*kind).to_owned(),
                    it.rank.to_string(),
                    format!("{:.1}", it.deviation),
                    interval(it.interval),
                    chance,
                    children.join(", "),
                ]
            })
            .collect(),
        note: words::failures(&given.board.models[given.model]),
        picture: plot(
            words::FAILURE,
            words::UNEVEN,
            None,
            all.iter()
                .take(DRAWN)
                .map(|(it, kind)| {
                    let name = words::kind_of(&given.board.places[it.place].path, kind);
                    whisker(name, it.deviation, ends(it.interval))
                })
                .collect(),
        ),
    }
}

pub(super) fn differences(given: &Given) -> Found {
    let all: Vec<usize> = (0..given.board.models.len()).collect();
    let (mut apart, threshold) = difference::report(&given.board, &all);
    apart.truncate(LINES);
    // a draw of hundreds of places takes longer than the page may
    let shown: HashSet<usize> = apart.iter().map(|it| it.place).collect();
    let mut random = Random::seeded(SEED);
    let shown = |place: usize| shown.contains(&place);
    if let Some(draws) = given.board.draw_where(DRAWS, shown, &mut random) {
        difference::intervals(&mut apart, &all, &draws);
    }
    Found {
        columns: vec![words::NODE, words::SPREAD, words::INTERVAL, words::RANKS],
        nodes: apart.iter().map(|it| Some(it.place)).collect(),
        lines: apart
            .iter()
            .map(|it| {
                let mut ranks: Vec<(usize, &String)> = it
                    .ranks
                    .iter()
                    .zip(&given.board.models)
                    .filter_map(|(rank, name)| Some(((*rank)?, name)))
                    .collect();
                ranks.sort_by_key(|(rank, _)| *rank);
                let ranks: Vec<String> = ranks
                    .iter()
                    .map(|(rank, name)| format!("{rank} {name}"))
                    .collect();
                vec![
                    given.board.places[it.place].path.clone(),
                    format!("{:.1}", it.deviation),
                    interval(it.interval),
                    ranks.join(" · "),
                ]
            })
            .collect(),
        note: words::differences(threshold),
        picture: plot(
            words::DIFFERENCE,
            words::SPREAD,
            threshold,
            apart
                .iter()
                .take(DRAWN)
                .map(|it| {
                    let name = given.board.places[it.place].path.clone();
                    whisker(name, it.deviation, ends(it.interval))
                })
                .collect(),
        ),
    }
}

/// The nodes with most said on which at least two models have a score, without the whole.
fn places(given: &Given) -> Vec<usize> {
    let said = |place: &usize| -> usize {
        given.board.cells[*place]
            .iter()
            .flatten()
            .map(|it| it.prompts)
            .sum()
    };
    let mut places: Vec<usize> = (1..given.ids.len())
        .filter(|place| given.board.cells[*place].iter().flatten().count() > 1)
        .collect();
    places.sort_by_key(|place| std::cmp::Reverse(said(place)));
    places.truncate(NODES);
    places.sort_unstable();
    places
}

pub(super) fn clusters(given: &Given) -> Found {
    let places = places(given);
    let joins = cluster::cluster(&given.board, &places, DRAWS, &mut Random::seeded(SEED));
    let members = cluster::members(&joins, given.board.models.len());
    Found {
        columns: vec![words::TOGETHER, words::DISTANCE, words::SUPPORT],
        nodes: vec![None; joins.len()],
        lines: joins
            .iter()
            .zip(&members)
            .map(|(join, members)| {
                let names: Vec<&str> = members
                    .iter()
                    .map(|it| given.board.models[*it].as_str())
                    .collect();
                vec![
                    names.join(" · "),
                    format!("{:.2}", join.distance),
                    format!("{:.0} %", join.support * 100.0),
                ]
            })
            .collect(),
        note: words::clusters(places.len()),
        picture: (!joins.is_empty()).then(|| {
            let branch = |it: &cluster::Join| Branch {
                of: [it.one, it.other],
                at: it.distance,
                support: it.support,
            };
            let branches: Vec<Branch> = joins.iter().map(branch).collect();
            dendrogram(
                words::CLUSTER,
                words::DISTANCE,
                1.0,
                &given.board.models,
                &branches,
            )
        }),
    }
}

pub(super) fn trades(given: &Given) -> Found {
    let places = places(given);
    let mut trades = trade::explore(&given.board, &places);
    let tested = trades.len();
    trades.truncate(LINES / 2);
    Found {
        columns: vec![
            words::NODE,
            words::AGAINST,
            words::CORRELATION,
            words::INTERVAL,
            words::MODELS,
            words::REPORTED,
        ],
        nodes: trades.iter().map(|it| Some(it.one)).collect(),
        lines: trades
            .iter()
            .map(|it| {
                vec![
                    given.board.places[it.one].path.clone(),
                    given.board.places[it.other].path.clone(),
                    format!("{:.2}", it.correlation),
                    format!("{:.2} to {:.2}", it.interval.low, it.interval.high),
                    it.models.to_string(),
                    if it.reported {
                        words::TRADED
                    } else {
                        words::UNSURE
                    }
                    .to_owned(),
                ]
            })
            .collect(),
        note: words::trades(places.len(), tested),
        picture: plot(
            words::TRADE,
            words::CORRELATION,
            Some(0.0),
            trades
                .iter()
                .map(|it| {
                    let own = |it: usize| path::split(&given.board.places[it].path).pop();
                    let [one, other] = [it.one, it.other].map(|it| own(it).unwrap_or_default());
                    let interval = Some((it.interval.low, it.interval.high));
                    whisker(words::against(&one, &other), it.correlation, interval)
                })
                .collect(),
        ),
    }
}
