//! Differences to the tallies, gathered in memory and written by one kind of statement: adding.
//! **Adding commutes**, so that it does not matter in which order servers write.

use crate::imports::sql::insert;
use crate::{Result, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// A verdict as far as it is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    pub(super) judge: String,
    pub(super) aspect: String,
    pub(super) sources: [i64; 2],
    /// The first's share.
    pub(super) outcome: f64,
    pub(super) margin: i64,
}

/// A judgment as far as it is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Score {
    pub(super) judge: String,
    pub(super) aspect: String,
    pub(super) source: i64,
    /// As a share of its scale.
    pub(super) share: f64,
}

/// Bins of scores begin here.
pub(crate) const SCORE_BINS: i64 = 100;
/// How many there are.
const SCORE_BIN_COUNT: i64 = 20;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Of {
    pub(super) judge: String,
    pub(super) aspect: String,
    pub(super) node: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    wins_a: i64,
    ties: i64,
    wins_b: i64,
    points_a: f64,
    squares_a: f64,
}

/// What is to be added to the tallies of one project.
#[derive(Default)]
pub(super) struct Changes {
    slices: BTreeMap<Of, (i64, i64)>,
    numbers: BTreeMap<Of, i64>,
    pairs: BTreeMap<(i64, i64, i64), Pair>,
    scores: BTreeMap<(i64, i64), (i64, f64, f64)>,
    bins: BTreeMap<(i64, i64, i64), i64>,
}

/// The number of a slice: a hash of what it is of, below 2⁶².
pub(super) fn number(project: &str, of: &Of) -> i64 {
    let text = format!("{project}\n{}\n{}\n{}", of.node, of.judge, of.aspect);
    let hash = crate::sha256(text);
    i64::from_str_radix(&hash[..15], 16).unwrap_or_default()
}

impl Changes {
    fn slice(&mut self, project: &str, of: Of, comparisons: i64, judgments: i64) -> i64 {
        let id = *self
            .numbers
            .entry(of.clone())
            .or_insert_with(|| number(project, &of));
        let counts = self.slices.entry(of).or_default();
        counts.0 += comparisons;
        counts.1 += judgments;
        id
    }

    /// Says that what is computed from everything a judge compared is out of date, though its counts are not: prompts
    /// changed their nodes.
    pub(super) fn touch(&mut self, project: &str, it: &Comparison) {
        let of = Of {
            judge: it.judge.clone(),
            aspect: it.aspect.clone(),
            node: project.to_owned(),
        };
        self.slice(project, of, 0, 0);
    }

    /// Counts a verdict `times` (1 or −1) under these nodes. A source against itself says nothing.
    pub(super) fn compare<'a>(
        &mut self,
        project: &str,
        nodes: impl IntoIterator<Item = &'a String>,
        it: &Comparison,
        times: i64,
    ) {
        let [first, second] = it.sources;
        if first == second {
            return;
        }
        let (a, b, share) = if first < second {
            (first, second, it.outcome)
        } else {
            (second, first, 1.0 - it.outcome)
        };
        let side = if share > 0.5 {
            1
        } else {
            -i64::from(share < 0.5)
        };
        for node in nodes {
            let of = Of {
                judge: it.judge.clone(),
                aspect: it.aspect.clone(),
                node: node.clone(),
            };
            let id = self.slice(project, of, times, 0);
            let pair = self.pairs.entry((id, a, b)).or_default();
            match side {
                1 => pair.wins_a += times,
                -1 => pair.wins_b += times,
                _ => pair.ties += times,
            }
            pair.points_a += share * times as f64;
            pair.squares_a += share * share * times as f64;
            let margin = side * it.margin.clamp(1, 3);
            *self.bins.entry((id, a, margin)).or_default() += times;
            *self.bins.entry((id, b, -margin)).or_default() += times;
        }
    }

    /// Counts a judgment, likewise.
    pub(super) fn score<'a>(
        &mut self,
        project: &str,
        nodes: impl IntoIterator<Item = &'a String>,
        it: &Score,
        times: i64,
    ) {
        #[expect(clippy::cast_possible_truncation, reason = "a share lies in [0, 1]")]
        let bin = ((it.share * SCORE_BIN_COUNT as f64) as i64).clamp(0, SCORE_BIN_COUNT - 1);
        for node in nodes {
            let of = Of {
                judge: it.judge.clone(),
                aspect: it.aspect.clone(),
                node: node.clone(),
            };
            let id = self.slice(project, of, 0, times);
            let tally = self.scores.entry((id, it.source)).or_default();
            tally.0 += times;
            tally.1 += it.share * times as f64;
            tally.2 += it.share * it.share * times as f64;
            let bin = self.bins.entry((id, it.source, SCORE_BINS + bin));
            *bin.or_default() += times;
        }
    }

    /// Adds everything to the tallies, in the order of their keys, so that two servers never wait for each other.
    pub(super) async fn write(self, transaction: &mut Transaction, project: &str) -> Result<()> {
        let touched: BTreeSet<i64> = self.numbers.values().copied().collect();
        if touched.is_empty() {
            return Ok(());
        }
        let mut slices: Vec<_> = self
            .slices
            .iter()
            .map(|(of, counts)| (self.numbers[of], of, counts))
            .collect();
        slices.sort_by_key(|slice| slice.0);
        insert(
            transaction,
            "INSERT INTO slice (id, project, node, judge, aspect, comparisons, judgments, revision)",
            8,
            "ON CONFLICT (id) DO UPDATE SET comparisons = slice.comparisons + excluded.comparisons, \
                judgments = slice.judgments + excluded.judgments, revision = slice.revision + 1",
            &slices,
            |statement, (id, of, counts)| {
                statement
                    .bind(*id)
                    .bind(project)
                    .bind(&of.node)
                    .bind(&of.judge)
                    .bind(&of.aspect)
                    .bind(counts.0)
                    .bind(counts.1)
                    .bind(1_i64)
            },
        )
        .await?;
        let pairs: Vec<_> = self.pairs.into_iter().collect();
        insert(
            transaction,
            "INSERT INTO tally (slice, a, b, wins_a, ties, wins_b, points_a, squares_a)",
            8,
            "ON CONFLICT (slice, a, b) DO UPDATE SET wins_a = tally.wins_a + excluded.wins_a, \
                ties = tally.ties + excluded.ties, wins_b = tally.wins_b + excluded.wins_b, \
                points_a = tally.points_a + excluded.points_a, squares_a = tally.squares_a + excluded.squares_a",
            &pairs,
            |statement, ((slice, a, b), it)| {
                statement
                    .bind(*slice)
                    .bind(*a)
                    .bind(*b)
                    .bind(it.wins_a)
                    .bind(it.ties)
                    .bind(it.wins_b)
                    .bind(it.points_a)
                    .bind(it.squares_a)
            },
        )
        .await?;
        let scores: Vec<_> = self.scores.into_iter().collect();
        insert(
            transaction,
            "INSERT INTO score_tally (slice, entrant, n, total, squares)",
            5,
            "ON CONFLICT (slice, entrant) DO UPDATE SET n = score_tally.n + excluded.n, \
                total = score_tally.total + excluded.total, squares = score_tally.squares + excluded.squares",
            &scores,
            |statement, ((slice, entrant), it)| {
                statement
                    .bind(*slice)
                    .bind(*entrant)
                    .bind(it.0)
                    .bind(it.1)
                    .bind(it.2)
            },
        )
        .await?;
        let bins: Vec<_> = self.bins.into_iter().filter(|(_, n)| *n != 0).collect();
        insert(
            transaction,
            "INSERT INTO histogram (slice, entrant, bin, n)",
            4,
            "ON CONFLICT (slice, entrant, bin) DO UPDATE SET n = histogram.n + excluded.n",
            &bins,
            |statement, ((slice, entrant, bin), n)| {
                statement.bind(*slice).bind(*entrant).bind(*bin).bind(*n)
            },
        )
        .await?;
        Ok(())
    }
}
