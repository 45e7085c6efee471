//! Feedbacker's published reports from its published ranks, and our statistics against scipy's and statsmodels'.

use domain::feedbacker::planted::{self, Plan, simulate};
use domain::feedbacker::weakness::{RATE, Shifts, by_rank, by_residual, discoveries};
use domain::feedbacker::{
    Board, Cell, Moments, Observation, Place, additive, cluster, difference, failure, narrate,
    trade,
};
use domain::stats::Random;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/feedbacker.json")).unwrap()
}
fn reference() -> Value {
    serde_json::from_str(include_str!("golden/feedbacker_reference.json")).unwrap()
}
fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}
fn real(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
#[track_caller]
fn close(ours: f64, reference: f64, within: f64) {
    assert!(
        (ours - reference).abs() <= within,
        "{ours} is not {reference}"
    );
}

#[expect(clippy::unnecessary_wraps, reason = "a board's cells are optional")]
fn cell(score: f64) -> Option<Cell> {
    Some(Cell {
        score,
        error: None,
        prompts: 0,
    })
}

/// Places below one root.
fn flat(models: Vec<String>, names: &[String], cells: Vec<Vec<Option<Cell>>>) -> Board {
    let places = names.iter().enumerate();
    let places = places.map(|(n, name)| Place {
        path: name.clone(),
        parent: (n > 0).then_some(0),
    });
    Board {
        models,
        places: places.collect(),
        cells,
    }
}

/// The published table: 17 models overall and on six domains.
fn published() -> Board {
    let golden = golden();
    let names: Vec<String> = list(&golden["columns"])
        .iter()
        .map(|c| c.as_str().unwrap().to_owned())
        .collect();
    let rows = list(&golden["table"]);
    let models = rows
        .iter()
        .map(|row| row["model"].as_str().unwrap().to_owned())
        .collect();
    let cells = (0..names.len()).map(|column| {
        rows.iter()
            .map(|row| cell(real(&row["scores"][column])))
            .collect()
    });
    let cells = cells.collect();
    flat(models, &names, cells)
}

/// A row in which one model has this rank among all, the others filling the rest.
fn row_with(models: usize, fixed: &[(usize, usize)]) -> Vec<Option<Cell>> {
    let mut ranks = vec![0; models];
    let mut free = (1..=models).filter(|rank| fixed.iter().all(|(_, fixed)| fixed != rank));
    for (model, rank) in ranks.iter_mut().enumerate() {
        let given = fixed
            .iter()
            .find(|(of, _)| *of == model)
            .map(|(_, rank)| *rank);
        // two published ranks can be equal; then one rank stays free
        *rank = given.unwrap_or_else(|| free.next().unwrap());
    }
    ranks.iter().map(|rank| cell(-(*rank as f64))).collect()
}

#[test]
fn ranks_follow_from_the_published_scores() {
    let (board, golden) = (published(), golden());
    for (place, _) in board.places.iter().enumerate() {
        let published: Vec<_> = list(&golden["table"])
            .iter()
            .map(|row| Some(whole(&row["ranks"][place])))
            .collect();
        assert_eq!(board.ranks(place), published);
    }
}

#[test]
fn the_published_weakness_report_is_reproduced() {
    let (board, golden) = (published(), golden());
    // on the domains, whose scores are public: the very rows, and no others
    let mut found = Vec::new();
    for (model, name) in board.models.iter().enumerate() {
        let shifts = by_rank(&board, model, 3);
        for shift in shifts.better.iter().chain(&shifts.worse) {
            assert_eq!(shift.interval, None, "published scores have no errors");
            found.push(serde_json::json!([
                name,
                board.places[shift.place].path,
                shift.rank,
                shift.difference
            ]));
        }
    }
    assert_eq!(&found, list(&golden["weakness"]["domains"]));

    // on all nodes whose rank can be read in any of the three reports
    let (mut nodes, mut rows) = (0, 0);
    for (model, name) in board.models.iter().enumerate() {
        let it = &golden["weakness"]["models"][name];
        let root = board.ranks(0)[model].unwrap();
        let known: Vec<usize> = std::iter::once(root)
            .chain(list(&it["known"]).iter().map(whole))
            .collect();
        let names: Vec<String> = (0..known.len()).map(|n| format!("node {n}")).collect();
        let cells = known
            .iter()
            .map(|rank| row_with(17, &[(model, *rank)]))
            .collect();
        let shifts = by_rank(&flat(board.models.clone(), &names, cells), model, 3);
        let ours: Vec<usize> = shifts
            .better
            .iter()
            .chain(&shifts.worse)
            .map(|shift| shift.rank)
            .collect();
        let published: Vec<usize> = list(&it["published"]).iter().map(whole).collect();
        assert_eq!(ours, published, "{name}");
        nodes += known.len() - 1;
        rows += ours.len();
    }
    assert_eq!((nodes, rows), (4591, 809));
}

#[test]
fn the_published_failure_modes_are_reproduced() {
    let (board, golden) = (published(), golden());
    let it = &golden["failure"];
    let (low, high) = (real(&it["low"]), real(&it["high"]));
    let mut deviations = Vec::new();
    for card in list(&it["cards"]) {
        let children: Vec<usize> = list(&card[2]).iter().map(whole).collect();
        let ours = failure::unevenness(whole(&card[1]), &children).unwrap();
        close(ours, real(&card[3]), 5.1e-5);
        assert_eq!(ours <= low + 1e-12, card[0] == "s");
        assert_eq!(ours >= high - 5e-5, card[0] == "o");
        deviations.push(ours);
    }
    // those in between are not published; wherever they lie, the thresholds are these
    let unpublished = whole(&it["nodes"]) - deviations.len();
    deviations.extend(std::iter::repeat_n(1.0, unpublished));
    let (ours_low, ours_high) = failure::thresholds(&deviations).unwrap();
    close(ours_low, low, 5e-5);
    close(ours_high, high, 5e-5);

    // the domains below the root, from the table: the cards of six models; the other eleven lie in between
    let modes = failure::explore(&board, None, &mut Random::seeded(1));
    assert_eq!(modes.all.len(), 17);
    for mode in &modes.all {
        let published = list(&it["roots"])
            .iter()
            .find(|card| card[1] == board.models[mode.model].as_str());
        match published {
            Some(card) => close(mode.deviation, real(&card[2]), 5.1e-5),
            None => assert!(mode.deviation > low && mode.deviation < high),
        }
    }
    assert_eq!(list(&it["roots"]).len(), 6);
}

#[test]
fn the_published_differences_are_reproduced() {
    let (board, golden) = (published(), golden());
    let it = &golden["difference"];
    let chosen: Vec<usize> = list(&it["models"])
        .iter()
        .map(|name| {
            board
                .models
                .iter()
                .position(|m| name == m.as_str())
                .unwrap()
        })
        .collect();
    let rows = list(&it["rows"]);
    let mut cells: Vec<Vec<Option<Cell>>> = vec![board.cells[0].clone()];
    for row in rows {
        cells.push(row_with(
            17,
            &[(chosen[0], whole(&row[1])), (chosen[1], whole(&row[2]))],
        ));
    }
    // the nodes that are not published lie closer together than the last that is
    for n in cells.len()..695 {
        cells.push(row_with(17, &[(chosen[0], 5), (chosen[1], 5 + n % 4)]));
    }
    let names: Vec<String> = (0..cells.len()).map(|n| format!("node {n}")).collect();
    let (apart, threshold) = difference::report(&flat(board.models, &names, cells), &chosen);
    assert_eq!(apart.len(), rows.len());
    for (ours, row) in apart.iter().zip(rows) {
        close(ours.deviation, real(&row[0]), 5.1e-3);
    }
    close(threshold.unwrap(), 2.83, 5e-3);
}

#[test]
fn statistics_equal_their_references() {
    let it = reference();
    for case in list(&it["welch"]) {
        let moments = |name: &str| {
            let mut moments = Moments::default();
            for v in list(&case[name]) {
                moments.add(real(v));
            }
            moments
        };
        let (inside, mut all) = (moments("inside"), moments("outside"));
        for v in list(&case["inside"]) {
            all.add(real(v));
        }
        let ours = by_residual(&[vec![all], vec![inside]])[0];
        close(ours.difference, real(&case["difference"]), 1e-9);
        close(ours.interval.low, real(&case["low"]), 1e-6);
        close(ours.interval.high, real(&case["high"]), 1e-6);
        close(ours.p_worse, real(&case["p_worse"]), 1e-8);
    }
    let p: Vec<f64> = list(&it["fdr"]["p"]).iter().map(real).collect();
    let reported: Vec<bool> = list(&it["fdr"]["reported"])
        .iter()
        .map(|v| v.as_bool().unwrap())
        .collect();
    assert_eq!(discoveries(&p, RATE), reported);
    assert!(reported.iter().any(|r| *r) && reported.iter().any(|r| !*r));
}

#[test]
fn fits_clusters_and_correlations_equal_their_references() {
    let it = reference();
    let holed = list(&it["holed"]);
    let mut observations = Vec::new();
    for (prompt, row) in holed.iter().enumerate() {
        let row = list(row).iter().enumerate();
        observations.extend(row.filter_map(|(model, v)| {
            Some(Observation {
                model,
                prompt,
                value: v.as_f64()?,
            })
        }));
    }
    let fit = additive(9, 14, &observations);
    for (ours, reference) in fit
        .levels
        .iter()
        .zip(list(&it["levels"]))
        .chain(fit.strengths.iter().zip(list(&it["strengths"])))
    {
        close(ours.unwrap(), real(reference), 1e-8);
    }

    let names: Vec<String> = (0..15).map(|n| format!("node {n}")).collect();
    let rows = list(&it["scores"])
        .iter()
        .map(|row| list(row).iter().map(|v| cell(real(v))).collect());
    let cells = std::iter::once(vec![None; 9]).chain(rows).collect();
    let board = flat(
        (0..9).map(|m| format!("model {m}")).collect(),
        &names,
        cells,
    );
    let places: Vec<usize> = (1..15).collect();
    let joins = cluster::cluster(&board, &places, 50, &mut Random::seeded(3));
    assert_eq!(joins.len(), 8);
    for (ours, reference) in joins.iter().zip(list(&it["joins"])) {
        let same = [
            ours.one as f64,
            ours.other as f64,
            ours.distance,
            ours.size as f64,
        ];
        for (ours, reference) in same.into_iter().zip(list(reference)) {
            close(ours, real(reference), 1e-9);
        }
        assert!((0.0..=1.0).contains(&ours.support));
    }
    close(joins[7].support, 1.0, 0.0);
    assert_eq!(
        joins,
        cluster::cluster(&board, &places, 50, &mut Random::seeded(3)),
        "the same seed, the same clusters"
    );
    let groups = cluster::groups(&joins, 9, joins[6].distance);
    assert_eq!(
        groups
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        2
    );

    let trades = trade::explore(&board, &places);
    assert_eq!(trades.len(), 14 * 13 / 2);
    for row in list(&it["pairs"]) {
        let (one, other) = (whole(&row[0]) + 1, whole(&row[1]) + 1);
        let ours = trades
            .iter()
            .find(|t| (t.one, t.other) == (one, other))
            .unwrap();
        close(ours.correlation, real(&row[2]), 1e-9);
        close(ours.interval.low, real(&row[3]), 1e-6);
        close(ours.interval.high, real(&row[4]), 1e-6);
    }
}

/// Two kinds of models on two halves of a tree: what the one gains here it loses there.
fn two_kinds(error: Option<f64>) -> Board {
    let mut random = Random::seeded(11);
    let mut places = vec![Place {
        path: "all".into(),
        parent: None,
    }];
    for half in 0..2 {
        places.push(Place {
            path: format!("half {half}"),
            parent: Some(0),
        });
        let parent = Some(places.len() - 1);
        places.extend((0..6).map(|n| Place {
            path: format!("half {half}/node {n}"),
            parent,
        }));
    }
    let models = 10;
    let cells = places.iter().map(|place| {
        let side = if place.path.starts_with("half 0") {
            1.0
        } else if place.path == "all" {
            0.0
        } else {
            -1.0
        };
        let row = (0..models).map(|model| {
            let kind = if model % 2 == 0 { 3.0 } else { -3.0 };
            let score = f64::from(model) + side * kind + 0.3 * random.normal();
            Some(Cell {
                score,
                error,
                prompts: 40,
            })
        });
        row.collect()
    });
    let cells = cells.collect();
    Board {
        models: (0..models).map(|m| format!("model {m}")).collect(),
        places,
        cells,
    }
}

#[test]
fn planted_kinds_and_trades_are_found() {
    let board = two_kinds(Some(0.3));
    let leaves: Vec<usize> = (0..board.places.len())
        .filter(|p| board.children(*p).is_empty())
        .collect();
    let joins = cluster::cluster(&board, &leaves, 100, &mut Random::seeded(1));
    let groups = cluster::groups(&joins, 10, 1.0);
    assert_eq!(groups, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let trades = trade::explore(&board, &leaves);
    let across =
        |trade: &trade::Trade| board.places[trade.one].parent != board.places[trade.other].parent;
    assert_eq!(trades.iter().filter(|t| t.reported).count(), 36);
    assert!(trades.iter().filter(|t| t.reported).all(across));
    assert!(
        trade::explore(&board, &[0, 1, 2]).is_empty(),
        "a node and one below it are no pair"
    );

    let draws = board.draw(200, &mut Random::seeded(5)).unwrap();
    let (mut apart, _) = difference::report(&board, &[0, 1]);
    difference::intervals(&mut apart, &[0, 1], &draws);
    assert!(apart.iter().all(|it| {
        it.interval
            .is_some_and(|i| i.low <= it.deviation && it.deviation <= i.high)
    }));
    let modes = failure::explore(&board, Some(&draws), &mut Random::seeded(5));
    assert_eq!(modes.all.len(), 20, "two nodes with six children each");
    // nothing was planted inside the halves: nearly all unevenness is within what chance gives
    let beyond = modes
        .all
        .iter()
        .filter(|m| m.deviation > m.chance.unwrap())
        .count();
    assert!(beyond <= 3, "{beyond}");
    assert!(modes.systematic().count() >= 4);

    let shifts = by_rank(&board, 2, 2);
    assert!(
        shifts
            .better
            .iter()
            .all(|s| board.places[s.place].path.starts_with("half 0"))
            && !shifts.better.is_empty()
    );
    assert!(shifts.better.iter().all(|s| {
        s.interval
            .is_some_and(|(low, high)| low <= s.difference && s.difference <= high)
    }));
}

#[test]
fn what_is_not_known_is_not_said() {
    let board = two_kinds(None);
    assert!(board.draw(10, &mut Random::seeded(1)).is_none());
    assert!(board.rank_intervals(0).iter().all(Option::is_none));
    let modes = failure::explore(&board, None, &mut Random::seeded(1));
    assert!(
        modes
            .all
            .iter()
            .all(|m| m.interval.is_none() && m.chance.is_none())
    );
    let empty = Board::default();
    assert!(by_residual(&[]).is_empty());
    assert_eq!(
        by_rank(
            &Board {
                models: vec!["m".into()],
                ..empty.clone()
            },
            0,
            3
        ),
        Shifts::default()
    );
    assert_eq!(difference::report(&empty, &[]), (Vec::new(), None));
    assert!(cluster::cluster(&empty, &[], 10, &mut Random::seeded(1)).is_empty());
    assert!(trade::explore(&empty, &[]).is_empty());
    // a node without spread, or with one prompt, is not tested
    let one = Moments {
        n: 1,
        sum: -1.0,
        squares: 1.0,
    };
    let all = Moments {
        n: 50,
        sum: 0.0,
        squares: 9.0,
    };
    assert!(by_residual(&[vec![all], vec![one]]).is_empty());
    assert!(by_residual(&[vec![Moments::default()], vec![Moments::default()]]).is_empty());
}

#[test]
fn the_summary_names_what_was_found_and_no_more() {
    let board = two_kinds(Some(0.3));
    let mut random = Random::seeded(2);
    let mut moments = vec![vec![Moments::default(); 10]; 3];
    for prompt in 0..200 {
        let half = if prompt < 60 { 1 } else { 2 };
        for model in (0..10).rev() {
            let weak = model == 4 && half == 1;
            let residual = random.normal() - if weak { 2.0 } else { 0.0 };
            for place in [0, half] {
                moments[place][model].add(residual);
            }
        }
    }
    let findings = by_residual(&moments);
    let facts = |model| narrate::Facts {
        board: &board,
        model,
        findings: &findings,
        unit: "points",
    };
    let said = facts(4).summary();
    assert_eq!(
        said[1],
        "On 1 of the 2 nodes tested it is weaker than its strength predicts."
    );
    assert!(said[0].starts_with("model 4 ranks ") && said[2].starts_with("half 0: -2."));
    assert!(facts(4).call().contains("- half 0: -2."));
    let said = facts(5).summary();
    assert!(
        said.contains(
            &"On none of the 2 nodes tested is it shown to be weaker than its strength predicts."
                .to_owned()
        )
    );
    assert!(facts(5).call().contains("- none"));
}

/// A small part of what `examples/weakness.rs` does a thousand times.
#[test]
fn planted_weaknesses_are_found_at_the_promised_rate() {
    let plan = Plan::default();
    let runs: Vec<_> = (1..=40)
        .map(|seed| simulate(plan, &mut Random::seeded(seed)))
        .collect();
    let rate: f64 = runs
        .iter()
        .map(|t| t.wrong as f64 / t.reported.max(1) as f64)
        .sum::<f64>()
        / 40.0;
    let sum = |of: fn(&planted::Tally) -> usize| runs.iter().map(of).sum::<usize>() as f64;
    // the standard error of the rate is under a point, that of the coverage under a quarter
    assert!(rate < 0.07, "false discovery rate {rate}");
    let coverage = sum(|t| t.covering) / sum(|t| t.intervals);
    assert!((coverage - 0.95).abs() < 0.01, "coverage {coverage}");
    let found = sum(|t| t.found) / sum(|t| t.planted);
    assert!(found > 0.6, "found {found}");
    // the same from comparisons, which come through a fit
    let plan = Plan {
        comparisons: Some(12),
        effect: 1.5,
        ..plan
    };
    let runs: Vec<_> = (1..=20)
        .map(|seed| simulate(plan, &mut Random::seeded(seed)))
        .collect();
    let sum_of = |of: fn(&planted::Tally) -> usize| runs.iter().map(of).sum::<usize>() as f64;
    assert!(sum_of(|t| t.wrong) / sum_of(|t| t.reported) < 0.07);
    assert!(sum_of(|t| t.found) / sum_of(|t| t.planted) > 0.3);
    // of models so far apart that some hardly ever win, nearly every report of a node was chance once
    let plan = Plan {
        spread: 2.5,
        prompts: 40,
        weak: 0,
        ..plan
    };
    let runs: Vec<_> = (1..=20)
        .map(|seed| simulate(plan, &mut Random::seeded(seed)))
        .collect();
    let some = runs.iter().filter(|t| t.reported > 0).count();
    assert!(some <= 3, "{some} of 20 report what is not there");
    // Feedbacker's own rule, on the same data, is wrong far more often
    assert!(sum(|t| t.by_rank_wrong) / sum(|t| t.by_rank) > 3.0 * rate);
}
