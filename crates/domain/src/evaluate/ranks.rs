//! Ranks as intervals, groups that are statistically tied, and how well a leaderboard separates its models.

use crate::stats::Interval;

/// The ranks that a model's 95 % interval leaves open. 1 is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankInterval {
    /// The best: 1 + the number of models whose whole interval lies above this one's (the Arena's "Rank (UB)").
    pub best: usize,
    /// The worst: the number of models less those whose whole interval lies below.
    pub worst: usize,
}

/// The ranks that intervals leave open; `None` where a model has no interval. Models without one may stand
/// anywhere and so widen the others' `worst` rank, if `all` counts them.
pub fn rank_intervals(intervals: &[Option<Interval>], all: usize) -> Vec<Option<RankInterval>> {
    let mut lows: Vec<f64> = intervals.iter().flatten().map(|i| i.low).collect();
    let mut highs: Vec<f64> = intervals.iter().flatten().map(|i| i.high).collect();
    lows.sort_by(f64::total_cmp);
    highs.sort_by(f64::total_cmp);
    let rank = |interval: &Interval| RankInterval {
        best: 1 + lows.len() - lows.partition_point(|low| *low <= interval.high),
        worst: all.max(lows.len()) - highs.partition_point(|high| *high < interval.low),
    };
    let ranks = intervals.iter().map(|interval| interval.as_ref().map(rank));
    ranks.collect()
}

/// Groups of models that cannot be told apart, best first, as numbers: from the best score downwards, a model belongs
/// to the group whose **first** model's interval its own overlaps, and else opens the next. Overlap is not
/// transitive, so that two members may differ from each other; none differs from the group's first.
/// Models without an interval are in none.
pub fn tied_groups(scores: &[(f64, Option<Interval>)]) -> Vec<Vec<usize>> {
    let known = scores.iter().enumerate();
    let mut known: Vec<(usize, f64, Interval)> = known
        .filter_map(|(model, (score, interval))| Some((model, *score, (*interval)?)))
        .collect();
    known.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    let mut groups: Vec<(Interval, Vec<usize>)> = Vec::new();
    for (model, _, interval) in known {
        match groups.last_mut() {
            Some((first, members)) if interval.high >= first.low => members.push(model),
            _ => groups.push((interval, vec![model])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// Share of pairs of models whose intervals do not overlap, 0 to 1 (Arena-Hard's "separability with confidence");
/// `None` with fewer than two models.
pub fn separability(intervals: &[Interval]) -> Option<f64> {
    let n = intervals.len();
    let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (intervals[i], intervals[j])));
    let apart = pairs.filter(|(x, y)| x.low > y.high || y.low > x.high);
    (n > 1).then(|| apart.count() as f64 / (n * (n - 1) / 2) as f64)
}
