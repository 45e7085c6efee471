//! What two judges share, as figures with intervals; computed of a slice and kept ([`crate::evaluation::What::Beside`]),
//! because it reads up to [`MOST`](super::calibration::MOST) verdicts of each and draws from them.

use super::calibration::{Both, Shared, outcome};
use domain::evaluate::{
    Agreement, Draws, Drift, Estimate, Outcome, Reliability, Sure, length_bias, position_bias,
    reliability, score_agreement, score_bias, self_preference, verdict_agreement,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The same data give the same page.
const SEED: u64 = 20_260_401;
/// Bins of the reliability curve.
const BINS: usize = 10;
/// Nodes at most, those with the most in common.
const NODES: usize = 30;

/// Draws that can be waited for, however much there is to draw from.
fn draws(observations: usize) -> Draws {
    Draws {
        count: (4_000_000 / observations.max(1)).clamp(100, 1000),
        seed: SEED,
    }
}

/// What a figure says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Share of comparisons with the same verdict, ties being verdicts.
    Agreement,
    /// The same where both decided.
    Accuracy,
    /// Cohen's κ.
    Kappa,
    /// Share of comparisons with the same verdict in both orders.
    Steady,
    /// Share in which the response shown first is preferred.
    First,
    /// Share in which the judge prefers the longer response.
    Longer,
    /// Share in which the other does.
    OtherLonger,
    /// Points more for the judge's own responses than the other gives.
    SelfPreference,
    /// Scores higher than the other's by so much of the scale.
    ScoreBias,
    /// Quadratic weighted κ of scores.
    ScoreKappa,
    /// Expected calibration error.
    CalibrationError,
    /// Brier score.
    Brier,
}

/// A part of what is shared, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// A node's path, a language (empty: not known), a week's first day; empty for the whole.
    pub name: String,
    /// Comparisons.
    pub n: usize,
    /// How far the two agree on them.
    pub agreement: Agreement,
}

/// Everything about one judge beside another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Whether there is anything that the two can be compared by.
    pub any: bool,
    /// Whether the judge's verdicts follow from its scores of single responses.
    pub implied: bool,
    /// All comparisons that both judged.
    pub all: Option<Group>,
    /// The figures that exist.
    pub figures: Vec<(Measure, Estimate)>,
    /// Whether the judge is as sure as it should be, where it says how sure it is.
    pub curve: Option<Reliability>,
    /// By the nodes just below, the largest first.
    pub nodes: Vec<Group>,
    /// By the prompts' languages; empty where all have one.
    pub languages: Vec<Group>,
    /// Week by week, the newest first; empty where everything was said in one.
    pub weeks: Vec<Group>,
    /// Other versions of the judge, each beside this one.
    pub versions: Vec<(String, Drift)>,
}

/// Another version of the judge.
pub(crate) struct Version {
    pub(crate) name: String,
    /// What it shares with the other judge.
    pub(crate) with_other: Shared,
    /// What this version shares with it.
    pub(crate) between: Shared,
}

impl Beside {
    /// From what is shared; `own` are the sources that are the judge itself, `children` the prompts below each node.
    pub(crate) fn of(
        shared: &Shared,
        own: &str,
        children: &BTreeMap<String, Vec<String>>,
        versions: &[Version],
    ) -> Self {
        let (figures, curve) = figures(shared, own);
        let mut nodes = by_prompts(shared, children);
        nodes.truncate(NODES);
        let versions = versions.iter().filter_map(|it| {
            let drift = drift(shared, &it.with_other, &it.between)?;
            Some((it.name.clone(), drift))
        });
        Self {
            any: !(shared.verdicts.is_empty()
                && shared.orders.is_empty()
                && shared.scores.is_empty()),
            implied: shared.implied && !shared.verdicts.is_empty(),
            all: group("", shared, |_| true),
            figures,
            curve,
            nodes,
            languages: by_language(shared),
            weeks: by_week(shared),
            versions: versions.collect(),
        }
    }
}

fn verdicts<'a>(of: impl Iterator<Item = &'a Both>) -> Vec<(u32, Outcome, Outcome)> {
    of.map(|it| (it.prompt, outcome(it.judge), outcome(it.other)))
        .collect()
}

/// Agreement on these comparisons; `None` without any.
fn agreement<'a>(of: impl Iterator<Item = &'a Both>) -> Option<Agreement> {
    let verdicts = verdicts(of);
    verdict_agreement(&verdicts, draws(verdicts.len()))
}

fn figures(shared: &Shared, own: &str) -> (Vec<(Measure, Estimate)>, Option<Reliability>) {
    let draws = draws(shared.verdicts.len() + shared.orders.len() + shared.scores.len());
    let mut all = Vec::new();
    if let Some(found) = agreement(shared.verdicts.iter()) {
        all.push((Measure::Agreement, Some(found.agreement)));
        all.push((Measure::Accuracy, found.accuracy));
        all.push((Measure::Kappa, found.kappa));
    }
    if let Some(found) = position_bias(&shared.orders, draws) {
        all.push((Measure::Steady, Some(found.agreement)));
        all.push((Measure::First, found.first));
    }
    let longer = |share: fn(&Both) -> f64| {
        let said = shared.verdicts.iter();
        let said = said.map(|it| (it.prompt, outcome(share(it)), it.longer));
        length_bias(&said.collect::<Vec<_>>(), draws)
    };
    all.push((Measure::Longer, longer(|it| it.judge)));
    all.push((Measure::OtherLonger, longer(|it| it.other)));
    let mine = shared.verdicts.iter().filter_map(|it| from_own(it, own));
    let mine = self_preference(&mine.collect::<Vec<_>>(), draws);
    all.push((Measure::SelfPreference, mine));
    all.push((Measure::ScoreBias, score_bias(&shared.scores, draws)));
    all.push((Measure::ScoreKappa, score_agreement(&shared.scores, draws)));
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
        all.push((Measure::CalibrationError, Some(curve.error)));
        all.push((Measure::Brier, Some(curve.brier)));
    }
    let there = |(measure, estimate): (Measure, Option<Estimate>)| Some((measure, estimate?));
    (all.into_iter().filter_map(there).collect(), curve)
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

/// Agreement where prompts lie: by these groups of prompts, the largest first.
fn by_prompts(shared: &Shared, groups: &BTreeMap<String, Vec<String>>) -> Vec<Group> {
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
fn by_language(shared: &Shared) -> Vec<Group> {
    let mut names: Vec<&String> = shared.languages.iter().collect();
    names.sort();
    names.dedup();
    if names.len() < 2 {
        return Vec::new();
    }
    let groups = names.into_iter().filter_map(|name| {
        group(name, shared, |it| {
            shared.languages[it.prompt as usize] == *name
        })
    });
    groups.collect()
}

/// Agreement week by week, the newest first; none where everything was said in one.
fn by_week(shared: &Shared) -> Vec<Group> {
    const WEEK: i64 = 7 * 24 * 3_600_000;
    let week = |it: &Both| it.at.div_euclid(WEEK);
    let mut weeks: Vec<i64> = shared.verdicts.iter().map(week).collect();
    weeks.sort_unstable();
    weeks.dedup();
    if weeks.len() < 2 {
        return Vec::new();
    }
    let groups = weeks
        .into_iter()
        .rev()
        .filter_map(|n| group(&domain::time::day(n * WEEK), shared, |it| week(it) == n));
    groups.collect()
}

/// The whole of what is shared, as one line.
fn group(name: &str, shared: &Shared, inside: impl Fn(&Both) -> bool) -> Option<Group> {
    let inside: Vec<&Both> = shared.verdicts.iter().filter(|it| inside(it)).collect();
    Some(Group {
        name: name.to_owned(),
        n: inside.len(),
        agreement: agreement(inside.into_iter())?,
    })
}

/// This version beside an older one, on what both judged, with the other judge's verdict where there is one.
fn drift(new: &Shared, old: &Shared, between: &Shared) -> Option<Drift> {
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
        let (found, curve) = figures(&shared, "me");
        let value = |measure: Measure| {
            let figure = found.iter().find(|it| it.0 == measure).unwrap();
            figure.1.value
        };
        assert!((value(Measure::Agreement) - 0.5).abs() < 1e-12);
        assert!((value(Measure::Accuracy) - 2.0 / 3.0).abs() < 1e-12);
        assert!((value(Measure::SelfPreference) - 1.0 / 3.0).abs() < 1e-12);
        assert!((value(Measure::Longer) - 0.75).abs() < 1e-12);
        assert!(curve.is_none());
        let languages = by_language(&shared);
        let languages: Vec<_> = languages
            .iter()
            .map(|it| (it.name.as_str(), it.n))
            .collect();
        assert_eq!(languages, [("", 1), ("de", 2), ("en", 1)]);
        // the newest week first; ties on one prompt are one week
        let weeks: Vec<_> = by_week(&shared).iter().map(|it| it.n).collect();
        assert_eq!(weeks.iter().sum::<usize>(), 4);
        assert_eq!(by_week(&shared)[0].name, "1970-01-22");
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
        let curve = figures(&shared, "").1.unwrap();
        assert_eq!((curve.bins.len(), curve.bins[0].of), (1, 2));
        assert!((curve.error.value - 0.4).abs() < 1e-9);
    }
}
