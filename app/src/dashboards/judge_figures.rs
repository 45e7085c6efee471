//! What two judges share, as figures with intervals: pure functions.

use crate::text::judges as text;
use crate::ui::interval::{Axis, CHANCE_CORRECTED, SHARE};
use domain::evaluate::{
    Agreement, Draws, Estimate, Outcome, Reliability, Sure, length_bias, position_bias,
    reliability, score_agreement, score_bias, self_preference, verdict_agreement,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::reports::calibration::{Both, Shared, outcome};

/// The same data give the same page.
const SEED: u64 = 20_260_401;
/// Bins of the reliability curve.
const BINS: usize = 10;
/// A difference of shares, either way.
const DIFFERENCE: Axis = Axis {
    from: -0.5,
    to: 0.5,
    marks: &[0.0],
};
/// An error that is 0 at best.
const ERROR: Axis = Axis {
    from: 0.0,
    to: 0.5,
    marks: &[0.0],
};

/// Draws that a page can wait for, however much there is to draw from.
pub(super) fn draws(observations: usize) -> Draws {
    Draws {
        count: (4_000_000 / observations.max(1)).clamp(100, 1000),
        seed: SEED,
    }
}

/// One figure of the table.
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) estimate: Estimate,
    pub(super) axis: Axis,
}

/// Everything about one judge beside another.
pub(super) struct Figures {
    pub(super) all: Vec<Figure>,
    pub(super) curve: Option<Reliability>,
}

fn verdicts<'a>(of: impl Iterator<Item = &'a Both>) -> Vec<(u32, Outcome, Outcome)> {
    of.map(|it| (it.prompt, outcome(it.judge), outcome(it.other)))
        .collect()
}

/// Agreement on these comparisons; `None` without any.
pub(super) fn agreement<'a>(of: impl Iterator<Item = &'a Both>) -> Option<Agreement> {
    let verdicts = verdicts(of);
    verdict_agreement(&verdicts, draws(verdicts.len()))
}

/// The figures that exist; `own` are the sources that are the judge itself, `names` the judge and the other.
pub(super) fn figures(shared: &Shared, own: &str, names: [&str; 2]) -> Figures {
    let mut all = Vec::new();
    let mut add = |name: &str, estimate: Option<Estimate>, axis: Axis| {
        if let Some(estimate) = estimate {
            let name = name.to_owned();
            all.push(Figure {
                name,
                estimate,
                axis,
            });
        }
    };
    let draws = draws(shared.verdicts.len() + shared.orders.len() + shared.scores.len());
    if let Some(found) = agreement(shared.verdicts.iter()) {
        add(text::AGREEMENT, Some(found.agreement), SHARE);
        add(text::ACCURACY, found.accuracy, SHARE);
        add(text::KAPPA, found.kappa, CHANCE_CORRECTED);
    }
    if let Some(found) = position_bias(&shared.orders, draws) {
        add(text::STEADY, Some(found.agreement), SHARE);
        add(text::FIRST, found.first, SHARE);
    }
    for (name, share) in names
        .into_iter()
        .zip([(|it: &Both| it.judge) as fn(&Both) -> f64, |it: &Both| {
            it.other
        }])
    {
        let said = shared.verdicts.iter();
        let said: Vec<_> = said
            .map(|it| (it.prompt, outcome(share(it)), it.longer))
            .collect();
        add(&text::longer(name), length_bias(&said, draws), SHARE);
    }
    let mine: Vec<_> = shared
        .verdicts
        .iter()
        .filter_map(|it| from_own(it, own))
        .collect();
    add(text::SELF, self_preference(&mine, draws), DIFFERENCE);
    add(
        text::SCORE_BIAS,
        score_bias(&shared.scores, draws),
        DIFFERENCE,
    );
    add(
        text::QWK,
        score_agreement(&shared.scores, draws),
        CHANCE_CORRECTED,
    );
    // a judge that only says which is better has no confidence to be measured
    let says = [0.0, 0.25, 0.5, 0.75, 1.0];
    let sure = shared
        .verdicts
        .iter()
        .any(|it| says.iter().all(|said| (it.judge - said).abs() > 1e-9));
    let curve = sure.then(|| {
        let sure = shared.verdicts.iter().filter_map(|it| {
            let sure = Sure::of(it.judge, outcome(it.other))?;
            Some((it.prompt, sure))
        });
        reliability(&sure.collect::<Vec<_>>(), BINS, draws)
    });
    let curve = curve.flatten();
    if let Some(curve) = &curve {
        add(text::ECE, Some(curve.error), ERROR);
        add(text::BRIER, Some(curve.brier), ERROR);
    }
    Figures { all, curve }
}

/// A comparison seen from the judge's own response, where one of the two is.
fn from_own(it: &Both, own: &str) -> Option<(u32, Outcome, Outcome)> {
    let both = (outcome(it.judge), outcome(it.other));
    match [it.sources[0] == own, it.sources[1] == own] {
        [true, false] => Some((it.prompt, both.0, both.1)),
        [false, true] => Some((it.prompt, both.0.reversed(), both.1.reversed())),
        _ => None,
    }
}

/// A part of what is shared, by name.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) n: usize,
    pub(super) agreement: Agreement,
}

/// Agreement where prompts lie: by these groups of prompts, the largest first.
pub(super) fn by_prompts(shared: &Shared, groups: &BTreeMap<String, Vec<String>>) -> Vec<Group> {
    let places: HashMap<&str, u32> = shared
        .prompts
        .iter()
        .zip(0..)
        .map(|(id, place)| (id.as_str(), place))
        .collect();
    let groups = groups.iter().filter_map(|(name, prompts)| {
        let inside: HashSet<u32> = prompts
            .iter()
            .filter_map(|id| places.get(id.as_str()).copied())
            .collect();
        group(name, shared, |it| inside.contains(&it.prompt))
    });
    let mut groups: Vec<Group> = groups.collect();
    groups.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.name.cmp(&b.name)));
    groups
}

/// Agreement by the prompts' languages; none where all have one.
pub(super) fn by_language(shared: &Shared) -> Vec<Group> {
    let mut names: Vec<&String> = shared.languages.iter().collect();
    names.sort();
    names.dedup();
    if names.len() < 2 {
        return Vec::new();
    }
    let groups = names.into_iter().filter_map(|name| {
        let words = if name.is_empty() {
            text::NO_LANGUAGE
        } else {
            name
        };
        group(words, shared, |it| {
            shared.languages[it.prompt as usize] == *name
        })
    });
    groups.collect()
}

/// Agreement week by week, the newest first; none where everything was said in one.
pub(super) fn by_week(shared: &Shared) -> Vec<Group> {
    const WEEK: i64 = 7 * 24 * 3_600_000;
    let week = |it: &Both| it.at.div_euclid(WEEK);
    let mut weeks: Vec<i64> = shared.verdicts.iter().map(week).collect();
    weeks.sort_unstable();
    weeks.dedup();
    if weeks.len() < 2 {
        return Vec::new();
    }
    let groups = weeks.into_iter().rev().filter_map(|n| {
        let name = text::week_of(&domain::time::day(n * WEEK));
        group(&name, shared, |it| week(it) == n)
    });
    groups.collect()
}

/// The whole of what is shared, as one line.
pub(super) fn group(name: &str, shared: &Shared, inside: impl Fn(&Both) -> bool) -> Option<Group> {
    let inside: Vec<&Both> = shared.verdicts.iter().filter(|it| inside(it)).collect();
    Some(Group {
        name: name.to_owned(),
        n: inside.len(),
        agreement: agreement(inside.into_iter())?,
    })
}

/// This version beside an older one, on what both judged, with the other judge's verdict where there is one.
pub(super) fn versions(
    new: &Shared,
    old: &Shared,
    between: &Shared,
) -> Option<domain::evaluate::Drift> {
    let pairs = |shared: &Shared| -> HashMap<[String; 2], f64> {
        let all = shared.verdicts.iter();
        all.map(|it| (it.pair.clone(), it.other)).collect()
    };
    let (by_new, by_old) = (pairs(new), pairs(old));
    let all: Vec<_> = between
        .verdicts
        .iter()
        .map(|it| {
            let people = by_new.get(&it.pair).or_else(|| by_old.get(&it.pair));
            let people = people.map(|share| outcome(*share));
            // `between` has this version as the judge and the old one as the other
            (it.prompt, outcome(it.other), outcome(it.judge), people)
        })
        .collect();
    domain::evaluate::drift(&all, draws(all.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(prompt: u32, judge: f64, other: f64, sources: [&str; 2]) -> Both {
        Both {
            prompt,
            pair: [format!("a{prompt}"), format!("b{prompt}")],
            judge,
            other,
            longer: 100.0,
            at: i64::from(prompt) * 7 * 24 * 3_600_000,
            sources: sources.map(str::to_owned),
        }
    }

    fn shared(verdicts: Vec<Both>) -> Shared {
        Shared {
            prompts: (0..4).map(|n| format!("p{n}")).collect(),
            languages: ["de", "de", "en", ""].map(str::to_owned).to_vec(),
            verdicts,
            ..Shared::default()
        }
    }

    #[test]
    fn a_judge_that_likes_itself_and_length_shows_it() {
        let shared = shared(vec![
            both(0, 1.0, 1.0, ["me", "x"]),
            both(1, 1.0, 0.0, ["me", "x"]),
            both(2, 0.0, 0.0, ["x", "me"]),
            both(3, 1.0, 0.5, ["x", "y"]),
        ]);
        let found = figures(&shared, "me", ["Me", "People"]);
        let value = |name: &str| {
            let figure = found.all.iter().find(|it| it.name == name).unwrap();
            figure.estimate.value
        };
        assert!((value(text::AGREEMENT) - 0.5).abs() < 1e-12);
        assert!((value(text::ACCURACY) - 2.0 / 3.0).abs() < 1e-12);
        assert!((value(text::SELF) - 1.0 / 3.0).abs() < 1e-12);
        assert!((value(&text::longer("Me")) - 0.75).abs() < 1e-12);
        assert!(found.curve.is_none());
        let languages = by_language(&shared);
        let languages: Vec<_> = languages
            .iter()
            .map(|it| (it.name.as_str(), it.n))
            .collect();
        assert_eq!(languages, [(text::NO_LANGUAGE, 1), ("de", 2), ("en", 1)]);
        // the newest week first; ties on one prompt are one week
        let weeks: Vec<_> = by_week(&shared).iter().map(|it| it.n).collect();
        assert_eq!(weeks.iter().sum::<usize>(), 4);
        assert!(by_week(&shared)[0].name.contains("1970-01-22"));
        let groups = BTreeMap::from([
            ("few".to_owned(), vec!["p0".to_owned()]),
            ("none".to_owned(), vec!["q".to_owned()]),
            ("most".to_owned(), vec!["p1".to_owned(), "p2".to_owned()]),
        ]);
        let groups = by_prompts(&shared, &groups);
        let names: Vec<_> = groups.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["most", "few"]);
    }

    #[test]
    fn confidence_is_measured_where_a_judge_has_some() {
        let shared = shared(vec![
            both(0, 0.9, 1.0, ["x", "y"]),
            both(1, 0.9, 0.0, ["x", "y"]),
        ]);
        let found = figures(&shared, "", ["r", "p"]);
        let curve = found.curve.unwrap();
        assert_eq!((curve.bins.len(), curve.bins[0].of), (1, 2));
        assert!((curve.error.value - 0.4).abs() < 1e-9);
    }
}
