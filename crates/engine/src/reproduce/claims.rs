//! What is claimed beforehand, and the rule that decides: a claim holds when the 95 % interval of the paired
//! difference over seeds lies wholly on its side, is contradicted when it lies wholly on the other, and is
//! otherwise not separated.

use domain::stats::Random;
use learn::evaluate::{Paired, paired};
use learn::world::Measured;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One arm on one seed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// What was done.
    pub(super) arm: String,
    /// What came of it.
    pub(super) measured: Measured,
    /// Seconds it took on top of the base model, measuring left out.
    pub(super) seconds: f64,
    /// Numbers that only this arm has, e.g. a selector's accuracy.
    #[serde(default)]
    pub(super) extra: BTreeMap<String, f64>,
}

/// A number of an arm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) arm: &'static str,
    pub(super) metric: Metric,
}

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// True reward of the most probable response.
    Reward,
    /// Share of bad words in it.
    Bad,
    /// True reward of samples.
    Sampled,
    /// One of the arm's own numbers.
    Extra(&'static str),
    /// What chance gives for a share of two.
    Chance,
    /// Nothing at all.
    Zero,
}

/// A claim: one number is greater than the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// In words, with its source.
    pub(super) words: &'static str,
    /// What is claimed to be greater.
    pub(super) one: Side,
    /// Than what.
    pub(super) other: Side,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Holds,
    Contradicted,
    NotSeparated,
    /// Too few seeds to say.
    Open,
}

impl Verdict {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Holds => "**holds**",
            Self::Contradicted => "**contradicted**",
            Self::NotSeparated => "not separated",
            Self::Open => "open: too few seeds",
        }
    }
}

/// The seeds that say something about spread.
const LEAST_SEEDS: usize = 5;

/// The number of one side on one seed.
pub(super) fn value(side: Side, arms: &[Outcome]) -> Option<f64> {
    match side.metric {
        Metric::Chance => return Some(0.5),
        Metric::Zero => return Some(0.0),
        _ => {}
    }
    let arm = arms.iter().find(|arm| arm.arm == side.arm)?;
    Some(match side.metric {
        Metric::Reward => arm.measured.reward,
        Metric::Bad => arm.measured.bad,
        Metric::Sampled => arm.measured.sampled,
        Metric::Extra(name) => *arm.extra.get(name)?,
        Metric::Chance => 0.5,
        Metric::Zero => 0.0,
    })
}

/// Decides a claim on the seeds that have both sides.
pub(super) fn judge(claim: &Claim, seeds: &[&[Outcome]]) -> (Paired, usize, Verdict) {
    let both: Vec<(f64, f64)> = seeds
        .iter()
        .filter_map(|arms| Some((value(claim.one, arms)?, value(claim.other, arms)?)))
        .collect();
    let (one, other): (Vec<f64>, Vec<f64>) = both.iter().copied().unzip();
    let difference = paired(&one, &other, &mut Random::seeded(1));
    let verdict = if both.len() < LEAST_SEEDS {
        Verdict::Open
    } else if difference.is_greater() {
        Verdict::Holds
    } else if difference.is_less() {
        Verdict::Contradicted
    } else {
        Verdict::NotSeparated
    };
    (difference, both.len(), verdict)
}

/// Short forms for tables of claims.
pub(super) const fn reward(arm: &'static str) -> Side {
    Side {
        arm,
        metric: Metric::Reward,
    }
}
pub(super) const fn bad(arm: &'static str) -> Side {
    Side {
        arm,
        metric: Metric::Bad,
    }
}
pub(super) const fn sampled(arm: &'static str) -> Side {
    Side {
        arm,
        metric: Metric::Sampled,
    }
}
pub(super) const fn extra(arm: &'static str, name: &'static str) -> Side {
    Side {
        arm,
        metric: Metric::Extra(name),
    }
}
pub(super) const CHANCE: Side = Side {
    arm: "",
    metric: Metric::Chance,
};
pub(super) const ZERO: Side = Side {
    arm: "",
    metric: Metric::Zero,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(a: f64, b: f64) -> Vec<Outcome> {
        let arm = |arm: &str, reward: f64| Outcome {
            arm: arm.into(),
            measured: Measured {
                reward,
                exact: 0.0,
                bad: 0.0,
                sampled: 0.0,
                kl: 0.0,
                diversity: 0.0,
                across: 0.0,
                length: 0.0,
                longer: 0.0,
            },
            seconds: 0.0,
            extra: BTreeMap::new(),
        };
        vec![arm("a", a), arm("b", b)]
    }

    #[test]
    fn the_rule_decides_and_says_when_it_cannot() {
        let claim = Claim {
            words: "a > b",
            one: reward("a"),
            other: reward("b"),
        };
        let verdict = |pairs: &[(f64, f64)]| {
            let seeds: Vec<_> = pairs.iter().map(|&(a, b)| seed(a, b)).collect();
            let seeds: Vec<&[Outcome]> = seeds.iter().map(Vec::as_slice).collect();
            judge(&claim, &seeds).2
        };
        let clear = [
            (-1.0, -2.0),
            (-1.1, -2.2),
            (-0.9, -1.8),
            (-1.0, -2.1),
            (-1.2, -2.0),
        ];
        assert_eq!(verdict(&clear), Verdict::Holds);
        assert_eq!(verdict(&clear.map(|(a, b)| (b, a))), Verdict::Contradicted);
        assert_eq!(
            verdict(&[(1.0, 0.0), (0.0, 1.0), (1.0, 0.5), (0.0, 0.5), (0.1, 0.0)]),
            Verdict::NotSeparated
        );
        assert_eq!(verdict(&clear[..4]), Verdict::Open);
    }
}
